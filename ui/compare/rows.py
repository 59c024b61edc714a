"""The rows of the table of runs: this recipe and the one before by the judge, then every finished training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import paired_change
from bowcore.judge.scores import Accuracy, accuracy
from bowcore.numbers import decimal, points, with_interval
from bowcore.recipe.differences import Difference, differences
from bowcore.recipe.recipe import Recipe, Stage
from bowcore.store.keys import code_key
from bowcore.tasks.finished_runs import SeedGroup, code_difference
from bowcore.tasks.fit_logistic import logistic_key
from bowcore.tasks.run_table import table_of_runs
from ui.shell import block_models, judgement, runs
from ui.shell.judgement import Judgement
from ui.state import faults, session
from ui.state.judge import NAMES, Model

NOW, BEFORE = "now", "before"
"""Keys of the two rows that no training made."""
_READS: dict[Model, Stage] = {"blocks": "blocks", "network": "weighting"}
"""The last stage of a recipe that counts as a difference of rows with different models."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A recipe with a model that has judged the validation articles.

    Attributes:
        key: Names the row in the address.
        name: What it is called, as plain text.
        recipe: The recipe; of several seeds, that of the newest.
        model: The model.
        predictions: Its classes, (n_validation,); None if they are not there.
        accuracy: Of the model, or the mean of its seeds.
        group: The trainings behind the row; None for the recipe of the page and the one before.
        artefact: The stored model; empty for naive Bayes.
    """

    key: str
    name: str
    recipe: Recipe
    model: Model
    predictions: NDArray[np.int32] | None
    accuracy: Accuracy
    group: SeedGroup | None = None
    artefact: str = ""

    @property
    def judged(self) -> Judgement:
        """The row as the pages' record of a model."""
        recipe = self.recipe if self.model == "blocks" else None
        return Judgement(self.model, self.predictions, artefact=self.artefact, recipe=recipe)

    @property
    def accuracy_in_words(self) -> str:
        """`88.9 % (85.1–91.9)`, or mean ± standard deviation of the seeds."""
        return with_interval(self.accuracy) if self.group is None else self.group.accuracy_in_words

    @property
    def code(self) -> str:
        """Names the code and libraries behind it."""
        return code_key("network") if self.group is None else self.group.code

    @property
    def shares(self) -> tuple[float, ...]:
        """Accuracy of each seed."""
        return (self.accuracy.value,) if self.group is None else self.group.shares

    def differs_from(self, other: Row) -> tuple[Difference, ...]:
        """What it has otherwise; settings of networks count only between networks, seeds between single ones."""
        by_code = code_difference(other.code, self.code)
        if (self.model, other.model) == ("network", "network"):
            single = all(row.group is None or row.group.n == 1 for row in (self, other))
            return (*differences(other.recipe, self.recipe, seed=single), *by_code)
        before, now = (row.recipe.through(_READS.get(row.model, "weighting")) for row in (other, self))
        found = differences(before, now)
        if self.model == other.model:
            return (*found, *by_code) if self.model == "blocks" else found
        if "blocks" in (self.model, other.model):  # other code in any case
            by_code = ()
        return (Difference("model", "", NAMES[other.model], NAMES[self.model]), *found, *by_code)

    def against(self, other: Row, labels: NDArray[np.int32]) -> str:
        """Its difference of accuracy in percentage points: paired and with its interval where both are single."""
        if self is other:
            return "reference"
        if not paired(self, other):
            return "other split"
        if len(self.shares) > 1 or len(other.shares) > 1:
            gap = points(100 * float(np.mean(self.shares) - np.mean(other.shares)))
            spread = math.hypot(*(np.std(row.shares, ddof=1) if len(row.shares) > 1 else 0.0 for row in (self, other)))
            return f"{gap} ± {decimal(100 * spread)}"
        if self.predictions is None or other.predictions is None:
            return points(100 * (self.accuracy.value - other.accuracy.value))
        change = paired_change(labels, other.predictions, self.predictions)
        return f"{change.in_points} ({change.ends})" if change.n_changed_label else "no label changed"


def paired(one: Row, other: Row) -> bool:
    """Whether both judged the same validation articles, row by row."""
    return (one.recipe.corpus, one.recipe.split) == (other.recipe.corpus, other.recipe.split)


def find_rows(answer: Answer) -> list[Row]:
    """All rows: this recipe and the one before, own trainings, the room's."""
    return [*_of_recipes(answer), *(_of_group(group) for group in _groups(answer))]


def _groups(answer: Answer) -> tuple[SeedGroup, ...]:
    found: tuple[SeedGroup, ...] = ()
    with faults.leaving_out():
        found = table_of_runs(answer.corpus.digest)
        for group in found:
            for run in group.runs:
                if run.is_own:  # seen when it was trained
                    continue
                faults.look(answer.corpus.digest, run.recipe, network=True)
    return found


def _of_recipes(answer: Answer) -> list[Row]:
    shown = judgement.judged(answer)
    if shown.model in ("network", "blocks") or shown.predictions is None:  # these are among the runs
        shown = judgement.judgement(answer, "naive-bayes")
    model, name = shown.model, NAMES[shown.model]
    before, found = session.before(), []
    if shown.predictions is not None:
        found.append(_of_recipe(NOW, f"This recipe, {name}", answer, answer.recipe, model, shown.predictions))
    if shown.before is not None and before is not None:
        called = "Pinned recipe" if session.pinned() else "Recipe before"
        recipe = before.through("weighting")
        found.append(_of_recipe(BEFORE, f"{called}, {name}", answer, recipe, model, shown.before))
    return found


def _of_recipe(
    key: str, name: str, answer: Answer, recipe: Recipe, model: Model, predictions: NDArray[np.int32]
) -> Row:
    artefact = f"probe-{logistic_key(recipe, answer.corpus.digest)}" if model == "logistic" else ""
    return Row(key, name, recipe, model, predictions, accuracy(answer.labels, predictions), artefact=artefact)


def _of_group(group: SeedGroup) -> Row:
    read = block_models.votes if group.model == "blocks" else runs.probabilities
    probabilities = read(group.result.artefact)
    predictions = None if probabilities is None else probabilities.argmax(axis=1).astype(np.int32)
    name = group.name or f"{NAMES[group.model]} {group.key[:6]}"
    if group.state:
        name = f"{name}, {group.state}"
    if not group.is_own:
        name = f"{name} (the room's)"
    return Row(
        group.key, name, group.recipe, group.model, predictions, group.accuracy, group, artefact=group.result.artefact
    )
