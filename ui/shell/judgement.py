"""What a model says of the validation articles: one record for the header, the cards and the confusion page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import PairedChange, paired_change
from bowcore.judge.explanation import Explanation, explain, explain_logistic, explain_network
from bowcore.judge.scores import Accuracy, accuracy
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.network.network import log_softmax, logits
from bowcore.tasks.finished_runs import SeedGroup, newest_network, several_seeds_of
from bowcore.tasks.fit_logistic import read_coefficients
from ui.answers import kept
from ui.reading.certainty import bayes_probabilities
from ui.shell import logistic, runs
from ui.state import faults, judge, session, widgets
from ui.state.judge import NAMES, Model

WHY_THEY_DISAGREE = "They can disagree: naive Bayes weighs each word on its own, the others all words together."
UNTRAINED = "The network has not been trained with this recipe: naive Bayes judges until it is."


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

    @property
    def name(self) -> str:
        """Name of the model."""
        return NAMES[self.model]

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


def judged(answer: Answer) -> Judgement:
    """What the judge says: the chosen model, or naive Bayes while the chosen network is not trained."""
    found = None
    with faults.leaving_out():
        found = judgement(answer, judge.chosen())
    if found is None:
        return judgement(answer, "naive-bayes")
    if found.model == "network" and found.predictions is None:
        return judgement(answer, "naive-bayes")
    return found


def others(answer: Answer, shown: Judgement) -> list[Judgement]:
    """What the other models say, those without predictions included."""
    return [judgement(answer, model) for model in NAMES if model != shown.model]


def judgement(answer: Answer, model: Model) -> Judgement:
    """What a model says of the validation articles; logistic regression is requested if it is not there."""
    return _JUDGES[model](answer)


def follow(answer: Answer) -> None:
    """Rerun the page once logistic regression's predictions are there."""
    logistic.follow(logistic.request(answer), lambda _: None)


def control(*, short: bool = False) -> None:
    """The choice of the judge, the same on every page that shows it."""
    names: dict[Model, str] = {**NAMES, "logistic": "Logistic"} if short else NAMES
    st.segmented_control(
        "Judged by",
        tuple(names),
        default=judge.chosen(),
        required=True,
        format_func=names.__getitem__,
        width="stretch" if short else "content",
        label_visibility="collapsed" if short else "visible",
        **widgets.bind("judged_by", judge.chosen(), judge.choose),
    )


def waits_for_network(shown: Judgement) -> bool:
    """Whether naive Bayes judges because the chosen network is not trained."""
    return judge.chosen() == "network" != shown.model


def probabilities(answer: Answer, shown: Judgement) -> NDArray[np.float64] | None:
    """The model's probabilities, (n_validation, n_classes); None if the fitted model was deleted."""
    if shown.model == "naive-bayes":
        return bayes_probabilities(answer)
    if shown.model == "logistic":
        return _logistic_probabilities(answer, shown.artefact) if shown.artefact else None
    return runs.probabilities(shown.artefact)


def probability_of(answer: Answer, shown: Judgement, row: sparse.csr_matrix) -> NDArray[np.float64] | None:
    """The model's probability of each class for one row of cell values; None if there is no fitted model."""
    if shown.model == "naive-bayes":
        found: NDArray[np.float64] = answer.bayes.probabilities(row)[0]
        return found
    if shown.model == "logistic":
        fitted = coefficients(answer, shown.artefact) if shown.artefact else None
        return None if fitted is None else fitted.probabilities(row, len(answer.split.class_names))[0]
    weights = runs.network_weights(shown.artefact)
    return None if weights is None else np.exp(log_softmax(logits(weights, row)))[0]


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
    return read_coefficients(artefact, answer.matrix.features.terms)


@kept("weighting")
def _logistic_probabilities(answer: Answer, artefact: str) -> NDArray[np.float64] | None:
    fitted, features = coefficients(answer, artefact), answer.matrix.features
    return None if fitted is None else fitted.probabilities(features.validation, features.n_classes)


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
    result = found.result
    return Judgement(
        "network",
        now,
        before,
        incomparable=incomparable,
        epochs=f"epoch {result.kept_epoch} of {len(result.epochs)}",
        artefact=result.artefact,
        seeds=several_seeds_of(session.recipe(), answer.corpus.digest),
    )


def _classes(artefact: str) -> NDArray[np.int32] | None:
    found = runs.probabilities(artefact) if artefact else None
    return None if found is None else found.argmax(axis=1).astype(np.int32)


_JUDGES: dict[Model, Callable[[Answer], Judgement]] = {
    "naive-bayes": _bayes,
    "logistic": _logistic,
    "network": _network,
}
