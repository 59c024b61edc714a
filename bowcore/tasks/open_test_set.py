"""Opening the sealed test set: the only module that reads test articles; it records each opening in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Documents, open_labels, whole_texts
from bowcore.errors import SealedError
from bowcore.experiment.blocks import count_blocks, count_open, fit_on
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.experiment.stacking import groups_for, open_rows
from bowcore.experiment.stages import Matrix, learned_labels, transform_texts
from bowcore.findings.near_duplicates import MIN_SIMILARITY, find_near_duplicates, near_leaks
from bowcore.jobs.job_context import JobContext, Record
from bowcore.judge.comparison import paired_change
from bowcore.judge.confusion import confusion_matrix, constant_accuracy
from bowcore.learn.linear.blocks import LinearModel, vote
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.store.keys import network_artefact, result_key
from bowcore.store.ledger import Opening
from bowcore.tasks import lemmatise
from bowcore.tasks.fitted_blocks import find_fit
from bowcore.tasks.trained import Trained
from bowcore.text.units import join_fields, read_fields

if TYPE_CHECKING:
    from bowcore.learn.network.network import Weights

_OTHER_FEATURES = (
    "This run learned from other texts, or with an earlier version of this program. Train it again, then open the "
    "test set."
)


@dataclass(frozen=True, slots=True)
class OpenedTest(Record):
    """The test figures of a network, under the number that its opening has in the ledger.

    `n_copies` test articles have the text of a training article. The accuracy without them is None if there are no
    others. `guess_accuracy` is that of always guessing the largest training class. An earlier version recorded
    neither.
    """

    opening: int
    test_accuracy: float
    test_confusion: tuple[tuple[int, ...], ...]
    n_test: int
    validation_accuracy: float
    n_validation: int
    n_copies: int = 0
    test_accuracy_without_copies: float | None = None
    guess_accuracy: float = 0.0


@dataclass(frozen=True, slots=True)
class OpenedBlocks(OpenedTest):
    """The test figures of models of blocks, fitted on all open articles, next to those of a plain recipe.

    `n_near` test articles share at least half of their word groups with an article that was learned from. The plain
    recipe is `PLAIN`; `n_fixed` test articles are right with the blocks alone, `n_broken` with it alone. The difference
    is in percentage points.
    """

    n_fitted: int = 0
    n_near: int = 0
    test_accuracy_without_near: float | None = None
    guess_accuracy_without_near: float | None = None
    plain: str = ""
    plain_accuracy: float = 0.0
    n_fixed: int = 0
    n_broken: int = 0
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    p_value: float = 1.0


PLAIN = {"blocks": ("words 1-2 tfidf", "characters 2-5 tfidf"), "models": ("svm 0.3",)}
"""What models of blocks are compared with: TF-IDF of words, pairs of words and characters, one linear SVM."""


def _is_trained(recipe: Recipe, run: Trained) -> bool:
    """Whether all epochs are done, or the losses of a run show that the recipe's patience was over."""
    losses = [epoch.validation_loss for epoch in run.epochs]
    if not losses or len(losses) >= recipe.network.epochs:
        return bool(losses)
    return 0 < recipe.network.patience <= len(losses) - 1 - losses.index(min(losses))


