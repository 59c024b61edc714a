"""Preparation of flips: the readings and fits that it stores, that they are used, and that it yields to other jobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.experiment import experiments, on_disk, stages
from bowcore.experiment.experiments import Experiments, anchor, process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.repair_on_disk import open_repair_effect
from bowcore.experiment.stages import read_split
from bowcore.jobs import jobs
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.recipe.presets import preset
from bowcore.store import artefacts
from bowcore.tasks import prepare_flips
from bowcore.tasks.prepare_flips import KIND, request_ahead, texts, weightings, worth_preparing
from bowcore.tasks.runner import work

RECIPE = preset("recommended").change(text_used="headline")


@pytest.fixture(autouse=True)
def keep_small_corpora(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 10)
    monkeypatch.setattr(prepare_flips, "QUIET", 0.0)
    process_memo().clear()


@pytest.fixture
def digest() -> str:
    return load_corpus("bbc-news").digest


def test_neighbours_are_one_switch_away() -> None:
    assert texts(RECIPE) == (RECIPE.change(repair=True), RECIPE.change(text_used="headline+body"))
    both = RECIPE.change(repair=True, text_used="headline+body")
    assert texts(both) == (both.change(repair=False), both.change(text_used="headline"))
    assert {near.weighting.weighting for near in weightings(RECIPE)} == {"tfidf", "binary", "count"}


def test_a_reading_prepared_ahead_is_loaded_not_computed_again(digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_corpus(load_corpus("bbc-news"), RECIPE.split)
    request_ahead(RECIPE, digest)
    work("quick", until_idle=True)
    assert [job.result for job in jobs.recent(KIND)] == [{"complete": True}]
    monkeypatch.setattr(on_disk, "read_split", lambda *_: pytest.fail("read again"))
    for near in texts(RECIPE):
        expected, found = read_split(split, near), on_disk.open_reading(digest, split, near)
        assert found.texts.equals(expected.texts)
        np.testing.assert_array_equal(found.units.ids, expected.units.ids)


def test_what_the_repair_did_is_followed_ahead_and_not_again(digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request_ahead(RECIPE, digest)
    work("quick", until_idle=True)
    with_repair = RECIPE.change(repair=True)
    split = split_corpus(load_corpus("bbc-news"), RECIPE.split)
    raw, repaired = (read_split(split, near).units for near in (RECIPE.change(repair=False), with_repair))
    expected = stages.trace_repair(split, with_repair.text, raw, repaired, 20)
    assert expected.changed.n_strings and expected.changed.top
    monkeypatch.setattr(stages, "trace_repair", lambda *_: pytest.fail("followed again"))
    assert open_repair_effect(Experiments(), with_repair) == expected


def test_prepared_fits_equal_those_without_preparation(digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request_ahead(RECIPE, digest)
    work("quick", until_idle=True)
    expected = [fit_logistic(Experiments().matrix(anchor(near)).features) for near in weightings(RECIPE)]
    monkeypatch.setattr(experiments, "fit_logistic", None)
    for near, fit in zip(weightings(RECIPE), expected, strict=True):
        found = process_experiments().fit(anchor(near))
        np.testing.assert_array_equal(found.coefficients.weights, fit.coefficients.weights)


def test_the_job_yields_to_a_waiting_one_and_is_completed_when_requested_again(
    digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_ahead(RECIPE, digest)
    jobs.submit("probe", {"recipe": RECIPE.to_toml()}, "quick", "waits")
    work("quick", until_idle=True)
    assert [(job.kind, job.state) for job in jobs.recent()] == [("probe", "done"), (KIND, "done")]
    assert jobs.recent(KIND)[0].result == {"complete": False}
    assert all(artefacts.find(on_disk.reading_key(near, digest)) is None for near in texts(RECIPE))
    request_ahead(RECIPE, digest)
    work("quick", until_idle=True)
    assert jobs.recent(KIND)[0].result == {"complete": True}


def test_an_unfinished_fit_is_not_stored() -> None:
    assert not process_experiments().prepare_fit(RECIPE, lambda: True)
    assert process_experiments().fit(anchor(RECIPE)).converged


def test_an_equal_request_returns_the_same_job(digest: str) -> None:
    assert request_ahead(RECIPE, digest).id == request_ahead(RECIPE, digest).id
    assert request_ahead(RECIPE.change(digits=False), digest).id == request_ahead(RECIPE, digest).id
    assert request_ahead(RECIPE.change(norm="l1"), digest).id != request_ahead(RECIPE, digest).id


@pytest.mark.parametrize(
    ("recipe", "n_documents"),
    [(RECIPE, 9), (RECIPE, prepare_flips.MAX_ARTICLES + 1), (RECIPE.change(units="lemmas"), 1_000)],
    ids=["few", "more than the quick lane reads in its time", "lemmas, which are kept elsewhere"],
)
def test_there_is_nothing_to_prepare(recipe, n_documents) -> None:
    assert not worth_preparing(recipe, n_documents)
    assert worth_preparing(RECIPE, 1_000)
