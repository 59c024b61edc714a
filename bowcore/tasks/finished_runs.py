"""Finished trainings, and fits of blocks, as pages and commands read them: one by one, and folded over their seeds.

A training by another version of the program is another one: its code may give other numbers, and then a mean over both
would not be one over seeds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import fmean
from typing import Literal

from bowcore.errors import BowlabError
from bowcore.jobs.ended import EndedJobs
from bowcore.jobs.job import Job
from bowcore.judge.scores import Accuracy
from bowcore.judge.seeds import Spread, fold, key_without_seed
from bowcore.numbers import counted, with_interval
from bowcore.people import person
from bowcore.recipe.differences import Difference, differences
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import code_key, result_key
from bowcore.store.run_labels import RunLabel, run_labels
from bowcore.store.version import version
from bowcore.tasks.fitted_blocks import KIND, FittedOnBlocks, blocks_code
from bowcore.tasks.trained import Trained

KEY_LENGTH = 10
"""Hexadecimal digits by which a row is called on the command line and in addresses."""
OWN, ROOMS = "own", "the room's"
_UNLABELLED = RunLabel()


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A training that has ended with a network, or a fit of blocks.

    Attributes:
        job_id: Id of its job.
        key: Result key of the job.
        recipe: What was trained; of blocks without the settings of a network.
        result: What came of it.
        code: Names the code and libraries that trained it.
        finished: Seconds since 1970, UTC.
        owner: Id of the person who asked for it.
        is_own: Whether that is the person who looks.
        label: What people wrote about it.
    """

    job_id: str
    key: str
    recipe: Recipe
    result: Trained | FittedOnBlocks
    code: str
    finished: float
    owner: str
    is_own: bool = False
    label: RunLabel = _UNLABELLED

    @property
    def model(self) -> Literal["network", "blocks"]:
        """What was trained."""
        return "blocks" if isinstance(self.result, FittedOnBlocks) else "network"

    @property
    def complete(self) -> bool:
        """Whether it was trained to its end: for all epochs of its recipe, or until its patience was over."""
        return not self.result.stopped and self.result.complete


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs that are equal in everything but the seed of the network, newest first; often a single one."""

    runs: tuple[FinishedRun, ...]

    @property
    def newest(self) -> FinishedRun:
        """The run that finished last."""
        return self.runs[0]

    @property
    def key(self) -> str:
        """Names the row, whichever seeds it holds; with the code's name where another version trained it."""
        cut_short = "" if self.newest.complete else f"-{len(self.newest.result.epochs)}"
        of_blocks = self.model == "blocks"
        other_code = "" if self.code == (blocks_code() if of_blocks else code_key("network")) else f"-{self.code[:6]}"
        return f"{key_without_seed(self.recipe)[:KEY_LENGTH]}{'-blocks' if of_blocks else ''}{cut_short}{other_code}"

    @property
    def model(self) -> Literal["network", "blocks"]:
        """What was trained."""
        return self.newest.model

    @property
    def recipe(self) -> Recipe:
        """The recipe of the newest run."""
        return self.newest.recipe

    @property
    def result(self) -> Trained | FittedOnBlocks:
        """The result of the newest run."""
        return self.newest.result

    @property
    def code(self) -> str:
        """Names the code and libraries that trained all of them."""
        return self.newest.code

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.runs)

    @property
    def shares(self) -> tuple[float, ...]:
        """Validation accuracy of each run."""
        return tuple(run.result.validation_accuracy for run in self.runs)

    @property
    def spread(self) -> Spread:
        """Validation accuracy over the seeds."""
        return Spread.of(self.shares)

    @property
    def mean(self) -> float:
        """Mean validation accuracy, from 0 to 1."""
        return self.spread.mean

    @property
    def sd(self) -> float:
        """Standard deviation of the accuracy between seeds; NaN of one seed."""
        return self.spread.sd

    @property
    def accuracy(self) -> Accuracy:
        """The mean accuracy, with the interval of one network as accurate: over validation articles, not seeds."""
        n = self.result.n_validation
        return Accuracy.of(round(self.mean * n), n)

    @property
    def accuracy_in_words(self) -> str:
        """`88.9 % (85.1–91.9)`, or `89.9 ± 0.6 %, n = 5`: mean and standard deviation of the seeds."""
        return with_interval(self.accuracy) if self.n == 1 else self.spread.in_percent()

    @property
    def seconds(self) -> float:
        """Mean time of a training."""
        return fmean(run.result.seconds for run in self.runs)

    @property
    def is_own(self) -> bool:
        """Whether this person asked for one of them."""
        return any(run.is_own for run in self.runs)

    @property
    def whose(self) -> str:
        """`own` or `the room's`."""
        return OWN if self.is_own else ROOMS

    @property
    def name(self) -> str:
        """The name that somebody gave it last; empty if nobody did."""
        return next((run.label.name for run in self.runs if run.label.name), "")

    @property
    def note(self) -> str:
        """The note of the run with that name, or the newest one."""
        return next((run.label.note for run in self.runs if run.label.note), "")

    @property
    def state(self) -> str:
        """`3 of 5 epochs` of a training that was cut short; empty otherwise."""
        if self.newest.complete:
            return ""
        return f"{len(self.result.epochs)} of {counted(self.recipe.network.epochs, 'epoch')}"

    def against(self, reference: SeedGroup) -> tuple[Difference, ...]:
        """What it has otherwise than the reference; seeds count for single runs alone."""
        if self.model != reference.model:
            before, now = (row.recipe.through("blocks") for row in (reference, self))
            return (Difference("model", "", reference.model, self.model), *differences(before, now))
        found = differences(reference.recipe, self.recipe, seed=self.n == 1)
        return (*found, *code_difference(reference.code, self.code))


