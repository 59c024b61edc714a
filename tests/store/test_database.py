import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.errors import DatabaseError, OutputError
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import database, ledger, locks, run_labels, tables
from tests.own_home import POSTGRESQL


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
    with pytest.raises(DatabaseError, match=message):
        jobs.recent()


def test_a_password_is_not_repeated_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", "mysql://reader:horse-battery@example.invalid/runs")
    with pytest.raises(DatabaseError) as refused:
        jobs.recent()
    assert "horse-battery" not in str(refused.value)


def test_a_file_that_is_no_database_is_named_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and not a database at all. " * 50)
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(DatabaseError, match=r"notes\.txt is damaged: file is not a database\. .*doctor"):
        jobs.recent()


def test_a_writer_does_not_wait_for_a_reader_whose_view_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    jobs.submit("count", {}, "long", "first")
    count = sa.select(sa.func.count()).select_from(tables.jobs)
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
        connection.execute(sa.select(tables.jobs))
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


@pytest.mark.faults
@pytest.mark.skipif(POSTGRESQL is not None, reason="a server syncs each transaction by itself")
def test_what_is_finished_or_opened_is_on_the_disk_before_it_is_shown() -> None:
    job = jobs.submit("count", {}, "quick", "k")
    synced: list[int] = []

    def note(connection: sa.Connection) -> None:
        synced.append(connection.connection.cursor().execute("PRAGMA synchronous").fetchone()[0])

    sa.event.listen(database.engine(), "commit", note)
    full, normal = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous
    with locks.slot_lock("quick"):
        assert jobs.claim("quick") is not None
    jobs.report(job.id, 0.5)
    assert synced[-1] == normal
    jobs.end(job.id, "done", {})
    assert synced[-1] == full
    ledger.record_look("digest", Recipe())
    assert synced[-1] == normal
    ledger.record_opening("corpus", "digest", "key", 0, "weights", {})
    assert synced[-1] == full
    run_labels.name_runs([job.id], "mine", "")
    assert synced[-1] == full
    jobs.report(job.id, 0.6)
    assert synced[-1] == normal


@pytest.mark.faults
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.skipif(POSTGRESQL is not None, reason="a server syncs each transaction by itself")
def test_an_opening_is_synced_and_a_look_is_not(tmp_path: Path) -> None:
    code = """
import os
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
ledger.n_looks("digest")
open("/dev/zero").close()
ledger.record_look("digest", Recipe())
open("/dev/null").close()
ledger.record_opening("corpus", "digest", "key", 0, "weights", {})
os._exit(0)  # an orderly end syncs
"""
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=fsync,fdatasync,openat", sys.executable, "-c", code]
    subprocess.run(command, check=True, timeout=300)
    before, after = trace.read_text().split("/dev/null", 1)
    synced = re.compile(r"f(?:data)?sync\(\d+<[^>]*runs\.sqlite-wal>\)")
    assert len(synced.findall(before.rpartition("zero")[2])) == 0
    assert len(synced.findall(after)) == 1, "with all that was written before"


def test_a_wrong_statement_is_not_reported_as_a_full_disk() -> None:
    with pytest.raises(sa.exc.DBAPIError), database.writing() as connection:
        connection.exec_driver_sql("no such statement")


def test_a_transaction_that_raises_is_rolled_back() -> None:
    job = jobs.submit("count", {}, "long", "k")

    def write_and_fail() -> None:
        with database.writing() as connection:
            connection.execute(sa.update(tables.jobs).values(message="half"))
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


def test_a_row_is_inserted_once_and_whether_it_was_is_told() -> None:
    with database.writing() as connection:
        rows = [{"corpus_digest": "d", "recipe_key": key, "person": "", "seen": 1.0} for key in "aab"]
        assert [database.insert_once(connection, tables.looks, **row) for row in rows] == [True, False, True]
    first, second = jobs.submit("count", {}, "long", "k"), jobs.submit("count", {}, "long", "k")
    assert first.id == second.id
    with database.writing() as connection:
        values = {"kind": "count", "lane": "long", "key": "k", "payload": {}, "state": "queued", "created": 1.0}
        assert not database.insert_once(connection, tables.jobs, id="another", **values)
        assert database.insert_once(connection, tables.jobs, id="another", **values | {"key": "other"})
