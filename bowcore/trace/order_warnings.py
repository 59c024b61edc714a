"""Orders and combinations of steps in which one defeats another, found by running the steps on example words.

The recipe's own chain demonstrates every warning: an example goes through the recipe and through the fixed recipe, and
a warning appears only if the flaw is in the first and gone from the second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEP_TABLE, TermsSpec
from bowcore.text.characters import fold
from bowcore.text.stopwords import stop_words
from bowcore.text.terms import apply_chain

_SIGNS = ("{}", "{},", "({}")
"""A word as it may occur in a text: bare, or with a sign at either end."""
_VARIANTS = (*_SIGNS, "{}'s", "{}1", "é{}")
"""The same, and as a possessive, or with a digit or another letter."""
_MAX_REMEDIES = 30  # steps are in order after far fewer


@dataclass(frozen=True, slots=True)
class Flaw:
    """A step that another one defeats: one or two sentences, and the order that fixes it.

    If `order` is empty, the message names several remedies, among which the reader has to choose.
    """

    message: str
    order: tuple[str, ...] = ()


def order_flaws(recipe: Recipe) -> tuple[Flaw, ...]:
    """Each step that another one defeats in this recipe; empty if there are none."""
    return _flaws(recipe.through("terms").change(corpus="bbc-news", revision=""))


def fixed_order(recipe: Recipe) -> tuple[str, ...]:
    """The recipe's order after every remedy that moves a step; unchanged if there are none.

    One remedy can reveal another flaw, so they are searched for again after each.
    """
    for _ in range(_MAX_REMEDIES):
        orders = [flaw.order for flaw in order_flaws(recipe) if flaw.order]
        if not orders:
            break
        recipe = recipe.change(order=orders[0])
    return recipe.terms.order


@lru_cache(maxsize=256)  # a server that runs for weeks sees any number of recipes
def _flaws(recipe: Recipe) -> tuple[Flaw, ...]:
    return tuple(flaw for check in CHECKS for flaw in check(recipe))


def pieces_of(unit: str, spec: TermsSpec) -> list[str]:
    """Pieces that the chain makes of one unit, in reading order."""
    return pieces_of_each((unit,), spec)[0]


def pieces_of_each(units: Sequence[str], spec: TermsSpec) -> list[list[str]]:
    """`pieces_of` for each unit."""
    result = apply_chain(pa.array(units, pa.string()), spec).result
    strings = result.strings.to_pylist()
    return [
        [strings[code] for code in result.codes[first:last]]
        for first, last in zip(result.offsets[:-1], result.offsets[1:], strict=True)
    ]


def _moved(recipe: Recipe, step: str, *, after: str = "", before: str = "") -> Recipe:
    order = [name for name in recipe.terms.order if name != step]
    order.insert(order.index(after) + 1 if after else order.index(before), step)
    return recipe.change(order=tuple(order))


def _later(recipe: Recipe, step: str) -> tuple[str, ...]:
    order = recipe.terms.order
    return order[order.index(step) + 1 :]


def _unwanted(examples: Sequence[str], recipe: Recipe, words: Collection[str]) -> dict[str, str]:
    """The first piece of each example that is one of these words, ignoring case; examples without one are left out."""
    found = {}
    for example, pieces in zip(examples, pieces_of_each(examples, recipe.terms), strict=True):
        left = [piece for piece in pieces if fold(piece, recipe.terms.language) in words]
        if left:
            found[example] = left[0]
    return found


def _uncovered(
    recipe: Recipe, step: str, examples: Sequence[str], words: Collection[str]
) -> Iterator[tuple[str, Recipe, str, str]]:
    """Later steps behind which `step` would find more of these words.

    Yields:
        The later step, the recipe with `step` moved behind it, an example, and its piece that stays until then.
    """
    before = _unwanted(examples, recipe, words)
    for later in _later(recipe, step):
        if not before:
            return
        moved = _moved(recipe, step, after=later)
        after = _unwanted(examples, moved, words)
        found = [example for example in before if example not in after]
        if found:
            yield STEP_TABLE[later].called, moved, found[0], before[found[0]]
        before = after


def stop_words_too_early(recipe: Recipe) -> Iterator[Flaw]:
    """Stop words that a later step uncovers: `the,` is on no list."""
    if recipe.terms.stop_words == "keep" or not stop_words(recipe.terms):
        return
    listed = {fold(word, recipe.terms.language) for word in stop_words(recipe.terms)}
    words = sorted((word for word in listed if word.isalpha()), key=lambda word: (word != "the", word))[:40]
    examples = (
        [form.format(word) for word in words for form in _VARIANTS] + [word.upper() for word in words] + ["don't"]
    )
    for step, moved, example, left in _uncovered(recipe, "stop_words", examples, listed):
        if step != STEP_TABLE["word_forms"].called:  # a word form need not be on the list
            yield Flaw(
                f"Stop words come before {step}: “{example}” is not on the list, and afterwards "
                f"“{left}” stays. Put stop words after {step}.",
                moved.terms.order,
            )


def stop_words_too_late(recipe: Recipe) -> Iterator[Flaw]:
    """Stop words that word forms change into words on no list: `because` is stemmed to `becaus`."""
    if "word_forms" in _later(recipe, "stop_words") or recipe.terms.word_forms == "as-written":
        return
    early = _moved(recipe, "word_forms", after="stop_words")
    words = [word for word in stop_words(recipe.terms) if word.isascii() and word.isalpha()]
    kept = [
        (word, now[0])
        for word, now, then in zip(
            words, pieces_of_each(words, recipe.terms), pieces_of_each(words, early.terms), strict=True
        )
        if now and not then
    ]
    if kept:
        word, form = kept[0]
        yield Flaw(
            f"Word forms come before stop words: “{word}” becomes “{form}”, which is not on the list, and so "
            f"{len(kept)} of {len(words)} stop words stay. Put word forms after stop words.",
            early.terms.order,
        )


def word_forms_too_early(recipe: Recipe) -> Iterator[Flaw]:
    """Word forms that a later step uncovers: `Mice,` is in no table, and no stemmer knows it."""
    if recipe.terms.word_forms == "as-written":
        return
    words = [word for word in ("mice", "walks") if pieces_of(word, recipe.terms) not in ([], [word])]
    examples = [form.format(word) for word in words for form in _VARIANTS] + [word.upper() for word in words]
    for step, moved, example, left in _uncovered(recipe, "word_forms", examples, words):
        form = pieces_of(example, moved.terms)[0]
        yield Flaw(
            f"Word forms come before {step}: “{example}” is not recognised, and "
            f"“{left}” stays where “{form}” was meant. Put word forms after {step}.",
            moved.terms.order,
        )


def possessives_too_late(recipe: Recipe) -> Iterator[Flaw]:
    """Endings that the possessive rule misses: units of their own by then, or written in capitals."""
    if not recipe.terms.possessives:
        return
    if recipe.text.units == "lemmas":
        stray = pieces_of("'s", recipe.terms)
        if stray:
            yield Flaw(
                f"Lemmas come before possessives: the tagger splits “canada's” into “canada” and “'s”, the rule finds "
                f"nothing to drop, and “{stray[0]}” stays as a term. Remove stop words, choose scikit-learn's token "
                "pattern, or split at white space."
            )
        return
    examples = [form.format("canada's") for form in _SIGNS] + ["CANADA'S", "CANADA'S,"]
    wanted = {piece.lower() for piece in pieces_of("canada", recipe.terms)}

    def stray_ends(one: Recipe) -> dict[str, str]:
        pairs = zip(examples, pieces_of_each(examples, one.terms), strict=True)
        left = {example: [piece for piece in pieces if piece.lower() not in wanted] for example, pieces in pairs}
        return {example: pieces[-1] for example, pieces in left.items() if pieces}

    now = stray_ends(recipe)
    if "possessives" in _later(recipe, "contractions"):
        moved = _moved(recipe, "contractions", after="possessives")
        gone = [example for example in now if example not in stray_ends(moved)]
        if gone:
            pieces = pieces_of(gone[0], recipe.terms)
            yield Flaw(
                f"Contractions come before possessives: “{gone[0]}” is split into {' and '.join(pieces)}, and the rule "
                "finds nothing to drop. Put possessives before contractions.",
                moved.terms.order,
            )
    if "lower_case" in _later(recipe, "possessives"):
        moved = _moved(recipe, "lower_case", before="possessives")
        gone = [example for example in now if example not in stray_ends(moved)]
        if gone:
            yield Flaw(
                f"Possessives come before lower case: the rule drops a small “'s” only, and of “{gone[0]}” "
                f"“{now[gone[0]]}” stays. Put lower case before possessives.",
                moved.terms.order,
            )


def pattern_cuts_contractions(recipe: Recipe) -> Iterator[Flaw]:
    """scikit-learn's pattern ends a token at an apostrophe: it cuts what `contractions` keeps or splits."""
    terms = recipe.terms
    if terms.token_pattern != "scikit-learn" or terms.contractions == "cut" or recipe.text.units == "lemmas":
        return
    units = recipe.change(token_pattern="units")
    now, then = pieces_of("don't", terms), pieces_of("don't", units.terms)
    if now != then and any("'" in piece for piece in then):
        left = f"only “{now[0]}” stays" if now else "nothing stays"
        yield Flaw(
            f"Scikit-learn's token pattern undoes contractions: “don't” comes to it as {' and '.join(then)}, and "
            f"{left}. Set Tokens to “As split”; or, to cut such words on purpose, set Contractions to cut."
        )


CHECKS: tuple[Callable[[Recipe], Iterator[Flaw]], ...] = (
    stop_words_too_early,
    stop_words_too_late,
    word_forms_too_early,
    possessives_too_late,
    pattern_cuts_contractions,
)
"""All checks, each with its own example."""
