"""The expected time of a training: as fast as the last ones were, after what the worker does now."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

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


def test_what_the_worker_does_now_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = runs.whole_run_seconds(COST, 10)
    others = [SimpleNamespace(seconds_left=left) for left in (12.5, None)]
    monkeypatch.setattr(jobs, "open_jobs", lambda lane: others if lane == "long" else [])
    assert runs.whole_run_seconds(COST, 10) == pytest.approx(alone + 12.5)
