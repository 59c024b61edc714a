"""The job that counts a recipe's terms in the places where training articles name their source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from scipy import sparse

from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.stages import transform_texts
from bowcore.findings.agency_tags import find_agency_tags, spans_by_article
from bowcore.findings.leftover_kinds import kinds, matches
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.find_duplicates import lane_of
from bowcore.tasks.find_leftovers import LEFTOVERS_CODE, open_fields

KIND = "source-words"
SECONDS = 1.2e-5, 7e-6, 6e-6
"""For one article, as measured: tags and phrases, mark-up and addresses, counting the words inside these."""
PLACES = ("agency tag", "phrase", "mark-up, web")
MARKED_UP = ("mark-up", "web address")

Places = Mapping[str, sparse.csr_matrix]
"""By name of a place: counts of the vocabulary's terms in it, (n_documents, n_terms) of the matrix's training rows."""


def source_words_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job; its artefact is called `source-words-` and this key."""
    return result_key(recipe, "weighting", corpus_digest, (*LEFTOVERS_CODE, "tasks/find_source_words.py"))


def request_source_words(recipe: Recipe, corpus_digest: str, n_articles: int) -> Job:
    """Submit the search, or return the job submitted already."""
    payload = {"recipe": recipe.through("weighting").to_toml()}
    return jobs.submit(KIND, payload, lane_of(n_articles), source_words_key(recipe, corpus_digest))


def read_source_words(key: str) -> Places | None:
    """The kept counts; None when there are none."""
    return artefacts.reading(f"source-words-{key}", _read)


def _read(folder: Path) -> Places:
    places = {name: sparse.load_npz(folder / f"{number}.npz") for number, name in enumerate(PLACES)}
    for counts in places.values():
        counts.check_format(full_check=True)
    return places


def find_source_words_job(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Search the training articles alone, since a mask is learned from the result. Payload: `recipe` (TOML)."""
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(progress=0.0, message="Counting words")
    name = f"source-words-{source_words_key(recipe, process_experiments().corpus(recipe).digest)}"
    if artefacts.find(name) is not None:
        return KeptResult(name)
    experiment = process_experiments().answer(recipe)
    n = experiment.reading.n_train
    edges, marks, counting = (seconds * n for seconds in SECONDS)
    progress = Progress(context, edges + marks + counting, usual=1.0)
    progress.done(0, f"Tags and phrases in training {TEXTS}")
    fields = open_fields(experiment.split, recipe)
    tags = find_agency_tags(tuple(field.slice(0, n) for field in fields))
    if context.should_stop():
        return None
    progress.done(edges, "Mark-up and web addresses")
    marked_up = _marked_up(experiment.reading.articles.slice(0, n))
    if context.should_stop():
        return None
    progress.done(edges + marks, "Words inside these")
    texts = (spans_by_article(tags.tags, n), spans_by_article(tags.phrases, n), marked_up)
    rows, counting_recipe = pa.array(experiment.matrix.rows), recipe.change(weighting="count")
    places = [transform_texts(spans.take(rows), experiment.matrix, counting_recipe) for spans in texts]
    artefacts.store(name, lambda folder: _keep(folder, places), recipe.corpus.corpus)
    return KeptResult(name)


def _marked_up(texts: pa.Array) -> pa.Array:
    """Contents of mark-up and addresses, text by text, joined by spaces."""
    wanted = [kind for kind in kinds(texts) if kind.name in MARKED_UP]
    likely = re.compile(r"<|lt;|://|www\.")
    spans = [
        " ".join(fragment for kind in wanted for fragment in matches(kind, text)) if likely.search(text) else ""
        for text in texts.to_pylist()
    ]
    return pa.array(spans, pa.large_string())


def _keep(folder: Path, places: list[sparse.csr_matrix]) -> None:
    for number, counts in enumerate(places):
        sparse.save_npz(folder / f"{number}.npz", counts, compressed=False)
