"""The job that looks for suspicious labels among the training articles."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.corpus.split import Split
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.stages import build_matrix
from bowcore.findings.near_duplicates import group_articles
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.judge.label_issues import N_FOLDS, Judgement, LabelIssues, find_label_issues, judge_folds, words_behind
from bowcore.matrix.counts import Counts
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.store.locks import Lane
from bowcore.tasks.fit_logistic import LOGISTIC_CODE

KIND = "label-issues"
MAX_QUICK_CELLS = 600_000
"""Filled training cells up to which five fits end within 5 s and may share the lane of logistic regression."""
SECONDS_A_CELL = 5e-6
"""For five fits, measured on AG News: 4 s with TF-IDF and 10 s with counts for 1.7 million filled cells."""
MAX_KEPT = 2000
"""The most suspicious articles are kept, up to this number."""
GROUPED_FROM = 0.8
"""Similarity from which articles are always in the same fold."""
LAST_STEP = 0.5  # comparing and keeping after the last fold, in units of a fold's time
_RESULT, _ISSUES, _WORDS = "result.json", "issues.parquet", "words.parquet"


@dataclass(frozen=True, slots=True)
class FoundIssues(Record):
    """Numbers of a finished search; `artefact` has the suspicious articles.

    Attributes:
        n_judged: Training articles that were judged.
        accuracy: Share of the articles classified correctly by the model that did not see them.
        converged: Whether every fit converged.
        n_fitted: Articles that a model was fitted on, the fewest of all folds.
        n_others: Articles outside a fold, the fewest of all folds.
        n_grouped: Articles with a near copy among the judged ones, which is in the same fold.
    """

    artefact: str
    n_judged: int
    n_issues: int
    accuracy: float
    converged: bool = True
    n_fitted: int = 0
    n_others: int = 0
    n_grouped: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class KeptIssues:
    """Result of the job.

    Attributes:
        table: One row a suspicious article, the most suspicious first: `position` (among all training articles),
            `given`, `suggested` (classes), `given_probability`, `suggested_probability`.
        words: `issue` (row of `table`), `term`, `value`, `contribution`; the intercept's term is empty.
    """

    table: pd.DataFrame
    words: pd.DataFrame
    result: FoundIssues


def issues_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the search under a recipe; its artefact is called `label-issues-` and this key."""
    code = (*LOGISTIC_CODE, "judge/label_issues.py", "findings/near_duplicates.py", "tasks/find_label_issues.py")
    return result_key(recipe, "weighting", corpus_digest, code, libraries=("cleanlab",))


def lane_of(n_cells: int) -> Lane:
    """The lane for a training matrix with this many filled cells."""
    return "quick" if n_cells <= MAX_QUICK_CELLS else "long"


def request_issues(recipe: Recipe, corpus_digest: str, n_cells: int) -> Job:
    """Submit the search, or return the job submitted already."""
    payload = {"recipe": recipe.through("weighting").to_toml()}
    return jobs.submit(KIND, payload, lane_of(n_cells), issues_key(recipe, corpus_digest))


def read_issues(artefact: str) -> KeptIssues | None:
    """The kept result of a search; None when it is gone."""
    return artefacts.reading(artefact, _read)


def _read(folder: Path) -> KeptIssues:
    table, words = (pq.read_table(folder / name).to_pandas() for name in (_ISSUES, _WORDS))
    result = json.loads((folder / _RESULT).read_text(encoding="utf-8"))
    return KeptIssues(table, words, FoundIssues.from_json(result))


def label_issues(payload: dict[str, Any], context: JobContext) -> FoundIssues | None:
    """Judge every training article by a model that did not see it. Payload: `recipe` (TOML).

    Raises:
        RecipeError: Too few training articles, or no terms.
    """
    began = time.perf_counter()
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(progress=0.0, message="Counting words")
    name = f"{KIND}-{issues_key(recipe, process_experiments().corpus(recipe).digest)}"
    kept = read_issues(name)
    if kept is not None:
        return kept.result
    experiment = process_experiments().answer(recipe)
    split, rows = experiment.split, experiment.matrix.rows
    counts = experiment.counts
    judgements: list[Judgement] = []
    usual = SECONDS_A_CELL * experiment.matrix.n_filled / N_FOLDS
    folds = Progress(context, N_FOLDS + LAST_STEP, usual=usual)
    folds.done(0, f"Fold 1 of {N_FOLDS}")

    def should_stop() -> bool:
        folds.done(len(judgements))  # called between the steps of a fit
        return context.should_stop()

    near = process_experiments().near_duplicates(recipe)
    groups = group_articles(near, GROUPED_FROM)
    learn = partial(learn_fold, recipe)
    for judgement in judge_folds(counts.train, counts.terms, split, rows, learn, groups, should_stop):
        judgements.append(judgement)
        folds.done(len(judgements), f"Fold {len(judgements)} of {N_FOLDS} is judged")
        if context.should_stop():
            break
    if len(judgements) < N_FOLDS:
        return None
    out_of_fold = np.zeros((len(rows), len(split.class_names)))
    for judgement in judgements:
        out_of_fold[judgement.rows] = judgement.probabilities
    labels = split.train.labels[rows]
    issues = find_label_issues(labels, out_of_fold)
    result = FoundIssues(
        artefact=name,
        n_judged=len(rows),
        n_issues=len(issues.rows),
        accuracy=float((out_of_fold.argmax(axis=1) == labels).mean()),
        converged=all(judgement.converged for judgement in judgements),
        n_fitted=min(judgement.n_fitted for judgement in judgements),
        n_others=min(judgement.n_others for judgement in judgements),
        n_grouped=int((np.bincount(groups[rows])[groups[rows]] > 1).sum()),
        seconds=time.perf_counter() - began,
    )
    artefacts.store(name, lambda place: _keep(place, rows, issues, judgements, result), recipe.corpus.corpus)
    return result


def learn_fold(recipe: Recipe, counts: Counts, split: Split) -> Features:
    """Cell values of a recipe learned from all training articles of a fold, which are the recipe's sample already."""
    return build_matrix(counts, split, replace(recipe, sample=SampleSpec())).features


def _keep(
    place: Path, rows: np.ndarray[Any, Any], issues: LabelIssues, judgements: list[Judgement], result: FoundIssues
) -> None:
    first = issues.first(MAX_KEPT)
    names = ("given", "suggested", "given_probability", "suggested_probability")
    table = pa.table({"position": rows[first.rows], **{name: getattr(first, name) for name in names}})
    words = words_behind(judgements, first).astype({"issue": np.int32})
    pq.write_table(table, place / _ISSUES)
    pq.write_table(pa.Table.from_pandas(words, preserve_index=False), place / _WORDS)
    (place / _RESULT).write_text(json.dumps(result.to_json()), encoding="utf-8")
