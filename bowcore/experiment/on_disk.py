"""Corpora, readings and near duplicates stored on disk, so that a restarted process need not compute them again.

Files are in Arrow's and NumPy's formats and mapped into memory: a page is read when it is accessed. What is mapped is a
copy without a name, so that nobody can cut it while it is read. The key of a corpus contains the sizes and modification
times of its files, since a digest of all texts would take too long at every start; the key of a reading contains the
corpus's digest, the recipe, the code and the versions of the libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from scipy import sparse

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule
from bowcore.corpus.sources import FoundSource
from bowcore.corpus.split import Split
from bowcore.errors import OutputError
from bowcore.experiment.buffers import changed_in_place, map_array
from bowcore.experiment.memo import process_memo
from bowcore.experiment.stages import Reading, read_split
from bowcore.experiment.stored_arrays import CSR_ARRAYS, checked_matrix, read_column, read_table, write_table
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
from bowcore.matrix.counts import Postings
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.text.units import Units

WORTH_KEEPING = 20_000  # articles; fewer are numbered in the time it takes to look for a file
SETTLED_AFTER = 2.0  # seconds; a file may change again within the resolution of its modification time
_UNSETTLED = "-unsettled"
_CORPUS_CODE = ("experiment/on_disk.py", "experiment/stored_arrays.py")  # what reads a file is what wrote it
_READING_CODE = (*_CORPUS_CODE, "matrix/counts.py")  # postings are stored with the text
_NEAR_CODE = (*_CORPUS_CODE, "findings/near_duplicates.py", "findings/overview.py", "tasks/find_duplicates.py")
_NEAR_ARRAYS = ("text_of", "first", "second", "similarity")

Kept = TypeVar("Kept")


def corpus_stamp(source: FoundSource) -> str:
    """A digest of the sizes, modification times and inodes of a corpus's files: it changes when they do.

    Fast enough for every rerun, since no file is read. Empty for a corpus without files, or with missing ones. For
    `SETTLED_AFTER` seconds after a change the stamp has a suffix: the file may change again and keep its time.
    """
    stats = []
    for path in source.files:
        try:
            stat = path.stat()
        except (OSError, ValueError):  # no such file, or no name that one could have; loading says which
            return ""
        stats.append((stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    if not stats:
        return ""
    newest = max(changed for *_, changed, _ in stats)
    digest = hashlib.sha256(repr(stats).encode()).hexdigest()[:16]
    return digest if time.time() - newest / 1e9 >= SETTLED_AFTER else f"{digest}{_UNSETTLED}"


def open_corpus(source: FoundSource, spec: Recipe) -> Corpus:
    """The source's corpus, from disk if it is stored there; `spec` is the recipe that names it.

    Raises:
        CorpusError: As `load_corpus` does.
    """
    stamp = corpus_stamp(source)
    if not stamp or stamp.endswith(_UNSETTLED):
        return source.load()

    def has_settled(corpus: Corpus) -> bool:
        return corpus.n_documents >= WORTH_KEEPING and corpus_stamp(source) == stamp

    key = f"articles-{result_key(spec, 'corpus', stamp, _CORPUS_CODE)}"
    return open_stored(key, spec, _read_corpus, source.load, _write_corpus, has_settled)


def open_reading(
    corpus_digest: str, split: Split, recipe: Recipe, report: Callable[[float], None] = lambda share: None
) -> Reading:
    """`read_split`, from disk if it is stored there; `split` is the recipe's split of that corpus.

    Raises:
        NotPreparedError: As `read_split` does.
    """
    key = reading_key(recipe, corpus_digest) if worth_keeping(recipe, split.n_open) else ""
    read = partial(_read_reading, n_train=split.train.n_documents)
    return open_stored(key, recipe, read, partial(read_split, split, recipe, report), _write_reading)


def open_near(corpus_digest: str, split: Split, recipe: Recipe) -> NearDuplicates:
    """`find_near_duplicates`, from disk if they are stored there.

    Raises:
        MemoryBudgetError: As `find_near_duplicates` does.
    """
    return read_near(duplicates_key(recipe, corpus_digest)) or find_near_duplicates(split)


def let_go_of_changed_files() -> bool:
    """Drop everything that this process has computed if a mapped file was changed in place, and return whether one was.

    Only a faulty disk or somebody's hand does that: artefacts are replaced as a whole. What is used next is opened and
    checked again, and made again where the check fails.
    """
    if not changed_in_place():
        return False
    from bowcore.store import artefacts

    artefacts.compare_again()
    process_memo().clear()
    return True


def duplicates_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the duplicates in a recipe's split; near duplicates are stored under `near-` and this key."""
    return result_key(recipe, "split", corpus_digest, _NEAR_CODE)


def read_near(key: str) -> NearDuplicates | None:
    """The stored near duplicates, read-only, or None."""
    return _kept(f"near-{key}", _read_near)


def keep_near(key: str, near: NearDuplicates, of: str) -> None:
    """Store near duplicates in the articles of the corpus `of` under a `duplicates_key`.

    Raises:
        OutputError: They cannot be written.
    """
    from bowcore.store import artefacts

    artefacts.store(f"near-{key}", lambda folder: _write_near(near, folder), of)


