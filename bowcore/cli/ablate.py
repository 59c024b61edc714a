"""`python -m bowcore ablate`: every combination of some switches, main effects and interactions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from bowcore.cli.printing import print_table, say
from bowcore.cli.recipe_arguments import changes_of
from bowcore.errors import RunError
from bowcore.judge.scores import Accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import p_value, percent, points_alike, seconds, with_interval
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.factorial import KIND, Factorial, factorial_key, payload_of
from bowcore.tasks.fitted_cells import Model, check_model, model_of
from bowcore.tasks.switches import DEFAULT, DEFAULT_OF_BLOCKS, find_switches


def ablation_report(recipe: Recipe, wanted: str, named: Model | None) -> Factorial:
    """The result, from the job that is run here; progress goes to stderr.

    Raises:
        BowlabError: The switches cannot be flipped, or the job failed or was stopped.
    """
    from bowcore.experiment.experiments import process_experiments
    from bowcore.tasks.runner import run_here

    model = named or model_of(recipe)
    check_model(recipe, model)
    names = [name.strip() for name in wanted.split(",") if name.strip()] if wanted else list(_default(recipe, model))
    values: dict[str, Any] = {}
    for place, name in enumerate(names):
        if "=" in name:
            values |= changes_of([name])
            names[place] = name.partition("=")[0].strip()
    find_switches(names, recipe, values)
    digest = process_experiments().corpus(recipe).digest
    key = factorial_key(recipe.change(**values), digest, names, model)
    job = run_here(KIND, payload_of(recipe, names, model, values), "long", key, on_message=_progress)
    if job.state != "done" or not job.result:
        raise RunError(
            job.error or f"The ablation was {job.state}; what was finished is kept. Run the command again to go on."
        )
    return Factorial.from_json(job.result)


def _default(recipe: Recipe, model: Model) -> Sequence[str]:
    if model == "blocks":
        return tuple(name for name in DEFAULT_OF_BLOCKS if recipe.terms.is_english or name != "stop_words")
    if recipe.terms.is_english:
        return DEFAULT
    return tuple(name for name in DEFAULT if name != "lemmas")


def _progress(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_ablation(found: Factorial) -> None:
    """Every combination, then the effects."""
    n = found.n_validation
    say(
        f"{found.model}, {found.n_train:,} training and {n:,} validation {TEXTS}; always guessing {found.guess_class}: "
        f"{percent(found.guess_accuracy, 2)}. In brackets: 95 % intervals."
    )
    rows = []
    for cell in found.cells:
        share = Accuracy.of(round(cell.accuracy * n), n)
        rows.append([" + ".join(cell.on) or "none", f"{cell.n_terms:,}", with_interval(share, 2), *_gap(cell)])
    print_table(["on", "terms", "accuracy", "against none, points", "p (Holm)", ""], rows)
    say("")
    effects = [
        [" × ".join(one.switches), *_points(one.difference, one.low, one.high), p_value(one.p_holm), _mark(one)]
        for one in found.effects
    ]
    print_table(["effect", "points (95 % interval)", "p (Holm)", ""], effects)
    say(f"\n{found.method} {seconds(found.seconds)}.")


def _gap(cell: Any) -> list[str]:
    if cell.difference is None:
        return ["–", "–", ""]
    (shown,) = _points(cell.difference, cell.difference_low, cell.difference_high)
    return [shown, p_value(cell.p_holm), _mark(cell)]


def _points(difference: float, low: float, high: float) -> list[str]:
    shown = points_alike(difference, low, high)
    return [f"{shown[0]} ({shown[1]} to {shown[2]})"]


def _mark(one: Any) -> str:
    return "detectable" if one.detectable else "no detectable change"
