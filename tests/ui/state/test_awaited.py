"""Which jobs have changed since a page looked at them, read for all pages at once."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bowcore.errors import DatabaseError
from ui.state import awaited as module
from ui.state.awaited import Awaited


class Rows:
    """Jobs as a database has them; `asked` are the ids of each reading."""

    def __init__(self, **rows: object) -> None:
        self.rows = rows
        self.asked: list[set[str]] = []
        self.fails = False

    def __call__(self, ids: Iterable[str]) -> dict[str, object]:
        self.asked.append(set(ids))
        if self.fails:
            raise DatabaseError("The runs database cannot be read.")
        return {name: row for name, row in self.rows.items() if name in self.asked[-1]}


@pytest.fixture
def rows() -> Rows:
    return Rows(a=("queued", 0.0), b=("running", 0.1))


@pytest.fixture
def waiting(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> Awaited:
    """Two sessions that wait; no thread reads beside the test."""
    monkeypatch.setattr(module.threading.Thread, "start", lambda thread: None)
    found = Awaited(rows)
    found.begin("one")
    found.add("one", ["a"])
    found.add("one", ["b"])
    found.add("two", ["b"])
    return found


def test_a_session_has_news_when_one_of_its_own_jobs_has_changed(waiting: Awaited, rows: Rows) -> None:
    assert waiting.changes("one") is None, "nothing was read yet"
    waiting.look()
    one, two = waiting.changes("one"), waiting.changes("two")
    waiting.look()
    assert (waiting.changes("one"), waiting.changes("two")) == (one, two)
    rows.rows["a"] = ("running", 0.0)
    waiting.look()
    assert waiting.changes("one") != one and waiting.changes("two") == two
    rows.rows["b"] = ("running", 0.2)
    waiting.look()
    assert waiting.changes("two") != two
    assert rows.asked == [{"a", "b"}] * 4, "one reading for all"


def test_without_knowledge_nothing_is_said(waiting: Awaited, rows: Rows) -> None:
    waiting.look()
    assert waiting.changes("three") is None, "a session that names no job may look whenever it asks"
    rows.fails = True
    waiting.look()
    assert waiting.changes("one") is None, "the pages themselves say what is wrong"
    rows.fails = False
    waiting.look()
    assert waiting.changes("one") is not None
    del rows.rows["a"]
    waiting.look()
    assert waiting.changes("one") is None and waiting.changes("two") is not None, "a row of an old job was deleted"


def test_a_page_that_begins_or_ends_waits_for_nothing(waiting: Awaited, rows: Rows) -> None:
    waiting.look()
    waiting.begin("one")
    waiting.forget("two")
    assert waiting.changes("one") is None and waiting.changes("two") is None
    waiting.look()
    assert len(rows.asked) == 1, "there is nothing to read"
