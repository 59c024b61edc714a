"""What guests may download: named by the owner's setting, or freed by the teacher."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bowcore.errors import CorpusError
from bowcore.people import Person, acting
from bowcore.store.freed_downloads import MOST, free, freed, may_download

GUEST = Person("0123456789abcdef")
CASES = [
    ((), "ag-news", False),
    (("ag-news",), "ag-news", True),
    ((" hub:a/b ", "ag-news"), "hub:a/b", True),
    (("hub:a/b",), "hub:a/b?body=text", True),
    (("hub:a/b",), "hub:a/bc", False),
    (("hub:a/*",), "hub:a/bc", True),
    (("hub:a/*",), "hub:b/a", False),
]


@pytest.mark.parametrize(("names", "name", "allowed"), [*CASES, (("",), "", False)])
def test_a_guest_downloads_what_the_owner_names(
    names: tuple[str, ...], name: str, *, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_GUEST_DOWNLOADS", ",".join(names))
    with acting(GUEST):
        assert may_download(name) is allowed
    assert may_download(name)


@pytest.mark.parametrize(("names", "name", "allowed"), CASES)
def test_a_guest_downloads_what_the_teacher_frees(names: tuple[str, ...], name: str, *, allowed: bool) -> None:
    free(names)
    with acting(GUEST):
        assert may_download(name) is allowed
        free(())
        assert not may_download(name)


def test_what_is_freed_is_kept_in_the_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(("hub:a/b?body=text", "ag-news", "hub:a/b"))
    assert freed() == ("hub:a/b", "ag-news")
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    free(())
    monkeypatch.setenv("BOWLAB_HOME", str(moved))
    assert freed() == ("hub:a/b", "ag-news")


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"\xff", b'["hub:a/b", 7, "../x"]'])
def test_a_damaged_file_frees_nothing_by_mistake(content: bytes, home: Path) -> None:
    free(("ag-news",))
    (file,) = home.glob("guest-downloads.json")
    file.write_bytes(content)
    assert set(freed()) <= {"hub:a/b"}


@pytest.mark.parametrize("name", ["", "../x", "hub:", "hub:a/b/c", "a b", "hub:a/\nb", "ä"])
def test_what_names_no_data_set_is_refused_and_nothing_changes(name: str) -> None:
    free(("ag-news",))
    with pytest.raises(CorpusError, match="names no data set; write hub:owner/name"):
        free(("hub:a/b", name))
    with pytest.raises(CorpusError, match=f"{MOST} can be"):
        free([f"hub:a/{number}" for number in range(MOST + 1)])
    assert freed() == ("ag-news",)
