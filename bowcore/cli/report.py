"""The command that writes a report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bowcore.errors import RunError
from bowcore.experiment.experiments import process_experiments
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.store.home import replacing
from bowcore.tasks.find_duplicates import lane_of
from bowcore.tasks.report import KIND, payload, read_report
from bowcore.tasks.runner import run_here


def write_report(recipe: Recipe, judge: str, out: Path) -> dict[str, Any]:
    """Write the report of a recipe to a file; its path, size and digest of the texts. Progress goes to stderr.

    Raises:
        BowlabError: The articles are missing, the job failed, or the file cannot be written.
    """
    split, digest = process_experiments().split(recipe), process_experiments().corpus(recipe).digest
    ledger.record_look(digest, recipe)  # before the key, which covers the number of recipes tried
    wanted = payload(recipe, digest, judge)
    job = run_here(KIND, wanted, lane_of(split.n_open), wanted["name"], on_message=_tell)
    made = read_report(wanted["name"])
    if job.state != "done" or made is None:
        raise RunError(job.error or f"The report was {job.state}. Run the command again.")
    content = made.read_bytes()
    with replacing(out, "Choose another file.") as file:
        file.write(content)
    return {"out": str(out), "n_bytes": len(content), "corpus_digest": digest, "recipe_key": recipe.key()}


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
