"""Running the code that is taken home: a notebook in a kernel of its own, a script in a namespace of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell
from scipy import sparse

SECONDS = 200
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Small matrices gain nothing by more, and threads of several test workers wait for each other."""
SAVE = """
import numpy, scipy.sparse
scipy.sparse.save_npz("train.npz", scipy.sparse.csr_matrix(train_cells))
scipy.sparse.save_npz("validation.npz", scipy.sparse.csr_matrix(validation_cells))
scipy.sparse.save_npz("counts.npz", scipy.sparse.csr_matrix(train_counts))
numpy.savez(
    "found.npz", train=train, validation=validation, terms=numpy.asarray(terms, dtype=str), epochs=epochs.to_numpy(),
    confusion=confusion.to_numpy(), bayes=bayes_predictions, guess=guess_accuracy,
    logistic=logistic_predictions,
)
"""


class NotebookError(AssertionError):
    """A notebook that did not run to its end."""


def run_notebooks(texts: Mapping[Path, str], seconds: int = SECONDS) -> dict[Path, dict[str, Any]]:
    """What notebooks have computed after all of their cells have run, by folder; one kernel runs them in turn.

    Nothing but the imported libraries stays from one to the next.
    """
    whole = nbformat.v4.new_notebook()
    for folder, text in texts.items():
        cells = nbformat.reads(text, as_version=4).cells
        leave = new_code_cell("%reset -f")
        whole.cells += [new_code_cell(f"import os\nos.chdir({str(folder)!r})"), *cells, new_code_cell(SAVE), leave]
    for number, cell in enumerate(whole.cells):
        cell["id"] = f"cell-{number}"
    execute(whole, next(iter(texts)), seconds)
    return {folder: _saved(folder) for folder in texts}


def run_here(text: str, folder: Path) -> dict[str, Any]:
    """What the code cells of a notebook compute in this process, where no library is imported a second time."""
    names: dict[str, Any] = {}
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(None):
            for cell in nbformat.reads(text, as_version=4).cells:
                if cell.cell_type == "code":
                    exec(cell.source, names)
            exec(SAVE, names)
    finally:
        os.chdir(before)
    return _saved(folder)


def _saved(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = dict(np.load(folder / "found.npz"))
    return found | {name: sparse.load_npz(folder / f"{name}.npz") for name in ("train", "validation", "counts")} | {
        "train_rows": found["train"], "validation_rows": found["validation"]
    }  # fmt: skip


def execute(notebook: Any, folder: Path, seconds: int = SECONDS) -> None:
    """Run every cell; whatever ends it early is one kind of error that says where."""
    client = NotebookClient(notebook, timeout=seconds, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute(env=os.environ | ONE_THREAD)
    except CellExecutionError as error:
        raise NotebookError(f"A cell failed: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise NotebookError(f"A cell took more than {seconds} s.") from error
    except DeadKernelError as error:
        raise NotebookError("The kernel died.") from error
