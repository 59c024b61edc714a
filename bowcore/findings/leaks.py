"""Leaked training articles, which repeat an article of another split, and samples without them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.draws import Rows, sample_documents
from bowcore.corpus.split import Split, whole_texts
from bowcore.errors import RecipeError
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates, near_leaks
from bowcore.nouns import TEXT, TEXTS
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
    leaks: NDArray[np.bool_] = _repeats(split, "training", leak_similarity, near) | split.test.train_in_test
    leaks.flags.writeable = False
    return leaks


def find_twins(split: Split, leak_similarity: float = 1.0, near: NearDuplicates | None = None) -> NDArray[np.bool_]:
    """Mask of validation articles that training articles found by `find_leaks` repeat: (n_validation,); same errors."""
    return _repeats(split, "validation", leak_similarity, near)


def draw_sample(split: Split, spec: SampleSpec, near: NearDuplicates | None = None) -> Rows:
    """Positions of the training articles to learn from, in order: leaks are removed before the sample is drawn.

    Raises:
        RecipeError: No training article is left; or as `find_leaks`, like MemoryBudgetError.
    """
    labels, kept = split.train.labels, np.arange(split.train.n_documents)
    if spec.drop_leaked:
        kept = np.flatnonzero(~find_leaks(split, spec.leak_similarity, near))
        if not len(kept):
            raise RecipeError(
                f"All {len(labels):,} training {TEXTS} repeat a validation or test {TEXT}; keep leaked {TEXTS}.",
                "drop_leaked",
            )
    drawn: Rows = kept[sample_documents(labels[kept], spec.training_articles, spec.sample_seed)]
    return drawn


def needs_near_duplicates(spec: SampleSpec) -> bool:
    """Whether the sample depends on near duplicates, which take a second to find and are worth caching."""
    return spec.drop_leaked and spec.leak_similarity < 1


def _repeats(
    split: Split, of: Literal["training", "validation"], leak_similarity: float, near: NearDuplicates | None
) -> NDArray[np.bool_]:
    """Mask of the articles of one open split that repeat an article of the other, or are as similar."""
    own, other = (split.train, split.validation) if of == "training" else (split.validation, split.train)
    repeats: NDArray[np.bool_] = pc.is_in(whole_texts(own), whole_texts(other)).to_numpy()
    if leak_similarity >= 1:
        return repeats
    near = near or find_near_duplicates(split)
    if leak_similarity < near.complete_from:
        complete_from = decimal(near.complete_from, 2)
        raise RecipeError(
            f"So many {TEXTS} are alike that pairs were looked for from a similarity of {complete_from} only; raise "
            f"leak_similarity from {decimal(leak_similarity, 2)} to {complete_from} or more.",
            "leak_similarity",
        )
    return repeats | near_leaks(near, split.train.n_documents, leak_similarity, of)
