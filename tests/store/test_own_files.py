"""Files that readers bring, under names that nobody can guess."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bowcore.corpus.files import inspect_file
from bowcore.corpus.options import Options
from bowcore.corpus.sources import find_source, load_corpus
from bowcore.errors import CorpusError, CorpusMissingError, OutputError
from bowcore.store import artefacts, own_files

TABLE = b"text,label\n" + b"".join(b"tea %d,%s\n" % (i, b"ab"[i % 2 : i % 2 + 1]) for i in range(40))


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def test_a_file_is_kept_as_it_was_brought_and_loads_as_a_corpus(home: Path) -> None:
    name = own_files.keep_file("essays.csv", TABLE)
    assert own_files.path_of(name).read_bytes() == TABLE
    assert own_files.file_name(f"{name}?label=label") == "essays.csv"
    corpus = load_corpus(f"{name}?body=text&label=label")
    assert (corpus.n_documents, corpus.provenance.title) == (40, "essays.csv")
    assert os.name == "nt" or (home / "own").stat().st_mode & 0o077 == 0
    assert os.name == "nt" or own_files.path_of(name).stat().st_mode & 0o777 == 0o600


def test_two_files_of_one_name_are_apart_and_their_names_are_long_and_random() -> None:
    names = {own_files.keep_file("a.csv", TABLE) for _ in range(20)}
    tokens = {name.removeprefix("own:").partition("/")[0] for name in names}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {22}  # 16 random bytes


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\texts\\a.csv", "a.csv"),
        ('a?b=1&c#d%"<e>.csv', "a_b=1_c_d_e_.csv"),
        ("", "texts"),
        ("..", "texts"),
        (f"{'x' * 300}.jsonl", f"{'x' * 75}.jsonl"),
        ("作文.csv", "作文.csv"),
    ],
)
def test_the_name_of_a_file_leads_nowhere_else(brought: str, kept: str) -> None:
    name = own_files.keep_file(brought, TABLE)
    assert own_files.file_name(name) == kept
    assert own_files.path_of(name).name == kept


@pytest.mark.parametrize(
    "name",
    [
        "own:",
        "own:abc/a.csv",
        f"own:{'a' * 22}/../x.csv",
        f"own:{'a' * 22}/..",
        f"own:{'a' * 21}é/a.csv",
        "own:../a.csv",
    ],
)
def test_what_is_no_such_name_is_refused(name: str) -> None:
    with pytest.raises(CorpusError, match="is not a file that was brought here"):
        own_files.path_of(name)


def test_a_file_that_is_not_here_says_why_and_what_to_do() -> None:
    with pytest.raises(CorpusMissingError, match=r"not used for 30 days is deleted\. Bring it again"):
        load_corpus(f"own:{'a' * 22}/gone.csv?label=x")


def test_a_test_file_can_only_be_one_brought_with_it(home: Path) -> None:
    name = own_files.keep_file("a.csv", TABLE)
    (home / "secret.csv").write_bytes(TABLE)
    with pytest.raises(CorpusError, match=r"test file .* was not brought with a\.csv"):
        load_corpus(f"{name}?test=../../secret.csv")
    for second in (str(home / "secret.csv"), ".."):
        seen = inspect_file(name, own_files.path_of(name), Options(test=second))
        assert "was not brought with a.csv" in seen.problem
        assert seen.corpus is None


def test_a_test_file_is_kept_with_the_file() -> None:
    name = own_files.keep_file("a.csv", TABLE)
    second = own_files.keep_test_file(name, "../held out.csv", TABLE)
    assert second == "held out.csv"
    corpus = load_corpus(f"{name}?test={second}")
    assert (corpus.n_documents, corpus.n_own_test) == (80, 40)
    with pytest.raises(CorpusError, match=r"Both files are called a\.csv"):
        own_files.keep_test_file(name, "a.csv", b"other")
    assert own_files.path_of(name).read_bytes() == TABLE


def test_files_that_are_not_used_are_deleted_and_a_use_keeps_them() -> None:
    used, unused = (own_files.keep_file(name, TABLE) for name in ("used.csv", "unused.csv"))
    long_ago = time.time() - 31 * 86_400
    for name in (used, unused):
        os.utime(own_files.path_of(name).parent, (long_ago, long_ago))
    assert own_files.path_of(used).is_file()
    assert own_files.sweep_files() == 1
    assert own_files.path_of(used).is_file()
    with pytest.raises(CorpusMissingError):
        own_files.path_of(unused)


def test_what_was_computed_from_a_file_that_is_gone_goes_with_the_next_sweep() -> None:
    gone, here = (own_files.keep_file("a.csv", b"text,label\na,b\n") for _ in range(2))
    own_files.forget_file(gone)
    for key, of in (("learned-1234567890ab", gone), ("reading-1234567890ab", here), ("near-1234567890ab", "bbc-news")):
        artefacts.store(key, lambda folder: (folder / "words").write_text("soup"), of)
    assert own_files.is_forgotten(gone) and own_files.is_forgotten(f"{gone}?label=label")
    assert not own_files.is_forgotten(here) and not own_files.is_forgotten("bbc-news")
    assert own_files.sweep_files() == 0
    assert {artefact.kind for artefact in artefacts.kept()} == {"reading", "near"}


def test_what_another_home_computed_from_its_files_stays_while_it_is_used(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(tmp_path / "shared"))
    of = own_files.keep_file("a.csv", TABLE)
    artefacts.store("reading-1234567890ab", lambda folder: (folder / "words").write_text("soup"), of)
    (home / "own").rename(home / "own-of-the-other")
    own_files.sweep_files()
    assert [artefact.kind for artefact in artefacts.kept()] == ["reading"]
    now = time.time()
    monkeypatch.setattr(own_files.time, "time", lambda: now + 31 * 86_400)
    own_files.sweep_files()
    assert artefacts.kept() == ()


def test_a_file_can_be_forgotten_twice() -> None:
    name = own_files.keep_file("a.csv", TABLE)
    own_files.forget_file(name)
    own_files.forget_file(name)
    with pytest.raises(CorpusMissingError):
        own_files.path_of(name)


def test_a_file_that_would_use_the_reserve_of_the_disk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.store.disk.reserve", lambda folder: 10**18)
    with pytest.raises(OutputError, match="of it are kept for small things"):
        own_files.keep_file("a.csv", b"x" * 1_000_001)
    assert own_files.path_of(own_files.keep_file("a.csv", TABLE)).is_file()


def test_files_of_readers_take_a_part_of_the_quota_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_DISK_GB", "0.001")
    own_files.keep_file("a.csv", b"x" * 300_000)
    with pytest.raises(OutputError, match=r"of the 500\skB that they may take together; 300\skB more do not fit"):
        own_files.keep_file("b.csv", b"x" * 300_000)
    own_files.keep_file("c.csv", b"x" * 50_000)
    assert len(own_files.folders()) == 2, "nothing is left of the refused one"


def test_no_name_of_a_file_is_anybodys_folder() -> None:
    name = own_files.keep_file("~a.csv", b"text,label\n")
    assert name.endswith("/a.csv")
    assert own_files.keep_test_file(name, "~grades.csv", b"text,label\n") == "grades.csv"
    with pytest.raises(CorpusError, match="was not brought with"):
        find_source(f"{name}?test=~")


def test_a_folder_that_cannot_be_made_is_told(home: Path) -> None:
    (home / "own").write_text("a file in its place")
    with pytest.raises(OutputError, match=r"own cannot be written: .*bring the file again"):
        own_files.keep_file("a.csv", b"text,label\n")
