import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bowcore.learn.kernels.batch import Gradients, SparseRows, TouchedTerms
from bowcore.learn.network.network import Weights, initial_weights
from bowcore.learn.network.optimisers import DENSE, OPTIMISERS
from bowcore.recipe.specs import OPTIMISER_OPTIONS
from tests.laws import examples

N_TERMS, HIDDEN, N_CLASSES = 12, 7, 3
TORCH = {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD, "adam": torch.optim.Adam}


def batches(n_steps, generator):
    """Sparse rows and gradients; term 0 is touched in the first and last step only, term 1 never."""
    for step in range(n_steps):
        values = generator.random((4, N_TERMS)) * (generator.random((4, N_TERMS)) < 0.2)
        values[:, :2] = 0
        if step in (0, n_steps - 1):
            values[1, 0] = 1.5
        yield sparse.csr_matrix(values), generator.normal(size=(4, HIDDEN))


def gradients_of(weights, slopes, **dense):
    """What an optimiser takes: `slopes` at the hidden layer's input, row by row, and zeros but for `dense`."""
    found = Gradients.empty(len(slopes), weights)
    found.hidden[:] = slopes
    for name in DENSE:
        getattr(found, name)[:] = dense.get(name, 0)
    return found


@pytest.mark.parametrize(
    ("dtype", "rtol", "n_steps"),
    [
        (np.float32, 1e-5, 400),
        (np.float64, 1e-9, 600),
        pytest.param(np.float64, 1e-9, 4000, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", TORCH)
def test_sparse_steps_follow_the_dense_optimiser(name, dtype, rtol, n_steps):
    generator = np.random.default_rng(3)
    weights = initial_weights(N_TERMS, HIDDEN, N_CLASSES, seed=0, dtype=dtype)
    never_touched = weights.hidden_weights[1].copy()
    names = ("hidden_weights", *DENSE)
    dense = {key: torch.nn.Parameter(torch.from_numpy(getattr(weights, key).copy())) for key in names}
    optimiser, expected = OPTIMISERS[name](weights, 0.003), TORCH[name](dense.values(), lr=0.003)
    for matrix, slopes in batches(n_steps, generator):
        slopes = slopes.astype(dtype)
        gradients = {key: generator.normal(size=dense[key].shape).astype(dtype) for key in DENSE}
        dense["hidden_weights"].grad = torch.from_numpy((matrix.T @ slopes.astype(np.float64)).astype(dtype))
        for key in DENSE:
            dense[key].grad = torch.from_numpy(gradients[key])
        expected.step()
        optimiser.step(
            TouchedTerms.of(SparseRows.of(matrix, dtype), N_TERMS), gradients_of(weights, slopes, **gradients)
        )
    for key in names:
        np.testing.assert_allclose(
            getattr(weights, key), dense[key].detach().numpy(), rtol=rtol, atol=rtol * 0.03, err_msg=key
        )
    np.testing.assert_array_equal(weights.hidden_weights[1], never_touched)


PAUSES = st.one_of(st.integers(0, 3), st.integers(500, 2_500))
SLOPES = st.lists(st.floats(-2, 2, allow_subnormal=False), min_size=HIDDEN, max_size=HIDDEN)


@examples(8)
@given(
    touches=st.lists(st.tuples(PAUSES, SLOPES), min_size=1, max_size=3),
    name=st.sampled_from(sorted(TORCH)),
    precision=st.sampled_from([(np.float32, 1e-5), (np.float64, 1e-9)]),
)
def test_a_row_untouched_for_any_number_of_steps_equals_that_of_the_dense_optimiser(touches, name, precision):
    dtype, rtol = precision
    weights = Weights(*(np.ones(shape, dtype) for shape in ((2, HIDDEN), HIDDEN, (1, HIDDEN), 1)))
    dense = torch.nn.Parameter(torch.ones((2, HIDDEN), dtype=torch.from_numpy(weights.hidden_bias).dtype))
    optimiser, expected = OPTIMISERS[name](weights, 0.003), TORCH[name]([dense], lr=0.003)
    here, elsewhere = (TouchedTerms.of(SparseRows.of(sparse.csr_matrix(row), dtype), 2) for row in ([[1, 0]], [[0, 1]]))
    for pause, slopes in touches:
        for touched, values in [(elsewhere, [0.25] * HIDDEN)] * pause + [(here, slopes)]:
            gradient = np.array([values], dtype)
            dense.grad = torch.zeros_like(dense)
            dense.grad[int(touched.terms[0])] = torch.from_numpy(gradient[0])
            expected.step()
            optimiser.step(touched, gradients_of(weights, gradient))
    np.testing.assert_allclose(weights.hidden_weights[0], dense.detach().numpy()[0], rtol=rtol, atol=rtol * 0.03)


def test_running_squares_after_a_long_pause_are_those_of_the_dense_optimiser():
    matrix = sparse.csr_matrix(np.array([[2.0, 0.0]]))
    elsewhere = sparse.csr_matrix(np.array([[0.0, 1.0]]))
    slopes = np.array([[0.5]])
    weights = Weights(np.ones((2, 1)), np.zeros(1), np.zeros((1, 1)), np.zeros(1))
    optimiser = OPTIMISERS["rmsprop"](weights, 0.01)
    for values in (matrix, *[elsewhere] * 3000, matrix):
        optimiser.step(TouchedTerms.of(SparseRows.of(values, np.float64), 2), gradients_of(weights, slopes))
    # One step of gradient 1, decayed over 3,001 steps, then another of the same size.
    assert optimiser.state()["hidden_weights"][0, 0] == pytest.approx(0.01 * 0.99**3001 + 0.01, rel=1e-9)


@pytest.mark.parametrize(
    ("dtype", "rtol", "n_steps"),
    [
        (np.float32, 1e-5, 400),
        (np.float64, 1e-9, 600),
        pytest.param(np.float64, 1e-9, 4000, marks=pytest.mark.slow),
    ],
)
def test_lazy_adam_follows_pytorchs_sparse_adam_on_gradients_of_the_touched_rows(dtype, rtol, n_steps):
    generator = np.random.default_rng(4)
    weights = initial_weights(N_TERMS, HIDDEN, N_CLASSES, seed=0, dtype=dtype)
    start = weights.hidden_weights.copy()
    rows = torch.nn.Parameter(torch.from_numpy(start.copy()))
    rest = {key: torch.nn.Parameter(torch.from_numpy(getattr(weights, key).copy())) for key in DENSE}
    optimiser = OPTIMISERS["adam-lazy"](weights, 0.003)
    references = torch.optim.SparseAdam([rows], lr=0.003), torch.optim.Adam(rest.values(), lr=0.003)
    for step, (matrix, slopes) in enumerate(batches(n_steps, generator)):
        slopes = slopes.astype(dtype)
        gradients = {key: generator.normal(size=rest[key].shape).astype(dtype) for key in DENSE}
        terms = np.unique(matrix.indices)
        values = torch.from_numpy((matrix.T @ slopes).astype(dtype)[terms])
        places = torch.from_numpy(terms[None].astype(np.int64))
        rows.grad = torch.sparse_coo_tensor(places, values, rows.shape, check_invariants=True)
        for key in DENSE:
            rest[key].grad = torch.from_numpy(gradients[key])
        for reference in references:
            reference.step()
        optimiser.step(
            TouchedTerms.of(SparseRows.of(matrix, dtype), N_TERMS), gradients_of(weights, slopes, **gradients)
        )
        if step == 0:
            once = weights.hidden_weights[0].copy()
    np.testing.assert_allclose(weights.hidden_weights, rows.detach().numpy(), rtol=rtol, atol=rtol * 0.03)
    for key in DENSE:
        np.testing.assert_allclose(
            getattr(weights, key), rest[key].detach().numpy(), rtol=rtol, atol=rtol * 0.03, err_msg=key
        )
    np.testing.assert_array_equal(weights.hidden_weights[1], start[1])
    assert not np.array_equal(weights.hidden_weights[0], once), "the last batch touches term 0 again"


def after_one_touch(name, n_steps):
    """Weights of a term touched in the first step alone, after each of `n_steps`."""
    weights = Weights(np.ones((2, 1)), np.zeros(1), np.zeros((1, 1)), np.zeros(1))
    optimiser = OPTIMISERS[name](weights, 0.01)
    seen = []
    for step in range(n_steps):
        row = np.array([[1.0, 0.0]]) if step == 0 else np.array([[0.0, 1.0]])
        touched = TouchedTerms.of(SparseRows.of(sparse.csr_matrix(row), np.float64), 2)
        optimiser.step(touched, gradients_of(weights, np.array([[0.5]])))
        seen.append(float(weights.hidden_weights[0, 0]))
    return seen, optimiser.state()


def test_adam_keeps_moving_a_row_after_its_last_gradient_and_lazy_adam_does_not():
    moving, _ = after_one_touch("adam", 3)
    resting, _ = after_one_touch("adam-lazy", 3)
    # Step 1 moves by the rate, whatever the gradient; step 2 by 0.9 of the mean over a hardly smaller root.
    assert moving[0] == pytest.approx(1 - 0.01, rel=1e-6)
    second = 0.01 * (0.9 * 0.1 / (1 - 0.9**2)) / np.sqrt(0.999 * 0.001 / (1 - 0.999**2))
    assert moving[0] - moving[1] == pytest.approx(second, rel=1e-6)
    assert resting[0] == resting[1] == resting[2]


def test_a_row_untouched_for_thousands_of_steps_comes_to_rest_without_subnormal_numbers():
    moving, state = after_one_touch("adam", 3000)
    assert moving[-1] == moving[-500]
    assert state["mean.hidden_weights"][0, 0] == 0
    assert state["square.hidden_weights"][0, 0] == pytest.approx(0.001 * 0.25 * 0.999**2999, rel=1e-9)


def test_every_optimiser_of_the_recipe_has_a_class() -> None:
    assert set(OPTIMISERS) == set(OPTIMISER_OPTIONS)
