"""Calibration: whether articles with a probability of 80 % are right in 80 % of the cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.judge.confusion import Labels
from bowcore.judge.scores import Share
from bowcore.nouns import TEXTS

N_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The articles whose predicted class has a probability within a range.

    Attributes:
        start: The range's beginning.
        end: Its end, which belongs to it.
        mean: Mean probability of the predicted class.
        right: Share of the articles that are right.
    """

    start: float
    end: float
    mean: float
    right: Share

    @property
    def covered(self) -> bool:
        """Whether the interval of the share that is right contains the mean probability."""
        return self.right.low <= self.mean <= self.right.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins that hold articles, in order, and how many there are with the empty ones."""

    bins: tuple[Bin, ...]
    n_bins: int

    @property
    def n_documents(self) -> int:
        """Number of articles."""
        return sum(item.right.n_documents for item in self.bins)

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of probability and share right, over the articles of all bins.

        It depends on the number of bins, and of few articles it is above 0 even for true probabilities.
        """
        distance = sum(item.right.n_documents * abs(item.right.value - item.mean) for item in self.bins)
        return distance / self.n_documents if self.bins else float("nan")

    @property
    def too_sure(self) -> float:
        """Mean probability minus the share that is right: above 0 for a model that is too sure of itself."""
        distance = sum(item.right.n_documents * (item.mean - item.right.value) for item in self.bins)
        return distance / self.n_documents if self.bins else float("nan")

    def table(self) -> pd.DataFrame:
        """One row per bin: `start`, `end`, `mean`, `right`, `low`, `high`, `n_right`, `n_documents`."""
        return pd.DataFrame(
            [
                (item.start, item.end, item.mean, item.right.value, item.right.low, item.right.high, item.right.n_right,
                 item.right.n_documents)
                for item in self.bins
            ],
            columns=["start", "end", "mean", "right", "low", "high", "n_right", "n_documents"],
        )  # fmt: skip


def calibrate(labels: Labels, probabilities: NDArray[np.float64], n_bins: int = N_BINS) -> Calibration:
    """Bins of equal width over the probability of the predicted class.

    Source: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", section 2.

    Args:
        labels: Class indices, shape (n_documents,).
        probabilities: By article and class, shape (n_documents, n_classes).
        n_bins: Number of bins from 0 to 1.
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels and {len(probabilities)} rows are not of the same {TEXTS}.")
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.clip(np.ceil(sure * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    bins = []
    for number in np.unique(place):
        inside = place == number
        share = Share.of(int(right[inside].sum()), int(inside.sum()))
        bins.append(Bin(number / n_bins, (number + 1) / n_bins, float(sure[inside].mean()), share))
    return Calibration(tuple(bins), n_bins)
