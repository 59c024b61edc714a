"""A split made of one of the small corpora: every third article is for validation, the others for training."""

from __future__ import annotations

from bowcore.corpus.split import SealedTest, Split
from bowcore.experiment.stages import Matrix, build_matrix, count, map_terms, read_split
from bowcore.matrix.counts import Counts
from bowcore.recipe.recipe import Recipe
from tests.experiment.test_stages import documents
from tests.small_corpora import SMALL_CORPORA


def small_split(name: str) -> Split:
    texts, labels, names = SMALL_CORPORA[name]()
    rows = range(len(texts))
    train, validation = (
        documents(
            [texts[i] for i in rows if chosen(i)], [""] * sum(map(chosen, rows)), [labels[i] for i in rows if chosen(i)]
        )
        for chosen in (lambda i: i % 3 != 1, lambda i: i % 3 == 1)
    )
    sealed = SealedTest(documents([], [], []), len(names), train)
    return Split(train, validation, sealed, names)


def small_answer(name: str, recipe: Recipe) -> tuple[Split, Counts, Matrix]:
    split = small_split(name)
    reading = read_split(split, recipe)
    counts = count(reading, map_terms(reading, recipe), recipe)
    return split, counts, build_matrix(counts, split, recipe)
