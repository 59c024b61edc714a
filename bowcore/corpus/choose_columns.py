"""Choice of the headline, text, label, group and split columns of a table.

Columns are guessed from their names, then from their contents. A guess that is not certain is an error that proposes
the whole corpus name with every column: `reviews.csv?body=remark&label=mood`. A page may take the guess as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.corpus.options import Options
from bowcore.errors import CorpusError
from bowcore.names import shortened

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

MAX_CLASSES = 500
NO_COLUMN = "-"
"""The option's value for no column where one would be guessed."""
SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What a split column may say, and the split that it means."""

_SAMPLE = 5_000  # rows
_LEAST_WORDS, _TIMES_LONGER = 3.0, 3.0
"""A text column has this many words on average, and this many times as many as the next."""
_LEAST_GROUPS = 10
_LABEL_WORDS = 5.0
_NUMBER = r"^\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*$"
_DATE = r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?\s*$"

Kind = Literal["text", "numbers", "dates", "truth values", "lists", "empty", "other"]


_NUMERIC: tuple[tuple[str, Kind], ...] = ((_NUMBER, "numbers"), (_DATE, "dates"))


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column in figures.

    Attributes:
        name: Its name.
        kind: What its values are; text that consists of numbers is numbers.
        n_values: Different values that are not empty; of long texts those among the first rows.
        n_filled: Rows with a value.
        words: Mean number of words of a value, from the first rows; 0 unless it is text.
    """

    name: str
    kind: Kind
    n_values: int
    n_filled: int
    words: float

    @property
    def repeats(self) -> bool:
        """Whether its values repeat, as those of classes and groups do."""
        return 2 * self.n_values <= self.n_filled

    @property
    def may_be_label(self) -> bool:
        """Whether it looks like a column of classes: few short values that repeat."""
        few = 2 <= self.n_values <= MAX_CLASSES and self.repeats
        return few and self.kind not in ("dates", "empty", "other") and self.words <= _LABEL_WORDS


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
    named = [fact.name for fact in texts if fact.name.casefold() in LABEL_NAMES and fact.name not in {title, *body}]
    class_names = named[0] if named and label.casefold() in ("label", "labels") else ""
    used = {title, *body, label, class_names, split}
    group = _without(asked.group) or ("" if asked.group else _guess_group(facts, used))
    return Guess(Columns(title, body, label, class_names, group, split), facts, tuple(doubts))


def describe_column(table: pa.Table, name: str) -> ColumnFacts:
    """A column of a table in figures."""
    column = table[name]
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_dictionary(column.type):
        column = column.cast(kind)
    n_filled = len(column) - column.null_count
    if pa.types.is_null(kind) or not n_filled:
        return ColumnFacts(name, "empty", 0, 0, 0.0)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return ColumnFacts(name, "lists", len(pc.unique(first_of_lists(column)).drop_null()), n_filled, 1.0)
    if pa.types.is_boolean(kind):
        return ColumnFacts(name, "truth values", len(pc.unique(column).drop_null()), n_filled, 0.0)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return ColumnFacts(name, "numbers", pc.count_distinct(column).as_py(), n_filled, 0.0)
    if not is_text(kind):
        return ColumnFacts(name, "other", 0, n_filled, 0.0)
    long = _of_long_texts(name, column)
    if long is not None:
        return long
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
    n_filled = len(column) - pc.sum(blank).as_py() if len(column) else 0
    if not n_filled:
        return ColumnFacts(name, "empty", 0, 0, 0.0)
    filled = column.filter(pc.invert(blank))
    sample = filled.slice(0, _SAMPLE)
    n_values = pc.count_distinct(filled).as_py()
    for pattern, numeric in _NUMERIC:
        if pc.all(pc.match_substring_regex(sample, pattern)).as_py():
            return ColumnFacts(name, numeric, n_values, n_filled, 0.0)
    return ColumnFacts(name, "text", n_values, n_filled, pc.mean(_n_words(sample)).as_py())


def _of_long_texts(name: str, column: pa.ChunkedArray) -> ColumnFacts | None:
    """The figures of a column of texts too long for labels, from its first rows; None for any other column."""
    sample = column.slice(0, _SAMPLE).drop_null()
    sample = sample.filter(pc.not_equal(pc.utf8_trim_whitespace(sample), ""))
    if not len(sample):
        return None
    words = pc.mean(_n_words(sample)).as_py()
    if words <= _LABEL_WORDS:
        return None
    n_empty = column.null_count + (pc.sum(pc.equal(column, "")).as_py() or 0)
    return ColumnFacts(name, "text", pc.count_distinct(sample).as_py(), len(column) - n_empty, words)


def first_of_lists(column: pa.ChunkedArray) -> pa.Array:
    """The first item of each list, null for an empty one."""
    whole = column.combine_chunks()
    filled = pc.fill_null(pc.greater(pc.list_value_length(whole), 0), False)
    items = pc.list_element(whole.filter(filled), 0)
    position = pc.subtract(pc.cumulative_sum(filled.cast(pa.int64())), 1)
    return items.take(pc.if_else(filled, position, None))


def is_text(kind: pa.DataType) -> bool:
    """Whether a column's type is text."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def listed(names: Collection[str]) -> str:
    """Names in a sentence: at most twelve, long ones shortened."""
    shown = shortened(tuple(names), 40)
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return (", ".join(shown[:12]) + more) or "none"


def _n_words(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words of each text: runs of white space and one, or a word for each six letters without white space."""
    spaced = pc.add(pc.count_substring_regex(pc.utf8_trim_whitespace(texts), r"\s+"), 1)
    lengths = pc.utf8_length(texts)
    by_length = pc.divide(lengths, 6)
    # texts of Chinese and Japanese have no white space
    return pc.if_else(pc.greater(pc.divide(lengths, spaced), 20), by_length, spaced)


def _check_asked(name: str, facts: Sequence[ColumnFacts], asked: Options) -> None:
    kinds = {fact.name: fact.kind for fact in facts}
    for column in (asked.title, *asked.body, asked.label, asked.group, asked.split):
        if _without(column) and column not in kinds:
            raise CorpusError(f"{name} has no column '{column}'; its columns are {listed(kinds)}.")
    texts = [fact.name for fact in facts if fact.kind == "text" and fact.name != asked.label]
    for column in (_without(asked.title), *map(_without, asked.body)):
        # text may consist of numbers alone if that is what is asked for
        if column and (kinds[column] not in ("text", "numbers", "empty") or column == asked.label):
            raise CorpusError(f"Column '{column}' of {name} is not text; the text columns are {listed(texts)}.")


def _guess_label(name: str, facts: Sequence[ColumnFacts], coded: Collection[str], doubts: list[str]) -> str:
    candidates = [fact for fact in facts if fact.name in coded] or [
        fact for fact in facts if fact.name.casefold() in LABELS and fact.kind not in ("other", "empty")
    ]
    by_convention = [fact for fact in candidates if fact.name.casefold() in ("label", "labels")]
    found = by_convention if len(by_convention) == 1 else candidates
    if len(found) == 1:
        return found[0].name
    likely = found or [
        fact for fact in facts if fact.may_be_label and fact.name.casefold() not in (*NO_TEXT, *LABEL_NAMES)
    ]
    words = [fact for fact in likely if fact.kind != "numbers"]
    if not found and len(words or likely) == 1:
        return (words or likely)[0].name
    names = [fact.name for fact in likely or facts]
    which = f"could be {listed(names)}" if likely else f"is none of {listed(names)} for certain"
    doubts.append(f"The label column of {name} {which}.")
    return min(words or likely, key=lambda fact: fact.n_values).name if likely else ""


def _guess_title(texts: Sequence[ColumnFacts], body: Collection[str]) -> str:
    found = [fact.name for fact in texts if fact.name.casefold() in TITLES and fact.name not in body]
    return found[0] if len(found) == 1 else ""


def _guess_body(
    name: str, facts: dict[str, ColumnFacts], texts: Sequence[ColumnFacts], has_title: bool, doubts: list[str]
) -> tuple[str, ...]:
    # a column called text may hold numbers alone
    named = [fact for fact in facts.values() if fact.name.casefold() in PLAIN_BODIES and fact.kind == "numbers"]
    for wanted in (BODIES, PLAIN_BODIES):
        found = [fact for fact in texts if fact.name.casefold() in wanted] or (named if not texts else [])
        if len(found) == 1:
            return (found[0].name,)
    others = found or [fact for fact in texts if fact.name.casefold() not in (*NO_TEXT, *LABEL_NAMES)]
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
        if fact.name.casefold() in SPLITS and fact.kind == "text" and 2 <= fact.n_values <= 6 and not asked.test:
            values = [value for value in pc.unique(table[fact.name]).to_pylist() if value and value.strip()]
            meant = {SPLIT_NAMES.get(value.strip().casefold()) for value in values}
            if None not in meant and "train" in meant and len(meant) > 1 and fact.name != asked.label:
                return fact.name
    return ""


def _guess_group(facts: Sequence[ColumnFacts], used: Collection[str]) -> str:
    for fact in facts:
        several = _LEAST_GROUPS <= fact.n_values < fact.n_filled and fact.kind in ("text", "numbers")
        if fact.name.casefold() in GROUPS and several and fact.name not in used:
            return fact.name
    return ""


def _without(column: str) -> str:
    return "" if column == NO_COLUMN else column
