"""The job that looks for leftovers, agency tags and constant phrases in every open article."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.experiment.experiments import process_experiments
from bowcore.findings.agency_tags import AgencyTags, Phrase, Tag, find_agency_tags
from bowcore.findings.leftovers import Finding, Leftovers, find_leftovers
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.find_duplicates import lane_of
from bowcore.text.units import join_fields, read_fields

KIND = "leftovers"
SECONDS = 1.5e-5, 1e-5, 1.2e-5
"""Of one article: its leftovers as written, those that the repair leaves, its tags and phrases. A hint, as measured."""
_CODE = (
    "findings/leftovers.py",
    "findings/agency_tags.py",
    "findings/edge_phrases.py",
    "findings/phrase_search.py",
    "tasks/find_leftovers.py",
)


@dataclass(frozen=True, slots=True)
class FoundLeftovers:
    """What the job left: `after` is None where the recipe repairs nothing."""

    written: Leftovers
    after: Leftovers | None
    agency_tags: AgencyTags


def leftovers_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job; its artefact is called `leftovers-` and this key."""
    return result_key(recipe, "text", corpus_digest, _CODE)


def request_leftovers(recipe: Recipe, corpus_digest: str, n_articles: int) -> Job:
    """Ask for the search, or get the job that is asked for already."""
    payload = {"recipe": recipe.through("text").to_toml()}
    return jobs.submit(KIND, payload, lane_of(n_articles), leftovers_key(recipe, corpus_digest))


def read_leftovers(key: str, split: Split) -> FoundLeftovers | None:
    """The kept result for the articles of this split; None when there is none."""
    folder = artefacts.find(f"leftovers-{key}")
    if folder is None:
        return None
    told = json.loads((folder / "leftovers.json").read_text(encoding="utf-8"))
    return FoundLeftovers(
        _read_leftovers(folder, "written", told["written"], split),
        None if told["after"] is None else _read_leftovers(folder, "after", told["after"], split),
        _read_agency_tags(folder, told["agency_tags"]),
    )


def find_leftovers_job(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Look through every open article. Payload: `recipe` (TOML), of which everything up to its text counts."""
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(progress=0.0, message="Reading the articles")
    name = f"leftovers-{leftovers_key(recipe, process_experiments().corpus(recipe).digest)}"
    if artefacts.find(name) is not None:
        return KeptResult(name)
    split = process_experiments().split(recipe)
    written, repaired, edges = (seconds * split.n_open for seconds in SECONDS)
    repaired = repaired if recipe.text.repair else 0.0
    progress = Progress(context, written + repaired + edges, usual=1.0)
    progress.done(0, "Leftovers in every article")
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
    artefacts.store(name, lambda folder: _keep(folder, found))
    return KeptResult(name)


def open_fields(split: Split, recipe: Recipe) -> tuple[pa.Array, ...]:
    """What is read of every open article, field by field, training articles first."""
    parts = [read_fields(part, recipe.text) for part in (split.train, split.validation)]
    return tuple(pa.concat_arrays(field) for field in zip(*parts, strict=True))


def _keep(folder: Path, found: FoundLeftovers) -> None:
    told = {
        "written": _keep_leftovers(folder, "written", found.written),
        "after": None if found.after is None else _keep_leftovers(folder, "after", found.after),
        "agency_tags": {
            "tags": [_tag_json(tag) for tag in found.agency_tags.tags],
            "places": [_tag_json(tag) for tag in found.agency_tags.places],
            "phrases": [
                {"text": phrase.text, "edge": phrase.edge, "n_anywhere": phrase.n_anywhere}
                for phrase in found.agency_tags.phrases
            ],
        },
    }
    _keep_positions(
        folder, "agency_tags", [*found.agency_tags.tags, *found.agency_tags.places, *found.agency_tags.phrases]
    )
    (folder / "leftovers.json").write_text(json.dumps(told), encoding="utf-8")


def _tag_json(tag: Tag) -> dict[str, Any]:
    return {"text": tag.text, "forms": tag.forms, "n_edge": tag.n_edge, "n_anywhere": tag.n_anywhere}


def _keep_leftovers(folder: Path, name: str, leftovers: Leftovers) -> list[dict[str, str]]:
    for number, finding in enumerate(leftovers.findings):
        table = pa.Table.from_pandas(finding.fragments, preserve_index=False)
        pq.write_table(table, folder / f"{name}-{number}.parquet")
    _keep_positions(folder, name, leftovers.findings)
    return [{"kind": finding.kind, "pattern": finding.pattern} for finding in leftovers.findings]


def _keep_positions(folder: Path, name: str, found: Sequence[Finding | Tag | Phrase]) -> None:
    """All positions in one array, and where those of each begin and end in another."""
    parts = [item.positions for item in found]
    np.save(folder / f"{name}.npy", np.concatenate([np.empty(0, np.int64), *parts]), allow_pickle=False)
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    np.save(folder / f"{name}-offsets.npy", offsets, allow_pickle=False)


def _read_positions(folder: Path, name: str) -> list[NDArray[np.int64]]:
    positions, offsets = (np.load(folder / f"{part}.npy", allow_pickle=False) for part in (name, f"{name}-offsets"))
    positions.flags.writeable = False
    return [positions[first:last] for first, last in itertools.pairwise(offsets.tolist())]


def _read_leftovers(folder: Path, name: str, told: list[dict[str, str]], split: Split) -> Leftovers:
    findings = tuple(
        Finding(
            item["kind"], item["pattern"], positions, pq.read_table(folder / f"{name}-{number}.parquet").to_pandas()
        )
        for number, (item, positions) in enumerate(zip(told, _read_positions(folder, name), strict=True))
    )
    return Leftovers(findings, open_labels(split), split.train.n_documents, split.class_names)


def _read_agency_tags(folder: Path, told: dict[str, list[dict[str, Any]]]) -> AgencyTags:
    positions = iter(_read_positions(folder, "agency_tags"))

    def tags(name: str) -> tuple[Tag, ...]:
        return tuple(
            Tag(item["text"], tuple(item["forms"]), next(positions), item["n_edge"], item["n_anywhere"])
            for item in told[name]
        )

    return AgencyTags(
        tags("tags"),
        tags("places"),
        tuple(Phrase(item["text"], item["edge"], next(positions), item["n_anywhere"]) for item in told["phrases"]),
    )
