"""Lemmas of a corpus as an artefact: its key, finding it and reading it. A job of the long lane writes it.

The key contains the distinct texts that are lemmatised, the model, the library and the code, but no recipe: two seeds
with the same open articles share an artefact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bowcore.corpus.split import Split
from bowcore.errors import JobRequest, NotPreparedError
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.text.tagger import texts as tagger
from bowcore.text.units import read_fields


def kept_lemmas(fields: Sequence[pa.Array], recipe: Recipe) -> tuple[pa.Array, ...]:
    """Lemmas of every text of these fields, each joined by spaces, from the artefact.

    Raises:
        NotPreparedError: There is none; the error names the job that writes it.
    """
    texts = distinct_texts(fields)
    lemmas = artefacts.reading(lemmas_key(texts), lambda folder: _read(folder, len(texts)))
    if lemmas is None:
        raise _not_prepared(lemmas_key(texts), len(fields[0]), recipe)
    return look_up(fields, texts, lemmas)


def find_lemmas(split: Split, recipe: Recipe) -> Path:
    """The folder of the artefact with the lemmas of a split's open articles.

    Raises:
        NotPreparedError: There is none; the error names the job that writes it.
    """
    texts = open_texts(split, recipe)
    folder = whole_artefact(lemmas_key(texts), len(texts))
    if folder is None:
        raise _not_prepared(lemmas_key(texts), split.n_open, recipe)
    return folder


def distinct_texts(fields: Sequence[pa.Array]) -> pa.Array:
    """Every text once, shortest first, then by code point: the texts of a batch should have similar lengths."""
    unique = pc.unique(pa.chunked_array([field.cast(pa.large_string()) for field in fields])).sort()
    lengths = pc.utf8_length(unique).to_numpy()
    return unique.take(pa.array(np.argsort(lengths, kind="stable")))


def lemmas_key(texts: pa.Array) -> str:
    """Key of the artefact that holds the lemmas of `distinct_texts`."""
    digest = hashlib.sha256(tagger.model_identity().encode())
    digest.update(pc.binary_length(texts).to_numpy().astype(np.int64).tobytes())
    digest.update("".join(texts.to_pylist()).encode())
    return f"lemmas-{digest.hexdigest()[:16]}"


def open_texts(split: Split, recipe: Recipe) -> pa.Array:
    """The distinct texts of a split's open articles."""
    parts = [read_fields(part, recipe.text) for part in (split.train, split.validation)]
    return distinct_texts([field for part in parts for field in part])


def whole_artefact(key: str, n_texts: int) -> Path | None:
    """The artefact of this key, if there is one; it is deleted if it does not have lemmas for every text."""
    return artefacts.reading(key, lambda folder: _whole(folder, n_texts))


def _whole(folder: Path, n_texts: int) -> Path:
    n_found = pq.read_metadata(folder / "lemmas.parquet").num_rows
    if n_found != n_texts:
        raise ValueError(f"lemmas of {n_found:,} texts in place of {n_texts:,}")
    return folder


def _read(folder: Path, n_texts: int) -> pa.Array:
    return pq.read_table(_whole(folder, n_texts) / "lemmas.parquet")["lemmas"].combine_chunks()


def look_up(fields: Sequence[pa.Array], texts: pa.Array, lemmas: pa.Array) -> tuple[pa.Array, ...]:
    """The lemmas of every text of these fields; `lemmas` are those of the distinct `texts`."""
    return tuple(lemmas.take(pc.index_in(field.cast(pa.large_string()), texts)) for field in fields)


def _not_prepared(key: str, n_articles: int, recipe: Recipe) -> NotPreparedError:
    return NotPreparedError(
        f"The lemmas of these {n_articles:,} {TEXTS} are not computed yet. A job computes them once, at about 200 "
        "texts a second on each core. Or choose looked-up lemmas, which need no job.",
        JobRequest("lemmas", {"recipe": recipe.through("text").to_toml()}, "long", key, label="Make the lemmas"),
    )
