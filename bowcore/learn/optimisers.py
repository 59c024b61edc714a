"""RMSprop and gradient descent that touch only the rows a batch uses, with the dense optimisers' numbers.

Exact without weight decay, momentum and global clipping: then a row with zero gradient stays where it is, and only
its running square shrinks. That is made up for when the row is next touched.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels import Floats, TouchedTerms, update_rmsprop, update_sgd
from bowcore.learn.network import Weights

ALPHA = 0.99  # torch.optim.RMSprop's own defaults
EPSILON = 1e-8

DENSE = ("hidden_bias", "output_weights", "output_bias")


class Optimiser(Protocol):
    """Changes weights in place, one batch at a time."""

    def __init__(self, weights: Weights, learning_rate: float) -> None: ...

    def step(self, touched: TouchedTerms, input_gradients: Floats, dense_gradients: dict[str, Floats]) -> None:
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

    def step(self, touched: TouchedTerms, input_gradients: Floats, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch."""
        state, last_touched = self._state, self._state["last_touched"]
        state["steps"] += 1
        # float64 powers of the alpha that is stored: powers in float32 would drift by 1e-4 over thousands of steps.
        decays = np.power(float(self._alpha), state["steps"] - last_touched[touched.terms])
        last_touched[touched.terms] = state["steps"]
        update_rmsprop(
            touched.terms, touched.starts, touched.documents, touched.values, touched.chunks, input_gradients,
            self._weights.hidden_weights, state["hidden_weights"], decays.astype(input_gradients.dtype),
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

    def step(self, touched: TouchedTerms, input_gradients: Floats, dense_gradients: dict[str, Floats]) -> None:
        """Learn one batch."""
        update_sgd(
            touched.terms, touched.starts, touched.documents, touched.values, touched.chunks, input_gradients,
            self._weights.hidden_weights, self._rate,
        )  # fmt: skip
        for name in DENSE:
            values = getattr(self._weights, name)
            values -= self._rate * dense_gradients[name]

    def state(self) -> dict[str, NDArray[Any]]:
        """Nothing."""
        return {}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Nothing to take over."""


OPTIMISERS: dict[str, type[Optimiser]] = {"rmsprop": RMSprop, "sgd": SGD}
"""By the name in `NetworkSpec.optimiser`."""
