"""Multinomial naive Bayes by sparse sums per class, fast enough to fit at every rerun of a page.

Source: Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, section 13.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.nouns import TEXTS


@dataclass(frozen=True, slots=True)
class NaiveBayes:
    """A fitted model; its arrays are read-only float64.

    Attributes:
        class_log_prior: Log share of the training articles, shape (n_classes,). A class without training articles
            has minus infinity and is never predicted.
        term_log_probability: Log probability of each term within each class, shape (n_classes, n_terms).
    """

    class_log_prior: NDArray[np.float64]
    term_log_probability: NDArray[np.float64]

    def joint_log_likelihood(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        """Log prior plus log likelihood of every class, shape (n_documents, n_classes)."""
        likelihood = np.asarray(matrix @ self.term_log_probability.T, dtype=np.float64)
        return likelihood + self.class_log_prior

    def predict(self, matrix: sparse.csr_matrix) -> NDArray[np.int32]:
        """The most probable class of every row, shape (n_documents,); the first of equals."""
        return np.asarray(self.joint_log_likelihood(matrix).argmax(axis=1), dtype=np.int32)

    def probabilities(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        """Posterior probabilities, shape (n_documents, n_classes); every row sums to 1."""
        joint = self.joint_log_likelihood(matrix)
        # Longer texts have joint log likelihoods below -745, where exp alone would be 0 for every class.
        odds = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fit_naive_bayes(
    train: sparse.csr_matrix, labels: NDArray[np.integer[Any]], n_classes: int, alpha: float = 1.0
) -> NaiveBayes:
    """Fit multinomial naive Bayes with additive smoothing.

    Args:
        train: Cell values, not negative, shape (n_documents, n_terms).
        labels: Positions of classes, shape (n_documents,).
        n_classes: Number of classes; some may have no training article.
        alpha: Added to the sum of every term in every class.

    Raises:
        RecipeError: There is no training article, or alpha is not above 0.
    """
    n_documents = train.shape[0]
    if n_documents == 0:
        raise RecipeError(f"There are 0 training {TEXTS}; naive Bayes needs at least 1.", "training_articles")
    if not alpha > 0:
        raise RecipeError(f"alpha = {alpha} must be above 0: a term unseen in a class would have log probability -inf.")
    positions = np.asarray(labels, dtype=np.int64)
    membership = np.zeros((n_documents, n_classes))
    membership[np.arange(n_documents), positions] = 1.0
    # one pass over the cells in their order; a product of two sparse matrices takes three times as long
    sums = np.ascontiguousarray((train.T @ membership).T) + alpha  # (n_classes, n_terms), never corpus-sized
    term_log_probability = np.log(sums) - np.log(sums.sum(axis=1, keepdims=True))
    sizes = np.bincount(positions, minlength=n_classes)
    with np.errstate(divide="ignore"):
        class_log_prior = np.log(sizes) - np.log(n_documents)
    term_log_probability.flags.writeable = False
    class_log_prior.flags.writeable = False
    return NaiveBayes(class_log_prior, term_log_probability)
