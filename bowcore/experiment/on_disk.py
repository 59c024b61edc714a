"""Corpora and numbered readings kept on disk, so that what was read once is there at once after a restart.

Files are Arrow's and NumPy's own, mapped into memory and not read: pages of the file come when they are looked at.
A corpus is known by its files' paths, sizes and times of change, so that its digest is not computed over all texts at
every start; a reading is known by the corpus's digest, the recipe, the source code and the libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule
from bowcore.corpus.sources import FoundSource
from bowcore.corpus.split import Split
from bowcore.errors import OutputError
from bowcore.experiment.buffers import map_file
from bowcore.experiment.stages import Reading, read_split
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
from bowcore.matrix.counts import Postings
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.text.units import Units

WORTH_KEEPING = 20_000  # articles; fewer are numbered in the time that looking for a file takes
SETTLED_AFTER = 2.0  # seconds; a file that changed just now may change again and keep its time
_UNSETTLED = "-unsettled"
_CORPUS_CODE = ("experiment/on_disk.py",)  # what reads a file is what wrote it
_READING_CODE = (*_CORPUS_CODE, "matrix/counts.py")  # postings are stored with the text
_NEAR_CODE = (*_CORPUS_CODE, "findings/near_duplicates.py", "findings/overview.py", "tasks/find_duplicates.py")
_NEAR_ARRAYS = ("text_of", "first", "second", "similarity")

Kept = TypeVar("Kept")


def corpus_stamp(source: FoundSource) -> str:
    """What changes when a corpus's files do: a digest of their sizes, times of change and places on the disk.

    Nothing is read, so that it may be asked at every rerun. Empty for a corpus without files, or whose files are
    missing. A file that changed just now may change again and keep its time: its stamp is another until it settled.
    """
    told = []
    for path in source.files:
        try:
            stat = path.stat()
        except (OSError, ValueError):  # no such file, or no name that one could have; loading says which
            return ""
        told.append((stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    if not told:
        return ""
    newest = max(changed for *_, changed, _ in told)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    return digest if time.time() - newest / 1e9 >= SETTLED_AFTER else f"{digest}{_UNSETTLED}"


def open_corpus(source: FoundSource, spec: Recipe) -> Corpus:
    """The source's corpus, from what was kept of the same files if there is any; `spec` is the recipe that names it.

    Raises:
        CorpusError: As `load_corpus` does.
    """
    stamp = corpus_stamp(source)
    if not stamp or stamp.endswith(_UNSETTLED):
        return source.load()
    key = f"corpus-{result_key(spec, 'corpus', stamp, _CORPUS_CODE)}"
    kept = _find(key, _read_corpus)
    if kept is not None:
        return kept
    corpus = source.load()
    if corpus.n_documents >= WORTH_KEEPING and corpus_stamp(source) == stamp:
        _keep(key, lambda place: _write_corpus(corpus, place))
    return corpus


def open_reading(corpus_digest: str, split: Split, recipe: Recipe) -> Reading:
    """`read_split`, from what was kept of the same articles if there is any; `split` is the recipe's of that corpus.

    Raises:
        NotPreparedError: As `read_split` does.
    """
    if not worth_keeping(recipe, split.n_open):
        return read_split(split, recipe)
    key = reading_key(recipe, corpus_digest)
    kept = _find(key, lambda folder: _read_reading(folder, split.train.n_documents))
    if kept is not None:
        return kept
    reading = read_split(split, recipe)
    _keep(key, lambda place: _write_reading(reading, place))
    return reading


def open_near(corpus_digest: str, split: Split, recipe: Recipe) -> NearDuplicates:
    """`find_near_duplicates`, from what was kept of the same articles if there is any.

    Raises:
        MemoryBudgetError: As `find_near_duplicates` does.
    """
    return read_near(duplicates_key(recipe, corpus_digest)) or find_near_duplicates(split)


def duplicates_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of what repeats in a recipe's split; near duplicates are kept under `near-` and this key."""
    return result_key(recipe, "split", corpus_digest, _NEAR_CODE)


def read_near(key: str) -> NearDuplicates | None:
    """The kept near duplicates, read-only; None when there are none kept."""
    return _find(f"near-{key}", _read_near)


def keep_near(key: str, near: NearDuplicates) -> None:
    """Keep near duplicates under a `duplicates_key`.

    Raises:
        OutputError: They cannot be written.
    """
    from bowcore.store import artefacts

    artefacts.store(f"near-{key}", lambda folder: _write_near(near, folder))


def worth_keeping(recipe: Recipe, n_documents: int) -> bool:
    """Whether a reading of this many articles is stored: lemmas are stored elsewhere, and a few are read at once."""
    return n_documents >= WORTH_KEEPING and recipe.text.units == "white-space"


