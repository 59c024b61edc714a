"""The job that tries every combination of some switches, and the effects of the switches with their interactions.

Every finished combination is kept, so that a job that was stopped goes on where it was, and another one that shares
combinations reads them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.judge.comparison import MIN_ARTICLES, TOO_FEW
from bowcore.judge.factorial import Against, Combination, Effect, against_none, combinations, effects
from bowcore.judge.scores import Accuracy, describe_accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import points_alike
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import lemmatise
from bowcore.tasks.fitted_cells import SEEDS, Model, check_model, fit_cell, key_of, model_in_words
from bowcore.tasks.switches import Switch, find_switches, refuse_unread, switched

KIND = "factorial"
CORRECTION = "Holm"


@dataclass(frozen=True, slots=True)
class Cell(Record):
    """One combination: its switches, its accuracy (of several seeds the mean), and what it changed against none.

    Differences are percentage points, paired by article; NaN until the combination without any switch is there.
    """

    on: tuple[str, ...]
    n_terms: int
    accuracy: float
    low: float
    high: float
    by_seed: tuple[float, ...]
    seconds: float
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_holm: float | None = None
    detectable: bool = False


@dataclass(frozen=True, slots=True)
class FoundEffect(Record):
    """A main effect (one switch) or an interaction (two), in percentage points."""

    switches: tuple[str, ...]
    difference: float
    low: float
    high: float
    p_value: float
    p_holm: float
    detectable: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Factorial(Record):
    """All combinations that are done; effects only once all are.

    Attributes:
        model: What was fitted.
        switches: Labels of the switches.
        n_combinations: Of all switches.
        guess_accuracy: Accuracy of always guessing the largest class.
        method: How intervals and p-values were found, in one sentence.
    """

    model: str
    switches: tuple[str, ...]
    n_combinations: int
    n_train: int = 0
    n_validation: int = 0
    guess_accuracy: float = 0.0
    guess_class: str = ""
    cells: tuple[Cell, ...] = ()
    effects: tuple[FoundEffect, ...] = ()
    seconds: float = 0.0
    method: str = ""

    @property
    def complete(self) -> bool:
        """Whether every combination is done."""
        return len(self.cells) == self.n_combinations

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        parts = {
            "switches": tuple(body.get("switches", ())),
            "cells": tuple(read_cell(cell) for cell in body.get("cells", ())),
            "effects": tuple(
                FoundEffect.from_json({**one, "switches": tuple(one["switches"])}) for one in body.get("effects", ())
            ),
        }
        return super(Factorial, cls).from_json({**body, **parts})


def read_cell(body: Mapping[str, Any]) -> Cell:
    """A combination as it was reported."""
    return Cell.from_json({**body, "on": tuple(body["on"]), "by_seed": tuple(body["by_seed"])})


def factorial_key(recipe: Recipe, corpus_digest: str, names: Sequence[str], model: Model) -> str:
    """Key of the job."""
    code = ("judge/factorial.py", "tasks/factorial.py", "tasks/switches.py")
    return f"{key_of(recipe, model, corpus_digest, code)}-{'.'.join(names)}"


def request_factorial(
    recipe: Recipe, corpus_digest: str, names: Sequence[str], model: Model, seconds: float | None = None
) -> Job:
    """Submit the job, or return the one that waits or runs."""
    key = factorial_key(recipe, corpus_digest, names, model)
    return jobs.submit(KIND, payload_of(recipe, names, model), "long", key, seconds=seconds)


def payload_of(
    recipe: Recipe, names: Sequence[str], model: Model, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The job's payload; `values` are those of switches that are fields."""
    return {"recipe": recipe.to_toml(), "switches": list(names), "model": model, "values": dict(values or {})}


def factorial_job(payload: dict[str, Any], context: JobContext) -> Factorial | None:
    """The job of kind 'factorial'. Payload: `recipe` (TOML), `switches` (names), `model`, `values`.

    Every combination is reported as an event `CellDone` when it is done. A job that is stopped returns those.

    Raises:
        RecipeError: The switches cannot be flipped in this recipe.
    """
    recipe = Recipe.from_toml(payload["recipe"])
    check_model(recipe, payload["model"])
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in payload.get("values", {}).items()}
    switches = find_switches(payload["switches"], recipe, values)
    model: Model = payload["model"]
    if model == "blocks":
        refuse_unread(switches)
    for on in combinations(len(switches)):
        switched(recipe, switches, on)  # all are valid before the first is fitted
    everything = switched(recipe, switches, (True,) * len(switches))
    if not lemmatise.prepare(everything, context):
        return None
    return _Grid(recipe, switches, model, context).run()


