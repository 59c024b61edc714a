"""Every error that a user can cause, as one tree.

BowlabError
├── RecipeError               a recipe value that cannot be used; names its field
│   └── EmptyVocabularyError  the recipe leaves no terms
├── CorpusError               a corpus that cannot be used
│   ├── UnknownCorpusError    no corpus of that name
│   ├── TooLargeError         a file that unpacks to more than is read
│   ├── CorpusMissingError    known, but not on this machine; may name the job that fetches it
│   └── DownloadError         it could not be fetched
├── SliceError                a named slice of the articles that is invalid
├── MemoryBudgetError         a stage or a network that would not fit in memory
├── RunError                  a job or a run that cannot be started, found or read
│   ├── SealedError           the test set was requested without opening it
│   └── NotPreparedError      a job has to compute something first; names that job
└── OutputError               a file or folder that cannot be written
    └── DatabaseError         the runs database, which cannot be written or read

A message gives the numbers and the remedy. Only `ui/` and the command line catch, and only this tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job that would resolve an error: the arguments of `submit`, and the label of the button that submits it."""

    kind: str
    payload: Mapping[str, Any]
    lane: Literal["quick", "long", "download"]
    key: str
    label: str


class BowlabError(Exception):
    """Root of the tree: its text is shown to users unchanged."""


class RecipeError(BowlabError):
    """A recipe value that cannot be used."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class EmptyVocabularyError(RecipeError):
    """The recipe leaves no terms to count."""


class CorpusError(BowlabError):
    """A corpus that cannot be used."""


class UnknownCorpusError(CorpusError):
    """There is no corpus of that name."""


class TooLargeError(CorpusError):
    """A file that unpacks to more than is read of a file of its size; nothing of it is kept."""


class CorpusMissingError(CorpusError):
    """The corpus is known, but not on this machine; `job`, if given, would download it."""

    def __init__(self, message: str, job: JobRequest | None = None) -> None:
        super().__init__(message)
        self.job = job


class DownloadError(CorpusError):
    """A corpus that could not be downloaded."""


class SliceError(BowlabError):
    """A named slice of the articles that is invalid."""


class MemoryBudgetError(BowlabError):
    """A stage or a network that would not fit in memory."""


class RunError(BowlabError):
    """A job or a run that cannot be started, found or read."""


class SealedError(RunError):
    """The test set was requested without opening it."""


class NotPreparedError(RunError):
    """The result of a job is missing; `job` would compute it."""

    def __init__(self, message: str, job: JobRequest) -> None:
        super().__init__(message)
        self.job = job


class OutputError(BowlabError):
    """A file or folder that cannot be written."""


class DatabaseError(OutputError):
    """The runs database, which cannot be written or read now; trying again later may succeed."""


def in_words(error: Exception) -> Exception:
    """What NumPy, Arrow or the system refuses to hold, as a `MemoryBudgetError`; any other error as it is.

    Arrow is known by the names of its errors, as the command line starts without it.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if not names & {"MemoryError", "ArrowInvalid", "ArrowCapacityError"}:
        return error
    why = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
    return MemoryBudgetError(
        f"This is too large for the memory, or for one column ({why}). Use a smaller corpus, shorter texts, or shorter "
        "word groups."
    )
