import errno
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bowcore.errors import OutputError
from bowcore.store import artefacts


def writer(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "inner").mkdir()
        (folder / "inner" / "text.txt").write_text(text)

    return write


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_stored_folder_is_found_with_its_files(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    assert place == home / "artefacts" / "counts-1" == artefacts.find("counts-1")
    assert everything(place.parent) == ["counts-1", "counts-1/inner", "counts-1/inner/text.txt"]
    assert [(one.key, one.n_bytes) for one in artefacts.kept()] == [("counts-1", 3)]


def test_a_writer_that_raises_leaves_nothing(home: Path) -> None:
    def write(folder: Path) -> None:
        writer("half")(folder)
        raise KeyError("out of order")

    with pytest.raises(KeyError):
        artefacts.store("counts-1", write)
    assert everything(home / "artefacts") == []
    assert artefacts.find("counts-1") is None


def test_nothing_is_found_while_it_is_being_written(home: Path) -> None:
    def write(folder: Path) -> None:
        writer("half")(folder)
        assert artefacts.find("counts-1") is None
        assert not (home / "artefacts" / "counts-1").exists()

    artefacts.store("counts-1", write)


def test_a_folder_without_its_row_is_not_found_until_it_is_stored_again(home: Path) -> None:
    writer_place = home / "artefacts" / "counts-1"
    artefacts.store("counts-1", writer("first"))
    artefacts.remove("counts-1")
    writer_place.mkdir()
    writer("complete")(writer_place)
    assert artefacts.find("counts-1") is None
    artefacts.store("counts-1", writer("complete"))
    assert artefacts.find("counts-1") == writer_place


def test_a_row_without_its_folder_is_not_found(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    place.rename(home / "elsewhere")
    assert artefacts.find("counts-1") is None
    assert artefacts.kept() == ()
    artefacts.store("counts-1", writer("again"))
    assert artefacts.find("counts-1") == place


def test_two_writers_of_one_key_leave_one_complete_folder(home: Path) -> None:
    together = threading.Barrier(4)

    def write(folder: Path) -> None:
        writer("same")(folder)
        together.wait()

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(lambda _: artefacts.store("counts-1", write), range(4)))
    assert places == {home / "artefacts" / "counts-1"}
    assert everything(home / "artefacts") == ["counts-1", "counts-1/inner", "counts-1/inner/text.txt"]


def test_a_full_disk_is_reported_with_a_remedy(home: Path) -> None:
    def write(folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"No space left on device; [\d,]+ bytes free.* set BOWLAB_ARTEFACTS"):
        artefacts.store("counts-1", write)
    assert everything(home / "artefacts") == []


@pytest.mark.parametrize("key", ["", "..", "../up", "a/b", "a\\b", ".partial-1", "a" * 201, "a\n", "é"])
def test_a_key_that_is_no_safe_file_name_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="safe file name"):
        artefacts.store(key, writer("abc"))
    with pytest.raises(ValueError, match="safe file name"):
        artefacts.find(key)


def test_finding_records_the_use_and_the_least_recently_used_is_listed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("bowcore.store.artefacts.time.time", lambda: now[0])
    artefacts.store("first", writer("abc"))
    now[0] += 100
    artefacts.store("second", writer("abc"))
    now[0] += 100
    artefacts.find("first")
    assert [(one.key, one.created, one.used) for one in artefacts.kept()] == [
        ("second", 1100.0, 1100.0),
        ("first", 1000.0, 1200.0),
    ]


def test_a_removed_artefact_is_gone_with_its_files(home: Path) -> None:
    artefacts.store("counts-1", writer("abc"))
    artefacts.remove("counts-1")
    assert artefacts.find("counts-1") is None
    assert everything(home / "artefacts") == []
    artefacts.remove("counts-1")


def test_folders_of_dead_writers_are_swept_and_those_of_living_ones_stay(home: Path) -> None:
    place = artefacts.store("whole", lambda folder: None).parent
    old, new = place / ".partial-old", place / ".partial-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "half").write_text("x", encoding="utf-8")
    long_ago = time.time() - 8 * 86_400
    os.utime(old, (long_ago, long_ago))
    assert artefacts.sweep() == 1
    assert sorted(folder.name for folder in place.iterdir()) == [".partial-new", "whole"]
    assert artefacts.sweep() == 0
