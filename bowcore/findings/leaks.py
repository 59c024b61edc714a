"""Leaked training articles, which repeat an article of another split, and samples without them."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Rows, Split, sample_documents, whole_texts
from bowcore.errors import RecipeError
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates, near_leaks
from bowcore.numbers import decimal
from bowcore.recipe.specs import SampleSpec


def find_leaks(split: Split, leak_similarity: float = 1.0, near: NearDuplicates | None = None) -> NDArray[np.bool_]:
    """Mask of training articles that repeat an article of another split: (n_train,).

    Headline and body are compared, whichever of them a recipe reads: exact repeats of validation and test articles,
    and below a similarity of 1 also articles that share at least that share of shingles with a validation article.
    `near` are the split's near duplicates, if already known.

    Raises:
        RecipeError: Too many articles are alike, so pairs of this similarity were not searched for.
        MemoryBudgetError: The search for near duplicates would not fit.
    """
    repeats = pc.is_in(whole_texts(split.train), whole_texts(split.validation)).to_numpy()
    leaks: NDArray[np.bool_] = repeats | split.test.training_repeats
    if leak_similarity < 1:
        near = _complete(near or find_near_duplicates(split), leak_similarity)
        leaks = leaks | near_leaks(near, split.train.n_documents, leak_similarity)
    leaks.flags.writeable = False
    return leaks


def find_twins(split: Split, leak_similarity: float = 1.0, near: NearDuplicates | None = None) -> NDArray[np.bool_]:
    """Mask of validation articles that have a training article which `find_leaks` finds: (n_validation,).

    Raises:
        RecipeError: See `find_leaks`.
        MemoryBudgetError: See `find_leaks`.
    """
    twins: NDArray[np.bool_] = pc.is_in(whole_texts(split.validation), whole_texts(split.train)).to_numpy()
    if leak_similarity < 1:
        near = _complete(near or find_near_duplicates(split), leak_similarity)
        twins = twins | near_leaks(near, split.train.n_documents, leak_similarity, of="validation")
    return twins


def draw_sample(split: Split, spec: SampleSpec, near: NearDuplicates | None = None) -> Rows:
    """Positions of the training articles to learn from, in order: leaks are removed before the sample is drawn.

    Raises:
        RecipeError: No training article is left, or see `find_leaks`.
        MemoryBudgetError: See `find_leaks`.
    """
    labels, kept = split.train.labels, np.arange(split.train.n_documents)
    if spec.drop_leaked:
        kept = np.flatnonzero(~find_leaks(split, spec.leak_similarity, near))
        if not len(kept):
            raise RecipeError(
                f"All {len(labels):,} training articles repeat a validation or test article; keep leaked articles.",
                "drop_leaked",
            )
    drawn: Rows = kept[sample_documents(labels[kept], spec.training_articles, spec.sample_seed)]
    return drawn


def needs_near_duplicates(spec: SampleSpec) -> bool:
    """Whether the sample depends on near duplicates, which take a second to find and are worth caching."""
    return spec.drop_leaked and spec.leak_similarity < 1


def _complete(near: NearDuplicates, leak_similarity: float) -> NearDuplicates:
    if leak_similarity < near.complete_from:
        raise RecipeError(
            "So many articles are alike that pairs were looked for from a similarity of "
            f"{decimal(near.complete_from, 2)} "
            f"only; raise leak_similarity from {decimal(leak_similarity, 2)} to {decimal(near.complete_from, 2)} "
            "or more.",
            "leak_similarity",
        )
    return near