def open_test(recipe: Recipe, run: Trained) -> Opening:
    """Score a trained network on the test articles, once: a second request returns the recorded opening.

    `run` is the result of a finished training job.

    Raises:
        SealedError: The run was stopped early, its weights are gone, or they are not this recipe's on these articles.
    """
    experiments = Experiments(sealed=False)
    corpus = experiments.corpus(recipe)
    if run.stopped or not run.artefact or not _is_trained(recipe, run):
        raise SealedError("This run was stopped before its last epoch. Finish the training, then open the test set.")
    if run.corpus_digest != corpus.digest:
        raise SealedError(_OTHER_FEATURES)
    key, seed, weights_digest = recipe.key("network"), recipe.network.network_seed, run.weights_digest
    recorded = ledger.find_opening(corpus.digest, key, seed, weights_digest)
    if recorded is not None:
        return recorded
    from bowcore.learn.network.checkpoint import digest_features
    from bowcore.learn.network.network import predict

    # the files must prove what the request claims, or the ledger would record whatever was sent
    if run.artefact != network_artefact(result_key(recipe, "network", corpus.digest), len(run.epochs)):
        raise SealedError(_OTHER_FEATURES)
    network = artefacts.reading(run.artefact, lambda folder: _read(folder, weights_digest))
    if network is None:
        raise SealedError("The weights of this run are gone. Train it again, then open the test set.")
    weights, features, probabilities = network
    experiment = experiments.answer(recipe)
    if digest_features(experiment.matrix.features) != features:
        raise SealedError(_OTHER_FEATURES)
    documents = experiment.split.test.unseal()
    predictions = predict(weights, transform(documents, experiment.matrix, recipe))
    validation = experiment.split.validation
    is_copy = find_copies(documents, experiment.split.train, experiment.matrix.rows)
    is_right = documents.labels == predictions
    on_validation = probabilities.argmax(axis=1)
    result = {
        "test_accuracy": float(is_right.mean()),
        "test_confusion": confusion_matrix(documents.labels, predictions, len(experiment.split.class_names)).tolist(),
        "n_test": len(documents.labels),
        "validation_accuracy": float((validation.labels == on_validation).mean()),
        "n_validation": validation.n_documents,
        "n_copies": int(is_copy.sum()),
        "test_accuracy_without_copies": float(is_right[~is_copy].mean()) if not is_copy.all() else None,
        "guess_accuracy": float((documents.labels == experiment.guess_class).mean()),
    }
    return ledger.record_opening(recipe.corpus.corpus, corpus.digest, key, seed, weights_digest, result)


def _read(folder: Path, weights_digest: str) -> tuple[Weights, str, NDArray[np.float64]]:
    """Weights, digest of the features and validation probabilities of a network's artefact."""
    from bowcore.learn.network.checkpoint import digest_file
    from bowcore.learn.network.network import load_weights

    if digest_file(folder / "weights.safetensors") != weights_digest:
        raise SealedError("The kept weights are not those of this run. Train it again, then open the test set.")
    probabilities: NDArray[np.float64] = np.load(folder / "validation_probabilities.npy", allow_pickle=False)
    return (
        load_weights(folder / "weights.safetensors"),
        (folder / "features.txt").read_text(encoding="utf-8"),
        probabilities,
    )


