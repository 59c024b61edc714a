"""What each word adds to a score of the blocks: a whole that is shared, and the texts without the word."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from bowcore.experiment.blocks import count_blocks, fit_on
from bowcore.judge.block_words import shares_of_words
from bowcore.judge.explanation import explain_blocks
from bowcore.recipe.recipe import Recipe

TITLES = ["Oil rises", "Cup final", "Oil falls again", "The Cup"] * 6
BODIES = [
    "(AP) Oil oil at $40.50 today",
    "the final of 2004 was won",
    "oil fell to $39.10 (Reuters)",
    "a cup for the winners of 2004",
] * 6
FIELDS = (pa.array(TITLES), pa.array(BODIES))
LABELS = np.array([0, 1, 0, 1] * 6, np.int32)
LINES = (
    "words 1-2 ratio-idf",
    "headline 1-1 tfidf x0.5",
    "characters 2-4 case ratio",
    "tags counts",
    "digits tfidf",
)
RECIPE = Recipe().change(blocks=LINES, models=("svm 1", "logistic 5 on 1+3"), digits=False)


def fitted(recipe: Recipe = RECIPE):
    counted = count_blocks(FIELDS, recipe)
    blocks, joined, cells = fit_on(recipe, counted, np.arange(len(TITLES)), LABELS, 2)
    return blocks, joined.answer, cells, counted


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("row", range(4))
def test_the_contributions_add_up_to_the_scores_and_the_words_share_all_of_them(row: int, number: int) -> None:
    blocks, models, cells, _ = fitted()
    found = explain_blocks(models[number], cells[row])
    scores = models[number].scores(cells[row])[0].astype(float)
    margin = scores[found.chosen_class] - scores[found.other_class]
    assert found.chosen_class == scores.argmax()
    assert found.prior + found.contributions.sum() == pytest.approx(margin, abs=1e-4)
    fields = tuple(field.slice(row, 1) for field in FIELDS)
    shares = shares_of_words(blocks, found, fields, RECIPE.terms)
    assert len(shares) == len(f"{TITLES[row]} {BODIES[row]}".split())
    assert shares.sum() == pytest.approx(found.contributions.sum(), abs=1e-9)


def test_a_word_has_the_columns_of_its_own_and_half_of_its_pairs() -> None:
    recipe = RECIPE.change(blocks=("words 1-2 tfidf",), models=("svm 1",))
    blocks, (model,), cells, _ = fitted(recipe)
    found = explain_blocks(model, cells[3])
    added = dict(zip(blocks.names(found.columns), found.contributions, strict=True))
    shares = shares_of_words(blocks, found, tuple(field.slice(3, 1) for field in FIELDS), recipe.terms)
    words = [word.lower() for word in f"{TITLES[3]} {BODIES[3]}".split()]
    expected = np.zeros(len(words))
    for place, word in enumerate(words):
        expected[place] += added[word] / words.count(word)
    for place, pair in enumerate(pairwise(words)):
        expected[place : place + 2] += added[" ".join(pair)] / 2
    np.testing.assert_allclose(shares, expected, atol=1e-12)


def test_columns_are_named_as_what_they_are_and_words_alone_can_be_looked_up() -> None:
    blocks, _, _, _ = fitted()
    columns = np.arange(blocks.starts[-1])
    names, words = blocks.names(columns), blocks.words(columns)
    assert len(set(names)) == len(names)
    shown = dict(zip(names, words, strict=True))
    assert shown["oil"] == "oil" and shown["headline: oil"] == "oil" and shown["cup for"] == "cup for"
    for other in ("characters: ␣Oil", "tags: (AP)", "digits: $0.0"):
        assert shown[other] == ""


def test_two_blocks_of_the_same_kind_are_told_apart() -> None:
    blocks, _, _, _ = fitted(RECIPE.change(blocks=("words 1-1 tfidf", "words 1-2 ratio"), models=()))
    names = blocks.names(np.arange(blocks.starts[-1]))
    assert len(set(names)) == len(names) and {"oil (block 1)", "oil (block 2)"} <= set(names)


def test_a_class_without_training_texts_is_replaced_by_the_best_other_one() -> None:
    recipe = RECIPE.change(blocks=LINES[:3])  # one class has no tags
    counted = count_blocks(FIELDS, recipe)
    _, joined, cells = fit_on(recipe, counted, np.arange(len(TITLES)), LABELS, 3)
    found = explain_blocks(joined.answer[0], cells[0], 0, 2)
    assert (found.chosen_class, found.other_class) == (0, 1) and np.isfinite(found.prior)
    _, joined, cells = fit_on(recipe, counted, np.flatnonzero(LABELS == 1), LABELS[LABELS == 1], 3)
    single, _ = joined.answer
    found = explain_blocks(single, sparse.csr_matrix(cells[0]))
    assert found.chosen_class == 1 and not found.contributions.any()
