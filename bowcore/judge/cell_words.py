"""The words behind the articles of one cell of the confusion matrix, and how the cell differs from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.explanation import Columns, Explanation
from bowcore.matrix.log_odds import compare_classes, count_by_class
from bowcore.matrix.vocabulary import Vocabulary

NEAR = 0.2
"""A prediction is near another class if their probabilities differ by less."""
MOST_TYPICAL = 5
LEAST_TYPICAL_Z = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class CellWords:
    """What pushed the articles of a cell to the predicted class rather than the other one.

    Attributes:
        table: One row per term of these articles: `term`, `contribution` (log-odds, summed over the articles),
            `texts` (articles with the term), `document_frequency` (training articles with it); largest absolute
            contribution first.
        n_documents: Articles of the cell.
        prior: Sum of the log-odds that these articles would have without any word.
    """

    table: pd.DataFrame
    n_documents: int
    prior: float

    @property
    def log_odds(self) -> float:
        """Sum of the articles' log-odds: `prior` and all contributions."""
        return self.prior + float(self.table["contribution"].sum())


def words_of_cell(
    rows: sparse.csr_matrix, weights: NDArray[np.float64], prior: float, of: Vocabulary | Columns
) -> CellWords:
    """The words of a linear model, exact.

    Args:
        rows: Cell values of the cell's articles, (n_documents, n_terms).
        weights: Log-odds of the predicted class against the other that a cell value of 1 adds: (n_terms,).
        prior: The log-odds of no word.
        of: The columns.
    """
    sums = np.asarray(rows.sum(axis=0), dtype=np.float64).ravel() * weights
    return _table(rows, sums, prior * rows.shape[0], of)


def words_of_cell_one_by_one(
    rows: sparse.csr_matrix, explain_row: Callable[[sparse.csr_matrix], Explanation], of: Vocabulary | Columns
) -> CellWords:
    """The same for a model whose contributions are found document by document."""
    sums, prior = np.zeros(rows.shape[1]), 0.0
    for place in range(rows.shape[0]):
        found = explain_row(rows[place])
        sums[found.columns] += found.contributions
        prior += found.prior
    return _table(rows, sums, prior, of)


def margins(probabilities: NDArray[np.float64], predicted: int, actual: int) -> NDArray[np.float64]:
    """How far each article is from the other class: the probability of the predicted class minus that of the true one.

    In a cell of right articles the other class is the runner-up.

    Args:
        probabilities: Of the cell's articles, (n_documents, n_classes).
        predicted: The predicted class.
        actual: The true class.
    """
    others = probabilities[:, actual]
    if actual == predicted:
        others = np.delete(probabilities, predicted, axis=1).max(axis=1, initial=0.0)
    found: NDArray[np.float64] = probabilities[:, predicted] - others
    return found


@dataclass(frozen=True, slots=True)
class CellFacts:
    """Facts of the articles of a cell; means and shares are NaN without any.

    Attributes:
        n_documents: Articles.
        words: Mean number of words.
        unknown: Share of their words outside the vocabulary.
        margin: Mean of `margins`.
        near: Articles that are near the other class.
    """

    n_documents: int
    words: float
    unknown: float
    margin: float
    near: int


def facts_of_cell(
    rows: NDArray[np.int64],
    n_words: NDArray[np.integer],
    n_counted: NDArray[np.integer],
    n_unknown: NDArray[np.integer],
    of_cell: NDArray[np.float64],
) -> CellFacts:
    """Facts of the articles at these rows.

    Args:
        rows: Rows of the cell.
        n_words: Words of each validation article.
        n_counted: Terms counted in each, known or not.
        n_unknown: Of those, the ones outside the vocabulary.
        of_cell: The margins of the cell's articles.
    """
    if not len(rows):
        return CellFacts(0, np.nan, np.nan, np.nan, 0)
    counted = int(n_counted[rows].sum())
    unknown = int(n_unknown[rows].sum()) / counted if counted else np.nan
    near = int(np.count_nonzero(of_cell < NEAR))
    return CellFacts(len(rows), float(n_words[rows].mean()), unknown, float(of_cell.mean()), near)


def typical_words(
    one: sparse.csr_matrix, other: sparse.csr_matrix, terms: pa.StringArray, k: int = MOST_TYPICAL
) -> tuple[list[str], list[str]]:
    """Terms that the articles of one cell use more than those of another, and the reverse, by shrunk log-odds.

    A term of a single article of its cell is not typical.

    Args:
        one: Counts of the articles of a cell, (n_documents, n_terms).
        other: Counts of the articles of the other cell.
        terms: The terms.
        k: Most terms of each.
    """
    labels = np.repeat(np.array([0, 1], np.int32), [one.shape[0], other.shape[0]])
    counts = count_by_class(sparse.vstack([one, other], format="csr"), labels, 2)
    if min(counts.sum(axis=1)) == 0 or np.count_nonzero(counts.sum(axis=0)) < 2:
        return [], []
    z = compare_classes(counts, prior_tokens=float(counts.sum()) / 10).z
    found = []
    for side, matrix in zip(z, (one, other), strict=True):
        often = np.bincount(matrix.indices[matrix.data > 0], minlength=len(terms)) > 1
        candidates = np.flatnonzero(often & (side > LEAST_TYPICAL_Z))
        best = candidates[np.argsort(-side[candidates], kind="stable")[:k]]
        found.append(terms.take(pa.array(best)).to_pylist())
    return found[0], found[1]


def _table(rows: sparse.csr_matrix, sums: NDArray[np.float64], prior: float, of: Vocabulary | Columns) -> CellWords:
    columns = Columns.of(of)
    n_texts = np.bincount(rows.indices[rows.data != 0], minlength=rows.shape[1])
    there = np.flatnonzero(n_texts)
    there = there[np.argsort(-np.abs(sums[there]), kind="stable")]
    table = pd.DataFrame(
        {
            "term": pd.Series(columns.names(there), dtype="str"),
            "contribution": sums[there],
            "texts": n_texts[there],
            "document_frequency": columns.document_frequency[there],
        }
    )
    return CellWords(table, rows.shape[0], prior)
