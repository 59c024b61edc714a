import numpy as np
import pytest
from scipy import sparse

from bowcore.learn import kernels
from bowcore.learn.optimisers import OPTIMISERS
from bowcore.learn.rows import N_CHUNKS, SparseRows, TouchedTerms
from bowcore.learn.training import Training
from bowcore.learn.warming import warm_kernels
from bowcore.recipe import NetworkSpec


def as_matrix(rows, n_terms):
    return sparse.csr_matrix((rows.data, rows.indices, rows.indptr), shape=(len(rows), n_terms)).toarray()


def test_rows_taken_in_another_order_are_those_scipy_gives(features):
    order = np.random.default_rng(1).permutation(features.train.shape[0])
    rows = SparseRows.of(features.train, np.float32).take(order)
    expected = features.train[order].toarray()
    np.testing.assert_array_equal(as_matrix(rows, features.n_terms), expected)
    np.testing.assert_array_equal(as_matrix(rows.between(7, 19), features.n_terms), expected[7:19])


def test_entries_grouped_by_term_are_the_columns_of_the_matrix(features):
    batch = features.train[:5]
    touched = TouchedTerms.of(SparseRows.of(batch, np.float64), features.n_terms)
    np.testing.assert_array_equal(touched.terms, np.unique(batch.indices))
    dense = np.zeros(batch.shape)
    for number, term in enumerate(touched.terms):
        span = slice(touched.starts[number], touched.starts[number + 1])
        dense[touched.documents[span], term] = touched.values[span]
    np.testing.assert_array_equal(dense, batch.toarray())


@pytest.mark.parametrize("n_documents", [0, 1, 40])
def test_shares_of_work_cover_every_touched_term_once(features, n_documents):
    touched = TouchedTerms.of(SparseRows.of(features.train[:n_documents], np.float32), features.n_terms)
    assert touched.chunks.size == N_CHUNKS + 1
    assert touched.chunks[0] == 0
    assert touched.chunks[-1] == touched.terms.size
    assert (np.diff(touched.chunks) >= 0).all()


def test_a_training_calls_only_kernels_that_were_warmed(features):
    warm_kernels()
    compiled = [kernels.forward, kernels.backward_output]
    compiled += [kernels.update_rmsprop, kernels.update_sgd, kernels.update_adam, kernels.coast_adam]
    before = [list(kernel.signatures) for kernel in compiled]
    for optimiser in OPTIMISERS:
        list(Training.start(features, NetworkSpec(hidden=5, epochs=1, optimiser=optimiser)))
    assert [kernel.signatures for kernel in compiled] == before
    assert all(before)


def test_what_is_not_a_number_passes_through_relu(features):
    weights = np.full((features.n_terms, 3), np.nan, np.float32)
    rows = SparseRows.of(features.train[:4], np.float32)
    activations, logits = np.zeros((4, 3), np.float32), np.zeros((4, 2), np.float32)
    kernels.forward(
        rows.indptr, rows.indices, rows.data, weights, np.zeros(3, np.float32), np.ones((2, 3), np.float32),
        np.zeros(2, np.float32), activations, logits,
    )  # fmt: skip
    assert np.isnan(activations).all()
    assert np.isnan(logits).all()


def articles_of_every_length(n_terms):
    """Article k has k terms, so that every remainder of summing eight rows at once occurs, in rows and in columns."""
    return sparse.csr_matrix(np.tril(np.random.default_rng(2).normal(size=(n_terms, n_terms)), -1))


@pytest.mark.parametrize("hidden", [1, 7, 2 * kernels.COLUMN_BLOCK + 3])
def test_forward_is_the_dense_product_for_every_number_of_terms(hidden):
    matrix, draw = articles_of_every_length(21), np.random.default_rng(3)
    weights, bias = draw.normal(size=(21, hidden)), draw.normal(size=hidden)
    output_weights, output_bias = draw.normal(size=(4, hidden)), draw.normal(size=4)
    rows, activations, logits = SparseRows.of(matrix, np.float64), np.empty((21, hidden)), np.empty((21, 4))
    kernels.forward(
        rows.indptr, rows.indices, rows.data, weights, bias, output_weights, output_bias, activations, logits
    )
    expected = np.maximum(matrix.toarray() @ weights + bias, 0)
    np.testing.assert_allclose(activations, expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(logits, expected @ output_weights.T + output_bias, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("hidden", [1, 7, 2 * kernels.COLUMN_BLOCK + 3])
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
    kernels.update_rmsprop(
        touched.terms, touched.starts, touched.documents, touched.values, touched.chunks, gradients,
        weights, squares, decays, np.float64(0.01), np.float64(0.1), np.float64(1e-8),
    )  # fmt: skip
    np.testing.assert_allclose(squares, new_squares, rtol=1e-10)
    np.testing.assert_allclose(weights, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_documents", [1, 15, 40])
def test_backward_gives_the_gradients_of_both_layers(n_documents):
    draw = np.random.default_rng(5)
    slopes, output_weights = draw.normal(size=(n_documents, 3)), draw.normal(size=(3, 6))
    activations = np.maximum(draw.normal(size=(n_documents, 6)), 0)
    changed, output_gradients, bias_gradients = activations.copy(), np.empty((3, 6)), np.empty(6)
    kernels.backward_output(slopes, output_weights, changed, output_gradients, bias_gradients)
    expected = (slopes @ output_weights) * (activations > 0)
    np.testing.assert_allclose(changed, expected, rtol=1e-12)
    np.testing.assert_allclose(bias_gradients, expected.sum(axis=0), rtol=1e-11)
    np.testing.assert_allclose(output_gradients, slopes.T @ activations, rtol=1e-11)
