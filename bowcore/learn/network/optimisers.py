"""Optimisers of a network whose first layer sees sparse rows.

RMSprop and gradient descent touch only the rows that a batch uses, and give the dense optimisers' numbers. That is
exact without weight decay, momentum and global clipping: then a row with zero gradient stays where it is, and only its
running square shrinks, which is made up for when the row is next touched.

Adam has momentum: a row goes on moving after its last gradient, so every row that ever had one is updated at every
step. Lazy Adam leaves such rows alone instead. It is another optimiser, with other numbers, and has its own name.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.input_gradients import InputGradients
from bowcore.learn.kernels.rows import Floats, TouchedTerms
from bowcore.learn.kernels.updates import coast_adam, update_adam, update_rmsprop, update_sgd
from bowcore.learn.network.network import Weights

ALPHA = 0.99  # torch.optim.RMSprop's own defaults
BETAS = (0.9, 0.999)  # torch.optim.Adam's own defaults
EPSILON = 1e-8  # of both

DENSE = ("hidden_bias", "output_weights", "output_bias")


class Optimiser(Protocol):
    """Changes weights in place, one batch at a time."""

    def __init__(self, weights: Weights, learning_rate: float) -> None: ...

    def step(self, touched: TouchedTerms, input_gradients: InputGradients, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch: gradients at the hidden layer's input, and of every array named in `DENSE`."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers, by name: the arrays themselves, not copies."""

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over what `state` gave."""


class RMSprop:
    """Divides each gradient by the root of a running mean of its squares (Tieleman and Hinton 2012, lecture 6.5)."""

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        number = weights.hidden_weights.dtype.type
        self._weights = weights
        self._rate, self._alpha, self._share = number(learning_rate), number(ALPHA), number(1 - ALPHA)
        self._epsilon = number(EPSILON)
        self._state = {name: np.zeros_like(getattr(weights, name)) for name in ("hidden_weights", *DENSE)}
        self._state["last_touched"] = np.zeros(weights.hidden_weights.shape[0], np.int64)
        self._state["steps"] = np.zeros((), np.int64)

    def step(self, touched: TouchedTerms, input_gradients: InputGradients, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch."""
        state, last_touched, weights = self._state, self._state["last_touched"], self._weights.hidden_weights
        state["steps"] += 1
        # float64 powers of the alpha that is stored: powers in float32 would drift by 1e-4 over thousands of steps.
        decays = np.power(float(self._alpha), state["steps"] - last_touched[touched.terms])
        last_touched[touched.terms] = state["steps"]
        update_rmsprop(
            *input_gradients.for_kernels(touched), weights, state["hidden_weights"], decays.astype(weights.dtype),
            self._share, self._rate, self._epsilon,
        )  # fmt: skip
        for name in DENSE:
            values, square, gradient = getattr(self._weights, name), state[name], dense_gradients[name]
            square *= self._alpha
            square += self._share * gradient * gradient
            values -= self._rate * gradient / (np.sqrt(square) + self._epsilon)

    def state(self) -> dict[str, NDArray[Any]]:
        """Running squares, the step at which each row was last touched, and the number of steps."""
        return dict(self._state)

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over what `state` gave."""
        self._state = {name: state[name] for name in self._state}


class SGD:
    """Plain gradient descent: it remembers nothing."""

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        self._weights = weights
        self._rate = weights.hidden_weights.dtype.type(learning_rate)

    def step(self, touched: TouchedTerms, input_gradients: InputGradients, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch."""
        update_sgd(*input_gradients.for_kernels(touched), self._weights.hidden_weights, self._rate)
        for name in DENSE:
            values = getattr(self._weights, name)
            values -= self._rate * dense_gradients[name]

    def state(self) -> dict[str, NDArray[Any]]:
        """Nothing."""
        return {}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Nothing to take over."""


class Adam:
    """Divides a running mean of gradients by the root of a running mean of their squares (Kingma and Ba 2015)."""

    def __init__(self, weights: Weights, learning_rate: float) -> None:
        self._weights = weights
        self._learning_rate = learning_rate
        number = weights.hidden_weights.dtype.type
        self._mean_share, self._square_keep = number(1 - BETAS[0]), number(BETAS[1])
        self._square_share, self._epsilon = number(1 - BETAS[1]), number(EPSILON)
        names = ("hidden_weights", *DENSE)
        self._state = {f"mean.{name}": np.zeros_like(getattr(weights, name)) for name in names}
        self._state |= {f"square.{name}": np.zeros_like(getattr(weights, name)) for name in names}
        self._state["ever_touched"] = np.zeros(weights.hidden_weights.shape[0], np.bool_)
        self._state["steps"] = np.zeros((), np.int64)

    def step(self, touched: TouchedTerms, input_gradients: InputGradients, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch."""
        state, number = self._state, self._weights.hidden_weights.dtype.type
        state["steps"] += 1
        mean_bias, square_bias = (1 - beta ** int(state["steps"]) for beta in BETAS)
        rate, root_scale = number(self._learning_rate / mean_bias), number(1 / math.sqrt(square_bias))
        self._step_rows(touched, input_gradients, rate, root_scale)
        for name in DENSE:
            values, gradient = getattr(self._weights, name), dense_gradients[name]
            mean, square = state[f"mean.{name}"], state[f"square.{name}"]
            mean += self._mean_share * (gradient - mean)
            square *= self._square_keep
            square += self._square_share * gradient * gradient
            values -= rate * mean / (np.sqrt(square) * root_scale + self._epsilon)

    def _step_rows(self, touched: TouchedTerms, input_gradients: InputGradients, rate: Any, root_scale: Any) -> None:
        state, weights = self._state, self._weights.hidden_weights
        waiting = state["ever_touched"].copy()  # before its first gradient a row has nothing that could move it
        waiting[touched.terms] = False
        coast_adam(
            np.flatnonzero(waiting), weights, state["mean.hidden_weights"], state["square.hidden_weights"],
            self._mean_share, self._square_keep, rate, root_scale, self._epsilon,
        )  # fmt: skip
        state["ever_touched"][touched.terms] = True
        self._update(touched, input_gradients, rate, root_scale)

    def _update(self, touched: TouchedTerms, input_gradients: InputGradients, rate: Any, root_scale: Any) -> None:
        update_adam(
            *input_gradients.for_kernels(touched), self._weights.hidden_weights,
            self._state["mean.hidden_weights"], self._state["square.hidden_weights"],
            self._mean_share, self._square_keep, self._square_share, rate, root_scale, self._epsilon,
        )  # fmt: skip

    def state(self) -> dict[str, NDArray[Any]]:
        """Running means and squares, which rows ever had a gradient, and the number of steps."""
        return dict(self._state)

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over what `state` gave."""
        self._state = {name: state[name] for name in self._state}


class LazyAdam(Adam):
    """Adam whose first layer moves, and forgets, only in rows that the batch touches, as in `torch.optim.SparseAdam`.

    Biases and the output layer, which every batch touches, follow Adam itself.
    """

    def _step_rows(self, touched: TouchedTerms, input_gradients: InputGradients, rate: Any, root_scale: Any) -> None:
        number = self._weights.hidden_weights.dtype.type
        # SparseAdam corrects the rate for both biases and adds epsilon to the uncorrected root.
        self._update(touched, input_gradients, number(rate / root_scale), number(1))


OPTIMISERS: dict[str, type[Optimiser]] = {"rmsprop": RMSprop, "sgd": SGD, "adam": Adam, "adam-lazy": LazyAdam}
"""By the name in `NetworkSpec.optimiser`."""
