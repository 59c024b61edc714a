import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from numba import njit
from numba.core.errors import TypingError
from scipy import sparse

from bowcore.learn.kernels import forward_back, updates, vector_loops
from bowcore.learn.kernels.input_gradients import InputGradients, by_bits
from bowcore.learn.kernels.precompile import warm_kernels
from bowcore.learn.kernels.rows import N_CHUNKS, SparseRows, TouchedTerms
from bowcore.learn.network import passes
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.training import Training
from bowcore.recipe.specs import NetworkSpec


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


@pytest.mark.parametrize("bits", [True, False])
def test_a_training_calls_only_kernels_that_were_warmed(features, monkeypatch, bits):
    warm_kernels()
    monkeypatch.setattr(passes, "by_bits", lambda n_classes, hidden: bits)
    compiled = [forward_back.forward, forward_back.both_ways, forward_back.backward_output]
    compiled += [updates.update_rmsprop, updates.update_sgd, updates.update_adam, updates.coast_adam]
    before = [list(kernel.signatures) for kernel in compiled]
    for optimiser in OPTIMISERS:
        list(Training.start(features, NetworkSpec(hidden=5, epochs=1, optimiser=optimiser)))
    assert [kernel.signatures for kernel in compiled] == before
    assert all(before)


def test_what_is_not_a_number_passes_through_relu(features):
    weights = np.full((features.n_terms, 3), np.nan, np.float32)
    rows = SparseRows.of(features.train[:4], np.float32)
    activations, logits = np.zeros((4, 3), np.float32), np.zeros((4, 2), np.float32)
    forward_back.forward(
        rows.indptr, rows.indices, rows.data, weights, np.zeros(3, np.float32), np.ones((2, 3), np.float32),
        np.zeros(2, np.float32), activations, logits,
    )  # fmt: skip
    assert np.isnan(activations).all()
    assert np.isnan(logits).all()


def articles_of_every_length(n_terms):
    """Article k has k terms, so that every remainder of summing eight rows at once occurs, in rows and in columns."""
    return sparse.csr_matrix(np.tril(np.random.default_rng(2).normal(size=(n_terms, n_terms)), -1))


