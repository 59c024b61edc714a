"""`Corpus`: labelled articles as an Arrow table, with their provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.errors import CorpusError
from bowcore.nouns import TEXTS


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a corpus comes from and its terms of use."""

    title: str
    origin: str
    licence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Shares of the rows drawn for validation and test; a source's own test split takes precedence."""

    validation_share: float
    test_share: float


@dataclass(frozen=True, slots=True)
class CorpusCard:
    """Metadata of a corpus without its articles, for a process that may not read all of them."""

    name: str
    class_names: tuple[str, ...]
    n_documents: int
    provenance: Provenance
    digest: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled articles.

    `articles` has the string columns `title` and `body`; `labels` are indices into `class_names`. The last
    `n_own_test` rows are the source's own test split, the `n_own_validation` rows before them its validation split;
    0 means that a split is drawn from the other rows. `groups`, if given, has a number for each row; no split that is
    drawn divides the rows of one number.
    """

    name: str
    articles: pa.Table
    labels: NDArray[np.int32]
    class_names: tuple[str, ...]
    n_own_test: int
    rule: SplitRule
    provenance: Provenance
    digest: str
    n_own_validation: int = 0
    groups: NDArray[np.int32] | None = None

    @property
    def n_documents(self) -> int:
        """Number of articles, test articles included."""
        return int(self.articles.num_rows)

    @property
    def class_sizes(self) -> dict[str, int]:
        """Number of articles of each class, test articles included."""
        sizes = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, sizes.tolist(), strict=True))

    @property
    def card(self) -> CorpusCard:
        """Its metadata, without the articles."""
        return CorpusCard(self.name, self.class_names, self.n_documents, self.provenance, self.digest)


def make_corpus(
    name: str,
    titles: pa.ChunkedArray | pa.Array | Sequence[str],
    bodies: pa.ChunkedArray | pa.Array | Sequence[str],
    labels: Sequence[int] | NDArray[np.integer],
    class_names: Sequence[str],
    *,
    rule: SplitRule,
    provenance: Provenance,
    n_own_test: int = 0,
    n_own_validation: int = 0,
    groups: NDArray[np.int32] | None = None,
) -> Corpus:
    """A checked, read-only corpus; missing text becomes empty text.

    Raises:
        CorpusError: No articles, fewer than two classes, lengths that differ, or only empty texts.
    """
    articles = pa.table({"title": _texts(titles), "body": _texts(bodies)}).combine_chunks()
    codes = np.asarray(labels, dtype=np.int32).copy()
    if articles.num_rows != len(codes):
        raise CorpusError(f"{name} has {articles.num_rows:,} texts and {len(codes):,} labels; it needs one per text.")
    if not len(codes):
        raise CorpusError(f"{name} has no {TEXTS}. Choose another file or another text column.")
    present = np.unique(codes)
    if len(present) < 2:
        raise CorpusError(
            f"All {len(codes):,} {TEXTS} of {name} have one class, so there is nothing to tell apart. "
            "Choose another label column."
        )
    words = pc.sum(pc.add(pc.utf8_length(articles["title"]), pc.utf8_length(articles["body"]))).as_py()
    if not words:
        raise CorpusError(f"All {len(codes):,} texts of {name} are empty. Choose another text column.")
    codes.flags.writeable = False
    return Corpus(
        name=name,
        articles=articles,
        labels=codes,
        class_names=tuple(class_names),
        n_own_test=n_own_test,
        rule=rule,
        provenance=provenance,
        digest=_digest(articles, codes, class_names, n_own_test, n_own_validation, groups),
        n_own_validation=n_own_validation,
        groups=groups,
    )


def class_columns(class_names: Sequence[str], fixed: Collection[str]) -> tuple[str, ...]:
    """Column names for a table with one column per class: class names, with ` (class)` added to those that are taken.

    Args:
        class_names: Classes in corpus order, all different.
        fixed: Names of the table's other columns.
    """
    taken = {*fixed, *class_names}
    columns = []
    for name in class_names:
        column = name
        if name in fixed:
            while column in taken:
                column = f"{column} (class)"
            taken.add(column)
        columns.append(column)
    return tuple(columns)


def _texts(values: pa.ChunkedArray | pa.Array | Sequence[str]) -> pa.ChunkedArray:
    column = values if isinstance(values, (pa.ChunkedArray, pa.Array)) else pa.array(values, pa.string())
    return pc.fill_null(column.cast(pa.large_string()), "")


def _digest(
    articles: pa.Table,
    labels: NDArray[np.int32],
    class_names: Sequence[str],
    n_own_test: int,
    n_own_validation: int,
    groups: NDArray[np.int32] | None,
) -> str:
    """Digest of the articles' contents, independent of their layout in Arrow's memory."""
    splits = (n_own_test, n_own_validation) if n_own_validation else (n_own_test,)
    digest = hashlib.sha256(repr((tuple(class_names), *splits)).encode())
    digest.update(labels.tobytes())
    if groups is not None:
        digest.update(groups.tobytes())
    for name in ("title", "body"):
        column = articles[name].combine_chunks()
        digest.update(pc.binary_length(column).to_numpy(zero_copy_only=False).astype(np.int64).tobytes())
        digest.update(_contents(column))
    return digest.hexdigest()[:16]


def _contents(column: pa.LargeStringArray) -> memoryview:
    """The bytes of all strings, one after the other, as they are in Arrow's memory."""
    _, offsets, characters = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    return memoryview(characters or b"")[ends[0] : ends[-1]]
