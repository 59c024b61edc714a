"""Switches of a recipe that an ablation flips: each has a value for off and one for on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bowcore.errors import RecipeError
from bowcore.recipe.differences import differences
from bowcore.recipe.recipe import FIELDS, SETTINGS, STAGES, Recipe


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of a recipe's fields, and the values that they have without it."""

    name: str
    label: str
    on: dict[str, Any]
    off: dict[str, Any]

    @property
    def stage(self) -> int:
        """Number of the first stage that it changes: combinations that share the stages before compute them once."""
        return min(STAGES.index(FIELDS[name]) for name in self.on)


SWITCHES: dict[str, Switch] = {
    one.name: one
    for one in (
        Switch("lemmas", "lemmas", {"units": "lemmas"}, {"units": "white-space", "word_forms": "as-written"}),
        Switch("lemma_list", "lemma list", {"word_forms": "lemma-lookup"}, {"word_forms": "as-written"}),
        Switch("stems", "stems", {"word_forms": "stem"}, {"word_forms": "as-written"}),
        Switch("stop_words", "stop words out", {"stop_words": "spacy"}, {"stop_words": "keep"}),
        Switch("top_n", "top 20,000", {"vocabulary_size": 20_000}, {"vocabulary_size": 0}),
        Switch("weighting", "TF-IDF", {"weighting": "tfidf"}, {"weighting": "count"}),
        Switch("ngrams", "word groups 1–2", {"ngrams": 2}, {"ngrams": 1}),
        Switch("headline", "headline only", {"text_used": "headline"}, {"text_used": "headline+body"}),
        Switch("case", "lower case", {"lower_case": True}, {"lower_case": False}),
        Switch("punctuation", "punctuation out", {"punctuation": True}, {"punctuation": False}),
        Switch("digits", "digits out", {"digits": True}, {"digits": False}),
        Switch("leftovers", "leftovers repaired", {"repair": True}, {"repair": False}),
    )
}
"""Switches by the names that `--switches` takes; any other field is `FIELD=VALUE`, and off is what the recipe has."""
DEFAULT = ("lemmas", "stop_words", "top_n", "weighting", "ngrams")
DEFAULT_OF_BLOCKS = ("stop_words", "case", "punctuation", "digits")
"""Those of a recipe with blocks, which change no block of characters."""
UNREAD_BY_BLOCKS = {"units", "ngrams"} | {
    field
    for field, stage in FIELDS.items()
    if stage in ("vocabulary", "weighting", "network") and field not in ("min_documents", "max_document_share")
}
"""Fields of the matrix of words and of the network: blocks are the same whatever they are."""
MOST = 6
"""Switches of one ablation: 64 combinations."""


def find_switches(names: Sequence[str], recipe: Recipe, values: dict[str, Any] | None = None) -> tuple[Switch, ...]:
    """The switches of these names, in their order; `values` are those of fields that are named themselves.

    Raises:
        RecipeError: There is no such switch, none or too many, or two change the same field.
    """
    if not names or len(names) > MOST:
        raise RecipeError(f"An ablation takes 1 to {MOST} switches, not {len(names)}.", "switches")
    found = tuple(_find(name, recipe, values or {}) for name in names)
    changed = [field for one in found for field in one.on]
    if twice := {field for field in changed if changed.count(field) > 1}:
        raise RecipeError(f"Two of the switches change {', '.join(sorted(twice))}; take one of them.", "switches")
    for one in found:
        base = recipe.change(**one.off)
        if base == base.change(**one.on):
            raise RecipeError(f"{one.label} is what the recipe has already: off and on are the same.", one.name)
    return found


def refuse_unread(switches: Sequence[Switch]) -> None:
    """Refuse switches that change nothing in blocks.

    Raises:
        RecipeError: There is one.
    """
    unread = [one.label for one in switches if set(one.on) <= UNREAD_BY_BLOCKS]
    if unread:
        raise RecipeError(
            f"Blocks do not read {', '.join(unread)}: off and on are the same. Leave it out: what a block counts and "
            "how it is weighted is in its line.",
            "switches",
        )


def switched(recipe: Recipe, switches: Sequence[Switch], on: Sequence[bool]) -> Recipe:
    """The recipe with every switch off, but for those that are on."""
    for one in switches:
        recipe = recipe.change(**one.off)
    for one, chosen in zip(switches, on, strict=True):
        recipe = recipe.change(**one.on) if chosen else recipe
    return recipe


def _find(name: str, recipe: Recipe, values: dict[str, Any]) -> Switch:
    if name in values:
        on, off = {name: values[name]}, {name: recipe.value(name)}
        (difference, *_) = differences(recipe, recipe.change(**on)) or (None,)
        return Switch(name, difference.now if difference else SETTINGS[name].label, on, off)
    if name not in SWITCHES:
        raise RecipeError(
            f"There is no switch '{name[:40]}'; switches are {', '.join(SWITCHES)}, or a field with its value, such as "
            "min_documents=5.",
            "switches",
        )
    return SWITCHES[name]
