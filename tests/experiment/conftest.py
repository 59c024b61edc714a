"""Every test here has its own home and runs database, and processes that end with it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bowcore.store import keys
from tests.own_home import eventually, handlers, home, start, start_worker  # noqa: F401 - fixtures


@pytest.fixture
def change_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let keys see a package in which this module has another line."""

    def change(module: str) -> None:
        package = tmp_path / "bowcore"
        shutil.copytree(keys._PACKAGE, package)
        with (package / module).open("a", encoding="utf-8") as file:
            file.write("# another line\n")
        monkeypatch.setattr(keys, "_PACKAGE", package)
        keys._code_digest.cache_clear()

    yield change
    keys._code_digest.cache_clear()
