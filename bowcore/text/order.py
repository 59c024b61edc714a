"""Orders and combinations of steps in which one defeats another, found by running the steps on example words.

Nothing is asserted of a recipe that its own chain does not show: an example goes through the recipe as it is and
through the remedy, and there is a warning only where the flaw is in the first and gone from the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import pyarrow as pa

from bowcore.recipe import Recipe, TermsSpec
from bowcore.text.stopwords import stop_words
from bowcore.text.terms import apply_chain

NAMES: dict[str, str] = {
    "lower_case": "lower case",
    "possessives": "possessives",
    "punctuation": "punctuation",
    "digits": "digits",
    "ascii_letters": "ASCII letters",
    "contractions": "contractions",
    "stop_words": "stop words",
    "word_forms": "word forms",
    "token_pattern": "scikit-learn's token pattern",
}
"""What a message calls each step."""

_DRESSES = ("{}", "{},", "({}", "{}'s", "{}1", "é{}")
"""How a word may stand in a text: bare, with a sign at an end, as a possessive, with a digit or another letter."""


def order_warnings(recipe: Recipe) -> tuple[str, ...]:
    """One sentence or two for each step that another one defeats in this recipe; none when all is well."""
    return _warnings(recipe.through("terms").change(corpus="bbc-news", revision=""))


@cache
def _warnings(recipe: Recipe) -> tuple[str, ...]:
    return tuple(message for check in CHECKS for message in check(recipe))


def pieces_of(unit: str, spec: TermsSpec) -> list[str]:
    """What the chain makes of one unit, in reading order."""
    return _pieces((unit,), spec)[0]


def _pieces(units: Sequence[str], spec: TermsSpec) -> list[list[str]]:
    result = apply_chain(pa.array(units, pa.string()), spec).result
    strings = result.strings.to_pylist()
    return [
        [strings[code] for code in result.codes[first:last]]
        for first, last in zip(result.offsets[:-1], result.offsets[1:], strict=True)
    ]


def _moved(recipe: Recipe, step: str, *, after: str) -> Recipe:
    order = [name for name in recipe.terms.order if name != step]
    order.insert(order.index(after) + 1, step)
    return recipe.change(order=tuple(order))


def _later(recipe: Recipe, step: str) -> tuple[str, ...]:
    order = recipe.terms.order
    return order[order.index(step) + 1 :]


def stop_words_too_early(recipe: Recipe) -> Iterator[str]:
    """Stop words that a later step brings to light: `the,` is on no list."""
    if recipe.terms.stop_words == "keep" or not stop_words(recipe.terms):
        return
    listed = {word.lower() for word in stop_words(recipe.terms)}
    words = sorted((word for word in listed if word.isalpha()), key=lambda word: (word != "the", word))[:40]
    examples = [form.format(word) for word in words for form in _DRESSES] + [word.upper() for word in words] + ["don't"]

    def leaks(one: Recipe) -> dict[str, str]:
        found = {}
        for example, pieces in zip(examples, _pieces(examples, one.terms), strict=True):
            left = [piece for piece in pieces if piece.lower() in listed]
            if left:
                found[example] = left[0]
        return found

    before = leaks(recipe)
    for step in _later(recipe, "stop_words"):
        if not before:
            return
        after = leaks(_moved(recipe, "stop_words", after=step))
        mended = [example for example in before if example not in after]
        if mended and step != "word_forms":  # a form is not meant to be on the list
            example = mended[0]
            yield (
                f"Stop words come before {NAMES[step]}: “{example}” is not on the list, and afterwards "
                f"“{before[example]}” stays. Put stop words after {NAMES[step]}."
            )
        before = after


def stop_words_too_late(recipe: Recipe) -> Iterator[str]:
    """Stop words that word forms have changed into words that are on no list: `because` is stemmed to `becaus`."""
    if "word_forms" in _later(recipe, "stop_words") or recipe.terms.word_forms == "as-written":
        return
    early = _moved(recipe, "word_forms", after="stop_words")
    words = [word for word in stop_words(recipe.terms) if word.isascii() and word.isalpha()]
    kept = [
        (word, now[0])
        for word, now, then in zip(words, _pieces(words, recipe.terms), _pieces(words, early.terms), strict=True)
        if now and not then
    ]
    if kept:
        word, form = kept[0]
        yield (
            f"Word forms come before stop words: “{word}” becomes “{form}”, which is not on the list, and so "
            f"{len(kept)} of {len(words)} stop words stay. Put word forms after stop words."
        )


def word_forms_too_early(recipe: Recipe) -> Iterator[str]:
    """Word forms that a later step brings to light: `Mice,` is in no table, and no stemmer knows it."""
    if recipe.terms.word_forms == "as-written":
        return
    words = [word for word in ("mice", "walks") if pieces_of(word, recipe.terms) not in ([], [word])]
    examples = [form.format(word) for word in words for form in _DRESSES] + [word.upper() for word in words]

    def unreduced(one: Recipe) -> dict[str, str]:
        return {
            example: found[0]
            for example, pieces in zip(examples, _pieces(examples, one.terms), strict=True)
            if (found := [piece for piece in pieces if piece.lower() in words])
        }

    before = unreduced(recipe)
    for step in _later(recipe, "word_forms"):
        after = unreduced(_moved(recipe, "word_forms", after=step))
        mended = [example for example in before if example not in after]
        if mended:
            example = mended[0]
            form = pieces_of(example, _moved(recipe, "word_forms", after=step).terms)[0]
            yield (
                f"Word forms come before {NAMES[step]}: “{example}” is not recognised, and “{before[example]}” stays "
                f"where “{form}” was meant. Put word forms after {NAMES[step]}."
            )
        before = after


def possessives_too_late(recipe: Recipe) -> Iterator[str]:
    """Endings that are a unit of their own when the possessive rule looks for them at the end of a word."""
    if not recipe.terms.possessives:
        return
    if recipe.text.units == "lemmas":
        stray = pieces_of("'s", recipe.terms)
        if stray:
            yield (
                f"Lemmas come before possessives: the tagger splits “canada's” into “canada” and “'s”, the rule finds "
                f"nothing to drop, and “{stray[0]}” stays as a term. Remove stop words, choose scikit-learn's token "
                "pattern, or split at white space."
            )
        return
    order = recipe.terms.order
    if order.index("contractions") < order.index("possessives"):
        now = pieces_of("canada's", recipe.terms)
        then = pieces_of("canada's", _moved(recipe, "contractions", after="possessives").terms)
        if len(now) > len(then):
            yield (
                f"Contractions come before possessives: “canada's” is split into {' and '.join(now)}, and the rule "
                "finds nothing to drop. Put possessives before contractions."
            )


def pattern_cuts_contractions(recipe: Recipe) -> Iterator[str]:
    """scikit-learn's pattern ends a token at an apostrophe: what `contractions` keeps or splits, it cuts."""
    terms = recipe.terms
    if terms.token_pattern != "scikit-learn" or terms.contractions == "cut" or recipe.text.units == "lemmas":
        return
    units = recipe.change(token_pattern="units")
    now, then = pieces_of("don't", terms), pieces_of("don't", units.terms)
    if now != then and any("'" in piece for piece in then):
        left = f"only “{now[0]}” stays" if now else "nothing stays"
        yield (
            f"Scikit-learn's token pattern undoes contractions: “don't” comes to it as {' and '.join(then)}, and "
            f"{left}. Choose tokens as split, or contractions cut, which says what happens."
        )


CHECKS: tuple[Callable[[Recipe], Iterator[str]], ...] = (
    stop_words_too_early,
    stop_words_too_late,
    word_forms_too_early,
    possessives_too_late,
    pattern_cuts_contractions,
)
"""What is looked for, each by its own example."""
