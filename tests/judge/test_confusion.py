"""The confusion matrix, counted by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference_matrix

from bowcore.judge.confusion import (
    articles_in_cell,
    confusion_matrix,
    confusion_table,
    constant_accuracy,
    shares,
    soft_matrix,
)

LABELS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2], dtype=np.int32)
CALLED = np.array([0, 0, 0, 1, 2, 1, 1, 0, 0, 2, 2, 1], dtype=np.int32)
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=80)


def test_rows_are_true_classes_and_columns_are_predictions() -> None:
    matrix = confusion_matrix(LABELS, CALLED, 3)
    assert matrix.tolist() == [[3, 1, 1], [2, 2, 0], [0, 1, 2]]
    assert matrix.dtype == np.int64


def test_a_matrix_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        confusion_matrix(LABELS, CALLED, 3)[0, 0] = 9


def test_the_constant_guess_is_right_on_the_articles_of_its_class() -> None:
    matrix = confusion_matrix(LABELS, CALLED, 3)
    assert [constant_accuracy(matrix, position) for position in range(3)] == [5 / 12, 4 / 12, 3 / 12]


@given(PAIRS)
def test_the_matrix_equals_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    matrix = confusion_matrix(labels, predictions, 4)
    if pairs:
        assert matrix.tolist() == reference_matrix(labels, predictions, labels=[0, 1, 2, 3]).tolist()
    assert matrix.sum() == len(pairs)


@given(PAIRS.filter(bool))
def test_shares_equal_scikit_learns_normalised_matrices(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    matrix = confusion_matrix(labels, predictions, 4)
    known = {"labels": [0, 1, 2, 3]}
    by_row = reference_matrix(labels, predictions, normalize="true", **known)
    by_column = reference_matrix(labels, predictions, normalize="pred", **known)
    filled_rows, filled_columns = matrix.sum(axis=1) > 0, matrix.sum(axis=0) > 0
    np.testing.assert_allclose(shares(matrix, axis=1)[filled_rows], by_row[filled_rows])
    np.testing.assert_allclose(shares(matrix, axis=0)[:, filled_columns], by_column[:, filled_columns])
    assert np.isnan(shares(matrix, axis=1)[~filled_rows]).all()
    assert np.isnan(shares(matrix, axis=0)[:, ~filled_columns]).all()


@pytest.mark.parametrize("stray", [3, -1])
def test_a_prediction_outside_the_classes_is_refused(stray: int) -> None:
    with pytest.raises(ValueError, match="prediction is outside the 3 classes"):
        confusion_matrix(np.array([0, 1]), np.array([stray, 1]), 3)


def test_labels_and_predictions_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="12 labels and 1 predictions"):
        confusion_matrix(LABELS, CALLED[:1], 3)


def test_the_table_names_every_cell_once() -> None:
    table = confusion_table(confusion_matrix(LABELS, CALLED, 3), ("soup", "bread", "cheese"))
    assert len(table) == 9
    cell = table[(table["actual"] == "soup") & (table["predicted"] == "bread")].iloc[0]
    assert (cell["n"], cell["recall_share"], cell["precision_share"]) == (1, 1 / 5, 1 / 4)


def test_a_table_with_too_few_names_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 3\) does not match 2"):
        confusion_table(confusion_matrix(LABELS, CALLED, 3), ("soup", "bread"))


def test_articles_of_a_cell_come_in_the_corpus_order_without_probabilities() -> None:
    assert articles_in_cell(LABELS, CALLED, actual=1, predicted=0).tolist() == [7, 8]
    assert articles_in_cell(LABELS, CALLED, actual=1, predicted=2).tolist() == []


def test_the_most_confident_mistakes_come_first_and_equals_in_order() -> None:
    labels, called = np.array([0, 1, 1, 1, 1]), np.array([0, 0, 0, 0, 1])
    sure_of_first = np.array([0.99, 0.6, 0.9, 0.6, 0.1])
    probabilities = np.column_stack([sure_of_first, 1 - sure_of_first])
    assert articles_in_cell(labels, called, 1, 0, probabilities).tolist() == [2, 1, 3]


@given(PAIRS)
def test_every_article_is_in_exactly_one_cell(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    found = [articles_in_cell(labels, predictions, a, p) for a in range(4) for p in range(4)]
    assert sorted(np.concatenate(found).tolist()) == list(range(len(pairs)))


def test_a_soft_matrix_adds_the_probabilities_of_each_article_to_the_row_of_its_class() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]])
    matrix = soft_matrix(np.array([0, 0, 1, 2]), probabilities)
    assert matrix == pytest.approx(np.array([[0.95, 0.45, 0.6], [0, 1, 0], [0.1, 0.1, 0.8]]))
    table = confusion_table(confusion_matrix(LABELS, CALLED, 3), ("a", "b", "c"), matrix)
    assert table["soft"].tolist() == pytest.approx(matrix.ravel().tolist())


@given(st.integers(1, 300), st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_the_rows_of_a_soft_matrix_sum_to_the_sizes_of_the_classes(n: int, n_classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, probabilities = rng.integers(0, n_classes, n), rng.dirichlet(np.ones(n_classes), n)
    matrix = soft_matrix(labels, probabilities)
    assert matrix.sum(axis=1) == pytest.approx(np.bincount(labels, minlength=n_classes))
    assert matrix.sum(axis=0) == pytest.approx(probabilities.sum(axis=0))
    # certain predictions make the matrix of counts
    certain = np.eye(n_classes)[probabilities.argmax(axis=1)]
    assert (soft_matrix(labels, certain) == confusion_matrix(labels, certain.argmax(axis=1), n_classes)).all()
