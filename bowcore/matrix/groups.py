"""Word groups: how many columns they add, and which of them are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.corpus import class_columns
from bowcore.matrix.counts import sparse_bytes
from bowcore.matrix.features import Features
from bowcore.matrix.frequencies.zipf import hapax_share
from bowcore.matrix.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class MatrixSize:
    """Size of a training matrix.

    Attributes:
        n_terms: Number of columns.
        once_share: Share of the columns whose term occurs once.
        n_tokens: Occurrences of all terms.
        n_filled: Number of non-zero cells.
        sparse_bytes: Its memory.
        dense_bytes: Memory of the dense matrix, with 8 bytes per cell.
    """

    n_terms: int
    once_share: float
    n_tokens: int
    n_filled: int
    sparse_bytes: int
    dense_bytes: int


def matrix_size(features: Features, vocabulary: Vocabulary) -> MatrixSize:
    """The size of the training matrix of a recipe."""
    train, frequency = features.train, vocabulary.term_frequency
    return MatrixSize(
        n_terms=int(train.shape[1]),
        once_share=hapax_share(frequency),
        n_tokens=int(frequency.sum()),
        n_filled=int(train.nnz),
        sparse_bytes=sparse_bytes(train),
        dense_bytes=8 * int(train.shape[0]) * int(train.shape[1]),
    )


def new_groups(single: pa.StringArray, vocabulary: Vocabulary, counts: Features, n_groups: int = 100) -> pd.DataFrame:
    """The most frequent terms of a vocabulary that are not in `single`: the added word groups.

    `counts` are raw counts over this vocabulary. Columns `term`, `count`, `articles`, then one per class with its
    share of the term's occurrences in training articles, 0 to 1, named by `share_columns`. Ties are in alphabetical
    order.
    """
    terms, class_names = vocabulary.known_terms, counts.class_names
    new = np.flatnonzero(~pc.is_in(terms, single).to_numpy(zero_copy_only=False))
    frequency = vocabulary.term_frequency
    chosen = new[np.argsort(-frequency[new], kind="stable")][:n_groups]
    shares = _shares(counts.train, counts.train_labels, chosen, len(class_names))
    return pd.DataFrame(
        {
            "term": pd.Series(terms.take(pa.array(chosen)).to_pylist(), dtype="str"),
            "count": frequency[chosen],
            "articles": vocabulary.document_frequency[chosen],
            **dict(zip(share_columns(class_names), shares, strict=True)),
        }
    )


def share_columns(class_names: Sequence[str]) -> tuple[str, ...]:
    """Column names of the classes in the table of new groups."""
    return class_columns(class_names, ("term", "count", "articles"))


def _shares(
    train: sparse.csr_matrix, labels: NDArray[np.int32], columns: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Share of each class in the occurrences of the chosen terms: (n_classes, n_chosen)."""
    place = np.full(train.shape[1], -1)
    place[columns] = np.arange(len(columns))
    at = place[train.indices]
    chosen = at >= 0
    classes = np.repeat(labels.astype(np.int64), np.diff(train.indptr))[chosen]
    size = n_classes * len(columns)
    sums = np.bincount(classes * len(columns) + at[chosen], weights=train.data[chosen], minlength=size)
    by_class = sums.reshape(n_classes, len(columns))
    shares: NDArray[np.float64] = by_class / np.maximum(by_class.sum(axis=0), 1)
    return shares
