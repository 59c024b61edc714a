import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from bowcore.corpus.formats.found import Found
from bowcore.corpus.formats.recognise import read_file
from bowcore.corpus.options import Options
from bowcore.errors import CorpusError

ROWS = [{"text": f"{word} tea {i}", "label": word} for i in range(15) for word in ("warm", "cold")]


def read(name: str, raw: bytes | str, **options: Any) -> Found:
    return read_file(name, raw.encode() if isinstance(raw, str) else raw, Options(**options))


def packed(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), buffer)
    return buffer.getvalue()


def arrow(*, stream: bool) -> bytes:
    sink, rows = pa.BufferOutputStream(), pa.Table.from_pylist(ROWS)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def lines() -> str:
    return "\n".join(json.dumps(row) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "raw", "known_as"),
    [
        ("a.csv", pd.DataFrame(ROWS).to_csv(index=False), "CSV"),
        ("a.txt", pd.DataFrame(ROWS).to_csv(index=False, sep="\t"), "TSV"),
        ("a.jsonl", lines(), "JSON Lines"),
        ("a.txt", lines(), "JSON Lines"),
        ("a.json", json.dumps(ROWS), "JSON"),
        ("a.json", json.dumps({"version": 1, "data": ROWS}, indent=1), "JSON"),
        ("a.json", lines(), "JSON Lines"),
        ("a.parquet", parquet(), "Parquet"),
        ("a.dat", parquet(), "Parquet"),
        ("a.arrow", arrow(stream=False), "Arrow"),
        ("a.arrow", arrow(stream=True), "Arrow"),
        ("a.txt", "\n".join(f"__label__{row['label']} {row['text']}" for row in ROWS), "fastText"),
    ],
)
def test_a_file_is_known_by_its_contents(name: str, raw: bytes | str, known_as: str) -> None:
    found = read(name, raw)
    assert found.format == known_as
    assert found.table.select(["text", "label"]).to_pylist() == ROWS
    assert found.n_rows == len(ROWS)


def workbook(rows: list[list[Any]], sheets: tuple[str, ...] = ("Sheet1",)) -> bytes:
    """A workbook as spreadsheets write it, by hand: one file of strings a sheet."""

    def cell(value: object) -> str:
        if isinstance(value, (int, float)):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    data = "".join(f"<row>{''.join(cell(value) for value in row)}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in enumerate(sheets, 1)
        )
        + "</Relationships>",
    }
    for n, _ in enumerate(sheets, 1):
        content = data if n == len(sheets) else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{content}</sheetData></worksheet>'
    return packed(parts)


def test_a_workbook_is_read_from_its_first_sheet_with_rows() -> None:
    rows = [["text", "stars"], *([f"film {i}", i % 2 + 1] for i in range(30))]
    found = read("a.xlsx", workbook(rows, ("Notes", "Data")))
    assert (found.format, found.header) == ("Excel", True)
    assert found.table.slice(0, 2).to_pylist() == [{"text": "film 0", "stars": "1"}, {"text": "film 1", "stars": "2"}]
    assert found.notes == ("From the sheet “Data”; other sheets: Notes.",)
    with pytest.raises(CorpusError, match=r"a\.xlsx has no sheet 'Tabelle'; its sheets are Notes, Data"):
        read("a.xlsx", workbook(rows, ("Notes", "Data")), sheet="Tabelle")


def test_a_workbook_of_blank_cells_has_no_rows() -> None:
    with pytest.raises(CorpusError, match=r"a\.xlsx has no rows\."):
        read("a.xlsx", workbook([[" ", ""], ["", " "]]))


