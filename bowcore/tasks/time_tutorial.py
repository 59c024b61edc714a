"""The job that times the tutorial's code and ours, on the articles and the network of one recipe.

Its key covers the machine as well as the recipe. Pages import this module, so it imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from bowcore.errors import EmptyVocabularyError
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.memory import memory_budget
from bowcore.nouns import TEXTS
from bowcore.numbers import size
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bowcore.corpus.split import Split
    from bowcore.experiment.answer import Answer
    from bowcore.jobs.job_context import JobContext

KIND = "tutorial-way"
RESULT = "tutorial_way.json"
N_BATCHES, SECONDS = 3, 3.0
"""Dense batches are timed for at least this number and this long, or to the end of the epoch."""

SECONDS_A_BYTE, TIMES_OURS, LOADING = 4e-8, 4.0, 2.0
"""First estimates: seconds of our counting per byte of text, the tutorial's time relative to ours, and seconds to load
PyTorch and compiled code; measured on AG News with 2 cores."""


@dataclass(frozen=True, slots=True)
class Row:
    """A step in seconds, the tutorial's way and here; None if not measured.

    `scaled_up` is true if only a part of the tutorial's work was timed.
    """

    step: str
    tutorial_seconds: float | None = None
    here_seconds: float | None = None
    scaled_up: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class TimedTutorial(Record):
    """The measured steps, with their articles, network and machine.

    Attributes:
        dense_array_bytes: Size of the tutorial's array of the training articles, which is computed, not allocated.
        sparse_bytes: Size of the same cells here.
        load: Load of the machine before the measurement; None if unknown.
        measured: Seconds since 1970.
    """

    artefact: str
    rows: tuple[Row, ...]
    n_train: int
    n_validation: int
    n_terms: int
    hidden: int
    batch_size: int
    optimiser: str
    dense_array_bytes: int
    sparse_bytes: int
    cores: int = 1
    load: float | None = None
    measured: float = 0.0
    corpus_digest: str = ""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        return super(TimedTutorial, cls).from_json({**body, "rows": tuple(Row(**row) for row in body["rows"])})


def cost_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job: recipe through network, timed code, and machine.

    Its artefact is called `tutorial-way-` and this key.
    """
    machine = "\n".join((platform.node(), platform.machine(), str(os.cpu_count())))
    code = ("lessons/time_tutorial.py", "tasks/time_tutorial.py")
    key = result_key(recipe, "network", corpus_digest, code, libraries=("torch", "pandas"))
    return f"{key}-{hashlib.sha256(machine.encode()).hexdigest()[:8]}"


