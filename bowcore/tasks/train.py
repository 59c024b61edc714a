"""The job that trains a recipe's network and its baselines."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from bowcore.errors import OutputError, RunError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.ctrl_c import interrupt_at_the_end
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.pauses import insist
from bowcore.jobs.progress import Progress
from bowcore.judge.confusion import confusion_matrix
from bowcore.learn.linear.baselines import models, run_baselines
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME, digest_features, digest_file
from bowcore.learn.network.cost import NetworkCost, baseline_seconds, training_cost
from bowcore.learn.network.events import BatchDone, EpochDone, Finished
from bowcore.learn.network.training import Training
from bowcore.learn.network.training_state import TrainingResult
from bowcore.matrix.export import vocabulary_lines
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.store.home import training_folder
from bowcore.store.keys import code_key, network_artefact, result_key
from bowcore.store.make_room import check_reserve
from bowcore.store.own_files import without_token
from bowcore.store.work_folders import working_in
from bowcore.tasks import lemmatise
from bowcore.tasks.gate import Gate
from bowcore.tasks.trained import POINTS, REWOUND, Trained

CHECKPOINT_LIMIT = 50_000_000
"""Parameters up to which a checkpoint is written after every epoch, 8 bytes each, 12 with Adam; above, only at a pause,
so that a killed process loses its training."""
LONGEST_PAUSE = 60.0  # seconds between two tries to store a network, of which each may write a gigabyte
STATE_BYTES = 8  # of a parameter in a checkpoint, without Adam's second average


def train(payload: dict[str, Any], context: JobContext) -> Trained:
    """Train a recipe, from the start or from its checkpoint.

    Payload: `recipe` (TOML), `step` (epochs to train now, 0 for all that are left), `again` (from the start),
    `steering` (what people ask of it now, which changes while it runs).
    """
    began = time.perf_counter()
    recipe = Recipe.from_toml(payload["recipe"])
    step = int(payload.get("step", 0))
    if not lemmatise.prepare(recipe, context):
        return Trained(stopped=True)
    context.emit(message="Counting words")
    experiment = process_experiments().answer(recipe)
    features = experiment.matrix.features
    key = result_key(recipe, "network", experiment.corpus.digest)
    place = training_folder(key)
    with working_in(place, recipe.corpus.corpus):
        training = _begin(features, recipe, place, context, again=bool(payload.get("again")))
        for done in training.epochs:
            context.emit(_points(training, done.epoch))
            context.emit(_body(done))
        context.emit(message="Loading compiled code")
        with interrupt_at_the_end() as pressed:
            gate = Gate(context, lambda: pressed() or context.should_stop())
            unsaved = _learn(training, experiment, recipe, step, context, gate)
            while gate.rewinds:
                del training  # two of the largest would not fit
                context.emit({"event": REWOUND}, progress=0.0)
                training = Training.start(features, recipe.network, place)
                gate.begin_again()
                unsaved = _learn(training, experiment, recipe, step, context, gate)
        if gate.released:
            context.cut_short_by = "stopped"
        if not training.epochs_done:
            return Trained(stopped=True, warning=unsaved, paused=gate.released)
        result = training.result()
        try:
            folder = insist(
                lambda: artefacts.store(
                    network_artefact(key, len(result.epochs)),
                    lambda place: _keep(place, training, result, recipe, features),
                    recipe.corpus.corpus,
                ),
                context.should_stop,
                lambda error: context.emit(message=f"The network is trained, and waits to be stored. {error}"),
                LONGEST_PAUSE,
            )
        except OutputError as error:
            if not context.should_stop():
                raise
            return Trained(stopped=True, warning=f"The network could not be stored. {error}")
    # shared by every network on these features; "network" adds the code of all models to the key
    shared = result_key(recipe.through("weighting"), "network", experiment.corpus.digest)
    counts = experiment.matrix.counts if recipe.weighting.option.real else None
    baselines = _baselines(features, counts, f"baselines-{shared}", recipe.corpus.corpus, context)
    if training.finished:
        shutil.rmtree(place, ignore_errors=True)  # not earlier: the run could still be resumed
    labels, predictions = features.validation_labels, result.validation_predictions
    measured = sum(epoch.seconds + epoch.evaluation_seconds for epoch in result.epochs)
    confusion = confusion_matrix(labels, predictions, features.n_classes)
    return Trained(
        artefact=folder.name,
        weights_digest=digest_file(folder / "weights.safetensors"),
        epochs=tuple(result.epochs),
        kept_epoch=result.kept_epoch,
        best_epoch=result.best_epoch,
        stopped=result.stopped,
        validation_accuracy=float((predictions == labels).mean()),
        confusion=tuple(map(tuple, confusion.tolist())),
        class_names=tuple(features.class_names),
        baselines={name: value["validation_accuracy"] for name, value in baselines.items()},
        baseline_notes={name: value["note"] for name, value in baselines.items()},
        n_train=features.train.shape[0],
        n_validation=features.validation.shape[0],
        n_terms=features.n_terms,
        corpus_digest=experiment.corpus.digest,
        seconds=time.perf_counter() - began,
        warning="" if training.finished else unsaved,
        paused=gate.released,
        ended_early=training.finished and len(result.epochs) < recipe.network.epochs,
        slowdown=measured / (len(result.epochs) * training_cost(features, recipe.network).seconds_per_epoch),
        code=code_key("network"),
    )


def _learn(
    training: Training,
    experiment: Answer,
    recipe: Recipe,
    step: int,
    context: JobContext,
    gate: Gate,
) -> str:
    """Train until the gate closes; return a sentence if the newest state could not be saved, which is no failure."""
    cost = experiment.network_cost(recipe.network)
    unsaved = ""
    is_small = cost.n_parameters <= CHECKPOINT_LIMIT
    planned = recipe.network.epochs
    total = min(training.epochs_done + step, planned) if step else planned
    progress = Progress(context, total, usual=cost.seconds_per_epoch, after=baseline_seconds(cost.sizes.n_nonzero))
    begun = False
    for event in training.events(gate.closed, step or None):
        gate.discount(progress)
        if isinstance(event, Finished) and gate.rewinds:
            return ""
        if isinstance(event, BatchDone):
            if not begun:  # a resumed training begins in the middle of an epoch
                progress.begin(event.epoch - 1 + (event.batch - 1) / (event.batches + 1))
                begun = True
            message = f"Epoch {event.epoch} of {planned}, batch {event.batch:,} of {event.batches:,}"
            message += f". {unsaved}" if unsaved else ""
            # an epoch's evaluation counts as one batch more
            # the points of now, not those of the moment when another thread writes them
            newest = _body(event) | {"points": [*training.points[event.epoch]]}
            gate.batch_done(newest)
            progress.done(event.epoch - 1 + event.batch / (event.batches + 1), message, newest=newest)
            continue
        if isinstance(event, EpochDone):
            context.emit(_points(training, event.epoch))
        context.emit(_body(event))
        if isinstance(event, EpochDone):
            gate.epoch_done()
            gate.batch_done(_body(event))
            progress.done(event.epoch)
            # after each epoch, since a run that is cut short has shown its validation scores too; what the database
            # does not take now, on a full disk, is counted after the next one
            with contextlib.suppress(OutputError):
                ledger.record_look(experiment.corpus.digest, recipe, network=True)
            if is_small:
                unsaved = _save(training, cost)
    if training.begun and not training.finished:
        # first of all, since a process that is asked to exit has only seconds
        context.emit(message="Saving the training, to go on with it later")
        unsaved = _save(training, cost)
    return unsaved


def _save(training: Training, cost: NetworkCost) -> str:
    """Write a checkpoint; '' or a sentence on why there is none. An earlier checkpoint stays."""
    try:
        if training.folder is not None:
            check_reserve(training.folder, STATE_BYTES * cost.n_parameters)
        training.save_checkpoint()
    except OutputError as error:
        return f"The training could not be saved, so that after an interruption it begins at an earlier epoch. {error}"
    return ""


def _begin(features: Features, recipe: Recipe, folder: Path, context: JobContext, *, again: bool) -> Training:
    if not again and (folder / CHECKPOINT_NAME).is_file():
        context.emit(message="Reading the saved training")
        with contextlib.suppress(RunError):
            return Training.resume(features, folder, recipe.network.epochs)
    return Training.start(features, recipe.network, folder)


def _keep(place: Path, training: Training, result: TrainingResult, recipe: Recipe, features: Features) -> None:
    training.save_kept(place / "weights.safetensors")
    np.save(place / "validation_probabilities.npy", result.validation_probabilities, allow_pickle=False)
    (place / "recipe.toml").write_text(without_token(recipe).to_toml(), encoding="utf-8")
    (place / "vocabulary.txt").write_bytes(vocabulary_lines(features.terms))
    (place / "features.txt").write_text(digest_features(features), encoding="utf-8")


def _baselines(
    features: Features, counts: Features | None, name: str, corpus: str, context: JobContext
) -> dict[str, dict[str, Any]]:
    """Results of simple models by name; empty if they are not stored yet and the job has to stop."""
    kept = artefacts.read_json(name, "baselines.json")
    if kept is not None or context.should_stop():
        return kept or {}
    context.emit(message="Fitting the baselines", left=baseline_seconds(features.train.nnz))
    found = run_baselines(features, context.should_stop, counts)
    if len(found) < len(models(counts is not None)):
        return {}
    table = {
        item.name: {"validation_accuracy": item.validation_accuracy, "note": item.note, "seconds": item.seconds}
        for item in found
    }
    try:
        artefacts.store(
            name, lambda place: (place / "baselines.json").write_text(json.dumps(table), encoding="utf-8"), corpus
        )
    except OutputError as error:  # the run has them all the same; another one fits them again
        context.emit(message=f"The baselines could not be stored: {error}")
    return table


def _points(training: Training, epoch: int) -> dict[str, Any]:
    """The batches of an epoch that are kept as points: batch, loss and accuracy of each."""
    return {
        "event": POINTS,
        "epoch": epoch,
        "points": training.points[epoch],
        "batches": training.batches_per_epoch,
    }


def _body(event: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(event.to_json())
    return body