def worth_keeping(recipe: Recipe, n_documents: int) -> bool:
    """Whether a reading of that size is stored: lemmas are stored elsewhere, and few articles are read fast."""
    return n_documents >= WORTH_KEEPING and recipe.text.units == "white-space"


def reading_key(recipe: Recipe, corpus_digest: str) -> str:
    """Name of the artefact that holds a recipe's reading."""
    return f"reading-{result_key(recipe, 'text', corpus_digest, _READING_CODE)}"


def open_stored(
    key: str,
    recipe: Recipe,
    read: Callable[[Path], Kept],
    make: Callable[[], Kept],
    write: Callable[[Kept, Path], None],
    keeps: Callable[[Kept], bool] = lambda value: True,
) -> Kept:
    """The value of this artefact; if there is none, a new one, which is stored if `keeps` says so. No key: a new value.

    A stored value is read back: mapped files take no memory that the system could not reclaim.
    """
    if not key:
        return make()
    from bowcore.store import artefacts

    kept = _kept(key, read)
    if kept is not None:
        return kept
    value = make()
    if not keeps(value):
        return value
    with contextlib.suppress(OutputError):  # on a full disk the next start takes a second longer
        artefacts.store(key, lambda folder: write(value, folder), recipe.corpus.corpus)
    return _kept(key, read) or value


def _kept(key: str, read: Callable[[Path], Kept]) -> Kept | None:
    from bowcore.store import artefacts  # here, as it imports the database

    with contextlib.suppress(OutputError):  # without a database it is computed again
        return artefacts.reading(key, read)
    return None


def _write_corpus(corpus: Corpus, folder: Path) -> None:
    write_table(corpus.articles, folder / "articles.arrow")
    np.save(folder / "labels.npy", corpus.labels, allow_pickle=False)
    if corpus.groups is not None:
        np.save(folder / "groups.npy", corpus.groups, allow_pickle=False)
    metadata = {
        "name": corpus.name,
        "class_names": corpus.class_names,
        "n_own_test": corpus.n_own_test,
        "n_own_validation": corpus.n_own_validation,
        "has_groups": corpus.groups is not None,
        "rule": asdict(corpus.rule),
        "provenance": asdict(corpus.provenance),
        "digest": corpus.digest,
    }
    (folder / "corpus.json").write_text(json.dumps(metadata), encoding="utf-8")


def _read_corpus(folder: Path) -> Corpus:
    metadata = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    articles, labels = read_table(folder / "articles.arrow"), map_array(folder / "labels.npy")
    if articles.num_rows != len(labels):
        raise ValueError(f"{folder} holds {articles.num_rows:,} texts and {len(labels):,} labels.")
    return Corpus(
        name=metadata["name"],
        articles=articles,
        labels=labels,
        class_names=tuple(metadata["class_names"]),
        n_own_test=metadata["n_own_test"],
        n_own_validation=metadata["n_own_validation"],
        groups=map_array(folder / "groups.npy") if metadata["has_groups"] else None,
        rule=SplitRule(**metadata["rule"]),
        provenance=Provenance(**metadata["provenance"]),
        digest=metadata["digest"],
    )


def _write_reading(reading: Reading, folder: Path) -> None:
    write_table(pa.table({"text": reading.texts}), folder / "texts.arrow")
    write_table(pa.table({"type": reading.units.types}), folder / "types.arrow")
    np.save(folder / "ids.npy", reading.units.ids, allow_pickle=False)
    np.save(folder / "offsets.npy", reading.units.offsets, allow_pickle=False)
    np.save(folder / "repair_seconds.npy", np.float64(reading.repair_seconds), allow_pickle=False)
    for name, matrix in _matrices(reading).items():
        for part in CSR_ARRAYS:
            np.save(folder / f"{name}-{part}.npy", getattr(matrix, part), allow_pickle=False)


def _matrices(reading: Reading) -> dict[str, sparse.csr_matrix]:
    return {
        "counts": reading.type_counts,
        "train": reading.postings.train,
        "validation": reading.postings.validation,
    }


def _read_reading(folder: Path, n_train: int) -> Reading:
    texts, types = read_column(folder / "texts.arrow"), read_column(folder / "types.arrow")
    n_types, n_documents = len(types), len(texts)

    def matrix(name: str, shape: tuple[int, int]) -> sparse.csr_matrix:
        found = checked_matrix((map_array(folder / f"{name}-{part}.npy") for part in CSR_ARRAYS), shape)
        found.has_canonical_format = True  # nothing else is written
        return found

    ids, offsets = map_array(folder / "ids.npy"), map_array(folder / "offsets.npy")
    if len(offsets) != n_documents + 1 or offsets[0] != 0 or offsets[-1] != len(ids) or (np.diff(offsets) < 0).any():
        raise ValueError(f"The offsets in {folder} are not those of its texts.")
    if len(ids) and not 0 <= ids.min() <= ids.max() < n_types:
        raise ValueError(f"{folder} names types that it does not hold.")
    return Reading(
        articles=texts,  # white-space units are split from the articles' texts themselves
        texts=texts,
        units=Units(ids, offsets, types),
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
    arrays = {name: map_array(folder / f"{name}.npy") for name in _NEAR_ARRAYS}
    return NearDuplicates(**arrays, complete_from=float(np.load(folder / "complete_from.npy", allow_pickle=False)))
