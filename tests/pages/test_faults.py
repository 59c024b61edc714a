"""Pages while the database or the disk fails for real: a sentence, what needs neither, and all of it afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from bowcore.store import database
from bowcore.store.ledger import n_looks
from tests.pages.opening import PAGES, assert_in_shell, open_page, visit
from tests.pages.plain import RECOMMENDED
from ui.answers import corpus_digest
from ui.preprocessing import panels
from ui.words import views

RECIPE = RECOMMENDED.change(training_articles=200)

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    return bowlab_home


def sentences(app: AppTest) -> list[str]:
    return [str(error.value).replace("\\", "") for error in app.error]


def app_digest(app: AppTest) -> str:
    return corpus_digest(app.session_state["recipe"])


def change(app: AppTest) -> None:
    """Another recipe, whose look is not recorded yet."""
    app.session_state["recipe"] = app.session_state["recipe"].change(training_articles=100)


def test_every_page_is_drawn_while_another_program_locks_the_database(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 100)
    app = open_page("playground.py", RECIPE)
    assert sentences(app) == []
    with closing(sqlite3.connect(home / "runs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for page in PAGES:
            change(app)
            visit(app, page)
            assert_in_shell(app)
            (told,) = sentences(app)
            assert "is locked by another process" in told
    before = n_looks(app_digest(app))
    app.run()
    assert sentences(app) == []
    assert_in_shell(app)
    assert n_looks(app_digest(app)) == before + 1  # recorded late


@pytest.mark.parametrize("fault", ["damaged", "deleted"])
def test_a_page_without_a_database_shows_what_needs_none(fault: str, home: Path, tmp_path: Path) -> None:
    app = open_page("playground.py", RECIPE)
    file, copy = home / "runs.sqlite", tmp_path / "copy"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine().dispose()
    if fault == "deleted":
        file.unlink()
    else:
        with file.open("r+b") as holes:
            holes.seek(100)
            holes.write(b"\xff" * (file.stat().st_size - 100))
    for page in ("data.py", "training.py"):
        change(app)
        visit(app, page)
        assert_in_shell(app)
        (told,) = sentences(app)
        assert {"damaged": "is damaged", "deleted": "was deleted or moved"}[fault] in told
    for name in home.glob("runs.sqlite*"):
        name.unlink()
    shutil.move(copy, file)
    change(app)
    app.run()
    assert sentences(app) == []
    assert_in_shell(app)


def test_every_page_is_drawn_on_the_database_of_a_newer_version(home: Path) -> None:
    assert sentences(open_page("playground.py", RECIPE)) == []
    with database.writing() as connection:
        known = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9000'"))
    database._forget(database.runs_url())  # another start of the program
    app = open_page("playground.py", RECIPE)
    for page in PAGES:
        change(app)
        visit(app, page)
        assert_in_shell(app)
        (told,) = sentences(app)
        assert "newer version" in told and "start that version, or set BOWLAB_HOME" in told
    with closing(sqlite3.connect(home / "runs.sqlite")) as file, file:
        file.execute("UPDATE alembic_version SET version_num = ?", (known,))
    app.run()
    assert sentences(app) == []


FEW: tuple[tuple[str, dict[str, str]], ...] = (
    ("playground.py", {}),
    ("words.py", {"words_view": "Zipf's law"}),
    ("confusion.py", {}),
    ("training.py", {"training_view": "Curves"}),
    ("preprocessing.py", {"preprocessing_view": "Words", "preprocessing_panel": "What each step did"}),
)
ALL = (
    *FEW,
    *(("words.py", {"words_view": view}) for view in views.VIEWS),
    *(("preprocessing.py", {"preprocessing_view": "Words", "preprocessing_panel": panel}) for panel in panels.WORDS),
    *(
        ("preprocessing.py", {"preprocessing_view": "Matrix", "matrix_panel": panel})
        for panel in panels.MATRIX
        if panel != "LSA and PCA"  # all of it is a job's
    ),
    ("data.py", {"data_view": "Overview"}),
    ("data.py", {"data_view": "Articles"}),
)
FIGURES = ("vega_lite_chart", "dataframe", "html", "metric", "number_input", "selectbox")
"""Elements that hold what a page computes or asks for."""


@pytest.mark.parametrize("chosen", [FEW, pytest.param(ALL, marks=pytest.mark.slow)], ids=["few", "all"])
def test_what_needs_no_database_goes_on(chosen: tuple[tuple[str, dict[str, str]], ...], home: Path) -> None:
    away = home.with_name("away")
    n_figures = 0
    for page, state in chosen:
        app = open_page(page, RECIPE, **state)
        shown = figures(app)
        home.rename(away)  # nothing can be read either
        try:
            change(app)
            app.run()
        finally:
            away.rename(home)
        assert_in_shell(app)
        (told,) = sentences(app)
        assert "was deleted or replaced" in told
        assert figures(app) == shown, (page, state)
        n_figures += shown.total()
    assert n_figures > 3 * len(chosen)


@pytest.mark.parametrize("page", ["playground.py", "confusion.py"])
def test_a_network_that_cannot_be_looked_up_is_not_called_untrained(page: str, home: Path) -> None:
    app = open_page(page, RECIPE, judge="network")
    said = "\n".join(str(caption.value) for caption in app.caption)
    assert "The network has not been trained with this recipe" in said
    home.rename(away := home.with_name("away"))
    try:
        app.run()
    finally:
        away.rename(home)
    assert_in_shell(app)
    said = "\n".join(str(caption.value) for caption in app.caption)
    assert "What the chosen model says is not known while the database or the disk fails" in said
    assert "not been trained" not in said and "Train it" not in said


def figures(app: AppTest) -> Counter[str]:
    return Counter(element.type for element in app.main if element.type in FIGURES)
