"""Archives to take away."""

from __future__ import annotations

import io
import os
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bowcore.errors import OutputError
from bowcore.store.archive import zip_of

N_BYTES = 40_000_000


def write(folder: Path) -> None:
    (folder / "weights").write_bytes(bytes(N_BYTES))
    (folder / "names").write_text("tea")
    os.utime(folder / "names", (1e9, 1e9))


def test_equal_files_give_equal_archives_and_one_copy_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = zip_of(write, "network")
    tracemalloc.start()
    second = zip_of(lambda folder: (write(folder), os.utime(folder / "names")), "network")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first == second
    assert peak < 1.2 * N_BYTES
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["network/names", "network/weights"]
        assert archive.read("network/names") == b"tea"
        assert len(archive.read("network/weights")) == N_BYTES
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    with pytest.raises(OutputError, match=r"The archive cannot be written to /proc \(.*\)\. Free some space there"):
        zip_of(write, "network")
