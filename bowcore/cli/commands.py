"""The longer commands of the command line, and their printed reports."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bowcore.cli.printing import print_confusion, print_table, say
from bowcore.errors import CorpusMissingError, RunError
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, percent, points, signed, with_interval

HEAD = ("what", "tutorial", "here", "difference")


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


def fetch_corpus(name: str) -> dict[str, Any]:
    """Download a corpus if it is not here; its title, size and note. Progress goes to stderr.

    Raises:
        CorpusError: It is no corpus of the Hub, or cannot be downloaded or read.
        RunError: The download was stopped.
    """
    from bowcore.corpus.sources import load_corpus
    from bowcore.tasks.runner import run_here

    try:
        corpus = load_corpus(name)
    except CorpusMissingError as missing:
        request = missing.job
        if request is None:
            raise
        job = run_here(
            request.kind, {**request.payload, "token": True}, request.lane, request.key, on_message=_print_progress
        )
        if job.state != "done":
            raise RunError(job.error or f"The download was {job.state}. Run the command again.") from missing
        corpus = load_corpus(name)
    about = corpus.provenance
    return {
        "name": name,
        "title": about.title,
        "n_documents": corpus.n_documents,
        "n_classes": len(corpus.class_names),
        "licence": about.licence,
        "note": about.note,
    }


def print_article(report: Mapping[str, Any]) -> None:
    """The report as tables: the tutorial's figures, ours, the difference."""
    compared = report["difference"] is not None
    for note in report["notes"]:
        say(note)
    for name in ("baseline", "revised"):
        ours, theirs = report[name], report["tutorial"][name]
        replayed = ", replayed from an earlier run" if ours["replayed"] else ""
        say(f"\n{name.capitalize()}, {ours['hidden']:,} hidden units{replayed}")
        print_table(HEAD, _figures(ours, theirs, compared))
        if ours["empty"]:
            say(ours["empty"])
        sizes = theirs["n_validation"], ours["n_validation"]
        _say_intervals(sizes, _guessed(theirs["confusion"]), ours["epochs"][-1]["guess_accuracy"], "validation")
        change = report["difference"][name]["recall_points"] if compared else None
        _matrices("Validation", theirs["confusion"], ours["confusion"], change, report["class_names"])
    if test := report["test"]:
        theirs = report["tutorial"]["revised"]["test"]
        say(f"\nRevised, test set, opening {test['opening']} in the ledger")
        sizes = theirs["n_documents"], test["n_documents"]
        shown = _accuracy_row("test accuracy", theirs["accuracy"], test["accuracy"], sizes, compared)
        print_table(HEAD, [shown])
        _say_intervals(sizes, _guessed(theirs["confusion"]), test["guess_accuracy"], "test")
        change = report["difference"]["revised"]["test"]["recall_points"] if compared else None
        _matrices("Test", theirs["confusion"], test["confusion"], change, report["class_names"])
    else:
        from bowcore.store.ledger import state_of_test_set

        say(
            f"\nThe test set is {state_of_test_set(report['corpus_digest'])}; --open-test opens it for the revised run."
        )
    say("\nCost on this machine")
    print_table(
        ["stage", "seconds", "peak memory", "note"],
        [
            [cost["stage"], decimal(cost["seconds"]), _gigabytes(cost["peak_bytes"]), cost["note"]]
            for cost in report["cost"]
        ],
    )
    if report["ablation"]:
        _print_ablation(report["ablation"], report["baseline"]["epochs"][-1]["guess_accuracy"])


def _figures(ours: Mapping[str, Any], theirs: Mapping[str, Any], compared: bool) -> list[list[str]]:
    from bowcore.tasks.article import NAMES, PRINTED_AS

    sizes = {"n_train": "training rows", "n_validation": "validation rows", "n_terms": "terms"}
    rows = [_row(label, theirs[key], ours[key], compared, 0) for key, label in sizes.items()]
    for printed, mine in zip(theirs["epochs"], ours["epochs"], strict=False):
        for key, label in NAMES.items():
            figures = f"epoch {mine['epoch']}: {label}", printed[key], mine[PRINTED_AS[key]]
            if key == "validation_accuracy":
                rows.append(_accuracy_row(*figures, (theirs["n_validation"], ours["n_validation"]), compared))
            else:
                rows.append(_row(*figures, compared, None if key.endswith("accuracy") else 4))
    return rows


def _accuracy_row(label: str, theirs: float, ours: float, sizes: tuple[int, int], compared: bool) -> list[str]:
    """Two accuracies on different articles, `sizes` of them, and their difference, each with its interval."""
    from bowcore.judge.comparison import accuracy_gap
    from bowcore.judge.scores import Accuracy

    printed, here = (Accuracy.of(round(share * size), size) for share, size in zip((theirs, ours), sizes, strict=True))
    gap = accuracy_gap(here, printed)
    ends = f"{signed(gap.low, 2)} to {signed(gap.high, 2)}"
    change = f"{signed(gap.difference, 2)} points ({ends})" if compared else "–"
    return [label, with_interval(printed, 2), with_interval(here, 2), change]


def _guessed(confusion: Sequence[Sequence[int]]) -> float:
    """Accuracy of always guessing the largest class of a confusion matrix."""
    sizes = [sum(row) for row in confusion]
    return max(sizes) / sum(sizes)


def _say_intervals(sizes: tuple[int, int], theirs: float, ours: float, split: str) -> None:
    say(
        f"In brackets: 95 % intervals, of {sizes[0]:,} {split} {TEXTS} there and {sizes[1]:,} here. Always guessing "
        f"the largest class: {percent(theirs, 2)} there, {percent(ours, 2)} here."
    )


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
        say(f"\n{what} {TEXTS} by true class (rows) and predicted class (columns), {whose}:")
        print_confusion(matrix, names)
    if change:
        say("\nThe difference in shares of the true class, in percentage points:")
        shown = [[name, *(points(cell) for cell in row)] for name, row in zip(class_names, change, strict=True)]
        print_table(["", *class_names], shown)


def _print_ablation(ablation: Mapping[str, Any], guessed: float) -> None:
    from bowcore.judge.scores import Accuracy

    n = ablation["n_validation"]
    say(
        f"\nThe four changes taken apart: {ablation['model']}, {ablation['n_train']:,} training {TEXTS}. In brackets: "
        f"95 % intervals over {n:,} validation {TEXTS}; always guessing the largest class: {percent(guessed, 2)}."
    )
    rows = []
    for item in ablation["grid"]:
        found = item["validation_accuracy"]
        mean = sum(found) / len(found)
        changes = " + ".join(item["changes"]) or "none"
        by_seed = f"{percent(min(found), 2)} to {percent(max(found), 2)}"
        rows.append([changes, f"{item['n_terms']:,}", with_interval(Accuracy.of(round(mean * n), n), 2), by_seed])
    print_table(["changes", "terms", "mean validation accuracy", "by seed"], rows)
    say("")
    for effect in ablation["effects"]:
        say(effect["sentence"])