def code_difference(before: str, after: str) -> tuple[Difference, ...]:
    """The difference of two trainings by different versions of the program; none if it was one."""
    return () if before == after else (Difference("code", "Version", before[:6], after[:6]),)


def finished_runs(corpus_digest: str | None = None) -> tuple[FinishedRun, ...]:
    """The finished trainings that this person may see, newest first: of each recipe, seed and version the newest.

    Args:
        corpus_digest: Of the texts that the person has open; None for those of all texts, of which a guest sees the
            guest's own. Recipes with words that another person wrote are that person's and the teacher's alone.
    """
    labels, who = run_labels(), person()
    found: dict[tuple[str, str, str, bool, str], FinishedRun] = {}
    for run in (*_trainings.look().values.values(), *_fits.look().values.values()):
        if run is None or corpus_digest not in (None, run.result.corpus_digest):
            continue
        label = labels.get(run.job_id, _UNLABELLED)
        is_own = run.owner == who.id
        seen = who.is_teacher or is_own or (corpus_digest is not None and not _has_own_words(run.recipe))
        if label.deleted is None and seen:
            known = (_key_of(run.recipe), run.result.corpus_digest, run.code, run.complete, run.model)
            found.setdefault(known, replace(run, is_own=is_own, label=label))
    return tuple(found.values())


def fold_seeds(runs: Iterable[FinishedRun]) -> tuple[SeedGroup, ...]:
    """Runs that differ by the seed of the network alone as one group each, in the order of their newest runs."""

    def also(run: FinishedRun) -> tuple[str, str, str, int]:
        return run.model, run.result.corpus_digest, run.code, 0 if run.complete else len(run.result.epochs)

    newest_first = sorted(runs, key=lambda run: -run.finished)
    return tuple(SeedGroup(tuple(group)) for group in fold(newest_first, lambda run: run.recipe, also))


