"""A trained network as files that can be used without this project: in a folder, or as an archive that a job makes."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
from scipy import sparse

from bowcore.errors import OutputError, RunError
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import KEY_DIGITS, Recipe
from bowcore.store import artefacts
from bowcore.store.archive import pack
from bowcore.store.home import artefacts_folder
from bowcore.store.keys import result_key
from bowcore.store.make_room import check_reserve
from bowcore.tasks import lemmatise
from bowcore.tasks.find_duplicates import lane_of

KIND = "network-zip"
FILE = "network.zip"
KEPT = ("weights.safetensors", "vocabulary.txt", "recipe.toml", "validation_probabilities.npy")
CODE = Path(__file__).parents[1] / "learn" / "network" / "stock_pytorch.py"
MOST_QUICK_BYTES = 100_000_000
"""Weights up to which an archive is made in the quick lane: half a second."""
_ARCHIVE_CODE = ("tasks/export_network.py", "store/archive.py")
_KEY = re.compile(rf"[0-9a-f]{{{KEY_DIGITS}}}")


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
    try:
        return _write(artefact, features, folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to ({error.strerror}); choose another folder.") from error


def archive_key(recipe: Recipe, corpus_digest: str, artefact: str) -> str:
    """Key of the archive of a network, `KEY_DIGITS` hexadecimal digits, which its address names.

    Nobody can guess it for a network of texts that somebody brought, whose name, a random one, is part of the recipe.
    """
    parts = artefact, result_key(recipe, "network", corpus_digest, _ARCHIVE_CODE)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:KEY_DIGITS]


def request_archive(recipe: Recipe, corpus_digest: str, artefact: str, n_articles: int, n_bytes: int) -> Job:
    """Submit the archive of a network with this artefact and bytes of weights, or return the job submitted already."""
    payload = {"recipe": recipe.to_toml(), "artefact": artefact}
    lane = lane_of(n_articles) if n_bytes <= MOST_QUICK_BYTES else "download"
    return jobs.submit(KIND, payload, lane, archive_key(recipe, corpus_digest, artefact))


def find_archive(key: str) -> Path | None:
    """The file of the archive with this key; None if there is none."""
    if not _KEY.fullmatch(key):
        return None
    folder = artefacts.find(f"{KIND}-{key}")
    return None if folder is None else folder / FILE


def archive_bytes(key: str) -> int | None:
    """Size of the archive with this key; None if there is none."""
    return artefacts.reading(f"{KIND}-{key}", lambda folder: (folder / FILE).stat().st_size)


def archive_job(payload: dict[str, str], context: JobContext) -> KeptResult | None:
    """Make the archive of a network. Payload: `recipe` (TOML) and `artefact`, the name of the network's.

    Raises:
        RunError: The network is no longer kept, or of another recipe.
        OutputError: The disk or the quota is full.
    """
    recipe, artefact = Recipe.from_toml(payload["recipe"]), payload["artefact"]
    context.emit(progress=0.0, message="Counting words")
    if not lemmatise.prepare(recipe, context):
        return None
    answer = process_experiments().answer(recipe)
    digest = answer.corpus.digest
    name = f"{KIND}-{archive_key(recipe, digest, artefact)}"
    if artefacts.find(name) is not None:
        return KeptResult(name)
    if artefact.rpartition("-")[0] != f"network-{result_key(recipe, 'network', digest)}":
        raise RunError("This network was trained with another recipe, or by another version of this program.")
    kept = artefacts.reading(artefact, lambda folder: (folder / KEPT[0]).stat().st_size)
    context.emit(progress=0.5, message="Writing the archive")
    check_reserve(artefacts_folder(), 2 * (kept or 0))  # the files, and the archive that takes them one by one
    if context.should_stop():
        return None
    artefacts.store(name, lambda folder: _archive(artefact, answer.matrix.features, folder), recipe.corpus.corpus)
    return KeptResult(name)


def _archive(artefact: str, features: Features, folder: Path) -> None:
    files = folder / "network"
    files.mkdir()
    _write(artefact, features, files)
    pack(files, folder / FILE)


def _write(artefact: str, features: Features, folder: Path) -> tuple[Path, ...]:
    cells, labels = folder / "validation_cells.npz", folder / "validation_labels.npy"
    copied = artefacts.reading(
        artefact, lambda kept: tuple(Path(shutil.copyfile(kept / name, folder / name)) for name in KEPT)
    )
    if copied is None:
        raise RunError("The trained network is no longer kept. Train it again.")
    code = Path(shutil.copyfile(CODE, folder / CODE.name))
    sparse.save_npz(cells, features.validation)
    np.save(labels, features.validation_labels, allow_pickle=False)
    return (*copied, cells, labels, code)
