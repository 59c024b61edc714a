"""Gradient times input, against PyTorch's own gradients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bowcore.judge.gradients import explain_network
from bowcore.learn.network.network import initial_weights, logits, to_module


@pytest.fixture
def row() -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array([[0, 2, 0, 1, 0.5, 0, 3]]))


def test_contributions_are_torchs_gradient_times_input(row: sparse.csr_matrix) -> None:
    import torch

    weights = initial_weights(7, 16, 3, seed=4, dtype=np.float64)
    explanation = explain_network(weights, row, 2, 0)
    values = torch.tensor(row.toarray(), requires_grad=True)
    output = to_module(weights)(values)[0]
    (output[2] - output[0]).backward()
    expected = (values.grad * values).detach().numpy()[0]
    found = dict(zip(explanation.columns.tolist(), explanation.contributions.tolist(), strict=True))
    assert found == pytest.approx({column: expected[column] for column in row.indices.tolist()}, rel=1e-9)


def test_prior_and_contributions_add_up_to_the_difference_of_the_logits(row: sparse.csr_matrix) -> None:
    weights = initial_weights(7, 16, 3, seed=4, dtype=np.float64)
    explanation = explain_network(weights, row)
    output = logits(weights, row)[0]
    assert explanation.chosen_class == int(output.argmax())
    difference = output[explanation.chosen_class] - output[explanation.other_class]
    assert explanation.log_odds == pytest.approx(difference, rel=1e-9)


def test_a_class_is_not_compared_with_itself(row: sparse.csr_matrix) -> None:
    with pytest.raises(ValueError, match="itself"):
        explain_network(initial_weights(7, 4, 3, seed=0), row, 1, 1)
