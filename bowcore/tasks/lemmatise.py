"""Lemmas of a corpus: computed once by a job of the long lane, kept as an artefact that pages read.

While a job runs, each finished chunk is a file, so a job that was stopped or cut short resumes there. The lemmas in a
file are counted before they are used: a damaged file is deleted and made again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import time
import uuid
from collections.abc import Container, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bowcore.corpus.split import Split
from bowcore.errors import OutputError, RunError
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.lemmas import distinct_texts, lemmas_key, look_up, open_texts, whole_artefact
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.progress import Progress
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.cost_meter import Cost, Meter
from bowcore.store.home import home_folder
from bowcore.store.work_folders import working_in
from bowcore.text.tagger import texts as tagger

CHUNK_CHARACTERS = 100_000
"""Size of a chunk: about a second of one process's work, which is all that an interruption loses."""


def kept_lemma_cost(split: Split, recipe: Recipe, stage: str) -> tuple[Cost, ...]:
    """Cost of the lemmas of a split's open articles; empty if it was not measured, or there are no lemmas."""
    return artefacts.reading(lemmas_key(open_texts(split, recipe)), lambda folder: lemma_cost(folder, stage)) or ()


def lemma_cost(folder: Path, stage: str) -> tuple[Cost, ...]:
    """Cost of an artefact of `find_lemmas`, under the name of a stage; empty if it was not measured."""
    path = folder / "cost.json"
    return (Cost(**json.loads(path.read_text(encoding="utf-8")) | {"stage": stage}),) if path.is_file() else ()


def make_lemmas(fields: Sequence[pa.Array]) -> tuple[pa.Array, ...]:
    """Lemmas of every text of these fields, computed now and not stored: for test articles at their opening."""
    texts = distinct_texts(fields)
    chunks = _chunks(texts)
    wanted = _texts_of(chunks, texts, range(len(chunks)))
    made = dict(tagger.lemmatise_chunks(wanted, tagger.usable_processes(len(chunks))))
    lemmas = [lemma for number in sorted(made) for lemma in made[number]]
    return look_up(fields, texts, pa.array(lemmas, pa.large_string()))


def lemmatise_now(recipe: Recipe, split: Split, listener: JobContext) -> bool:
    """Compute the lemmas that `read_split` needs, if missing; return False if it was stopped.

    Raises:
        RunError: There is no model, or a process died.
    """
    texts = open_texts(split, recipe)
    key = lemmas_key(texts)
    if whole_artefact(key, len(texts)) is not None:
        return True
    folder = home_folder() / "lemmas" / key
    with working_in(folder, recipe.corpus.corpus):
        return _lemmatise(texts, key, folder, recipe, listener)


def _lemmatise(texts: pa.Array, key: str, folder: Path, recipe: Recipe, listener: JobContext) -> bool:
    chunks = _chunks(texts)
    missing = {number for number, chunk in enumerate(chunks) if _read(folder, *chunk) is None}
    n_made = sum(last - first for first, last in (chunks[number] for number in missing))
    n_processes = tagger.usable_processes(len(missing)) if missing else 0
    meter = Meter()
    meter.start()
    if missing and not _make_chunks(texts, chunks, missing, folder, listener):
        return False
    lemmas = [lemma for chunk in chunks for lemma in _read(folder, *chunk) or ()]
    if len(lemmas) != len(texts):
        raise RunError(
            f"The lemmas were damaged while they were made: {len(texts) - len(lemmas):,} of {len(texts):,} texts have "
            "none. Start it again; only these are made again."
        )
    part = f"for {n_made:,} of {len(texts):,} texts, " if n_made < len(texts) else ""
    meter.end("lemmas", f"{part}its processes included", n_processes=n_processes, next_stage=False)
    table = pa.table({"lemmas": pa.array(lemmas, pa.large_string())})

    def write(place: Path) -> None:
        pq.write_table(table, place / "lemmas.parquet", compression="zstd")
        (place / "cost.json").write_text(json.dumps(asdict(meter.costs[0])), encoding="utf-8")

    artefacts.store(key, write, recipe.corpus.corpus)
    shutil.rmtree(folder, ignore_errors=True)
    return True


