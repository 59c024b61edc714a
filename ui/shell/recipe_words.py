"""A recipe in words, and the differences between two, for the header and other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bowcore.recipe import in_words
from bowcore.recipe.recipe import Recipe
from ui.texts import LABELS, STEP_NAMES, option, plain


def recipe_in_words(recipe: Recipe) -> str:
    """The recipe as a list for Markdown: `lower case · no punctuation · TF-IDF 20,000`."""
    return in_words.recipe_in_words(recipe, plain)


def masked_in_words(recipe: Recipe) -> str:
    """Number and name of the masked words, safe for Markdown: `30 words masked (sources)`."""
    return in_words.masked_in_words(recipe, plain)


def changes_in_words(old: Recipe, new: Recipe, most: int = 3) -> str:
    """The first `most` differences, safe for Markdown: `Stop words: keep → remove`; of a mask only its new state."""
    before, after = old.values(), new.values()
    changed = [name for name in after if before[name] != after[name]]
    if changed and set(changed) <= {"masked_words", "mask_name"}:
        return masked_in_words(new) if new.terms.masked_words else "no words masked"
    parts = [f"{LABELS[name].partition(' (')[0]}: {_change(name, before, after)}" for name in changed[:most]]
    if len(changed) > most:
        parts.append(f"and {len(changed) - most} more")
    return "; ".join(parts)


def _change(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if name == "order":
        return _order_in_words(before[name], after[name])
    return f"{plain(option(name, before[name]))} → {plain(option(name, after[name]))}"


def _order_in_words(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """The step that moved, if only one did; two complete orders would fill the header."""
    for step in after:
        if [other for other in before if other != step] == [other for other in after if other != step]:
            return f"{STEP_NAMES[step].lower()} from position {before.index(step) + 1} to {after.index(step) + 1}"
    return "another order"
