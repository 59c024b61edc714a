"""The weights of the two-layer network, its predictions, and its files.

Predictions here use SciPy's product, not the compiled kernels: some of numba's threading layers end the process when
two threads enter at once, and a page's process serves many sessions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from bowcore.errors import RunError
from bowcore.store.home import replacing

if TYPE_CHECKING:
    from torch import nn

BLOCK_BYTES = 64 * 2**20
"""Largest block that is transposed, stored or predicted at once."""

_NAMES = {"0.weight": "hidden_weights", "0.bias": "hidden_bias", "2.weight": "output_weights", "2.bias": "output_bias"}
_DTYPES = {"float32": "F32", "float64": "F64"}


class Weights(NamedTuple):
    """Weights of Linear, ReLU, Linear. Only a training changes arrays in place, its own.

    Attributes:
        hidden_weights: Shape (n_terms, hidden), the transpose of what `nn.Linear` stores.
        hidden_bias: Shape (hidden,).
        output_weights: Shape (n_classes, hidden).
        output_bias: Shape (n_classes,).
    """

    hidden_weights: NDArray[Any]
    hidden_bias: NDArray[Any]
    output_weights: NDArray[Any]
    output_bias: NDArray[Any]

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(values.size for values in self)


def initial_weights(n_terms: int, hidden: int, n_classes: int, seed: int, dtype: DTypeLike = np.float32) -> Weights:
    """Draw weights and biases uniformly within 1 / sqrt(fan-in), as `nn.Linear` does, from a local generator."""
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype)

    def draw(shape: tuple[int, ...], fan_in: int) -> NDArray[Any]:
        values = np.empty(shape, kind)
        generator.random(out=values, dtype=cast(Any, kind.type))
        bound = 1 / math.sqrt(max(fan_in, 1))
        values *= 2 * bound
        values -= bound
        return values

    return Weights(
        draw((n_terms, hidden), n_terms), draw((hidden,), n_terms), draw((n_classes, hidden), hidden),
        draw((n_classes,), hidden),
    )  # fmt: skip


def logits(weights: Weights, matrix: sparse.csr_matrix) -> NDArray[Any]:
    """Logits of every row, shape (n_documents, n_classes), in bounded memory."""
    dtype, hidden = weights.hidden_weights.dtype, weights.hidden_bias.size
    result = np.empty((matrix.shape[0], weights.output_bias.size), dtype)
    height = max(1, BLOCK_BYTES // (hidden * dtype.itemsize))
    for first in range(0, matrix.shape[0], height):
        block = matrix[first : first + height].astype(dtype) @ weights.hidden_weights
        block += weights.hidden_bias
        np.maximum(block, 0, out=block)
        result[first : first + height] = block @ weights.output_weights.T + weights.output_bias
    return result


def log_softmax(values: NDArray[Any]) -> NDArray[np.float64]:
    """Log probabilities of rows of logits of any dtype, in float64."""
    shifted = values.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def probabilities(weights: Weights, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
    """Class probabilities of every row, shape (n_documents, n_classes)."""
    return np.asarray(np.exp(log_softmax(logits(weights, matrix))))


def predict(weights: Weights, matrix: sparse.csr_matrix) -> NDArray[np.int32]:
    """The most probable class of every row, shape (n_documents,)."""
    return np.asarray(logits(weights, matrix).argmax(axis=1), dtype=np.int32)


def to_module(weights: Weights) -> nn.Sequential:
    """The same network in stock PyTorch: `Sequential(Linear, ReLU, Linear)`. Imports torch."""
    import torch

    n_terms, hidden = weights.hidden_weights.shape
    n_classes = weights.output_bias.size
    dtype = torch.from_numpy(weights.hidden_bias[:0].copy()).dtype
    # Without storage at first: torch would draw hundreds of millions of numbers from its global generator.
    module = torch.nn.Sequential(
        torch.nn.Linear(n_terms, hidden, device="meta", dtype=dtype),
        torch.nn.ReLU(),
        torch.nn.Linear(hidden, n_classes, device="meta", dtype=dtype),
    ).to_empty(device="cpu")
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for first, block in _transposed_blocks(weights.hidden_weights):
            parameters["0.weight"][first : first + block.shape[0]] = torch.from_numpy(block)
        for name in ("0.bias", "2.weight", "2.bias"):
            parameters[name].copy_(torch.from_numpy(getattr(weights, _NAMES[name]).copy()))
    return module


def save_weights(weights: Weights, path: Path) -> None:
    """Write safetensors under the names and shapes of `to_module`, so that its `load_state_dict` takes them.

    Blocks are written one by one, since the library's own writer would copy the whole transpose twice.

    Raises:
        OutputError: The file cannot be written.
    """
    n_terms, hidden = weights.hidden_weights.shape
    header: dict[str, dict[str, Any]] = {}
    offset = 0
    for name, attribute in _NAMES.items():
        values = getattr(weights, attribute)
        shape = (hidden, n_terms) if name == "0.weight" else values.shape
        end = offset + values.nbytes
        header[name] = {"dtype": _DTYPES[values.dtype.name], "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path, "Free disk space or choose another.") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, block in _transposed_blocks(weights.hidden_weights):
            file.write(block.data)
        for name in ("0.bias", "2.weight", "2.bias"):
            file.write(np.ascontiguousarray(getattr(weights, _NAMES[name])).data)


def load_weights(path: Path) -> Weights:
    """Read what `save_weights` wrote, or the state of any `Sequential(Linear, ReLU, Linear)` in safetensors.

    Raises:
        RunError: The file is missing, is not in safetensors, or contains another network.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            if sorted(file.keys()) != sorted(_NAMES):
                raise RunError(f"{path} contains {', '.join(file.keys())}; a network here has {', '.join(_NAMES)}.")
            small = {_NAMES[name]: file.get_tensor(name) for name in ("0.bias", "2.weight", "2.bias")}
            stored = file.get_slice("0.weight")
            hidden, n_terms = stored.get_shape()
            weights = np.empty((n_terms, hidden), small["hidden_bias"].dtype)
            height = _block_height(n_terms, weights.itemsize)
            for first in range(0, hidden, height):
                last = min(first + height, hidden)
                weights[:, first:last] = stored[first:last].T
    except (OSError, SafetensorError) as error:
        raise RunError(f"The weights in {path} cannot be read: {error}. Train the network again.") from error
    return Weights(hidden_weights=weights, **small)


def _block_height(n_terms: int, itemsize: int) -> int:
    return max(1, BLOCK_BYTES // max(1, n_terms * itemsize))


def _transposed_blocks(values: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    height = _block_height(values.shape[0], values.itemsize)
    for first in range(0, values.shape[1], height):
        part = values[:, first : first + height].T
        block = np.empty(part.shape, values.dtype)
        # Tiles that fit in the cache: five times as fast as NumPy's own copy of a transpose.
        for low in range(0, part.shape[1], 256):
            block[:, low : low + 256] = part[:, low : low + 256]
        yield first, block
