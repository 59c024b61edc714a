"""What an installation has and lacks, and how to get it."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from bowcore.cli import doctor
from bowcore.cli.main import main
from bowcore.store.locks import worker_lock

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def examined(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    checks = {check["name"]: check for check in report["checks"]}
    assert report["ok"] == all(check["ok"] for check in checks.values())
    return checks


def test_this_installation_is_well_and_says_where_things_are(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = examined(capsys)
    assert all(check["ok"] for check in checks.values()), checks
    assert str(home) in checks["folder of everything kept"]["found"]
    assert checks["runs database"]["found"].startswith("sqlite, answers")
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("Nothing is missing.\n") and len(printed.splitlines()) >= len(checks) + 2


def test_other_versions_and_missing_libraries_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "requirements.txt"
    listed.write_text("# libraries\npandas==0.1\nno-such-library==2\nnumpy[all]==3  # why\n", encoding="utf-8")
    monkeypatch.setattr(doctor, "REQUIREMENTS", listed)
    found = examined(capsys)["libraries"]
    assert not found["ok"] and "no-such-library is missing" in found["found"]
    assert "in place of 0.1" in found["found"] and found["remedy"] == "pip install -r requirements.txt"


def test_a_full_disk_a_damaged_database_and_a_folder_that_is_a_file_say_what_to_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, 5 * 10**8))
    assert examined(capsys)["disk"]["remedy"] == "Free 1.5\N{NO-BREAK SPACE}GB, or set BOWLAB_HOME to another disk."
    monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'damaged.sqlite'}")
    (tmp_path / "damaged.sqlite").write_bytes(b"this is no database, but a text that is long enough" * 40)
    database = examined(capsys)["runs database"]
    assert not database["ok"] and "damaged.sqlite" in database["remedy"]
    (tmp_path / "file").touch()
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "file"))
    folder = examined(capsys)["folder of everything kept"]
    assert not folder["ok"] and "BOWLAB_HOME" in folder["remedy"]


def test_a_lane_without_its_worker_is_named_while_others_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with worker_lock("quick"):
        workers = examined(capsys)["workers"]
    assert not workers["ok"] and workers["found"] == "running: quick"
    assert "long, download" in workers["remedy"]
