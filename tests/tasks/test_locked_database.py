"""Another program locks the database while a network is trained: the training goes on, and nothing of it is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import database
from bowcore.store.home import runs_url
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import Trained

RECIPE = Recipe().change(training_articles=120, min_documents=2, hidden=16, epochs=6, batch_size=32)
LOCKED = 1.0
"""Seconds, many times as long as anybody waits here."""

pytestmark = pytest.mark.faults


def trained(on_event: Callable[[dict[str, Any]], None] = lambda event: None, **payload: bool) -> tuple[str, Trained]:
    job = run_here("train", {"recipe": RECIPE.to_toml(), **payload}, "long", RECIPE.key(), on_event)
    assert (job.state, job.error, job.progress) == ("done", "", 1.0)
    return job.id, Trained.from_json(job.result or {})


@pytest.mark.parametrize("at", [1, 3, RECIPE.network.epochs], ids=["first epoch", "third epoch", "last epoch"])
def test_a_training_under_a_locked_database_ends_with_all_its_epochs(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sa.make_url(runs_url())
    if url.get_backend_name() != "sqlite":
        pytest.skip("a server has no lock on the whole database")
    _, undisturbed = trained()
    for name, value in {"BUSY_TIMEOUT": 50, "PATIENCE": 0.0}.items():
        monkeypatch.setattr(database, name, value)
    other = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
    freed = threading.Timer(LOCKED, other.close)
    refused: list[str] = []

    def lock(event: dict[str, Any]) -> None:
        if event.get("event") == "EpochDone" and event["epoch"] == at:
            other.execute("BEGIN IMMEDIATE")
            freed.start()
            with pytest.raises(database.DatabaseError, match="is locked by another process") as told:
                jobs.submit("train", {}, "long", "another")
            refused.append(str(told.value))

    job, found = trained(lock, again=True)
    freed.join()
    assert len(refused) == 1
    assert found.weights_digest == undisturbed.weights_digest
    told = [event.body["epoch"] for event in jobs.events(job) if event.body["event"] == "EpochDone"]
    assert told == [epoch.epoch for epoch in found.epochs] == list(range(1, RECIPE.network.epochs + 1))
