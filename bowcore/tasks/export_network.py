"""A trained network as files that can be used without this project."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from scipy import sparse

from bowcore.errors import OutputError, RunError
from bowcore.matrix.features import Features
from bowcore.store import artefacts
from bowcore.store.archive import zip_of

KEPT = ("weights.safetensors", "vocabulary.txt", "recipe.toml", "validation_probabilities.npy")
CODE = Path(__file__).parents[1] / "learn" / "network" / "stock_pytorch.py"


def export_network(artefact: str, features: Features, folder: Path) -> tuple[Path, ...]:
    """Write a network, its terms, its recipe, its validation articles' cells and code in stock PyTorch into a folder.

    Args:
        artefact: Name of the network's artefact.
        features: The features it was trained on; test articles are not among them.
        folder: Files of these names in it are replaced.

    Returns:
        Paths of the files.

    Raises:
        RunError: The network is no longer kept.
        OutputError: The folder cannot be written to.
    """
    cells, labels = folder / "validation_cells.npz", folder / "validation_labels.npy"
    try:
        copied = artefacts.reading(
            artefact, lambda kept: tuple(Path(shutil.copyfile(kept / name, folder / name)) for name in KEPT)
        )
        if copied is None:
            raise RunError("The trained network is no longer kept. Train it again.")
        code = Path(shutil.copyfile(CODE, folder / CODE.name))
        sparse.save_npz(cells, features.validation)
        np.save(labels, features.validation_labels, allow_pickle=False)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to ({error.strerror}); choose another folder.") from error
    return (*copied, cells, labels, code)


def export_zip(artefact: str, features: Features) -> bytes:
    """The same files in a ZIP archive.

    Raises:
        RunError: The network is no longer kept.
        OutputError: The temporary folder cannot be written to.
    """
    return zip_of(lambda folder: export_network(artefact, features, folder), "network")
