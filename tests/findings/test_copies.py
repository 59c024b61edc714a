"""Validation articles that repeat a training article, against a comparison of every pair."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from bowcore.experiment.experiments import Experiments
from bowcore.findings.copies import find_copies
from bowcore.findings.near_duplicates import find_near_duplicates
from bowcore.recipe.presets import preset
from tests.findings.test_near_duplicates import shingles_of, split_of
from tests.pages.plain import articles, plain

TEXTS = [
    "one two three four five six",
    "red green blue white black grey",
    "a cat sat on the mat today",
    "one two three four five six",
    "red green blue white black brown",
    "!!!",
    "nothing like it was ever written here",
]


def reference(texts: list[str], others: list[str], least: float) -> NDArray[np.bool_]:
    """Which texts share at least this part of their shingles with one of the others; by an index of all shingles."""
    sets, owners = [shingles_of(text) for text in others], defaultdict(list)
    for number, members in enumerate(sets):
        for shingle in members:
            owners[shingle].append(number)
    found = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        own = shingles_of(text)
        shared = Counter(number for shingle in own for number in owners[shingle])
        found[row] = any(n / (len(own) + len(sets[number]) - n) >= least for number, n in shared.items())
    return found


@pytest.mark.parametrize("rows", [[0, 1, 2], [1, 2], [2]])
@pytest.mark.parametrize("least", [0.5, 0.8])
def test_copies_are_those_of_the_articles_that_are_learned_from(rows: list[int], least: float) -> None:
    found = find_near_duplicates(split_of(TEXTS, [0] * len(TEXTS), 3))
    copies = find_copies(found, 3, np.array(rows), least)
    expected = reference(TEXTS[3:], [TEXTS[row] for row in rows], least)
    np.testing.assert_array_equal(copies, expected)


def test_bbc_news_has_37_copies_which_naive_bayes_gets_right_more_often_than_the_others() -> None:
    recipe = preset("recommended")
    train, validation = ([f"{title} {body}" for title, body, _ in articles(part)] for part in ("train", "validation"))
    found = Experiments().near_duplicates(recipe)
    copies = find_copies(found, len(train), np.arange(len(train)))
    assert copies.sum() == 37
    np.testing.assert_array_equal(copies, reference(validation, train, 0.8))
    expected = plain(recipe)
    is_right = expected.predictions == expected.labels
    assert is_right[copies].all() and is_right[~copies].sum() == 284
