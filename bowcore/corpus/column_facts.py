"""Columns of a table in figures: what they hold, how many values, how many words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

MAX_CLASSES = 500
_SAMPLE = 5_000  # rows
_COUNTED = 1_000  # rows whose words are counted
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
        known_as: The name in small letters by which its meaning is known: of a nested field the last part.
        kind: What its values are; text that consists of numbers is numbers.
        n_values: Different values that are not empty; of long texts those among the first rows.
        n_filled: Rows with a value.
        words: Mean number of words of a value, from the first rows; 0 unless it is text.
    """

    name: str
    known_as: str
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


def describe_column(table: pa.Table, name: str) -> ColumnFacts:
    """A column of a table in figures."""
    column, last = table[name], name.rpartition(".")[2]
    known_as = (name if last in table.column_names else last).casefold()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_dictionary(column.type):
        column = column.cast(kind)
    n_filled = len(column) - column.null_count
    if pa.types.is_null(kind) or not n_filled:
        return ColumnFacts(name, known_as, "empty", 0, 0, 0.0)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return ColumnFacts(name, known_as, "lists", len(pc.unique(first_of_lists(column)).drop_null()), n_filled, 1.0)
    if pa.types.is_boolean(kind):
        return ColumnFacts(name, known_as, "truth values", len(pc.unique(column).drop_null()), n_filled, 0.0)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return ColumnFacts(name, known_as, "numbers", pc.count_distinct(column).as_py(), n_filled, 0.0)
    if not is_text(kind):
        return ColumnFacts(name, known_as, "other", 0, n_filled, 0.0)
    long = _of_long_texts(name, known_as, column)
    if long is not None:
        return long
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
    n_filled = len(column) - pc.sum(blank).as_py() if len(column) else 0
    if not n_filled:
        return ColumnFacts(name, known_as, "empty", 0, 0, 0.0)
    filled = column.filter(pc.invert(blank))
    sample = filled.slice(0, _SAMPLE)
    n_values = pc.count_distinct(filled).as_py()
    for pattern, numeric in _NUMERIC:
        if pc.all(pc.match_substring_regex(sample, pattern)).as_py():
            return ColumnFacts(name, known_as, numeric, n_values, n_filled, 0.0)
    return ColumnFacts(name, known_as, "text", n_values, n_filled, pc.mean(_n_words(sample.slice(0, _COUNTED))).as_py())


def _of_long_texts(name: str, known_as: str, column: pa.ChunkedArray) -> ColumnFacts | None:
    """The figures of a column of texts too long for labels, from its first rows; None for any other column."""
    sample = column.slice(0, _COUNTED).drop_null()
    sample = sample.filter(pc.not_equal(pc.utf8_trim_whitespace(sample), ""))
    if not len(sample):
        return None
    words = pc.mean(_n_words(sample)).as_py()
    if words <= _LABEL_WORDS:
        return None
    n_empty = column.null_count + (pc.sum(pc.equal(column, "")).as_py() or 0)
    return ColumnFacts(name, known_as, "text", pc.count_distinct(sample).as_py(), len(column) - n_empty, words)


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


def _n_words(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words of each text: runs of white space and one, or a word for each six letters without white space."""
    spaced = pc.add(pc.count_substring_regex(pc.utf8_trim_whitespace(texts), r"\s+"), 1)
    lengths = pc.utf8_length(texts)
    by_length = pc.divide(lengths, 6)
    # texts of Chinese and Japanese have no white space
    return pc.if_else(pc.greater(pc.divide(lengths, spaced), 20), by_length, spaced)
