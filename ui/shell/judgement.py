"""What a model says of the validation articles: one record for the header, the cards and the confusion page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import PairedChange, paired_change
from bowcore.judge.explanation import Explanation, explain, explain_logistic, explain_network
from bowcore.judge.scores import Accuracy, accuracy
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.network.network import log_softmax, logits
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.finished_runs import SeedGroup, newest_network, several_seeds_of
from bowcore.tasks.fit_logistic import read_coefficients
from bowcore.tasks.fitted_blocks import fit_of_blocks
from bowcore.tasks.trained import Trained
from ui.answers import kept
from ui.reading.certainty import bayes_probabilities
from ui.shell import block_models, logistic, runs
from ui.shell.block_models import Text
from ui.state import faults, judge, session, widgets
from ui.state.judge import NAMES, Model

WHY_THEY_DISAGREE = "They can disagree: naive Bayes weighs each word on its own, the others all words together."
UNTRAINED: dict[Model, str] = {
    "network": "The network has not been trained with this recipe: naive Bayes judges until it is.",
    "blocks": "The blocks have not been fitted with this recipe: naive Bayes judges until they are.",
}
"""Why naive Bayes judges in place of a model that has to be asked for."""
UNKNOWN = (
    "What the chosen model says is not known while the database or the disk fails: naive Bayes judges until it is."
)
"""The same where it cannot be asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The predictions of a model for the validation articles of a recipe.

    Attributes:
        model: The model.
        predictions: Classes of the validation articles, (n_validation,); None until there are any.
        before: Those under the recipe before; None if there are none to compare with.
        problem: Why there are no predictions, or what they wait for; empty otherwise.
        incomparable: Why two models that both have predictions are not compared; empty otherwise.
        note: How the model was fitted, if not on all of the recipe's training articles.
        epochs: Which epoch's weights a network has.
        artefact: The artefact with the fitted model; empty for naive Bayes, and until there is one.
        seeds: All trainings of a network's recipe, its own among them, if there are several seeds: the network's
            number is their mean, while its predictions are its own.
        recipe: The recipe with the blocks, if they made the predictions.
        instead: Why naive Bayes judges in place of the chosen model; empty otherwise.
    """

    model: Model
    predictions: NDArray[np.int32] | None
    before: NDArray[np.int32] | None = None
    problem: str = ""
    incomparable: str = ""
    note: str = ""
    epochs: str = ""
    artefact: str = ""
    seeds: SeedGroup | None = None
    recipe: Recipe | None = None
    instead: str = ""

    @property
    def name(self) -> str:
        """Name of the model."""
        return NAMES[self.model]

    @property
    def likelihood(self) -> str:
        """What it gives each class: a probability, or the vote of a model that gives none."""
        return "probability" if self.recipe is None or self.recipe.blocks.gives_probabilities else "vote"

    def key(self, answer: Answer) -> str:
        """Key of the fitted model that made the predictions."""
        return self.artefact or f"{self.model}-{answer.key('weighting')}"

    def accuracy(self, answer: Answer) -> Accuracy | None:
        """Its accuracy on all validation articles; None until there are predictions."""
        return None if self.predictions is None else accuracy(answer.labels, self.predictions)

    def change(self, answer: Answer) -> PairedChange | None:
        """The effect of the last change on its predictions, if there are both."""
        if self.predictions is None or self.before is None:
            return None
        return paired_change(answer.labels, self.before, self.predictions)


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Why a model gives a text one class rather than another.

    Attributes:
        explanation: What each column adds.
        table: The same with names: `term`, `value`, `contribution`, `speaks_for`; of blocks also `word`, which can be
            looked up, or is empty.
        weights: What the words of the text are shaded by: contributions by term, or of blocks word by word.
    """

    explanation: Explanation
    table: pd.DataFrame
    weights: Mapping[str, float] | Sequence[float]


