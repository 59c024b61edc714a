"""How often a model is right where its probability is nearly 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.judge.scores import accuracy_where_sure
from bowcore.learn.network.network import log_softmax
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import NEARLY_SURE, probability, with_interval

WHY_BAYES_IS_SURE = (
    "Naive Bayes multiplies the probabilities of all words as if each were independent of the others, so evidence that "
    "several words share counts several times: its probability ranks classes, it is not the probability of being right."
)


def bayes_probabilities(answer: Answer) -> NDArray[np.float64]:
    """Naive Bayes' probabilities for the validation articles, shape (n_validation, n_classes)."""
    probabilities: NDArray[np.float64] = np.exp(log_softmax(answer.log_likelihood))
    return probabilities


def right_where_sure(answer: Answer, probabilities: NDArray[np.float64], what: str = "probability") -> str:
    """How many validation articles get a probability, or vote, of nearly 1, and how many of these are right."""
    found = accuracy_where_sure(answer.labels, probabilities, NEARLY_SURE)
    if not found.n_documents:
        return f"It gives no validation {TEXT} a {what} of {probability(1)}."
    return (
        f"It gives {found.n_documents:,} of {len(answer.labels):,} validation {TEXTS} a {what} of "
        f"{probability(1)}, and is right on {with_interval(found)} of them."
    )