def reading_key(recipe: Recipe, corpus_digest: str) -> str:
    """Name of the artefact that holds a recipe's reading."""
    return f"reading-{result_key(recipe, 'text', corpus_digest, _READING_CODE)}"


def _find(key: str, read: Callable[[Path], Kept]) -> Kept | None:
    from bowcore.store import artefacts  # here, as it imports the database

    folder = artefacts.find(key)
    if folder is None:
        return None
    try:
        return read(folder)
    except (OSError, ValueError, EOFError):  # missing or truncated files, perhaps after a power cut: recompute
        with contextlib.suppress(OSError, OutputError):
            artefacts.remove(key)
        return None


def _keep(key: str, write: Any) -> None:
    from bowcore.store import artefacts

    try:
        artefacts.store(key, write)
    except OutputError:
        return  # a full disk costs the next start a second, and this page nothing


def _write_corpus(corpus: Corpus, folder: Path) -> None:
    _write_table(corpus.articles, folder / "articles.arrow")
    np.save(folder / "labels.npy", corpus.labels, allow_pickle=False)
    told = {
        "name": corpus.name,
        "class_names": corpus.class_names,
        "n_own_test": corpus.n_own_test,
        "rule": asdict(corpus.rule),
        "provenance": asdict(corpus.provenance),
        "digest": corpus.digest,
    }
    (folder / "corpus.json").write_text(json.dumps(told), encoding="utf-8")


def _read_corpus(folder: Path) -> Corpus:
    told = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    articles, labels = _read_table(folder / "articles.arrow"), _map(folder / "labels.npy")
    if articles.num_rows != len(labels):
        raise ValueError(f"{folder} holds {articles.num_rows:,} articles and {len(labels):,} labels.")
    return Corpus(
        name=told["name"],
        articles=articles,
        labels=labels,
        class_names=tuple(told["class_names"]),
        n_own_test=told["n_own_test"],
        rule=SplitRule(**told["rule"]),
        provenance=Provenance(**told["provenance"]),
        digest=told["digest"],
    )


def _write_reading(reading: Reading, folder: Path) -> None:
    _write_table(pa.table({"text": reading.texts}), folder / "texts.arrow")
    _write_table(pa.table({"type": reading.units.types}), folder / "types.arrow")
    np.save(folder / "ids.npy", reading.units.ids, allow_pickle=False)
    np.save(folder / "offsets.npy", reading.units.offsets, allow_pickle=False)
    np.save(folder / "repair_seconds.npy", np.float64(reading.repair_seconds), allow_pickle=False)
    for name, matrix in _matrices(reading).items():
        for part in ("data", "indices", "indptr"):
            np.save(folder / f"{name}-{part}.npy", getattr(matrix, part), allow_pickle=False)


def _matrices(reading: Reading) -> dict[str, sparse.csr_matrix]:
    return {
        "counts": reading.type_counts,
        "train": reading.postings.train,
        "validation": reading.postings.validation,
    }


def _read_reading(folder: Path, n_train: int) -> Reading:
    texts = _read_table(folder / "texts.arrow")["text"].combine_chunks()
    types = _read_table(folder / "types.arrow")["type"].combine_chunks()
    n_types, n_documents = len(types), len(texts)

    def matrix(name: str, shape: tuple[int, int]) -> sparse.csr_matrix:
        arrays = tuple(_map(folder / f"{name}-{part}.npy") for part in ("data", "indices", "indptr"))
        found = sparse.csr_matrix(arrays, shape=shape)
        found.has_canonical_format = True  # nothing else is written
        return found

    return Reading(
        articles=texts,  # white-space units are split from the articles' texts themselves
        texts=texts,
        units=Units(_map(folder / "ids.npy"), _map(folder / "offsets.npy"), types),
        type_counts=matrix("counts", (n_documents, n_types)),
        postings=Postings(
            matrix("train", (n_types, n_train)), matrix("validation", (n_types, n_documents - n_train))
        ),
        n_train=n_train,
        repair_seconds=float(np.load(folder / "repair_seconds.npy", allow_pickle=False)),
    )  # fmt: skip


def _write_near(near: NearDuplicates, folder: Path) -> None:
    for name in _NEAR_ARRAYS:
        np.save(folder / f"{name}.npy", getattr(near, name), allow_pickle=False)
    np.save(folder / "complete_from.npy", np.float64(near.complete_from), allow_pickle=False)


def _read_near(folder: Path) -> NearDuplicates:
    arrays = {name: _map(folder / f"{name}.npy") for name in _NEAR_ARRAYS}
    return NearDuplicates(**arrays, complete_from=float(np.load(folder / "complete_from.npy", allow_pickle=False)))


def _write_table(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def _read_table(path: Path) -> pa.Table:
    return pa.ipc.open_file(map_file(path)).read_all()


def _map(path: Path) -> NDArray[Any]:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
