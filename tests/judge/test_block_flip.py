"""Words without which models of blocks give a text another label: against every set, tried one by one."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pyarrow as pa
import pytest

from bowcore.experiment.blocks import count_blocks, fit_on
from bowcore.judge.block_flip import WordFlip, search_word_flip
from bowcore.learn.linear.blocks import BlocksModel
from bowcore.recipe.recipe import Recipe

TITLES = ["Oil rises", "Cup final", "Oil falls again", "The Cup", "Rain all day"] * 6
BODIES = [
    "oil oil at forty dollars today",
    "the final was won by a goal",
    "oil fell to thirty dollars",
    "a goal in the final for the winners",
    "rain and wind today",
] * 6
LABELS = np.array([0, 1, 0, 1, 2] * 6, np.int32)
RECIPE = Recipe().change(
    blocks=("words 1-2 ratio-idf", "headline 1-1 tfidf x0.5", "characters 2-4 case ratio"),
    models=("svm 1", "logistic 5 on 1+3"),
)
TEXTS = [
    ("Oil", "a goal for the dollars of oil today"),
    ("Cup", "oil and rain"),
    ("", "rain rain final"),
    ("Goal", "goal"),
    ("", "nothing known xyz"),
]


def fitted(recipe: Recipe) -> BlocksModel:
    counted = count_blocks((pa.array(TITLES), pa.array(BODIES)), recipe)
    blocks, joined, _ = fit_on(recipe, counted, np.arange(len(TITLES)), LABELS, 3)
    return BlocksModel(blocks, joined.answer)


def label(model: BlocksModel, recipe: Recipe, title: str, body: str) -> int:
    cells = model.blocks.join(count_blocks((pa.array([title]), pa.array([body])), recipe))
    return int(model.votes(cells)[0].argmax())


def flip(model: BlocksModel, recipe: Recipe, title: str, body: str) -> WordFlip | None:
    return search_word_flip(
        model,
        (pa.array([title]), pa.array([body])),
        recipe.terms,
        lambda fields: model.blocks.join(count_blocks(fields, recipe)),
    )


@pytest.mark.parametrize("models", [("svm 1", "logistic 5 on 1+3"), ("logistic 5",), ("bayes 1",)])
@pytest.mark.parametrize(("title", "body"), TEXTS)
def test_a_flip_changes_the_label_needs_every_word_and_is_found_where_one_word_is_enough(
    title: str, body: str, models: tuple[str, ...]
) -> None:
    recipe = RECIPE.change(models=models)
    model = fitted(recipe)
    called = label(model, recipe, title, body)

    def without(*words: str) -> int:
        rest = (" ".join(word for word in part.split() if word not in words) for part in (title, body))
        return label(model, recipe, *rest)

    words = sorted({*title.split(), *body.split()})
    every = chain.from_iterable(combinations(words, n) for n in range(1, len(words) + 1))
    fewest = next((len(some) for some in every if without(*some) != called), 0)
    found = flip(model, recipe, title, body)
    if found is None:
        assert fewest != 1
        return
    assert without(*found.words) == found.new_class != called
    assert len(found.words) >= fewest > 0 and found.proven == (len(found.words) == 1)
    assert fewest != 1 or found.proven
    for word in found.words:
        assert len(found.words) == 1 or without(*(other for other in found.words if other != word)) == called


def test_a_text_without_a_known_word_has_none() -> None:
    model = fitted(RECIPE)
    assert flip(model, RECIPE, "", "") is None
    assert flip(model, RECIPE, "", "qqq") is None
