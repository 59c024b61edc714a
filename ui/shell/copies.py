"""Validation articles that repeat a training article: counted by a job, and said next to every accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.experiment.on_disk import duplicates_key, read_near
from bowcore.findings.copies import WORTH_SAYING, find_copies
from bowcore.jobs import jobs
from bowcore.judge.scores import Share, accuracy
from bowcore.numbers import class_in_words
from bowcore.tasks.find_duplicates import KIND, request_duplicates
from ui import job_panel
from ui.answers import kept
from ui.shell.judgement import Judgement
from ui.texts import plain

MOST_ARTICLES = 200_000
"""Open articles up to which copies are searched for without being asked: more take several seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """The judge's accuracy on validation articles that repeat a training article, and on the others."""

    repeated: Share
    others: Share
    guessed_others: float

    @property
    def worth_saying(self) -> bool:
        """Whether they are more than a hundredth of the validation articles, and not all of them."""
        n = self.repeated.n_documents + self.others.n_documents
        return self.repeated.n_documents > WORTH_SAYING * n and self.others.n_documents > 0

    def on_guess(self, guess: str) -> str:
        """Why always guessing this class is never right on the others; empty if it sometimes is."""
        return "" if self.guessed_others else f", since none of them is *{plain(class_in_words(guess))}*"


def copies(answer: Answer, shown: Judgement) -> Copies | None:
    """The judge on copies and on other articles; None until they are known, or if the judge has no predictions."""
    found = mask(answer)
    if found is None or shown.predictions is None:
        return None
    labels, predictions = answer.labels, shown.predictions
    guessed = np.full(len(labels), answer.guess_class)
    return Copies(
        accuracy(labels[found], predictions[found]),
        accuracy(labels[~found], predictions[~found]),
        accuracy(labels[~found], guessed[~found]).value,
    )


@kept("sample")
def mask(answer: Answer) -> NDArray[np.bool_] | None:
    """Which validation articles nearly repeat a training article; None until it is known."""
    near = read_near(duplicates_key(answer.recipe, answer.corpus.digest))
    return None if near is None else find_copies(near, answer.split.train.n_documents, answer.matrix.rows)


def request(answer: Answer) -> None:
    """Have the copies counted, unless they are known, are being counted, or could not be.

    The shell calls this when the page is drawn, so that the search delays neither it nor logistic regression; the page
    is rerun when the search ends.
    """
    if mask(answer) is not None or answer.split.n_open > MOST_ARTICLES:
        return
    job = jobs.latest(KIND, duplicates_key(answer.recipe, answer.corpus.digest))
    if job is None or job.state == "done":  # done, but deleted since
        job = request_duplicates(answer.recipe, answer.corpus.digest, answer.split.n_open)
    if job.open:
        job_panel.watch(job, lambda _: None)
