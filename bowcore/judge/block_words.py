"""What each word of a text adds to a score of the blocks: every column's contribution, shared by the words it is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.judge.explanation import Explanation
from bowcore.matrix.blocks import WORDS, FittedBlocks, pieces_of
from bowcore.recipe.blocks import Block
from bowcore.recipe.steps import TermsSpec
from bowcore.text.cut import with_spaces
from bowcore.text.terms import apply_chain
from bowcore.text.units import join_fields, number_units


def shares_of_words(
    blocks: FittedBlocks, explanation: Explanation, fields: tuple[pa.Array, ...], spec: TermsSpec
) -> NDArray[np.float64]:
    """What each word of a text adds, (n_words,); together they are the sum of the explanation's contributions.

    A column that is counted several times is shared equally by its occurrences, and a word group by its words.

    Args:
        blocks: The fitted blocks.
        explanation: That of the text.
        fields: Its fields, one text each; the first is the headline.
        spec: The recipe's steps of words.
    """
    n_headline = len(split_words(fields[0]))
    words = split_words(join_fields(fields))
    terms = _terms(words, spec)
    added = dict(zip(explanation.columns.tolist(), explanation.contributions.tolist(), strict=True))
    shares = np.zeros(len(words))
    for fitted, start in zip(blocks.blocks, blocks.starts.tolist(), strict=False):
        n_words = n_headline if fitted.block.source == "headline" else len(words)
        found = list(_occurrences(fitted.block, words[:n_words], terms[:n_words]))
        times = Counter(term for term, _ in found)
        columns = fitted.columns_of(list(times))
        for term, places in found:
            if term in columns:
                shares[list(places)] += added.get(start + columns[term], 0.0) / times[term] / len(places)
    return shares


def split_words(texts: pa.Array) -> list[str]:
    """The words of texts as written, one after the other."""
    units = number_units(with_spaces(texts))
    names = units.types.to_pylist()
    return [names[number] for number in units.ids]


def _terms(words: list[str], spec: TermsSpec) -> list[list[str]]:
    """The terms of each word after the recipe's steps."""
    types = list(dict.fromkeys(words))
    result = apply_chain(pa.array(types, pa.string()), spec).result
    names = result.strings.to_pylist()
    ends = result.offsets.tolist()
    of = {
        word: [names[code] for code in result.codes[first:last]]
        for word, first, last in zip(types, ends[:-1], ends[1:], strict=True)
    }
    return [of[word] for word in words]


def _occurrences(block: Block, words: list[str], terms: list[list[str]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every occurrence of a term that the block counts, with the positions of its words."""
    if block.source not in WORDS:
        for place, word in enumerate(words):
            yield from ((piece, (place,)) for piece in pieces_of(block)(word))
        return
    stream = [(term, place) for place, of_word in enumerate(terms) for term in of_word]
    for length in range(block.low, block.high + 1):
        for at in range(len(stream) - length + 1):
            group = stream[at : at + length]
            yield " ".join(term for term, _ in group), tuple(dict.fromkeys(place for _, place in group))
