"""Choice of the headline, text, label, group and split columns of a table.

Columns are guessed from their names, then from their contents. A guess that is not certain is an error that proposes
the whole corpus name with every column: `reviews.csv?body=remark&label=mood`. A page may take the guess as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.corpus.column_facts import ColumnFacts, describe_column
from bowcore.corpus.options import Options
from bowcore.errors import CorpusError
from bowcore.names import quoted, shortened

LABELS = ("label", "labels", "category", "class", "target", "topic", "sentiment", "intent", "genre", "stars", "rating",
          "cats", "accept")  # fmt: skip
LABEL_NAMES = ("label_text", "label_name", "label_names", "labels_text")
"""Columns with the class names for the numbers in the label column."""
TITLES = ("title", "headline", "subject")
PLAIN_BODIES = ("text", "description", "content", "body")
BODIES = (*PLAIN_BODIES, "article", "document", "sentence", "review", "message", "abstract", "comment", "question")
GROUPS = ("group", "author", "user", "username", "thread", "conversation", "speaker", "sender", "participant",
          "patient", "student")  # fmt: skip
SPLITS = ("split", "set", "partition", "subset")
NO_TEXT = ("id", "idx", "index", "url", "link", "date", "source", "file", *GROUPS, *SPLITS)
"""String columns that are never guessed as the text."""
KNOWN_NAMES = frozenset((*LABELS, *LABEL_NAMES, *TITLES, *BODIES, *NO_TEXT))

NO_COLUMN = "-"
"""The option's value for no column where one would be guessed."""
SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What a split column may say, and the split that it means."""

_LEAST_WORDS, _TIMES_LONGER = 3.0, 3.0
"""A text column has this many words on average, and this many times as many as the next."""
_LEAST_GROUPS = 10
_MANY_VALUES, _FEW_NUMBERS = 100, 10
"""A text column with at least `_MANY_VALUES` values is less likely the label than a number column with at most
`_FEW_NUMBERS` values."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Chosen columns: at most one title, any number of bodies, one label, and the column with the class names.

    `group` and `split` may be ''.
    """

    title: str
    body: tuple[str, ...]
    label: str
    class_names: str = ""
    group: str = ""
    split: str = ""

    @property
    def used(self) -> list[str]:
        """All columns to read."""
        named = (self.title, *self.body, self.label, self.class_names, self.group, self.split)
        return list(dict.fromkeys(name for name in named if name))

    def options(self, given: Options) -> Options:
        """The options of a corpus name that state these columns, those given so far included."""
        return replace(given, title=self.title, body=self.body, label=self.label)


@dataclass(frozen=True, slots=True)
class Guess:
    """Columns of a table as they are asked for or guessed.

    `doubts` are sentences about what is not certain; a column that cannot be guessed at all is ''.
    """

    columns: Columns
    facts: tuple[ColumnFacts, ...]
    doubts: tuple[str, ...]


def choose_columns(name: str, table: pa.Table, coded: Collection[str], asked: Options, typed: str = "") -> Columns:
    """The columns of a table.

    Args:
        name: The corpus, for messages.
        table: Its rows, or its first rows.
        coded: Columns known to hold classes.
        asked: Options from the corpus name; they take precedence over guesses.
        typed: The corpus name as it was typed, without its options; by default `name`.

    Raises:
        CorpusError: A named column is missing or of the wrong kind, or a guess is not certain.
    """
    guess = guess_columns(name, table, coded, asked)
    if guess.doubts:
        columns = guess.columns
        command = f"{typed or name}{columns.options(asked).query()}" if columns.label and columns.body else ""
        proposal = f" Write {shlex.quote(command)}, or other columns." if command else ""
        raise CorpusError(f"{' '.join(guess.doubts)}{proposal}")
    return guess.columns


def guess_columns(name: str, table: pa.Table, coded: Collection[str], asked: Options) -> Guess:
    """The likeliest columns of a table, and what is not certain about them.

    Raises:
        CorpusError: A named column is missing or of the wrong kind.
    """
    facts = tuple(describe_column(table, column) for column in table.column_names)
    _check_asked(name, facts, asked)
    doubts: list[str] = []
    no_body = asked.body == (NO_COLUMN,)
    by_name = {fact.name: fact for fact in facts}
    split = _without(asked.split) or ("" if asked.split else _guess_split(table, facts, asked))
    taken = {split, *asked.body, asked.title, _without(asked.group)} - {""}
    label = asked.label or _guess_label(name, [fact for fact in facts if fact.name not in taken], coded, doubts)
    texts = [
        fact for fact in facts if fact.kind == "text" and fact.name not in {label, split, *coded, _without(asked.group)}
    ]
    title = _without(asked.title) or ("" if asked.title else _guess_title(texts, asked.body))
    body = (
        ()
        if no_body
        else asked.body
        or _guess_body(name, by_name, [fact for fact in texts if fact.name != title], bool(title), doubts)
    )
    named = [fact.name for fact in texts if fact.known_as in LABEL_NAMES and fact.name not in {title, *body}]
    class_names = named[0] if named and label and by_name[label].known_as in ("label", "labels") else ""
    used = {title, *body, label, class_names, split}
    group = _without(asked.group) or ("" if asked.group else _guess_group(facts, used))
    return Guess(Columns(title, body, label, class_names, group, split), facts, tuple(doubts))


def listed(names: Collection[str]) -> str:
    """Names in a sentence: at most twelve, long ones shortened."""
    shown = shortened(tuple(names), 40)
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return (", ".join(shown[:12]) + more) or "none"


def _check_asked(name: str, facts: Sequence[ColumnFacts], asked: Options) -> None:
    kinds = {fact.name: fact.kind for fact in facts}
    for column in (asked.title, *asked.body, asked.label, asked.group, asked.split):
        if _without(column) and column not in kinds:
            raise CorpusError(f"{name} has no column {quoted(column)}; its columns are {listed(kinds)}.")
    texts = [fact.name for fact in facts if fact.kind == "text" and fact.name != asked.label]
    for column in (_without(asked.title), *map(_without, asked.body)):
        # text may consist of numbers alone if that is what is asked for
        if column and (kinds[column] not in ("text", "numbers", "empty") or column == asked.label):
            raise CorpusError(f"Column '{column}' of {name} is not text; the text columns are {listed(texts)}.")


def _guess_label(name: str, facts: Sequence[ColumnFacts], coded: Collection[str], doubts: list[str]) -> str:
    candidates = [fact for fact in facts if fact.name in coded] or [
        fact for fact in facts if fact.known_as in LABELS and fact.kind not in ("other", "empty")
    ]
    by_convention = [fact for fact in candidates if fact.known_as in ("label", "labels")]
    found = by_convention if len(by_convention) == 1 else candidates
    if len(found) == 1:
        return found[0].name
    likely = found or [fact for fact in facts if fact.may_be_label and fact.known_as not in (*NO_TEXT, *LABEL_NAMES)]
    words = [fact for fact in likely if fact.kind != "numbers"]
    numbers = [fact for fact in likely if fact.kind == "numbers" and fact.n_values <= _FEW_NUMBERS]
    best = [fact for fact in words if fact.n_values < _MANY_VALUES] or numbers or words or likely
    if not found and len(best) == 1 and (not words or words == best):
        return best[0].name
    names = [fact.name for fact in likely or facts]
    which = f"could be {listed(names)}" if likely else f"is none of {listed(names)} for certain"
    doubts.append(f"The label column of {name} {which}.")
    return min(best, key=lambda fact: fact.n_values).name if best else ""


def _guess_title(texts: Sequence[ColumnFacts], body: Collection[str]) -> str:
    found = [fact.name for fact in texts if fact.known_as in TITLES and fact.name not in body]
    return found[0] if len(found) == 1 else ""


def _guess_body(
    name: str, facts: dict[str, ColumnFacts], texts: Sequence[ColumnFacts], has_title: bool, doubts: list[str]
) -> tuple[str, ...]:
    # a column called text may hold numbers alone
    named = [fact for fact in facts.values() if fact.known_as in PLAIN_BODIES and fact.kind == "numbers"]
    for wanted in (BODIES, PLAIN_BODIES):
        found = [fact for fact in texts if fact.known_as in wanted] or (named if not texts else [])
        if len(found) == 1:
            return (found[0].name,)
    others = found or [fact for fact in texts if fact.known_as not in (*NO_TEXT, *LABEL_NAMES)]
    if len(others) == 1 or (has_title and not others):
        return tuple(fact.name for fact in others)
    others = sorted(others, key=lambda fact: -fact.words)
    if others and others[0].words >= max(_LEAST_WORDS, _TIMES_LONGER * others[1].words):
        return (others[0].name,)
    which = f"could be {listed([fact.name for fact in others])}" if others else "is not there: no column holds text"
    doubts.append(f"The text column of {name} {which}.")
    return (others[0].name,) if others else ()


def _guess_split(table: pa.Table, facts: Sequence[ColumnFacts], asked: Options) -> str:
    """A column of that name whose values are all names of splits, training among them."""
    for fact in facts:
        if fact.known_as in SPLITS and fact.kind == "text" and 2 <= fact.n_values <= 6 and not asked.test:
            values = [value for value in pc.unique(table[fact.name]).to_pylist() if value and value.strip()]
            meant = {SPLIT_NAMES.get(value.strip().casefold()) for value in values}
            if None not in meant and "train" in meant and len(meant) > 1 and fact.name != asked.label:
                return fact.name
    return ""


def _guess_group(facts: Sequence[ColumnFacts], used: Collection[str]) -> str:
    for fact in facts:
        several = _LEAST_GROUPS <= fact.n_values < fact.n_filled and fact.kind in ("text", "numbers")
        if fact.known_as in GROUPS and several and fact.name not in used:
            return fact.name
    return ""


def _without(column: str) -> str:
    return "" if column == NO_COLUMN else column
