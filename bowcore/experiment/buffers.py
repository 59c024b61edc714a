"""Memory of a value, buffer by buffer, so that buffers shared by two values are counted once.

Files mapped into memory are not counted: the system reclaims their pages whenever it needs them.
"""

from __future__ import annotations

import math
import mmap
import shutil
import sys
import tempfile
import weakref
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.text.step_cache import Lexicon

Buffers = dict[object, int]
"""Bytes by identity: the address of an array's buffer, or the `id` of another object with its strings and numbers."""

_NOT_COUNTED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, Lexicon)  # a lexicon has its own bound
_SCALARS = (str, bytes, int, float)
COUNTED_APART = 1_000
"""Smallest size in bytes of a buffer with an entry of its own; smaller objects of a value are summed into one entry."""
COPIED_AT_ONCE = 1_000_000  # bytes
_FILES: dict[Path, tuple[int, int, int]] = {}
"""Inode, size and modification time of each mapped file when it was mapped."""
_MAPPED: weakref.WeakValueDictionary[int, np.memmap[Any, Any]] = weakref.WeakValueDictionary()


def buffers_of(value: object) -> Buffers:
    """Every buffer that the value keeps in memory; small ones are counted together, under the value's own identity."""
    found: Buffers = {}
    seen: set[int] = set()
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or item is None or isinstance(item, _NOT_COUNTED):
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            waiting += _add_array(found, item)
        elif isinstance(item, pa.ChunkedArray):
            waiting += item.chunks
        elif isinstance(item, pa.Table | pa.RecordBatch):
            waiting += item.columns
        elif isinstance(item, pa.Array):
            _add_arrow(found, item)
            waiting += [item.dictionary] if isinstance(item, pa.DictionaryArray) else []
        elif isinstance(item, pd.DataFrame | pd.Series | pd.Index):
            found[id(item)] = int(np.sum(item.memory_usage(deep=True)))
        elif isinstance(item, _SCALARS):
            found[id(item)] = sys.getsizeof(item)
        else:
            parts = _parts(item)
            scalars = sum(sys.getsizeof(part) for part in parts if isinstance(part, _SCALARS))
            found[id(item)] = sys.getsizeof(item) + scalars
            waiting += [part for part in parts if not isinstance(part, _SCALARS)]
    large = {identity: n_bytes for identity, n_bytes in found.items() if n_bytes >= COUNTED_APART}
    large[id(value)] = large.get(id(value), 0) + sum(found.values()) - sum(large.values())
    return large


def map_file(path: Path) -> pa.Buffer:
    """A file's contents mapped into memory; `buffers_of` does not count its slices.

    What is mapped is a copy without a name: whoever cuts the file later cuts no memory of this process, and the system
    can still reclaim the pages. On a full disk it is the file itself, at which `changed_in_place` looks.
    """
    try:
        with path.open("rb") as source, tempfile.TemporaryFile(dir=path.parent.parent) as copy:
            shutil.copyfileobj(source, copy, COPIED_AT_ONCE)
            copy.flush()
            mapped = np.memmap(copy, mode="r")
    except OSError:
        note_mapped(path)
        mapped = np.memmap(path, mode="r")
    _MAPPED[mapped.ctypes.data] = mapped  # Arrow keeps the mapping alive as long as an array needs it
    return pa.py_buffer(mapped)


def map_array(path: Path) -> NDArray[Any]:
    """The array of a NumPy file, read-only, mapped into memory as `map_file` does."""
    contents = map_file(path)
    with pa.BufferReader(contents) as header:
        np.lib.format.read_magic(header)  # only 1.0 is written for arrays of numbers
        shape, in_columns, dtype = np.lib.format.read_array_header_1_0(header)
        begin = header.tell()
    n_bytes = dtype.itemsize * math.prod(shape)
    if begin + n_bytes != contents.size or in_columns or dtype.hasobject:
        raise ValueError(f"{path} is not the array that its header describes.")
    return np.frombuffer(contents, dtype, math.prod(shape), begin).reshape(shape)


def note_mapped(path: Path) -> None:
    """Remember the file's state, which `changed_in_place` compares; called before it is mapped."""
    _FILES[path] = _state(path)


def changed_in_place() -> bool:
    """Whether a file was cut or written since it was mapped: to read beyond its new end would end this process.

    A file that was deleted or replaced keeps its contents for those who have it mapped.
    """
    changed = False
    for path, before in list(_FILES.items()):
        try:
            now = _state(path)
        except OSError:
            now = (0, 0, 0)
        if now != before:
            _FILES.pop(path, None)
            changed |= now[0] == before[0]
    return changed


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _add_array(found: Buffers, array: NDArray[Any]) -> Iterable[object]:
    owner: Any = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not isinstance(owner.base, mmap.mmap):
        _add(found, owner.ctypes.data, owner.nbytes)
    return owner.ravel().tolist() if owner.dtype.hasobject else ()


def _add_arrow(found: Buffers, array: pa.Array) -> None:
    for buffer in array.buffers():
        if buffer is not None:
            _add(found, buffer.address, buffer.size)


def _add(found: Buffers, address: int, n_bytes: int) -> None:
    for start, mapped in list(_MAPPED.items()):
        if start <= address < start + mapped.nbytes:
            return
    found["buffer", address] = max(n_bytes, found.get(("buffer", address), 0))


def _parts(item: object) -> Collection[object]:
    if isinstance(item, Mapping):
        return [*item.keys(), *item.values()]
    if isinstance(item, list | tuple | set | frozenset):
        return item
    slots = [
        slot for kind in type(item).__mro__ for slot in vars(kind).values() if isinstance(slot, MemberDescriptorType)
    ]
    filled = [slot.__get__(item) for slot in slots if hasattr(item, slot.__name__)]
    return [*getattr(item, "__dict__", {}).values(), *filled]
