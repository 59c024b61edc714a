"""Labels as people write them: whole numbers in floats, lists, values that mean none, names that are alike."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.choose_columns import Columns
from bowcore.corpus.column_facts import first_of_lists, is_text
from bowcore.corpus.options import Options
from bowcore.errors import CorpusError
from bowcore.numbers import counted

_DOUBTFUL = frozenset(("na", "n/a", "nan", "none", "null", "-", "?", "unknown"))
_LISTED = 6


def encode_labels(
    name: str, rows: pa.Table, columns: Columns, known: Sequence[str], asked: Options, notes: list[str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Codes, -1 for a missing label, and the class names."""
    labels = flat_array(rows[columns.label])
    if pa.types.is_list(labels.type) or pa.types.is_large_list(labels.type):
        n_several = int((pc.fill_null(pc.list_value_length(labels), 0).to_numpy(zero_copy_only=False) > 1).sum())
        if n_several:
            notes.append(f"{counted(n_several, 'row')} with several labels: the first one counts.")
        labels = first_of_lists(pa.chunked_array([labels]))
    if known:
        codes = pc.fill_null(labels.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
        return np.where(codes < len(known), codes, -1), tuple(known)
    if not _is_label(labels.type):
        raise CorpusError(
            f"Column '{columns.label}' of {name} holds {labels.type}, not classes. Choose another with label=…"
        )
    written = [value for value in pc.unique(labels).to_pylist() if value is not None]
    missing = {text.strip() for text in asked.missing}
    values = [value for value in written if str(value).strip() and str(value).strip() not in missing]
    whole = _are_whole(values)
    names = {value: _shown(value, whole) for value in values}
    stripped = {value: text.strip() for value, text in names.items()}
    if len(set(stripped.values())) == len(set(names.values())):  # white space tells no two of them apart
        names = stripped
    _note_alike(names, asked, notes)
    if asked.merge == "yes":
        names = _merged(labels, names)
    doubtful = [text for text in sorted(set(names.values())) if text.strip().casefold() in _DOUBTFUL]
    if doubtful:
        which = " and ".join(f"“{text}”" for text in doubtful)
        count = "counts as a class" if len(doubtful) == 1 else "count as classes"
        notes.append(f"{which} {count}; missing={doubtful[0]} leaves such rows out.")
    class_names = tuple(sorted(set(names.values()), key=_in_order))
    order = {text: code for code, text in enumerate(class_names)}
    found = pc.fill_null(pc.index_in(labels, pa.array(values, labels.type)), -1).to_numpy(zero_copy_only=False)
    of_value = np.array([*(order[names[value]] for value in values), -1], dtype=np.int64)
    codes = of_value[found]
    if columns.class_names:
        class_names = _companions(codes, rows[columns.class_names], class_names)
    return codes, class_names


def _are_whole(values: Sequence[object]) -> bool:
    """Whether all are numbers and whole, in floats or in text such as `1.0`."""
    try:
        return all(float(str(value)).is_integer() for value in values) and any("." in str(value) for value in values)
    except ValueError:
        return False


def _shown(value: object, whole: bool) -> str:
    if whole or (isinstance(value, float) and value.is_integer()):
        return str(int(float(str(value))))
    return str(value)


def _tidy(name: str) -> str:
    """Composed, so that `é` in one sign and in two is one name, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _alike(name: str) -> str:
    return _tidy(name).casefold()


def _note_alike(names: Mapping[object, str], asked: Options, notes: list[str]) -> None:
    """A sentence about class names that differ by spaces, case or the way an accent is written."""
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(names.values()):
        groups.setdefault(_alike(text), []).append(text)
    alike = [text for found in groups.values() if len(found) > 1 for text in found]
    if not alike:
        return
    shown = ", ".join(f"“{text}”" for text in alike[:_LISTED])
    more = f" and {len(alike) - _LISTED} more" if len(alike) > _LISTED else ""
    accents = any(not unicodedata.is_normalized("NFC", text) for text in alike)
    how = "by a space, by case or by how an accent is written" if accents else "by a space or by case alone"
    what = "are merged" if asked.merge == "yes" else f"differ {how}; merge=yes makes one class of each"
    notes.append(f"{len(alike)} class names, {shown}{more}, {what}.")


def _merged(labels: pa.Array, names: Mapping[object, str]) -> dict[object, str]:
    """Each value's commonest spelling, stripped."""
    counts = {item["values"]: item["counts"] for item in pc.value_counts(labels).to_pylist()}
    spellings: dict[str, Counter[str]] = {}
    for value, text in names.items():
        spellings.setdefault(_alike(text), Counter())[_tidy(text)] += counts[value]
    return {value: spellings[_alike(text)].most_common(1)[0][0] for value, text in names.items()}


def _companions(codes: NDArray[np.int64], column: pa.ChunkedArray, names: tuple[str, ...]) -> tuple[str, ...]:
    """Class names from another column, provided each class has exactly one name there and no two share it."""
    pairs = pa.table({"code": codes, "name": column}).group_by(["code", "name"]).aggregate([]).to_pylist()
    named = {pair["code"]: pair["name"] for pair in pairs if pair["code"] >= 0 and pair["name"]}
    one_to_one = len(named) == len(set(named.values())) == len(names) == sum(pair["code"] >= 0 for pair in pairs)
    return tuple(named[code] for code in range(len(names))) if one_to_one else names


def _in_order(value: str) -> tuple[bool, float, str]:
    """Sort key: numbers first, by value, even when written as text; `nan` and `inf` are words, and nan has no order."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    return (False, number, value) if math.isfinite(number) else (True, 0.0, value)


def flat_array(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, without a dictionary."""
    whole = column.combine_chunks()
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _is_label(kind: pa.DataType) -> bool:
    return bool(is_text(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
