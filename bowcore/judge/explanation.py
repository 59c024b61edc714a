"""The words behind a prediction: exact for naive Bayes and logistic regression, approximate for a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.learn.linear.blocks import LinearModel
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.linear.naive_bayes import NaiveBayes
from bowcore.learn.network.network import Weights, logits
from bowcore.matrix.vocabulary import Vocabulary

MIN_DOCUMENTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns that are named one by one, and the number of training articles with each, (n_columns,)."""

    names: Callable[[NDArray[np.int64]], list[str]]
    document_frequency: NDArray[np.integer]

    @classmethod
    def of(cls, found: Vocabulary | Columns) -> Columns:
        """Those of a vocabulary; columns are themselves."""
        if isinstance(found, Columns):
            return found
        return cls(lambda places: found.terms.take(pa.array(places)).to_pylist(), found.document_frequency)


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

    def table(self, terms: pa.StringArray, class_names: Sequence[str]) -> pd.DataFrame:
        """One row per term: `term`, `value`, `contribution`, `speaks_for` (name of a class, empty for neither)."""
        return self.named(terms.take(pa.array(self.columns)).to_pylist(), class_names)

    def named(self, terms: Sequence[str], class_names: Sequence[str]) -> pd.DataFrame:
        """The same with the names of the explanation's columns, in their order."""
        names = (class_names[self.other_class], "", class_names[self.chosen_class])
        return pd.DataFrame(
            {
                "term": list(terms),
                "value": self.values,
                "contribution": self.contributions,
                "speaks_for": [names[int(sign) + 1] for sign in np.sign(self.contributions)],
            }
        )


