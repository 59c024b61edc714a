"""Ablation of the tutorial's four changes: every combination, several seeds, the same validation articles."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.progress import Progress
from bowcore.judge.comparison import LEVEL, MIN_ARTICLES, TOO_FEW, paired_change
from bowcore.judge.factorial import contrast, holm
from bowcore.judge.scores import Accuracy, describe_accuracy, majority_baseline
from bowcore.learn.network.training import Training
from bowcore.nouns import TEXTS
from bowcore.numbers import p_value, signed
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.tasks import lemmatise

CHANGES: dict[str, dict[str, Any]] = {
    "lemmas": {"units": "lemmas"},
    # spaCy's tokeniser knows whole contractions; the token pattern cuts them later
    "stop words": {"stop_words": "spacy-tokeniser", "contractions": "keep"},
    "top 20,000": {"vocabulary_size": 20_000},
    "TF-IDF": {"weighting": "tfidf"},
}
"""What the tutorial changed at once between its two runs, as fields of a recipe."""
HIDDEN, SEEDS = 256, (0, 1, 2, 3, 4)

Corner = tuple[bool, ...]
Predictions = dict[Corner, NDArray[np.int32]]
"""Predictions by combination of changes, each of shape (n_seeds, n_validation)."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Some of the changes together: their names, the resulting number of terms, accuracies by seed."""

    changes: tuple[str, ...]
    n_terms: int
    validation_accuracy: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ablation(Record):
    """Every combination, and the effect of each change: the fields of `Effect` and its `sentence`."""

    model: str
    n_train: int
    n_validation: int
    grid: tuple[Combination, ...]
    effects: tuple[dict[str, Any], ...]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        grid = tuple(
            Combination(tuple(row["changes"]), row["n_terms"], tuple(row["validation_accuracy"]))
            for row in body["grid"]
        )
        return super(Ablation, cls).from_json({**body, "grid": grid, "effects": tuple(body["effects"])})


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean effect of one change over all settings of the others and all seeds.

    Attributes:
        change: Its name in `CHANGES`, or "all four".
        difference: Accuracy with it minus accuracy without, in percentage points; 95 % interval from `low` to `high`.
        p_holm: P-value of no effect, with Holm's correction for all effects of the grid.
        n_pairs: Pairs of networks that differ in nothing else.
        smallest: Smallest difference of one pair; `largest` is the largest.
        n_better: Pairs with a detectable gain by themselves.
        n_worse: Pairs with a detectable loss.
    """

    change: str
    difference: float
    low: float
    high: float
    p_holm: float
    n_documents: int
    n_pairs: int
    smallest: float
    largest: float
    n_better: int
    n_worse: int

    @property
    def sentence(self) -> str:
        """The effect in words, with its interval."""
        ends = f"95 % interval {signed(self.low, 2)} to {signed(self.high, 2)}"
        verdict = "higher accuracy" if self.difference > 0 else "lower accuracy"
        if self.p_holm >= LEVEL:
            verdict = "no detectable change"
        if self.n_documents < MIN_ARTICLES:
            verdict = f"{TOO_FEW}"
        return (
            f"{self.change}: {signed(self.difference, 2)} points ({ends}; p {p_value(self.p_holm)}, Holm), the mean of "
            f"{self.n_pairs} paired comparisons on the same {self.n_documents:,} validation {TEXTS}: {verdict}. Single "
            f"pairs ran from {signed(self.smallest, 2)} to {signed(self.largest, 2)}; by themselves {self.n_better} "
            f"would have shown a gain and {self.n_worse} a loss."
        )


def corner_recipe(corner: Corner, recipe: Recipe) -> Recipe:
    """The recipe with some of the four changes; from the tutorial's baseline, all four make its revised one."""
    for chosen, values in zip(corner, CHANGES.values(), strict=True):
        recipe = recipe.change(**values) if chosen else recipe
    return recipe


