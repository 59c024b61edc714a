import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bowcore.learn.kernels import precompile
from bowcore.learn.network.training import Training
from bowcore.recipe.specs import NetworkSpec

ROOT = Path(__file__).parents[3]
TOGETHER = """
import sys, threading
from bowcore.learn.kernels.precompile import warm_kernels
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
    """Kernels that count as not warmed, and a list of what was asked to run while others ran."""
    running, seen, run_all = [], [], precompile._run_all

    def watched():
        running.append(1)
        threading.Event().wait(0.05)
        run_all()
        seen.append(len(running))
        running.pop()

    monkeypatch.setattr(precompile, "_warmed", [])
    monkeypatch.setattr(precompile, "_run_all", watched)
    return seen


def test_of_two_that_ask_for_warm_kernels_one_runs_them_and_the_other_waits(cold):
    threads = [threading.Thread(target=precompile.warm_kernels) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cold == [1]


def test_a_training_waits_for_warm_kernels_before_its_first_batch(cold, features):
    next(Training.start(features, NetworkSpec(hidden=4, epochs=1)).events())
    assert cold == [1]


def test_threads_that_warm_at_once_live_through_the_layer_that_allows_one_at_a_time():
    environment = os.environ | {"NUMBA_THREADING_LAYER": "workqueue", "NUMBA_NUM_THREADS": "2"}
    run = subprocess.run(
        [sys.executable, "-c", TOGETHER], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert (run.returncode, run.stderr) == (0, "")
