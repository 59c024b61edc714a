"""Checkpoints of a training: an uncompressed `.npz` of arrays and a JSON header, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import RunError
from bowcore.matrix.features import Features
from bowcore.store.home import replacing

CHECKPOINT_NAME = "checkpoint.npz"
CHECKPOINT_VERSION = 4


def write_checkpoint(path: Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Write header and arrays to a temporary file, then rename it: a crash leaves the earlier checkpoint.

    Raises:
        OutputError: The file cannot be written.
    """
    text = json.dumps({"version": CHECKPOINT_VERSION, **header}, allow_nan=False)
    with replacing(path, "Free disk space, then pause again.") as file:
        np.savez(file, allow_pickle=False, header=np.array(text), **arrays)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what `write_checkpoint` wrote.

    Raises:
        RunError: The file is missing, damaged, or of another version.
    """
    try:
        # np.load would leave a file open that it cannot read.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        version = header.pop("version")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"The checkpoint {path} cannot be read: {error}. Train again from the start.") from error
    if version != CHECKPOINT_VERSION:
        raise RunError(
            f"The checkpoint {path} has version {version}, this program reads version {CHECKPOINT_VERSION}. "
            "Train again from the start."
        )
    return header, arrays


def digest_features(features: Features) -> str:
    """Digest of matrices and labels, which ties a checkpoint to its features: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    parts = (features.train, features.train_labels), (features.validation, features.validation_labels)
    for matrix, labels in parts:
        for values in (np.array(matrix.shape), matrix.indptr, matrix.indices, matrix.data, labels):
            digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def digest_file(path: Path) -> str:
    """Digest of a file of weights, which ties an opening of the test set to its network: 16 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