class _Grid:
    """The combinations while they are done."""

    def __init__(self, recipe: Recipe, switches: tuple[Switch, ...], model: Model, context: JobContext) -> None:
        self.recipe, self.switches, self.model, self.context = recipe, switches, model, context
        self.labels = tuple(one.label for one in switches)
        self.right: dict[Combination, NDArray[np.bool_]] = {}
        self.cells: dict[Combination, Cell] = {}

    def run(self) -> Factorial:
        began = time.perf_counter()
        wanted = sorted(combinations(len(self.switches)), key=self._order)
        progress = Progress(self.context, len(wanted))
        progress.done(0, "Counting words")
        about: dict[str, Any] = {}
        for number, on in enumerate(wanted, start=1):
            if self.context.should_stop():
                break
            recipe = switched(self.recipe, self.switches, on)
            about = about or self._about(recipe)
            if not self._add(on, recipe):
                break
            cell = self.cells[on]
            n = about["n_validation"]
            share = Accuracy.of(round(cell.accuracy * n), n)
            said = describe_accuracy(share, about["guess_accuracy"], about["guess_class"], digits=2)
            self.context.emit(event={"event": "CellDone", **about, **cell.to_json()})
            progress.done(number, f"{number} of {len(wanted)}: {' + '.join(cell.on) or 'none'}, {said}")
        return self._result(about, time.perf_counter() - began)

    def _order(self, on: Combination) -> tuple[bool, ...]:
        """Combinations with the same text follow each other, then those with the same terms, and so on."""
        by_stage = sorted(range(len(on)), key=lambda place: self.switches[place].stage)
        return tuple(on[place] for place in by_stage)

    def _about(self, recipe: Recipe) -> dict[str, Any]:
        answer = process_experiments().answer(recipe)
        return {
            "n_train": len(answer.matrix.rows),
            "n_validation": len(answer.labels),
            "guess_accuracy": answer.baseline.value,
            "guess_class": answer.guess,
        }

    def _add(self, on: Combination, recipe: Recipe) -> bool:
        """Fit a combination, or read it if it was fitted before; False if it was stopped."""
        fitted = fit_cell(recipe, self.model, self.context.should_stop, SEEDS)
        if fitted is None:
            return False
        labels = process_experiments().split(recipe).validation.labels
        right = self.right[on] = fitted.predictions == labels
        mean, by_seed = float(right.mean()), tuple(right.mean(axis=1).tolist())
        share = Accuracy.of(round(mean * len(labels)), len(labels))
        names = tuple(label for label, chosen in zip(self.labels, on, strict=True) if chosen)
        self.cells[on] = Cell(names, fitted.n_terms, mean, share.low, share.high, by_seed, fitted.seconds)
        return True

    def _result(self, about: dict[str, Any], seconds: float) -> Factorial:
        done = [on for on in combinations(len(self.switches)) if on in self.cells]
        cells = [self.cells[on] for on in done]
        found: tuple[FoundEffect, ...] = ()
        if about and len(done) == 2 ** len(self.switches):
            gaps = {gap.combination: gap for gap in against_none(self.right)}
            cells = [_with_gap(self.cells[on], gaps.get(on)) for on in done]
            found = tuple(_in_words(effect) for effect in effects(self.right, self.labels))
        return Factorial(
            model=model_in_words(self.recipe, self.model, f", {len(SEEDS)} seeds"),
            switches=self.labels,
            n_combinations=2 ** len(self.switches),
            **about,
            cells=tuple(cells),
            effects=found,
            seconds=seconds,
            method=_method(about.get("n_validation", 0), self.model, len(found), len(done) - 1),
        )


def _method(n: int, model: Model, n_effects: int, n_cells: int) -> str:
    seeds = " and by Student's t over seeds" if model == "network" else ""
    return (
        f"95 % intervals, paired by row over {n:,} validation {TEXTS}{seeds}; an effect is called detectable if p < "
        f"0.05 after {CORRECTION}'s correction for {n_effects} effects, a combination after that for {n_cells}. Other "
        f"training {TEXTS} or another split may give others."
    )


def _with_gap(cell: Cell, gap: Against | None) -> Cell:
    if gap is None:
        return cell
    return replace(
        cell,
        difference=gap.difference,
        difference_low=gap.low,
        difference_high=gap.high,
        p_holm=gap.p_holm,
        detectable=gap.detectable,
    )


def _in_words(effect: Effect) -> FoundEffect:
    difference, low, high = points_alike(effect.difference, effect.low, effect.high)
    change = "higher accuracy" if effect.difference > 0 else "lower accuracy"
    verdict = change if effect.detectable else "no detectable change"
    if effect.n_documents < MIN_ARTICLES:
        verdict = f"{TOO_FEW}"
    what = effect.switches[0] if len(effect.switches) == 1 else f"{' × '.join(effect.switches)} (interaction)"
    sentence = f"{what}: {difference} points ({low} to {high}): {verdict}."
    values = {name: value for name, value in asdict(effect).items() if name != "n_documents"}
    return FoundEffect(**values, detectable=effect.detectable, sentence=sentence)
