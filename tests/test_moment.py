"""What a run of a page looks at counts for a moment, in its thread, and until something is written."""

from __future__ import annotations

import os
import threading
import weakref
from contextvars import copy_context
from pathlib import Path

import pytest

from bowcore import moment
from bowcore.errors import OutputError
from bowcore.jobs import jobs
from bowcore.store import database, home


class Counted:
    """Looks, and counts how often."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self) -> int:
        self.n += 1
        return self.n


def test_inside_the_block_a_look_counts_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now, found = [100.0], Counted()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with moment.one_look():
        seen = [moment.look("a", found), moment.look("a", found), moment.look("b", found)]
        now[0] += moment.MOMENT
        assert [*seen, moment.look("a", found)] == [1, 1, 2, 3]
    assert [moment.look("a", found), moment.look("a", found)] == [4, 5]


def test_what_is_kept_counts_until_the_end_of_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    now, found = [100.0], Counted()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with moment.one_look():
        seen = [moment.keep("a", found)]
        now[0] += 100 * moment.MOMENT
        assert [*seen, moment.keep("a", found), moment.look("a", found)] == [1, 1, 1]
    assert [moment.keep("a", found), moment.keep("a", found)] == [2, 3]


def test_what_is_kept_stays_when_something_is_written_and_the_oldest_goes() -> None:
    found = Counted()
    with moment.one_look():
        moment.keep("a", found)
        moment.look("b", found)
        moment.forget()
        assert [moment.keep("a", found), moment.look("b", found)] == [1, 3]
        for key in range(moment.MOST_KEPT):
            moment.keep(key, found)
        assert moment.keep("a", found) == 4 + moment.MOST_KEPT


def test_a_copy_of_the_context_keeps_nothing_beyond_the_block() -> None:
    with moment.one_look():
        kept = weakref.ref(moment.keep("a", Counted))
        context = copy_context()
        assert kept() is not None
    assert kept() is None
    assert context.run(moment.look, "a", lambda: 1) == 1


def test_what_is_raised_is_not_remembered() -> None:
    def fail() -> int:
        raise OutputError("away")

    found = Counted()
    with moment.one_look():
        with pytest.raises(OutputError):
            moment.look("a", fail)
        assert moment.look("a", found) == 1


def test_another_thread_looks_for_itself() -> None:
    found = Counted()
    with moment.one_look():
        moment.look("a", found)
        other = threading.Thread(target=moment.look, args=("a", found))
        other.start()
        other.join()
    assert found.n == 2


def test_what_this_run_wrote_is_seen_at_once() -> None:
    with moment.one_look():
        assert jobs.latest("train", "a") is None
        job = jobs.submit("train", {}, "long", "a")
        assert jobs.latest("train", "a") == job
        jobs.request_stop(job.id)
        assert jobs.get(job.id).state == "stopped"


def test_a_run_finds_the_home_and_its_database_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = os.access
    monkeypatch.setattr("os.access", lambda path, *rest: looked.append(str(path)) or real(path, *rest))
    database.engine()
    folder = str(home.home_folder())
    looked.clear()
    with moment.one_look():
        for key in "abc":
            jobs.latest("train", key)
    assert looked == [folder]


def test_a_home_that_is_moved_is_missed_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    with moment.one_look():
        jobs.latest("train", "a")
        (tmp_path / "home").rename(tmp_path / "moved")
    with moment.one_look(), pytest.raises(OutputError, match="deleted or replaced"):
        jobs.latest("train", "a")
