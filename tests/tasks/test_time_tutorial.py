import statistics

import numpy as np
import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.lessons import time_tutorial as lesson
from bowcore.lessons.time_tutorial import clean_and_count, text_fields
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks import time_tutorial
from bowcore.tasks.runner import run_here, work
from bowcore.tasks.time_tutorial import TimedTutorial

SMALL = Recipe().change(
    training_articles=120, text_used="headline", hidden=8, epochs=3, batch_size=16, keep="last", learning_rate=0.01
)


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(time_tutorial, "SECONDS", 0.0)


def measured(recipe=SMALL, **payload):
    digest = Experiments().corpus(recipe).digest
    job = run_here(
        "tutorial-way", {"recipe": recipe.to_toml(), **payload}, "long", time_tutorial.cost_key(recipe, digest)
    )
    return job, digest


def result_of(recipe=SMALL, **payload):
    job, _ = measured(recipe, **payload)
    assert (job.state, job.error) == ("done", "")
    return job.result


def test_a_requested_measurement_is_done_by_the_long_worker_and_found():
    digest = Experiments().corpus(SMALL).digest
    asked = time_tutorial.request(SMALL, digest)
    assert asked.lane == "long"
    assert time_tutorial.request(SMALL, digest).id == asked.id
    work("long", until_idle=True)
    job = time_tutorial.latest(SMALL, digest)
    assert (job.id, job.state, job.error) == (asked.id, "done", "")
    assert time_tutorial.find(SMALL, digest) == TimedTutorial.from_json(job.result)
    assert time_tutorial.latest(SMALL.change(hidden=9), digest) is None


def test_sizes_are_those_of_the_recipes_matrix_and_of_numpys_dense_array():
    result = result_of()
    features = Experiments().matrix(SMALL).features
    assert (result["n_train"], result["n_validation"], result["n_terms"]) == (120, 334, features.n_terms)
    assert (result["hidden"], result["batch_size"], result["optimiser"]) == (8, 16, "rmsprop")
    assert result["dense_array_bytes"] == features.train.astype(np.int64).toarray().nbytes
    assert result["cores"] >= 1


def test_each_step_has_both_times_and_says_how_they_were_found():
    rows = result_of()["rows"]
    assert [row["step"] for row in rows] == [
        "The tutorial's cleaning and counting, from the texts",
        "The same with one step changed",
        "One epoch, 8 hidden units",
    ]
    assert all(row["tutorial_seconds"] > 0 and row["here_seconds"] > 0 for row in rows)
    # the recipe's 120 training articles on both sides, whole articles as the tutorial reads them
    experiment = Experiments().answer(SMALL)
    fields = text_fields(experiment.split.train)
    drawn = [field.iloc[experiment.matrix.rows] for field in fields]
    for row, lower_case in zip(rows[:2], (True, False), strict=True):
        (matrix,), _ = clean_and_count([drawn], lower_case=lower_case)
        shape = f"{matrix.shape[0]:,} × {matrix.shape[1]:,} terms"
        assert row["note"] == f"pandas and CountVectorizer; both give the same matrix, {shape}"
    assert rows[2]["note"] == "dense batches in PyTorch, 3 of 8 timed and scaled up; here timed now"
    assert rows[2]["scaled_up"]


def test_an_epoch_of_few_batches_is_timed_completely():
    row = result_of(SMALL.change(batch_size=60))["rows"][2]
    assert row["note"].startswith("dense batches in PyTorch, all 2 timed;")
    assert not row["scaled_up"]


def test_seconds_of_an_epoch_are_those_of_a_finished_run():
    digest = Experiments().corpus(SMALL).digest
    key = result_key(SMALL, "network", digest)
    trained = run_here("train", {"recipe": SMALL.to_toml()}, "long", key)
    row = result_of()["rows"][2]
    assert row["here_seconds"] == statistics.median(epoch["seconds"] for epoch in trained.result["epochs"])
    assert row["note"].endswith("here as its run recorded")


def test_dense_batches_that_would_not_fit_are_refused_with_the_estimate(monkeypatch):
    monkeypatch.setattr(lesson, "dense_epoch", lambda *_, **__: pytest.fail("tried"))
    monkeypatch.setattr(lesson, "dense_epoch_bytes", lambda *_: 3 * 10**12)
    row = result_of()["rows"][2]
    assert row["tutorial_seconds"] is None
    assert row["here_seconds"] > 0
    assert row["note"].startswith("refused: dense batches would take about 3,000\N{NO-BREAK SPACE}GB, ")


def test_matrices_that_differ_are_reported(monkeypatch):
    monkeypatch.setattr(lesson, "same_matrix", lambda *_: False)
    assert "the matrices differ" in result_of()["rows"][0]["note"]


def test_a_stored_measurement_is_returned_unless_a_new_one_is_requested():
    first = result_of()
    assert result_of() == first
    repeated = result_of(again=True)
    assert repeated["measured"] > first["measured"]
    assert result_of() == repeated


def test_texts_without_latin_letters_skip_the_counting(tmp_path):
    lines = [f"{text}\t{label}" for text, label in [("Η γάτα", "ζώα"), ("το λιμάνι", "πόλη")] for _ in range(12)]
    path = tmp_path / "greek.tsv"
    path.write_text("\n".join(["text\tlabel", *lines]), encoding="utf-8")
    recipe = Recipe().change(corpus=str(path), hidden=4, batch_size=4)
    counting, learning = result_of(recipe)["rows"]
    assert counting["tutorial_seconds"] is None
    assert "leaves no terms of these texts" in counting["note"]
    assert learning["tutorial_seconds"] > 0


@pytest.mark.parametrize("looks", [0, 1, 2, 3, 6, 9])
def test_a_stop_at_any_point_stores_nothing(monkeypatch, looks):
    left = iter([False] * looks)
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: next(left, True))
    job, digest = measured()
    assert job.result == {}
    assert time_tutorial.find(SMALL, digest) is None
    assert artefacts.kept() == ()


def test_another_machine_has_another_key(monkeypatch):
    mine = time_tutorial.cost_key(SMALL, "digest")
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert time_tutorial.cost_key(SMALL, "digest") != mine


def test_time_left_is_reported_at_every_stage(monkeypatch):
    seconds_left = []
    emit = "bowcore.jobs.job_context.JobContext.emit"
    monkeypatch.setattr(emit, lambda context, *others, **named: seconds_left.append(others[4]) if others else None)
    measured()
    assert len(seconds_left) >= 5 and all(seconds >= 0 for seconds in seconds_left)
