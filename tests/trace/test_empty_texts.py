"""Articles without a term: against a loop over articles with the plain pipeline, and lines emptied by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.matrix.counts import count_terms
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from bowcore.trace.empty_texts import EmptyTexts, find_empty_texts
from tests.text import reference

LINES = ["soup and bread", "  ", "123 45", "the of", "Наступил вечер", "bread", "... !", "the", "soup 12"]


def found(recipe: Recipe, lines: list[str], n_train: int, columns: list[str] | None = None) -> EmptyTexts:
    units = number_units(pa.array(lines, pa.large_string()))
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, units.counts(), chain.result, n_train, 1)
    kept = [at for at, term in enumerate(counts.terms.to_pylist()) if columns is None or term in columns]
    parts = counts.train[:, kept], counts.validation[:, kept]
    train, validation = ((part > 0).sum(axis=1).A1.astype(np.int32) for part in parts)
    return find_empty_texts(units.counts(), chain, np.arange(n_train), train, validation)


def test_each_line_is_emptied_by_the_step_that_empties_it() -> None:
    recipe = Recipe().change(ascii_letters=True, stop_words="own", own_stop_words=("the", "of", "and"))
    empty = found(recipe, LINES, 6, ["bread"])
    assert empty.training.tolist() == [1, 2, 3, 4]
    assert empty.validation.tolist() == [0, 1, 2]
    assert empty.by_stage == (
        ("blank", 1), ("punctuation", 1), ("digits", 1), ("ascii_letters", 1), ("stop_words", 2), ("vocabulary", 1)
    )  # fmt: skip
    assert (empty.n, empty.share, empty.main_stage) == (7, 7 / 9, "stop_words")
    assert empty.sentence == (
        "4 of 6 training articles and 3 of 3 validation articles have no term: 1 blank from the start, 1 after "
        "punctuation, 1 after digits, 1 after ASCII letters, 2 after stop words, 1 without a word of the vocabulary."
    )
    assert empty.remedy == "Switch “Stop words” off, or choose texts that it is made for."


@pytest.mark.parametrize(
    ("lines", "recipe", "columns", "said"),
    [
        (["Наступил вечер", "日本 soup"], Recipe().change(ascii_letters=True), None, "“ASCII letters only” off"),
        (["soup", "bread"], Recipe(), ["bread"], "Raise the vocabulary size"),
        (["", "bread"], Recipe(), None, "Read headline and body"),
    ],
)
def test_the_remedy_is_that_of_the_stage_that_emptied_most(
    lines: list[str], recipe: Recipe, columns: list[str] | None, said: str
) -> None:
    assert said in found(recipe, lines, 1, columns).remedy


def test_no_line_is_empty() -> None:
    empty = found(Recipe(), ["soup", "bread and soup"], 1)
    assert (empty.n, empty.by_stage, empty.main_stage) == (0, (), "")


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe().change(text_used="headline", vocabulary_size=20, training_articles=300),
        Recipe().change(text_used="headline", stop_words="spacy", min_documents=5, max_document_share=0.1),
        preset("tutorial-baseline").change(text_used="headline", vocabulary_size=100),
    ],
)
def test_empty_articles_are_those_of_a_loop_over_articles(recipe: Recipe) -> None:
    answer = Experiments().answer(recipe)
    matrix, reading, empty = answer.matrix, answer.reading, answer.empty_texts()
    vocabulary, texts = set(matrix.vocabulary.terms.to_pylist()), reading.texts.to_pylist()
    terms = [reference.terms_of(text, recipe.terms) for text in texts]
    without = [at for at, of_text in enumerate(terms) if not vocabulary & set(of_text)]
    chosen = set(matrix.rows.tolist())
    assert empty.training.tolist() == [at for at in without if at in chosen]
    assert empty.validation.tolist() == [at - reading.n_train for at in without if at >= reading.n_train]
    assert empty.n > 0
    stages = Counter("vocabulary" if terms[at] else "step" for at in without if at in chosen or at >= reading.n_train)
    assert dict(empty.by_stage).get("vocabulary", 0) == stages["vocabulary"]
    assert sum(n for _, n in empty.by_stage) == empty.n
