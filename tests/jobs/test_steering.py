"""Orders to a running training: how they follow each other, and who may give them."""

from __future__ import annotations

import math

import pytest

from bowcore.errors import RunError
from bowcore.jobs import jobs
from bowcore.jobs.steering import FASTEST, SLOWEST, Steering, may_steer, steer
from bowcore.people import TEACHER, Person, acting

ANN, BOB = Person("ann"), Person("bob")


def ordered(job: jobs.Job) -> Steering:
    return Steering.of(jobs.get(job.id).payload)


def test_steps_of_one_kind_add_up_and_any_other_order_takes_back_those_that_are_left() -> None:
    job = jobs.submit("train", {"recipe": "kept"}, "long", "k")
    assert ordered(job) == Steering(0, "play", 1, 0.0)
    for what in ("batch", "batch", "batch"):
        steer(job.id, what)
    assert ordered(job) == Steering(1, "batch", 3, 0.0)
    steer(job.id, "pause", pace=8)
    assert ordered(job) == Steering(2, "pause", 1, 8.0)
    steer(job.id, "batch")
    steer(job.id, "epoch")
    assert ordered(job) == Steering(4, "epoch", 1, 8.0)
    assert jobs.get(job.id).payload["recipe"] == "kept"


@pytest.mark.parametrize(
    ("asked", "kept"), [(0, 0), (-3, 0), (math.nan, 0), (math.inf, 0), (1e9, FASTEST), (1e-9, SLOWEST), (8, 8)]
)
def test_a_pace_is_a_number_of_batches_a_second_that_a_training_can_keep(asked: float, kept: float) -> None:
    assert Steering().then(None, asked).pace == kept


def test_a_guest_steers_a_training_that_nobody_else_waits_for() -> None:
    with acting(ANN):
        job = jobs.submit("train", {}, "long", "k")
        steer(job.id, "pause")
    with acting(BOB):
        assert not may_steer(job.id)
        with pytest.raises(RunError, match="Others wait"):
            steer(job.id, "play")
        jobs.submit("train", {}, "long", "k")
    with acting(ANN), pytest.raises(RunError, match="Others wait"):
        steer(job.id, "play")
    assert ordered(job).what == "pause"
    with acting(TEACHER):
        steer(job.id, "play")
    assert ordered(job).what == "play"
