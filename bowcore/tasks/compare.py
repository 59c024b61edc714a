"""Two recipes or runs on the same validation articles: who was fixed, who was broken, and whether it is detectable.

Articles are paired by their row in the corpus, never by their text: two equal texts are two articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bowcore.corpus.split import Split
from bowcore.errors import RunError
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.comparison import PairedChange, WhoChanged, paired_change, who_changed
from bowcore.judge.scores import Accuracy, accuracy
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.differences import Difference, differences
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.toml import read_recipe_file
from bowcore.store import ledger
from bowcore.store.keys import result_key
from bowcore.store.own_files import without_token
from bowcore.tasks.finished_runs import SeedGroup
from bowcore.tasks.fitted_blocks import blocks_key, read_votes
from bowcore.tasks.fitted_cells import check_model, model_of
from bowcore.tasks.from_command_line import fit_blocks_here, run_recipe_here, train_here
from bowcore.tasks.run_table import find_run
from bowcore.tasks.trained import read_probabilities

Model = Literal["naive-bayes", "logistic", "network", "blocks"]
MODELS: tuple[Model, ...] = ("naive-bayes", "logistic", "network", "blocks")
NAMES: dict[Model, str] = {
    "naive-bayes": "naive Bayes",
    "logistic": "logistic regression",
    "network": "network",
    "blocks": "blocks",
}
OnEvent = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things compared: its name, its recipe, its model, and the stored model of a run."""

    name: str
    recipe: Recipe
    model: Model
    artefact: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two models on the same validation articles.

    `rows` are rows of the corpus, (n_validation,), and `who` holds positions among them. `guess` is the accuracy of
    always predicting the largest training class of the first recipe, `guess_class`.
    """

    before: Side
    after: Side
    split: Split
    predictions: tuple[NDArray[np.int32], NDArray[np.int32]]
    change: PairedChange
    who: WhoChanged
    guess: Accuracy
    guess_class: str

    @property
    def accuracies(self) -> tuple[Accuracy, Accuracy]:
        """Accuracy of both."""
        labels = self.split.validation.labels
        return accuracy(labels, self.predictions[0]), accuracy(labels, self.predictions[1])

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What their recipes have otherwise; settings of the network only if both are networks."""
        sides = (self.before, self.after)
        if {side.model for side in sides} == {"network"}:
            return differences(self.before.recipe, self.after.recipe)
        read = [side.recipe.through("blocks" if side.model == "blocks" else "weighting") for side in sides]
        return differences(*read)

    def to_json(self) -> dict[str, Any]:
        """The comparison as values that JSON has; rows are those of the corpus, numbered from 0."""
        change = self.change
        return {
            "corpus": without_token(self.before.recipe).corpus.corpus,
            "split": "validation",
            "a": self._side(self.before, self.accuracies[0]),
            "b": self._side(self.after, self.accuracies[1]),
            "differs": [difference.arrow for difference in self.differences],
            "n_documents": change.n_documents,
            "guess_class": self.guess_class,
            "guess_accuracy": self.guess.value,
            "n_fixed": change.n_fixed,
            "n_broken": change.n_broken,
            "n_changed_label": change.n_changed_label,
            "difference": change.difference,
            "low": change.low,
            "high": change.high,
            "interval": "95 %, Bonett and Price, in percentage points",
            "p_value": change.p_value,
            "test": "McNemar, exact, two-sided",
            "verdict": change.verdict,
            "fixed": self.texts(self.who.fixed),
            "broken": self.texts(self.who.broken),
        }

    def texts(self, positions: NDArray[np.int64]) -> list[dict[str, Any]]:
        """Row, number, true class and both predictions of these validation articles."""
        validation, names = self.split.validation, self.split.class_names
        return [
            {
                "row": int(validation.rows[place]),
                "validation_number": int(place) + 1,
                "true": names[validation.labels[place]],
                "a": names[self.predictions[0][place]],
                "b": names[self.predictions[1][place]],
            }
            for place in positions
        ]

    def _side(self, side: Side, share: Accuracy) -> dict[str, Any]:
        return {
            "name": side.name,
            "model": side.model,
            "recipe_key": side.recipe.key(),
            "validation_accuracy": share.value,
            "low": share.low,
            "high": share.high,
            "n_right": share.n_right,
            "n_validation": share.n_documents,
        }


