"""The tutorial's two runs, trained here: its printed figures, ours, and the difference."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.jobs import Job
from bowcore.jobs.run import OnMessage, ran_here
from bowcore.judge.scores import Accuracy, describe_accuracy, wilson_interval
from bowcore.nouns import TEXTS
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store.cost_meter import Cost, Meter, keep_costs, kept_costs
from bowcore.store.keys import result_key
from bowcore.tasks.from_command_line import lemmas_here, open_test_here, run_recipe_here, train_here
from bowcore.tasks.lemmatise import lemma_cost

SOURCE = "the printed output of the tutorial 'Using Bag-of-Words With PyCharm'"
N_TRAIN, N_VALIDATION, N_TEST = 108_000, 12_000, 7_600
"""The tutorial's rows: 120,000 of `sh0416/ag_news`, a tenth of them for validation, and the test set."""

TUTORIAL: dict[str, dict[str, Any]] = {
    "baseline": {
        "n_train": N_TRAIN,
        "n_validation": N_VALIDATION,
        "n_terms": 59_544,
        "epochs": [
            {"train_loss": 0.3553, "train_accuracy": 0.8813, "validation_loss": 0.2307, "validation_accuracy": 0.9243},
            {"train_loss": 0.1217, "train_accuracy": 0.9587, "validation_loss": 0.2352, "validation_accuracy": 0.9240},
        ],
        "confusion": [[2774, 65, 89, 72], [37, 2944, 9, 10], [112, 20, 2694, 174], [97, 20, 207, 2676]],
        "validation_accuracy": 0.9240,
        "test": None,
    },
    "revised": {
        "n_train": N_TRAIN,
        "n_validation": N_VALIDATION,
        "n_terms": 20_000,
        "epochs": [
            {"train_loss": 0.3183, "train_accuracy": 0.8932, "validation_loss": 0.2301, "validation_accuracy": 0.9225},
            {"train_loss": 0.1512, "train_accuracy": 0.9475, "validation_loss": 0.2332, "validation_accuracy": 0.9243},
        ],
        "confusion": [[2703, 71, 121, 105], [20, 2955, 13, 12], [68, 19, 2691, 222], [77, 17, 163, 2743]],
        "validation_accuracy": 0.9243,
        "test": {
            "accuracy": 0.9183,
            "confusion": [[1710, 54, 78, 58], [13, 1870, 10, 7], [51, 12, 1676, 161], [53, 9, 115, 1723]],
            "n_documents": N_TEST,
        },
    },
}
"""Figures printed in the tutorial (`SOURCE`). Rows of its matrices are true classes, columns predictions. Its training
figures are running ones: the loss is the mean of the batches' means, the accuracy is taken while the weights change."""

PRESET_OF = {"baseline": "tutorial-baseline", "revised": "tutorial-revised"}
PRINTED_AS = {
    "train_loss": "running_train_loss_batch_mean",
    "train_accuracy": "running_train_accuracy",
    "validation_loss": "validation_loss",
    "validation_accuracy": "validation_accuracy",
}
"""Our field by the name of the tutorial's figure."""
NAMES = {
    "train_loss": "training loss, running, mean of batches",
    "train_accuracy": "training accuracy, running",
    "validation_loss": "validation loss",
    "validation_accuracy": "validation accuracy",
}


def reproduce(
    corpus: str = "ag-news",
    changes: Mapping[str, Any] | None = None,
    on_message: OnMessage = lambda message: None,
    *,
    open_test: bool = False,
    again: bool = False,
) -> dict[str, Any]:
    """Train both presets, or replay them if equal runs are finished.

    Args:
        corpus: The articles.
        changes: Fields of both recipes that differ from the tutorial's settings.
        on_message: Receives one line of progress at a time.
        open_test: Whether to open the sealed test set of the revised run; the ledger records it once.
        again: Train even if equal runs are finished.

    Returns:
        `baseline` and `revised`, each with `n_train`, `n_validation`, `n_terms`, `epochs`, `confusion`,
        `validation_accuracy`, `n_empty` (articles without a term), `empty` (a sentence on them), `test`, `run_id` and
        `replayed`; `test` of the revised run; `tutorial` with the tutorial's figures; `difference` with ours minus
        theirs, None for another corpus; `cost` by stage; `notes`.

    Raises:
        CorpusMissingError: The articles are not on this machine.
        RunError: A run failed or was stopped.
    """
    recipes = {name: preset(kind, corpus).change(**(changes or {})) for name, kind in PRESET_OF.items()}
    digest = process_experiments().corpus(recipes["revised"]).digest
    costs: list[Cost] = []
    if recipes["revised"].text.units == "lemmas":
        folder, kept = lemmas_here(recipes["revised"], on_message)
        costs += [
            _recorded(cost, "when they were made") if kept else cost for cost in lemma_cost(folder, "revised: lemmas")
        ]
    report: dict[str, Any] = {"corpus": corpus, "corpus_digest": digest}
    for name, recipe in recipes.items():
        report[name], run = _run(name, recipe, digest, costs, on_message, again)
        if name == "revised" and open_test:
            meter = Meter()
            meter.start()
            on_message("Opening the test set of the revised run")
            report[name]["test"] = _test(open_test_here(recipe, run))
            meter.end("revised: test set", next_stage=False)
            costs += meter.costs
    report["test"] = report["revised"]["test"]
    report["class_names"] = report["baseline"].pop("class_names")
    report["revised"].pop("class_names")
    report["tutorial"] = {"source": SOURCE, **TUTORIAL}
    same_articles = corpus in ("ag-news", "hub:sh0416/ag_news")
    report["difference"] = (
        {name: difference(report[name], TUTORIAL[name]) for name in recipes} if same_articles else None
    )
    report["cost"] = [asdict(replace(cost, seconds=round(cost.seconds, 3))) for cost in costs]
    report["notes"] = notes(report)
    return report


