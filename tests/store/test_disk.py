"""Quota and reserve: what is counted, what is deleted first, and what stays."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.errors import OutputError
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, disk, ledger, make_room, manifest, own_files, tables
from bowcore.store.database import writing
from bowcore.store.home import home_folder
from bowcore.store.kept_recipes import keep_recipe, open_recipe
from bowcore.store.work_folders import work_folders, working_in
from tests.disks import fill

A, B, C, D, E = (f"network-{letter * 16}-2" for letter in "abcde")
SIZE = 2_000_000


def of_size(n_bytes: int = SIZE, name: str = "weights.safetensors") -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(os.urandom(n_bytes))


def used_before(key: str, seconds: float) -> None:
    with writing() as connection:
        chosen = sa.update(tables.artefacts).where(tables.artefacts.c.key == key)
        connection.execute(chosen.values(used=time.time() - seconds))


def keys() -> set[str]:
    return {artefact.key for artefact in artefacts.kept()}


def quota_for(n: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota with room for `n` more of these artefacts, and what is there now."""
    monkeypatch.setenv("BOWLAB_DISK_GB", str((disk.used() + n * SIZE) / 1e9))


def test_numbers_are_those_of_du(home: Path) -> None:
    artefacts.store(A, of_size())
    artefacts.store(B, lambda folder: [(folder / f"{i}").write_bytes(b"x" * (17 * i)) for i in range(200)])
    own_files.keep_file("a.csv", b"a,b\n" * 5000)
    os.link(home / "artefacts" / B / "3", home / "link")
    du = subprocess.run(["du", "-s", "-B1", str(home)], capture_output=True, text=True, check=True).stdout
    assert disk.used() == int(du.split()[0])
    for artefact in artefacts.kept():
        du = subprocess.run(["du", "-s", "-B1", artefact.path], capture_output=True, text=True, check=True).stdout
        assert artefact.n_bytes == int(du.split()[0])


def test_artefacts_on_another_disk_are_counted_too(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(tmp_path / "elsewhere"))
    before = disk.used()
    artefacts.store(A, of_size())
    assert SIZE <= disk.used() - before < 1.1 * SIZE


def test_the_default_quota_is_a_fifth_of_what_was_free_at_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_DISK_GB", raising=False)
    free = [50_000_000_000]
    monkeypatch.setattr("bowcore.store.disk.shutil.disk_usage", lambda _: os_usage(free[0]))
    assert disk.quota() == 10_000_000_000
    free[0] = 1_000_000
    assert disk.quota() == 10_000_000_000
    monkeypatch.setenv("BOWLAB_DISK_GB", "0.5")
    assert disk.quota() == 500_000_000


def os_usage(free: int) -> object:
    return type("Usage", (), {"free": free, "total": 100_000_000_000})


@pytest.mark.parametrize("value", ["", "much", "0", "-1", "nan", "inf"])
def test_a_quota_that_is_no_number_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_DISK_GB", value)
    with pytest.raises(OutputError, match="write a number of gigabytes"):
        disk.quota()


def test_the_least_recently_used_artefact_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, age in ((A, 300), (B, 500), (C, 100)):
        artefacts.store(key, of_size())
        used_before(key, age)
    quota_for(0.5, monkeypatch)
    artefacts.store(D, of_size())
    assert keys() == {A, C, D}
    assert disk.used() <= disk.quota()
    artefacts.find(A)
    artefacts.store(E, of_size())
    assert keys() == {A, D, E}


def test_what_jobs_ledger_links_and_downloads_need_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    download, recipe = "corpus-0123456789abcdef", Recipe().change(own_stop_words=("a",), stop_words="own")
    link = keep_recipe(recipe)
    for key in (A, B, C, download):
        artefacts.store(key, of_size())
        used_before(key, 500)
    used_before(f"recipe-{recipe.key()}", 900)
    found = manifest.read(home / "artefacts" / A)
    assert found is not None
    ledger.record_opening("bbc-news", "d", recipe.key(), 1, found.files["weights.safetensors"][1][:16], {})
    jobs.submit("train", {}, "long", "b" * 16)
    quota_for(0.5, monkeypatch)
    artefacts.store(D, of_size())
    assert keys() - {f"recipe-{recipe.key()}"} == {A, B, D, download}
    with pytest.raises(OutputError, match=r"full with what is still needed\. Raise BOWLAB_DISK_GB: 2\.0\sMB cannot"):
        artefacts.store(E, of_size())
    assert keys() - {f"recipe-{recipe.key()}"} == {A, B, D, download}
    artefacts.store("probe-0123456789abcdef", of_size(1000))  # small things still find room
    assert open_recipe(link) == recipe


def test_what_a_running_job_used_since_it_began_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in (A, B):
        artefacts.store(key, of_size())
        used_before(key, 500)
    jobs.submit("train", {}, "long", "f" * 16)
    artefacts.find(A)  # as the job does
    quota_for(0.5, monkeypatch)
    artefacts.store(D, of_size())
    assert keys() == {A, D}


def test_what_is_made_again_in_no_time_goes_first_though_a_job_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = [f"learned-{letter * 16}" for letter in "ab"]
    for key, age in ((A, 500), (learned[0], 20), (learned[1], 10)):
        artefacts.store(key, of_size())
        used_before(key, age)
    jobs.submit("train", {}, "long", "f" * 16)
    artefacts.find(learned[1])
    quota_for(0.5, monkeypatch)
    artefacts.store(D, of_size())
    assert keys() == {A, learned[1], D}
    artefacts.store(E, of_size())
    assert keys() == {A, D, E}


