"""Every error that a person may cause, as one tree.

BowlabError
├── RecipeError               a recipe value that cannot be used; names its field
│   └── EmptyVocabularyError  the recipe leaves no terms
├── CorpusError               a corpus that cannot be used
│   ├── UnknownCorpusError    no corpus of that name
│   └── CorpusMissingError    known, but not on this machine
├── MemoryBudgetError         a stage or a network that would not fit in memory
├── RunError                  a job or a run that cannot be started, found or read
│   └── SealedError           the test set was asked for without opening it
└── OutputError               a file or folder that cannot be written

A message gives the numbers and the remedy. Only `ui/` and the command line catch, and only this tree.
"""


class BowlabError(Exception):
    """Root of the tree: its text is shown to people as it stands."""


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
    """No corpus goes by that name."""


class CorpusMissingError(CorpusError):
    """The corpus is known, but not on this machine."""


class MemoryBudgetError(BowlabError):
    """A stage or a network that would not fit in the memory it may use."""


class RunError(BowlabError):
    """A job or a run that cannot be started, found or read."""


class SealedError(RunError):
    """The test set was asked for without opening it."""


class OutputError(BowlabError):
    """A file or folder that cannot be written."""
