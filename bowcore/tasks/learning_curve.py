"""The job that learns from fewer and fewer training articles: errors by size, and the power law through them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.judge.learning_curve import LEAST_SIZES, N_DRAWS, PowerLaw, fit_power_law, mean_error, sizes_of
from bowcore.judge.scores import Accuracy, describe_accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, interval, percent, points_alike
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import lemmatise
from bowcore.tasks.fitted_cells import Model, check_model, fit_cell, key_of, model_in_words

KIND = "learning-curve"


@dataclass(frozen=True, slots=True)
class CurvePoint(Record):
    """Validation accuracy with one number of training articles: mean over draws, 95 % interval, and each draw."""

    n_train: int
    accuracy: float
    low: float
    high: float
    by_draw: tuple[float, ...]
    seconds: float
    law: float | None = None


@dataclass(frozen=True, slots=True)
class LearningCurve(Record):
    """A learning curve; the law is missing until all sizes are done, and where there are too few.

    Attributes:
        model: What was fitted.
        n_planned: Sizes of the whole curve.
        exponent: The b of `error = a × n^-b`, with the ends of its interval.
        doubled_accuracy: Accuracy that the law gives with twice the training articles, with its interval.
        gain: What that adds, in percentage points, with its interval.
        bends: Whether the points leave the law, so that it should not be continued.
        sentence: The law in words, with what speaks against continuing it.
    """

    model: str
    n_planned: int
    n_validation: int = 0
    guess_accuracy: float = 0.0
    guess_class: str = ""
    points: tuple[CurvePoint, ...] = ()
    exponent: tuple[float, float, float] | None = None
    doubled_accuracy: tuple[float, float, float] | None = None
    gain: tuple[float, float, float] | None = None
    bends: bool = False
    sentence: str = ""
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every size is done."""
        return len(self.points) == self.n_planned

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        three = {
            name: None if body.get(name) is None else tuple(body[name])
            for name in ("exponent", "doubled_accuracy", "gain")
        }
        points = tuple(read_point(point) for point in body.get("points", ()))
        return super(LearningCurve, cls).from_json({**body, **three, "points": points})


def read_point(body: Mapping[str, Any]) -> CurvePoint:
    """A size as it was reported."""
    return CurvePoint.from_json({**body, "by_draw": tuple(body["by_draw"])})


def curve_key(recipe: Recipe, corpus_digest: str, model: Model) -> str:
    """Key of the job."""
    return key_of(_whole(recipe), model, corpus_digest, ("judge/learning_curve.py", "tasks/learning_curve.py"))


def payload_of(recipe: Recipe, model: Model) -> dict[str, Any]:
    """The job's payload: the recipe on all of its training articles."""
    return {"recipe": _whole(recipe).to_toml(), "model": model}


def request_curve(recipe: Recipe, corpus_digest: str, model: Model, seconds: float | None = None) -> Job:
    """Submit the job, or return the one that waits or runs."""
    key = curve_key(recipe, corpus_digest, model)
    return jobs.submit(KIND, payload_of(recipe, model), "long", key, seconds=seconds)


def learning_curve_job(payload: dict[str, Any], context: JobContext) -> LearningCurve | None:
    """The job of kind 'learning-curve'. Payload: `recipe` (TOML), `model`.

    Each size is reported as an event `SizeDone`. A job that is stopped returns the sizes that are done.

    Raises:
        RecipeError: There are too few training articles.
    """
    began = time.perf_counter()
    recipe, model = Recipe.from_toml(payload["recipe"]), payload["model"]
    check_model(recipe, model)
    if not lemmatise.prepare(recipe, context):
        return None
    context.emit(message="Counting words")
    answer = process_experiments().answer(recipe)
    n_train = len(answer.matrix.rows)
    sizes = sizes_of(n_train, len(answer.split.class_names))
    if len(sizes) < LEAST_SIZES:
        raise RecipeError(
            f"{n_train:,} training {TEXTS} are too few for a learning curve: it needs {LEAST_SIZES} sizes, each twice "
            "the one before.",
            "training_articles",
        )
    points: list[CurvePoint] = []
    wrong: list[NDArray[np.bool_]] = []
    progress = Progress(context, sum(_work(size, n_train) for size in sizes))
    done = 0.0
    progress.done(0.0)
    for size in sizes:
        found = _draws(recipe, model, size, n_train, answer, context)
        if found is None:
            break
        predictions, seconds = found
        wrong.append(predictions != answer.labels)
        error = mean_error(wrong[-1])
        by_draw = tuple((1 - wrong[-1].mean(axis=1)).tolist())
        points.append(CurvePoint(size, 1 - error.value, 1 - error.high, 1 - error.low, by_draw, seconds))
        done += _work(size, n_train)
        context.emit(event={"event": "SizeDone", **points[-1].to_json()})
        n = len(answer.labels)
        share = Accuracy.of(round((1 - error.value) * n), n)
        said = describe_accuracy(share, answer.baseline.value, answer.guess, digits=2)
        progress.done(done, f"{size:,} of {n_train:,} training {TEXTS}: {said}")
    law = fit_power_law(sizes, wrong) if len(points) == len(sizes) else None
    return _record(model, recipe, answer, points, law, len(sizes), time.perf_counter() - began)