def judged(answer: Answer) -> Judgement:
    """What the judge says: the chosen model, or naive Bayes while the chosen network or blocks are not fitted."""
    found = None
    with faults.leaving_out():
        found = judgement(answer, judge.chosen())
    if found is None:
        return replace(judgement(answer, "naive-bayes"), instead=UNKNOWN)
    if found.model in UNTRAINED and found.predictions is None:
        return replace(judgement(answer, "naive-bayes"), instead=UNTRAINED[found.model])
    return found


def others(answer: Answer, shown: Judgement) -> list[Judgement]:
    """What the other models say, those without predictions included."""
    found = []
    for model in judge.offered():
        if model != shown.model:
            with faults.leaving_out():
                found.append(judgement(answer, model))
    return found


def judgement(answer: Answer, model: Model) -> Judgement:
    """What a model says of the validation articles; logistic regression is requested if it is not there."""
    return _JUDGES[model](answer)


def follow(answer: Answer) -> None:
    """Rerun the page once logistic regression's predictions are there."""
    with faults.leaving_out():
        logistic.follow(logistic.request(answer), lambda _: None)


def control(*, short: bool = False) -> None:
    """The choice of the judge, the same on every page that shows it."""
    names: dict[Model, str] = {**NAMES, "logistic": "Logistic"} if short else NAMES
    st.segmented_control(
        "Judged by",
        judge.offered(),
        default=judge.chosen(),
        required=True,
        format_func=names.__getitem__,
        width="stretch" if short else "content",
        label_visibility="collapsed" if short else "visible",
        **widgets.bind("judged_by", judge.chosen(), judge.choose),
    )


def probabilities(answer: Answer, shown: Judgement) -> NDArray[np.float64] | None:
    """The model's probabilities, (n_validation, n_classes); None if the fitted model was deleted."""
    if shown.model == "naive-bayes":
        return bayes_probabilities(answer)
    if shown.model == "logistic":
        return _logistic_probabilities(answer, shown.artefact) if shown.artefact else None
    if shown.model == "blocks":
        return block_models.votes(shown.artefact) if shown.artefact else None
    return runs.probabilities(shown.artefact)


def probability_of(answer: Answer, shown: Judgement, row: sparse.csr_matrix, text: Text) -> NDArray[np.float64] | None:
    """The model's probability of each class for a text and its row of cell values; None without a fitted model."""
    if shown.model == "naive-bayes":
        found: NDArray[np.float64] = answer.bayes.probabilities(row)[0]
        return found
    if shown.model == "logistic":
        fitted = coefficients(answer, shown.artefact) if shown.artefact else None
        return None if fitted is None else fitted.probabilities(row, len(answer.split.class_names))[0]
    if shown.model == "blocks":
        return block_models.votes_of(shown.recipe, shown.artefact, text)
    weights = runs.network_weights(shown.artefact)
    return None if weights is None else np.exp(log_softmax(logits(weights, row)))[0]


def explained(
    answer: Answer,
    shown: Judgement,
    row: sparse.csr_matrix,
    text: Text,
    chosen: int | None = None,
    other: int | None = None,
) -> Explained | None:
    """Why the model gives a text, whose row of the matrix of words is `row`, one class; None if it was deleted."""
    if shown.model == "blocks":
        names = answer.split.class_names
        parts = block_models.explain(shown.recipe, shown.artefact, text, (chosen, other), names)
        return None if parts is None else Explained(*parts)
    of_words = explanation(answer, shown, row, chosen, other)
    return None if of_words is None else explained_by_words(answer, of_words)


def explained_by_words(answer: Answer, found: Explanation) -> Explained:
    """An explanation by columns of the matrix of words, with their names."""
    table = found.table(answer.matrix.vocabulary.terms, answer.split.class_names)
    return Explained(found, table, dict(zip(table["term"], table["contribution"], strict=True)))