@pytest.mark.parametrize("hidden", [1, 7, 2 * updates.COLUMN_BLOCK + 3])
def test_forward_is_the_dense_product_for_every_number_of_terms(hidden):
    matrix, draw = articles_of_every_length(21), np.random.default_rng(3)
    weights, bias = draw.normal(size=(21, hidden)), draw.normal(size=hidden)
    output_weights, output_bias = draw.normal(size=(4, hidden)), draw.normal(size=4)
    rows, activations, logits = SparseRows.of(matrix, np.float64), np.empty((21, hidden)), np.empty((21, 4))
    forward_back.forward(
        rows.indptr, rows.indices, rows.data, weights, bias, output_weights, output_bias, activations, logits
    )
    expected = np.maximum(matrix.toarray() @ weights + bias, 0)
    np.testing.assert_allclose(activations, expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(logits, expected @ output_weights.T + output_bias, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("hidden", [1, 7, 2 * updates.COLUMN_BLOCK + 3])
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
    updates.update_rmsprop(
        *InputGradients.of_rows(gradients).for_kernels(touched), weights, squares, decays,
        np.float64(0.01), np.float64(0.1), np.float64(1e-8),
    )  # fmt: skip
    np.testing.assert_allclose(squares, new_squares, rtol=1e-10)
    np.testing.assert_allclose(weights, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_documents", [1, 15, 40])
def test_backward_gives_the_gradients_of_both_layers(n_documents):
    draw = np.random.default_rng(5)
    slopes, output_weights = draw.normal(size=(n_documents, 3)), draw.normal(size=(3, 6))
    activations = np.maximum(draw.normal(size=(n_documents, 6)), 0)
    changed, output_gradients, bias_gradients = activations.copy(), np.empty((3, 6)), np.empty(6)
    forward_back.backward_output(slopes, output_weights, changed, output_gradients, bias_gradients)
    expected = (slopes @ output_weights) * (activations > 0)
    np.testing.assert_allclose(changed, expected, rtol=1e-12)
    np.testing.assert_allclose(bias_gradients, expected.sum(axis=0), rtol=1e-11)
    np.testing.assert_allclose(output_gradients, slopes.T @ activations, rtol=1e-11)


def test_kernels_are_compiled_anew_when_the_loops_that_they_call_have_changed():
    written = hashlib.sha256(Path(vector_loops.__file__).read_bytes()).hexdigest()[:12]
    for module in (forward_back, updates):
        told = f'Set VECTORS_DIGEST = "{written}" in {module.__name__}: numba sees only that file.'
        assert written == module.VECTORS_DIGEST, told


def test_bits_are_for_few_classes_many_units_and_processors_that_add_by_mask():
    few = [by_bits(n_classes, 5_000, has_masks=True) for n_classes in range(1, 8)]
    assert few == [False] + [True] * 4 + [False] * 2
    assert not by_bits(4, 5_000, has_masks=False)
    assert [by_bits(4, hidden, has_masks=True) for hidden in (1_023, 1_024)] == [False, True]


@pytest.mark.parametrize("n_classes", [1, 6])
def test_bits_refuse_more_classes_than_the_kernels_mix(n_classes):
    with pytest.raises(ValueError, match=f"2 to 5 classes, not of {n_classes}"):
        InputGradients.unfilled(3, np.ones((n_classes, 4)))


@pytest.mark.parametrize("lay", [np.asfortranarray, lambda rows: np.repeat(rows, 2, axis=1)[:, ::2]])
def test_rows_that_do_not_lie_side_by_side_are_refused(lay):
    with pytest.raises(TypingError, match="C-ordered"):
        add_to_zeros(lay(np.ones((3, 4))))


@njit
def add_to_zeros(rows):
    total = np.zeros(4)
    vector_loops.add_rows(total, rows, np.arange(3), np.ones(3), 0, 3, 0)
    return total


def test_rows_are_added_up():
    np.testing.assert_array_equal(add_to_zeros(np.arange(12.0).reshape(3, 4)), [12, 15, 18, 21])


def way_both(matrix, weights, bias, output_weights, output_bias, labels):
    """What `both_ways` fills in for the rows of a matrix, by name."""
    rows, (n_classes, hidden) = SparseRows.of(matrix, weights.dtype), output_weights.shape
    found = InputGradients.unfilled(len(rows), output_weights)
    logits, of_output = np.empty((len(rows), n_classes), weights.dtype), np.empty((n_classes, hidden), weights.dtype)
    of_bias = np.empty(hidden, weights.dtype)
    forward_back.both_ways(
        rows.indptr, rows.indices, rows.data, weights, bias, output_weights, output_bias, found.directions, labels,
        logits, found.slopes, found.active, of_output, of_bias,
    )  # fmt: skip
    return found, logits, of_output, of_bias


@pytest.mark.parametrize("n_classes", [2, 3, 4, 5])
@pytest.mark.parametrize("hidden", [1, 7, 64, 150])
def test_both_ways_give_the_gradients_of_the_mean_cross_entropy(hidden, n_classes):
    matrix, draw = articles_of_every_length(21), np.random.default_rng(6)
    parts = [draw.normal(size=shape) for shape in ((21, hidden), hidden, (n_classes, hidden), n_classes)]
    labels = draw.integers(0, n_classes, 21).astype(np.int32)
    weights, bias, output_weights, output_bias = (torch.nn.Parameter(torch.from_numpy(part)) for part in parts)
    before = torch.from_numpy(matrix.toarray()) @ weights + bias
    before.retain_grad()
    answers = torch.relu(before) @ output_weights.T + output_bias
    answers.retain_grad()
    torch.nn.functional.cross_entropy(answers, torch.from_numpy(labels.astype(np.int64))).backward()
    found, logits, of_output, of_bias = way_both(matrix, *parts, labels)
    np.testing.assert_allclose(logits, answers.detach(), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(found.slopes, answers.grad[:, :-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(of_output, output_weights.grad, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(of_bias, bias.grad, rtol=1e-9, atol=1e-12)
    active = np.unpackbits(found.active.view(np.uint8), axis=1, bitorder="little")
    np.testing.assert_array_equal(active[:, :hidden], before.detach() > 0)
    assert not active[:, hidden:].any()
    np.testing.assert_allclose((found.slopes @ found.directions)[:, :hidden] * active[:, :hidden], before.grad,
                               rtol=1e-8, atol=1e-12)  # fmt: skip


def test_what_is_not_a_number_passes_both_ways(features):
    weights = np.full((features.n_terms, 3), np.nan, np.float32)
    output_weights = np.ones((2, 3), np.float32)
    labels, zeros = np.zeros(4, np.int32), np.zeros(3, np.float32)
    found, logits, of_output, _ = way_both(features.train[:4], weights, zeros, output_weights, zeros[:2], labels)
    assert np.isnan(logits).all()
    assert np.isnan(found.slopes).all()
    assert np.isnan(of_output).all()


@pytest.mark.parametrize("n_classes", [2, 3, 4, 5])
@pytest.mark.parametrize("hidden", [1, 16, 150, updates.SEGMENT + 9])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-4), (np.float64, 1e-9)])
def test_an_update_by_bits_is_the_update_by_the_rows_that_they_stand_for(hidden, n_classes, dtype, rtol):
    matrix, draw = articles_of_every_length(21), np.random.default_rng(7)
    touched = TouchedTerms.of(SparseRows.of(matrix, dtype), 21)
    output_weights = draw.normal(size=(n_classes, hidden)).astype(dtype)
    bits = draw.random((21, hidden)) < 0.5
    made = InputGradients.unfilled(21, output_weights)
    made.slopes[:] = draw.normal(size=made.slopes.shape)
    made.active.view(np.uint8)[:] = np.packbits(
        np.pad(bits, ((0, 0), (0, made.directions.shape[1] - hidden))), axis=1, bitorder="little"
    )
    given = InputGradients.of_rows(((made.slopes @ made.directions)[:, :hidden] * bits).astype(dtype))
    start, squares = draw.normal(size=(21, hidden)).astype(dtype), (1 + draw.random((21, hidden))).astype(dtype)
    moved = []
    for gradients in (made, given):
        weights, remembered = start.copy(), squares.copy()
        updates.update_rmsprop(
            *gradients.for_kernels(touched), weights, remembered, np.ones(touched.terms.size, dtype), dtype(0.01),
            dtype(0.1), dtype(1e-8),
        )  # fmt: skip
        moved.append((weights - start, remembered - squares))
    for by_bits_, by_rows in zip(*moved, strict=True):
        np.testing.assert_allclose(by_bits_, by_rows, rtol=rtol, atol=rtol * abs(by_rows).max())
    assert abs(moved[0][0]).max() > 0
