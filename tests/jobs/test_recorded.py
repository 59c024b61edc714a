"""Jobs that were done as parts of another one."""

from __future__ import annotations

import math

import pytest
import sqlalchemy as sa

from bowcore.jobs import jobs
from bowcore.jobs.recorded import record_done
from bowcore.store import database, tables

EPOCHS = [{"event": "EpochDone", "epoch": n, "train_loss": math.nan if n == 2 else 1 / n} for n in (1, 2, 3)]


def test_a_part_is_a_job_that_has_ended_with_its_result_and_events() -> None:
    result = {"validation_accuracy": 0.5, "best_loss": math.inf}
    job = jobs.get(record_done("train", {"recipe": "…"}, "long", "key", result, EPOCHS, started=100.0))
    assert (job.state, job.progress, job.created, job.key) == ("done", 1.0, 100.0, "key")
    assert job.result == {"validation_accuracy": 0.5, "best_loss": None}
    found = list(jobs.events(job.id))
    assert [event.number for event in found] == [1, 2, 3]
    assert [event.body["train_loss"] for event in found] == [1.0, None, pytest.approx(1 / 3)]


@pytest.mark.faults
def test_a_part_whose_events_cannot_be_written_is_not_there_at_all() -> None:
    with database.writing() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("the trigger is SQLite's")
        # as a disk that is full after the row of the job
        connection.execute(
            sa.text("CREATE TRIGGER no_room BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room'); END")
        )
    with pytest.raises(sa.exc.DatabaseError, match="no room"):
        record_done("train", {"recipe": "…"}, "long", "key", {"validation_accuracy": 0.5}, EPOCHS, started=100.0)
    with database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.jobs)) == 0
