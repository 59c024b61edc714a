"""Which terms become columns, learned from training articles only."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import EmptyVocabularyError
from bowcore.matrix.counts import Counts
from bowcore.matrix.selection import select_terms
from bowcore.nouns import TEXTS
from bowcore.numbers import percent
from bowcore.recipe.specs import VocabularySpec

UNKNOWN = "<UNK>"
"""Name of the column for all other terms."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms that are columns, sorted, with their frequencies in training articles.

    `columns` are their indices among all counted terms; `term_frequency` counts occurrences and
    `document_frequency` articles, both over `n_documents` training articles.

    `unknown` is empty, or the name of one extra column at the end: it counts the occurrences of every term that
    has no column of its own, and has no entry in `columns`.
    """

    terms: pa.StringArray
    columns: NDArray[np.int64]
    term_frequency: NDArray[np.int64]
    document_frequency: NDArray[np.int64]
    n_documents: int
    unknown: str = ""

    @property
    def n_terms(self) -> int:
        """Number of columns."""
        return len(self.terms)

    @property
    def n_known(self) -> int:
        """Number of columns for a single term: all, or all but the last."""
        return len(self.columns)

    @property
    def known_terms(self) -> pa.StringArray:
        """The terms that have a column of their own, sorted. No text can be spelled like the column for other terms."""
        return self.terms[: self.n_known]


def learn_vocabulary(
    counts: Counts,
    train: sparse.csr_matrix,
    labels: NDArray[np.int32],
    spec: VocabularySpec,
    among: Collection[str] | None = None,
) -> Vocabulary:
    """The terms within the limits with the highest scores, ties in alphabetical order.

    `train` holds the rows to learn from, over all terms of `counts`, and `labels` their classes. As in scikit-learn,
    document-frequency limits come before the vocabulary size, and `max_document_share` is a share of the training
    articles, rounded as by `max_documents`. Only terms of `among` are kept, if it is given.

    Raises:
        EmptyVocabularyError: No term is left.
    """
    n_documents = train.shape[0]
    # as products these sums stay in int32, which would overflow at two billion words; bincount takes four times as
    # long, since it copies the indices
    ones = np.ones(n_documents, dtype=np.int32)
    present_once = sparse.csr_matrix((np.ones(train.nnz, dtype=np.int32), train.indices, train.indptr), train.shape)
    document_frequency = (present_once.T @ ones).astype(np.int64)
    term_frequency = (train.T @ ones).astype(np.int64)
    present = document_frequency > 0
    n_present = int(present.sum())
    if not n_present:
        raise EmptyVocabularyError("The steps leave no terms at all; undo the last change.", "vocabulary_size")
    allowed = present & (document_frequency >= spec.min_documents)
    if not allowed.any():
        raise EmptyVocabularyError(
            f"All {n_present:,} terms occur in fewer than {spec.min_documents:,} {TEXTS}; lower the minimum "
            "document frequency.",
            "min_documents",
        )
    allowed &= document_frequency <= max_documents(spec.max_document_share, n_documents)
    if not allowed.any():
        of_enough = f" with at least {spec.min_documents:,} {TEXTS}" if spec.min_documents > 1 else ""
        raise EmptyVocabularyError(
            f"No term{of_enough} occurs in at most {percent(spec.max_document_share, 2)} of the "
            f"{n_documents:,} training {TEXTS}; raise the maximum document share.",
            "max_document_share",
        )
    if among is not None:
        allowed &= pc.is_in(counts.terms, pa.array(list(among), counts.terms.type)).to_numpy(zero_copy_only=False)
        if not allowed.any():
            raise EmptyVocabularyError("None of the terms is a stop word; keep other words too.", "stop_words_only")
    columns = np.flatnonzero(allowed)
    if 0 < spec.vocabulary_size < len(columns):
        # allowed columns only: TF-IDF rows are normalised over the terms within the limits
        columns = select_terms(keep_columns(train, columns), labels, columns, spec.vocabulary_size, spec.select_by)
    return Vocabulary(
        terms=counts.terms.take(pa.array(columns)),
        columns=columns,
        term_frequency=term_frequency[columns],
        document_frequency=document_frequency[columns],
        n_documents=n_documents,
    )


def max_documents(share: float, n_documents: int) -> int:
    """The largest document frequency within a share of the articles.

    0.29 of 100 articles are 29, though 0.29 * 100 is slightly less in floating point, so that scikit-learn's `max_df`
    leaves out a term of 29 articles.
    """
    return math.floor(share * n_documents * (1 + 1e-12))


def with_unknown(vocabulary: Vocabulary, train: sparse.csr_matrix) -> Vocabulary:
    """The vocabulary with a last column for all other terms.

    `train` is the training counts with that column, from `append_unknown`. The column is named `<UNK>`, with
    another pair of brackets if the texts contain a term of that name.
    """
    name = UNKNOWN
    while pc.index(vocabulary.terms, name).as_py() >= 0:
        name = f"<{name}>"
    others = train.data[train.indices == vocabulary.n_known]
    return replace(
        vocabulary,
        terms=pa.concat_arrays([vocabulary.terms, pa.array([name], vocabulary.terms.type)]),
        term_frequency=np.append(vocabulary.term_frequency, others.sum(dtype=np.int64)),
        document_frequency=np.append(vocabulary.document_frequency, len(others)),
        unknown=name,
    )


def append_unknown(known: sparse.csr_matrix, whole: sparse.csr_matrix) -> sparse.csr_matrix:
    """Counts with an extra last column: what each row of `whole` counts in addition to the terms of `known`."""
    others = (np.asarray(whole.sum(axis=1)) - np.asarray(known.sum(axis=1))).ravel()
    rows = np.flatnonzero(others)
    ends = known.indptr[1:][rows]
    data = np.insert(known.data, ends, others[rows].astype(known.dtype))
    indices = np.insert(known.indices, ends, known.shape[1])
    starts = known.indptr.copy()
    starts[1:] += np.cumsum(others > 0, dtype=starts.dtype)
    appended = sparse.csr_matrix((data, indices, starts), shape=(known.shape[0], known.shape[1] + 1))
    appended.has_sorted_indices = True
    return appended


def keep_columns(matrix: sparse.csr_matrix, columns: NDArray[np.int64]) -> sparse.csr_matrix:
    """The chosen columns of a CSR matrix, in ascending order; faster than fancy indexing when most are kept."""
    if len(columns) == matrix.shape[1]:
        return matrix
    position = np.full(matrix.shape[1], -1, dtype=np.int32)
    position[columns] = np.arange(len(columns), dtype=np.int32)
    indices = position[matrix.indices]
    kept = indices >= 0
    data, starts = matrix.data, matrix.indptr
    if not kept.all():  # often only empty columns are dropped here: those of terms in validation articles only
        before = np.concatenate([[0], np.cumsum(kept)])
        data, indices, starts = data[kept], indices[kept], before[starts].astype(np.int32)
    kept_matrix = sparse.csr_matrix((data, indices, starts), shape=(matrix.shape[0], len(columns)))
    kept_matrix.has_sorted_indices = True
    return kept_matrix
