"""Accuracy, recall, precision and F1, each with its number of articles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from bowcore.judge.confusion import Labels, confusion_matrix
from bowcore.nouns import TEXTS, VALIDATION_TEXTS, Word
from bowcore.numbers import percent, with_interval

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """A share of articles with its 95 % Wilson interval, all from 0 to 1.

    A share of 0 articles is undefined: `value`, `low` and `high` are NaN.
    """

    value: float
    low: float
    high: float
    n_right: int
    n_documents: int

    @classmethod
    def of(cls, n_right: int, n_documents: int) -> Self:
        """The share of `n_right` articles in `n_documents`."""
        value = n_right / n_documents if n_documents else math.nan
        low, high = wilson_interval(n_right, n_documents)
        return cls(value, low, high, int(n_right), int(n_documents))


@dataclass(frozen=True, slots=True)
class Accuracy(Share):
    """The share of all articles that are classified correctly."""


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The scores of one class.

    Attributes:
        name: The class.
        recall: Share of the articles of this class that were found.
        precision: Share of the articles predicted as this class that are; undefined if there are none.
        f1: 2 × right / (articles of the class + articles predicted as it); NaN if there are neither.
    """

    name: str
    recall: Share
    precision: Share
    f1: float

    @property
    def n_documents(self) -> int:
        """Articles that are of this class or were predicted as it: the denominator behind F1."""
        return self.recall.n_documents + self.precision.n_documents - self.recall.n_right

    @property
    def f1_interval(self) -> tuple[float, float]:
        """The 95 % interval of F1; two NaN if it is undefined.

        Of the articles of this class or predicted as it, the share that is both is F1 / (2 - F1): its Wilson interval,
        carried over to F1, covers as often.

        Source: Lam, Gopal and Qian (2023), "Confidence intervals for the F1 score: a comparison of four methods",
        arXiv 2309.14621, "Wilson indirect".
        """
        low, high = wilson_interval(self.recall.n_right, self.n_documents)
        return 2 * low / (1 + low), 2 * high / (1 + high)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one model on one set of articles.

    `macro_f1` is the unweighted mean over the classes whose F1 is defined: small classes weigh as much as large ones.
    """

    accuracy: Accuracy
    macro_f1: float
    classes: tuple[ClassScores, ...]

    def table(self) -> pd.DataFrame:
        """One row per class and measure: `class`, `measure`, `value`, `low`, `high`, `n_right`, `n_documents`.

        Undefined values are NaN.
        """
        rows: list[tuple[str, str, float, float, float, int, int]] = []
        for item in self.classes:
            for measure, share in (("recall", item.recall), ("precision", item.precision)):
                rows.append((item.name, measure, share.value, share.low, share.high, share.n_right, share.n_documents))
            rows.append((item.name, "F1", item.f1, *item.f1_interval, item.recall.n_right, item.n_documents))
        return pd.DataFrame(rows, columns=["class", "measure", "value", "low", "high", "n_right", "n_documents"])


def wilson_interval(n_right: int, n_documents: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The Wilson interval of a share, within 0 and 1; two NaN if there are 0 articles.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference"; recommended over
    the textbook interval by Newcombe (1998), "Two-sided confidence intervals for the single proportion", method 3.
    """
    if not 0 <= n_right <= n_documents:
        raise ValueError(f"{n_right} of {n_documents} {TEXTS} is not a share.")
    if n_documents == 0:
        return math.nan, math.nan
    z = float(special.ndtri((1 + confidence) / 2))  # scipy.stats takes 0.7 s to import
    share, spread = n_right / n_documents, z * z / n_documents
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    # Exact at both ends, where rounding would leave -1e-17 instead of 0
    low = 0.0 if n_right == 0 else middle - half
    high = 1.0 if n_right == n_documents else middle + half
    return low, high


def exact_interval(n_right: int, n_documents: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share that covers with at least this confidence, however small the risk; for 1 article or more.

    Source: Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the
    binomial".
    """
    tail = (1 - confidence) / 2
    low = 0.0 if n_right == 0 else float(special.betaincinv(n_right, n_documents - n_right + 1, tail))
    high = 1.0 if n_right == n_documents else float(special.betaincinv(n_right + 1, n_documents - n_right, 1 - tail))
    return low, high


def score(labels: Labels, predictions: Labels, class_names: tuple[str, ...]) -> Scores:
    """Scores of predictions against labels, both indices into `class_names`, shape (n_documents,)."""
    matrix = confusion_matrix(labels, predictions, len(class_names))
    right, actual, called = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    classes = tuple(
        ClassScores(
            name=name,
            recall=Share.of(int(right[i]), int(actual[i])),
            precision=Share.of(int(right[i]), int(called[i])),
            f1=float(2 * right[i] / (actual[i] + called[i])) if actual[i] + called[i] else math.nan,
        )
        for i, name in enumerate(class_names)
    )
    defined = [item.f1 for item in classes if not math.isnan(item.f1)]
    macro_f1 = sum(defined) / len(defined) if defined else math.nan
    return Scores(Accuracy.of(int(right.sum()), int(matrix.sum())), macro_f1, classes)


def accuracy(labels: Labels, predictions: Labels) -> Accuracy:
    """The share of articles whose prediction is their label."""
    return Accuracy.of(int(np.count_nonzero(labels == predictions)), len(labels))


def accuracy_where_sure(labels: Labels, probabilities: NDArray[np.float64], over: float) -> Accuracy:
    """The accuracy on the articles whose most probable class has more than this probability.

    Args:
        labels: Class indices, shape (n_documents,).
        probabilities: By article and class, shape (n_documents, n_classes).
        over: Probability from 0 to 1.
    """
    sure = probabilities.max(axis=1) > over
    return accuracy(labels[sure], probabilities[sure].argmax(axis=1))


def describe_accuracy(
    share: Share,
    guessed: float | None,
    guess: str = "the largest class",
    unit: str | Word = VALIDATION_TEXTS,
    digits: int = 1,
) -> str:
    """An accuracy in words, with everything it must be read with.

    Args:
        share: The accuracy.
        guessed: Accuracy of the constant guess on the same articles, from 0 to 1; None to leave it out, where the
            same sentence gives it already.
        guess: The class of the constant guess.
        unit: What the articles are called, in the plural.
        digits: Decimals of the percentages.

    >>> text = describe_accuracy(Accuracy.of(321, 334), 77 / 334, "business")
    >>> text.replace("\N{NO-BREAK SPACE}", " ")
    '96.1 % (93.5–97.7) of 334 validation articles; always guessing business: 23.1 %'
    """
    text = f"{with_interval(share, digits)} of {share.n_documents:,} {unit}"
    return text if guessed is None else f"{text}; always guessing {guess}: {percent(guessed, digits)}"


def majority_class(train_labels: Labels) -> int:
    """The class with the most training articles; ties go to the first in corpus order."""
    return int(np.bincount(train_labels).argmax())


def majority_baseline(train_labels: Labels, labels: Labels) -> Accuracy:
    """Accuracy on `labels` of always predicting the largest training class."""
    return accuracy(labels, np.full(len(labels), majority_class(train_labels)))
