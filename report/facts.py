"""The facts of a report: everything that it says, computed from a recipe before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.errors import MemoryBudgetError, RecipeError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.findings.copies import find_copies
from bowcore.judge.scores import Accuracy, accuracy
from bowcore.learn.linear.baselines import ON_COUNTS
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.frequencies.zipf import NaiveLine, naive_line, rank_terms
from bowcore.matrix.log_odds import PRIOR_TOKENS, compare_classes, count_by_class, typical_terms
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.store.ledger import Opening
from bowcore.tasks.finished_runs import SeedGroup, newest_network, several_seeds_of
from bowcore.tasks.fitted_blocks import fit_of_blocks, read_votes
from bowcore.tasks.report import JUDGES
from bowcore.tasks.trained import Trained, read_probabilities

FIRST_RANKS = 1000
MOST_COMPARED = 200_000  # open articles; more take several seconds
WORDS = 8  # typical words of each class

Predictions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Model:
    """A model, its predictions for the validation articles and its accuracy on them."""

    name: str
    predictions: Predictions
    accuracy: Accuracy
    note: str
    seeds: SeedGroup | None = None
    """All trainings of a network's recipe, if there are several seeds."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a report.

    Attributes:
        recipe: The whole recipe, with the settings of the network.
        answer: The recipe's answer.
        models: The models, simplest first.
        judge: The one whose mistakes are shown.
        training: The finished training of this recipe's network, if there is one.
        ranked: The terms with a column of their own, most frequent first.
        lines: Straight lines through all ranks and through the first thousand; none if there are too few terms.
        typical: The most typical terms of each class, or the reason why there are none.
        n_tried: Recipes that have shown their validation score.
        copies: Which validation articles repeat a training article, (n_validation,); None if that was not looked for.
        openings: Every opening of the test set of these articles, oldest first.
        opening: The one of this recipe's network, if its test set was opened.
        link: Restores the recipe; empty if it is too long for an address, or gives access to a reader's own file.
    """

    recipe: Recipe
    answer: Answer
    models: tuple[Model, ...]
    judge: Model
    training: Trained | None
    ranked: pd.DataFrame
    lines: tuple[NaiveLine, ...]
    typical: pd.DataFrame | str
    n_tried: int
    copies: NDArray[np.bool_] | None
    openings: tuple[Opening, ...]
    opening: Opening | None
    link: str


def gather(recipe: Recipe, judge: str, link: str, should_stop: Callable[[], bool]) -> Facts | None:
    """The facts of a recipe whose answer can be computed; None if it was stopped.

    The recipe counts as tried: its report shows a validation score.
    """
    answer = process_experiments().answer(recipe)
    digest = answer.corpus.digest
    fit = process_experiments().fit(recipe, should_stop)
    if fit.stopped or should_stop():
        return None
    training, probabilities = _training(recipe, digest)
    models = [_model(answer, JUDGES["naive-bayes"], answer.predictions)]
    if recipe.weighting.option.real:
        counts = answer.matrix.counts
        on_counts = fit_naive_bayes(counts.train, counts.train_labels, counts.n_classes)
        models.append(_model(answer, ON_COUNTS[0].upper() + ON_COUNTS[1:], on_counts.predict(counts.validation)))
    models.append(_model(answer, JUDGES["logistic"], fit.predictions, fit.note))
    if training is not None and probabilities is not None:
        note = f"Weights of epoch {training.kept_epoch} of {len(training.epochs)}."
        network = _model(answer, JUDGES["network"], probabilities.argmax(axis=1).astype(np.int32), note)
        models.append(replace(network, seeds=several_seeds_of(recipe, digest)))
    votes = None if (blocks := fit_of_blocks(recipe, digest)) is None else read_votes(blocks.artefact)
    if votes is not None:
        note = f"{recipe.blocks.in_words}."
        models.append(_model(answer, JUDGES["blocks"], votes.argmax(axis=1).astype(np.int32), note))
    chosen = next((model for model in models if model.name == JUDGES[judge]), models[0])
    ledger.record_look(digest, recipe)
    opened = ledger.openings(digest)
    key, seed = recipe.key("network"), recipe.network.network_seed
    own = [opening for opening in opened if opening.recipe_key == key and opening.seed == seed]
    ranked = _ranked(answer)
    return Facts(
        recipe=recipe,
        answer=answer,
        models=tuple(models),
        judge=chosen,
        training=training,
        ranked=ranked,
        lines=_lines(ranked["count"].to_numpy()),
        typical=_typical(answer),
        n_tried=ledger.n_looks_of_room(digest),
        copies=_copies(answer),
        openings=opened,
        opening=own[-1] if own else None,
        link=link,
    )


def _model(answer: Answer, name: str, predictions: Predictions, note: str = "") -> Model:
    return Model(name, predictions, accuracy(answer.labels, predictions), note)


def _copies(answer: Answer) -> NDArray[np.bool_] | None:
    """The mask of copies, unless looking for them would take long or not fit."""
    if answer.split.n_open > MOST_COMPARED:
        return None
    try:
        near = process_experiments().near_duplicates(answer.recipe)
    except MemoryBudgetError:
        return None
    return find_copies(near, answer.split.train.n_documents, answer.matrix.rows)


def _training(recipe: Recipe, corpus_digest: str) -> tuple[Trained | None, NDArray[np.float64] | None]:
    """The finished training of this recipe, and its validation probabilities unless they were deleted."""
    found = newest_network(recipe, corpus_digest)
    if found is None or not found.complete:
        return None, None
    result = cast(Trained, found.result)
    return result, read_probabilities(result.artefact)


def _ranked(answer: Answer) -> pd.DataFrame:
    """The terms that have a column of their own; the column of all other words is not a word."""
    vocabulary = answer.matrix.vocabulary
    n = vocabulary.n_known
    return rank_terms(vocabulary.terms[:n], vocabulary.term_frequency[:n], vocabulary.document_frequency[:n])


def _lines(counts: NDArray[np.int64]) -> tuple[NaiveLine, ...]:
    try:
        return naive_line(counts), naive_line(counts, last_rank=FIRST_RANKS)
    except RecipeError:
        return ()


def _typical(answer: Answer) -> pd.DataFrame | str:
    vocabulary, counts = answer.matrix.vocabulary, answer.matrix.counts
    known = slice(0, vocabulary.n_known)
    presence = counts.train.copy()
    presence.data = np.ones_like(presence.data)
    occurrences, documents = (
        count_by_class(matrix, counts.train_labels, counts.n_classes)[:, known] for matrix in (counts.train, presence)
    )
    try:
        odds = compare_classes(occurrences, PRIOR_TOKENS)
    except RecipeError as error:
        return str(error)
    return typical_terms(vocabulary.known_terms, occurrences, documents, odds, answer.split.class_names, WORDS)