def explain(
    model: NaiveBayes, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document, a CSR row of shape (1, n_terms) with cell values like those of the fit.

    By default the predicted class is compared with the runner-up; a `chosen_class` is compared with the best of the
    others. The model is linear in the cell values, so nothing is sampled or approximated. The contributions are what
    the model added up, not what causes an article to be of a class.
    """
    chosen, other = compared(model.joint_log_likelihood(row), chosen_class, other_class)
    weights = model.term_log_probability[:, row.indices]
    prior = float(model.class_log_prior[chosen] - model.class_log_prior[other])
    return make_explanation(chosen, other, prior, row, weights[chosen] - weights[other])


def explain_network(
    weights: Weights, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document by gradient times input (Shrikumar, Greenside and Kundaje 2016); see `explain`.

    The network is linear as long as the same hidden units stay above 0; there the difference of its logits equals
    `prior + contributions.sum()`. Removing a word may switch units, so the contributions do not answer "what if this
    word were missing".
    """
    chosen, other = compared(logits(weights, row), chosen_class, other_class)
    of_terms = weights.hidden_weights[row.indices].astype(np.float64)
    before = row.data.astype(np.float64) @ of_terms + weights.hidden_bias
    margin = (weights.output_weights[chosen] - weights.output_weights[other]).astype(np.float64)
    active = np.where(before > 0, margin, 0.0)
    prior = float(weights.hidden_bias @ active + weights.output_bias[chosen] - weights.output_bias[other])
    return make_explanation(chosen, other, prior, row, of_terms @ active)


def explain_logistic(
    model: Coefficients, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document by logistic regression, exact as the one of naive Bayes; see `explain`.

    A class without training articles has no coefficients: an `other_class` without them is replaced by the best one.
    Where all training articles are of one class, no word speaks for or against it.
    """
    if len(model.classes) < 2:
        chosen = int(model.classes[0])
        return make_explanation(chosen, 0 if chosen else 1, 0.0, row, np.zeros(row.nnz))
    fitted = {int(name): column for column, name in enumerate(model.classes)}
    chosen, other = compared(
        model.scores(row),
        None if chosen_class is None else fitted[chosen_class],
        None if other_class is None else fitted.get(other_class),
    )
    weights = (model.weights[row.indices, chosen] - model.weights[row.indices, other]).astype(np.float64)
    prior = float(model.intercepts[chosen] - model.intercepts[other])
    return make_explanation(int(model.classes[chosen]), int(model.classes[other]), prior, row, weights)


def explain_blocks(
    model: LinearModel, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document, a row of all blocks' columns, by a linear model of them; exact, see `explain`.

    Of an SVM the difference of the two classes' margins is explained, which is no log-odds. A class without training
    articles is treated as by `explain_logistic`.
    """
    fitted = np.flatnonzero(np.isfinite(model.intercepts))
    if len(fitted) < 2:
        chosen = int(fitted[0])
        return make_explanation(chosen, 0 if chosen else 1, 0.0, row, np.zeros(row.nnz))
    chosen, other = compared(model.scores(row), chosen_class, other_class if other_class in fitted else None)
    weights, prior = cast(tuple[NDArray[np.float64], float], term_weights(model, chosen, other))
    return make_explanation(chosen, other, prior, row, weights[row.indices])


def term_weights(
    model: NaiveBayes | Coefficients | LinearModel, chosen_class: int, other_class: int
) -> tuple[NDArray[np.float64], float] | None:
    """What a cell value of 1 adds to the log-odds of a class against another, (n_terms,), and the log-odds of no word.

    None if the model was fitted on no article of one of the two.
    """
    if isinstance(model, NaiveBayes):
        priors = model.class_log_prior[[chosen_class, other_class]]
        if not np.isfinite(priors).all():
            return None
        weights = model.term_log_probability
        return weights[chosen_class] - weights[other_class], float(priors[0] - priors[1])
    if isinstance(model, LinearModel):
        priors = model.intercepts[[chosen_class, other_class]].astype(np.float64)
        if not np.isfinite(priors).all():
            return None
        between = (model.weights[:, chosen_class] - model.weights[:, other_class]).astype(np.float64)
        return between, float(priors[0] - priors[1])
    fitted = {int(name): column for column, name in enumerate(model.classes)}
    if chosen_class not in fitted or other_class not in fitted:
        return None
    one, other = fitted[chosen_class], fitted[other_class]
    between = (model.weights[:, one] - model.weights[:, other]).astype(np.float64)
    return between, float(model.intercepts[one] - model.intercepts[other])


def words_that_decide(
    weights: NDArray[np.floating],
    of: Vocabulary | Columns,
    class_names: Sequence[str],
    n_words: int = 10,
    min_documents: int = MIN_DOCUMENTS,
) -> pd.DataFrame:
    """The terms with the largest weight for each class.

    Args:
        weights: Shape (n_classes, n_terms): `NaiveBayes.term_log_probability`, or the coefficients of a linear model.
        of: The columns, with their document frequencies among training articles.
        class_names: Classes in corpus order.
        n_words: Terms per class; fewer if fewer weights are above 0.
        min_documents: Terms in fewer training articles are left out: a word of one article has a high weight by chance.

    Returns:
        Columns `class`, `term`, `weight` (the class's weight minus the mean of the other classes'),
        `document_frequency`, and `column`, its place; classes in corpus order, largest weight first, ties in
        alphabetical order.
    """
    of = Columns.of(of)
    n_classes = len(class_names)
    kept = np.flatnonzero(of.document_frequency >= min_documents)
    of_kept = weights[:, kept]
    margins = of_kept - (of_kept.sum(axis=0) - of_kept) / (n_classes - 1)
    best = [_largest(of_class, n_words) for of_class in margins]
    best = [found[margins[position, found] > 0] for position, found in enumerate(best)]
    chosen, position = np.concatenate(best), np.repeat(np.arange(n_classes), [len(found) for found in best])
    return pd.DataFrame(
        {
            "class": pd.Series(np.array(list(class_names), dtype=object)[position], dtype="str"),
            "term": pd.Series(of.names(kept[chosen]), dtype="str"),
            "weight": margins[position, chosen],
            "document_frequency": of.document_frequency[kept[chosen]],
            "column": kept[chosen],
        }
    )


def _largest(values: NDArray[np.floating], n: int) -> NDArray[np.int64]:
    """Places of the `n` largest values, largest first, the first of equals first; without sorting all of them."""
    if not 0 < n < len(values):
        return np.argsort(-values, kind="stable")[:n]
    candidates = np.flatnonzero(values >= np.partition(values, len(values) - n)[len(values) - n])
    return candidates[np.argsort(-values[candidates], kind="stable")[:n]]


def compared(scores: NDArray[Any], chosen: int | None, other: int | None) -> tuple[int, int]:
    """The class to explain and the one to compare it with: by default the best of the `scores`, and the runner-up."""
    if len(scores) != 1:
        raise ValueError(f"One document is explained at a time, not {len(scores)}.")
    ranked = np.argsort(-scores[0], kind="stable")
    chosen = int(ranked[0]) if chosen is None else chosen
    other = int(ranked[ranked != chosen][0]) if other is None else other
    if chosen == other:
        raise ValueError(f"Class {chosen} cannot be compared with itself.")
    return chosen, other


def make_explanation(
    chosen: int, other: int, prior: float, row: sparse.csr_matrix, term_weights: NDArray[np.float64]
) -> Explanation:
    """The explanation in which each cell of a row counts its value times the weight of its term."""
    values = row.data.astype(np.float64)
    contributions = values * term_weights
    order = np.argsort(-np.abs(contributions), kind="stable")
    return Explanation(chosen, other, prior, row.indices.astype(np.int64)[order], values[order], contributions[order])
