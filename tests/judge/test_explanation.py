"""Explanations add up: counted by hand, against scikit-learn's log-probabilities and PyTorch's gradients."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from bowcore.judge.explanation import (
    Columns,
    Explanation,
    explain,
    explain_logistic,
    explain_network,
    words_that_decide,
)
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.linear.naive_bayes import NaiveBayes, fit_naive_bayes
from bowcore.learn.network.network import initial_weights, logits, to_module
from bowcore.matrix.vocabulary import Vocabulary

CLASSES = ("bakery", "fish", "garden")
TERMS = pa.array(["bread", "butter", "cod", "net", "seed", "the"])
COUNTS = sparse.csr_matrix(
    np.array(
        [
            [2, 1, 0, 0, 0, 1],
            [1, 1, 0, 0, 0, 2],
            [1, 0, 0, 0, 0, 1],
            [0, 0, 2, 1, 0, 1],
            [0, 1, 1, 1, 0, 1],
            [0, 0, 0, 1, 2, 1],
        ]
    )
)
LABELS = np.array([0, 0, 0, 1, 1, 2])


def vocabulary() -> Vocabulary:
    return Vocabulary(
        terms=TERMS,
        columns=np.arange(6),
        term_frequency=np.asarray(COUNTS.sum(axis=0)).ravel(),
        document_frequency=np.bincount(COUNTS.indices, minlength=6),
        n_documents=6,
    )


def model() -> NaiveBayes:
    return fit_naive_bayes(COUNTS, LABELS, 3)


def log_odds(explanation: Explanation) -> float:
    return explanation.prior + float(explanation.contributions.sum())


def test_contributions_are_counts_times_differences_of_log_probabilities_as_by_hand() -> None:
    # smoothed shares: 10 tokens of bakery and 8 of fish, 6 added to each for the 6 terms
    explanation = explain(model(), sparse.csr_matrix([[2, 0, 1, 0, 0, 0]]))
    assert (explanation.chosen_class, explanation.other_class) == (0, 1)
    table = explanation.table(TERMS, CLASSES)
    assert table["term"].tolist() == ["bread", "cod"]
    assert table["speaks_for"].tolist() == ["bakery", "fish"]
    bread = 2 * (np.log(5 / 16) - np.log(1 / 14))
    cod = np.log(1 / 16) - np.log(4 / 14)
    assert table["contribution"].tolist() == pytest.approx([bread, cod])
    assert explanation.prior == pytest.approx(np.log(3 / 6) - np.log(2 / 6))
    assert log_odds(explanation) == pytest.approx(np.log(3 / 2) + bread + cod)


@given(
    st.lists(st.integers(0, 5), min_size=6, max_size=6),
    st.permutations(range(3)).map(lambda order: order[:2]),
)
def test_prior_and_contributions_sum_to_scikit_learns_log_odds(row: list[int], classes: list[int]) -> None:
    chosen, other = classes
    reference = MultinomialNB().fit(COUNTS, LABELS).predict_joint_log_proba(np.array([row]))[0]
    explanation = explain(model(), sparse.csr_matrix([row]), chosen, other)
    assert log_odds(explanation) == pytest.approx(reference[chosen] - reference[other], abs=1e-9)
    assert len(explanation.columns) == np.count_nonzero(row)


def test_weighted_cells_are_explained_as_exactly_as_counts() -> None:
    weighted = COUNTS.astype(np.float64)
    weighted.data *= np.random.default_rng(7).random(weighted.nnz)
    fitted = fit_naive_bayes(weighted, LABELS, 3)
    for row in range(6):
        explanation = explain(fitted, weighted[row])
        joint = fitted.joint_log_likelihood(weighted[row])[0]
        assert explanation.chosen_class == joint.argmax()
        assert log_odds(explanation) == pytest.approx(np.ptp(np.sort(joint)[-2:]))


def test_a_chosen_class_is_compared_with_the_best_of_the_others() -> None:
    garden = explain(model(), COUNTS[0], chosen_class=2)
    assert (garden.chosen_class, garden.other_class) == (2, 0)
    assert log_odds(garden) < 0


def test_the_largest_contribution_comes_first_whatever_its_sign() -> None:
    contributions = explain(model(), sparse.csr_matrix([[1, 1, 1, 1, 1, 1]]), 0, 1).contributions
    assert np.all(np.diff(np.abs(contributions)) <= 0)
    assert (contributions < 0).any()
    assert (contributions > 0).any()


def test_an_article_without_known_terms_has_the_prior_alone() -> None:
    explanation = explain(model(), sparse.csr_matrix((1, 6), dtype=np.int32))
    assert len(explanation.columns) == 0
    assert log_odds(explanation) == explanation.prior == pytest.approx(np.log(3 / 2))
    assert explanation.table(TERMS, CLASSES).empty


def test_a_term_as_likely_in_both_classes_speaks_for_neither() -> None:
    explanation = Explanation(0, 1, 0.0, np.array([5]), np.array([1.0]), np.array([0.0]))
    assert explanation.table(TERMS, CLASSES)["speaks_for"].tolist() == [""]


def test_a_class_is_not_compared_with_itself() -> None:
    with pytest.raises(ValueError, match="with itself"):
        explain(model(), COUNTS[0], 1, 1)


def test_one_document_is_explained_at_a_time() -> None:
    with pytest.raises(ValueError, match="not 6"):
        explain(model(), COUNTS)


def test_deciding_words_have_the_largest_margin_over_the_mean_of_the_other_classes() -> None:
    weights = np.array([[-1.0, -2.0, -3.0, -3.0, -3.0, -1.0], [-3.0, -2.0, -1.0, -2.0, -3.0, -1.0], [-3.0] * 6])
    table = words_that_decide(weights, vocabulary(), CLASSES, n_words=2, min_documents=1)
    # `net` and `the` weigh the same for fish: alphabetical order decides
    assert table["class"].tolist() == ["bakery", "bakery", "fish", "fish"]
    assert table["term"].tolist() == ["bread", "the", "cod", "net"]
    assert table["weight"].tolist() == pytest.approx([2.0, 1.0, 2.0, 1.0])
    assert table["document_frequency"].tolist() == [3, 6, 2, 3]
    assert vocabulary().terms.take(pa.array(table["column"])).to_pylist() == table["term"].tolist()


def test_deciding_words_in_too_few_articles_are_left_out() -> None:
    table = words_that_decide(model().term_log_probability, vocabulary(), CLASSES, min_documents=3)
    assert set(table["term"]) <= {"bread", "butter", "net", "the"}
    assert table["document_frequency"].min() == 3


def test_by_default_a_deciding_word_is_in_five_articles() -> None:
    table = words_that_decide(model().term_log_probability, vocabulary(), CLASSES)
    assert set(table["term"]) == {"the"}


def test_no_deciding_word_is_a_table_without_rows() -> None:
    table = words_that_decide(model().term_log_probability, vocabulary(), CLASSES, min_documents=7)
    assert table.empty
    assert list(table.columns) == ["class", "term", "weight", "document_frequency", "column"]


def test_adding_a_constant_to_every_class_changes_no_deciding_word() -> None:
    weights = np.random.default_rng(3).normal(size=(3, 6))
    shifted = weights + np.random.default_rng(4).normal(size=6)
    plain, moved = (words_that_decide(w, vocabulary(), CLASSES, 4, 1) for w in (weights, shifted))
    assert plain["term"].tolist() == moved["term"].tolist()
    assert moved["weight"].tolist() == pytest.approx(plain["weight"].tolist())


ARTICLE = sparse.csr_matrix(np.array([[0, 2, 0, 1, 0.5, 0, 3]]))


def test_contributions_are_torchs_gradient_times_input() -> None:
    import torch

    weights = initial_weights(7, 16, 3, seed=4, dtype=np.float64)
    explanation = explain_network(weights, ARTICLE, 2, 0)
    values = torch.tensor(ARTICLE.toarray(), requires_grad=True)
    output = to_module(weights)(values)[0]
    (output[2] - output[0]).backward()
    expected = (values.grad * values).detach().numpy()[0]
    found = dict(zip(explanation.columns.tolist(), explanation.contributions.tolist(), strict=True))
    assert found == pytest.approx({column: expected[column] for column in ARTICLE.indices.tolist()}, rel=1e-9)


def test_prior_and_contributions_sum_to_the_difference_of_the_networks_logits() -> None:
    weights = initial_weights(7, 16, 3, seed=4, dtype=np.float64)
    explanation = explain_network(weights, ARTICLE)
    output = logits(weights, ARTICLE)[0]
    assert explanation.chosen_class == int(output.argmax())
    difference = output[explanation.chosen_class] - output[explanation.other_class]
    assert log_odds(explanation) == pytest.approx(difference, rel=1e-9)


def logistic() -> tuple[Coefficients, LogisticRegression]:
    """scikit-learn's model, and its coefficients as those of this program."""
    learned = LogisticRegression(tol=1e-8, max_iter=500).fit(COUNTS.astype(float), LABELS)
    weights, intercepts = learned.coef_.T.astype(np.float32), learned.intercept_.astype(np.float32)
    return Coefficients(TERMS, learned.classes_.astype(np.int32), weights, intercepts), learned


