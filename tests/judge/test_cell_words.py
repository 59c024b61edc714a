"""The words of a cell add up to the log-odds of its articles, held against scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from bowcore.judge.cell_words import (
    NEAR,
    facts_of_cell,
    margins,
    typical_words,
    words_of_cell,
    words_of_cell_one_by_one,
)
from bowcore.judge.explanation import explain, explain_logistic, term_weights
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.vocabulary import Vocabulary

RNG = np.random.default_rng(5)
TRAIN = sparse.csr_matrix(RNG.poisson(0.4, (80, 12)))
LABELS = RNG.integers(0, 3, 80)
CELL = sparse.csr_matrix(RNG.poisson(0.4, (9, 12)))
TERMS = pa.array([f"term{i:02}" for i in range(12)])
VOCABULARY = Vocabulary(
    TERMS, np.arange(12), np.asarray(TRAIN.sum(axis=0)).ravel(), np.bincount(TRAIN.indices, minlength=12), 80
)


def test_words_of_naive_bayes_add_up_to_scikit_learns_log_odds_of_the_cell() -> None:
    model = fit_naive_bayes(TRAIN, LABELS, 3)
    found = words_of_cell(CELL, *term_weights(model, 2, 0), VOCABULARY)
    joint = MultinomialNB().fit(TRAIN, LABELS).predict_joint_log_proba(CELL)
    assert found.log_odds == pytest.approx((joint[:, 2] - joint[:, 0]).sum())
    assert found.n_documents == 9
    dense = CELL.toarray()
    for row in found.table.itertuples():
        column = TERMS.to_pylist().index(row.term)
        assert row.texts == (dense[:, column] > 0).sum()
        assert row.document_frequency == VOCABULARY.document_frequency[column]
    assert found.table["contribution"].abs().is_monotonic_decreasing


def test_words_of_logistic_regression_add_up_to_scikit_learns_margin_of_the_cell() -> None:
    fitted = LogisticRegression().fit(TRAIN, LABELS)
    model = Coefficients(
        TERMS, np.arange(3, dtype=np.int32), fitted.coef_.T.astype(np.float32), fitted.intercept_.astype(np.float32)
    )
    found = words_of_cell(CELL, *term_weights(model, 1, 2), VOCABULARY)
    scores = fitted.decision_function(CELL)
    assert found.log_odds == pytest.approx((scores[:, 1] - scores[:, 2]).sum(), abs=1e-4)


def test_summed_at_once_or_text_by_text_the_words_are_the_same() -> None:
    model = fit_naive_bayes(TRAIN, LABELS, 3)
    at_once = words_of_cell(CELL, *term_weights(model, 1, 0), VOCABULARY)
    one_by_one = words_of_cell_one_by_one(CELL, lambda row: explain(model, row, 1, 0), VOCABULARY)
    assert at_once.prior == pytest.approx(one_by_one.prior)
    assert at_once.table["term"].tolist() == one_by_one.table["term"].tolist()
    assert at_once.table["contribution"].tolist() == pytest.approx(one_by_one.table["contribution"].tolist())


def test_a_class_without_training_articles_has_no_words() -> None:
    model = fit_naive_bayes(TRAIN, LABELS, 4)
    assert term_weights(model, 0, 3) is None and term_weights(model, 3, 0) is None
    fitted = Coefficients(TERMS, np.array([0, 2], np.int32), np.ones((12, 2), np.float32), np.zeros(2, np.float32))
    assert term_weights(fitted, 0, 1) is None
    assert explain_logistic(fitted, CELL[0], 0, 2).contributions.sum() == 0


def test_a_margin_is_taken_from_the_true_class_and_of_right_articles_from_the_runner_up() -> None:
    probabilities = np.array([[0.5, 0.45, 0.05], [0.9, 0.02, 0.08]])
    assert margins(probabilities, 0, 1) == pytest.approx([0.05, 0.88])
    assert margins(probabilities, 0, 0) == pytest.approx([0.05, 0.82])
    facts = facts_of_cell(
        np.array([0, 2]), np.array([10, 99, 20]), np.array([8, 9, 12]), np.array([1, 9, 4]), np.array([0.05, 0.88])
    )
    assert (facts.n_documents, facts.words, facts.near) == (2, 15.0, 1)
    assert facts.unknown == 5 / 20 and facts.margin == pytest.approx(0.465)
    assert NEAR == 0.2


def test_typical_words_of_two_cells_are_those_that_one_uses_and_the_other_does_not() -> None:
    one = sparse.csr_matrix([[3, 0, 1], [4, 0, 1]])
    other = sparse.csr_matrix([[0, 5, 1], [0, 4, 1]])
    terms = pa.array(["cod", "bread", "the"])
    assert typical_words(one, other, terms) == (["cod"], ["bread"])
    assert typical_words(one, sparse.csr_matrix((1, 3), dtype=np.int64), terms) == ([], [])
