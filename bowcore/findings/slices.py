"""Named slices: parts of the open articles selected by a query, a class, a split and a length."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.choose_columns import listed
from bowcore.corpus.split import Split
from bowcore.errors import SliceError
from bowcore.findings.overview import search
from bowcore.findings.regex_search import search_regex
from bowcore.names import quoted, visible
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words

LINK_VERSION = "1"
LONGEST_NAME = 40  # signs
LONGEST_QUERY = 200
LONGEST_LINK = 800  # signs; the recipe needs the rest of an address
MAX_SLICES = 12
MAX_WORDS = 10**9

Part = Literal["", "training", "validation"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Conditions that select articles; a condition left at its default accepts all.

    Attributes:
        name: Name of the slice.
        query: Text that the article contains, ignoring case.
        regex: Whether the query is a regular expression (RE2's syntax) rather than plain text.
        class_name: Only articles of this class.
        split: Only training, or only validation articles.
        shortest: Smallest number of words, separated by white space.
        longest: Largest number of words; 0 for no limit.
    """

    name: str
    query: str = ""
    regex: bool = False
    class_name: str = ""
    split: Part = ""
    shortest: int = 0
    longest: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            value: object = getattr(self, item.name)
            wanted = str if item.name == "name" else type(item.default)
            if type(value) is not wanted:
                raise SliceError(f"{item.name} = {quoted(value)} has the wrong type for a slice.")
            if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
                raise SliceError(f"{item.name} of the slice contains half a character.")
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise SliceError(f"A slice needs a name of 1 to {LONGEST_NAME} printable characters.")
        if len(self.query) > LONGEST_QUERY:
            raise SliceError(
                f"The query has {len(self.query):,} characters; a slice allows up to {LONGEST_QUERY}. Shorten it."
            )
        if self.split not in ("", "training", "validation"):
            raise SliceError(f"{quoted(self.split)} is not a split; a slice may name training or validation.")
        if not 0 <= self.shortest <= MAX_WORDS or not 0 <= self.longest <= MAX_WORDS:
            raise SliceError("Lengths of a slice are numbers of words from 0 to a billion.")
        if self.longest and self.longest < self.shortest:
            raise SliceError(
                f"No {TEXT} has at least {self.shortest:,} and at most {self.longest:,} words; swap the two."
            )
        if self.regex:
            check_regex(self.query)

    def in_words(self) -> str:
        """The conditions in words: `business, validation, 10 to 40 words`; `all articles` if there are none."""
        parts = [class_in_words(self.class_name), self.split]
        if self.query:
            parts.append(f"matches /{self.query}/" if self.regex else f"contains “{self.query}”")
        if self.shortest and self.longest:
            parts.append(f"{self.shortest:,} to {self.longest:,} words")
        elif self.shortest:
            parts.append(f"{self.shortest:,} words or more")
        elif self.longest:
            parts.append(f"up to {self.longest:,} words")
        return ", ".join(part for part in parts if part) or f"all {TEXTS}"


def check_regex(pattern: str) -> None:
    """Check that a pattern can be searched for.

    Raises:
        SliceError: It cannot; the message gives the reason.
    """
    try:
        pc.match_substring_regex(pa.array([""]), pattern, ignore_case=True)
    except pa.ArrowInvalid as error:
        reason = visible(str(error).removeprefix("Invalid regular expression: "))
        raise SliceError(
            f"This regular expression cannot be searched for: {reason}. Correct it, or search for plain words."
        ) from error


