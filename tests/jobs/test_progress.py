"""How long a job goes on, from the work done so far."""

import pytest

from bowcore.jobs import jobs, progress
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.progress import TimeLeft, seconds_left, tell_left, training_left


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is set."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(progress.time, "time", lambda: now[0])
    return now


class Context:
    """What a job told."""

    def __init__(self):
        self.told = []

    def emit(self, event=None, progress=None, message=None):
        self.told.append((event["seconds"], progress, message))


def test_progress_is_the_share_of_the_time_that_has_passed(clock):
    context = Context()
    left = TimeLeft(context)
    clock[0] += 3
    left.tell(9.0, "Counting")
    assert context.told == [(9.0, 0.25, "Counting")]


def test_progress_never_goes_back_when_more_turns_out_to_be_left(clock):
    context = Context()
    left = TimeLeft(context)
    clock[0] += 3
    left.tell(1.0)
    clock[0] += 1
    left.tell(12.0)
    assert [(seconds, progress) for seconds, progress, _ in context.told] == [(1.0, 0.75), (12.0, 0.75)]


def test_two_estimates_a_second_are_passed_on_and_every_message(clock):
    context = Context()
    left = TimeLeft(context)
    for _ in range(40):
        clock[0] += 0.1
        left.tell(5.0)
    assert 7 <= len(context.told) <= 8
    left.tell(4.0, "The last fold")
    left.tell(3.0, "Done")
    assert [message for *_, message in context.told[-2:]] == ["The last fold", "Done"]


def test_nothing_is_left_of_what_took_longer_than_expected(clock):
    context = Context()
    left = TimeLeft(context)
    clock[0] += 1
    left.tell(-2.0)
    assert context.told == [(0.0, 1.0, None)]


def test_a_page_counts_down_from_what_a_job_told_last(bowlab_home, clock):
    job = jobs.submit("sample", {}, "long", "key")
    assert seconds_left(job.id) is None
    with JobContext(job.id) as context:
        context.emit({"event": "BatchDone"})
        tell_left(context, 30.0)
        tell_left(context, 8.0)
    assert seconds_left(job.id) == 8.0
    clock[0] += 9.5
    assert seconds_left(job.id) == -1.5


def test_finished_epochs_tell_the_pace_of_a_training_whatever_the_first_batches_took():
    assert training_left(28, [9.0, 0.7, 0.7, 0.8, 0.8, 0.8], 5.0, share=0.0025, seconds=0.04) == pytest.approx(
        (28 - 0.0025) * 0.76
    )


def test_the_first_epoch_loads_code_and_tells_the_pace_only_while_it_is_the_only_one():
    assert training_left(4, [9.0], 1.0) == 36.0
    assert training_left(3, [9.0, 2.0], 1.0) == 6.0


def test_before_an_epoch_is_finished_its_batches_count_the_more_the_more_are_done():
    assert training_left(30, [], 1.0) == 30.0
    assert training_left(30, [], 1.0, share=0.0025, seconds=0.04) == pytest.approx(0.9975 + 29 * 1.0375)
    assert training_left(30, [], 1.0, share=0.5, seconds=2.0) == pytest.approx(0.5 + 29 * 2.5)
    assert training_left(1, [], 1.0, share=1.0, seconds=2.0) == 0


def test_a_training_without_an_epoch_left_takes_no_more():
    assert training_left(0, [1.0], 1.0, share=0.5, seconds=2.0) == 0
