import numpy as np
import pytest
import torch
from scipy import sparse

from bowcore.learn.kernels import loops
from bowcore.learn.kernels.batch import Gradients, SparseRows, TouchedTerms
from bowcore.learn.network.network import Weights
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import warm_kernels
from bowcore.learn.network.training import Training
from bowcore.recipe.specs import NetworkSpec

KERNELS = ("forward", "learn_batch", "update_rmsprop", "update_sgd", "update_adam", "coast_adam")
NONE_DROPPED = np.empty((0, 0))


def test_a_training_calls_only_kernels_that_were_warmed(features):
    warm_kernels()
    compiled = [getattr(loops, name) for name in KERNELS]
    before = [list(kernel.signatures) for kernel in compiled]
    for optimiser in OPTIMISERS:
        list(Training.start(features, NetworkSpec(hidden=5, epochs=1, optimiser=optimiser)))
    assert [kernel.signatures for kernel in compiled] == before
    assert all(before)


def test_every_compiled_function_is_in_the_file_whose_change_empties_its_cache():
    compiled = {name: value for name, value in vars(loops).items() if hasattr(value, "py_func")}
    assert compiled.keys() > set(KERNELS)
    assert {value.py_func.__module__ for value in compiled.values()} == {loops.__name__}


def articles_of_every_length(n_terms):
    """Article k has k terms, so that every remainder of summing eight rows at once occurs, in rows and in columns."""
    return sparse.csr_matrix(np.tril(np.random.default_rng(2).normal(size=(n_terms, n_terms)), -1))


def drawn_weights(n_terms, hidden, n_classes, seed=3):
    draw = np.random.default_rng(seed)
    return Weights(*(draw.normal(size=shape) for shape in ((n_terms, hidden), hidden, (n_classes, hidden), n_classes)))


@pytest.mark.parametrize("hidden", [1, 7, 1_003])
def test_forward_is_the_dense_product_for_every_number_of_terms(hidden):
    matrix, weights = articles_of_every_length(21), drawn_weights(21, hidden, 4)
    logits = np.empty((21, 4))
    loops.forward(SparseRows.of(matrix, np.float64), weights, logits)
    expected = np.maximum(matrix.toarray() @ weights.hidden_weights + weights.hidden_bias, 0)
    np.testing.assert_allclose(logits, expected @ weights.output_weights.T + weights.output_bias, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_classes", [1, 2, 4, 6])
@pytest.mark.parametrize("hidden", [1, 7, 150, 1_003])
def test_a_batch_gives_the_gradients_of_the_mean_cross_entropy(hidden, n_classes):
    matrix, weights = articles_of_every_length(21), drawn_weights(21, hidden, n_classes)
    labels = np.random.default_rng(6).integers(0, n_classes, 21).astype(np.int32)
    first, bias, output_weights, output_bias = (torch.nn.Parameter(torch.from_numpy(part.copy())) for part in weights)
    before = torch.from_numpy(matrix.toarray()) @ first + bias
    before.retain_grad()
    answers = torch.relu(before) @ output_weights.T + output_bias
    answers.retain_grad()
    torch.nn.functional.cross_entropy(answers, torch.from_numpy(labels.astype(np.int64))).backward()
    found = Gradients.empty(21, weights)
    loops.learn_batch(SparseRows.of(matrix, np.float64), labels, weights, found, NONE_DROPPED)
    np.testing.assert_allclose(found.logits, answers.detach(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.slopes, answers.grad, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.output_weights, output_weights.grad, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(found.output_bias, output_bias.grad, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.hidden_bias, bias.grad, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(found.hidden, before.grad, rtol=1e-8, atol=1e-11)


def test_a_batch_smaller_than_its_arrays_leaves_the_rest_unchanged():
    matrix, weights = articles_of_every_length(21), drawn_weights(21, 9, 3)
    labels = np.zeros(21, np.int32)
    exact, roomy = Gradients.empty(21, weights), Gradients.empty(30, weights)
    roomy.hidden[21:] = 7
    for found in (exact, roomy):
        loops.learn_batch(SparseRows.of(matrix, np.float64), labels, weights, found, NONE_DROPPED)
    np.testing.assert_array_equal(roomy.hidden[:21], exact.hidden)
    np.testing.assert_array_equal(roomy.hidden_bias, exact.hidden_bias)
    assert (roomy.hidden[21:] == 7).all()


def test_nan_stays_nan(features):
    shapes = ((features.n_terms, 3), 3, (2, 3), 2)
    weights = Weights(
        *(np.full(shape, value, np.float32) for shape, value in zip(shapes, (np.nan, 0, 1, 0), strict=True))
    )
    rows, found = SparseRows.of(features.train[:4], np.float32), Gradients.empty(4, weights)
    loops.forward(rows, weights, found.logits)
    assert np.isnan(found.logits).all()
    loops.learn_batch(rows, np.zeros(4, np.int32), weights, found, np.empty((0, 0), np.float32))
    for values in (found.logits, found.slopes, found.output_weights):
        assert np.isnan(values).all()


@pytest.mark.parametrize("hidden", [1, 7, 1_003])
def test_rmsprop_moves_every_touched_row_by_its_dense_gradient(hidden):
    matrix, draw = articles_of_every_length(21), np.random.default_rng(4)
    touched = TouchedTerms.of(SparseRows.of(matrix, np.float64), 21)
    gradients, weights = draw.normal(size=(21, hidden)), draw.normal(size=(21, hidden))
    squares, decays = draw.random((21, hidden)), draw.random(touched.terms.size)
    slopes, keep = matrix.toarray().T @ gradients, np.ones(21)
    keep[touched.terms] = decays
    new_squares = keep[:, None] * squares + 0.01 * slopes**2
    expected = weights - 0.1 * slopes / (np.sqrt(new_squares) + 1e-8)
    expected[20], new_squares[20] = weights[20], squares[20]  # no article holds the last term
    step = loops.RMSpropStep(np.float64(0.01), np.float64(0.1), np.float64(1e-8))
    loops.update_rmsprop(touched, gradients, weights, squares, decays, step)
    np.testing.assert_allclose(squares, new_squares, rtol=1e-10)
    np.testing.assert_allclose(weights, expected, rtol=1e-9, atol=1e-12)
