"""Runs that differ in their seed alone, counted as one: the mean, the spread and the number of seeds.

A group holds all runs that are alike, and one for each seed: a run repeated with its seed repeats its numbers, and
would make the spread look smaller than it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev
from typing import Self, TypeVar

from bowcore.numbers import NO_BREAK_SPACE, decimal
from bowcore.recipe.recipe import Recipe

Item = TypeVar("Item")

N_SEEDS = 5
"""Seeds that one click runs, the recipe's own among them."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One number of several seeds. `sd` divides by n - 1; a single seed has none, and it is NaN."""

    values: tuple[float, ...]
    mean: float
    sd: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The spread of one value or more."""
        kept = tuple(values)
        return cls(kept, fmean(kept), stdev(kept) if len(kept) > 1 else math.nan)

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.values)

    def in_percent(self) -> str:
        """Shares as `95.4 ± 0.8 %, n = 5`; of one seed, its value alone.

        >>> Spread.of([0.95, 0.96, 0.97]).in_percent().replace(NO_BREAK_SPACE, " ")
        '96.0 ± 1.0 %, n = 3'
        """
        if self.n == 1:
            return f"{decimal(100 * self.mean)}{NO_BREAK_SPACE}%, n = 1"
        return f"{decimal(100 * self.mean)} ± {decimal(100 * self.sd)}{NO_BREAK_SPACE}%, n = {self.n}"


def without_seed(recipe: Recipe) -> Recipe:
    """The recipe with the seed that all recipes of its group share."""
    return recipe.change(network_seed=0)


@lru_cache(maxsize=4096)  # all finished trainings are folded at every rerun of a page
def key_without_seed(recipe: Recipe) -> str:
    """Equal for recipes that differ in the seed of the network alone."""
    return without_seed(recipe).key()


def seeds_to_run(recipe: Recipe, n: int = N_SEEDS) -> tuple[int, ...]:
    """The recipe's own seed, then the smallest others.

    >>> seeds_to_run(Recipe().change(network_seed=2))
    (2, 0, 1, 3, 4)
    """
    own = recipe.network.network_seed
    return (own, *[seed for seed in range(n) if seed != own][: n - 1])


def fold(
    runs: Iterable[Item], recipe_of: Callable[[Item], Recipe], also: Callable[[Item], Hashable] = lambda run: None
) -> list[list[Item]]:
    """Runs in groups that differ in their seed alone, in the order of each group's first run.

    Args:
        runs: Of two runs with one seed the first counts: give the newest first.
        recipe_of: Returns the recipe of a run.
        also: What must be equal besides, such as the digest of the corpus or the kind of model.
    """
    groups: dict[tuple[str, Hashable], dict[int, Item]] = {}
    for run in runs:
        recipe = recipe_of(run)
        group = groups.setdefault((key_without_seed(recipe), also(run)), {})
        group.setdefault(recipe.network.network_seed, run)
    return [list(group.values()) for group in groups.values()]