def test_nested_fields_have_dotted_names_and_lists_of_one_are_their_item() -> None:
    rows = [{"text": f"tea {i}", "meta": {"lang": "en", "mood": ["ab"[i % 2]]}, "spans": [{"x": 1}]} for i in range(20)]
    found = read("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert found.table.slice(0, 1).to_pylist() == [{"text": "tea 0", "meta.lang": "en", "meta.mood": "a"}]
    struct = pa.table({"text": ["tea"], "meta": pa.array([{"mood": "glad"}])})
    buffer = io.BytesIO()
    pq.write_table(struct, buffer)
    assert read("a.parquet", buffer.getvalue()).table.to_pylist() == [{"text": "tea", "meta.mood": "glad"}]


@pytest.mark.parametrize(
    "row",
    [
        {"text": "tea", "cats": {"GLAD": 1.0, "SAD": 0.0}},
        {"text": "tea", "cats": {"GLAD": True, "SAD": False}},
        ["tea", {"cats": {"GLAD": 0.9, "SAD": 0.1}}],
    ],
)
def test_the_category_that_is_on_is_the_label(row: object) -> None:
    found = read("a.jsonl", "\n".join([json.dumps(row)] * 3))
    assert found.table.to_pylist() == [{"text": "tea", "cats": "GLAD"}] * 3


def test_lines_that_are_no_json_are_counted_and_the_first_is_named() -> None:
    found = read("a.jsonl", f'{lines()}\n{{"text": "torn\n7\n')
    assert (found.n_rows, dict(found.left_out)) == (32, {"not valid JSON": 1, "not an object with fields": 1})
    assert found.notes[0].startswith("Line 31 of a.jsonl is not valid JSON")


MOODS = [{"text": f"soup {i}", "mood": "calm" if i % 2 else "glad"} for i in range(5)]
FRAME = pd.DataFrame(MOODS)


@pytest.mark.parametrize(
    "value",
    [
        *(FRAME.to_json(orient=orient) for orient in ("columns", "index", "split", "records")),
        json.dumps(FRAME.to_dict(orient="list")),
        FRAME.to_json(orient="table"),
        json.dumps({"version": 3, "data": {"examples": MOODS, "skipped": []}}),
    ],
    ids=["columns", "index", "split", "records", "lists", "table", "nested"],
)
def test_every_form_in_which_json_holds_a_table_gives_its_rows(value: str) -> None:
    found = read("a.json", value)
    assert found.table.select(["text", "mood"]).to_pylist() == MOODS


def test_of_an_array_for_each_split_the_rows_say_which() -> None:
    found = read("a.json", json.dumps({"train": MOODS[:3], "test": MOODS[3:]}))
    assert found.table["split"].to_pylist() == ["train"] * 3 + ["test"] * 2
    assert found.table.select(["text", "mood"]).to_pylist() == MOODS


def test_rows_of_an_array_of_arrays_have_numbered_columns() -> None:
    found = read("a.json", FRAME.to_json(orient="values"))
    assert found.table.column_names == ["column 1", "column 2"]
    assert found.table["column 2"].to_pylist() == [row["mood"] for row in MOODS]


def test_a_web_page_that_is_called_a_workbook_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"a\.xls is a web page or XML\. Save its texts as a table"):
        read("a.xls", "<html><table><tr><td>text</td></tr></table></html>")
    assert read("a.csv", "text,label\n<html>,a\n").table.num_rows == 1


def test_half_a_character_becomes_a_replacement_sign_and_is_counted() -> None:
    found = read("a.jsonl", '{"text": "\\ud83d tea", "label": 1}\n{"text": "rain", "label": 2}\n')
    assert found.table["text"].to_pylist() == ["� tea", "rain"]
    assert found.notes == ("1 text held half a character, which stands as �.",)


def test_of_fasttext_s_labels_one_is_text_and_several_are_a_list() -> None:
    one = read("a.txt", "__label__good warm tea\n\n__label__bad cold rain\n")
    assert one.table.to_pylist() == [
        {"text": "warm tea", "label": "good"}, {"text": "cold rain", "label": "bad"},
    ]  # fmt: skip
    several = read("a.txt", "__label__good __label__hot warm tea\ncold rain\n")
    assert several.table["label"].to_pylist() == [["good", "hot"], None]


def test_a_folder_of_texts_has_a_class_for_each_folder() -> None:
    files = {
        f"essays/{mood}/{i}.txt": f"{mood} essay é {i}".encode("cp1252") for mood in ("glad", "sad") for i in range(10)
    }
    found = read("a.zip", packed({**files, "essays/notes.docx": b"PK", "readme.txt": "x", "__MACOSX/._a.txt": "x"}))
    assert found.format == "folder of texts"
    assert found.table.num_rows == 20
    assert found.table.slice(0, 1).to_pylist() == [
        {"text": "glad essay é 0", "label": "glad", "file": "essays/glad/0.txt"},
    ]  # fmt: skip
    assert dict(found.left_out) == {"not a text file": 1, "a file outside of the folders": 1}


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("a.csv", b"", r"a\.csv is empty"),
        ("a.csv", b" \n", r"a\.csv is empty"),
        ("a.csv", b"%PDF-1.7 ...", r"a\.csv is a PDF"),
        ("a.csv", b"\x1f\x8b\x08\x00", r"a\.csv is packed with gzip\. Unpack it, and choose the file inside"),
        ("a.zip", b"PK\x03\x04 and nothing", r"a\.zip is not a ZIP file, or it is incomplete"),
        ("a.zip", packed({"word/document.xml": "x"}), r"a\.zip is a document"),
        ("a.zip", packed({"a.txt": "x"}), r"a\.zip holds no texts in folders \(1 a file outside of the folders\)"),
        ("a.xlsx", packed({"xl/workbook.xml": "x"}), r"a\.xlsx cannot be read as a workbook"),
        ("a.parquet", b"PAR1 and nothing", r"a\.parquet is not a Parquet file"),
        ("a.parquet", b"text,label\n", r"a\.parquet is not a Parquet file"),
        ("a.arrow", b"ARROW1 and nothing", r"a\.arrow is not an Arrow file"),
        ("a.json", b"[1, 2", r"a\.json is not valid JSON.*begins like an array"),
        ("a.json", b"[1, 2]", r"Item 1 of a\.json is no object"),
        ("a.jsonl", b"[" * 100_000, r"a\.jsonl is not valid JSON"),
        ("a.csv", b"tea\x00\x00\x01\x02" * 100, r"a\.csv is not a file of texts"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(name: str, raw: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(name, raw)
