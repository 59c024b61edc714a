"""A matrix as files for other programs: SciPy's format, text and TOML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from scipy import sparse

from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store.home import replacing


def write_matrix(folder: Path, features: Features, recipe: Recipe, summary: Mapping[str, Any]) -> None:
    """Write the training articles' cell values, their terms and the recipe into a folder.

    `matrix.npz` is CSR for `scipy.sparse.load_npz`, rows in corpus order; `vocabulary.txt` names its columns;
    `recipe.toml` reproduces it; `summary.json` holds `summary`, such as the weighting of the cells.

    Raises:
        OutputError: A file cannot be written.
    """
    _write(folder / "matrix.npz", lambda file: sparse.save_npz(file, features.train))
    _write(folder / "vocabulary.txt", lambda file: file.write(vocabulary_lines(features.terms)))
    _write(folder / "recipe.toml", lambda file: file.write(recipe.to_toml().encode()))
    _write(folder / "summary.json", lambda file: file.write(json.dumps(dict(summary), indent=2).encode() + b"\n"))


def vocabulary_lines(terms: pa.StringArray) -> bytes:
    """The terms in column order: UTF-8, one per line. No term contains a line break."""
    return "".join(f"{term}\n" for term in terms.to_pylist()).encode()


def _write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    with replacing(path, "Choose another folder.") as file:
        fill(file)
