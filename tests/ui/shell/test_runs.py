"""The expected time of a training: as fast as the last ones were, after what the worker does now."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bowcore.jobs import jobs
from bowcore.learn.network.cost import NetworkSizes, baseline_seconds, estimate
from ui.shell import runs

COST = estimate(NetworkSizes(n_terms=1000, hidden=64, n_classes=2, batch_size=10, n_nonzero=5000, n_train=100))
OWN = 1.0 + baseline_seconds(5000)


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def trained(*slowdowns: float) -> None:
    for number, slowdown in enumerate(slowdowns):
        job = jobs.submit("train", {}, "long", f"key-{number}")
        jobs.claim("long")
        jobs.end(job.id, "done", {"slowdown": slowdown} if slowdown else {})


@pytest.mark.parametrize(("slowdowns", "factor"), [((), 1.0), ((0.0,), 1.0), ((4.0, 2.0, 30.0), 4.0)])
def test_a_training_is_expected_to_be_as_slow_as_the_last_ones(slowdowns: Sequence[float], factor: float) -> None:
    trained(*slowdowns)
    assert runs.whole_run_seconds(COST, 10) == pytest.approx(OWN + 10 * factor * COST.seconds_per_epoch)


def test_what_the_worker_does_now_and_what_waits_before_it_comes_first() -> None:
    alone = runs.whole_run_seconds(COST, 10)
    running = jobs.submit("train", {}, "long", "running")
    jobs.claim("long")
    jobs.report(running.id, ends=time.time() + 12.5)
    jobs.submit("train", {}, "long", "waiting", seconds=40.0)
    jobs.submit("train", {}, "long", "without an estimate")
    jobs.submit("tokens", {}, "quick", "in another lane", seconds=70.0)
    assert runs.whole_run_seconds(COST, 10) == pytest.approx(alone + 52.5, abs=0.5)
