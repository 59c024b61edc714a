from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.store import artefacts, database, own_files, tables
from bowcore.store.clock_jumps import PLAUSIBLE, follow_clock
from bowcore.store.home import training_folder
from bowcore.tasks.runner import sweep

DAY, YEAR = 86_400.0, 365 * 86_400.0

pytestmark = pytest.mark.faults


class Clock:
    """The computer's clock, which a test sets; files are written with the true one, so their times are set as well."""

    def __init__(self) -> None:
        self.true, self.ahead = time.time, 0.0

    def __call__(self) -> float:
        return self.true() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def kept() -> tuple[Path, Path, str]:
    """A reader's file, a paused training and a reader's sentences."""
    file = own_files.path_of(own_files.keep_file("texts.csv", b"text,label\na,b\n"))
    training = training_folder("k")
    training.mkdir(parents=True)
    (training / "checkpoint").write_bytes(b"weights")
    key = "lines-0123456789ab"
    artefacts.store(key, lambda folder: (folder / "lines.txt").write_text("a sentence"))
    return file, training, key


def there(kept: tuple[Path, Path, str]) -> list[bool]:
    file, training, key = kept
    return [file.is_file(), training.is_dir(), key in {artefact.key for artefact in artefacts.kept()}]


def use(kept: tuple[Path, Path, str], when: float) -> None:
    for folder in (kept[0].parent, kept[1]):
        os.utime(folder, (when, when))
    with database.writing() as connection:
        connection.execute(sa.update(tables.artefacts).values(used=when))


def run_days(clock: Clock, n_days: int) -> None:
    for _ in range(n_days // 5):
        clock.ahead += 5 * DAY
        sweep()


def test_after_a_year_in_one_step_everything_is_kept_and_expires_when_it_was_not_used_for_a_month(
    clock: Clock, kept: tuple[Path, Path, str]
) -> None:
    sweep()
    clock.ahead = YEAR
    sweep()
    assert there(kept) == [True, True, True]
    run_days(clock, 20)
    assert there(kept) == [True, True, True]
    run_days(clock, 10)
    assert there(kept) == [False, False, False]


def test_a_clock_that_goes_as_usual_moves_nothing(clock: Clock, kept: tuple[Path, Path, str]) -> None:
    assert follow_clock() == 0.0
    clock.ahead = PLAUSIBLE - 60
    assert follow_clock() == 0.0
    assert time.time() - kept[0].parent.stat().st_mtime == pytest.approx(PLAUSIBLE - 60, abs=30)
    run_days(clock, 30)
    assert there(kept) == [False, False, False]


def test_what_was_used_since_the_clock_jumped_counts_from_then(clock: Clock, kept: tuple[Path, Path, str]) -> None:
    sweep()
    clock.ahead = YEAR
    used = time.time() - DAY
    use(kept, used)
    assert follow_clock() == pytest.approx(YEAR - PLAUSIBLE, abs=30)
    assert kept[0].parent.stat().st_mtime == pytest.approx(used)


def test_after_the_clock_was_set_back_nothing_was_used_in_the_future(
    clock: Clock, kept: tuple[Path, Path, str]
) -> None:
    clock.ahead = YEAR
    use(kept, time.time())
    sweep()
    clock.ahead = 0.0
    sweep()
    assert there(kept) == [True, True, True]
    assert kept[0].parent.stat().st_mtime <= time.time()
    run_days(clock, 35)
    assert there(kept) == [False, False, False]


def test_a_damaged_note_of_the_last_sweep_is_written_again(home: Path) -> None:
    follow_clock()
    (home / "last-sweep.txt").write_bytes(b"\x00\xff")
    assert follow_clock() == 0.0
    assert float((home / "last-sweep.txt").read_text()) == pytest.approx(time.time(), abs=30)
