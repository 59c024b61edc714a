"""The smallest flip against every subset of a document's words."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from bowcore.judge.smallest_flip import Flip, search_flip, smallest_flip, without
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.learn.network.network import initial_weights, logits
from bowcore.matrix.vocabulary import Vocabulary
from bowcore.matrix.weighting import weight
from bowcore.recipe.specs import WeightingSpec

N = 9
VOCABULARY = Vocabulary(pa.array([f"term{i}" for i in range(N)]), np.arange(N), np.full(N, 5), np.arange(1, N + 1), 30)


def fewest(counts: sparse.csr_matrix, label) -> int | None:
    """Size of the smallest set of terms without which the label changes, by trying all of them."""
    before = label(counts)
    for size in range(1, counts.nnz + 1):
        for columns in itertools.combinations(counts.indices.tolist(), size):
            if label(without(counts, columns)) != before:
                return size
    return None


@pytest.mark.parametrize(
    ("weighting", "norm"), [("count", "none"), ("binary", "none"), ("tfidf", "none"), ("tfidf", "l1"), ("tfidf", "l2")]
)
@pytest.mark.parametrize("seed", range(6))
def test_of_a_linear_model_no_smaller_set_changes_the_label(weighting: str, norm: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = WeightingSpec(weighting=weighting, norm=norm if weighting == "tfidf" else "l2")
    train = weight(sparse.csr_matrix(rng.poisson(0.8, (40, N)).astype(np.int32)), VOCABULARY, spec)
    model = fit_naive_bayes(train, rng.choice(3, 40, p=[0.5, 0.3, 0.2]), 3)
    counts = sparse.csr_matrix(rng.poisson(1.2, (1, N)).astype(np.int32))

    def weigh(rows: sparse.csr_matrix) -> sparse.csr_matrix:
        return weight(rows, VOCABULARY, spec)

    def label(rows: sparse.csr_matrix) -> int:
        return int(model.predict(weigh(rows))[0])

    found = smallest_flip(
        counts, weigh, model.joint_log_likelihood, model.term_log_probability, model.class_log_prior,
        norm=norm,
    )  # fmt: skip
    expected = fewest(counts, label)
    if found is None:
        assert expected is None
        return
    assert label(without(counts, found.columns)) == found.new_class != label(counts)
    assert found.at_least <= expected <= len(found.columns)
    if found.proven or norm != "l2":
        assert found.proven and len(found.columns) == expected


@pytest.mark.parametrize("seed", range(4))
def test_what_the_search_in_a_network_finds_changes_its_label_and_no_word_of_it_can_be_put_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = initial_weights(N, 12, 3, seed, np.float64)._replace(hidden_bias=rng.normal(0, 0.3, 12))
    counts = sparse.csr_matrix(rng.poisson(1.5, (1, N)).astype(np.int32))

    def label(rows: sparse.csr_matrix) -> int:
        return int(logits(weights, rows.astype(np.float64))[0].argmax())

    found, expected = search_flip(weights, counts, lambda rows: rows.astype(np.float64)), fewest(counts, label)
    if found is None:
        return
    assert label(without(counts, found.columns)) == found.new_class != label(counts)
    assert expected is not None and expected <= len(found.columns)
    if len(found.columns) > 1:
        for column in found.columns:
            assert label(without(counts, [other for other in found.columns if other != column])) == label(counts)
    assert found.proven == (len(found.columns) == 1), "a search proves nothing beyond one word"


def test_a_document_that_no_removal_changes_has_no_flip() -> None:
    model = fit_naive_bayes(sparse.csr_matrix([[1, 0], [1, 0], [0, 1]]), np.array([0, 0, 1]), 2)
    counts = sparse.csr_matrix([[2, 0]])
    arguments = (model.joint_log_likelihood, model.term_log_probability, model.class_log_prior)
    assert smallest_flip(counts, lambda rows: rows, *arguments, norm="none") is None
    other = smallest_flip(sparse.csr_matrix([[0, 9]]), lambda rows: rows, *arguments, norm="none")
    assert other == Flip((1,), 0, 1)
