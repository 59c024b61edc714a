"""A small file of every format that can be read, as something that writes it would write it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from csv import QUOTE_ALL, QUOTE_MINIMAL
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Rows = Sequence[dict[str, str]]
ROWS: Rows = [{"text": f"{word} tea {i}", "label": word} for i in range(12) for word in ("warm", "cold")]


def csv(rows: Rows, separator: str = ",") -> bytes:
    """A table; its cells are quoted if one has a carriage return, which Python 3.11 does not count as a line end."""
    has_return = any("\r" in cell for row in rows for cell in row.values())
    quoting = QUOTE_ALL if has_return else QUOTE_MINIMAL
    return pd.DataFrame(list(rows)).to_csv(index=False, sep=separator, quoting=quoting).encode()


def json_lines(rows: Rows) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def json_array(rows: Rows) -> bytes:
    return json.dumps(list(rows)).encode()


def json_object(rows: Rows) -> bytes:
    return json.dumps({"version": 1, "data": list(rows)}).encode()


def labelled_lines(rows: Rows) -> bytes:
    return "\n".join(f"__label__{row['label']} {row['text']}" for row in rows).encode()


def parquet(rows: Rows, compression: str = "snappy") -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer, compression=compression)
    return buffer.getvalue()


def arrow(rows: Rows, *, stream: bool = False, compression: str | None = None) -> bytes:
    sink, table = pa.BufferOutputStream(), pa.Table.from_pylist(list(rows))
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def folder(rows: Rows) -> bytes:
    return packed({f"{row['label']}/{place}.txt": row["text"] for place, row in enumerate(rows)})


def workbook(rows: Rows) -> bytes:
    table = [["text", "label"], *[[row["text"], row["label"]] for row in rows]]
    return workbook_of("".join("<row>" + "".join(map(_cell, row)) + "</row>" for row in table))


def workbook_of(cells: str) -> bytes:
    """A workbook of one sheet with these rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        }
    )


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def packed(files: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FORMATS = {
    "a.csv": csv,
    "a.tsv": lambda rows: csv(rows, "\t"),
    "a.txt": labelled_lines,
    "a.jsonl": json_lines,
    "a.json": json_array,
    "b.json": json_object,
    "a.zip": folder,
    "a.parquet": parquet,
    "a.arrow": arrow,
    "b.arrow": lambda rows: arrow(rows, stream=True),
    "a.xlsx": workbook,
}
"""What writes a file, by a name of its format."""
APART = ("a.parquet", "a.arrow", "b.arrow", "a.xlsx")
"""Those that are read in a process of their own, a quarter of a second each."""
