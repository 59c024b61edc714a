"""`train` for a recipe with blocks: the fit, the opening of the test set, and both in words."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from bowcore.cli.printing import accuracy_in_words, print_confusion, print_table, say
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, percent, signed
from bowcore.recipe.recipe import Recipe


def train_blocks(recipe: Recipe, *, open_test: bool) -> dict[str, Any]:
    """Fit a recipe's models on its blocks, and open the test set if asked. Progress goes to stderr.

    Returns:
        The figures of the fit, and under `test` those of the opening.

    Raises:
        BowlabError: The articles are missing, or the fit failed.
    """
    from bowcore.experiment.experiments import process_experiments
    from bowcore.tasks.fitted_blocks import blocks_key
    from bowcore.tasks.from_command_line import fit_blocks_here, open_blocks_here

    began = time.perf_counter()
    key = blocks_key(recipe, process_experiments().corpus(recipe).digest)
    report = dict(fit_blocks_here(recipe, key, _progress))
    if open_test:
        report["test"] = open_blocks_here(recipe, key, _progress)
    return report | {"total_seconds": round(time.perf_counter() - began, 1)}


def print_blocks(report: Mapping[str, Any]) -> None:
    """Print the figures of `train_blocks`."""
    rows = [[block["words"], f"{block['n_terms']:,}", f"{block['n_cells']:,}"] for block in report["blocks"]]
    print_table(["block", "columns", f"filled cells of the training {TEXTS}"], rows)
    say("")
    rows = [
        [model["words"], percent(model["accuracy"], 2), f"{decimal(model['seconds'])} s"] for model in report["models"]
    ]
    print_table(["model", "validation accuracy", "fit"], rows)
    stack = report["stack"]
    whole = "The model" if len(rows) < 2 else "Stacking" if stack else "The mean of their votes"
    n, guessed = report["n_validation"], report["guess_accuracy"]
    say(
        f"\n{whole}, fitted on {report['n_train']:,} training {TEXTS}: "
        f"{accuracy_in_words(report['validation_accuracy'], n, guessed)}."
    )
    for rival in report["rivals"]:
        _print_change(f"Against the {rival['words']}, {percent(rival['accuracy'], 2)}", rival["change"])
    if stack:
        names = zip(report["models"], stack["of_models"], strict=True)
        weights = ", ".join(f"{model['words']} {decimal(weight, 2)}" for model, weight in names)
        say(f"Weights of a usual margin of each model: {weights}.")
    print_confusion(report["confusion"], report["class_names"])
    if test := report.get("test"):
        _print_opening(test)
        print_confusion(test["test_confusion"], report["class_names"])
    say(f"\n{decimal(report['total_seconds'])} s.")


def _print_opening(test: Mapping[str, Any]) -> None:
    n, n_near, unit = test["n_test"], test["n_near"], f"test {TEXTS}"
    say(
        f"\nTest set, opening {test['opening']} in the ledger, fitted on {test['n_fitted']:,} training and validation "
        f"{TEXTS}: {accuracy_in_words(test['test_accuracy'], n, test['guess_accuracy'], unit)}."
    )
    if 0 < n_near < n:
        others, guessed = test["test_accuracy_without_near"], test["guess_accuracy_without_near"]
        say(
            f"Without the {n_near:,} that share half of their word groups or more with one that was learned from: "
            f"{accuracy_in_words(others, n - n_near, guessed, unit)}."
        )
    plain = accuracy_in_words(test["plain_accuracy"], n, None, unit)
    _print_change(f"The plain recipe, {test['plain']}: {plain}. Against it", test)


def _print_change(against: str, change: Mapping[str, Any]) -> None:
    say(
        f"{against}: {change['n_fixed']:,} fixed and {change['n_broken']:,} broken, {signed(change['difference'], 2)} "
        f"points (95 % interval {signed(change['low'], 2)} to {signed(change['high'], 2)}), exact McNemar p = "
        f"{change['p_value']:.2g}."
    )


def _progress(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
