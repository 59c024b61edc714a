"""Strings that reach the stop-word step of a recipe, and listed words that never reach it whole.

The idea is scikit-learn's own warning: run every listed word through the steps before the list, and check whether the
result is on the list (Nothman, Qin and Yurchak 2018, "Stop Word Lists in Free Open-source Software Packages").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import TermsSpec
from bowcore.text.characters import fold, straight
from bowcore.text.cut import words_of
from bowcore.text.repair import repair
from bowcore.text.step_cache import only_steps
from bowcore.text.terms import apply_chain, lexicon_of
from bowcore.trace.order_warnings import pieces_of_each

Fault = Literal["half removed", "out of reach"]


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A listed word that the steps before the list change.

    Attributes:
        word: The word as listed.
        pieces: What reaches the list in its place, in reading order.
        left: Those pieces that are not on the list, and so stay.
    """

    word: str
    pieces: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def fault(self) -> Fault:
        """`out of reach` if no piece is on the list, `half removed` if some are."""
        return "out of reach" if self.left == self.pieces else "half removed"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What reaches the stop-word step: occurrences of all strings together, and of each word requested.

    The words are in small letters, as `fold` has them in `language`.
    """

    n_tokens: int
    tokens: dict[str, int]
    language: str = ""

    def taken(self, words: Iterable[str]) -> int:
        """Number of tokens that a list of these words removes."""
        return sum(self.tokens[word] for word in _as_listed(words, self.language))


def _as_listed(words: Iterable[str], language: str) -> set[str]:
    """Words as a list has them: composed (NFC), with plain apostrophes, without capitals."""
    return {fold(straight(unicodedata.normalize("NFC", word)), language) for word in words}


def before_stop_words(spec: TermsSpec) -> TermsSpec:
    """The steps before stop words only."""
    return only_steps(spec, spec.order[: spec.order.index("stop_words")])


def inconsistencies(words: Sequence[str], recipe: Recipe) -> tuple[Inconsistency, ...]:
    """Listed words that would leave a term if they occurred in a text; in list order.

    The list ignores case, so a word that only changes its case is consistent, and so is a word that leaves nothing
    after all steps. An entry of several words is checked word by word.
    """
    language = recipe.terms.language
    listed = _as_listed(words, language)
    texts = pa.array(words, pa.string())
    units = [words_of(text) for text in (repair(texts) if recipe.text.repair else texts).to_pylist()]
    with_list = replace(recipe.terms, stop_words="own", own_stop_words=tuple(words))
    each = [unit for text in units for unit in text]
    came = iter(pieces_of_each(each, before_stop_words(recipe.terms)))
    stayed = iter(pieces_of_each(each, with_list))
    found = []
    for word, text in zip(words, units, strict=True):
        pieces = tuple(piece for _ in text for piece in next(came))
        stays = sum(len(next(stayed)) for _ in text)
        left = tuple(piece for piece in pieces if fold(straight(piece), language) not in listed)
        if left and stays:
            found.append(Inconsistency(word, pieces, left))
    return tuple(found)


def arrivals(
    types: pa.StringArray, type_frequencies: NDArray[np.int64], spec: TermsSpec, words: Iterable[str]
) -> Arrivals:
    """Occurrences of each of these words at the stop-word step of a recipe, ignoring case.

    Args:
        types: The distinct units of the texts.
        type_frequencies: Occurrences of each in the texts considered: (n_types,).
        spec: The recipe's steps; its stop-word setting is ignored.
        words: Words of any lists.
    """
    result = apply_chain(types, before_stop_words(spec), lexicon_of(types)).result
    frequencies = result.frequencies(type_frequencies)
    tokens = dict.fromkeys(_as_listed(words, spec.language), 0)
    for string, n_tokens in zip(result.strings.to_pylist(), frequencies.tolist(), strict=True):
        lowered = fold(straight(string), spec.language)
        if lowered in tokens:
            tokens[lowered] += n_tokens
    return Arrivals(int(frequencies.sum()), tokens, spec.language)