def seeds_of(recipe: Recipe, corpus_digest: str) -> SeedGroup | None:
    """All complete trainings of a recipe by this version of the program, whatever their seeds; None if there is none.

    Wherever a page shows the number of a network, it shows the mean of these. It costs one small query: what was read
    before is in memory.
    """
    found, wanted, code = _trainings.look(), key_without_seed(recipe), code_key("network")
    runs = [
        run
        for job_id, run in found.values.items()
        if run is not None
        and job_id not in found.deleted
        and (run.code, run.result.corpus_digest) == (code, corpus_digest)
        and run.complete
        and key_without_seed(run.recipe) == wanted
    ]
    groups = fold_seeds(replace(run, is_own=run.owner == person().id) for run in runs)
    return groups[0] if groups else None


def several_seeds_of(recipe: Recipe, corpus_digest: str) -> SeedGroup | None:
    """The same where they have more than one seed, so that there is a spread to show; otherwise None."""
    found = seeds_of(recipe, corpus_digest)
    return found if found is not None and found.n > 1 else None


def several_seeds_with(job_id: str) -> SeedGroup | None:
    """The seeds among which the training of this job counts; None of a single one, or one that is not complete."""
    run = _trainings.look().values.get(job_id)
    group = None if run is None else several_seeds_of(run.recipe, run.result.corpus_digest)
    return group if group is not None and any(one.job_id == job_id for one in group.runs) else None


def newest_network(recipe: Recipe, corpus_digest: str) -> FinishedRun | None:
    """The newest complete training of a recipe, with its seed; if there is none, the newest that left a network.

    One that is stopped after an epoch takes nothing away from a complete one before it.
    """
    key = result_key(recipe, "network", corpus_digest)
    found = [run for run in _trainings.look().values.values() if run is not None and run.key == key]
    newest, complete = next(iter(found), None), next((run for run in found if run.complete), None)
    if complete is None or complete is newest or artefacts.find(complete.result.artefact) is None:
        return newest
    return complete


def _read(job: Job) -> FinishedRun | None:
    """The run of a job; None if it has no network, or its recipe cannot be read any more."""
    # nobody asks a finished run for its matrix, and one of 500 classes is large
    result = replace(Trained.from_json(job.result or {}), confusion=())
    if not result.artefact or not result.n_validation:
        return None
    recipe = _recipe_of(job)
    if recipe is None:
        return None
    code = _code_of(job, recipe, result)
    return FinishedRun(job.id, job.key, recipe, result, code, job.finished or time.time(), job.owner)


def _read_blocks(job: Job) -> FinishedRun | None:
    """The fit of a job; None if its recipe cannot be read any more, or an earlier version fitted it."""
    recipe, body = _recipe_of(job), job.result or {}
    if recipe is None or not body.get("code"):
        return None
    result = replace(FittedOnBlocks.from_json(body), confusion=())
    finished = job.finished or time.time()
    return FinishedRun(job.id, job.key, recipe.through("blocks"), result, result.code, finished, job.owner)


def _recipe_of(job: Job) -> Recipe | None:
    try:
        return Recipe.from_toml(str(job.payload.get("recipe", "")))
    except BowlabError:
        return None


def _has_own_words(recipe: Recipe) -> bool:
    """Whether it has a list that a reader made; that of a moment is the program's."""
    from bowcore.lessons.outcomes import AGENCIES  # here, as it imports what commands need not

    return bool(recipe.terms.own_stop_words or set(recipe.terms.masked_words) - set(AGENCIES))


def _code_of(job: Job, recipe: Recipe, result: Trained) -> str:
    """The code that trained a run. What an earlier version did not record is the version of the whole program."""
    if result.code:
        return result.code
    is_ours = job.version == version() or job.key == result_key(recipe, "network", result.corpus_digest)
    return code_key("network") if is_ours else job.version or "earlier"


@lru_cache(maxsize=2000)
def _key_of(recipe: Recipe) -> str:
    return recipe.key()


_trainings: EndedJobs[FinishedRun | None] = EndedJobs("train", _read)
_fits: EndedJobs[FinishedRun | None] = EndedJobs(KIND, _read_blocks)
