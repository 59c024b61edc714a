"""The tagger's lemmas of a reader's own texts, computed by a worker, since no page imports spaCy."""

from __future__ import annotations

from collections.abc import Sequence

from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.lemmatise_words import LINES, lines_key, read_lines, request_lines
from bowcore.text.tagger.words import Pieces
from bowcore.trace.lineage import as_read
from ui import job_panel


def find(texts: Sequence[str], recipe: Recipe) -> tuple[Pieces, ...] | Job | None:
    """For each text, the lemmas of its words as read by the recipe, or the job that computes them.

    None if the recipe reads words as written.
    """
    if recipe.text.units != "lemmas":
        return None
    lines = [as_read(text, recipe) for text in texts]
    return job_panel.find(LINES, lines_key(lines), lambda: read_lines(lines), lambda: request_lines(lines))


def find_one(text: str, recipe: Recipe) -> Pieces | Job | None:
    """`find` for one text."""
    found = find([text], recipe)
    return found if found is None or isinstance(found, Job) else found[0]
