"""Each fault of the database is made for real: a lock of another process, a cut file, a full or read-only disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.errors import BowlabError, DatabaseError
from bowcore.jobs import jobs
from bowcore.store import artefacts, database
from bowcore.store.home import runs_url
from tests.small_disk import small_disk

pytestmark = pytest.mark.faults

WAY_OUT = r"python -m bowcore doctor says what is wrong\.$"
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file() -> Path:
    """The file of the database, with one job in it."""
    url = sa.make_url(runs_url())
    if url.get_backend_name() != "sqlite":
        pytest.skip("a server has no file")
    jobs.submit("count", {}, "long", "k")
    return Path(str(url.database))


@pytest.fixture
def locked(file: Path) -> Iterator[Callable[[], None]]:
    """Another process holds the lock, until this is called."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        yield lambda: holder.communicate() and None
        holder.kill()


def test_a_database_that_stays_locked_is_told_and_can_be_read(
    file: Path, locked: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 2000)
    with pytest.raises(DatabaseError, match=rf"runs\.sqlite is locked by another process, for .*{WAY_OUT}"):
        jobs.submit("count", {}, "long", "another")
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 60_000)
    began = time.monotonic()
    for key in "abc":  # nobody waits that long again
        with pytest.raises(DatabaseError, match=r"locked by another process, for over (?!0\.2)"):
            jobs.submit("count", {}, "long", key)
    assert time.monotonic() - began < 60
    assert len(jobs.recent()) == 1
    locked()
    jobs.submit("count", {}, "long", "another")
    assert not database._was_locked


def test_reading_an_artefact_of_a_locked_database_does_not_wait(
    file: Path, locked: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 60_000)
    locked()
    artefacts.store("a", lambda folder: (folder / "f").write_text("text"))
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE artefacts SET used = 0"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert artefacts.find("a") is not None
        assert time.monotonic() - began < 30


def test_a_file_with_holes_is_told_and_the_copy_put_in_its_place_is_opened(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        source.backup(copy)
    with closing(sqlite3.connect(file)) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as holes:
        holes.seek(4096)
        holes.write(b"\xff" * (file.stat().st_size - 4096))
    database.engine().dispose()
    for _ in range(2):
        with pytest.raises(DatabaseError, match=rf"is damaged: .*put a copy in its place.*{WAY_OUT}"):
            jobs.recent()
    shutil.move(tmp_path / "copy", file)
    assert [job.key for job in jobs.recent()] == ["k"]


def test_a_file_of_another_program_is_told(file: Path) -> None:
    database.engine().dispose()
    database._engines.clear()
    with closing(sqlite3.connect(file)) as other:
        other.executescript("DROP TABLE events; DROP TABLE job_followers; DROP TABLE jobs;")
    with pytest.raises(DatabaseError, match=rf"damaged: .*no such table.*{WAY_OUT}"):
        jobs.recent()


@pytest.mark.parametrize(
    "damage", ["error = CAST(x'ff80' AS TEXT)", "payload = '{\"recipe\": '"], ids=["no text", "no JSON"]
)
def test_a_damaged_cell_is_told(file: Path, damage: str) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"UPDATE jobs SET {damage}")
        other.commit()
    with pytest.raises(DatabaseError, match=rf"is damaged: .*{WAY_OUT}"):
        jobs.recent()


def test_a_file_deleted_under_the_program_is_told_until_it_is_back(file: Path, tmp_path: Path) -> None:
    shutil.move(file, tmp_path / "away")
    for _ in range(2):
        with pytest.raises(DatabaseError, match=rf"deleted or moved .*Put it back.*{WAY_OUT}"):
            jobs.submit("count", {}, "long", "lost")
    assert not file.exists()
    shutil.move(tmp_path / "away", file)
    assert [job.key for job in jobs.recent()] == ["k"]


def test_a_file_replaced_under_the_program_is_the_one_that_is_read(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        source.backup(copy)
    jobs.submit("count", {}, "long", "after the copy")
    for name in (file, *file.parent.glob("runs.sqlite-*")):
        name.unlink()
    shutil.move(tmp_path / "copy", file)
    assert [job.key for job in jobs.recent()] == ["k"]


def test_a_full_disk_is_told_and_over_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{disk / 'runs.sqlite'}")
        jobs.submit("count", {}, "long", "k")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as full, pytest.raises(OSError, match="No space"):
            while True:
                full.write(b"x" * 4096)
        with pytest.raises(DatabaseError, match=rf"cannot be written: .*full.*Free some space.*{WAY_OUT}"):
            jobs.submit("count", {"long": "x" * 100_000}, "long", "another")
        assert [job.key for job in jobs.recent()] == ["k"]
        filler.unlink()
        jobs.submit("count", {"long": "x" * 100_000}, "long", "another")
        assert len(jobs.recent()) == 2
        database.engine().dispose()


def test_a_read_only_disk_is_told_and_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{disk / 'runs.sqlite'}")
        job = jobs.submit("count", {}, "long", "k")
        database.engine().dispose()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(DatabaseError, match=rf"(cannot be written|read-only).*{WAY_OUT}"):
            jobs.submit("count", {}, "long", "another")
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert jobs.recent() == (job,)
        jobs.submit("count", {}, "long", "another")
        database.engine().dispose()


def test_thirty_threads_that_find_it_locked_all_get_a_sentence(
    file: Path, locked: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 300)
    found: list[Exception | None] = []

    def ask(key: str) -> None:
        try:
            jobs.submit("count", {}, "long", key)
        except BowlabError as error:
            found.append(error)

    threads = [threading.Thread(target=ask, args=(str(i),)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in found] == [DatabaseError] * 30


@pytest.mark.skipif("BOWLAB_TEST_POSTGRESQL" in os.environ, reason="the URL names a server that is not there")
def test_a_server_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("BOWLAB_RUNS_URL", "postgresql+psycopg://nobody@127.0.0.1:9/runs")
    with pytest.raises(DatabaseError, match=rf"does not answer: .*BOWLAB_RUNS_URL.*{WAY_OUT}"):
        jobs.recent()
