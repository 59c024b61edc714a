"""Running the code that is taken home: a notebook in a kernel of its own, a script in a namespace of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell
from scipy import sparse

SECONDS = 200
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


def run_notebook(text: str, folder: Path, seconds: int = SECONDS) -> dict[str, Any]:
    """What a notebook has computed, after all of its cells have run."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells.append(new_code_cell(SAVE))
    execute(notebook, folder, seconds)
    found: dict[str, Any] = dict(np.load(folder / "found.npz"))
    return found | {name: sparse.load_npz(folder / f"{name}.npz") for name in ("train", "validation", "counts")} | {
        "train_rows": found["train"], "validation_rows": found["validation"]
    }  # fmt: skip


def execute(notebook: Any, folder: Path, seconds: int = SECONDS) -> None:
    """Run every cell; whatever ends it early is one kind of error that says where."""
    client = NotebookClient(notebook, timeout=seconds, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"A cell failed: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise NotebookError(f"A cell took more than {seconds} s.") from error
    except DeadKernelError as error:
        raise NotebookError("The kernel died.") from error
