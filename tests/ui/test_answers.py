"""What pages keep of a corpus, and that it ends with what its files said."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from ui import answers
from ui.data import overview
from ui.preprocessing.matrix import groups, selection
from ui.preprocessing.words import merges
from ui.reading import contexts_dialog
from ui.words import word_counts

RECIPE = Recipe().change(corpus="ag-news")
MADE: dict[str, Callable[[Answer], Any]] = {
    "inspection": answers.inspection,
    "reading": lambda answer: answers.reading(answer.recipe.change(repair=False)),
    "ranks": answers.ranked,
    "effects": answers.effects,
    "corner": lambda answer: answers.block(answer, 3),
    "exact duplicates": overview.exact_duplicates,
    "near duplicates": lambda answer: answers.experiments().near_duplicates(answer.recipe),
    "places": lambda answer: contexts_dialog._look(answer, "soup", None),
    "summary": overview._summary,
    "merges": lambda answer: merges.merges_of(answer, merges.ALL_STEPS),
    "sizes": word_counts.sizes,
    "growth": word_counts.growth,
    "by class": word_counts.by_class,
    "selection": lambda answer: selection._scores(answer, selection._without_size(answer)),
    "word groups": lambda answer: groups._grouped(answer.recipe.change(ngrams=2), False),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with AG News that a test fills."""
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    st.cache_resource.clear()
    process_memo().clear()
    return tmp_path / "ag_news"


def put(folder: Path, word: str) -> None:
    for name, n in (("train", 80), ("test", 20)):
        columns = {
            "label": [row % 4 + 1 for row in range(n)],
            "title": [f"{word} soup" for _ in range(n)],
            "description": [f"Bread bread {row % 7}" for row in range(n)],
        }
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def test_files_that_changed_are_read_at_the_next_rerun(folder: Path) -> None:
    put(folder, "old")
    assert "old" in answers.answer(RECIPE).matrix.vocabulary.terms.to_pylist()
    put(folder, "new")
    after, plain = answers.answer(RECIPE), Experiments().answer(RECIPE)
    assert after.corpus.digest == plain.corpus.digest
    assert after.matrix.vocabulary.terms.equals(plain.matrix.vocabulary.terms)
    assert (after.matrix.features.train != plain.matrix.features.train).nnz == 0


@pytest.mark.parametrize("name", MADE)
def test_what_was_made_of_a_corpus_ends_with_it_and_not_with_a_copy_that_says_the_same(name: str, folder: Path) -> None:
    put(folder, "old")
    made = MADE[name](answers.answer(RECIPE))
    assert MADE[name](answers.answer(RECIPE)) is made
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    assert MADE[name](answers.answer(RECIPE)) is made
    put(folder, "new")
    assert MADE[name](answers.answer(RECIPE)) is not made


def test_a_bar_is_drawn_while_a_share_is_reported_and_gone_afterwards() -> None:
    def page() -> None:
        from ui.answers import experiments

        with experiments()._announce("Numbering …") as report:
            report(0.25)
            report(0.75)
            report(1.0)

    app = AppTest.from_function(page, default_timeout=600)
    assert not app.run().get("progress")
    drawn: list[float] = []
    real = DeltaGenerator.progress
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DeltaGenerator, "progress", lambda *args: (drawn.append(args[1]), real(*args))[1])
        app.run()
    assert drawn == [0.25, 0.75]
    assert [error.message for error in app.exception] == []
