"""What differs between two recipes, field by field, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bowcore.names import name_without_token
from bowcore.nouns import fill
from bowcore.numbers import counted
from bowcore.recipe.recipe import SETTINGS, Recipe


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that has another value in the second of two recipes: its label, and both values in words."""

    field: str
    label: str
    before: str
    after: str

    @property
    def arrow(self) -> str:
        """Both values: `Stop words: Kept → spaCy's list`."""
        return f"{self.label}: {self.before} → {self.after}"

    @property
    def now(self) -> str:
        """The second value: `Stop words: spaCy's list`; without a label, the value alone."""
        return f"{self.label}: {self.after}" if self.label else self.after


def differences(before: Recipe, after: Recipe, *, seed: bool = True) -> tuple[Difference, ...]:
    """The fields of `after` that `before` has otherwise, in stage order; without the network's `seed` if it is False.

    The name of a list of masked words is no difference of its own.
    """
    old, new = before.values(), after.values()
    left_out = {"mask_name", *(() if seed else ("network_seed",))}
    changed = [name for name in new if old[name] != new[name] and name not in left_out]
    return tuple(_difference(name, old[name], new[name]) for name in changed)


def value_in_words(field: str, value: Any) -> str:
    """What a value of a field is called on screen."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if field in ("vocabulary_size", "training_articles") and value == 0:
        return "All"
    if field in ("blocks", "models"):
        return " + ".join(value) or "none"
    if isinstance(value, tuple):
        return (
            counted(len(value), "word") if field in ("own_stop_words", "masked_words") else " → ".join(map(str, value))
        )
    if field == "corpus":
        return name_without_token(str(value))
    labels = {option.value: option.label for option in SETTINGS[field].options}
    if isinstance(value, int):
        return labels.get(value, str(value)) if labels else f"{value:,}"
    return fill(labels.get(value, str(value)))


def _difference(field: str, before: Any, after: Any) -> Difference:
    label = fill(SETTINGS[field].label).partition(" (")[0]
    if field == "order":
        return Difference(field, label, *orders_in_words(before, after))
    return Difference(field, label, value_in_words(field, before), value_in_words(field, after))


def orders_in_words(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, str]:
    """The place of the step that moved, if only one did: two complete orders would fill a line."""
    for step in after:
        if [other for other in before if other != step] == [other for other in after if other != step]:
            name = fill(SETTINGS[step].label).lower()
            return f"{name} at position {before.index(step) + 1}", f"{name} at position {after.index(step) + 1}"
    return "one order", "another order"
