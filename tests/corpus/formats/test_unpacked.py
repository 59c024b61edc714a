"""Packed files that unpack to far more than they are, and files that end the process that reads them."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus.files import load_file
from bowcore.corpus.formats.recognise import read_file
from bowcore.corpus.formats.unpacked import ALWAYS, LARGEST, most_unpacked
from bowcore.corpus.options import Options
from bowcore.errors import CorpusError, TooLargeError
from tests.fuzz import samples

pytestmark = pytest.mark.fuzz

MB = 1_000_000


def parquet_bomb(n_rows: int, length: int) -> bytes:
    """One text, written once and named by every row."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), pa.array(["a" * length]))
    buffer = io.BytesIO()
    table = pa.table({"text": texts, "label": pa.array(["b"] * n_rows)})
    pq.write_table(table, buffer, compression="zstd", write_statistics=False, store_schema=False)
    return buffer.getvalue()


def arrow_bomb(n_bytes: int) -> bytes:
    return samples.arrow([{"text": "a" * n_bytes, "label": "b"}], compression="zstd")


def zip_bomb(n_bytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("warm/a.txt", b"a" * n_bytes)
    return buffer.getvalue()


def lying_zip(n_bytes: int) -> bytes:
    """The same, whose list of contents says that the file has ten bytes."""
    raw = bytearray(zip_bomb(n_bytes))
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(raw)


def workbook_bomb(n_bytes: int) -> bytes:
    return samples.workbook([{"text": "a" * n_bytes, "label": "b"}])


def far_cell() -> bytes:
    """A sheet of two cells, in the first and in the last place that a sheet has."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return samples.workbook_of(cells)


def repeated_cells() -> bytes:
    """A table of OpenDocument with one cell, which is repeated in 99 columns of every row."""
    cell = (
        '<table:table-cell office:value-type="string" table:number-columns-repeated="99"><text:p>tea</text:p>'
        "</table:table-cell>"
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name='a'>"
        f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest{spaces}><manifest:file-entry manifest:full-path="/"/></manifest:manifest>'
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    return samples.packed(
        {"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": manifest}, zipfile.ZIP_STORED
    )


BOMBS = {
    "a.parquet": lambda: parquet_bomb(2_000, 100_000),
    "b.parquet": lambda: parquet_bomb(5_000, 20 * MB),
    "a.arrow": lambda: arrow_bomb(200 * MB),
    "a.zip": lambda: zip_bomb(200 * MB),
    "a.xlsx": lambda: workbook_bomb(200 * MB),
    "b.xlsx": far_cell,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_packed_file_that_unpacks_to_too_much_is_refused_with_the_number(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Callable[[str], None]
) -> None:
    tried(f"{name.partition('.')[2]} bomb")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    raw = BOMBS[name]()
    assert len(raw) < MB
    before = psutil.Process(os.getpid()).memory_info().rss
    with pytest.raises(TooLargeError, match=rf"{name} has .* unpacks to more than 64(\.0)?.MB, the most that is read"):
        read_file(name, raw, Options())
    assert psutil.Process(os.getpid()).memory_info().rss < before + 3 * ALWAYS
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_of_cells_repeated_without_end_is_refused(tried: Callable[[str], None]) -> None:
    tried("ods bomb")
    with pytest.raises(CorpusError, match=r"a\.ods (cannot be read as a workbook|has)"):
        read_file("a.ods", repeated_cells(), Options())


def test_a_zip_that_understates_a_file_is_not_unpacked_beyond_what_it_says(tried: Callable[[str], None]) -> None:
    tried("zip that lies")
    before = psutil.Process(os.getpid()).memory_info().rss
    with pytest.raises(
        CorpusError, match=r"a\.zip holds no texts in folders \(1 packed in a way that cannot be read\)"
    ):
        read_file("a.zip", lying_zip(200 * MB), Options())
    assert psutil.Process(os.getpid()).memory_info().rss < before + ALWAYS


def test_a_zip_whose_list_is_damaged_is_refused(tried: Callable[[str], None]) -> None:
    whole = samples.packed({"warm/é.txt": "tea"})
    at = whole.rindex(b"PK\x01\x02")
    newer = whole[: at + 6] + bytes([237]) + whole[at + 7 :]  # says that version 23.7 is needed
    for raw in (whole.replace("é".encode(), b"\x9a\x9a"), zip_without_names(), newer):
        tried("damaged zip")
        with pytest.raises(CorpusError, match=r"a\.zip (is not a ZIP file|holds no texts)"):
            read_file("a.zip", raw, Options())


def zip_without_names() -> bytes:
    """A ZIP of a file whose name is empty."""
    raw = bytearray(samples.packed({"x": "tea"}))
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 28 : at + 30] = b"\x00\x00"
    raw[at + 30 : at + 32] = b"\x01\x00"
    return bytes(raw)


def test_gzip_and_zstandard_are_named_and_not_unpacked(tried: Callable[[str], None]) -> None:
    for mark in (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
        tried("packed CSV")
        with pytest.raises(CorpusError, match=r"a\.csv\.gz is packed with (gzip|Zstandard)"):
            read_file("a.csv.gz", mark + b"\x00" * 100, Options())


def test_a_file_may_unpack_to_a_hundred_times_its_size_and_to_64_mb_at_least() -> None:
    assert [most_unpacked(n) for n in (699, 2 * MB, 100 * MB)] == [ALWAYS, 200 * MB, LARGEST]
    texts = [{"text": "warm tea " * 2_000, "label": "ab"[i % 2]} for i in range(100)]  # 1.8 MB in a few kilobytes
    for name in ("a.parquet", "a.xlsx", "a.zip"):
        raw = samples.FORMATS[name](texts)
        assert len(raw) < MB / 10
        assert read_file(name, raw, Options()).table.num_rows == 100


def test_an_arrow_file_whose_offsets_point_outside_of_its_texts_is_refused(tried: Callable[[str], None]) -> None:
    tried("damaged Arrow file")
    raw = bytearray(samples.arrow(samples.ROWS))
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, 10, 20, 30))
    at = raw.index(offsets)
    raw[at + 8 : at + 12] = (1 << 30).to_bytes(4, "little")  # found by fuzzing, which ended the page's process
    with pytest.raises(CorpusError, match=r"a\.arrow is not an Arrow file, or it is incomplete"):
        read_file("a.arrow", bytes(raw), Options())


def test_a_reader_that_dies_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tried: Callable[[str], None]
) -> None:
    tried("reader killed by a signal")
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif 'apart' in str(sys.orig_argv): os.kill(os.getpid(), 11)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(CorpusError, match=r"a\.parquet is damaged: its reader cannot go on"):
        read_file("a.parquet", samples.parquet(samples.ROWS), Options())


def test_a_reader_that_is_ended_once_reads_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tried: Callable[[str], None]
) -> None:
    tried("reader ended once from outside")
    (tmp_path / "sitecustomize.py").write_text(
        "import os, pathlib, sys\n"
        f"ended = pathlib.Path({str(tmp_path / 'ended')!r})\n"
        "if 'apart' in str(sys.orig_argv) and not ended.exists():\n"
        "    ended.touch()\n    os.kill(os.getpid(), 9)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = read_file("a.parquet", samples.parquet(samples.ROWS), Options())
    assert (tmp_path / "ended").exists()
    assert found.table.num_rows == len(samples.ROWS)


def test_a_file_on_disk_is_looked_at_before_it_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(parquet_bomb(2_000, 100_000))
    with pytest.raises(TooLargeError, match=r"a\.dat has"):
        load_file(str(path), path, Options())