def membership(split: Split, masks: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    """One row for each open article: `row` (its position in the corpus, from 0), `split`, `number`, `class`.

    For each mask of the open articles, (n_open,), the column `in` and its name is 1 for the articles in it.
    """
    parts = (split.train, split.validation)
    splits = np.repeat([0, 1], [part.n_documents for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    table = pd.DataFrame(
        {
            "row": np.concatenate([part.rows for part in parts]),
            "split": pd.Categorical.from_codes(splits, ["training", "validation"]),
            "number": np.concatenate([np.arange(1, part.n_documents + 1) for part in parts]),
            "class": pd.Categorical.from_codes(labels, list(split.class_names)),
        }
    )
    return table.assign(**{f"in {name}": mask.astype(np.int8) for name, mask in masks.items()})


def slice_mask(part: Slice, texts: pa.Array, n_words: NDArray[np.integer], split: Split) -> NDArray[np.bool_]:
    """Mask of the open articles in the slice: read-only, (n_documents,), training articles first.

    Args:
        part: The slice.
        texts: Text of the open articles.
        n_words: Their lengths in words.
        split: Their labels, and the number of training articles.

    Raises:
        SliceError: The texts have no class of that name, or its regular expression takes too long.
    """
    if part.class_name and part.class_name not in split.class_names:
        raise SliceError(
            f"The slice {quoted(part.name)} is of class {quoted(part.class_name)}, which this corpus does not have; "
            f"its classes are {listed(split.class_names)}."
        )
    label = split.class_names.index(part.class_name) if part.class_name else None
    positions = search(texts, split, "" if part.regex else part.query, label=label, part=part.split or None)
    if part.regex:
        positions = positions[search_regex(texts.take(pa.array(positions)), part.query)]
    mask = np.zeros(len(texts), dtype=bool)
    mask[positions] = True
    mask &= n_words >= part.shortest
    if part.longest:
        mask &= n_words <= part.longest
    mask.flags.writeable = False
    return mask


_KEYS = {"n": "name", "q": "query", "r": "regex", "c": "class_name", "s": "split", "a": "shortest", "b": "longest"}


def to_link(slices: Sequence[Slice]) -> str:
    """The slices as one value for a link: a version, then the fields of each slice that differ from their defaults."""
    return ";".join([LINK_VERSION, *(_written(part) for part in slices)])


def from_link(link: str) -> tuple[Slice, ...]:
    """Slices from a value written by `to_link`.

    Raises:
        SliceError: Another version, too many or too long slices, or an invalid one.
    """
    version, *parts = link[: LONGEST_LINK + 1].split(";")
    if version != LINK_VERSION:
        raise SliceError(f"The slices in this link have version {quoted(version)}; this program reads {LINK_VERSION}.")
    if len(link) > LONGEST_LINK or len(parts) > MAX_SLICES:
        raise SliceError(
            f"A link carries up to {MAX_SLICES} slices in {LONGEST_LINK:,} characters, and this one more. Ask for one "
            "with fewer slices."
        )
    slices = tuple(_read(part) for part in parts)
    if len({part.name for part in slices}) < len(slices):
        raise SliceError("Two slices in this link have the same name.")
    return slices


def _written(part: Slice) -> str:
    values = {key: getattr(part, name) for key, name in _KEYS.items()}
    default = Slice("default")
    kept = {key: value for key, value in values.items() if key == "n" or value != getattr(default, _KEYS[key])}
    return ",".join(
        f"{key}={quote(str(int(value) if isinstance(value, bool) else value), safe=' ')}" for key, value in kept.items()
    )


def _read(text: str) -> Slice:
    values: dict[str, str | int | bool] = {}
    for item in text.split(","):
        key, sign, value = item.partition("=")
        if not sign or key not in _KEYS or _KEYS[key] in values:
            raise SliceError(f"{quoted(item)} in this link is not part of a slice.")
        values[_KEYS[key]] = _value(key, unquote(value))
    if "name" not in values:
        raise SliceError("A slice in this link has no name.")
    return Slice(**values)  # type: ignore[arg-type]  # checked by the slice itself, as every value from outside is


def _value(key: str, text: str) -> str | int | bool:
    if key == "r" and text in ("0", "1"):
        return text == "1"
    if key in ("a", "b") and re.fullmatch(r"[0-9]{1,10}", text):
        return int(text)
    if key in ("r", "a", "b"):
        raise SliceError(f"{quoted(text)} in this link is not a value of a slice.")
    return text
