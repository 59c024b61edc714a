import numpy as np
import pytest
import torch
from scipy import sparse

from bowcore.learn.kernels import SparseRows, TouchedTerms
from bowcore.learn.network import Weights, initial_weights
from bowcore.learn.optimisers import DENSE, OPTIMISERS

N_TERMS, HIDDEN, N_CLASSES = 12, 7, 3
TORCH = {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}


def batches(n_steps, generator):
    """Sparse rows and gradients; term 0 is touched in the first and last step only, term 1 never."""
    for step in range(n_steps):
        values = generator.random((4, N_TERMS)) * (generator.random((4, N_TERMS)) < 0.2)
        values[:, :2] = 0
        if step in (0, n_steps - 1):
            values[1, 0] = 1.5
        yield sparse.csr_matrix(values), generator.normal(size=(4, HIDDEN))


@pytest.mark.parametrize(("dtype", "rtol", "n_steps"), [(np.float32, 1e-5, 400), (np.float64, 1e-9, 4000)])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_rows_updated_when_touched_follow_the_dense_optimiser(name, dtype, rtol, n_steps):
    generator = np.random.default_rng(3)
    weights = initial_weights(N_TERMS, HIDDEN, N_CLASSES, seed=0, dtype=dtype)
    never_touched = weights.hidden_weights[1].copy()
    names = ("hidden_weights", *DENSE)
    dense = {key: torch.nn.Parameter(torch.from_numpy(getattr(weights, key).copy())) for key in names}
    optimiser, expected = OPTIMISERS[name](weights, 0.003), TORCH[name](dense.values(), lr=0.003)
    for matrix, slopes in batches(n_steps, generator):
        slopes = slopes.astype(dtype)
        gradients = {key: generator.normal(size=dense[key].shape).astype(dtype) for key in DENSE}
        dense["hidden_weights"].grad = torch.from_numpy((matrix.T @ slopes).astype(dtype))
        for key in DENSE:
            dense[key].grad = torch.from_numpy(gradients[key])
        expected.step()
        optimiser.step(TouchedTerms.of(SparseRows.of(matrix, dtype), N_TERMS), slopes, gradients)
    for key in names:
        np.testing.assert_allclose(
            getattr(weights, key), dense[key].detach().numpy(), rtol=rtol, atol=rtol * 0.03, err_msg=key
        )
    np.testing.assert_array_equal(weights.hidden_weights[1], never_touched)


def test_running_squares_after_a_long_pause_are_those_of_the_dense_optimiser():
    matrix = sparse.csr_matrix(np.array([[2.0, 0.0]]))
    elsewhere = sparse.csr_matrix(np.array([[0.0, 1.0]]))
    slopes = np.array([[0.5]])
    weights = Weights(np.ones((2, 1)), np.zeros(1), np.zeros((1, 1)), np.zeros(1))
    nothing = {name: np.zeros_like(getattr(weights, name)) for name in DENSE}
    optimiser = OPTIMISERS["rmsprop"](weights, 0.01)
    for values in (matrix, *[elsewhere] * 3000, matrix):
        optimiser.step(TouchedTerms.of(SparseRows.of(values, np.float64), 2), slopes, nothing)
    # One step of gradient 1, decayed over 3,001 steps, then another of the same size.
    assert optimiser.state()["hidden_weights"][0, 0] == pytest.approx(0.01 * 0.99**3001 + 0.01, rel=1e-9)
