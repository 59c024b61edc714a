"""The job that makes a report."""

from __future__ import annotations

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.progress import Progress
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks import lemmatise
from bowcore.tasks.report import FILE
from charts.image import bundle
from report.facts import gather
from report.page import render

SECONDS = 1e-4, 3.0
"""For the facts of one article, as measured on AG News, and for drawing and writing."""


def write_report(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Make a report. Payload: that of `bowcore.tasks.report.payload`."""
    if artefacts.find(payload["name"]) is not None:
        return KeptResult(payload["name"])
    recipe = Recipe.from_toml(payload["recipe"])
    if not lemmatise.prepare(recipe, context):
        return None
    facts_seconds = SECONDS[0] * process_experiments().split(recipe).n_open
    progress = Progress(context, facts_seconds + SECONDS[1], usual=1.0)
    progress.done(0, "Computing what the report says")
    facts = gather(recipe, payload["judge"], payload["link"], context.should_stop)
    if facts is None:
        return None
    progress.done(facts_seconds, "Drawing its figures")
    page = render(facts, bundle())
    if context.should_stop():
        return None
    artefacts.store(
        payload["name"], lambda folder: (folder / FILE).write_text(page, encoding="utf-8"), recipe.corpus.corpus
    )
    return KeptResult(payload["name"])
