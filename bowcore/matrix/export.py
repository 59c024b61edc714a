"""A matrix as files for other programs: SciPy's format, text and TOML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store.home import replacing

Rows = NDArray[np.int64]


def write_matrix(
    folder: Path, features: Features, rows: tuple[Rows, Rows], recipe: Recipe, summary: Mapping[str, Any]
) -> None:
    """Write the cell values of the open articles, what their rows and columns are, and the recipe into a folder.

    `matrix.npz` (training) and `validation.npz` are CSR for `scipy.sparse.load_npz`, rows in corpus order;
    `vocabulary.txt` names their columns. `rows.npz` has `train_rows`, `train_labels`, `validation_rows` and
    `validation_labels`: positions of the articles in the corpus, from 0, and of their classes in `classes.json`.
    `recipe.toml` reproduces them; `summary.json` holds `summary`, such as the weighting of the cells.

    Raises:
        OutputError: A file cannot be written.
    """
    named: dict[str, Any] = {
        "train_rows": rows[0],
        "train_labels": features.train_labels,
        "validation_rows": rows[1],
        "validation_labels": features.validation_labels,
    }
    _write(folder / "matrix.npz", lambda file: sparse.save_npz(file, features.train))
    _write(folder / "validation.npz", lambda file: sparse.save_npz(file, features.validation))
    _write(folder / "rows.npz", lambda file: np.savez_compressed(file, allow_pickle=False, **named))
    _write(folder / "classes.json", lambda file: file.write(_json(list(features.class_names))))
    _write(folder / "vocabulary.txt", lambda file: file.write(vocabulary_lines(features.terms)))
    _write(folder / "recipe.toml", lambda file: file.write(recipe.to_toml().encode()))
    _write(folder / "summary.json", lambda file: file.write(_json(dict(summary))))


def vocabulary_lines(terms: pa.StringArray) -> bytes:
    """The terms in column order: UTF-8, one per line. No term contains a line break."""
    return "".join(f"{term}\n" for term in terms.to_pylist()).encode()


def _write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    with replacing(path, "Choose another folder.") as file:
        fill(file)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