def request(recipe: Recipe, corpus_digest: str, *, again: bool = False) -> Job:
    """Submit the measurement to the long worker, or return the job that was submitted already."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml(), "again": again}, "long", cost_key(recipe, corpus_digest))


def latest(recipe: Recipe, corpus_digest: str) -> Job | None:
    """The newest job that measures this recipe on this machine, in any state."""
    return jobs.latest(KIND, cost_key(recipe, corpus_digest))


def find(recipe: Recipe, corpus_digest: str) -> TimedTutorial | None:
    """The stored result, if any."""
    return _read(f"tutorial-way-{cost_key(recipe, corpus_digest)}")


def _read(name: str) -> TimedTutorial | None:
    return artefacts.reading(
        name, lambda folder: TimedTutorial.from_json(json.loads((folder / RESULT).read_text(encoding="utf-8")))
    )


def measure(payload: dict[str, Any], context: JobContext) -> TimedTutorial | None:
    """Time counting and one epoch both ways. Payload: `recipe` (TOML), `again` (measure even if a result is stored).

    Raises:
        MemoryBudgetError: Not even this program's network would fit.
    """
    from bowcore.experiment.experiments import process_experiments
    from bowcore.lessons.time_tutorial import dense_array_bytes
    from bowcore.matrix.counts import sparse_bytes
    from bowcore.tasks import lemmatise

    recipe = Recipe.from_toml(payload["recipe"])
    if not lemmatise.prepare(recipe, context):
        return None
    context.emit(message=f"Reading the {TEXTS}")
    experiment = process_experiments().answer(recipe)
    name = f"tutorial-way-{cost_key(recipe, experiment.corpus.digest)}"
    kept = None if payload.get("again") else _read(name)
    if kept is not None:
        return kept
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # before this job adds its own
    stages = _Stages(context, _usual(experiment, recipe))
    counting = _counting(_sampled_split(experiment), recipe, context, stages)
    learning = None if counting is None else _learning(experiment, recipe, context, stages)
    if counting is None or learning is None:
        return None
    features = experiment.matrix.features
    result = TimedTutorial(
        artefact=name,
        rows=(*counting, learning),
        n_train=features.train.shape[0],
        n_validation=features.validation.shape[0],
        n_terms=features.n_terms,
        hidden=recipe.network.hidden,
        batch_size=recipe.network.batch_size,
        optimiser=recipe.network.optimiser,
        dense_array_bytes=dense_array_bytes(*features.train.shape),
        sparse_bytes=sparse_bytes(features.train),
        cores=os.cpu_count() or 1,
        load=load,
        measured=time.time(),
        corpus_digest=experiment.corpus.digest,
    )
    artefacts.remove(name)
    artefacts.store(
        name,
        lambda place: (place / RESULT).write_text(json.dumps(result.to_json()), encoding="utf-8"),
        recipe.corpus.corpus,
    )
    return result


def _sampled_split(experiment: Answer) -> Split:
    """The recipe's split with only the training articles that it samples: the input of both sides."""
    split, rows = experiment.split, experiment.matrix.rows
    train = replace(
        split.train,
        rows=split.train.rows[rows],
        articles=split.train.articles.take(rows),
        labels=split.train.labels[rows],
    )
    return replace(split, train=train)


class _Stages:
    """Progress in seconds; measured times replace the usual ones."""

    def __init__(self, context: JobContext, usual: Sequence[float]) -> None:
        self._progress = Progress(context, sum(usual), usual=1.0)
        self._seconds = list(usual)
        self._stage, self._began = 0, 0.0

    def begin(self, stage: int, message: str) -> None:
        """Begin a stage."""
        self._stage, self._began = stage, self._progress.elapsed
        self.report(message)

    def expect(self, stage: int, seconds: float) -> None:
        """Record the expected or measured seconds of a stage."""
        self._seconds[stage] = seconds

    def report(self, message: str) -> None:
        """Report the time left."""
        elapsed = self._progress.elapsed
        of_this = max(self._seconds[self._stage] - (elapsed - self._began), 0.0)
        total = elapsed + of_this + sum(self._seconds[self._stage + 1 :])
        self._progress.done(elapsed, message, total=total)


_HERE, _CLEANING, _AGAIN, _EPOCH, _DENSE = range(5)
"""The stages in their order: counting here, the tutorial's cleaning, the same again, one epoch here, dense batches."""


def _usual(experiment: Answer, recipe: Recipe) -> tuple[float, ...]:
    """Usual seconds of each stage for these articles and this network."""
    counting = 2 * SECONDS_A_BYTE * experiment.reading.articles.nbytes
    cost = experiment.network_cost(recipe.network)
    batch = cost.n_parameters * (1e-8 + 1.2e-10 * recipe.network.batch_size)
    dense = LOADING + batch + max(SECONDS, N_BATCHES * batch)
    return counting, TIMES_OURS * counting, TIMES_OURS * counting, LOADING + cost.seconds_per_epoch, dense


