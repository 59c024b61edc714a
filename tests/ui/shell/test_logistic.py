"""What the pages ask of the quick worker: probes of this recipe and the one before, and none that was left."""

from __future__ import annotations

from pathlib import Path

import pytest

from bowcore.errors import MemoryBudgetError
from bowcore.experiment import on_disk, stages
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.learn.linear import logistic as learn_probe
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks import prepare_flips
from bowcore.tasks.fit_logistic import request_logistic
from bowcore.tasks.runner import work
from tests.pages.opening import by_label, open_page, shown
from tests.pages.plain import RECOMMENDED
from ui import answers, job_panel
from ui.shell import logistic

SMALL = RECOMMENDED.change(text_used="headline", training_articles=100)


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    return bowlab_home


def states() -> list[str]:
    """States of all probes, the first asked first."""
    return [job.state for job in reversed(jobs.recent("probe"))]


def states_while_counting(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """States of all probes each time that the page counts, when a recipe's stop words are dropped."""
    app, asked, count = open_page("playground.py", recipe), [], stages.count

    def counted(*arguments):
        asked.append(states())
        return count(*arguments)

    monkeypatch.setattr(stages, "count", counted)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    return asked


def test_both_probes_of_a_change_wait_and_neither_stops_the_other() -> None:
    app = open_page("preprocessing.py", SMALL)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert states() == ["queued", "queued"]


def test_the_probe_is_asked_for_before_the_page_counts_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere_else = SMALL.change(digits=False, possessives=False, training_articles=200)
    assert states_while_counting(nowhere_else, monkeypatch) == [["queued", "queued"]]


def test_of_many_articles_the_probe_is_asked_for_when_the_page_has_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logistic, "MAX_AHEAD", 10)
    nowhere_else = SMALL.change(digits=False, punctuation=False)
    assert states_while_counting(nowhere_else, monkeypatch) == [["queued"]]
    assert states() == ["queued", "queued"]


def test_pages_that_show_no_probe_ask_for_none() -> None:
    open_page("data.py", SMALL)
    assert states() == []


def test_a_recipe_whose_articles_a_job_has_to_read_first_asks_for_no_probe() -> None:
    process_memo().clear()  # other tests read these articles without a tagger
    open_page("playground.py", SMALL.change(units="lemmas"))
    assert states() == ["queued"]  # that of the recipe in its place
    assert jobs.recent("probe")[0].payload["recipe"] != SMALL.change(units="lemmas").through("weighting").to_toml()


def test_what_a_reader_clicked_past_is_stopped_before_the_next_recipe_is_asked_for() -> None:
    app = open_page("preprocessing.py", SMALL)
    first = jobs.claim("quick")
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert not jobs.get(first.id).stop_requested  # it is the recipe before, which this one is compared with
    by_label(app.sidebar.selectbox, "Stop words").set_value("scikit-learn").run()
    assert jobs.get(first.id).stop_requested
    assert states() == ["running", "queued", "queued"]


def test_a_probe_of_a_recipe_that_was_refused_is_not_wanted_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere_else = SMALL.change(digits=False, lower_case=False)
    app = open_page("preprocessing.py", nowhere_else)

    def refuse(*_):
        raise MemoryBudgetError("There is no room for it.")

    with monkeypatch.context() as patched:
        patched.setattr(stages, "count", refuse)
        by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert "There is no room for it" in app.error[0].value
    assert states() == ["queued", "stopped"]


def test_a_probe_that_no_recipe_of_the_session_needs_any_more_is_stopped() -> None:
    app = open_page("preprocessing.py", SMALL)
    for name in ("spacy", "scikit-learn"):
        by_label(app.sidebar.selectbox, "Stop words").set_value(name).run()
    # the first recipe is neither this one nor the one before
    assert states() == ["stopped", "queued", "queued"]


def test_the_probe_of_another_session_goes_on() -> None:
    app = open_page("preprocessing.py", SMALL)
    other = SMALL.change(digits=False)
    request_logistic(other, answers.answer(other).corpus.digest)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert states() == ["queued", "queued", "queued"]


def test_an_answer_that_was_cleaned_away_is_asked_for_again() -> None:
    app = open_page("preprocessing.py", SMALL)
    work("quick", until_idle=True)
    app.run()
    assert "Logistic regression: **" in shown(app) and "worker is starting" not in shown(app)
    name = jobs.recent("probe")[0].result["artefact"]
    artefacts.remove(name)
    process_memo().clear()
    app.run()
    assert states() == ["done", "queued"]
    work("quick", until_idle=True)
    app.run()
    assert "worker is starting" not in shown(app)


def test_a_probe_that_fails_says_why() -> None:
    app = open_page("preprocessing.py", SMALL)
    job = jobs.claim("quick")
    jobs.end(job.id, "failed", error="There is no room left on the disk.")
    app.run()
    assert "There is no room left on the disk." in shown(app).replace("\\", "")


def test_a_probe_that_failed_a_while_ago_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("preprocessing.py", SMALL)
    jobs.end(jobs.claim("quick").id, "failed", error="There is no room left on the disk.")
    app.run()
    assert states() == ["failed"]
    monkeypatch.setattr(job_panel, "RETRY_AFTER", 0.0)
    app.run()
    assert states() == ["failed", "queued"]


def test_models_of_unequal_shares_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("preprocessing.py", SMALL)
    work("quick", until_idle=True)
    monkeypatch.setattr(learn_probe, "MAX_WORK", 2_000)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    work("quick", until_idle=True)
    app.run()
    text = shown(app)
    assert "Not compared: one of the two was fitted on a share of its articles" in text
    assert "Last change:" not in text


def test_flips_are_prepared_and_asked_for_again_when_the_worker_broke_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 10)
    monkeypatch.setattr(prepare_flips, "QUIET", 0.0)
    app = open_page("data.py", SMALL)
    ahead = jobs.recent("ahead")
    assert [job.state for job in ahead] == ["queued"]
    app.run()
    assert jobs.recent("ahead") == ahead
    jobs.end(jobs.claim("quick").id, "done", {"complete": False})
    app.run()
    assert [job.state for job in jobs.recent("ahead")] == ["queued", "done"]
    work("quick", until_idle=True)
    app.run()
    assert [job.state for job in jobs.recent("ahead")] == ["done", "done"]


def test_flips_that_failed_are_not_asked_for_in_each_new_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 10)
    open_page("data.py", SMALL)
    (ahead,) = jobs.recent("ahead")
    assert jobs.claim("quick").id == ahead.id
    jobs.end(ahead.id, "failed", error="for this test")
    open_page("data.py", SMALL)
    assert [job.state for job in jobs.recent("ahead")] == ["failed"]


def test_nothing_is_prepared_for_a_small_corpus() -> None:
    open_page("data.py", SMALL)
    assert jobs.recent("ahead") == ()