def test_prior_and_contributions_sum_to_the_difference_of_logistic_regressions_scores() -> None:
    fitted, learned = logistic()
    for row in COUNTS.toarray():
        values = sparse.csr_matrix(row[None])
        found, scores = explain_logistic(fitted, values), learned.decision_function(values)[0]
        first, second = np.argsort(-scores)[:2]
        assert (found.chosen_class, found.other_class) == (first, second)
        assert log_odds(found) == pytest.approx(scores[first] - scores[second], abs=1e-5)
        np.testing.assert_allclose(fitted.probabilities(values, 3)[0], learned.predict_proba(values)[0], rtol=1e-5)


def test_a_class_without_training_articles_is_never_the_runner_up() -> None:
    learned, row = logistic()[0], COUNTS[:1]
    fitted = Coefficients(TERMS, np.array([1, 3, 4], np.int32), learned.weights, learned.intercepts)  # of five classes
    found, same = explain_logistic(fitted, row, 1, 0), explain_logistic(learned, row, 0)
    assert (found.chosen_class, found.other_class) == (1, fitted.classes[same.other_class])
    np.testing.assert_array_equal(found.contributions, same.contributions)
    assert list(fitted.probabilities(row, 5)[0, [0, 2]]) == [0, 0]


def test_where_only_one_class_has_training_articles_no_word_speaks_for_it() -> None:
    fitted = Coefficients(TERMS, np.array([1], np.int32), np.zeros((6, 1), np.float32), np.zeros(1, np.float32))
    found = explain_logistic(fitted, COUNTS[:1])
    assert found.chosen_class == 1 and log_odds(found) == 0 and not found.contributions.any()


@given(st.data(), st.integers(1, 8))
def test_deciding_words_come_in_the_order_of_all_weights(data: st.DataObject, n_words: int) -> None:
    n_terms = data.draw(st.integers(1, 30))
    few = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=n_terms, max_size=n_terms)  # many are equal
    weights = np.array([data.draw(few), data.draw(few)])
    columns = Columns(lambda places: [f"term {place}" for place in places], np.full(n_terms, 9))
    table = words_that_decide(weights, columns, ["one", "other"], n_words)
    for name, margins in (("one", weights[0] - weights[1]), ("other", weights[1] - weights[0])):
        places = sorted(range(n_terms), key=lambda place, margins=margins: (-margins[place], place))
        assert table.loc[table["class"] == name, "column"].tolist() == [p for p in places if margins[p] > 0][:n_words]
