"""Optimisers of a network whose first layer sees sparse rows.

RMSprop and gradient descent touch only the rows that a batch uses, and give the dense optimisers' numbers. That is
exact without weight decay, momentum and global clipping: then a row with zero gradient stays where it is, and only its
running square shrinks, which is corrected when the row is next touched.

Adam has momentum: a row keeps moving after its last gradient, so every row that ever had one is updated at every step.
Lazy Adam leaves such rows unchanged: it is another optimiser, with other numbers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.batch import Floats, Gradients, TouchedTerms
from bowcore.learn.kernels.loops import AdamStep, RMSpropStep, coast_adam, update_adam, update_rmsprop, update_sgd
from bowcore.learn.network.network import Weights

ALPHA = 0.99  # torch.optim.RMSprop's own defaults
BETAS = (0.9, 0.999)  # torch.optim.Adam's own defaults
EPSILON = 1e-8  # of both

DENSE = ("hidden_bias", "output_weights", "output_bias")


class Optimiser(ABC):
    """Changes weights in place, one batch at a time.

    `moves_all` says whether a batch changes every row of the first layer, not only those of its terms.
    """

    moves_all = False

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        self._weights = weights
        self._learning_rate = learning_rate
        self._state: dict[str, NDArray[Any]] = {}

    @abstractmethod
    def step(self, touched: TouchedTerms, gradients: Gradients) -> None:
        """Learn one batch."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers, by name: the arrays themselves, not copies."""
        return dict(self._state)

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Continue from what `state` returned."""
        self._state = {name: state[name] for name in self._state}


class RMSprop(Optimiser):
    """Divides each gradient by the root of a running mean of its squares (Tieleman and Hinton 2012, lecture 6.5).

    It remembers running squares, the step at which each row was last touched, and the number of steps.
    """

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        super().__init__(weights, learning_rate)
        number = weights.hidden_weights.dtype.type
        self._alpha = number(ALPHA)
        self._step = RMSpropStep(share=number(1 - ALPHA), rate=number(learning_rate), epsilon=number(EPSILON))
        self._state = {name: np.zeros_like(getattr(weights, name)) for name in ("hidden_weights", *DENSE)}
        self._state["last_touched"] = np.zeros(weights.hidden_weights.shape[0], np.int64)
        self._state["steps"] = np.zeros((), np.int64)

    def step(self, touched: TouchedTerms, gradients: Gradients) -> None:
        """Learn one batch."""
        state, last_touched, weights = self._state, self._state["last_touched"], self._weights.hidden_weights
        state["steps"] += 1
        # float64 powers of the alpha that is stored: powers in float32 would drift by 1e-4 over thousands of steps.
        decays = np.power(float(self._alpha), state["steps"] - last_touched[touched.terms])
        last_touched[touched.terms] = state["steps"]
        decays = decays.astype(weights.dtype)
        update_rmsprop(touched, gradients.hidden, weights, state["hidden_weights"], decays, self._step)
        share, rate, epsilon = self._step
        for name in DENSE:
            values, square, gradient = getattr(self._weights, name), state[name], getattr(gradients, name)
            square *= self._alpha
            square += share * gradient * gradient
            values -= rate * gradient / (np.sqrt(square) + epsilon)


class SGD(Optimiser):
    """Plain gradient descent: it remembers nothing."""

    def step(self, touched: TouchedTerms, gradients: Gradients) -> None:
        """Learn one batch."""
        rate = self._weights.hidden_weights.dtype.type(self._learning_rate)
        update_sgd(touched, gradients.hidden, self._weights.hidden_weights, rate)
        for name in DENSE:
            values = getattr(self._weights, name)
            values -= rate * getattr(gradients, name)


class Adam(Optimiser):
    """Divides a running mean of gradients by the root of a running mean of their squares (Kingma and Ba 2015).

    It remembers both means, the rows that ever had a gradient, and the number of steps.
    """

    moves_all = True

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        super().__init__(weights, learning_rate)
        names = ("hidden_weights", *DENSE)
        self._state = {f"mean.{name}": np.zeros_like(getattr(weights, name)) for name in names}
        self._state |= {f"square.{name}": np.zeros_like(getattr(weights, name)) for name in names}
        self._state["ever_touched"] = np.zeros(weights.hidden_weights.shape[0], np.bool_)
        self._state["steps"] = np.zeros((), np.int64)

    def step(self, touched: TouchedTerms, gradients: Gradients) -> None:
        """Learn one batch."""
        state, number = self._state, self._weights.hidden_weights.dtype.type
        state["steps"] += 1
        mean_bias, square_bias = (1 - beta ** int(state["steps"]) for beta in BETAS)
        step = AdamStep(
            mean_share=number(1 - BETAS[0]),
            square_keep=number(BETAS[1]),
            square_share=number(1 - BETAS[1]),
            rate=number(self._learning_rate / mean_bias),
            root_scale=number(1 / math.sqrt(square_bias)),
            epsilon=number(EPSILON),
        )
        self._step_rows(touched, gradients.hidden, step)
        for name in DENSE:
            values, gradient = getattr(self._weights, name), getattr(gradients, name)
            mean, square = state[f"mean.{name}"], state[f"square.{name}"]
            mean += step.mean_share * (gradient - mean)
            square *= step.square_keep
            square += step.square_share * gradient * gradient
            values -= step.rate * mean / (np.sqrt(square) * step.root_scale + step.epsilon)

    def _step_rows(self, touched: TouchedTerms, hidden: Floats, step: AdamStep) -> None:
        waiting = self._state["ever_touched"].copy()  # before its first gradient a row has nothing that could move it
        waiting[touched.terms] = False
        coast_adam(np.flatnonzero(waiting), *self._rows, step)
        self._state["ever_touched"][touched.terms] = True
        update_adam(touched, hidden, *self._rows, step)

    @property
    def _rows(self) -> tuple[Floats, Floats, Floats]:
        return self._weights.hidden_weights, self._state["mean.hidden_weights"], self._state["square.hidden_weights"]


class LazyAdam(Adam):
    """Adam whose first layer moves, and forgets, only in rows that the batch touches, as in `torch.optim.SparseAdam`.

    Biases and the output layer, which every batch touches, follow Adam itself.
    """

    moves_all = False

    def _step_rows(self, touched: TouchedTerms, hidden: Floats, step: AdamStep) -> None:
        # SparseAdam corrects the rate for both biases and adds epsilon to the uncorrected root.
        one = step.rate.dtype.type(1)
        update_adam(touched, hidden, *self._rows, step._replace(rate=step.rate / step.root_scale, root_scale=one))


OPTIMISERS: dict[str, type[Optimiser]] = {"rmsprop": RMSprop, "sgd": SGD, "adam": Adam, "adam-lazy": LazyAdam}
"""By the name in `NetworkSpec.optimiser`."""
