"""The longer commands of the command line, and their printed reports."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bowcore.cli.printing import print_confusion, print_table, say
from bowcore.errors import RunError
from bowcore.numbers import decimal, percent, points, signed


def article_report(
    corpus: str, changes: Mapping[str, Any], *, ablate: bool, open_test: bool, again: bool
) -> dict[str, Any]:
    """The tutorial's two runs next to ours, and all combinations of its four changes if asked. Progress goes to stderr.

    Raises:
        BowlabError: The articles are missing, or a run failed.
    """
    from bowcore.tasks.article import reproduce

    report = reproduce(corpus, changes, _print_progress, open_test=open_test, again=again)
    report["ablation"] = _ablation(corpus, report["corpus_digest"], changes) if ablate else None
    return report


def _ablation(corpus: str, corpus_digest: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    from bowcore.store.keys import result_key
    from bowcore.tasks.ablation import SEEDS, base_recipe
    from bowcore.tasks.runner import run_here

    recipe = base_recipe(corpus, changes)
    payload = {"recipe": recipe.to_toml(), "seeds": SEEDS}
    # a job of the long lane, so that no server or other command trains at the same time
    job = run_here("ablate", payload, "long", result_key(recipe, "network", corpus_digest), on_message=_print_progress)
    if job.state != "done" or job.result is None:
        raise RunError(job.error or f"The grid of changes was {job.state}. Run the command again.")
    return job.result


def _print_progress(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_article(report: Mapping[str, Any]) -> None:
    """The report as tables: the tutorial's figures, ours, the difference."""
    compared = report["difference"] is not None
    for note in report["notes"]:
        say(note)
    for name in ("baseline", "revised"):
        ours, theirs = report[name], report["tutorial"][name]
        replayed = ", replayed from an earlier run" if ours["replayed"] else ""
        say(f"\n{name.capitalize()}, {ours['hidden']:,} hidden units{replayed}")
        print_table(["what", "tutorial", "here", "difference"], _figures(ours, theirs, compared))
        change = report["difference"][name]["recall_points"] if compared else None
        _matrices("Validation", theirs["confusion"], ours["confusion"], change, report["class_names"])
    if test := report["test"]:
        theirs = report["tutorial"]["revised"]["test"]
        low, high = test["interval"]
        say(f"\nRevised, test set, opening {test['opening']} in the ledger")
        shown = _row("test accuracy", theirs["accuracy"], test["accuracy"], compared)
        print_table(["what", "tutorial", "here", "difference"], [shown])
        say(f"95 % interval here: {percent(low, 2)} to {percent(high, 2)}, on {test['n_documents']:,} articles.")
        change = report["difference"]["revised"]["test"]["recall_points"] if compared else None
        _matrices("Test", theirs["confusion"], test["confusion"], change, report["class_names"])
    else:
        say("\nThe test set stays sealed.")
    say("\nCost on this machine")
    print_table(
        ["stage", "seconds", "peak memory", "note"],
        [
            [cost["stage"], decimal(cost["seconds"]), _gigabytes(cost["peak_bytes"]), cost["note"]]
            for cost in report["cost"]
        ],
    )
    if report["ablation"]:
        _print_ablation(report["ablation"])


def _figures(ours: Mapping[str, Any], theirs: Mapping[str, Any], compared: bool) -> list[list[str]]:
    from bowcore.tasks.article import NAMES, PRINTED_AS

    sizes = {"n_train": "training rows", "n_validation": "validation rows", "n_terms": "terms"}
    rows = [_row(label, theirs[key], ours[key], compared, 0) for key, label in sizes.items()]
    for printed, mine in zip(theirs["epochs"], ours["epochs"], strict=False):
        for key, label in NAMES.items():
            digits = None if key.endswith("accuracy") else 4
            rows.append(_row(f"epoch {mine['epoch']}: {label}", printed[key], mine[PRINTED_AS[key]], compared, digits))
    return rows


def _row(label: str, theirs: float, ours: float, compared: bool, digits: int | None = None) -> list[str]:
    """Both figures and the difference; shares in percent if `digits` is None."""
    if digits is None:
        shown, change = [percent(theirs, 2), percent(ours, 2)], f"{signed(100 * (ours - theirs), 2)} points"
    else:
        shown, change = [decimal(theirs, digits), decimal(ours, digits)], signed(ours - theirs, digits)
    return [label, *shown, change if compared else "–"]


def _gigabytes(n_bytes: int | None) -> str:
    return "not measured" if n_bytes is None else f"{decimal(n_bytes / 1e9, 2)} GB"


def _matrices(
    what: str,
    theirs: Sequence[Sequence[int]],
    ours: Sequence[Sequence[int]],
    change: Sequence[Sequence[float]] | None,
    class_names: Sequence[str],
) -> None:
    for whose, matrix in (("tutorial", theirs), ("here", ours)):
        names = class_names if len(matrix) == len(class_names) else [str(n + 1) for n in range(len(matrix))]
        say(f"\n{what} articles by true class (rows) and predicted class (columns), {whose}:")
        print_confusion(matrix, names)
    if change:
        say("\nThe difference in shares of the true class, in percentage points:")
        shown = [[name, *(points(cell) for cell in row)] for name, row in zip(class_names, change, strict=True)]
        print_table(["", *class_names], shown)


def _print_ablation(ablation: Mapping[str, Any]) -> None:
    say(f"\nThe four changes taken apart: {ablation['model']}, {ablation['n_train']:,} training articles")
    rows = []
    for item in ablation["grid"]:
        found = item["validation_accuracy"]
        mean = sum(found) / len(found)
        changes = " + ".join(item["changes"]) or "none"
        rows.append(
            [changes, f"{item['n_terms']:,}", percent(mean, 2), f"{percent(min(found), 2)} to {percent(max(found), 2)}"]
        )
    print_table(["changes", "terms", "mean validation accuracy", "by seed"], rows)
    say("")
    for effect in ablation["effects"]:
        say(effect["sentence"])
