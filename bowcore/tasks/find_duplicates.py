"""The job that finds open articles that repeat each other, exactly or nearly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.corpus.split import Split, whole_texts
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.on_disk import duplicates_key, keep_near, read_near
from bowcore.findings.near_duplicates import NearDuplicates
from bowcore.findings.overview import Duplicates, find_duplicates
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.locks import Lane

KIND = "duplicates"
MAX_QUICK_ARTICLES = 20_000
"""Open articles up to which a search shares the lane of logistic regression, which has to wait for it."""
SECONDS = 2e-6, 1.8e-5
"""For comparing one article exactly and nearly, measured on AG News with 2 cores."""


@dataclass(frozen=True, slots=True)
class FoundDuplicates:
    """Result of the job."""

    exact: Duplicates
    near: NearDuplicates


def lane_of(n_articles: int) -> Lane:
    """The lane for a search through all open articles; a large one neither waits for a training nor delays a switch."""
    return "quick" if n_articles <= MAX_QUICK_ARTICLES else "download"


def request_duplicates(recipe: Recipe, corpus_digest: str, n_articles: int) -> Job:
    """Submit the comparison, or return the job submitted already."""
    payload = {"recipe": recipe.through("split").to_toml()}
    return jobs.submit(KIND, payload, lane_of(n_articles), duplicates_key(recipe, corpus_digest))


def read_exact(key: str) -> Duplicates | None:
    """The kept exact repeats; None when there are none kept."""
    return artefacts.reading(f"duplicates-{key}", _read_exact)


def _read_exact(folder: Path) -> Duplicates:
    counts = json.loads((folder / "test.json").read_text(encoding="utf-8"))
    groups, table = (pq.read_table(folder / f"{name}.parquet").to_pandas() for name in ("groups", "table"))
    return Duplicates(groups, table, **counts)


def read_duplicates(key: str) -> FoundDuplicates | None:
    """The kept result of a finished comparison; None if there is none."""
    exact, near = read_exact(key), read_near(key)
    return None if exact is None or near is None else FoundDuplicates(exact, near)


def find_duplicates_job(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Compare every open article with every other one. Payload: `recipe` (TOML), up to its split.

    Raises:
        MemoryBudgetError: Looking for near repeats would not fit; exact ones are kept.
    """
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(progress=0.0, message=f"Reading the {TEXTS}")
    key = duplicates_key(recipe, process_experiments().corpus(recipe).digest)
    split = process_experiments().split(recipe)
    exactly, nearly = (seconds * split.n_open for seconds in SECONDS)
    progress = Progress(context, exactly + nearly, usual=1.0)
    progress.done(0, f"{TEXTS:A} that are equal")
    if read_exact(key) is None:
        exact = _find_exact(split)
        artefacts.store(f"duplicates-{key}", lambda folder: _keep_exact(folder, exact), recipe.corpus.corpus)
    progress.done(exactly, f"{TEXTS:A} that are nearly equal")
    if context.should_stop():
        return None
    if read_near(key) is None:
        keep_near(key, process_experiments().near_duplicates(recipe), recipe.corpus.corpus)
    return KeptResult(f"near-{key}")


def _find_exact(split: Split) -> Duplicates:
    parts = (whole_texts(split.train), whole_texts(split.validation))
    return find_duplicates(pa.chunked_array([chunk for part in parts for chunk in part.chunks]).combine_chunks(), split)


def _keep_exact(folder: Path, found: Duplicates) -> None:
    for name, table in (("groups", found.groups), ("table", found.table)):
        pq.write_table(pa.Table.from_pandas(pd.DataFrame(table), preserve_index=False), folder / f"{name}.parquet")
    counts = {"n_test_within": found.n_test_within, "n_test_of_training": found.n_test_of_training}
    (folder / "test.json").write_text(json.dumps(counts), encoding="utf-8")
