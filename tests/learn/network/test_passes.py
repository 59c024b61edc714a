import numpy as np
import pytest
import torch

from bowcore.learn.kernels.batch import Gradients, SparseRows
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import evaluate, learn

TORCH = {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD, "adam": torch.optim.Adam}
RATES = {"rmsprop": 0.001, "sgd": 0.05, "adam": 0.001}


@pytest.mark.parametrize("n_steps", [500, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", TORCH)
def test_the_whole_network_follows_stock_pytorch_step_by_step(make_features, name, n_steps):
    features = make_features(n_train=40, n_terms=30, counts=False)
    hidden = 9
    weights = initial_weights(features.n_terms, hidden, features.n_classes, seed=1, dtype=np.float64)
    module = to_module(weights)
    optimiser, expected = OPTIMISERS[name](weights, RATES[name]), TORCH[name](module.parameters(), lr=RATES[name])
    dense = torch.from_numpy(features.train.toarray())
    labels = torch.from_numpy(features.train_labels.astype(np.int64))
    sparse_rows, gradients = SparseRows.of(features.train, np.float64), Gradients.empty(4, weights)
    generator = np.random.default_rng(0)
    for step in range(n_steps):
        # The last four documents come first and last only, so the terms found in them alone wait for all others.
        rows = np.arange(36, 40) if step in (0, n_steps - 1) else generator.choice(36, size=3, replace=False)
        expected.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(dense[rows]), labels[rows])
        loss.backward()
        expected.step()
        learned = learn(weights, optimiser, sparse_rows.take(rows), features.train_labels[rows], gradients)
        assert learned.loss == pytest.approx(loss.item(), rel=1e-7, abs=1e-12)
    parameters = {key: value.detach().numpy() for key, value in module.named_parameters()}
    np.testing.assert_allclose(weights.hidden_weights, parameters["0.weight"].T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weights.hidden_bias, parameters["0.bias"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weights.output_weights, parameters["2.weight"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weights.output_bias, parameters["2.bias"], rtol=1e-9, atol=1e-12)


def test_the_whole_network_with_lazy_adam_follows_pytorchs_sparse_adam(make_features):
    features = make_features(n_train=40, n_terms=30, counts=False)
    hidden, n_steps = 9, 1500
    weights = initial_weights(features.n_terms, hidden, features.n_classes, seed=1, dtype=np.float64)
    names = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")
    values = {name: torch.nn.Parameter(torch.from_numpy(getattr(weights, name).copy())) for name in names}
    first, *others = values.values()
    optimiser = OPTIMISERS["adam-lazy"](weights, 0.001)
    references = torch.optim.SparseAdam([first], lr=0.001), torch.optim.Adam(others, lr=0.001)
    dense = torch.from_numpy(features.train.toarray())
    labels = torch.from_numpy(features.train_labels.astype(np.int64))
    sparse_rows, gradients = SparseRows.of(features.train, np.float64), Gradients.empty(4, weights)
    generator = np.random.default_rng(0)
    for step in range(n_steps):
        rows = np.arange(36, 40) if step in (0, n_steps - 1) else generator.choice(36, size=3, replace=False)
        for value in values.values():
            value.grad = None
        layer = torch.relu(dense[rows] @ first + values["hidden_bias"])
        answers = layer @ values["output_weights"].T + values["output_bias"]
        loss = torch.nn.functional.cross_entropy(answers, labels[rows])
        loss.backward()
        places = torch.from_numpy(np.unique(features.train[rows].indices)[None].astype(np.int64))
        first.grad = torch.sparse_coo_tensor(places, first.grad[places[0]], first.shape, check_invariants=True)
        for reference in references:
            reference.step()
        learned = learn(weights, optimiser, sparse_rows.take(rows), features.train_labels[rows], gradients)
        assert learned.loss == pytest.approx(loss.item(), rel=1e-7, abs=1e-12)
    for name, value in values.items():
        np.testing.assert_allclose(getattr(weights, name), value.detach().numpy(), rtol=1e-9, atol=1e-12, err_msg=name)


def test_evaluation_equals_pytorchs_cross_entropy(features):
    weights = initial_weights(features.n_terms, 6, features.n_classes, seed=2, dtype=np.float64)
    logits = to_module(weights)(torch.from_numpy(features.validation.toarray().astype(np.float64)))
    labels = torch.from_numpy(features.validation_labels.astype(np.int64))
    rows = SparseRows.of(features.validation, np.float64)
    result = evaluate(weights, rows, features.validation_labels)
    assert result.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), rel=1e-12)
    assert result.accuracy == pytest.approx((logits.argmax(1) == labels).double().mean().item())
