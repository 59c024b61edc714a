"""The words behind a prediction. For naive Bayes they are exact: the contributions sum to the log-odds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.learn.linear.naive_bayes import NaiveBayes
from bowcore.matrix.vocabulary import Vocabulary

MIN_DOCUMENTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a document is assigned to one class rather than another.

    `prior + contributions.sum()` are the log-odds of `chosen_class` against `other_class`, in natural logarithms.

    Attributes:
        chosen_class: Index of the class explained.
        other_class: Index of the class it is compared with.
        prior: The log-odds of the class sizes alone, without any word.
        columns: Columns of the document's terms, largest absolute contribution first, shape (n_terms_of_document,).
        values: Their cell values.
        contributions: Contribution of each term: positive favours the chosen class, negative the other.
    """

    chosen_class: int
    other_class: int
    prior: float
    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    contributions: NDArray[np.float64]

    @property
    def log_odds(self) -> float:
        """Log-odds of the chosen class against the other."""
        return self.prior + float(self.contributions.sum())

    def table(self, terms: pa.StringArray, class_names: Sequence[str]) -> pd.DataFrame:
        """One row per term: `term`, `value`, `contribution`, `speaks_for` (name of a class, empty for neither)."""
        names = (class_names[self.other_class], "", class_names[self.chosen_class])
        return pd.DataFrame(
            {
                "term": terms.take(pa.array(self.columns)).to_pylist(),
                "value": self.values,
                "contribution": self.contributions,
                "speaks_for": [names[int(sign) + 1] for sign in np.sign(self.contributions)],
            }
        )


def explain(
    model: NaiveBayes, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document, a CSR row of shape (1, n_terms) with cell values like those of the fit.

    By default the predicted class is compared with the runner-up; a `chosen` class is compared with the best of the
    others. The model is linear in the cell values, so nothing is sampled or approximated. The contributions are what
    the model added up, not what causes an article to be of a class.
    """
    if row.shape[0] != 1:
        raise ValueError(f"explain takes one document at a time, not {row.shape[0]}.")
    ranked = np.argsort(-model.joint_log_likelihood(row)[0], kind="stable")
    chosen = int(ranked[0]) if chosen_class is None else chosen_class
    other = int(ranked[ranked != chosen][0]) if other_class is None else other_class
    if chosen == other:
        raise ValueError(f"Class {chosen} cannot be compared with itself.")
    columns, values = row.indices.astype(np.int64), row.data.astype(np.float64)
    weights = model.term_log_probability[:, columns]
    contributions = values * (weights[chosen] - weights[other])
    order = np.argsort(-np.abs(contributions), kind="stable")
    prior = float(model.class_log_prior[chosen] - model.class_log_prior[other])
    return Explanation(chosen, other, prior, columns[order], values[order], contributions[order])


def words_that_decide(
    weights: NDArray[np.float64],
    vocabulary: Vocabulary,
    class_names: Sequence[str],
    n_words: int = 10,
    min_documents: int = MIN_DOCUMENTS,
) -> pd.DataFrame:
    """The terms with the largest weight for each class.

    Args:
        weights: Shape (n_classes, n_terms): `NaiveBayes.term_log_probability`, or the coefficients of a linear model.
        vocabulary: The columns, with their document frequencies among training articles.
        class_names: Classes in corpus order.
        n_words: Terms per class; fewer if fewer weights are above 0.
        min_documents: Terms in fewer training articles are left out: a word of one article has a high weight by chance.

    Returns:
        Columns `class`, `term`, `weight` (the class's weight minus the mean of the other classes'), and
        `document_frequency`; classes in corpus order, largest weight first, ties in alphabetical order.
    """
    n_classes = len(class_names)
    kept = np.flatnonzero(vocabulary.document_frequency >= min_documents)
    of_kept = weights[:, kept]
    margins = of_kept - (of_kept.sum(axis=0) - of_kept) / (n_classes - 1)
    tables = []
    for position, name in enumerate(class_names):
        best = np.argsort(-margins[position], kind="stable")[:n_words]
        best = best[margins[position, best] > 0]
        tables.append(
            pd.DataFrame(
                {
                    "class": pd.Series([name] * len(best), dtype="str"),
                    "term": pd.Series(vocabulary.terms.take(pa.array(kept[best])).to_pylist(), dtype="str"),
                    "weight": margins[position, best],
                    "document_frequency": vocabulary.document_frequency[kept[best]],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