def prepare(recipe: Recipe, listener: JobContext) -> bool:
    """`lemmatise_now` for a recipe, if it reads lemmas; reads its corpus only then."""
    return recipe.text.units != "lemmas" or lemmatise_now(recipe, process_experiments().split(recipe), listener)


@dataclass(frozen=True, slots=True)
class Lemmatised(Record):
    """Whether all lemmas of a recipe's open articles were computed, and the time of the job."""

    finished: bool
    seconds: float = 0.0


def lemmatise_job(payload: dict[str, Any], context: JobContext) -> Lemmatised:
    """The job of kind 'lemmas'. Payload: `recipe` (TOML), up to its text."""
    began = time.perf_counter()
    recipe = Recipe.from_toml(payload["recipe"])
    context.emit(message=f"Reading the {TEXTS}")
    return Lemmatised(prepare(recipe, context), time.perf_counter() - began)


def _chunks(texts: pa.Array) -> list[tuple[int, int]]:
    """First and last (excluded) text of each chunk."""
    ends = np.cumsum(pc.utf8_length(texts).to_numpy().astype(np.int64) + 1)
    bounds = [0, *(np.flatnonzero(np.diff(ends // CHUNK_CHARACTERS)) + 1).tolist(), len(texts)]
    return [(first, last) for first, last in itertools.pairwise(bounds) if first < last]


def _texts_of(
    chunks: list[tuple[int, int]], texts: pa.Array, wanted: Container[int]
) -> Iterator[tuple[int, list[str]]]:
    for number, (first, last) in enumerate(chunks):
        if number in wanted:
            yield number, texts[first:last].to_pylist()


def _make_chunks(
    texts: pa.Array, chunks: list[tuple[int, int]], missing: set[int], folder: Path, listener: JobContext
) -> bool:
    """Write the missing chunks; return whether all are complete."""
    sizes = [pc.sum(pc.utf8_length(texts[first:last])).as_py() + last - first for first, last in chunks]

    def done(counts: list[int]) -> int:
        return sum(count for number, count in enumerate(counts) if number not in missing)

    n_texts = [last - first for first, last in chunks]
    listener.emit(message=f"Loading the tagger, for {len(texts) - done(n_texts):,} texts")
    todo = _texts_of(chunks, texts, sorted(missing))
    progress = Progress(listener, sum(sizes))
    for number, lemmas in tagger.lemmatise_chunks(todo, tagger.usable_processes(len(missing)), listener.should_stop):
        _write(_chunk_path(folder, *chunks[number]), lemmas)
        missing.discard(number)
        # the first chunk waited for the model, so the pace is measured from its end
        progress.done(done(sizes), f"Lemmas of {done(n_texts):,} of {len(texts):,} texts")
    return not missing


def _chunk_path(folder: Path, first: int, last: int) -> Path:
    return folder / f"{first}-{last}.json"  # by its texts: its number depends on the size of a chunk


def _write(path: Path, lemmas: list[str]) -> None:
    partial = path.with_name(f"{path.stem}-{uuid.uuid4().hex}.partial")  # unique to this writer
    try:
        partial.write_text(json.dumps(lemmas), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(
            f"Lemmas cannot be written to {path.parent}: {error.strerror}. Free some space, then start it again; "
            "finished ones are kept."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _read(folder: Path, first: int, last: int) -> list[str] | None:
    """Lemmas of a finished chunk, if any; a file without one for each text is deleted."""
    path = _chunk_path(folder, first, last)
    try:
        lemmas: list[str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        lemmas = []
    if isinstance(lemmas, list) and len(lemmas) == last - first:
        return lemmas
    path.unlink(missing_ok=True)
    return None