def explanation(
    answer: Answer, shown: Judgement, row: sparse.csr_matrix, chosen: int | None = None, other: int | None = None
) -> Explanation | None:
    """The words behind the prediction for a row of the matrix; None if the fitted model was deleted."""
    if shown.model == "naive-bayes":
        return explain(answer.bayes, row, chosen, other)
    if shown.model == "logistic":
        fitted = coefficients(answer, shown.artefact)
        return None if fitted is None else explain_logistic(fitted, row, chosen, other)
    weights = runs.network_weights(shown.artefact)
    return None if weights is None else explain_network(weights, row, chosen, other)


@kept("weighting")
def coefficients(answer: Answer, artefact: str) -> Coefficients | None:
    """The coefficients of logistic regression; None if they were deleted."""
    return read_coefficients(artefact, answer.matrix.vocabulary.terms)


@kept("weighting")
def _logistic_probabilities(answer: Answer, artefact: str) -> NDArray[np.float64] | None:
    fitted, n_classes = coefficients(answer, artefact), len(answer.split.class_names)
    return None if fitted is None else fitted.probabilities(answer.matrix.validation, n_classes)


def _bayes(answer: Answer) -> Judgement:
    previous = logistic.comparable(answer)
    return Judgement("naive-bayes", answer.predictions, None if previous is None else previous.predictions)


def _logistic(answer: Answer) -> Judgement:
    reply = logistic.read(logistic.request(answer))
    return Judgement(
        "logistic",
        reply.predictions,
        reply.before,
        problem=reply.problem,
        incomparable=reply.incomparable,
        note=logistic.fitted_share(answer, reply),
        artefact=reply.artefact,
    )


def _network(answer: Answer) -> Judgement:
    found = newest_network(session.recipe(), answer.corpus.digest)
    if found is None or (now := _classes(found.result.artefact)) is None:
        return Judgement("network", None, problem="not trained with this recipe.")
    faults.look(answer.corpus.digest, session.recipe(), network=True)
    previous, recipe = logistic.comparable(answer), session.before()
    run = None if previous is None or recipe is None else newest_network(recipe, previous.corpus.digest)
    before = None if run is None else _classes(run.result.artefact)
    incomparable = "" if before is not None else "The network was not trained with the recipe before."
    result = cast(Trained, found.result)
    return Judgement(
        "network",
        now,
        before,
        incomparable=incomparable,
        epochs=f"epoch {result.kept_epoch} of {len(result.epochs)}",
        artefact=result.artefact,
        seeds=several_seeds_of(session.recipe(), answer.corpus.digest),
    )


def _blocks(answer: Answer) -> Judgement:
    recipe, digest = session.recipe(), answer.corpus.digest
    found = fit_of_blocks(recipe, digest)
    votes = None if found is None else block_models.votes(found.artefact)
    if found is None or votes is None:
        return Judgement("blocks", None, problem="not fitted with this recipe.")
    faults.look(digest, recipe, network=True)
    previous, earlier = logistic.comparable(answer), session.before()
    run = None if previous is None or earlier is None else fit_of_blocks(earlier, previous.corpus.digest)
    votes_before = None if run is None else block_models.votes(run.artefact)
    before = None if votes_before is None else votes_before.argmax(axis=1).astype(np.int32)
    incomparable = "" if before is not None else "The recipe before has no fitted blocks."
    now = votes.argmax(axis=1).astype(np.int32)
    return Judgement("blocks", now, before, incomparable=incomparable, artefact=found.artefact, recipe=recipe)


def _classes(artefact: str) -> NDArray[np.int32] | None:
    found = runs.probabilities(artefact) if artefact else None
    return None if found is None else found.argmax(axis=1).astype(np.int32)


_JUDGES: dict[Model, Callable[[Answer], Judgement]] = {
    "naive-bayes": _bayes,
    "logistic": _logistic,
    "network": _network,
    "blocks": _blocks,
}