def _run(
    name: str, recipe: Recipe, digest: str, costs: list[Cost], on_message: OnMessage, again: bool
) -> tuple[dict[str, Any], Job]:
    meter = Meter()

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "Started":
            meter.end(f"{name}: words to matrix, weights drawn")
            on_message(f"{name}: {event['n_train']:,} training {TEXTS}, {event['n_terms']:,} terms")
        elif event["event"] == "EpochDone":
            n = event["n_validation"]
            right = Accuracy.of(round(event["validation_accuracy"] * n), n)
            on_message(f"{name}: epoch {event['epoch']}, {describe_accuracy(right, event['guess_accuracy'], digits=2)}")
        elif event["event"] == "Finished":
            meter.end(f"{name}: {recipe.network.epochs} epochs")

    meter.start()
    submitted = time.time()
    run, replayed = train_here(recipe, result_key(recipe, "network", digest), on_event, again=again)
    trained = run.result or {}
    if ran_here(run) and not replayed:
        meter.end(f"{name}: baselines, and storing", next_stage=False)
        waited = max(0.0, (run.started or submitted) - submitted)  # for its turn in the lane
        meter.costs[0] = replace(meter.costs[0], seconds=max(0.0, meter.costs[0].seconds - waited))
        keep_costs(run.id, meter.costs)
        costs += meter.costs
    else:
        known = kept_costs(run.id) or (Cost(f"{name}: all", trained["seconds"], None),)
        costs += [_recorded(cost, "when it was trained") for cost in known]
    empty = run_recipe_here(recipe).empty_texts()
    kept = ("n_train", "n_validation", "n_terms", "epochs", "confusion", "validation_accuracy", "class_names")
    return {
        **{key: trained[key] for key in kept},
        "hidden": recipe.network.hidden,
        "baselines": trained["baselines"],
        "n_empty": empty.n,
        "empty": f"{empty.sentence} {empty.remedy}" if empty.n else "",
        "test": None,
        "run_id": run.id,
        "replayed": replayed,
    }, run


def _recorded(cost: Cost, when: str) -> Cost:
    return replace(cost, note=", ".join(filter(None, [cost.note, f"as recorded {when}"])))


def _test(opened: Mapping[str, Any]) -> dict[str, Any]:
    n_test = opened["n_test"]
    n_right = sum(row[position] for position, row in enumerate(opened["test_confusion"]))
    return {
        "accuracy": opened["test_accuracy"],
        "guess_accuracy": opened["guess_accuracy"],
        "interval": list(wilson_interval(n_right, n_test)),
        "confusion": opened["test_confusion"],
        "n_documents": n_test,
        "opening": opened["opening"],
    }


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Ours minus theirs: sizes, the four printed figures of each epoch, accuracies; matrices cell by cell.

    Counts of different numbers of articles cannot be subtracted, so cells are compared as shares of their true class,
    in percentage points.
    """
    test = {
        "accuracy": ours["test"]["accuracy"] - theirs["test"]["accuracy"],
        "recall_points": _points(ours["test"]["confusion"], theirs["test"]["confusion"]),
    } if ours["test"] and theirs["test"] else None  # fmt: skip
    return {
        **{key: ours[key] - theirs[key] for key in ("n_train", "n_validation", "n_terms")},
        "epochs": [
            {key: mine[PRINTED_AS[key]] - printed[key] for key in PRINTED_AS}
            for mine, printed in zip(ours["epochs"], theirs["epochs"], strict=False)
        ],
        "validation_accuracy": ours["validation_accuracy"] - theirs["validation_accuracy"],
        "recall_points": _points(ours["confusion"], theirs["confusion"]),
        "test": test,
    }


def _points(ours: list[list[int]], theirs: list[list[int]]) -> list[list[float]] | None:
    if len(ours) != len(theirs) or not all(map(sum, ours)):
        return None
    return [
        [100 * (mine / sum(row) - printed / sum(other)) for mine, printed in zip(row, other, strict=True)]
        for row, other in zip(ours, theirs, strict=True)
    ]


def notes(report: Mapping[str, Any]) -> list[str]:
    """Caveats of the comparison, one sentence each."""
    run = report["baseline"]
    found = []
    if report["difference"] is None:
        found.append(f"These are not the tutorial's {TEXTS} but {report['corpus']}, so there is no difference to show.")
    elif (run["n_train"], run["n_validation"]) != (N_TRAIN, N_VALIDATION):
        found.append(
            f"Trained on {run['n_train']:,} of the tutorial's {N_TRAIN:,} training rows and validated on "
            f"{run['n_validation']:,} rows, not its {N_VALIDATION:,}: the numbers are not comparable one to one."
        )
    return [
        *found,
        "The tutorial names no seed for its network and shows one run of each, so no run of ours repeats it exactly.",
        "Training figures are running ones, taken while the weights change; validation comes after the epoch. The two "
        "are not to be compared with each other.",
    ]
