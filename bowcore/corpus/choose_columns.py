"""Choice of the headline, body and label columns of a table, and the classes of its labels.

Columns are guessed from their names and types. An ambiguous guess is an error that lists the columns; the corpus name
can then specify them: `reviews.csv?body=remark&label=mood`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.errors import CorpusError
from bowcore.names import shortened
from bowcore.numbers import counted

LABELS = ("label", "labels", "category", "class", "target", "topic", "sentiment", "intent", "genre", "stars", "rating")
LABEL_NAMES = ("label_text", "label_name", "label_names", "labels_text")
"""Columns with the class names for the numbers in the label column."""
TITLES = ("title", "headline", "subject")
PLAIN_BODIES = ("text", "description", "content", "body")
BODIES = (*PLAIN_BODIES, "article", "document", "sentence", "review", "message", "abstract", "comment", "question")
NO_TEXT = ("id", "idx", "index", "url", "link", "date", "source", "author")
"""String columns that are never guessed as the text."""

MIN_ARTICLES = 20
MAX_CLASSES = 500
OPTIONS = ("title", "body", "label", "config", "encoding")


@dataclass(frozen=True, slots=True)
class Options:
    """Options after the question mark of a corpus name; an empty one is guessed.

    Several body columns, `body=question&body=answer`, are joined in that order.
    """

    title: str = ""
    body: tuple[str, ...] = ()
    label: str = ""
    config: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Chosen columns: at most one title, any number of bodies, one label, and the column with the class names."""

    title: str
    body: tuple[str, ...]
    label: str
    class_names: str = ""

    @property
    def used(self) -> list[str]:
        """All columns to read."""
        return [name for name in (self.title, *self.body, self.label, self.class_names) if name]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Articles with their classes. The last `n_own_test` rows are the source's own test split.

    `n_dropped` rows had no label and are left out.
    """

    titles: pa.ChunkedArray
    bodies: pa.ChunkedArray
    labels: NDArray[np.int32]
    class_names: tuple[str, ...]
    n_own_test: int
    n_dropped: int

    @property
    def dropped_in_words(self) -> str:
        """A sentence about the rows left out because they have no label; empty if there are none."""
        if not self.n_dropped:
            return ""
        verb = "is" if self.n_dropped == 1 else "are"
        return f"{counted(self.n_dropped, 'row')} without a label {verb} left out."


def split_options(name: str) -> tuple[str, Options]:
    """A corpus name without its options, and the options.

    Raises:
        CorpusError: An unknown option.

    >>> split_options("hub:owner/name?body=remark&label=mood")
    ('hub:owner/name', Options(title='', body=('remark',), label='mood', config='', encoding=''))
    """
    base, _, query = name.partition("?")
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        pairs = [(query, "")]
    for key, value in pairs:
        given.setdefault(key, []).append(value)
    if not set(given) <= set(OPTIONS) or "=" not in (query or "="):
        raise CorpusError(
            f"Cannot parse '{query[:60]}' after the question mark of {base}; "
            f"the options are {'=…, '.join(OPTIONS)}=…, joined by '&'."
        )
    body = tuple(value for value in given.pop("body", []) if value)
    return base, Options(body=body, **{key: values[-1] for key, values in given.items()})


def choose_columns(name: str, schema: pa.Schema, coded: Collection[str], asked: Options) -> Columns:
    """Headline, body and label columns of a table.

    Args:
        name: The corpus, for messages.
        schema: Names and types of the columns.
        coded: Columns known to hold classes.
        asked: Options from the corpus name; they take precedence over guesses.

    Raises:
        CorpusError: A named column is missing, or a guess matches no column or more than one.
    """
    for column in (asked.title, *asked.body, asked.label):
        if column and column not in schema.names:
            raise CorpusError(f"{name} has no column '{column}'; its columns are {_listed(schema.names)}.")
    label = asked.label or _guess_label(name, schema, coded)
    given = {asked.title, *asked.body, label}
    texts = [field.name for field in schema if _is_text(field.type) and field.name not in {label, *coded}]
    for column in (asked.title, *asked.body):
        if column and column not in texts:
            raise CorpusError(f"Column '{column}' of {name} is not text; the text columns are {_listed(texts)}.")
    title = asked.title or _guess_title(texts, given)
    body = asked.body or _guess_body(name, [text for text in texts if text not in {title, label}], bool(title))
    names = [text for text in texts if text.casefold() in LABEL_NAMES and text not in {title, *body}]
    return Columns(title, body, label, names[0] if names and label.casefold() in ("label", "labels") else "")


def label_articles(
    name: str,
    pool: Sequence[pa.Table],
    test: pa.Table | None,
    columns: Columns,
    coded: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Labelled:
    """Texts and classes of all tables, test split last, without the rows that have no label.

    Raises:
        CorpusError: Too few articles or too many classes.
    """
    tables = [table.select(columns.used) for table in (*pool, *([] if test is None else [test]))]
    n_pool = sum(table.num_rows for table in pool)
    rows = pa.concat_tables(tables, promote_options="permissive")
    labels = _flat(rows[columns.label])
    codes, class_names = _encode(name, labels, columns, rows, coded.get(columns.label, ()))
    kept = np.flatnonzero(codes >= 0)
    if len(kept) < MIN_ARTICLES:
        raise CorpusError(
            f"{name} has {counted(len(kept), 'labelled article')}; a split needs at least {MIN_ARTICLES}. "
            "Add articles, or choose another label column."
        )
    chosen = rows if len(kept) == len(codes) else rows.take(pa.array(kept))
    return Labelled(
        titles=_text(chosen, (columns.title,) if columns.title else ()),
        bodies=_text(chosen, columns.body),
        labels=codes[kept].astype(np.int32),
        class_names=class_names,
        n_own_test=int((kept >= n_pool).sum()),
        n_dropped=len(codes) - len(kept),
    )


def _guess_label(name: str, schema: pa.Schema, coded: Collection[str]) -> str:
    names: list[str] = schema.names
    candidates = [column for column in names if column in coded] or [
        field.name for field in schema if field.name.casefold() in LABELS and _is_label(field.type)
    ]
    by_convention = [column for column in candidates if column.casefold() in ("label", "labels")]
    found = by_convention if len(by_convention) == 1 else candidates
    if len(found) == 1:
        return found[0]
    which = f"could be {_listed(found)}" if found else f"is none of {_listed(schema.names)} for certain"
    raise CorpusError(f"The label column of {name} {which}. Name it: {name}?label=…")


def _guess_title(texts: Sequence[str], given: Collection[str]) -> str:
    found = [text for text in texts if text.casefold() in TITLES and text not in given]
    return found[0] if len(found) == 1 else ""


def _guess_body(name: str, texts: Sequence[str], has_title: bool) -> tuple[str, ...]:
    for wanted in (BODIES, PLAIN_BODIES):
        found = [text for text in texts if text.casefold() in wanted]
        if len(found) == 1:
            return (found[0],)
    others = found or [text for text in texts if text.casefold() not in (*NO_TEXT, *LABEL_NAMES)]
    if len(others) == 1 or (has_title and not others):
        return tuple(others)
    which = f"could be {_listed(others)}" if others else "is not there: no column holds text"
    raise CorpusError(f"The text column of {name} {which}. Name it: {name}?body=…")


def _encode(
    name: str, labels: pa.Array, columns: Columns, rows: pa.Table, known: Sequence[str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Codes, -1 for a missing label, and the class names."""
    if known:
        codes = pc.fill_null(labels.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
        return np.where(codes < len(known), codes, -1), tuple(known)
    if not _is_label(labels.type):
        raise CorpusError(
            f"Column '{columns.label}' of {name} holds {labels.type}, not classes. Name another: ?label=…"
        )
    values = [value for value in pc.unique(labels).to_pylist() if value is not None and value != ""]
    if len(values) > MAX_CLASSES:
        raise CorpusError(
            f"Column '{columns.label}' of {name} has {len(values):,} different values; at most {MAX_CLASSES} can be "
            "classes. Name another: ?label=…"
        )
    values.sort(key=_in_order)
    found = pc.index_in(labels, pa.array(values, labels.type))
    codes = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    names = tuple(_shown(value) for value in values)
    if columns.class_names:
        names = _companions(codes, rows[columns.class_names], names)
    return codes, names


def _companions(codes: NDArray[np.int64], column: pa.ChunkedArray, names: tuple[str, ...]) -> tuple[str, ...]:
    """Class names from another column, provided each class has exactly one name there and no two share it."""
    pairs = pa.table({"code": codes, "name": column}).group_by(["code", "name"]).aggregate([]).to_pylist()
    named = {pair["code"]: pair["name"] for pair in pairs if pair["code"] >= 0 and pair["name"]}
    one_to_one = len(named) == len(set(named.values())) == len(names) == sum(pair["code"] >= 0 for pair in pairs)
    return tuple(named[code] for code in range(len(names))) if one_to_one else names


def _in_order(value: object) -> tuple[bool, float, str]:
    """Sort key: numbers first, by value, even when written as text."""
    try:
        return False, float(str(value)), ""
    except ValueError:
        return True, 0.0, str(value)


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _text(rows: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    texts = [pc.fill_null(_flat(rows[column]).cast(pa.large_string()), "") for column in columns]
    if not texts:
        return pa.chunked_array([pa.array([""] * rows.num_rows, pa.large_string())])
    joined = texts[0]
    for more in texts[1:]:
        joined = pc.binary_join_element_wise(joined, more, pa.scalar(" ", pa.large_string()))
    return pa.chunked_array([joined])


def _flat(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_label(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(_is_text(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _listed(names: Collection[str]) -> str:
    shown = shortened(tuple(names), 40)
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return (", ".join(shown[:12]) + more) or "none"
