"""Occlusion against predicting again, integrated gradients against Captum on the same network in PyTorch."""

from __future__ import annotations

import captum.attr
import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from bowcore.judge import network_words
from bowcore.judge.explanation import Explanation, explain_network
from bowcore.judge.network_words import disagreement, integrated_gradients, leave_one_out, occlusion
from bowcore.learn.network.network import initial_weights, logits, to_module
from bowcore.matrix.vocabulary import Vocabulary
from bowcore.matrix.weighting import weight
from bowcore.recipe.specs import WeightingSpec

N_TERMS = 14
RNG = np.random.default_rng(2)
WEIGHTS = initial_weights(N_TERMS, 24, 4, seed=3, dtype=np.float64)
WEIGHTS = WEIGHTS._replace(hidden_bias=RNG.normal(0, 0.4, 24), hidden_weights=3 * WEIGHTS.hidden_weights)
COUNTS = sparse.csr_matrix([[2, 0, 1, 0, 0, 3, 1, 0, 0, 1, 0, 0, 4, 1]], dtype=np.int32)
VOCABULARY = Vocabulary(
    pa.array([f"term{i:02}" for i in range(N_TERMS)]),
    np.arange(N_TERMS),
    np.full(N_TERMS, 9),
    np.arange(2, 2 + N_TERMS),
    40,
)
TFIDF = WeightingSpec(weighting="tfidf")


def by_column(found: Explanation) -> dict[int, float]:
    return dict(zip(found.columns.tolist(), found.contributions.tolist(), strict=True))


def test_integrated_gradients_are_captums() -> None:
    row = weight(COUNTS, VOCABULARY, TFIDF)
    found = by_column(integrated_gradients(WEIGHTS, row, 1, 2))
    module = to_module(WEIGHTS)

    def odds(cells: torch.Tensor) -> torch.Tensor:
        values = module(cells)
        return values[:, 1] - values[:, 2]

    reference = captum.attr.IntegratedGradients(odds).attribute(
        torch.from_numpy(row.toarray()), n_steps=4_000, method="riemann_middle", internal_batch_size=500
    )
    for column, value in enumerate(reference[0].tolist()):
        assert found.get(column, 0.0) == pytest.approx(value, abs=2e-4)
    assert np.abs(reference.numpy()).max() > 0.05, "the comparison has something to compare"


@pytest.mark.parametrize("seed", range(20))
def test_integrated_gradients_add_up_to_the_log_odds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = initial_weights(9, 16, 3, seed, np.float64)._replace(hidden_bias=rng.normal(0, 1, 16))
    row = sparse.csr_matrix(rng.poisson(0.7, (1, 9)))
    found = integrated_gradients(weights, row)
    values = logits(weights, row)[0]
    odds = values[found.chosen_class] - values[found.other_class]
    assert found.prior + found.contributions.sum() == pytest.approx(odds, abs=1e-12)
    empty = logits(weights, sparse.csr_matrix((1, 9)))[0]
    assert found.prior == pytest.approx(empty[found.chosen_class] - empty[found.other_class], abs=1e-12)


def test_without_a_unit_that_crosses_zero_both_gradients_agree() -> None:
    weights = WEIGHTS._replace(hidden_bias=np.full(24, 50.0))
    row = COUNTS.astype(np.float64)
    one, other = integrated_gradients(weights, row, 0, 3), explain_network(weights, row, 0, 3)
    assert by_column(one) == pytest.approx(by_column(other))


@pytest.mark.parametrize("portion", [1, 200])
@pytest.mark.parametrize("weighting", ["count", "binary", "tfidf"])
def test_occlusion_is_what_the_network_says_of_the_document_without_the_word(
    weighting: str, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_words, "_PORTION", portion)
    spec = WeightingSpec(weighting=weighting)
    found = occlusion(WEIGHTS, COUNTS, lambda counts: weight(counts, VOCABULARY, spec), 2, 0)

    def odds(counts: np.ndarray) -> float:
        values = logits(WEIGHTS, weight(sparse.csr_matrix(counts), VOCABULARY, spec))[0]
        return float(values[2] - values[0])

    whole = COUNTS.toarray()
    for column, contribution in by_column(found).items():
        without = whole.copy()
        without[0, column] = 0
        assert contribution == pytest.approx(odds(whole) - odds(without), abs=1e-9)
    assert found.prior + found.contributions.sum() == pytest.approx(odds(whole))


def test_leaving_one_out_of_a_single_word_or_none_leaves_empty_rows_or_none() -> None:
    assert leave_one_out(sparse.csr_matrix([[0, 3, 0]])).toarray().tolist() == [[0, 0, 0]]
    assert leave_one_out(sparse.csr_matrix((1, 3), dtype=np.int32)).shape == (0, 3)
    row = sparse.csr_matrix([[4, 0, 1, 2]])
    whole = leave_one_out(row).toarray()
    assert whole.tolist() == [[0, 0, 1, 2], [4, 0, 0, 2], [4, 0, 1, 0]]
    parts = [leave_one_out(row, start, start + 2).toarray() for start in (0, 2)]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_disagreement_counts_opposite_signs() -> None:
    def of(contributions: list[float]) -> Explanation:
        return Explanation(0, 1, 0.0, np.arange(4), np.ones(4), np.array(contributions))

    assert disagreement(of([1, -1, 0, 2]), of([1, 1, 1, -3])) == (2, 3)
