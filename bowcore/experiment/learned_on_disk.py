"""What was learned for an answer, stored on disk: a recipe that somebody looked at is not learned again.

Thirty readers reach more recipes than a process can cache, and two processes that draw pages would each learn them.
Reading one back takes a fifteenth of the time. Unlike a reading, it is copied into memory, which the memo bounds, and
not mapped: a mapped page stays in the memory of the process until the system needs it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Learned
from bowcore.experiment.stages import Cells, Matrix
from bowcore.experiment.stored_arrays import CSR_ARRAYS, checked_matrix, only_column
from bowcore.learn.linear.naive_bayes import NaiveBayes
from bowcore.matrix.groups import MatrixSize
from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.store.own_files import is_forgotten
from bowcore.text.step_cache import Lexicon, StepCost
from bowcore.text.terms import Chain, TermMap

WORTH_STORING = 20_000
"""Articles; a recipe of fewer is learned in the time that a page takes anyway."""
MOST_BYTES = 30_000_000
"""Of one that is stored; that of a plain recipe of AG News has 10 MB, one with word groups of two more than these."""
MOST_WAITING = 4
"""That wait to be written; more are not stored."""
_CODE = (
    "experiment/learned_on_disk.py",
    "experiment/stored_arrays.py",
    "experiment/answer.py",
    "experiment/stages.py",
    "learn/linear/naive_bayes.py",
)
_ARRAYS, _FACTS = "learned.safetensors", "learned.json"

_STARTING = threading.Lock()
_log = logging.getLogger(__name__)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is to be stored under this key, and the name of the corpus that it is of."""

    key: str
    learned: Learned
    of: str


def learned_key(recipe: Recipe, corpus_digest: str, n_documents: int) -> str:
    """Name of the artefact that holds what a recipe learns; '' where there are too few articles for one."""
    if n_documents < WORTH_STORING:
        return ""
    return f"learned-{result_key(recipe, 'weighting', corpus_digest, _CODE)}"


def read_learned(key: str, lexicon: Lexicon, recipe: Recipe, load: Callable[[], Cells]) -> Learned | None:
    """What is stored under a `learned_key`, or None.

    Args:
        key: The artefact.
        lexicon: Of the types that the recipe reads.
        recipe: The recipe of the key.
        load: Returns the matrix's cells, which are not stored.

    Raises:
        OutputError: The database cannot be read.
    """
    from bowcore.store import artefacts  # here, as it imports the database

    return artefacts.reading(key, lambda folder: _read(folder, lexicon, recipe, load))


def store_later(key: str, learned: Learned, of: str) -> None:
    """Store it while nobody waits. Where others wait to be written already, it is left out and learned again."""
    with contextlib.suppress(queue.Full):
        _queue().put_nowait(_Waiting(key, learned, of))


def wait_until_stored() -> None:
    """Wait until everything is written that was to be stored later."""
    _queue().join()


def _queue() -> queue.Queue[_Waiting]:
    with _STARTING:
        return _started()


@cache
def _started() -> queue.Queue[_Waiting]:
    waiting: queue.Queue[_Waiting] = queue.Queue(MOST_WAITING)
    threading.Thread(target=_store_all, args=(waiting,), name="learned", daemon=True).start()
    return waiting


def _store_all(waiting: queue.Queue[_Waiting]) -> None:
    while True:
        item = waiting.get()
        try:
            _store(item)
        except Exception as error:  # noqa: BLE001 - whatever happens to one, the next one is stored; it is logged
            _log.warning("What a recipe learned is not stored, and will be learned again: %s", error)
        finally:
            del item  # not kept in memory while the thread waits
            waiting.task_done()


def _store(item: _Waiting) -> None:
    from bowcore.store import artefacts

    arrays = _arrays(item.learned)
    if sum(array.nbytes for array in arrays.values()) > MOST_BYTES:
        return
    artefacts.store(item.key, partial(_write, arrays, _facts(item.learned)), item.of)
    if is_forgotten(item.of):  # while it was written
        artefacts.remove(item.key)


def _arrays(learned: Learned) -> Arrays:
    matrix, vocabulary, terms = learned.matrix, learned.matrix.vocabulary, learned.chain.result
    arrays: Arrays = {
        "strings": _packed(terms.strings),
        "offsets": terms.offsets,
        "codes": terms.codes,
        "terms": _packed(vocabulary.terms),
        "columns": vocabulary.columns,
        "term_frequency": vocabulary.term_frequency,
        "document_frequency": vocabulary.document_frequency,
        "rows": matrix.rows,
        "filled": matrix.filled[0],
        "filled_validation": matrix.filled[1],
        "class_log_prior": learned.bayes.class_log_prior,
        "term_log_probability": learned.bayes.term_log_probability,
        "log_likelihood": learned.log_likelihood,
    }
    for name in ("first", "validation"):
        arrays |= {f"{name}-{part}": getattr(getattr(matrix, name), part) for part in CSR_ARRAYS}
    return arrays


def _facts(learned: Learned) -> str:
    vocabulary = learned.matrix.vocabulary
    facts = {
        "costs": [asdict(cost) for cost in learned.chain.costs],
        "n_documents": vocabulary.n_documents,
        "unknown": vocabulary.unknown,
        "size": asdict(learned.matrix.size),
    }
    return json.dumps(facts)


def _write(arrays: Arrays, facts: str, folder: Path) -> None:
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    (folder / _ARRAYS).write_bytes(safetensors.numpy.save(contiguous))
    (folder / _FACTS).write_text(facts, encoding="utf-8")


def _read(folder: Path, lexicon: Lexicon, recipe: Recipe, load: Callable[[], Cells]) -> Learned:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    try:
        found = safetensors.numpy.load((folder / _ARRAYS).read_bytes())
    except safetensors.SafetensorError as error:
        raise ValueError(f"{folder / _ARRAYS} is damaged.") from error
    for array in found.values():
        array.flags.writeable = False
    costs = tuple(replace(StepCost(**cost), from_cache=True) for cost in facts["costs"])
    result = TermMap(_unpacked(found["strings"]), found["offsets"], found["codes"])
    if result.n_types != len(lexicon.types):
        raise ValueError(f"{folder} has the terms of {result.n_types:,} types, and {len(lexicon.types):,} are read.")
    frequencies = found["term_frequency"], found["document_frequency"]
    terms, columns = _unpacked(found["terms"]), found["columns"]
    vocabulary = Vocabulary(terms, columns, *frequencies, facts["n_documents"], facts["unknown"])
    filled = found["filled"], found["filled_validation"]
    first, validation = (_sparse(found, name, len(terms)) for name in ("first", "validation"))
    return Learned(
        Chain(result, costs, recipe.terms, lexicon),
        Matrix(vocabulary, found["rows"], MatrixSize(**facts["size"]), filled, first, validation, load),
        NaiveBayes(found["class_log_prior"], found["term_log_probability"]),
        found["log_likelihood"],
    )


def _packed(strings: pa.Array) -> NDArray[np.uint8]:
    """Strings as the bytes of Arrow's stream format."""
    table, sink = pa.table({"string": strings}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return np.frombuffer(sink.getvalue(), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> pa.Array:
    return only_column(pa.ipc.open_stream(pa.py_buffer(packed)).read_all())


def _sparse(found: Arrays, name: str, n_terms: int) -> sparse.csr_matrix:
    parts = [found[f"{name}-{part}"] for part in CSR_ARRAYS]
    matrix = checked_matrix(parts, (len(parts[-1]) - 1, n_terms))
    matrix.has_canonical_format = True  # nothing else is written
    return matrix
