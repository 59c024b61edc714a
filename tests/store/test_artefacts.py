import errno
import hashlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bowcore.errors import DatabaseError, OutputError
from bowcore.store import artefacts
from bowcore.store.home import artefacts_folder

STORED = ["counts-1", "counts-1/inner", "counts-1/inner/text.txt", "counts-1/manifest.json"]


def writer(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "inner").mkdir()
        (folder / "inner" / "text.txt").write_text(text)

    return write


def everything(folder: Path) -> list[str]:
    """All paths but the lock that every change of the folder takes."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != ".lock")


def test_a_stored_folder_is_found_with_its_files(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    assert place == home / "artefacts" / "counts-1" == artefacts.find("counts-1")
    assert everything(place.parent) == STORED
    assert [one.key for one in artefacts.kept()] == ["counts-1"]


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


def test_a_folder_without_its_row_is_replaced_by_the_one_that_is_made(home: Path) -> None:
    place = home / "artefacts" / "counts-1"
    artefacts.store("counts-1", writer("first"))
    artefacts.remove("counts-1")
    place.mkdir()
    writer("")(place)  # a power cut after the rename
    assert artefacts.find("counts-1") is None
    artefacts.store("counts-1", writer("complete"))
    assert artefacts.reading("counts-1", text_of) == "complete"
    assert artefacts.sweep() == 0
    assert everything(home / "artefacts") == STORED


def test_storing_while_the_database_takes_nothing_leaves_one_folder_at_most(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise DatabaseError("The database is locked.")

    with monkeypatch.context() as locked:
        locked.setattr(artefacts, "_enter", refused)
        for _ in range(3):
            with pytest.raises(DatabaseError):
                artefacts.store("counts-1", writer("complete"))
    folders = [path for path in (home / "artefacts").iterdir() if path.is_dir()]
    assert [path.name for path in folders] == ["counts-1"]
    assert artefacts.find("counts-1") is None
    artefacts.store("counts-1", writer("complete"))
    assert artefacts.reading("counts-1", text_of) == "complete" and artefacts.sweep() == 0


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
    assert everything(home / "artefacts") == STORED


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


def text_of(folder: Path) -> str:
    return (folder / "inner" / "text.txt").read_text()


def test_files_and_folders_are_synced_before_the_rename_and_the_folder_above_after_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefacts_folder()  # which draws and syncs the name of a new home
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def renamed(path: Path, to: Path) -> Path:
        done.append(f"rename {to.name}")
        return rename(path, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    artefacts.store("counts-1", writer("abc"))
    at = done.index("rename counts-1")
    assert done[:2] == ["sync text.txt", "sync manifest.json"]
    assert done[2] == "sync inner" and done[3].startswith("sync .partial-") and at > 3
    assert done[at + 1 :] == ["sync artefacts"]


def test_sizes_and_digests_are_those_of_an_independent_reading(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"), "own:x/essays.csv")
    written = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert written == {
        "of": "own:x/essays.csv",
        "files": {"inner/text.txt": [3, hashlib.sha256(b"abc").hexdigest()[:32]]},
    }
    assert {path.stat().st_mode & 0o777 for path in place.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (place, place / "inner", place.parent)} == {0o700}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda folder: (folder / "inner" / "text.txt").write_bytes(b""),
    "cut": lambda folder: (folder / "inner" / "text.txt").write_bytes(b"a"),
    "gone": lambda folder: (folder / "inner" / "text.txt").unlink(),
    "flipped bit": lambda folder: flip(folder / "inner" / "text.txt"),
    "empty manifest": lambda folder: (folder / "manifest.json").write_bytes(b""),
    "all empty": lambda folder: [path.write_bytes(b"") for path in folder.rglob("*.*")],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_artefact_is_removed_when_a_process_first_opens_it(home: Path, damage: str) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    artefacts._compared.clear()  # as in another process
    DAMAGES[damage](place)
    assert artefacts.reading("counts-1", lambda folder: pytest.fail("read")) is None
    assert everything(home / "artefacts") == []
    artefacts.store("counts-1", writer("abc"))
    assert artefacts.reading("counts-1", text_of) == "abc"


def test_a_size_that_changes_while_the_process_runs_is_noticed(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    assert artefacts.reading("counts-1", text_of) == "abc"
    (place / "inner" / "text.txt").write_text("ab")
    assert artefacts.find("counts-1") is None


def test_an_artefact_that_is_deleted_while_it_is_read_is_absent(home: Path) -> None:
    artefacts.store("counts-1", writer("abc"))

    def read(folder: Path) -> str:
        artefacts.remove("counts-1")
        return text_of(folder)

    assert artefacts.reading("counts-1", read) is None
    artefacts.store("counts-1", writer("abc"))
    assert artefacts.reading("counts-1", text_of) == "abc"


def test_a_reader_that_fails_does_not_remove_the_artefact_that_was_made_meanwhile(home: Path) -> None:
    artefacts.store("counts-1", writer("abc"))

    def read(folder: Path) -> str:
        artefacts.remove("counts-1")
        artefacts.store("counts-1", writer("new"))
        raise ValueError("half of one and half of the other")

    assert artefacts.reading("counts-1", read) is None
    assert artefacts.reading("counts-1", text_of) == "new"


def test_an_error_of_something_else_leaves_the_artefact(home: Path) -> None:
    artefacts.store("counts-1", writer("abc"))

    def read(folder: Path) -> str:
        raise OSError(errno.EMFILE, "Too many open files")

    with pytest.raises(OSError, match="Too many open files"):
        artefacts.reading("counts-1", read)
    assert artefacts.reading("counts-1", text_of) == "abc"


def test_an_artefact_of_an_earlier_version_has_no_manifest_and_is_read(home: Path) -> None:
    place = artefacts.store("counts-1", writer("abc"))
    (place / "manifest.json").unlink()
    assert artefacts.reading("counts-1", text_of) == "abc"
    (place / "inner" / "text.txt").unlink()
    assert artefacts.reading("counts-1", text_of) is None


WRITES = """
import time
from pathlib import Path
from bowcore.store import artefacts

def write(folder):
    (folder / "half").write_text("x")
    print(folder.name, flush=True)
    time.sleep(600)

artefacts.store("endless", write)
"""


def test_a_clock_a_year_ahead_deletes_nothing_that_is_being_written_and_a_killed_writer_leaves_nothing(
    home: Path, start: Callable[[str], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = start(WRITES)
    assert writing.stdout is not None
    name = writing.stdout.readline().strip()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 365 * 86_400)
    assert artefacts.sweep() == 0
    assert (home / "artefacts" / name / "half").is_file()
    writing.send_signal(signal.SIGKILL)
    writing.wait()
    assert artefacts.sweep() == 1
    assert everything(home / "artefacts") == []