def test_for_what_is_made_again_in_no_time_nothing_else_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artefacts.store(A, of_size())
    used_before(A, 500)
    quota_for(1.5, monkeypatch)
    learned = [f"learned-{letter * 16}" for letter in "ab"]
    for key in learned:
        artefacts.store(key, of_size())
    assert keys() == {A, learned[1]}
    quota_for(-0.5, monkeypatch)
    with pytest.raises(OutputError, match="cannot be kept"):
        artefacts.store(f"learned-{'c' * 16}", of_size(2 * SIZE))
    assert keys() == {A, learned[1]}


def test_a_disk_that_is_full_but_for_its_reserve_takes_small_things_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bowcore.store.disk.shutil.disk_usage", lambda _: os_usage(disk.RESERVE - 1))
    with pytest.raises(OutputError, match=r"MB are kept for small things"):
        artefacts.store(A, of_size())
    assert keys() == set()
    artefacts.store("probe-0123456789abcdef", of_size(1000))
    with pytest.raises(OutputError, match=r"kept for small things: 2\.0\sMB cannot be written"):
        make_room.check_reserve(home, SIZE)


def test_what_was_computed_from_a_readers_file_goes_with_it() -> None:
    mine, other = (own_files.keep_file(name, b"text,label\na,b\n") for name in ("mine.csv", "other.csv"))
    for key, name in ((A, f"{mine}?label=label"), (B, other), (C, "bbc-news")):
        artefacts.store(key, of_size(1000), name)
        with working_in(home_folder() / "training" / key, name):
            pass
    own_files.forget_file(mine)
    assert keys() == {B, C}
    assert {folder.name for folder in work_folders()} == {B, C}
    long_ago = time.time() - 31 * 86_400
    os.utime(own_files.path_of(other).parent, (long_ago, long_ago))
    own_files.sweep_files()
    assert keys() == {C}
    assert {folder.name for folder in work_folders()} == {C}


def test_lemmas_of_sentences_that_nobody_uses_for_a_month_go() -> None:
    for key in ("lines-0123456789abcdef", "lines-0123456789abcdea"):
        artefacts.store(key, of_size(10))
    used_before("lines-0123456789abcdef", 31 * 86_400)
    assert make_room.sweep_own_words(30 * 86_400) == 1
    assert keys() == {"lines-0123456789abcdea"}


def test_long_recipes_that_nobody_opens_for_a_year_go_and_so_do_the_oldest_of_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"recipe-{number:064x}" for number in range(5)]
    for days, key in zip((400, 300, 200, 100, 364), names, strict=True):
        artefacts.store(key, of_size(10))
        used_before(key, days * 86_400)
    artefacts.store("network-0123456789abcdef-1", of_size(10))
    used_before("network-0123456789abcdef-1", 1000 * 86_400)
    assert make_room.sweep_own_words(30 * 86_400) == 1
    assert keys() == {*names[1:], "network-0123456789abcdef-1"}
    monkeypatch.setattr(make_room, "MOST_RECIPES", 2)
    assert make_room.sweep_own_words(30 * 86_400) == 2
    assert keys() == {names[2], names[3], "network-0123456789abcdef-1"}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (A, "network"),
        ("tutorial-way-0123456789abcdef-01234567", "tutorial-way"),
        ("near-abcdefabcdefabcd", "near"),
        (f"costs-{'a' * 32}", "costs"),
        ("reduction-abcdefabcdefabcd-20", "reduction"),
        ("odd", "odd"),
    ],
)
def test_the_kind_of_an_artefact_is_the_beginning_of_its_key(key: str, kind: str) -> None:
    assert artefacts.Artefact(key, Path(), 0, 0.0, 0.0).kind == kind


@pytest.mark.faults
def test_a_disk_that_is_full_at_first_use_takes_nothing_large_and_loses_nothing(
    small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_folder = small_disk("6m")
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(disk_folder))
    artefacts.store("probe-0123456789abcdef", of_size(1000))
    filler = fill(disk_folder)
    before = keys()
    for key, n_bytes in ((A, SIZE), ("probe-0123456789abcdea", 100_000)):
        with pytest.raises(OutputError, match=r"(No space left on device|cannot be kept)"):
            artefacts.store(key, of_size(n_bytes))
    assert keys() == before
    assert not list(disk_folder.glob(".partial-*"))
    assert artefacts.reading("probe-0123456789abcdef", lambda folder: len(next(folder.glob("w*")).read_bytes())) == 1000
    filler.unlink()
    monkeypatch.setenv("BOWLAB_DISK_GB", "1")
    artefacts.store(A, of_size())
    assert keys() == before | {A}


@pytest.mark.faults
def test_a_home_on_a_full_disk_has_a_quota(small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_disk("2m")
    monkeypatch.delenv("BOWLAB_DISK_GB", raising=False)
    monkeypatch.setenv("BOWLAB_HOME", str(folder))
    home_folder()
    fill(folder)
    assert disk.quota() == 0


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="away cannot be written: No such file or directory"):
        make_room.check_reserve(tmp_path / "away", 1)
