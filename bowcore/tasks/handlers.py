"""The function for each kind of job. A module is imported when its first job starts, never by a page."""

from __future__ import annotations

import importlib

from bowcore.errors import RunError
from bowcore.jobs.run import Handler

HANDLERS: dict[str, str] = {
    "ahead": "bowcore.tasks.prepare_flips:prepare",
    "ablate": "bowcore.tasks.ablation:ablate_job",
    "blocks": "bowcore.tasks.fit_blocks:fit_blocks_job",
    "download": "bowcore.tasks.download:download",
    "duplicates": "bowcore.tasks.find_duplicates:find_duplicates_job",
    "factorial": "bowcore.tasks.factorial:factorial_job",
    "goodness-of-fit": "bowcore.tasks.resample_power_law:resample_power_law",
    "label-issues": "bowcore.tasks.find_label_issues:label_issues",
    "learning-curve": "bowcore.tasks.learning_curve:learning_curve_job",
    "leftovers": "bowcore.tasks.find_leftovers:find_leftovers_job",
    "lemmas": "bowcore.tasks.lemmatise:lemmatise_job",
    "line-lemmas": "bowcore.tasks.lemmatise_words:lemmatise_lines",
    "network-zip": "bowcore.tasks.export_network:archive_job",
    "probe": "bowcore.tasks.fit_logistic:fit_logistic_job",
    "reduction": "bowcore.tasks.reduce:reduction_job",
    "report": "report.job:write_report",
    "source-words": "bowcore.tasks.find_source_words:find_source_words_job",
    "tokens": "bowcore.tasks.lemmatise_words:tokenise_words",
    "tutorial-way": "bowcore.tasks.time_tutorial:measure",
    "train": "bowcore.tasks.train:train",
    "train-seeds": "bowcore.tasks.train_seeds:train_seeds",
    "open-test": "bowcore.tasks.open_test_set:open_test_job",
    "open-test-blocks": "bowcore.tasks.open_test_set:open_blocks_job",
}
"""'module:function' by kind of job: functions of `bowcore.tasks`, and of a layer above for a job that draws charts."""


def handler_for(kind: str) -> Handler:
    """The function that does this kind of job.

    Raises:
        RunError: The kind is unknown.
    """
    if kind not in HANDLERS:
        known = ", ".join(sorted(HANDLERS))
        raise RunError(f"No job is called '{kind}'; this version knows {known}. Update the workers with the server.")
    module, _, function = HANDLERS[kind].partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler
