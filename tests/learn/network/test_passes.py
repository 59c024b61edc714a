import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
import torch

from bowcore.learn.kernels.batch import Gradients, SparseRows
from bowcore.learn.kernels.loops import learn_batch
from bowcore.learn.network import passes
from bowcore.learn.network.events import BatchDone
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import evaluate, learn
from bowcore.learn.network.training import Training
from bowcore.recipe.specs import NetworkSpec

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


ROOT = Path(__file__).parents[3]
TOGETHER = """
import sys, threading
from bowcore.learn.network.passes import warm_kernels
sys.setswitchinterval(1e-6)
start = threading.Barrier(2)
def warm():
    start.wait()
    for _ in range(200):
        warm_kernels()
threads = [threading.Thread(target=warm) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.fixture
def cold(monkeypatch):
    """Kernels that count as not warmed; the list gets the number of threads that run them at the end of each run."""
    running, seen, run_all = [], [], passes._run_all.__wrapped__

    def watched():
        running.append(1)
        threading.Event().wait(0.05)
        run_all()
        seen.append(len(running))
        running.pop()

    monkeypatch.setattr(passes, "_run_all", cache(watched))
    return seen


def test_of_two_threads_that_warm_the_kernels_one_runs_them_and_the_other_waits(cold):
    threads = [threading.Thread(target=passes.warm_kernels) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cold == [1]


def test_a_training_waits_for_warm_kernels_before_its_first_batch(cold, features):
    next(Training.start(features, NetworkSpec(hidden=4, epochs=1)).events())
    assert cold == [1]


def test_threads_that_warm_at_once_survive_the_threading_layer_that_allows_one_at_a_time():
    environment = os.environ | {"NUMBA_THREADING_LAYER": "workqueue", "NUMBA_NUM_THREADS": "2"}
    run = subprocess.run(
        [sys.executable, "-c", TOGETHER], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two processors")
@pytest.mark.parametrize(("hidden", "n_threads"), [(8, 1), (9000, 2)])
def test_a_small_batch_is_learned_on_one_thread(make_features, monkeypatch, hidden, n_threads):
    used: list[int] = []

    def note(*arguments):
        used.append(numba.get_num_threads())
        learn_batch(*arguments)

    monkeypatch.setattr("bowcore.learn.network.passes.learn_batch", note)
    features = make_features(n_train=400, n_terms=300, counts=False)
    allowed = numba.get_num_threads()
    numba.set_num_threads(2)
    try:
        training = Training.start(features, NetworkSpec(hidden=hidden, epochs=1, batch_size=400))
        next(event for event in training.events() if isinstance(event, BatchDone))
        assert (used[-1], numba.get_num_threads()) == (n_threads, 2)
    finally:
        numba.set_num_threads(allowed)


def test_threads_sleep_while_they_wait_for_each_other():
    code = "import os, bowcore.learn.kernels.loops; print(os.environ['OMP_WAIT_POLICY'])"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.stdout == "PASSIVE\n"
