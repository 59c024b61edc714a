from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.buffers import buffers_of, map_array, map_file


@dataclass(frozen=True, slots=True)
class Slotted:
    array: object


class Hidden:
    __slots__ = ("__array",)

    def __init__(self, array: object) -> None:
        self.__array = array


def total(*values: object) -> int:
    merged = {}
    for value in values:
        merged |= buffers_of(value)
    return sum(merged.values())


MEGABYTE = np.zeros(1_000_000, dtype=np.int8)
FRAME = pd.DataFrame({"number": np.arange(100_000), "word": [f"word {row}" for row in range(100_000)]})
TEXTS = pa.array([f"text {row}" for row in range(100_000)])
SQUARE = sparse.random(1_000, 1_000, 0.1, "csr", random_state=0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MEGABYTE, 1_000_000),
        (MEGABYTE[:10], 1_000_000),  # a view keeps all of what it looks at
        ([MEGABYTE, MEGABYTE[::2], {"a": MEGABYTE}], 1_000_000),
        (Slotted(MEGABYTE), 1_000_000),
        (Hidden(MEGABYTE), 1_000_000),
        (SQUARE, SQUARE.data.nbytes + SQUARE.indices.nbytes + SQUARE.indptr.nbytes),
        (TEXTS, TEXTS.get_total_buffer_size()),
        (pa.table({"t": TEXTS, "again": TEXTS}), TEXTS.get_total_buffer_size()),
        (TEXTS.dictionary_encode(), TEXTS.dictionary_encode().get_total_buffer_size()),
        (pa.array(np.zeros(100_000)).to_numpy(), 800_000),
        (FRAME, int(FRAME.memory_usage(deep=True).sum())),
        (tuple("x" * 1_000 + str(row) for row in range(1_000)), 1_060_000),
        (np.array(["y" * 1_000 + str(row) for row in range(1_000)], dtype=object), 1_060_000),
    ],
)
def test_a_value_is_as_large_as_the_buffers_that_it_keeps(value: object, expected: int) -> None:
    assert total(value) == pytest.approx(expected, rel=0.02)


def test_a_buffer_that_two_values_share_is_counted_once() -> None:
    assert total(Slotted(MEGABYTE), [MEGABYTE[5:]]) == pytest.approx(1_000_000, rel=0.01)
    numbers = np.arange(100_000)
    assert total(numbers, pa.array(numbers)) == pytest.approx(800_000, rel=0.01)


def test_a_mapped_file_counts_nothing_however_it_is_sliced(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(100_000))
    mapped = np.load(tmp_path / "array.npy", mmap_mode="r")
    table = pa.table({"text": TEXTS})
    with pa.OSFile(str(tmp_path / "table.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    read = pa.ipc.open_file(map_file(tmp_path / "table.arrow")).read_all()
    assert read.equals(table)
    assert total(np.asarray(mapped)[10:], sparse.csr_matrix((mapped, mapped, mapped[:1]), copy=False)) < 10_000
    assert total(read, read["text"].slice(5)) < 10_000
    assert total(read["text"].take(pa.array([0] * 1_000_000))) > 4_000_000


@pytest.mark.parametrize("array", [np.zeros(0, np.int32), np.arange(5), np.zeros((3, 2)), np.array(["ab", "c"])])
def test_a_mapped_array_is_the_one_that_was_saved_and_read_only(array: NDArray[Any], tmp_path: Path) -> None:
    folder = tmp_path / "artefact"
    folder.mkdir()
    np.save(folder / "array.npy", array)
    mapped = map_array(folder / "array.npy")
    assert (mapped.shape, mapped.dtype, mapped.flags.writeable) == (array.shape, array.dtype, False)
    assert (mapped == array).all()
    assert total(mapped) < 1_000, "it is not counted"
    assert [path.name for path in tmp_path.rglob("*")] == ["artefact", "array.npy"], "the copy has no name"
