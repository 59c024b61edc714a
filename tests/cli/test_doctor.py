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
from bowcore.store import artefacts
from bowcore.store.locks import worker_lock

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def examined(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    status = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    checks = {check["name"]: check for check in report["checks"]}
    assert status == (0 if report["ok"] else 1)
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


def test_damaged_artefacts_are_found_by_their_contents_and_deleted_on_request(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("network-0123456789abcdef-2", "probe-0123456789abcdef"):
        artefacts.store(key, lambda folder: (folder / "weights").write_bytes(b"0123456789"))
    (home / "artefacts" / "network-0123456789abcdef-2" / "weights").write_bytes(b"0123456780")
    found = examined(capsys)["contents of artefacts"]
    assert not found["ok"] and "1 of 2 artefacts damaged: network-0123456789abcdef-2: weights has oth" in found["found"]
    assert main(["doctor", "--json", "--repair"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["repair"]["found"] == "1 damaged artefact deleted"
    assert checks["contents of artefacts"]["found"] == "1 artefact, all as they were written"
    assert [item.key for item in artefacts.kept()] == ["probe-0123456789abcdef"]


def test_folders_that_others_may_read_are_named_and_made_private(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    home.chmod(0o755)
    assert not examined(capsys)["rights"]["ok"]
    assert main(["doctor", "--repair"]) == 0
    assert home.stat().st_mode & 0o777 == 0o700
    capsys.readouterr()
    assert examined(capsys)["rights"]["ok"]


def test_a_quota_that_is_used_up_and_pages_of_the_database_that_are_damaged_are_said(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = examined(capsys)
    assert checks["contents of the database"]["found"] == "whole"
    assert "schema" in checks["runs database"]["found"] and "for small things only" in checks["disk"]["found"]
    monkeypatch.setenv("BOWLAB_DISK_GB", "0.000001")
    quota = examined(capsys)["quota"]
    assert not quota["ok"] and "bowcore kept" in quota["remedy"]
