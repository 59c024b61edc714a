"""Readings that are made before a switch is flipped: which, when, and that a page finds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.pipeline import read_split
from bowcore.presets import preset
from bowcore.runs import artefacts, jobs, reading_job, readings
from bowcore.runs.reading_job import KIND, neighbours, request_readings
from bowcore.runs.worker import work

RECIPE = preset("recommended").change(text_used="headline")


@pytest.fixture(autouse=True)
def keep_small_corpora(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "WORTH_KEEPING", 10)


def test_neighbours_are_one_switch_of_the_text_away() -> None:
    assert neighbours(RECIPE) == (RECIPE.change(repair=True), RECIPE.change(text_used="headline+body"))
    both = RECIPE.change(repair=True, text_used="headline+body")
    assert neighbours(both) == (both.change(repair=False), both.change(text_used="headline"))


def test_what_was_read_ahead_is_opened_and_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = load_corpus("bbc-news")
    split = split_corpus(corpus, RECIPE.split)
    assert request_readings(RECIPE, corpus.digest, 1_000) == 2
    work("quick", until_idle=True)
    assert [job.state for job in jobs.recent(KIND)] == ["done", "done"]
    monkeypatch.setattr(readings, "read_split", None)
    for near in neighbours(RECIPE):
        expected, found = read_split(split, near), readings.open_reading(corpus.digest, split, near)
        assert found.texts.equals(expected.texts)
        np.testing.assert_array_equal(found.units.ids, expected.units.ids)
    assert request_readings(RECIPE, corpus.digest, 1_000) == 0


def test_readings_that_are_asked_for_already_are_not_asked_for_twice() -> None:
    for _ in range(2):
        request_readings(RECIPE, "digest", 1_000)
    assert len(jobs.recent(KIND)) == 2


@pytest.mark.parametrize(
    ("recipe", "n_documents"),
    [(RECIPE, 9), (RECIPE, reading_job.AT_MOST + 1), (RECIPE.change(units="lemmas"), 1_000)],
    ids=["few", "more than the quick lane reads in its time", "lemmas, which are kept elsewhere"],
)
def test_nothing_is_asked_for(recipe, n_documents) -> None:
    assert request_readings(recipe, "digest", n_documents) == 0
    assert jobs.recent(KIND) == ()


def test_another_key_is_another_artefact() -> None:
    keys = {readings.reading_key(near, "digest") for near in (RECIPE, *neighbours(RECIPE))}
    assert len(keys) == 3
    assert all(artefacts.find(key) is None for key in keys)