def base_recipe(corpus: str, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with none of the four changes: the tutorial's baseline with a smaller network."""
    return preset("tutorial-baseline", corpus).change(**{"hidden": HIDDEN, **changes})


def ablate_job(payload: dict[str, Any], context: JobContext) -> Ablation | None:
    """The job of kind 'ablate'. Payload: `recipe` (TOML), the base of the grid, and `seeds`."""
    return ablate(Recipe.from_toml(payload["recipe"]), payload["seeds"], context)


def ablate(base: Recipe, seeds: Sequence[int], listener: JobContext) -> Ablation | None:
    """Train every combination of the four changes with every seed; None if it was stopped.

    Raises:
        RunError: The lemmas could not be computed.
    """
    if not lemmatise.prepare(corner_recipe((True,) * len(CHANGES), base), listener):
        return None
    predictions: Predictions = {}
    grid = []
    corners = list(itertools.product((False, True), repeat=len(CHANGES)))
    progress = Progress(listener, len(corners))
    progress.done(0)
    for number, corner in enumerate(corners, start=1):
        recipes = [corner_recipe(corner, base.change(network_seed=seed)) for seed in seeds]
        experiment = process_experiments().answer(recipes[0])
        features = experiment.matrix.features
        found = []
        for recipe in recipes:
            training = Training.start(features, recipe.network)
            for _ in training.events(listener.should_stop):
                pass
            if listener.should_stop():
                return None
            found.append(training.result().validation_predictions)
            ledger.record_look(experiment.corpus.digest, recipe, network=True)
        predictions[corner] = np.array(found)
        labels = features.validation_labels
        accuracies = (predictions[corner] == labels).mean(axis=1).tolist()
        names = [name for name, chosen in zip(CHANGES, corner, strict=True) if chosen]
        grid.append(Combination(tuple(names), features.n_terms, tuple(accuracies)))
        named = " + ".join(names) or "none of the four"
        mean = Accuracy.of(round(float(np.mean(accuracies)) * len(labels)), len(labels))
        guessed = majority_baseline(features.train_labels, labels).value
        progress.done(number, f"{number} of {len(corners)}: {named}, {describe_accuracy(mean, guessed, digits=2)}")
    network = base.network
    about = f"Found with a two-layer network of {network.hidden:,} hidden units on this split; others may differ."
    return Ablation(
        model=f"two-layer network, {network.hidden:,} hidden units (the tutorial has 5,000), {network.epochs} "
        f"epochs, batches of {network.batch_size:,}, {len(seeds)} seeds",
        n_train=features.train.shape[0],
        n_validation=len(labels),
        grid=tuple(grid),
        effects=tuple(
            {**asdict(effect), "sentence": f"{effect.sentence} {about}"} for effect in effects(labels, predictions)
        ),
    )


def effects(labels: NDArray[np.int32], predictions: Predictions) -> list[Effect]:
    """The main effect of each change, then of all four at once, from predictions by combination and seed.

    The interval is that of `bowcore.judge.factorial.contrast`, over other articles and other seeds. It holds for this
    split and these training articles alone.
    """
    found = []
    for position, name in enumerate(CHANGES):
        with_it = [corner for corner in predictions if corner[position]]
        without = [(*corner[:position], False, *corner[position + 1 :]) for corner in with_it]
        found.append(_effect(name, labels, predictions, without, with_it))
    none, all_four = ((chosen,) * len(CHANGES) for chosen in (False, True))
    found.append(_effect("all four", labels, predictions, [none], [all_four]))
    adjusted = holm([one.p_holm for one in found])
    return [replace(one, p_holm=p_holm) for one, p_holm in zip(found, adjusted, strict=True)]


def _effect(
    name: str, labels: NDArray[np.int32], predictions: Predictions, before: list[Corner], after: list[Corner]
) -> Effect:
    # gains: 1 fixed, -1 broken, 0 neither; shape (n_settings, n_seeds, n_validation)
    gains = np.array(
        [
            (predictions[late] == labels).astype(np.int8) - (predictions[early] == labels)
            for early, late in zip(before, after, strict=True)
        ]
    )
    _, n_seeds, n = gains.shape
    mean = contrast(gains.mean(axis=0))
    pairs = [
        paired_change(labels, predictions[early][seed], predictions[late][seed])
        for early, late in zip(before, after, strict=True)
        for seed in range(n_seeds)
    ]
    return Effect(
        change=name,
        difference=mean.difference,
        low=mean.low,
        high=mean.high,
        p_holm=mean.p_value,  # corrected by `effects`
        n_documents=n,
        n_pairs=len(pairs),
        smallest=min(pair.difference for pair in pairs),
        largest=max(pair.difference for pair in pairs),
        n_better=sum(pair.verdict == "better" for pair in pairs),
        n_worse=sum(pair.verdict == "worse" for pair in pairs),
    )
