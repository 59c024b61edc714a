"""Progress and time left of a job, from the work done so far."""

import pytest

from bowcore.jobs import jobs, progress
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.progress import MAX_MARKS, Progress, time_left


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when it is set."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(progress.time, "time", lambda: now[0])
    return now


class Context:
    """Records what a job reports: progress, message, seconds left."""

    def __init__(self):
        self.reports = []

    def emit(self, event=None, progress=None, message=None, newest=None, left=None):
        self.reports.append((progress, message, left))

    @property
    def left(self):
        return [left for *_, left in self.reports]

    @property
    def shares(self):
        return [share for share, *_ in self.reports]


def test_progress_is_the_share_of_the_time_that_has_passed(clock):
    context = Context()
    folds = Progress(context, 4, usual=30.0)
    clock[0] += 3
    folds.done(1, "The first fold")
    assert context.reports == [(0.25, "The first fold", 9.0)]


def test_what_follows_the_last_unit_counts_as_time_left(clock):
    context = Context()
    folds = Progress(context, 2, usual=1.0, after=6.0)
    clock[0] += 2
    folds.done(1)
    clock[0] += 2
    folds.done(2)
    assert context.reports == [(0.2, None, 8.0), (0.4, None, 6.0)]


def test_progress_never_goes_back_when_more_turns_out_to_be_left(clock):
    context = Context()
    products = Progress(context, 4)
    products.done(0)
    clock[0] += 3
    products.done(3)
    clock[0] += 1
    products.done(4, total=16)
    assert (context.shares, context.left[1:]) == ([0.0, 0.75, 0.75], [1.0, 12.0])


def test_without_a_usual_time_the_first_report_starts_the_clock(clock):
    context = Context()
    characters = Progress(context, 1000)
    clock[0] += 60  # the model is loaded
    characters.done(400)
    clock[0] += 2
    characters.done(500)
    assert context.left == [None, 10.0]
    assert context.shares == [0.4, pytest.approx(10 / 20)]


def test_a_long_unit_counts_down_to_what_follows_it(clock):
    context = Context()
    folds = Progress(context, 5, usual=10.0)
    for _ in range(4):
        folds.done(0)
        clock[0] += 4
    assert context.left == [50.0, 46.0, 42.0, 40.0]


def test_the_more_recent_half_of_the_work_sets_the_pace(clock):
    context = Context()
    epochs = Progress(context, 34, usual=5.0)
    for number, seconds in enumerate([9.0, 0.7, 0.7, 0.8, 0.8, 0.8], start=1):
        clock[0] += seconds
        epochs.done(number)
    assert context.left[0] == pytest.approx(33 * 9.0)
    assert context.left[1] == pytest.approx(32 * 0.7)
    assert context.left[-1] == pytest.approx(28 * 0.8)


def test_in_the_first_unit_the_usual_time_counts_less_the_more_is_done(clock):
    context = Context()
    epochs = Progress(context, 30, usual=1.0)
    epochs.done(0)
    clock[0] += 0.04
    epochs.done(0.0025)
    clock[0] += 1.96
    epochs.done(0.5)
    pace = 1.96 / 0.4975 * 0.5 + 0.5 * 1.0  # of the newer half, which is all but the first batch
    assert context.left[0] == 30.0
    assert context.left[1] == pytest.approx((30 - 0.0025) * (0.05 * 0.04 / 0.0025 + 0.95 * 1.0))  # 1 part of 20
    assert context.left[2] == pytest.approx(29.5 * pace)


@pytest.mark.parametrize("usual", [0.02, 41.0])
def test_a_wrong_guess_of_the_usual_time_is_corrected_by_the_first_batches(clock, usual):
    context = Context()
    epochs = Progress(context, 5, usual=usual)
    for batch in range(1, 41):  # of 80 in an epoch, which takes 2 seconds
        clock[0] += 0.025
        epochs.done(batch / 81)
    assert context.left[19] == pytest.approx(10 - 0.5, rel=0.05)
    assert context.left[-1] == pytest.approx(10 - 1.0, rel=0.05)


def test_a_resumed_training_counts_from_where_it_was(clock):
    context = Context()
    epochs = Progress(context, 10, usual=2.0)
    epochs.begin(5.0)
    epochs.done(5.0)
    clock[0] += 4
    epochs.done(6)
    assert context.left == [10.0, 16.0]
    assert context.shares == [0.5, pytest.approx(24 / 40)]


def test_the_work_of_hours_is_estimated_from_a_bounded_number_of_marks(clock):
    context = Context()
    batches = Progress(context, 100_000, usual=0.5)
    for number in range(1, 50_001):
        clock[0] += 1
        batches.done(number)
    assert len(batches._n) <= MAX_MARKS
    assert context.left[-1] == pytest.approx(50_000)


def test_nothing_is_left_when_all_is_done(clock):
    context = Context()
    folds = Progress(context, 2, usual=1.0)
    folds.done(2)
    assert context.reports == [(1.0, None, 0.0)]


def test_a_page_counts_down_from_what_a_running_job_expected_last(bowlab_home, clock):
    waiting = jobs.submit("sample", {}, "long", "key")
    assert waiting.seconds_left is None
    job = jobs.claim("long")
    with JobContext(job.id) as context:
        context.emit(left=30.0)
        context.emit(left=8.0)
    assert jobs.get(job.id).seconds_left == 8.0
    clock[0] += 9.5
    assert jobs.get(job.id).seconds_left == -1.5
    jobs.end(job.id, "done", {})
    assert jobs.get(job.id).seconds_left is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (-1.5, " · longer than expected"),
        (-0.5, " · about 1 s left"),
        (3.4, " · about 3 s left"),
        (59.6, " · about 1 min 0 s left"),
        (205.0, " · about 3 min 25 s left"),
    ],
)
def test_time_left_is_written_in_whole_seconds_and_minutes(seconds, words):
    assert time_left(seconds).replace("\N{NO-BREAK SPACE}", " ") == words
