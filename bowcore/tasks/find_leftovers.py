"""The job that searches every open article for leftovers, agency tags and constant phrases."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.experiment.experiments import process_experiments
from bowcore.findings.agency_tags import AgencyTags, Phrase, Tag, find_agency_tags
from bowcore.findings.leftover_kinds import Finding
from bowcore.findings.leftovers import Leftovers, find_leftovers
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.find_duplicates import lane_of
from bowcore.text.units import join_fields, read_fields

KIND = "leftovers"
SECONDS = 1.5e-5, 1e-5, 1.2e-5
"""For one article, as measured: its leftovers as written, those that the repair leaves, its tags and phrases."""
RESULT = "leftovers.json"
LEFTOVERS_CODE = (
    "findings/leftovers.py",
    "findings/leftover_kinds.py",
    "findings/leftover_words.py",
    "findings/agency_tags.py",
    "findings/edge_phrases.py",
    "findings/phrase_search.py",
    "tasks/find_leftovers.py",
)
"""Part of the key of every result that these searches affect."""


@dataclass(frozen=True, slots=True)
class FoundLeftovers:
    """Result of the job; `after` is None if the recipe repairs nothing."""

    written: Leftovers
    after: Leftovers | None
    agency_tags: AgencyTags


def leftovers_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job; its artefact is called `leftovers-` and this key."""
    return result_key(recipe, "text", corpus_digest, LEFTOVERS_CODE)


def request_leftovers(recipe: Recipe, corpus_digest: str, n_articles: int) -> Job:
    """Submit the search, or return the job submitted already."""
    payload = {"recipe": recipe.through("text").to_toml()}
    return jobs.submit(KIND, payload, lane_of(n_articles), leftovers_key(recipe, corpus_digest))


def read_leftovers(key: str, split: Split) -> FoundLeftovers | None:
    """The kept result for the articles of this split; None when there is none."""
    return artefacts.reading(f"leftovers-{key}", lambda folder: _read(folder, split))


def _read(folder: Path, split: Split) -> FoundLeftovers:
    kept = json.loads((folder / RESULT).read_text(encoding="utf-8"))

    def leftovers(name: str) -> Leftovers:
        findings = tuple(
            Finding(**{**body, "positions": _positions(body), "fragments": pd.DataFrame(body["fragments"])})
            for body in kept[name]
        )
        return Leftovers(findings, open_labels(split), split.train.n_documents, split.class_names)

    def tags(name: str) -> tuple[Tag, ...]:
        return tuple(
            Tag(**{**body, "forms": tuple(body["forms"]), "positions": _positions(body)}) for body in kept[name]
        )

    phrases = tuple(Phrase(**{**body, "positions": _positions(body)}) for body in kept["phrases"])
    return FoundLeftovers(
        leftovers("written"),
        None if kept["after"] is None else leftovers("after"),
        AgencyTags(tags("tags"), tags("places"), phrases),
    )


def find_leftovers_job(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Search every open article. Payload: `recipe` (TOML), up to its text."""
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(progress=0.0, message=f"Reading the {TEXTS}")
    name = f"leftovers-{leftovers_key(recipe, process_experiments().corpus(recipe).digest)}"
    if artefacts.find(name) is not None:
        return KeptResult(name)
    split = process_experiments().split(recipe)
    written, repaired, edges = (seconds * split.n_open for seconds in SECONDS)
    repaired = repaired if recipe.text.repair else 0.0
    progress = Progress(context, written + repaired + edges, usual=1.0)
    progress.done(0, f"Leftovers in every {TEXT}")
    raw = find_leftovers(join_fields(open_fields(split, recipe.change(repair=False))), split)
    if context.should_stop():
        return None
    after = None
    if recipe.text.repair:
        progress.done(written, "Leftovers that the repair leaves")
        after = find_leftovers(join_fields(open_fields(split, recipe)), split)
        if context.should_stop():
            return None
    progress.done(written + repaired, "Tags and constant phrases")
    found = FoundLeftovers(raw, after, find_agency_tags(open_fields(split, recipe)))
    if context.should_stop():
        return None
    artefacts.store(name, lambda folder: _keep(folder, found), recipe.corpus.corpus)
    return KeptResult(name)


def open_fields(split: Split, recipe: Recipe) -> tuple[pa.Array, ...]:
    """Texts of the open articles as the recipe reads them, one array per field, training articles first."""
    parts = [read_fields(part, recipe.text) for part in (split.train, split.validation)]
    return tuple(pa.concat_arrays(field) for field in zip(*parts, strict=True))


def _keep(folder: Path, found: FoundLeftovers) -> None:
    items = {
        "written": found.written.findings,
        "after": None if found.after is None else found.after.findings,
        "tags": found.agency_tags.tags,
        "places": found.agency_tags.places,
        "phrases": found.agency_tags.phrases,
    }
    kept = {name: None if group is None else [asdict(item) for item in group] for name, group in items.items()}
    (folder / RESULT).write_text(json.dumps(kept, default=_plain), encoding="utf-8")


def _plain(value: NDArray[np.int64] | pd.DataFrame) -> Any:
    return value.to_dict("list") if isinstance(value, pd.DataFrame) else value.tolist()


def _positions(body: dict[str, Any]) -> NDArray[np.int64]:
    positions = np.array(body["positions"], dtype=np.int64)
    positions.flags.writeable = False
    return positions
