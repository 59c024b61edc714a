"""Runs folded by everything but their seed, against a plain computation."""

from __future__ import annotations

import math
import statistics

import numpy as np

from bowcore.judge.seeds import Spread, fold, seeds_to_run
from bowcore.recipe.recipe import Recipe

Run = tuple[Recipe, str, float]


def run(accuracy: float, corpus: str = "a", **values: object) -> Run:
    return Recipe().change(**values), corpus, accuracy


def fold_runs(*runs: Run) -> list[list[float]]:
    groups = fold(runs, lambda run: run[0], lambda run: run[1])
    return [[accuracy for *_, accuracy in group] for group in groups]


def test_the_spread_is_numpys() -> None:
    values = [0.91, 0.93, 0.925, 0.90, 0.95]
    found = Spread.of(values)
    np.testing.assert_allclose((found.mean, found.sd, found.n), (np.mean(values), np.std(values, ddof=1), 5))
    assert found.in_percent().replace("\u00a0", " ") == "92.3 ± 1.9 %, n = 5"
    assert found.sd == statistics.stdev(values)


def test_one_seed_has_no_spread() -> None:
    assert math.isnan(Spread.of([0.9]).sd)
    assert Spread.of([0.9]).in_percent().replace("\u00a0", " ") == "90.0 %, n = 1"


def test_runs_that_differ_in_anything_but_the_seed_stay_apart() -> None:
    runs = (
        run(0.1), run(0.2, network_seed=1), run(0.3, epochs=2), run(0.4, network_seed=7), run(0.5, corpus="b"),
        run(0.6, epochs=2, network_seed=4_294_967_295), run(0.7, split_seed=1), run(0.8, sample_seed=1),
    )  # fmt: skip
    assert fold_runs(*runs) == [[0.1, 0.2, 0.4], [0.3, 0.6], [0.5], [0.7], [0.8]]


def test_a_run_repeated_with_its_seed_counts_once_as_its_newest() -> None:
    assert fold_runs(run(0.3, network_seed=1), run(0.2), run(0.1, network_seed=1)) == [[0.3, 0.2]]


def test_five_seeds_are_different_and_hold_the_recipes_own() -> None:
    for own in (0, 3, 5, 4_294_967_295):
        seeds = seeds_to_run(Recipe().change(network_seed=own))
        assert (len(set(seeds)), seeds[0]) == (5, own)