def _whole(recipe: Recipe) -> Recipe:
    return recipe.change(training_articles=0, sample_seed=0)


def _work(size: int, n_train: int) -> float:
    """Share of a fit's time: a part is there however few articles there are."""
    return (size / n_train + 0.05) * (1 if size == n_train else N_DRAWS)


def _draws(
    recipe: Recipe, model: Model, size: int, n_train: int, answer: Answer, context: JobContext
) -> tuple[NDArray[np.int32], float] | None:
    """Predictions of each draw of a size, (n_draws, n_validation): one draw of all articles; None if stopped."""
    found, seconds = [], 0.0
    for draw in range(1 if size == n_train else N_DRAWS):
        sampled = recipe if size == n_train else recipe.change(training_articles=size, sample_seed=draw)
        cell = fit_cell(sampled, model, context.should_stop, seeds=(draw,))
        if cell is None or context.should_stop():
            return None
        found.append(cell.predictions[0])
        seconds += cell.seconds
    return np.array(found), seconds


def _record(
    model: Model,
    recipe: Recipe,
    answer: Answer,
    points: list[CurvePoint],
    law: PowerLaw | None,
    n_planned: int,
    seconds: float,
) -> LearningCurve:
    about: dict[str, Any] = {
        "model": model_in_words(recipe, model),
        "n_planned": n_planned,
        "n_validation": len(answer.labels),
        "guess_accuracy": answer.baseline.value,
        "guess_class": answer.guess,
        "seconds": seconds,
    }
    if law is None:
        return LearningCurve(**about, points=tuple(points))
    drawn = tuple(
        CurvePoint(**{**asdict(point), "law": 1 - error}) for point, error in zip(points, law.errors, strict=True)
    )
    doubled = (1 - law.doubled.value, 1 - law.doubled.high, 1 - law.doubled.low)
    return LearningCurve(
        **about,
        points=drawn,
        exponent=(law.exponent.value, law.exponent.low, law.exponent.high),
        doubled_accuracy=doubled,
        gain=(law.gain.value, law.gain.low, law.gain.high),
        bends=law.bends,
        sentence=_in_words(law, points[-1].n_train, doubled),
    )


def _in_words(law: PowerLaw, n_train: int, doubled: tuple[float, float, float]) -> str:
    b = law.exponent
    found = f"Errors fall as n^−b with b = {decimal(b.value, 2)} ({decimal(b.low, 2)} to {decimal(b.high, 2)})"
    if b.low <= 0:
        return (
            f"{found}: more {TEXTS} have no detectable effect here, so nothing is said about twice as many than these."
        )
    gain, low, high = points_alike(law.gain.value, law.gain.low, law.gain.high)
    twice = (
        f"twice the {n_train:,} training {TEXTS} would give {percent(doubled[0])} ({interval(*doubled[1:])}), "
        f"{gain} points ({low} to {high})"
    )
    if law.bends:
        way = "more slowly" if law.bend.value > 0 else "faster"
        return (
            f"{found}, but at last they fall {way} than such a law: continued, it would say that {twice}; do not rely "
            "on it."
        )
    return (
        f"{found}. If that goes on, {twice}. Nobody has seen those {TEXTS}: laws like this end, at the latest where "
        "labels are wrong or contradict each other."
    )
