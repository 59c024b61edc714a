"""What the code of an experiment needs to know of its corpus: sizes and names, never a text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bowcore.corpus.split import TEST_DRAW, split_rows
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import TextSpec
from bowcore.take_home.loading import load
from bowcore.take_home.piece import Piece
from bowcore.take_home.signs import Signs, find_signs


@dataclass(frozen=True, slots=True)
class Draw:
    """One stratified draw: how many rows, and by which seed."""

    n: int
    seed: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A corpus in figures, and how its split is drawn.

    Attributes:
        name: Its name in the recipe.
        title: Its name on the screen.
        class_names: Classes in corpus order.
        digest: Digest of its articles.
        n_documents: Number of its articles.
        n_own_test: Rows of its own test split, the last ones.
        n_own_validation: Rows of its own validation split, before them.
        has_groups: Whether no split divides a group.
        n_rare: Articles of classes that are for training as a whole, since they are too small for a draw.
        least: Articles that a class needs for a draw.
        test: The draw of the test rows; None if the corpus has its own.
        validation: The draw of the validation rows; None if the corpus has its own.
        listed: Rows for test and validation, if scikit-learn refuses to draw so few of so many classes.
        near: Rows of training articles that nearly repeat a validation article and are left out.
        text: How its texts were read for their signs.
        signs: What its texts are written with.
        loading: Code that loads it.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    digest: str
    n_documents: int
    n_own_test: int
    n_own_validation: int
    has_groups: bool
    n_rare: int
    least: int
    test: Draw | None
    validation: Draw | None
    listed: tuple[tuple[int, ...], tuple[int, ...]] | None
    near: tuple[int, ...]
    text: TextSpec
    signs: Signs
    loading: Piece


def find_facts(recipe: Recipe) -> Facts:
    """The facts of a recipe's corpus.

    Raises:
        CorpusError: The corpus cannot be read.
    """
    corpus, loading = load(recipe)
    n, n_test, n_validation = corpus.n_documents, corpus.n_own_test, corpus.n_own_validation
    least = 3 - bool(n_test) - bool(n_validation)
    sizes = np.bincount(corpus.labels[: n - n_test - n_validation], minlength=len(corpus.class_names))
    shares, of = corpus.rule, n - n_test if n_test else n
    test = None if n_test else Draw(math.ceil(shares.test_share * n), TEST_DRAW.split_seed)
    validation = None if n_validation else Draw(math.ceil(shares.validation_share * of), recipe.split.split_seed)
    _, validation_rows, test_rows = split_rows(corpus, recipe.split)
    refused = corpus.groups is None and _refused(sizes[sizes >= least], test, validation)
    return Facts(
        name=recipe.corpus.corpus,
        title=corpus.provenance.title,
        class_names=corpus.class_names,
        digest=corpus.digest,
        n_documents=n,
        n_own_test=n_test,
        n_own_validation=n_validation,
        has_groups=corpus.groups is not None,
        n_rare=int(sizes[sizes < least].sum()),
        least=least,
        test=test,
        validation=validation,
        listed=(tuple(np.sort(test_rows).tolist()), tuple(np.sort(validation_rows).tolist())) if refused else None,
        near=_near(recipe),
        text=recipe.text,
        signs=find_signs(corpus.articles, recipe.text),
        loading=loading,
    )


def _refused(sizes: NDArray[np.int64], test: Draw | None, validation: Draw | None) -> bool:
    """Whether scikit-learn refuses a draw: fewer rows than classes, or a class of one row."""
    n_left, smallest = int(sizes.sum()), int(sizes.min()) if len(sizes) else 0
    if test is not None:
        if test.n < len(sizes) or smallest < 2:
            return True
        n_left -= test.n
        smallest -= math.ceil(smallest * test.n / (n_left + test.n))
    return validation is not None and (min(validation.n, n_left - validation.n) < len(sizes) or smallest < 2)


def _near(recipe: Recipe) -> tuple[int, ...]:
    """Rows of training articles that are left out because they nearly repeat a validation article."""
    if not (recipe.sample.drop_leaked and recipe.sample.leak_similarity < 1):
        return ()
    from bowcore.experiment.experiments import process_experiments
    from bowcore.findings.leaks import find_leaks

    experiments = process_experiments()
    split = experiments.split(recipe)
    leaks = find_leaks(split, recipe.sample.leak_similarity, experiments.near_duplicates(recipe))
    return tuple(split.train.rows[leaks & ~find_leaks(split)].tolist())