def find_side(named: str, corpus: str | None = None, model: Model | None = None) -> Side:
    """What a name on the command line means: a preset, a recipe's file, or a run by its key.

    A run is judged by its own network, a recipe by its blocks or else logistic regression, unless a model is named.

    Raises:
        RecipeError: The file cannot be read as a recipe.
        RunError: It is none of them.
    """
    path = Path(named)
    if named in PRESETS:
        recipe = preset(named, corpus)
        return Side(named, recipe, model or model_of(recipe))
    if path.suffix == ".toml" or path.is_file():
        recipe = Recipe.from_toml(read_recipe_file(path))
        if corpus and recipe.corpus.corpus != corpus:
            recipe = recipe.change(corpus=corpus, revision="")
        return Side(path.name, recipe, model or model_of(recipe))
    run = find_run(named)
    if model not in (None, run.model):
        return Side(run.name or run.key, run.recipe, model or run.model)
    return run_side(run)


def run_side(run: SeedGroup) -> Side:
    """The newest model of a row of the table of runs."""
    return Side(run.name or run.key, run.recipe, run.model, run.result.artefact)


def compare(before: Side, after: Side, on_event: OnEvent = lambda event: None) -> Comparison:
    """Both sides predicted and paired by row; what is not trained yet is trained in this process.

    Raises:
        RecipeError: A recipe has blocks, and its model does not read them.
        RunError: They are not about the same validation articles, or a network was deleted.
    """
    for side in (before, after):
        check_model(side.recipe, side.model)
    answers = [run_recipe_here(side.recipe, on_event) for side in (before, after)]
    splits = [answer.split for answer in answers]
    same_texts = answers[0].corpus.digest == answers[1].corpus.digest
    if not same_texts or not np.array_equal(splits[0].validation.rows, splits[1].validation.rows):
        raise RunError(
            f"{before.name} and {after.name} are judged on different validation {TEXTS}, so that no {TEXT} can be "
            "compared with itself. Compare recipes on the same texts with the same seed of the split."
        )
    found = _predictions(before, on_event), _predictions(after, on_event)
    labels, digest = splits[0].validation.labels, answers[0].corpus.digest
    for side in (before, after):
        ledger.record_look(digest, side.recipe, network=side.model in ("network", "blocks"))
    return Comparison(
        before,
        after,
        splits[0],
        found,
        paired_change(labels, *found),
        who_changed(labels, *found),
        answers[0].baseline,
        answers[0].guess,
    )


def _predictions(side: Side, on_event: OnEvent) -> NDArray[np.int32]:
    if side.model == "naive-bayes":
        return process_experiments().answer(side.recipe).predictions
    if side.model == "logistic":
        return process_experiments().fit(side.recipe).predictions
    artefact = side.artefact
    if side.model == "blocks":
        artefact = artefact or _fitted_blocks(side.recipe, on_event)
        votes = read_votes(artefact)
        if votes is None:
            raise RunError(f"The blocks of {side.name} were deleted; fit them again to compare them.")
        voted: NDArray[np.int32] = votes.argmax(axis=1).astype(np.int32)
        return voted
    if not artefact:
        key = result_key(side.recipe, "network", process_experiments().corpus(side.recipe).digest)
        artefact = (train_here(side.recipe, key, on_event)[0].result or {})["artefact"]
    probabilities = read_probabilities(artefact)
    if probabilities is None:
        raise RunError(f"The network of {side.name} was deleted; train it again to compare it.")
    predictions: NDArray[np.int32] = probabilities.argmax(axis=1).astype(np.int32)
    return predictions


def _fitted_blocks(recipe: Recipe, on_event: OnEvent) -> str:
    """The artefact of the recipe's blocks, fitted here unless they are."""
    key = blocks_key(recipe, process_experiments().corpus(recipe).digest)
    found = fit_blocks_here(recipe, key, lambda message: on_event({"event": "Message", "message": message}))
    return str(found["artefact"])
