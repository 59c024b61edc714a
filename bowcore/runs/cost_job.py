"""The job that measures the tutorial's way beside ours, on the articles and the network of one recipe.

What is measured belongs to a machine, so machine and recipe make the key. Importing this module imports nothing heavy:
a page asks for the job and reads what it left.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bowcore.errors import EmptyVocabularyError
from bowcore.memory import memory_budget, size
from bowcore.presets import preset
from bowcore.recipe import Recipe
from bowcore.runs import artefacts, jobs
from bowcore.runs.jobs import Job
from bowcore.runs.keys import result_key

if TYPE_CHECKING:
    from bowcore.corpus.split import Split
    from bowcore.matrix.features import Features
    from bowcore.pipeline import Experiment
    from bowcore.runs.context import JobContext

KIND = "tutorial-way"
RESULT = "tutorial_way.json"
N_BATCHES, SECONDS = 3, 3.0
"""Dense batches that are timed at least, and for how long at least unless the epoch ends before."""

Row = dict[str, Any]


def cost_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job: recipe through network, what is timed, and machine.

    Its artefact is called `tutorial-way-` and this key.
    """
    machine = "\n".join((platform.node(), platform.machine(), str(os.cpu_count())))
    measured = result_key(
        recipe,
        "network",
        corpus_digest,
        code=("lessons/tutorial_way.py", "runs/cost_job.py"),
        libraries=("torch", "pandas"),
    )
    return f"{measured}-{hashlib.sha256(machine.encode()).hexdigest()[:8]}"


def request(recipe: Recipe, corpus_digest: str, *, again: bool = False) -> Job:
    """Ask the long worker for the measurement, or get the job that is asked for already."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml(), "again": again}, "long", cost_key(recipe, corpus_digest))


def latest(recipe: Recipe, corpus_digest: str) -> Job | None:
    """The newest measurement of this recipe on this machine, in whatever state."""
    return jobs.latest(KIND, cost_key(recipe, corpus_digest))


def find(recipe: Recipe, corpus_digest: str) -> dict[str, Any] | None:
    """The kept result, as the job returned it, if there is one."""
    return artefacts.read_json(f"tutorial-way-{cost_key(recipe, corpus_digest)}", RESULT)


def measure(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Time counting and one epoch both ways. Payload: `recipe` (TOML), `again` (measure even if it is kept).

    Raises:
        MemoryBudgetError: Not even this program's network would fit.
    """
    from bowcore.runs import lemma_job
    from bowcore.runs.readings import open_experiment

    recipe = Recipe.from_toml(payload["recipe"])
    if not lemma_job.prepare(recipe, context):
        return {"stopped": True}
    context.emit(message="Reading the articles")
    experiment = open_experiment(recipe)
    name = f"tutorial-way-{cost_key(recipe, experiment.corpus.digest)}"
    kept = None if payload.get("again") else artefacts.read_json(name, RESULT)
    if kept is not None:
        return kept
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # before this job adds its own
    counting = _counting(_drawn(experiment), recipe, context)
    learning = None if counting is None else _learning(experiment, recipe, context)
    if counting is None or learning is None:
        return {"stopped": True}
    result = _sizes(experiment.matrix.features, recipe) | {
        "artefact": name,
        "rows": [*counting, learning],
        "cores": os.cpu_count(),
        "load": load,
        "measured": time.time(),
        "corpus_digest": experiment.corpus.digest,
    }
    artefacts.remove(name)
    artefacts.store(name, lambda place: _keep(place, result))
    return result


def _drawn(experiment: Experiment) -> Split:
    """The recipe's split with the training articles that it draws, and no others: what both sides are given."""
    split, rows = experiment.split, experiment.matrix.rows
    train = replace(
        split.train,
        rows=split.train.rows[rows],
        articles=split.train.articles.take(rows),
        labels=split.train.labels[rows],
    )
    return replace(split, train=train)


