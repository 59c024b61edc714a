"""Stages that a worker keeps between jobs: flipping one switch then recounts only what comes after it.

Values are frozen, so jobs share them. Each is kept under the recipe cut after its stage, and under the place that its
articles come from, as it is now. A worker does one job at a time.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from bowcore.corpus.corpus import Corpus
from bowcore.corpus.split import Split, split_corpus
from bowcore.experiment import stages
from bowcore.experiment.on_disk import corpus_stamp, open_corpus, open_reading
from bowcore.experiment.stages import Experiment, Matrix, Reading
from bowcore.findings.leaks import needs_near_duplicates
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
from bowcore.learn.linear.logistic import LogisticFit, fit_logistic
from bowcore.matrix.counts import Counts
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec, VocabularySpec
from bowcore.recipe.steps import TermsSpec
from bowcore.text.terms import Chain

ANCHORED_FROM = 500_000
"""Filled training cells from which a fit is given a start: fewer are fitted from nothing in 0.3 s."""

KEPT_PLAIN = 8
"""Fits that others start from: a megabyte each on news."""

Origin = tuple[str, str]

_PLAIN: OrderedDict[tuple[Origin, Recipe], LogisticFit] = OrderedDict()


def experiment(recipe: Recipe) -> Experiment:
    """Every stage up to the matrix, as `pipeline.run_recipe` makes them, recomputed only where the recipe is new.

    Raises:
        BowlabError: The corpus is missing, or the recipe leaves no terms.
    """
    origin = _origin(recipe)
    return Experiment(
        corpus=_corpus(origin, recipe.through("corpus")),
        split=_split(origin, recipe.through("split")),
        reading=_reading(origin, recipe.through("text")),
        chain=_chain(origin, recipe.through("terms")),
        counts=_counts(origin, recipe.through("terms")),
        matrix=_matrix(origin, recipe.through("weighting")),
    )


def corpus(recipe: Recipe) -> Corpus:
    """The recipe's articles.

    Raises:
        CorpusError: They are missing.
    """
    return _corpus(_origin(recipe), recipe.through("corpus"))


def split(recipe: Recipe) -> Split:
    """The recipe's articles by part.

    Raises:
        CorpusError: They are missing.
    """
    return _split(_origin(recipe), recipe.through("split"))


def fit(recipe: Recipe, should_stop: Callable[[], bool] = lambda: False) -> LogisticFit:
    """The recipe's probe, started from coefficients that are kept where that saves time.

    They are always those of the plain recipe that reads the same articles with the same cell values, never those of
    the job before: a probe's answer must not depend on what was asked earlier.
    """
    plain, origin = anchor(recipe), _origin(recipe)
    features = _matrix(origin, recipe.through("weighting")).features
    if plain == recipe.through("weighting"):
        return _plain_fit(origin, plain, should_stop)
    start = _plain_fit(origin, plain, should_stop).coefficients if features.train.nnz >= ANCHORED_FROM else None
    return fit_logistic(features, start, should_stop=should_stop)


def prepare_fit(recipe: Recipe, should_stop: Callable[[], bool]) -> bool:
    """Keep the coefficients from which the fits of such recipes start; whether they are kept, or it was stopped."""
    return not _plain_fit(_origin(recipe), anchor(recipe), should_stop).stopped


def anchor(recipe: Recipe) -> Recipe:
    """The plain recipe from whose coefficients those of this one are reached.

    Under the tagger's lemmas it reads the very same texts: those of others, unrepaired ones, may not be made.
    """
    plain = replace(recipe, terms=TermsSpec(), sample=SampleSpec(), vocabulary=VocabularySpec()).through("weighting")
    return plain if recipe.text.units == "lemmas" else plain.change(repair=False)


def forget() -> None:
    """Drop everything that is kept."""
    for kept in (_corpus, _split, _reading, _chain, _counts, _near, _matrix):
        kept.cache_clear()
    _PLAIN.clear()


def _origin(recipe: Recipe) -> Origin:
    return os.environ.get("BOWLAB_DATA", ""), corpus_stamp(recipe.corpus.corpus, recipe.corpus.revision)


@lru_cache(maxsize=3)
def _corpus(origin: Origin, recipe: Recipe) -> Corpus:
    return open_corpus(recipe.corpus.corpus, recipe.corpus.revision)


@lru_cache(maxsize=3)
def _split(origin: Origin, recipe: Recipe) -> Split:
    return split_corpus(_corpus(origin, recipe.through("corpus")), recipe.split)


@lru_cache(maxsize=4)
def _reading(origin: Origin, recipe: Recipe) -> Reading:
    corpus_digest = _corpus(origin, recipe.through("corpus")).digest
    return open_reading(corpus_digest, _split(origin, recipe.through("split")), recipe)


@lru_cache(maxsize=8)
def _chain(origin: Origin, recipe: Recipe) -> Chain:
    return stages.map_terms(_reading(origin, recipe.through("text")), recipe)


@lru_cache(maxsize=4)
def _counts(origin: Origin, recipe: Recipe) -> Counts:
    return stages.count(_reading(origin, recipe.through("text")), _chain(origin, recipe.through("terms")), recipe)


@lru_cache(maxsize=2)
def _near(origin: Origin, recipe: Recipe) -> NearDuplicates:
    return find_near_duplicates(_split(origin, recipe))


@lru_cache(maxsize=4)
def _matrix(origin: Origin, recipe: Recipe) -> Matrix:
    near = _near(origin, recipe.through("split")) if needs_near_duplicates(recipe.sample) else None
    counts, split = _counts(origin, recipe.through("terms")), _split(origin, recipe.through("split"))
    return stages.build_matrix(counts, split, recipe, near)


def _plain_fit(origin: Origin, recipe: Recipe, should_stop: Callable[[], bool]) -> LogisticFit:
    key = origin, recipe
    found = _PLAIN.get(key) or fit_logistic(_matrix(origin, recipe).features, should_stop=should_stop)
    if not found.stopped:  # half a fit depends on when it was stopped
        _PLAIN[key] = found
        _PLAIN.move_to_end(key)
        while len(_PLAIN) > KEPT_PLAIN:
            _PLAIN.popitem(last=False)
    return found
