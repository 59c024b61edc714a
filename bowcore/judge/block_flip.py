"""A small set of words without which the models of blocks give a text another label, found by search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.block_words import shares_of_words, split_words
from bowcore.judge.explanation import explain_blocks
from bowcore.judge.smallest_flip import MOST_REMOVED
from bowcore.learn.linear.blocks import BlocksModel
from bowcore.recipe.steps import TermsSpec
from bowcore.text.units import join_fields

Fields = tuple[pa.Array, ...]
_RIVALS = 3
"""Classes, the likeliest first, that the label is tried to be changed to."""


@dataclass(frozen=True, slots=True)
class WordFlip:
    """Words as written, all of whose occurrences are removed, most important first; and the label without them."""

    words: tuple[str, ...]
    new_class: int

    @property
    def proven(self) -> bool:
        """Whether no smaller set changes the label."""
        return len(self.words) == 1


def search_word_flip(
    model: BlocksModel, fields: Fields, spec: TermsSpec, cells_of: Callable[[Fields], sparse.csr_matrix]
) -> WordFlip | None:
    """Words without which a text gets another label; None if the search finds none.

    A word has columns of its own, of its groups and of its characters, and every row is normalised, so each set is
    tried by counting the text without it. First each word alone; then more and more words in the order of what they add
    to the lead over a rival. In the end words that are not needed are put back.

    Args:
        model: The fitted blocks and models.
        fields: The text's fields, one text each; the first is the headline.
        spec: The recipe's steps of words.
        cells_of: Cell values of texts by their fields, (n_texts, n_columns).
    """
    parts = [split_words(field) for field in fields]

    def labels(sets: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        left = tuple(
            pa.array([" ".join(word for word in part if word not in removed) for removed in map(set, sets)])
            for part in parts
        )
        found: NDArray[np.int64] = model.votes(cells_of(left)).argmax(axis=1)
        return found

    row = cells_of(fields)
    votes = model.votes(row)[0]
    called = int(votes.argmax())
    rivals = [other for other in np.argsort(-votes, kind="stable").tolist() if other != called and votes[other] > 0]
    best: list[str] = []
    for rival in rivals[:_RIVALS]:
        order = _most_important_first(model, fields, spec, row, called, rival)
        tried = [[word] for word in order[:MOST_REMOVED]] if not best else []
        tried += [
            order[:n] for n in range(2, min(len(order), MOST_REMOVED, len(best) - 1 if best else MOST_REMOVED) + 1)
        ]
        changed = np.flatnonzero(labels(tried) != called).tolist() if tried else []
        if len(changed):
            best = tried[changed[0]]
    if not best:
        return None
    for word in best[::-1]:
        fewer = [other for other in best if other != word]
        if fewer and labels([fewer])[0] != called:
            best = fewer
    return WordFlip(tuple(best), int(labels([best])[0]))


def _most_important_first(
    model: BlocksModel, fields: Fields, spec: TermsSpec, row: sparse.csr_matrix, called: int, rival: int
) -> list[str]:
    """The distinct words that add to the lead over the rival, all models together."""
    added: dict[str, float] = {}
    words = split_words(join_fields(fields))
    for one in model.models:
        found = explain_blocks(one, row, called, rival)
        for word, share in zip(words, shares_of_words(model.blocks, found, fields, spec).tolist(), strict=True):
            added[word] = added.get(word, 0.0) + share
    return sorted((word for word in added if added[word] > 0), key=lambda word: -added[word])
