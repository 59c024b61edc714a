"""The job that prepares what the next flips of a switch will need, while nobody waits for anything else.

Reading 60,000 articles for "Leftovers" or "Text used" takes a second, and logistic regression's first fit under other
cell values takes more than one. It gives way: it begins when nobody has asked for anything for a while, and between two
parts, and between two steps of a fit, it ends when another job of its lane waits, and is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from bowcore.experiment.experiments import anchor, process_experiments
from bowcore.experiment.on_disk import reading_key, worth_keeping
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.store import artefacts

KIND = "ahead"
QUIET = 2.0  # seconds without another job: a page that is being drawn needs the machine's memory for itself
_LOOK_EVERY = 0.1
AT_MOST = 200_000  # articles; reading more takes longer than a job of the quick lane may


@dataclass(frozen=True, slots=True)
class Prepared(Record):
    """Whether everything was prepared, or the job gave way."""

    complete: bool = False


def worth_preparing(recipe: Recipe, n_documents: int) -> bool:
    """Whether a flip with this many open articles is slow enough to prepare, and preparing it quick enough."""
    return worth_keeping(recipe, n_documents) and n_documents <= AT_MOST


def ahead_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job: recipes that lead to the same readings and the same plain fits share it."""
    fits = "-".join(anchor(near).key("weighting") for near in weightings(recipe))
    return f"{reading_key(recipe, corpus_digest)}-{fits}"


def request_ahead(recipe: Recipe, corpus_digest: str) -> Job:
    """Ask the quick worker to prepare the flips that lead away from a recipe, or get the job that is asked for."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml()}, "quick", ahead_key(recipe, corpus_digest))


def texts(recipe: Recipe) -> tuple[Recipe, Recipe]:
    """The recipes that one switch of the text leads to: the other answer to "Leftovers", and to "Text used"."""
    other = "headline" if recipe.text.text_used == "headline+body" else "headline+body"
    return recipe.change(repair=not recipe.text.repair), recipe.change(text_used=other)


def weightings(recipe: Recipe) -> tuple[Recipe, ...]:
    """The recipe under each of the cell values."""
    return tuple(recipe.change(weighting=name) for name in CHOICES["weighting"])


def prepare(payload: dict[str, Any], context: JobContext) -> Prepared:
    """Read texts and fit plain models. Payload: `recipe` (TOML). The result says whether it came to its end."""
    recipe = Recipe.from_toml(payload["recipe"])

    def should_stop() -> bool:
        return context.should_stop() or jobs.has_any("quick", "queued")

    quiet_from = time.monotonic() + QUIET
    while time.monotonic() < quiet_from and not should_stop():
        time.sleep(_LOOK_EVERY)
    return Prepared(all(not should_stop() and part() for part in _parts(recipe, should_stop)))


def _parts(recipe: Recipe, should_stop: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    """What there is to do, the likeliest flips first; each part says whether it is done."""
    repaired, other_text = texts(recipe)
    yield partial(_read, repaired)
    for near in weightings(recipe):
        yield partial(process_experiments().prepare_fit, near, should_stop)
    yield partial(_read, other_text)


def _read(recipe: Recipe) -> bool:
    made = process_experiments()
    if artefacts.find(reading_key(recipe, made.corpus(recipe).digest)) is None:
        made.reading(recipe)
    return True
