"""Pages while the disk is full, read-only or gone, for real: a sentence, the rest, and all of it afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment import on_disk
from bowcore.experiment.memo import process_memo
from bowcore.store import artefacts, database
from bowcore.store.ledger import n_looks
from tests.disks import fill, mount, unmount
from tests.pages.opening import PAGES, assert_in_shell, open_page, visit
from tests.pages.plain import RECOMMENDED
from ui.answers import corpus_digest

RECIPE = RECOMMENDED.change(training_articles=200)
Disk = Callable[[str], Path]

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOWLAB_DATA", "BOWLAB_ARTEFACTS", "BOWLAB_RUNS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 1000)  # BBC News is kept as larger corpora are
    process_memo().clear()


@pytest.fixture
def home(small_disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on a disk of 30 MB."""
    folder = small_disk("30m") / "home"
    monkeypatch.setenv("BOWLAB_HOME", str(folder))
    return folder


def sentences(app: AppTest) -> list[str]:
    return [str(error.value).replace("\\", "") for error in app.error]


def change(app: AppTest, n: int) -> None:
    """Another recipe, whose look is not recorded yet."""
    app.session_state["recipe"] = app.session_state["recipe"].change(training_articles=n)


@pytest.mark.parametrize(
    "pages", [("data.py", "training.py"), pytest.param(tuple(PAGES), marks=pytest.mark.slow)], ids=["two", "all"]
)
def test_every_page_is_drawn_on_a_full_disk(pages: tuple[str, ...], home: Path) -> None:
    app = open_page("playground.py", RECIPE)
    assert sentences(app) == []
    filler = fill(home.parent)
    for n, page in enumerate(pages):
        change(app, 100 + n)
        visit(app, page)
        assert_in_shell(app)
        assert len(sentences(app)) <= 1
    assert "cannot be written" in sentences(app)[0] and "Free some space" in sentences(app)[0]
    digest = corpus_digest(app.session_state["recipe"])
    filler.unlink()
    app.run()
    assert sentences(app) == []
    assert n_looks(digest) >= 2


@pytest.mark.parametrize("fault", ["read-only", "deleted", pytest.param("moved away", marks=pytest.mark.slow)])
def test_a_home_that_is_read_only_or_gone_is_told_and_found_again(fault: str, home: Path, tmp_path: Path) -> None:
    app = open_page("playground.py", RECIPE)
    shown = [str(metric.value) for metric in app.metric]
    copy = tmp_path / "copy"
    if fault == "read-only":
        database.engine().dispose()  # a disk with files that are open for writing refuses
        mount("-o", "remount,ro", home.parent)
    elif fault == "deleted":
        database.engine().dispose()  # its file is whole only when the log was copied into it
        shutil.copytree(home, copy)
        shutil.rmtree(home)
    else:
        home.rename(home.parent / "away")
    for n, page in enumerate(("training.py", "playground.py")):
        change(app, 100 + n)
        visit(app, page)
        assert_in_shell(app)
        (told,) = sentences(app)
        assert {"read-only": "cannot be written"}.get(fault, "was deleted or replaced") in told
    assert home.exists() == (fault == "read-only")
    if fault == "read-only":
        mount("-o", "remount,rw", home.parent)
    elif fault == "deleted":
        shutil.copytree(copy, home)
    else:
        (home.parent / "away").rename(home)
    change(app, 200)
    app.run()
    assert sentences(app) == []
    assert [str(metric.value) for metric in app.metric] == shown


def test_an_empty_folder_in_place_of_the_deleted_home_is_not_taken_for_it(home: Path) -> None:
    app = open_page("playground.py", RECIPE)
    shutil.rmtree(home)
    home.mkdir()
    (home / ".name").write_text("another one")
    app.run()
    assert_in_shell(app)
    (told,) = sentences(app)
    assert "was deleted or replaced" in told
    assert {path.name for path in home.iterdir()} == {".name"}


@pytest.mark.slow
def test_artefacts_on_a_disk_that_is_pulled_out_are_made_again_or_found_again(
    small_disk: Disk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BOWLAB_DISK_GB", "1")
    disk, plug = small_disk("60m"), tmp_path / "plug"
    plug.mkdir()
    mount("--bind", disk, plug)
    request.addfinalizer(lambda: unmount(plug))
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(plug))
    app = open_page("playground.py", RECIPE.change(split_seed=77))  # another test's texts may still be in memory
    kept = {item.key for item in artefacts.kept()}
    shown = [str(metric.value) for metric in app.metric]
    assert any(key.startswith("reading-") for key in kept)
    unmount(plug)
    process_memo().clear()
    for page in ("words.py", "playground.py"):
        visit(app, page)
        assert_in_shell(app)
    assert [str(metric.value) for metric in app.metric] == shown
    assert list(plug.iterdir()) == [], "nothing is written to the disk below"
    mount("--bind", disk, plug)
    app.run()
    assert sentences(app) == []
    assert kept <= {item.key for item in artefacts.kept()}