def _counting(split: Split, recipe: Recipe, context: JobContext) -> list[Row] | None:
    from bowcore.lessons.tutorial_way import clean_and_count, count_here, same_matrix, text_fields
    from bowcore.pipeline import read_split

    base = preset("tutorial-baseline", recipe.corpus.corpus)
    flipped = base.change(lower_case=False)
    rows: list[Row] = []
    n_train = split.train.n_documents
    try:
        context.emit(progress=0.0, message=f"Counting the tutorial's words of {n_train:,} articles here")
        began = time.perf_counter()
        reading = read_split(split, base)
        first = count_here(reading, split, base).counts
        here = [time.perf_counter() - began]
        began = time.perf_counter()
        second = count_here(reading, split, flipped).counts
        here.append(time.perf_counter() - began)
    except EmptyVocabularyError:
        note = "It keeps letters a–z alone, which leaves no terms of these texts."
        return [_row("The tutorial's cleaning and counting", note=note)]
    fields = [text_fields(part) for part in (split.train, split.validation)]
    told = ("The tutorial's cleaning and counting, from the texts", "The same with one step changed")
    for number, (step, ours) in enumerate(zip(told, (first, second), strict=True)):
        if context.should_stop():
            return None
        context.emit(progress=0.05 + 0.2 * number, message=f"{step}: pandas and CountVectorizer")
        began = time.perf_counter()
        counted = clean_and_count(fields, lower_case=not number)
        theirs = time.perf_counter() - began
        equal = same_matrix(ours, counted)
        note = "pandas and CountVectorizer; " + ("both give the same matrix" if equal else "the matrices differ")
        rows.append(_row(step, theirs, here[number], f"{note}, {ours.train.shape[0]:,} × {ours.n_terms:,} terms"))
    return None if context.should_stop() else rows


def _learning(experiment: Experiment, recipe: Recipe, context: JobContext) -> Row | None:
    from bowcore.lessons.tutorial_way import dense_epoch, dense_epoch_bytes, sparse_epoch

    features, spec = experiment.matrix.features, recipe.network
    context.emit(progress=0.5, message="One epoch here")
    here = _recorded(result_key(recipe, "network", experiment.corpus.digest))
    source = "here as its run recorded"
    if here is None:
        here, source = sparse_epoch(features, spec, should_stop=context.should_stop), "here timed now"
    if here is None:
        return None
    step = f"One epoch, {spec.hidden:,} hidden units"
    needed, budget = dense_epoch_bytes(features, spec), memory_budget()
    if needed > budget:
        note = f"refused: dense batches would take about {size(needed)}, {size(budget)} may be used; {source}"
        return _row(step, None, here, note)
    context.emit(progress=0.6, message="Dense batches in PyTorch: preparing")

    def tell(done: int, planned: int) -> None:
        share = min(1.0, done / N_BATCHES)
        context.emit(progress=0.6 + 0.4 * share, message=f"Dense batches in PyTorch: {done:,} of {planned:,}")

    found = dense_epoch(features, spec, N_BATCHES, seconds=SECONDS, should_stop=context.should_stop, tell=tell)
    if found is None:
        return None
    if found.n_timed < found.n_batches:
        note = f"dense batches in PyTorch, {found.n_timed:,} of {found.n_batches:,} timed and scaled up; {source}"
    else:
        note = f"dense batches in PyTorch, all {found.n_batches:,} timed; {source}"
    return _row(step, found.seconds, here, note, scaled=found.n_timed < found.n_batches)


def _recorded(key: str) -> float | None:
    """Median seconds of learning in an epoch of this recipe's newest run, if one was finished."""
    job = jobs.latest("train", key)
    epochs = [] if job is None else (job.result or {}).get("epochs", [])
    return statistics.median(epoch["seconds"] for epoch in epochs) if epochs else None


def _sizes(features: Features, recipe: Recipe) -> dict[str, Any]:
    from bowcore.lessons.tutorial_way import dense_array_bytes
    from bowcore.matrix.counts import sparse_bytes

    n_train, n_terms = features.train.shape
    return {
        "n_train": n_train,
        "n_validation": features.validation.shape[0],
        "n_terms": n_terms,
        "hidden": recipe.network.hidden,
        "batch_size": recipe.network.batch_size,
        "optimiser": recipe.network.optimiser,
        "dense_array_bytes": dense_array_bytes(n_train, n_terms),
        "sparse_bytes": sparse_bytes(features.train),
    }


def _row(
    step: str, theirs: float | None = None, here: float | None = None, note: str = "", *, scaled: bool = False
) -> Row:
    return {"step": step, "tutorial_seconds": theirs, "here_seconds": here, "scaled_up": scaled, "note": note}


def _keep(place: Path, result: dict[str, Any]) -> None:
    (place / RESULT).write_text(json.dumps(result), encoding="utf-8")
