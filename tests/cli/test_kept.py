"""What is kept on disk, listed and deleted by a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bowcore.cli.main import main
from bowcore.numbers import size
from bowcore.store import artefacts, database, disk, own_files
from bowcore.store.home import home_folder
from bowcore.store.work_folders import working_in

NETWORK, PROBE, DOWNLOAD = "network-0123456789abcdef-2", "probe-0123456789abcdef", "corpus-0123456789abcdef"


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One of each, of two corpora."""
    monkeypatch.delenv("BOWLAB_ARTEFACTS", raising=False)
    own = own_files.keep_file("essays.csv", b"text,label\na,b\n")
    for key, of in ((NETWORK, "bbc-news"), (PROBE, f"{own}?label=label"), (DOWNLOAD, "hub:a/b")):
        artefacts.store(key, lambda folder: (folder / "file").write_bytes(b"x" * 10_000), of)
    with working_in(home_folder() / "training" / "0123456789abcdef", "bbc-news"):
        pass
    return bowlab_home


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["kept", "--json", *arguments]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def kinds(report: dict[str, Any]) -> set[str]:
    return {item["kind"] for item in report["kept"]}


def test_each_thing_is_listed_with_kind_corpus_size_and_last_use(capsys: pytest.CaptureFixture[str]) -> None:
    report = listed(capsys)
    items = {item["kind"]: item for item in report["kept"]}
    assert kinds(report) == {"network", "probe", "corpus", "training", "own"}
    assert (items["network"]["of"], items["network"]["what"]) == ("bbc-news", "a trained network")
    assert items["corpus"]["what"] == "a download" and items["probe"]["of"].startswith("essays.csv")
    assert "own:" not in json.dumps(report), "the secret name of a reader's file"
    assert items["network"]["n_bytes"] == disk.bytes_on_disk(artefacts.artefacts_folder() / NETWORK) >= 10_000
    assert (report["used"], report["quota"]) == (disk.used(), disk.quota())


def test_one_line_tells_of_all_that_recipes_learned(capsys: pytest.CaptureFixture[str]) -> None:
    learned = [f"learned-{n:016x}" for n in range(30)]
    for n, key in enumerate(learned):
        artefacts.store(
            key, lambda folder: (folder / "file").write_bytes(b"x" * 10_000), "ag-news" if n else "bbc-news"
        )
    assert main(["kept"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "of the kind learned" in line]
    (line,) = lines
    n_bytes = sum(disk.bytes_on_disk(artefacts.artefacts_folder() / key) for key in learned)
    assert (
        "30 of the kind learned" in line and "ag-news, bbc-news" in line and size(n_bytes).replace("\xa0", " ") in line
    )
    assert len(listed(capsys)["kept"]) == 35
    assert len(listed(capsys, "--all-of", "learned")["deleted"]) == 30


def test_a_key_or_a_kind_is_deleted_and_the_sentence_says_what_went(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kept", "--delete", "network-01"]) == 0
    assert "1 thing deleted" in (said := capsys.readouterr().out) and "1 × a trained network" in said
    assert not (home / "artefacts" / NETWORK).exists()
    report = listed(capsys, "--all-of", "training")
    assert [item["key"] for item in report["deleted"]] == ["training/0123456789abcdef"]
    assert kinds(report) == {"probe", "corpus", "own"}
    report = listed(capsys, "--all-of", "own")
    assert kinds(report) == {"corpus"}, "what was computed from a file goes with it"


@pytest.mark.parametrize("arguments", [("--delete", "nothing"), ("--delete", ""), ("--all-of", "furniture")])
def test_an_unknown_key_or_kind_deletes_nothing(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kept", *arguments]) == 2
    assert "kept" in capsys.readouterr().err
    assert len(listed(capsys)["kept"]) == 5


def test_a_training_that_a_process_works_in_is_not_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    folder = home_folder() / "training" / "0123456789abcdef"
    with working_in(folder, "bbc-news"):
        assert main(["kept", "--delete", "training/"]) == 2
        assert "a process uses it" in capsys.readouterr().err
    assert folder.is_dir()


def test_what_is_kept_is_listed_and_checked_without_a_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database.engine().dispose()
    for path in home.glob("runs.sqlite*"):
        path.unlink()
    (home / "runs.sqlite").write_bytes(b"x" * 4096)
    assert {"network", "probe", "corpus", "training", "own"} == kinds(listed(capsys))
    (home / "artefacts" / NETWORK / "file").write_bytes(b"y" * 10_000)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert f"{NETWORK}: file has other contents" in said
    assert said.count("file is not a database") == 1
