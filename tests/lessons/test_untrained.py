"""The small training against PyTorch step by step, and its empty column."""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse

from bowcore.lessons.untrained import train_small

COUNTS = sparse.csr_matrix(np.array([[2, 0, 1, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 3, 0, 0]]))
LABELS = np.array([0, 1, 0, 1], dtype=np.int32)


def test_weights_are_those_of_pytorchs_rmsprop() -> None:
    found = train_small(COUNTS, LABELS, 2, hidden=3, n_steps=25, learning_rate=0.02, seed=4)
    generator = np.random.default_rng(4)
    draws = [
        generator.uniform(-(bound**-0.5), bound**-0.5, shape)
        for bound, shape in ((4, (4, 3)), (4, (3,)), (3, (3, 2)), (3, (2,)))
    ]
    np.testing.assert_array_equal(found.before, draws[0])
    weights = [torch.tensor(draw, requires_grad=True) for draw in draws]
    optimiser = torch.optim.RMSprop(weights, lr=0.02)
    cells, labels = torch.tensor(COUNTS.toarray(), dtype=torch.float64), torch.tensor(LABELS, dtype=torch.int64)
    losses = []
    for _ in range(25):
        optimiser.zero_grad()
        scores = torch.relu(cells @ weights[0] + weights[1]) @ weights[2] + weights[3]
        loss = torch.nn.functional.cross_entropy(scores, labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    np.testing.assert_allclose(found.losses[:-1], losses, rtol=1e-9)
    np.testing.assert_allclose(found.after, weights[0].detach().numpy(), rtol=1e-9)


def test_a_column_of_zeros_stays_exactly_where_it_began_and_the_others_move() -> None:
    found = train_small(COUNTS, LABELS, 2)
    assert found.moved[-1] == 0.0
    np.testing.assert_array_equal(found.before[-1], found.after[-1])
    assert (found.moved[:3] > 0).all()
    assert np.abs(found.before[-1]).max() > 0
    assert found.losses[-1] < found.losses[0]