def find_copies(documents: Documents, train: Documents, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask of the articles whose headline and body are those of a training article in `rows`: (n_documents,)."""
    copies: NDArray[np.bool_] = pc.is_in(whole_texts(documents), whole_texts(train).take(pa.array(rows))).to_numpy()
    return copies


def transform(documents: Documents, matrix: Matrix, recipe: Recipe) -> sparse.csr_matrix:
    """Cell values of other articles over a learned vocabulary: (n_documents, n_terms).

    Lemmas are computed at once, in processes of their own, so pages must not call this.
    """
    fields: Sequence[pa.Array] = read_fields(documents, recipe.text)
    if recipe.text.units == "lemmas":
        fields = lemmatise.make_lemmas(fields)
    return transform_texts(join_fields(fields), matrix, recipe)


def open_blocks(recipe: Recipe) -> Opening:
    """Fit a recipe's blocks on all open articles and score them on the test articles, once.

    A second request with the same weights returns the recorded opening. Validation articles are learned from too: the
    recipe is chosen by then.

    Raises:
        SealedError: The recipe was not fitted on its training articles first, which gives its validation accuracy.
    """
    experiments = Experiments(sealed=False)
    corpus, split = experiments.corpus(recipe), experiments.split(recipe)
    run = find_fit(recipe, corpus.digest)
    if run is None:
        raise SealedError("The recipe's blocks are not fitted yet. Train it, then open the test set.")
    counted = count_open(split, recipe)
    drawn = process_experiments().training_rows(recipe)
    rows = np.concatenate([drawn, np.arange(split.train.n_documents, split.n_open)])
    labels = learned_labels(open_labels(split)[rows], recipe.sample)
    n_classes = len(split.class_names)
    fitted, joined, _ = fit_on(recipe, counted, rows, labels, n_classes, groups=groups_for(recipe, split, rows))
    models = joined.answer
    digest = _digest_of(models)
    recorded = ledger.find_opening(corpus.digest, recipe.key(), 0, digest)
    if recorded is not None:
        return recorded
    plain = recipe.change(**PLAIN)
    of_plain, plain_joined, _ = fit_on(plain, count_open(split, plain), rows, labels, n_classes)
    documents = split.test.unseal()
    fields = read_fields(documents, recipe.text)
    predictions = vote(models, fitted.join(count_blocks(fields, recipe))).argmax(axis=1)
    others = vote(plain_joined.answer, of_plain.join(count_blocks(fields, plain))).argmax(axis=1)
    change = paired_change(documents.labels, others, predictions)
    learned = open_rows(split, rows)
    is_copy = find_copies(documents, learned, np.arange(learned.n_documents))
    pairs = find_near_duplicates(replace(split, train=learned, validation=documents))
    is_near = near_leaks(pairs, learned.n_documents, MIN_SIMILARITY, "validation")
    is_right = documents.labels == predictions
    is_guess = documents.labels == np.bincount(labels, minlength=n_classes).argmax()
    result = {
        "test_accuracy": float(is_right.mean()),
        "test_confusion": confusion_matrix(documents.labels, predictions, n_classes).tolist(),
        "n_test": len(documents.labels),
        "validation_accuracy": run.validation_accuracy,
        "n_validation": run.n_validation,
        "n_copies": int(is_copy.sum()),
        "test_accuracy_without_copies": _mean(is_right, ~is_copy),
        "guess_accuracy": float(is_guess.mean()),
        "n_fitted": len(rows),
        "n_near": int(is_near.sum()),
        "test_accuracy_without_near": _mean(is_right, ~is_near),
        "guess_accuracy_without_near": _mean(is_guess, ~is_near),
        "plain": plain.blocks.in_words,
        "plain_accuracy": float((documents.labels == others).mean()),
        **{name: getattr(change, name) for name in ("n_fixed", "n_broken", "difference", "low", "high", "p_value")},
    }
    return ledger.record_opening(recipe.corpus.corpus, corpus.digest, recipe.key(), 0, digest, result)


def _mean(mask: NDArray[np.bool_], among: NDArray[np.bool_]) -> float | None:
    return float(mask[among].mean()) if among.any() else None


def _digest_of(models: tuple[LinearModel, ...]) -> str:
    digest = hashlib.sha256()
    for model in models:
        digest.update(model.weights.tobytes() + model.intercepts.tobytes())
    return digest.hexdigest()


def open_blocks_job(payload: dict[str, Any], context: JobContext) -> OpenedBlocks:
    """The job of kind 'open-test-blocks'. Payload: `recipe` (TOML)."""
    context.emit(message=f"Fitting on all open {TEXTS}, then scoring the test {TEXTS}")
    opening = open_blocks(Recipe.from_toml(payload["recipe"]))
    return OpenedBlocks.from_json({"opening": opening.number, **opening.result})


def open_test_job(payload: dict[str, Any], context: JobContext) -> OpenedTest | None:
    """The job of kind 'open-test'. Payload: `recipe` (TOML) and `run` (the training job's result)."""
    recipe = Recipe.from_toml(payload["recipe"])
    if not lemmatise.prepare(recipe, context):
        return None
    context.emit(message=f"Scoring the test {TEXTS}")
    opening = open_test(recipe, Trained.from_json(payload["run"]))
    result = dict(opening.result)
    if "guess_accuracy" not in result:
        guess_class = process_experiments().answer(recipe).guess_class
        result["guess_accuracy"] = constant_accuracy(np.array(result["test_confusion"]), guess_class)
    return OpenedTest.from_json({"opening": opening.number, **result})
