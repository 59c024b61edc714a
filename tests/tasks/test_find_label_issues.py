from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.findings.near_duplicates import group_articles
from bowcore.jobs import jobs
from bowcore.judge.label_issues import find_label_issues, judge_folds
from bowcore.learn.linear import logistic
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks.find_label_issues import (
    KIND,
    MAX_QUICK_CELLS,
    issues_key,
    lane_of,
    learn_fold,
    read_issues,
    request_issues,
)
from bowcore.tasks.runner import work

RECIPE = Recipe().change(training_articles=300, text_used="headline")


@pytest.fixture
def digest():
    return process_experiments().corpus(RECIPE).digest


def run(recipe, digest):
    job = request_issues(recipe, digest, 1)
    work("quick", until_idle=True)
    return jobs.get(job.id)


def test_the_worker_keeps_what_confident_learning_finds(digest):
    job = run(RECIPE, digest)
    assert job.state == "done", job.error
    experiment = Experiments().answer(RECIPE)
    counts, rows = experiment.counts, experiment.matrix.rows
    out_of_fold = np.zeros((len(rows), 5))
    learn, groups = partial(learn_fold, RECIPE), group_articles(Experiments().near_duplicates(RECIPE), 0.8)
    for judgement in judge_folds(counts.train, counts.terms, experiment.split, rows, learn, groups):
        out_of_fold[judgement.rows] = judgement.probabilities
    labels = experiment.split.train.labels[rows]
    expected = find_label_issues(labels, out_of_fold)
    kept = read_issues(job.result["artefact"])
    assert len(expected.rows) > 0
    assert kept.table["position"].tolist() == rows[expected.rows].tolist()
    assert kept.table["suggested"].tolist() == expected.suggested.tolist()
    np.testing.assert_allclose(kept.table["given_probability"], expected.given_probability)
    assert kept.table["given"].tolist() == experiment.split.train.labels[kept.table["position"]].tolist()
    assert (job.result["n_judged"], job.result["n_issues"]) == (300, len(expected.rows))
    assert job.result["accuracy"] == (out_of_fold.argmax(axis=1) == labels).mean()


def test_kept_contributions_add_up_to_the_kept_log_odds(digest):
    kept = read_issues(run(RECIPE, digest).result["artefact"])
    odds = np.log(kept.table["suggested_probability"] / kept.table["given_probability"])
    np.testing.assert_allclose(kept.words.groupby("issue")["contribution"].sum(), odds, atol=1e-9)


def test_every_word_of_a_listed_article_is_one_of_the_articles_own(digest):
    kept = read_issues(run(RECIPE, digest).result["artefact"])
    experiment = Experiments().answer(RECIPE)
    titles = experiment.split.train.articles["title"].to_pylist()
    for issue, position in enumerate(kept.table["position"]):
        words = set(kept.words.loc[kept.words["issue"] == issue, "term"]) - {""}
        assert words and all(word in titles[position].lower() for word in words)


def test_an_equal_search_is_read_from_disk(digest, monkeypatch):
    first = run(RECIPE, digest)
    monkeypatch.setattr("bowcore.tasks.find_label_issues.judge_folds", lambda *_: pytest.fail("judged again"))
    again = run(RECIPE.change(hidden=9), digest)
    assert again.id != first.id and again.result == first.result


def test_a_search_cut_short_keeps_nothing(digest, monkeypatch):
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    assert run(RECIPE, digest).result == {}
    assert artefacts.find(f"{KIND}-{issues_key(RECIPE, digest)}") is None


def test_progress_is_reported_after_each_fold(digest, monkeypatch):
    emitted = []
    emit = "bowcore.jobs.job_context.JobContext.emit"
    monkeypatch.setattr(
        emit, lambda context, event=None, progress=None, message=None, *others: emitted.append((progress, message))
    )
    run(RECIPE, digest)
    messages = [message for _, message in emitted if message]
    assert messages[1:] == ["Fold 1 of 5", *(f"Fold {fold} of 5 is judged" for fold in range(1, 6))]
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(emitted))


def test_one_article_a_class_is_judged_by_models_that_know_no_such_class(digest):
    job = run(RECIPE.change(training_articles=4), digest)
    assert (job.state, job.result["n_judged"], job.result["accuracy"]) == ("done", 5, 0)


def test_large_matrices_go_to_the_long_lane():
    assert (lane_of(MAX_QUICK_CELLS), lane_of(MAX_QUICK_CELLS + 1)) == ("quick", "long")


def test_a_result_that_was_removed_is_missing(digest):
    assert read_issues(f"{KIND}-{issues_key(RECIPE, digest)}") is None


def test_models_fitted_on_a_share_of_the_articles_are_reported(bowlab_home, digest, monkeypatch):
    monkeypatch.setattr(logistic, "MAX_WORK", 2_000)
    job = run(RECIPE, digest)
    assert 0 < job.result["n_fitted"] < job.result["n_others"]


def test_time_left_is_reported_from_the_first_fold_on(digest, monkeypatch):
    emitted = []
    emit = "bowcore.jobs.job_context.JobContext.emit"
    monkeypatch.setattr(emit, lambda context, *others, **named: emitted.append(others[4]) if others else None)
    run(RECIPE, digest)
    assert len(emitted) >= 6 and all(seconds >= 0 for seconds in emitted)
    assert emitted[-1] < sum(emitted)
