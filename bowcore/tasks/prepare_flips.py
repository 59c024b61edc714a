"""The job that prepares the next flips of a switch while the quick lane is idle.

Reading 60,000 articles for "Leftovers" or "Text used" takes a second, following every repaired word takes two, and
logistic regression's first fit under other cell values takes more than one. The job starts after a moment without other
jobs. It ends as soon as another job of its lane waits, between two parts or two steps of a fit, and the page requests
it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from bowcore.experiment.experiments import anchor, process_experiments
from bowcore.experiment.on_disk import reading_key, worth_keeping
from bowcore.experiment.repair_on_disk import open_repair_effect
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.store import artefacts

KIND = "ahead"
QUIET = 2.0  # seconds without another job: drawing a page needs the memory's bandwidth
_LOOK_EVERY = 0.1
MAX_ARTICLES = 200_000  # reading more takes too long for the quick lane


@dataclass(frozen=True, slots=True)
class Prepared(Record):
    """Whether everything was prepared before another job waited."""

    complete: bool = False


def worth_preparing(recipe: Recipe, n_documents: int) -> bool:
    """Whether a flip with this many open articles is slow enough to prepare, and not too slow for the quick lane."""
    return worth_keeping(recipe, n_documents) and n_documents <= MAX_ARTICLES


@lru_cache(maxsize=256)  # every rerun of a page asks
def ahead_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job, shared by recipes with the same readings and plain fits."""
    fits = "-".join(anchor(near).key("weighting") for near in weightings(recipe))
    return f"{reading_key(recipe, corpus_digest)}-{fits}"


def request_ahead(recipe: Recipe, corpus_digest: str) -> Job:
    """Submit the job that prepares the flips of a recipe's switches, or return the one submitted already."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml()}, "quick", ahead_key(recipe, corpus_digest))


def texts(recipe: Recipe) -> tuple[Recipe, Recipe]:
    """The recipes that one switch of the text leads to: the other answer to "Leftovers", and to "Text used"."""
    other = "headline" if recipe.text.text_used == "headline+body" else "headline+body"
    return recipe.change(repair=not recipe.text.repair), recipe.change(text_used=other)


def weightings(recipe: Recipe) -> tuple[Recipe, ...]:
    """The recipe under each of the cell values."""
    return tuple(recipe.change(weighting=name) for name in CHOICES["weighting"])


def prepare(payload: dict[str, Any], context: JobContext) -> Prepared:
    """Read texts, follow their repair and fit plain models. Payload: `recipe` (TOML)."""
    recipe = Recipe.from_toml(payload["recipe"])

    def should_stop() -> bool:
        return context.should_stop() or jobs.has_any("quick", "queued")

    quiet_from = time.monotonic() + QUIET
    while time.monotonic() < quiet_from and not should_stop():
        time.sleep(_LOOK_EVERY)
    return Prepared(all(not should_stop() and part() for part in _parts(recipe, should_stop)))


def _parts(recipe: Recipe, should_stop: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    """Functions that each prepare one part and return whether it is complete, the likeliest flips first."""
    repaired, other_text = texts(recipe)
    yield partial(_read, repaired)
    for near in weightings(recipe):
        yield partial(process_experiments().prepare_fit, near, should_stop)
    yield partial(_follow, recipe if recipe.text.repair else repaired)
    yield partial(_read, other_text)


def _follow(recipe: Recipe) -> bool:
    open_repair_effect(process_experiments(), recipe)
    return True


def _read(recipe: Recipe) -> bool:
    experiments = process_experiments()
    if artefacts.find(reading_key(recipe, experiments.corpus(recipe).digest)) is None:
        experiments.reading(recipe)
    return True
