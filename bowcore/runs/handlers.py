"""Which function does which kind of job. Modules are imported when their first job comes, never by a page."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from bowcore.errors import RunError
from bowcore.runs.context import JobContext

Handler = Callable[[dict[str, Any], JobContext], dict[str, Any]]

HANDLERS: dict[str, str] = {
    "ahead": "bowcore.runs.ahead_job:prepare",
    "ablate": "bowcore.lessons.ablation:ablate_job",
    "download": "bowcore.runs.download_job:download",
    "label-issues": "bowcore.runs.label_issues_job:label_issues",
    "lemmas": "bowcore.runs.lemma_job:lemmatise_job",
    "line-lemmas": "bowcore.runs.word_lemmas_job:lemmatise_lines",
    "probe": "bowcore.runs.probe_job:probe",
    "reduction": "bowcore.runs.reduction_job:reduction_job",
    "tokens": "bowcore.runs.word_lemmas_job:cut_words",
    "tutorial-way": "bowcore.runs.cost_job:measure",
    "train": "bowcore.runs.training_job:train",
    "open-test": "bowcore.judge.opening:open_test_job",
}
"""'module:function' by kind of job."""


def handler_for(kind: str) -> Handler:
    """The function that does this kind of job.

    Raises:
        RunError: No function does.
    """
    if kind not in HANDLERS:
        known = ", ".join(sorted(HANDLERS)) or "none"
        raise RunError(f"No job is called '{kind}'; this version knows {known}. Update the workers with the server.")
    module, _, function = HANDLERS[kind].partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler
