"""`python -m bowcore learning-curve`: accuracy by the number of training articles."""

from __future__ import annotations

import sys

from bowcore.cli.printing import print_table, say
from bowcore.errors import RunError
from bowcore.nouns import TEXTS
from bowcore.numbers import interval, percent, seconds
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_cells import Model, check_model, model_of
from bowcore.tasks.learning_curve import KIND, LearningCurve, curve_key, payload_of


def curve_report(recipe: Recipe, named: Model | None) -> LearningCurve:
    """The result, from the job that is run here; progress goes to stderr.

    Raises:
        BowlabError: There are too few articles, or the job failed or was stopped.
    """
    from bowcore.experiment.experiments import process_experiments
    from bowcore.tasks.runner import run_here

    model = named or model_of(recipe)
    check_model(recipe, model)
    key = curve_key(recipe, process_experiments().corpus(recipe).digest, model)
    job = run_here(KIND, payload_of(recipe, model), "long", key, on_message=_progress)
    if job.state != "done" or not job.result:
        raise RunError(
            job.error or f"The learning curve was {job.state}; what was finished is kept. Run the command again."
        )
    return LearningCurve.from_json(job.result)


def _progress(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_curve(found: LearningCurve) -> None:
    """Every size, then the law in words."""
    say(
        f"{found.model}, {found.n_validation:,} validation {TEXTS}; always guessing {found.guess_class}: "
        f"{percent(found.guess_accuracy, 2)}. In brackets: 95 % intervals, over validation {TEXTS} and draws."
    )
    rows = [
        [
            f"{point.n_train:,}",
            f"{percent(point.accuracy, 2)} ({interval(point.low, point.high, 2)})",
            ", ".join(percent(share, 2) for share in point.by_draw),
            "–" if point.law is None else percent(point.law, 2),
            seconds(point.seconds),
        ]
        for point in found.points
    ]
    print_table([f"training {TEXTS}", "mean accuracy", "by draw", "by the law", "time"], rows)
    say(f"\n{found.sentence} {seconds(found.seconds)}.")
