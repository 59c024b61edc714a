"""Classes of labelled rows: labels as people write them, and the rows that are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.choose_columns import SPLIT_NAMES, Columns, listed
from bowcore.corpus.column_facts import MAX_CLASSES
from bowcore.corpus.formats.found import MOST_REFUSED
from bowcore.corpus.label_values import encode_labels, flat_array
from bowcore.corpus.options import LEAST, Options
from bowcore.errors import CorpusError
from bowcore.names import short, shortened, visible
from bowcore.numbers import counted

MIN_ARTICLES = 20
LONGEST_CLASS = 200  # characters
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Signs that a terminal or a browser obeys: escapes, ends of lines, and those that turn the rest of a line around."""
NO_LABEL, NO_TEXT, SMALL_CLASS, OTHER_SPLIT = "no label", "no text", "a class too small to split", "another split"
_LISTED = 6


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with their classes, in this order: rows to draw from, the source's own validation rows, its test rows.

    Attributes:
        titles: Headlines, '' where there are none.
        bodies: Texts.
        labels: Indices into `class_names`.
        class_names: Names of the classes.
        n_own_validation: Rows of the source's own validation split.
        n_own_test: Rows of its own test split, the last ones.
        groups: A number for each group, or None.
        rows: The row of each text, counted over all tables.
        left_out: Rows left out, by reason.
        left_out_rows: The first of these rows, counted over all tables, by reason.
        notes: Sentences about labels that are unusual.
    """

    titles: pa.ChunkedArray
    bodies: pa.ChunkedArray
    labels: NDArray[np.int32]
    class_names: tuple[str, ...]
    n_own_validation: int
    n_own_test: int
    groups: NDArray[np.int32] | None
    rows: NDArray[np.int64]
    left_out: Mapping[str, int]
    left_out_rows: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_dropped(self) -> int:
        """Rows left out."""
        return sum(self.left_out.values())


def left_out_in_words(left_out: Mapping[str, int]) -> str:
    """A sentence about the rows left out, by reason; '' if there are none.

    >>> left_out_in_words({"no label": 11, "no text": 3})
    'Left out: 14 rows (11 no label, 3 no text).'
    """
    reasons = {reason: n for reason, n in left_out.items() if n}
    if not reasons:
        return ""
    shown = ", ".join(f"{n:,} {reason}" for reason, n in reasons.items())
    return f"Left out: {counted(sum(reasons.values()), 'row')} ({shown})."


def label_articles(
    name: str,
    pool: Sequence[pa.Table],
    test: pa.Table | None,
    columns: Columns,
    coded: Mapping[str, Sequence[str]] = MappingProxyType({}),
    options: Options | None = None,
) -> Labelled:
    """Texts and classes of all tables, without the rows that cannot be used.

    Args:
        name: The corpus, for messages.
        pool: Tables to draw training and validation articles from, and test articles if `test` is None.
        test: The source's own test split.
        columns: Columns to read.
        coded: Class names of the columns that hold numbers of classes.
        options: Labels that are missing, whether labels alike are merged, and the smallest class.

    Raises:
        CorpusError: Too few articles, or too many or too few classes.
    """
    asked = options or Options()
    tables = [table.select(columns.used) for table in (*pool, *([] if test is None else [test]))]
    rows = pa.concat_tables(tables, promote_options="permissive")
    n_pool = sum(table.num_rows for table in pool)
    part = np.where(np.arange(rows.num_rows) < n_pool, 0, 2)
    if columns.split:
        part = _own_split(name, rows[columns.split], columns.split)
    notes: list[str] = []
    codes, class_names = encode_labels(name, rows, columns, coded.get(columns.label, ()), asked, notes)
    class_names = _showable(class_names, notes)
    titles = _joined(rows, (columns.title,) if columns.title else ())
    bodies = _joined(rows, columns.body)
    reasons = {
        NO_LABEL: codes < 0,
        NO_TEXT: _is_blank(titles, bodies),
        OTHER_SPLIT: part < 0,
    }
    kept = np.ones(rows.num_rows, dtype=bool)
    left_out: dict[str, int] = {}
    left_out_rows: dict[str, NDArray[np.int64]] = {}

    def leave_out(reason: str, out: NDArray[np.bool_]) -> None:
        rows_out = np.flatnonzero(kept & out)
        left_out[reason], left_out_rows[reason] = len(rows_out), rows_out[:MOST_REFUSED]
        kept[rows_out] = False

    for reason, out in reasons.items():
        leave_out(reason, out)
    _check_number(name, int(kept.sum()), left_out)
    sizes = np.bincount(codes[kept & (part < 2)], minlength=len(class_names))
    least = asked.n_least if asked.least else (2 if (part == 2).any() else LEAST)
    small = np.flatnonzero(sizes < least)
    leave_out(SMALL_CLASS, np.isin(codes, small))
    remaining = np.setdiff1d(np.arange(len(class_names)), small)
    _check_classes(name, columns.label, len(class_names), len(remaining), least)
    _check_number(name, int(kept.sum()), left_out)
    if left_out[SMALL_CLASS]:
        notes.append(_small_classes(class_names, sizes, small, least))
    recoded = np.full(len(class_names), -1, dtype=np.int32)
    recoded[remaining] = np.arange(len(remaining), dtype=np.int32)
    positions = np.flatnonzero(kept)
    order = positions[np.argsort(part[positions], kind="stable")]
    whole = len(order) == rows.num_rows and bool((order == np.arange(len(order))).all())
    chosen = pa.array(order)
    return Labelled(
        titles=titles if whole else titles.take(chosen),
        bodies=bodies if whole else bodies.take(chosen),
        labels=recoded[codes[order]],
        class_names=tuple(class_names[code] for code in remaining),
        n_own_validation=int((part[order] == 1).sum()),
        n_own_test=int((part[order] == 2).sum()),
        groups=_groups(rows[columns.group], order) if columns.group else None,
        rows=order,
        left_out={reason: n for reason, n in left_out.items() if n},
        left_out_rows={reason: rows_out for reason, rows_out in left_out_rows.items() if len(rows_out)},
        notes=tuple(notes),
    )


def _check_number(name: str, n: int, left_out: Mapping[str, int]) -> None:
    if n < MIN_ARTICLES:
        raise CorpusError(
            f"{name} has {counted(n, 'labelled text')}; a split needs at least {MIN_ARTICLES}. "
            f"{left_out_in_words(left_out)} Add texts, or choose other columns.".replace("  ", " ")
        )


def _check_classes(name: str, label: str, n_classes: int, n_remaining: int, least: int) -> None:
    if n_remaining > MAX_CLASSES:
        raise CorpusError(
            f"Column '{label}' of {name} has {n_remaining:,} different values; at most {MAX_CLASSES} can be classes. "
            "Choose another column with label=…, or leave out small classes with least=…"
        )
    if n_classes > 1 and n_remaining < 2:
        raise CorpusError(
            f"Column '{label}' of {name} has {n_classes:,} different values, of which {n_remaining} "
            f"{'has' if n_remaining == 1 else 'have'} {least} texts or more: fewer than two classes remain. "
            "Choose another column with label=…, or keep small classes with least=1."
        )


def _small_classes(names: Sequence[str], sizes: NDArray[np.int64], small: NDArray[np.int64], least: int) -> str:
    present = [int(code) for code in small if sizes[code]]
    short = shortened([names[code] for code in present], 40)
    shown = [f"{name} ({sizes[code]})" for code, name in zip(present, short, strict=True)]
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return f"Classes with fewer than {least} texts are left out: {', '.join(shown[:_LISTED])}{more}."


def _showable(class_names: tuple[str, ...], notes: list[str]) -> tuple[str, ...]:
    """The names, those that no page could show cut in the middle, and their controls as signs; all still distinct."""
    odd = {name for name in class_names if len(name) > LONGEST_CLASS or _OBEYED.search(name)}
    if not odd:
        return class_names
    known = set(class_names) - odd
    found = []
    for name in class_names:
        if name in odd:
            name = written = short(_OBEYED.sub(lambda sign: visible(sign[0]), name), LONGEST_CLASS - 10)
            times = 1
            while name in known:
                times += 1
                name = f"{written} ({times})"
            known.add(name)
        found.append(name)
    notes.append(
        f"{counted(len(odd), 'class name')} of more than {LONGEST_CLASS} characters, or with signs that a screen "
        "obeys: cut in the middle, the signs replaced by their names."
    )
    return tuple(found)


def _own_split(name: str, column: pa.ChunkedArray, label: str) -> NDArray[np.int64]:
    """0, 1 or 2 for training, validation and test rows; -1 for rows of no split."""
    texts = flat_array(column).cast(pa.large_string())
    values = pc.unique(texts).to_pylist()
    numbers = {"train": 0, "validation": 1, "test": 2}
    meant = {value: numbers.get(SPLIT_NAMES.get((value or "").strip().casefold(), ""), -1) for value in values}
    if 0 not in meant.values():
        raise CorpusError(
            f"Column '{label}' of {name} says {listed([str(value) for value in values])}; a split column says train, "
            "validation and test. Choose another, or none with split=-."
        )
    positions = pc.index_in(texts, pa.array(values, pa.large_string())).to_numpy(zero_copy_only=False)
    found: NDArray[np.int64] = np.array([meant[value] for value in values], dtype=np.int64)[positions]
    return found


def _groups(column: pa.ChunkedArray, order: NDArray[np.int64]) -> NDArray[np.int32]:
    """A number for each group; rows without one are a group each."""
    texts = flat_array(column).cast(pa.large_string()).take(pa.array(order))
    texts = pc.utf8_trim_whitespace(texts)
    encoded = pc.if_else(pc.equal(texts, ""), None, texts).dictionary_encode()
    codes: NDArray[np.int32] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    alone = codes < 0
    codes[alone] = len(encoded.dictionary) + np.arange(alone.sum(), dtype=np.int32)
    return codes


def _is_blank(titles: pa.ChunkedArray, bodies: pa.ChunkedArray) -> NDArray[np.bool_]:
    blank = [pc.equal(pc.utf8_trim_whitespace(texts), "") for texts in (titles, bodies)]
    found: NDArray[np.bool_] = pc.and_(*blank).to_numpy()
    return found


def _joined(rows: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    texts = [pc.fill_null(_as_text(flat_array(rows[column])), "") for column in columns]
    if not texts:
        return pa.chunked_array([pa.array([""] * rows.num_rows, pa.large_string())])
    joined = texts[0]
    for more in texts[1:]:
        joined = pc.binary_join_element_wise(joined, more, pa.scalar(" ", pa.large_string()))
    return pa.chunked_array([joined])


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        items = [None if value is None else " ".join(str(item) for item in value) for value in column.to_pylist()]
        return pa.array(items, pa.large_string())
    return column.cast(pa.large_string())
