"""A recipe in words: on the pages, in a report."""

from __future__ import annotations

from collections.abc import Callable

from bowcore.nouns import TEXTS
from bowcore.numbers import counted, percent
from bowcore.recipe.recipe import SETTINGS, Recipe

_NO = "no "


def recipe_in_words(recipe: Recipe, safe: Callable[[str], str] = str) -> str:
    """The recipe as a list: `lower case · no punctuation · TF-IDF 20,000`.

    Args:
        recipe: The recipe, up to its weighting.
        safe: Makes the name of a list of masked words safe for where the sentence is shown.
    """
    named = {
        name: option.words
        for name, known in SETTINGS.items()
        for option in known.options
        if option.value == recipe.value(name) and option.words
    }
    text_used = named.pop("text_used", "")
    parts = [text_used] if text_used else []
    parts += [*_switches(recipe), *named.values()]
    if recipe.vocabulary.vocabulary_size:
        parts[-1] += f" {recipe.vocabulary.vocabulary_size:,}"
    if recipe.terms.masked_words:
        parts.append(masked_in_words(recipe, safe))
    if recipe.sample.drop_leaked:
        parts.append(f"leaked {TEXTS} out")
    if recipe.vocabulary.min_documents > 1:
        parts.append(f"in {recipe.vocabulary.min_documents:,}+ {TEXTS}")
    if recipe.vocabulary.max_document_share < 1:
        parts.append(f"in ≤ {percent(recipe.vocabulary.max_document_share)} of {TEXTS}")
    if recipe.blocks.blocks:
        parts.append(recipe.blocks.in_words)
    return " · ".join(parts)


def masked_in_words(recipe: Recipe, safe: Callable[[str], str] = str) -> str:
    """Number and name of the masked words: `30 words masked (sources)`."""
    name = f" ({safe(recipe.terms.mask_name)})" if recipe.terms.mask_name else ""
    return f"{counted(len(recipe.terms.masked_words), 'word')} masked{name}"


def _switches(recipe: Recipe) -> list[str]:
    """Switches that are on; all removals follow one `no`."""
    words = [known.words for name, known in SETTINGS.items() if known.words and recipe.value(name)]
    found: list[str] = []
    for word in words:
        if found and found[-1].startswith(_NO) and word.startswith(_NO):
            found[-1] += f", {word.removeprefix(_NO)}"
        else:
            found.append(word)
    return found