def _counting(split: Split, recipe: Recipe, context: JobContext, stages: _Stages) -> list[Row] | None:
    from bowcore.experiment.stages import read_split
    from bowcore.lessons.time_tutorial import clean_and_count, count_here, same_matrix, text_fields

    base = preset("tutorial-baseline", recipe.corpus.corpus)
    rows: list[Row] = []
    counts, here = [], []
    try:
        stages.begin(_HERE, f"Counting the tutorial's words of {split.train.n_documents:,} {TEXTS} here")
        began = time.perf_counter()
        reading = read_split(split, base)
        for variant in (base, base.change(lower_case=False)):
            counts.append(count_here(reading, split, variant).counts)
            here.append(time.perf_counter() - began)
            began = time.perf_counter()
        stages.expect(_CLEANING, TIMES_OURS * sum(here))
        stages.expect(_AGAIN, TIMES_OURS * sum(here))
    except EmptyVocabularyError:
        note = "It keeps letters a–z alone, which leaves no terms of these texts."
        return [Row("The tutorial's cleaning and counting", note=note)]
    fields = [text_fields(part) for part in (split.train, split.validation)]
    steps = ("The tutorial's cleaning and counting, from the texts", "The same with one step changed")
    for number, (step, ours) in enumerate(zip(steps, counts, strict=True)):
        if context.should_stop():
            return None
        stages.begin(_CLEANING + number, f"{step}: pandas and CountVectorizer")
        began = time.perf_counter()
        counted = clean_and_count(fields, lower_case=not number)
        theirs = time.perf_counter() - began
        stages.expect(_AGAIN, theirs)
        equal = same_matrix(ours, counted)
        note = "pandas and CountVectorizer; " + ("both give the same matrix" if equal else "the matrices differ")
        rows.append(Row(step, theirs, here[number], note=f"{note}, {ours.train.shape[0]:,} × {ours.n_terms:,} terms"))
    return None if context.should_stop() else rows


def _learning(experiment: Answer, recipe: Recipe, context: JobContext, stages: _Stages) -> Row | None:
    from bowcore.lessons.time_tutorial import dense_epoch, dense_epoch_bytes, sparse_epoch

    features, spec = experiment.matrix.features, recipe.network
    stages.begin(_EPOCH, "One epoch here")
    here, source = (
        _recorded_seconds(result_key(recipe, "network", experiment.corpus.digest)),
        "here as its run recorded",
    )
    if here is None:
        here, source = sparse_epoch(features, spec, should_stop=context.should_stop), "here timed now"
    if here is None:
        return None
    step = f"One epoch, {spec.hidden:,} hidden units"
    needed, budget = dense_epoch_bytes(features, spec), memory_budget()
    if needed > budget:
        note = f"refused: dense batches would take about {size(needed)}, {size(budget)} may be used; {source}"
        return Row(step, here_seconds=here, note=note)
    stages.begin(_DENSE, "Dense batches in PyTorch: preparing")
    began = time.perf_counter()

    def on_batch(n_done: int, n_planned: int) -> None:
        passed = time.perf_counter() - began
        pace = passed / (n_done + 1)  # one batch more than is timed comes first
        left = max(SECONDS - pace * n_done, (min(N_BATCHES, n_planned) - n_done) * pace)
        stages.expect(_DENSE, passed + min(left, (n_planned - n_done) * pace))
        stages.report(f"Dense batches in PyTorch: {n_done:,} of {n_planned:,}")

    found = dense_epoch(features, spec, N_BATCHES, seconds=SECONDS, should_stop=context.should_stop, on_batch=on_batch)
    if found is None:
        return None
    is_part = found.n_timed < found.n_batches
    timed = (
        f"{found.n_timed:,} of {found.n_batches:,} timed and scaled up" if is_part else f"all {found.n_batches:,} timed"
    )
    return Row(step, found.seconds, here, is_part, f"dense batches in PyTorch, {timed}; {source}")


def _recorded_seconds(key: str) -> float | None:
    """Median training seconds of an epoch in the recipe's newest run, if it finished one."""
    job = jobs.latest("train", key)
    epochs = Trained.from_json((job and job.result) or {}).epochs
    return statistics.median(epoch.seconds for epoch in epochs) if epochs else None
