"""Which rows go, checked against a plain reading of the rule."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from bowcore.jobs import jobs, old_jobs
from bowcore.people import Person, acting
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, database, run_labels, tables
from bowcore.tasks.lemmatise_words import LINES

DAY = 86_400.0


def ended(kind: str, key: str, days: float, *, result: bool = True, recipe: Recipe | None = None) -> str:
    """A job with one event that ended the given number of days ago."""
    job = jobs.submit(kind, {} if recipe is None else {"recipe": recipe.to_toml()}, "long", key)
    claimed = jobs.claim("long")
    assert claimed is not None and claimed.id == job.id
    jobs.report(job.id, events=[{"i": 0}])
    jobs.end(job.id, "done" if result else "failed", {"made": key} if result else None)
    with database.writing() as connection:
        if not result:
            connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job.id).values(result=None))
        values = {"finished": time.time() - days * DAY}
        connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job.id).values(values))
    return job.id


def test_old_jobs_go_with_their_events_and_a_persons_newest_runs_stay() -> None:
    gone = [
        ended("logistic", "a", 91),
        ended("train", "a", 400),  # there is a newer one with a result
        ended("open-test", "a", 400),
    ]
    stays = [
        ended("logistic", "b", 89),
        ended("train", "a", 300),  # the newest with a result
        ended("train", "a", 200, result=False),  # the newest
        ended("train", "b", 400),
        ended("open-test", "a", 300),
    ]
    named = ended("train", "d", 500)
    stays += [named, ended("train", "d", 100)]
    run_labels.name_runs([named], "the first one", "")
    run_labels.delete_runs(gone)
    waiting = jobs.submit("logistic", {}, "quick", "c")
    assert old_jobs.sweep_jobs() == len(gone)
    assert {job.id for job in jobs.recent(limit=100)} == {*stays, waiting.id}
    with database.reading() as connection:
        assert set(connection.scalars(sa.select(tables.events.c.job_id))) == set(stays)
    assert list(run_labels.run_labels()) == [named]
    assert old_jobs.sweep_jobs() == 0


@pytest.mark.parametrize("words", [{"own_stop_words": ("gran", "nan")}, {"masked_words": ("gran",)}])
def test_the_words_that_a_guest_wrote_go_with_the_run_and_the_teachers_stay(words: dict[str, tuple[str, ...]]) -> None:
    recipe = Recipe().change(**words)
    keys = [f"{number:016x}" for number in range(5)]
    networks = [f"network-{key}-5" for key in keys]
    for name in networks:
        artefacts.store(name, lambda place: (place / "recipe.toml").write_text(recipe.to_toml()))
    with acting(Person("ann")):
        ended("train", keys[0], 91, recipe=recipe)
        young, plain = ended("train", keys[1], 89, recipe=recipe), ended("train", keys[2], 91, recipe=Recipe())
        ended("train", keys[4], 92, recipe=recipe)
    of_teacher, again = (ended("train", key, 91, recipe=recipe) for key in keys[3:])
    assert old_jobs.sweep_jobs() == 2
    assert {job.id for job in jobs.recent(limit=100)} == {young, plain, of_teacher, again}
    assert {artefact.key for artefact in artefacts.kept()} == set(networks[1:])


def test_more_old_jobs_than_one_portion_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_jobs, "_PORTION", 2)
    for i in range(5):
        ended("logistic", str(i), 100)
    assert old_jobs.sweep_jobs() == 5
    assert jobs.recent() == ()


def test_a_clock_set_forward_a_week_deletes_nothing_of_this_month(monkeypatch: pytest.MonkeyPatch) -> None:
    ended("logistic", "a", 30)
    true_clock = database.clock
    monkeypatch.setattr(database, "clock", lambda connection: true_clock(connection) + 7 * DAY)
    assert old_jobs.sweep_jobs() == 0


def test_the_sentences_of_a_reader_are_forgotten_when_their_job_ends() -> None:
    assert LINES in jobs.FORGOTTEN
    done = jobs.submit("line-lemmas", {"lines": ["what I wrote"]}, "quick", "k")
    assert jobs.claim("quick") == jobs.get(done.id)
    jobs.end(done.id, "done")
    stopped = jobs.submit("line-lemmas", {"lines": ["what I wrote"]}, "quick", "k")
    assert stopped.payload == {"lines": ["what I wrote"]}
    jobs.request_stop(stopped.id)
    assert [(jobs.get(job.id).open, jobs.get(job.id).payload) for job in (done, stopped)] == [(False, {})] * 2
    recipe = jobs.submit("train", {"recipe": "r"}, "long", "k")
    jobs.request_stop(recipe.id)
    assert jobs.get(recipe.id).payload == {"recipe": "r"}
