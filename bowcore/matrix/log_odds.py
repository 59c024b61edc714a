"""Terms typical of a class: log-odds ratios against all other classes, shrunk by an informative prior.

After Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16 (2008), equations 15 to 22. The prior adds
imaginary tokens to both sides, distributed over the terms like all training tokens. It shrinks the ratios of rare
terms towards 0; a ratio divided by its standard error, z, ranks terms without a limit on their frequency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.nouns import TEXTS

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

PRIOR_TOKENS = 10_000
_ROUNDING = 1e-9  # a class without tokens equals the rest, up to rounding


@dataclass(frozen=True, slots=True)
class LogOdds:
    """Each class against the rest, (n_classes, n_terms).

    Attributes:
        ratio: Natural log-odds ratio under the prior; above 0 if the class uses the term more than the rest does.
        z: `ratio` over its standard error.
        unshrunk: The ratio without the prior: infinite if one side never uses the term.
        prior: Imaginary tokens of each term on each side, (n_terms,).
    """

    ratio: Floats
    z: Floats
    unshrunk: Floats
    prior: Floats


def count_by_class(matrix: sparse.csr_matrix, labels: NDArray[np.int32], n_classes: int) -> Counts:
    """Sums of the rows of each class, (n_classes, n_terms): occurrences from counts, articles from presence."""
    n_documents = matrix.shape[0]
    ones = np.ones(n_documents, dtype=np.int64)
    members = sparse.csr_matrix((ones, (labels, np.arange(n_documents))), shape=(n_classes, n_documents))
    summed: Counts = (members @ matrix).toarray().astype(np.int64)
    return summed


def compare_classes(by_class: Counts, prior_tokens: float = PRIOR_TOKENS) -> LogOdds:
    """Log-odds ratios of every term for every class against all others together.

    Args:
        by_class: Occurrences, (n_classes, n_terms).
        prior_tokens: Size of the prior: imaginary tokens on each side, above 0.

    Raises:
        RecipeError: Fewer than 2 classes have tokens, or fewer than 2 terms occur.
    """
    everything = by_class.sum(axis=0)
    n_spoken, n_terms = int((by_class.sum(axis=1) > 0).sum()), int((everything > 0).sum())
    if n_spoken < 2 or n_terms < 2:
        raise RecipeError(
            f"Typical words need 2 classes and 2 terms to compare; here {n_spoken} classes have tokens of {n_terms} "
            f"terms. Read more {TEXTS}, or keep more terms."
        )
    prior = prior_tokens * everything / everything.sum()
    inside, outside = by_class.astype(np.float64), (everything[None, :] - by_class).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # without the prior, 0 / 0 occurs
        unshrunk = _log_odds(inside, 0.0) - _log_odds(outside, 0.0)
        ratio = _log_odds(inside, prior) - _log_odds(outside, prior)
        error = np.sqrt(1 / (inside + prior) + 1 / (outside + prior))
    absent = everything == 0
    for values in (ratio, unshrunk):
        values[:, absent] = 0.0
    z = np.divide(ratio, error, out=np.zeros_like(ratio), where=~absent[None, :])
    return LogOdds(ratio, z, unshrunk, prior)


def typical_terms(
    terms: pa.StringArray,
    by_class: Counts,
    documents_by_class: Counts,
    odds: LogOdds,
    class_names: Sequence[str],
    k: int = 10,
) -> pd.DataFrame:
    """The `k` terms with the largest z of each class, largest first; only terms that the class uses more than the rest.

    Columns `class`, `term`, `z`, `log_odds`, `unshrunk`, `count` and `documents` (of the class), `other_count` and
    `other_documents` (of all other classes), `prior` (imaginary tokens on each side).
    """
    all_counts, all_documents = by_class.sum(axis=0), documents_by_class.sum(axis=0)
    parts = []
    for label, name in enumerate(class_names):
        # ties in alphabetical order, like the terms
        top = np.argsort(-odds.z[label], kind="stable")[:k]
        top = top[odds.z[label, top] > _ROUNDING]
        parts.append(
            pd.DataFrame(
                {
                    "class": [name] * len(top),
                    "term": terms.take(pa.array(top)).to_pylist(),
                    "z": odds.z[label, top],
                    "log_odds": odds.ratio[label, top],
                    "unshrunk": odds.unshrunk[label, top],
                    "count": by_class[label, top],
                    "documents": documents_by_class[label, top],
                    "other_count": all_counts[top] - by_class[label, top],
                    "other_documents": all_documents[top] - documents_by_class[label, top],
                    "prior": odds.prior[top],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _log_odds(counts: Floats, prior: Floats | float) -> Floats:
    """Logarithm of the odds of each term on one side: its tokens over all others, imaginary ones included."""
    mine = counts + prior
    all_tokens = mine.sum(axis=1, keepdims=True)
    odds: Floats = np.log(mine) - np.log(all_tokens - mine)
    return odds
