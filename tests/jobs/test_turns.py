"""Turns by person: a law on drawn queues, and what joining and leaving do to a job."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.errors import RunError
from bowcore.jobs import jobs, turns
from bowcore.jobs.jobs import Job
from bowcore.jobs.turns import Waiting, order
from bowcore.people import TEACHER, Person, acting

ANN, BOB, CID = (Person(name) for name in ("ann", "bob", "cid"))


def ask(who: Person, key: str, seconds: float | None = None) -> Job:
    with acting(who):
        return jobs.submit("train", {}, "long", key, seconds=seconds)


def claim() -> str:
    job = jobs.claim("long")
    assert job is not None
    return job.key


def run_all() -> str:
    """The keys of the waiting jobs, one after the other as a worker does them."""
    found = []
    while job := jobs.claim("long"):
        found.append(job.key)
        jobs.end(job.id, "done", {})
    return "".join(found)


def leave(who: Person, job: Job) -> Job:
    with acting(who):
        return jobs.leave(job.id)


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc"), min_size=1), st.floats(0, 9)), max_size=12))
def test_turns_are_those_of_dealing_out_jobs_round_by_round(drawn: list[tuple[set[str], float]]) -> None:
    waiting = [Waiting(number, tuple(sorted(people)), length) for number, (people, length) in enumerate(drawn, start=9)]
    found = order(waiting, {"a": 3, "c": 1})
    assert sorted(found, key=lambda job: job.number) == waiting
    # by hand: the rounds in which people are dealt to, b first, then c, then a
    rounds = []
    for number, job in enumerate(waiting):
        for who in job.people:
            round_of_person = sum(who in earlier.people for earlier in waiting[:number])
            rounds.append((round_of_person, "bca".index(who), job.number, job))
    dealt: list[Waiting] = []
    for *_, job in sorted(rounds, key=lambda one: one[:3]):
        if job not in dealt:
            dealt.append(job)
    assert found == dealt


def test_nobody_waits_for_two_jobs_of_another() -> None:
    for number in range(3):
        ask(TEACHER, f"t{number}")
    ask(ANN, "a")
    assert claim() == "t0"  # at first nobody had a turn: the first to arrive
    ask(BOB, "b")
    jobs.end(jobs.in_turn("long")[0].id, "done", {})
    assert run_all() == "abt1t2"


def test_people_take_turns_by_who_had_the_last_one() -> None:
    for who, key in ((ANN, "a"), (BOB, "b"), (CID, "c")):
        ask(who, key)
    assert run_all() == "abc"
    for who, key in ((CID, "z"), (BOB, "y"), (ANN, "x")):
        ask(who, key)
    assert run_all() == "xyz"


def test_thirty_people_who_ask_for_one_result_share_one_job() -> None:
    ids = {ask(Person(f"guest {number}"), "same").id for number in range(30)}
    assert len(ids) == 1
    assert len(turns.people_of(ids.pop())) == 30
    assert run_all() == "same"


def test_a_guest_has_one_running_and_one_waiting_job_and_the_teacher_as_many_as_wanted() -> None:
    ask(ANN, "runs")
    assert claim() == "runs"
    waits = ask(ANN, "waits")
    assert ask(ANN, "waits").id == waits.id
    with pytest.raises(RunError, match="a guest may have one"):
        ask(ANN, "second")
    bobs = ask(BOB, "of bob")
    with pytest.raises(RunError, match="a guest may have one"):
        ask(ANN, "of bob")  # joining is waiting too
    assert turns.people_of(bobs.id) == ("bob",)
    assert [job.key for job in jobs.in_turn("long")] == ["runs", "of bob", "waits"]
    with acting(ANN):
        jobs.submit("tokens", {}, "quick", "one more in a lane of its own")
        jobs.submit("tokens", {}, "quick", "and another")
    leave(ANN, waits)
    assert ask(ANN, "second").state == "queued"
    for number in range(3):
        ask(TEACHER, f"t{number}")


def test_a_guest_asks_for_no_more_while_many_jobs_wait_and_pages_look_all_the_same() -> None:
    def search(who: Person, number: int) -> None:
        with acting(who):
            jobs.submit("duplicates", {}, "download", f"{who.id} {number}")

    def ask_for(who: Person) -> None:
        with acting(who):
            jobs.check_waiting()

    for number in range(jobs.MOST_WAITING):
        ask_for(ANN)
        search(ANN, number)
    with pytest.raises(RunError, match=f"^{jobs.MOST_WAITING} of your searches, reports and downloads wait already"):
        ask_for(ANN)
    search(ANN, jobs.MOST_WAITING)
    ask_for(BOB)
    for number in range(jobs.MOST_WAITING + 1):
        search(TEACHER, number)
    ask_for(TEACHER)


def test_a_job_without_an_estimate_takes_as_long_as_the_last_ones_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(ANN, "first").seconds is None
    now = time.time()
    for key, took in (("first", 900), ("a", 40), ("b", 20), ("c", 30), ("d", 10), ("e", 50)):
        if key != "first":
            ask(TEACHER, key)
        with monkeypatch.context() as clock:
            clock.setattr("bowcore.jobs.jobs.time.time", lambda: now)
            assert claim() == key
            clock.setattr("bowcore.jobs.jobs.time.time", lambda took=took: now + took)
            jobs.end(jobs.in_turn("long")[0].id, "done", {})
    assert ask(ANN, "now").seconds == pytest.approx(30), "the median of the last five"
    assert turns.seconds_before("long", "ann") == pytest.approx(30)
    assert ask(BOB, "estimated", 7).seconds == 7


def test_a_shared_job_goes_on_until_nobody_waits_for_it() -> None:
    job = ask(ANN, "shared")
    ask(BOB, "shared")
    claim()
    assert not leave(ANN, job).stop_requested
    assert not leave(ANN, job).stop_requested  # twice is once
    assert turns.people_of(job.id) == ("bob",)
    assert not leave(CID, job).stop_requested  # who never waited changes nothing
    assert leave(BOB, job).stop_requested


def test_a_waiting_job_that_its_only_person_leaves_stops_at_once() -> None:
    assert leave(ANN, ask(ANN, "own")).state == "stopped"


def test_a_job_that_was_left_before_it_began_was_no_turn() -> None:
    leave(ANN, ask(ANN, "left"))
    ask(ANN, "of ann")
    ask(BOB, "of bob")
    assert [job.key for job in jobs.in_turn("long")] == ["of ann", "of bob"]


def test_a_joined_job_moves_to_the_best_turn_of_its_people() -> None:
    ask(ANN, "1")
    run_all()
    ask(ANN, "2")
    ask(BOB, "3")
    assert [job.key for job in jobs.in_turn("long")] == ["3", "2"]
    ask(CID, "2")
    assert [job.key for job in jobs.in_turn("long")] == ["2", "3"]
    assert [jobs.queue_position(job.id) for job in jobs.in_turn("long")] == [1, 2]


def test_the_time_before_a_job_is_that_of_the_jobs_ahead_of_it() -> None:
    ask(ANN, "runs", 100)
    claim()
    running = jobs.in_turn("long")[0]
    waits = {key: ask(who, key, seconds) for who, key, seconds in ((ANN, "2", 20), (BOB, "3", 30), (CID, "4", 40))}
    seconds = {key: turns.seconds_until(job.id) for key, job in waits.items()}
    assert seconds == pytest.approx({"3": 100, "4": 130, "2": 170}, abs=2)  # ann had the last turn
    jobs.report(running.id, ends=time.time() + 7)
    assert turns.seconds_until(waits["2"].id) == pytest.approx(77, abs=2)
    assert turns.seconds_until(running.id) == 0
    assert turns.seconds_before("long", "dan") == pytest.approx(77, abs=2)  # new, but later than bob and cid
    assert turns.seconds_before("long", "ann") == pytest.approx(97, abs=2)  # ann's second waits for ann's first
    jobs.report(running.id, ends=time.time() - 60)  # late: it ends any moment
    assert turns.seconds_until(waits["3"].id) == 0


def test_turns_hold_while_jobs_are_claimed_and_ended() -> None:
    everybody = [Person(f"guest {number}") for number in range(5)]
    for round_ in range(3):
        for who in everybody:
            ask(who, f"{who.id}-{round_}")
        ran = [claim_and_end() for _ in everybody]
        assert sorted(ran) == sorted(who.id for who in everybody)
    assert all(one != other for one, other in pairwise(ran))


def claim_and_end() -> str:
    job = jobs.claim("long")
    assert job is not None
    jobs.end(job.id, "done", {})
    return job.owner


def test_of_what_a_guests_pages_look_for_the_newest_wait() -> None:
    with acting(BOB):
        shared = jobs.submit("tokens", {}, "quick", "0")
    with acting(ANN):
        anns = [jobs.submit("tokens", {}, "quick", str(number)) for number in range(jobs.MOST_LOOKED_FOR + 2)]
    assert anns[0].id == shared.id
    assert turns.people_of(shared.id) == ("bob",), "others wait for it"
    states = [jobs.get(job.id).state for job in anns]
    assert states == ["queued", "interrupted", *["queued"] * jobs.MOST_LOOKED_FOR], "which pages ask for again"
    for number in range(jobs.MOST_LOOKED_FOR + 2):
        jobs.submit("tokens", {}, "quick", f"of the teacher {number}")
    assert all(job.state == "queued" for job in jobs.recent("tokens", jobs.MOST_LOOKED_FOR + 2))
