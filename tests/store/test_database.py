import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.errors import OutputError, RunError
from bowcore.jobs import jobs
from bowcore.store import database
from bowcore.store.home import runs_url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("sqlite://", "in-memory"),
        ("mysql://reader@example.invalid/runs", "SQLite or PostgreSQL, not mysql"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", url)
    with pytest.raises(RunError, match=message):
        jobs.recent()


def test_a_password_is_not_repeated_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", "mysql://reader:horse-battery@example.invalid/runs")
    with pytest.raises(RunError) as refused:
        jobs.recent()
    assert "horse-battery" not in str(refused.value)


def test_a_file_that_is_no_database_is_named_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and not a database at all. " * 50)
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(RunError, match=r"notes\.txt cannot be opened: file is not a database"):
        jobs.recent()


def test_a_writer_does_not_wait_for_a_reader_whose_view_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    jobs.submit("count", {}, "long", "first")
    count = sa.select(sa.func.count()).select_from(database.jobs)
    with database.reading() as connection:
        assert connection.scalar(count) == 1
        jobs.submit("count", {}, "long", "second")
        assert connection.scalar(count) == 1
    assert len(jobs.recent()) == 2


def test_a_writing_transaction_takes_sqlites_lock_before_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    other = sqlite3.connect(tmp_path / "runs.sqlite", timeout=0, isolation_level=None)
    with database.writing() as connection:
        connection.execute(sa.select(database.jobs))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.parametrize(
    ("pragma", "message"),
    [("max_page_count = 1", "database or disk is full"), ("query_only = ON", "attempt to write a readonly database")],
)
def test_a_database_that_cannot_be_written_to_says_so_and_can_be_read(
    pragma: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    job = jobs.submit("count", {}, "long", "k")
    with database.engine().connect() as connection:  # the one connection, which goes back into the pool
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    with pytest.raises(OutputError, match=rf"runs\.sqlite cannot be written: {message}\. Free some space"):
        jobs.submit("count", {"long": "x" * 100_000}, "long", "another")
    assert jobs.recent() == (job,)


def test_a_wrong_statement_is_not_reported_as_a_full_disk() -> None:
    with pytest.raises(sa.exc.DBAPIError), database.writing() as connection:
        connection.exec_driver_sql("no such statement")


def test_a_transaction_that_raises_is_rolled_back() -> None:
    job = jobs.submit("count", {}, "long", "k")

    def write_and_fail() -> None:
        with database.writing() as connection:
            connection.execute(sa.update(database.jobs).values(message="half"))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert jobs.get(job.id).message == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_opens_its_own_connections() -> None:
    parents = database.engine()
    child = os.fork()
    if child == 0:
        os._exit(0 if database.engine() is not parents and jobs.recent() == () else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert database.engine() is parents


EARLIER_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(32) NOT NULL, kind VARCHAR NOT NULL, lane VARCHAR NOT NULL, "key" VARCHAR NOT NULL,
    runner VARCHAR NOT NULL, payload JSON NOT NULL, state VARCHAR NOT NULL, stop_requested BOOLEAN NOT NULL,
    progress FLOAT NOT NULL, message VARCHAR NOT NULL, error VARCHAR NOT NULL, created FLOAT NOT NULL,
    started FLOAT, finished FLOAT, result JSON, UNIQUE (id)
);
CREATE UNIQUE INDEX one_open_job_a_key ON jobs (kind, "key") WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_lane ON jobs (lane, state, number);
CREATE INDEX jobs_by_key ON jobs (kind, "key", number);
CREATE TABLE events (
    job_id VARCHAR(32) NOT NULL, number INTEGER NOT NULL, body JSON NOT NULL,
    PRIMARY KEY (job_id, number), FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO jobs (id, kind, lane, "key", runner, payload, state, stop_requested, progress, message, error, created,
    started, finished, result)
VALUES ('a1', 'train', 'long', 'k', '', '{"recipe": ""}', 'done', false, 1.0, 'Epoch 2 of 2', '', 1.0, 2.0, 3.0,
    '{"epochs": [], "artefact": "network-1"}');
INSERT INTO events VALUES
    ('a1', 1, '{"event": "Started", "epochs": 2}'),
    ('a1', 2, '{"event": "BatchDone", "epoch": 1, "batch": 1}'),
    ('a1', 3, '{"event": "TimeLeft", "seconds": 4.0, "ends": 6.0}'),
    ('a1', 4, '{"event": "EpochDone", "epoch": 1, "validation_loss": null}'),
    ('a1', 5, '{"event": "BatchDone", "epoch": 2, "batch": 1}'),
    ('a1', 6, '{"event": "EpochDone", "epoch": 2, "validation_loss": 0.5}');
"""
"""A database as the version before made it, with one finished training."""


def make_earlier_database() -> None:
    """Fill the runs database of this test with `EARLIER_SCHEMA`, without the code under test."""
    server = sa.create_engine(runs_url())
    with server.begin() as connection:
        for statement in EARLIER_SCHEMA.split(";\n"):
            if server.dialect.name == "postgresql":
                statement = statement.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY")
            if statement.strip():
                connection.execute(sa.text(statement.replace(":", r"\:")))
    server.dispose()


def test_migration_keeps_jobs_and_deletes_their_batch_events() -> None:
    make_earlier_database()
    (job,) = jobs.recent()
    assert (job.state, job.result, job.newest, job.ends) == (
        "done",
        {"epochs": [], "artefact": "network-1"},
        None,
        None,
    )
    assert [(event.number, event.body["event"]) for event in jobs.events("a1")] == [
        (1, "Started"),
        (4, "EpochDone"),
        (6, "EpochDone"),
    ]


def test_after_migration_event_numbers_continue() -> None:
    make_earlier_database()
    job = jobs.submit("train", {}, "long", "k")
    claimed = jobs.claim("long")
    assert claimed is not None and claimed.id == job.id
    jobs.report(job.id, events=[{"event": "EpochDone"}], newest={"event": "BatchDone", "batch": 7}, ends=9.0)
    jobs.report("a1", events=[{"event": "Late"}])
    assert (jobs.get(job.id).newest, jobs.get(job.id).ends) == ({"event": "BatchDone", "batch": 7}, 9.0)
    assert [event.number for event in jobs.events("a1", after=4)] == [6, 7]


def test_a_database_is_migrated_once() -> None:
    make_earlier_database()
    for _ in range(2):
        database.engine().dispose()
        database._engines.clear()
        jobs.report("a1", events=[{"event": "BatchDone"}])
    assert [event.body["event"] for event in jobs.events("a1")][3:] == ["BatchDone", "BatchDone"]
