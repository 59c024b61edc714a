import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bowcore.errors import DatabaseError
from bowcore.people import Person, acting
from bowcore.recipe.recipe import Recipe
from bowcore.store import database, ledger

R1, R2, R3, R4 = (Recipe().change(vocabulary_size=size) for size in (1000, 2000, 3000, 4000))


def open_test(accuracy: float = 0.9, weights: str = "w1", seed: int = 1, digest: str = "d1") -> ledger.Opening:
    return ledger.record_opening("bbc-news", digest, "r1", seed, weights, {"accuracy": accuracy})


def look(recipe: Recipe, *, network: bool = False) -> int:
    """Number of recipes seen after this one."""
    ledger.record_look("d1", recipe, network=network)
    return ledger.n_looks("d1")


def test_a_second_request_returns_the_recorded_numbers_and_adds_no_opening() -> None:
    first = open_test(accuracy=0.9)
    ledger.record_look("d1", R2)
    assert open_test(accuracy=0.1) == first
    assert first.result == {"accuracy": 0.9}
    assert ledger.openings() == (first,)


def test_other_weights_another_seed_or_another_corpus_are_another_opening() -> None:
    recorded = [open_test(), open_test(weights="w2"), open_test(seed=2), open_test(digest="d2")]
    assert list(ledger.openings()) == recorded
    assert list(ledger.openings("d1")) == recorded[:3]


def test_an_opening_keeps_the_number_of_recipes_seen_before_it() -> None:
    for recipe in (R1, R2, R1, R3):
        ledger.record_look("d1", recipe)
    ledger.record_look("another", R4)
    first = open_test()
    ledger.record_look("d1", R4)
    second = open_test(weights="w2")
    assert (first.n_validation_looks, second.n_validation_looks) == (3, 4)


def test_a_second_look_at_a_recipe_does_not_count() -> None:
    assert [look(recipe) for recipe in (R1, R1, R2)] == [1, 1, 2]
    assert ledger.n_looks("d2") == 0


def test_a_recipe_seen_on_one_page_and_trained_on_another_counts_once() -> None:
    wider = R1.change(hidden=R1.network.hidden + 1)
    assert look(R1) == 1
    assert look(R1, network=True) == 1
    assert look(wider) == 1  # the same words and cells
    assert look(wider, network=True) == 2
    assert look(R2, network=True) == 3
    assert look(R2) == 3


def test_an_opening_is_found_only_under_its_own_identity() -> None:
    recorded = open_test()
    assert ledger.find_opening("d1", "r1", 1, "w1") == recorded
    assert ledger.find_opening("d1", "r1", 1, "w2") is None


def test_simultaneous_requests_record_one_opening() -> None:
    together = threading.Barrier(8)

    def request(i: int) -> ledger.Opening:
        together.wait()
        return open_test(accuracy=i / 10)

    with ThreadPoolExecutor(8) as pool:
        assert len({opening.result["accuracy"] for opening in pool.map(request, range(8))}) == 1
    assert len(ledger.openings()) == 1


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What is sent to the database from now on."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(" ".join(statement.split()[:3]))

    engine = database.engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_look_is_one_write_and_later_ones_at_the_same_recipe_are_none(statements: list[str]) -> None:
    for _ in range(3):
        ledger.record_look("d1", R1)
    assert statements == ["INSERT INTO looks"]
    ledger.record_look("d1", R1, network=True)
    ledger.record_look("d2", R1)
    with acting(Person("ann")):
        ledger.record_look("d1", R1)
    assert statements == ["INSERT INTO looks"] * 4


def test_a_look_that_could_not_be_recorded_is_recorded_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(DatabaseError):
        patched.setattr(database, "insert_once", raising)
        ledger.record_look("d1", R1)
    assert look(R1) == 1


def raising(*_: Any, **__: Any) -> bool:
    raise DatabaseError("The runs database is locked.")


def test_a_database_that_is_put_in_the_place_of_another_gets_the_look_too(home: Path, tmp_path: Path) -> None:
    if database.engine().dialect.name != "sqlite":
        pytest.skip("a server has no file to replace")
    with closing(sqlite3.connect(home / "runs.sqlite")) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        source.backup(copy)
    assert look(R1) == 1
    database.engine().dispose()
    (tmp_path / "copy").replace(home / "runs.sqlite")
    assert ledger.n_looks("d1") == 0
    assert look(R1) == 1
