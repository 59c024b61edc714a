"""Goodness of fit of a power law: how often a sample drawn from it lies as far from its own fit.

After Clauset, Shalizi and Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009), section 4.1. Each
sample has as many terms as the corpus: those of the tail are drawn from the fitted law, the others from the counts
below it. Each sample is fitted like the corpus, with a least count of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import RecipeError
from bowcore.matrix.frequencies.power_law import PowerLaw, best_power_law
from bowcore.matrix.frequencies.sizes import Sizes

REJECTED_BELOW = 0.1
"""A p-value below it rejects the power law (section 4.1)."""

N_SAMPLES = 1000
"""The standard error of a p-value of 0.1 is then 0.0095."""

_TABLE = 100_000  # counts whose probabilities are tabulated; larger ones are drawn from the continuous law


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """Result of the test.

    Attributes:
        n_samples: Number of samples that a power law could be fitted to.
        n_farther: How many of them lie at least as far from their fit as the corpus from its own.
    """

    n_samples: int
    n_farther: int

    @property
    def p(self) -> float:
        """Share of the samples that lie at least as far from their fit."""
        return self.n_farther / max(self.n_samples, 1)

    @property
    def rejected(self) -> bool:
        """Whether the power law is ruled out."""
        return self.p < REJECTED_BELOW


def goodness_of_fit(
    sizes: Sizes,
    law: PowerLaw,
    n_samples: int = N_SAMPLES,
    seed: int = 0,
    on_sample: Callable[[int], None] = lambda n_done: None,
) -> GoodnessOfFit:
    """Test the power law that `best_power_law` fits to these sizes.

    `on_sample` is called with the number of samples done before each; an exception that it raises ends the test.
    """
    generator = np.random.default_rng(seed)
    below = sizes.counts < law.x_min
    n_below = int(sizes.n_terms[below].sum())
    shares = sizes.n_terms[below] / max(n_below, 1)
    n_fitted = n_farther = 0
    for number in range(n_samples):
        on_sample(number)
        n_drawn = int(generator.binomial(sizes.n, n_below / sizes.n)) if n_below else 0
        small = generator.multinomial(n_drawn, shares) if n_drawn else np.zeros(len(shares), dtype=np.int64)
        counts, n_terms = np.unique(draw_power_law(law, sizes.n - n_drawn, generator), return_counts=True)
        filled = small > 0
        sample = Sizes(
            np.concatenate([sizes.counts[below][filled], counts]), np.concatenate([small[filled], n_terms])
        )  # fmt: skip
        try:
            distance = best_power_law(sample).distance
        except RecipeError:  # too few different counts: no power law can be fitted
            continue
        n_fitted += 1
        n_farther += distance >= law.distance
    return GoodnessOfFit(n_fitted, n_farther)


@lru_cache(maxsize=1)
def _tail_table(law: PowerLaw) -> NDArray[np.float64]:
    """Probabilities of a count of at least `x_min`, `x_min` + 1 and so on; the samples of one law share it."""
    return law.tail(np.arange(law.x_min, law.x_min + _TABLE))


def draw_power_law(law: PowerLaw, n: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """`n` counts drawn from the law, at least `x_min`: by the inverse of its distribution function."""
    at_least = _tail_table(law)
    drawn = 1 - generator.random(n)  # in (0, 1]
    # the count is the largest one that is reached with a probability of at least the drawn number
    counts = law.x_min + np.searchsorted(-at_least, -drawn, side="right") - 1
    far = drawn < at_least[-1]
    # beyond the table, counts are so large that the law is continuous to five digits (equation D.6)
    start = law.x_min + _TABLE - 1
    largest = float(np.iinfo(np.int64).max // 2)
    counts[far] = np.minimum(start * (at_least[-1] / drawn[far]) ** (1 / (law.exponent - 1)), largest).astype(np.int64)
    return counts.astype(np.int64)
