"""What joined models of blocks are compared with, and the weights of stacked ones, as a finished fit holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.stacking import JoinedFits
from bowcore.judge.comparison import PairedChange, paired_change
from bowcore.learn.linear.blocks import vote
from bowcore.learn.linear.stacking import Stack

MEAN_OF_ALL = "mean of their votes"


@dataclass(frozen=True, slots=True)
class Rival:
    """What the joined models are compared with: the mean of stacked ones, or a model alone; the change to them."""

    words: str
    accuracy: float
    change: PairedChange

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        return cls(body["words"], body["accuracy"], PairedChange(**body["change"]))


@dataclass(frozen=True, slots=True)
class StackWeights:
    """Weights of stacked models, in their order, and what each margin adds to each score.

    `of_models` are as `Stack.weight_of_models`, `of_margins` as `Stack.weights`, with margins in rows, and `scales`
    the root mean squares of margins that they count. `classes` are the names of the classes with training articles.
    """

    of_models: tuple[float, ...]
    of_margins: tuple[tuple[tuple[float, ...], ...], ...]
    scales: tuple[float, ...]
    classes: tuple[str, ...]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        of_margins = tuple(tuple(map(tuple, rows)) for rows in body["of_margins"])
        return cls(tuple(body["of_models"]), of_margins, tuple(body["scales"]), tuple(body["classes"]))


def find_rivals(
    joined: JoinedFits, cells: sparse.csr_matrix, labels: NDArray[np.int32], predictions: NDArray[np.integer]
) -> tuple[Rival, ...]:
    """The mean of stacked models, and each of several models alone, against their joined predictions."""
    if len(joined.models) < 2:
        return ()
    others = [(model.model.words, model.scores(cells)) for model in joined.models]
    if joined.stack is not None:
        others.insert(0, (MEAN_OF_ALL, vote(joined.models, cells)))
    found = []
    for words, scores in others:
        before = scores.argmax(axis=1)
        change = paired_change(labels, before.astype(np.int32), predictions.astype(np.int32))
        found.append(Rival(words, float((before == labels).mean()), change))
    return tuple(found)


def weights_of(stack: Stack, class_names: tuple[str, ...]) -> StackWeights:
    """The weights of a stack, with the names of its classes."""
    of_margins = tuple(tuple(map(tuple, rows)) for rows in stack.weights.tolist())
    classes = tuple(class_names[place] for place in stack.classes)
    return StackWeights(tuple(stack.weight_of_models.tolist()), of_margins, tuple(stack.scales.tolist()), classes)
