import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bowcore.errors import OutputError
from bowcore.store import home as homes
from bowcore.store.work_folders import working_in


def test_everything_stored_is_in_the_home_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_RUNS_URL", raising=False)
    assert homes.home_folder() == home
    assert homes.artefacts_folder() == home / "artefacts"
    assert homes.runs_url() == f"sqlite:///{home / 'runs.sqlite'}"
    assert home in homes.logs_folder().parents
    assert home in homes.locks_folder().parents


def test_the_environment_is_read_at_every_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes.home_folder()
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "later"))
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(tmp_path / "bulk"))
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path / "data"))
    assert homes.home_folder() == tmp_path / "later"
    assert homes.artefacts_folder() == tmp_path / "bulk"
    assert homes.data_folder() == tmp_path / "data"


def test_sentences_for_guests_name_no_folder_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(tmp_path / "home" / "bulk"))
    monkeypatch.setenv("BOWLAB_DATA", "~/t")
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path}/elsewhere/runs.sqlite")
    said = homes.without_folders(
        f"The disk of {tmp_path}/home/bulk has 3 MB free; {tmp_path}/home/runs.sqlite is locked, and so is "
        f"{Path.home()}/t/ag_news. {tmp_path}/homework is nobody's, and a/b no folder; {tmp_path}/elsewhere is one."
    )
    assert said == (
        "The disk of the server's folder has 3 MB free; the server's folder/runs.sqlite is locked, and so is "
        f"the server's folder/ag_news. {tmp_path}/homework is nobody's, and a/b no folder; the server's folder is one."
    )


@pytest.mark.faults
def test_the_name_of_a_home_that_a_power_cut_left_empty_is_drawn_again(home: Path) -> None:
    code = "from bowcore.store import home, locks; print(home._used_before(home.home_folder(), '').name, locks.place())"
    for file in (home / ".name", homes.locks_folder() / "place"):
        file.write_bytes(b"")
    names = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-1]
        for _ in range(2)
    ]
    assert names[0] == names[1] and len(names[0]) == 16
    assert len((home / ".name").read_text()) == 32
    assert {path.name for path in home.glob(".name*")} == {".name"}


def test_without_a_home_the_platforms_data_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_HOME")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name, appauthor: str(tmp_path / name))
    assert homes.home_folder() == tmp_path / "bowlab"


def test_without_a_data_folder_there_is_none() -> None:
    assert homes.data_folder() is None


@pytest.mark.parametrize("variable", ["BOWLAB_HOME", "BOWLAB_ARTEFACTS"])
def test_a_folder_that_cannot_be_made_is_named_with_its_variable(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(variable, str(tmp_path / "file" / "folder"))
    with pytest.raises(OutputError, match=rf"cannot be created \(Not a directory\); set {variable}"):
        homes.artefacts_folder()


def test_a_folder_that_cannot_be_written_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # the superuser may write everywhere
    with pytest.raises(OutputError, match="cannot be written to; set BOWLAB_HOME"):
        homes.home_folder()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no rights for groups and others")
def test_folders_that_are_made_are_their_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "made"))
    before = os.umask(0o022)
    try:
        made = [homes.home_folder(), homes.artefacts_folder(), homes.logs_folder(), homes.locks_folder()]
        for folder in (homes.training_folder("key"), homes.home_folder() / "downloads" / "key"):
            with working_in(folder, "ag-news"):
                made += [folder.parent, folder]
    finally:
        os.umask(before)
    assert {folder.stat().st_mode & 0o777 for folder in made} == {0o700}


def test_a_large_file_is_synced_as_it_grows_and_holds_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(homes, "PORTION", 1_000)
    monkeypatch.setattr(homes, "_sync_data", lambda opened: synced.append(os.fstat(opened).st_size))
    table = np.arange(700, dtype=np.float32).reshape(70, 10)
    with homes.replacing(tmp_path / "large", "Free some space.") as file:
        assert file.write(b"head") == 4
        assert file.write(table.data) == table.nbytes
        assert file.write(np.empty((0, 3)).data) == 0
        assert file.write(b"x" * 300) == 300
    assert synced == [1_000 + 4, 2_004, 3_104] and all(b > a for a, b in pairwise(synced))
    assert (tmp_path / "large").read_bytes() == b"head" + table.tobytes() + b"x" * 300
    with homes.replacing(tmp_path / "arrays.npz", "Free some space.") as file:
        np.savez(file, table=table)
    with np.load(tmp_path / "arrays.npz") as read:
        assert np.array_equal(read["table"], table)
