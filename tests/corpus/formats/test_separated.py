import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.formats.separated import MANY_FIELDS, OPEN_QUOTE, read_separated
from bowcore.errors import CorpusError
from tests.laws import examples

HEAD = ["text", "label"]
TEXTS = [
    "no seat, no view",
    'a "good" seat',
    "it's late; very late",
    "two|three",
    "see a@b.example",
    "tab\there",
    "'tis cold",
    "plain words",
]


def rows(n: int = 40) -> list[list[str]]:
    return [[f"{TEXTS[i % len(TEXTS)]} {i}", ("fine", "poor")[i % 2]] for i in range(n)]


def written(records: Sequence[Sequence[str]], **marks: object) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, **marks).writerows(records)  # type: ignore[arg-type]
    return buffer.getvalue().encode()


def read(source: bytes, **known: object) -> list[list[str]]:
    found = read_separated("a.csv", source, **known)  # type: ignore[arg-type]
    assert found.n_rows == found.table.num_rows + sum(found.left_out.values())
    return [list(row.values()) for row in found.table.to_pylist()]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "@"])
@pytest.mark.parametrize(
    "marks",
    [
        {"quoting": csv.QUOTE_ALL},
        {"quoting": csv.QUOTE_MINIMAL},
        {"quoting": csv.QUOTE_ALL, "quotechar": "'"},
        {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
        {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"},
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_a_table_is_read_as_it_was_written_whatever_its_marks(
    separator: str, marks: dict[str, object], header: bool
) -> None:
    source = written([HEAD, *rows()] if header else rows(), delimiter=separator, **marks)
    found = read_separated("a.csv", source)
    assert (found.separator, found.header) == (separator, header)
    assert found.table.column_names == (HEAD if header else ["column 1", "column 2"])
    assert read(source) == rows()


def test_line_ends_in_cells_are_kept() -> None:
    lines = [[f"line {i}\nand another", "ab"[i % 2]] for i in range(30)]
    assert read(written([HEAD, *lines])) == lines


def test_a_lone_quotation_mark_at_the_beginning_of_a_field_swallows_no_row() -> None:
    lines = [[f'"so good {i}' if i in (3, 20) else f"plain {i}", "ab"[i % 2]] for i in range(40)]
    source = "\n".join("\t".join(line) for line in [HEAD, *lines]).encode()
    assert read(source) == lines


def test_in_a_quoted_table_a_mark_that_does_not_close_costs_its_own_row_alone() -> None:
    good = [f'"warm, {i}",{"ab"[i % 2]}' for i in range(60)]
    source = "\n".join(["text,label", *good[:30], '"cold and, open', *good[30:]]).encode()
    found = read_separated("a.csv", source)
    assert (found.n_rows, dict(found.left_out)) == (61, {OPEN_QUOTE: 1})
    assert [(row.reason, row.text) for row in found.refused] == [(OPEN_QUOTE, '"cold and, open')]
    assert found.table["text"].to_pylist() == [f"warm, {i}" for i in range(60)]


def test_a_mark_that_closes_in_a_later_row_is_found_by_the_number_of_fields() -> None:
    good = [f'"warm, {i}",{"ab"[i % 2]},{i}' for i in range(60)]
    source = "\n".join(["text,label,n", *good[:30], 'cold,"open,1', 'plain",a,2', *good[30:]]).encode()
    found = read_separated("a.csv", source)
    assert found.n_rows == 62
    assert dict(found.left_out) == {OPEN_QUOTE: 1}
    assert found.table["text"].to_pylist()[30] == 'plain"'


def test_rows_with_more_fields_than_columns_are_counted() -> None:
    good = [f'"warm, {i}",{"ab"[i % 2]}' for i in range(30)]
    found = read_separated("a.csv", "\n".join(["text,label", *good, '"cold",a,b,c']).encode())
    assert (found.table.num_rows, dict(found.left_out)) == (30, {MANY_FIELDS: 1})


def test_a_separator_inside_an_unquoted_text_stays_in_the_longest_column() -> None:
    lines = [f"{'ab'[i % 2]},the film number {i} was quite good" for i in range(30)]
    found = read_separated("a.csv", "\n".join(["label,text", *lines, "b,well, not, so good"]).encode())
    assert found.table.slice(30).to_pylist() == [{"label": "b", "text": "well, not, so good"}]
    assert found.notes == ("In 1 row the separator stands in the text too; it was kept there.",)


def test_short_rows_have_empty_ends() -> None:
    lines = [f"film {i},{'ab'[i % 2]},x" for i in range(30)]
    found = read_separated("a.csv", "\n".join(["text,label,more", *lines, "late,a"]).encode())
    assert found.table.slice(30).to_pylist() == [{"text": "late", "label": "a", "more": None}]


def test_nameless_empty_columns_are_left_aside_and_nameless_full_ones_numbered() -> None:
    lines = [f"{'ab'[i % 2]},film {i},,{i}" for i in range(30)]
    found = read_separated("a.csv", "\n".join(["label,text,,", *lines]).encode())
    assert found.table.column_names == ["label", "text", "column 4"]
    assert found.notes == ("1 nameless empty column is left aside.",)


def test_row_numbers_without_a_name_get_one() -> None:
    lines = [f'"{i}","film {i}","{"ab"[i % 2]}"' for i in range(30)]
    found = read_separated("a.csv", "\n".join(['"text","label"', *lines]).encode())
    assert found.table.slice(0, 1).to_pylist() == [{"column 1": "0", "text": "film 0", "label": "a"}]


def test_white_space_behind_every_separator_is_no_part_of_the_fields() -> None:
    lines = [f"film {i}, {('neg', 'pos')[i % 2]}" for i in range(30)]
    found = read_separated("a.csv", "\n".join(["text, label", *lines]).encode())
    assert found.table.column_names == HEAD
    assert set(found.table["label"].to_pylist()) == {"neg", "pos"}
    spaced = [f'"film, {i}", "{("neg", "pos")[i % 2]}"' for i in range(30)]
    assert read("\n".join(["text, label", *spaced]).encode())[1] == ["film, 1", "pos"]


def test_names_alike_are_told_apart() -> None:
    lines = [f"film {i},more {i},{'ab'[i % 2]}" for i in range(30)]
    found = read_separated("a.csv", "\n".join(["text,text,label", *lines]).encode())
    assert found.table.column_names == ["text", "text 2", "label"]


@pytest.mark.parametrize(
    ("first", "header"),
    [("text,label", True), ("was,stimmung", True), ("film 99,a", False), ("3,a", False), ("film,film", False)],
)
def test_a_first_row_like_the_others_is_no_header(first: str, header: bool) -> None:
    lines = [f"film {i},{'ab'[i % 2]}" for i in range(30)]
    assert read_separated("a.csv", "\n".join([first, *lines]).encode()).header is header


def test_what_is_known_is_not_guessed() -> None:
    source = b"a;b,c\nd;e,f\n" * 20
    assert read_separated("a.csv", source, separator=",", header=False).table.num_rows == 40
    assert read_separated("a.csv", source, separator=",", header=True).table.num_rows == 39
    quoted = b'"a",x\n"b",y\n' * 20
    assert read(quoted, quote="", header=False)[0] == ['"a"', "x"]
    assert read(quoted, header=False)[0] == ["a", "x"]


def test_a_file_of_blank_lines_is_empty() -> None:
    with pytest.raises(CorpusError, match=r"a\.csv is empty"):
        read_separated("a.csv", b"\n \n\n")


fields = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)


@examples(60)
@given(st.lists(st.tuples(fields, st.sampled_from(["up", "down"])), min_size=30, max_size=60), st.sampled_from(",;\t|"))
def test_no_row_is_lost_whatever_the_texts(records: list[tuple[str, str]], separator: str) -> None:
    source = written([HEAD, *records], delimiter=separator, quoting=csv.QUOTE_ALL)
    assert read(source, separator=separator, quote='"') == [list(record) for record in records]
    found = read_separated("a.csv", source)
    assert found.n_rows == len(records)


PLAIN = b"text;mood\n" + b"".join(b"soup %d;%s\n" % (i, b"calm" if i % 2 else b"glad") for i in range(10))


@pytest.mark.parametrize("line", [b"sep=;\r\n", b"SEP=;\n", b'"sep=;"\n'])
def test_the_line_by_which_a_spreadsheet_names_the_separator_is_no_row(line: bytes) -> None:
    found = read_separated("a.csv", line + PLAIN)
    assert (found.separator, found.table.column_names, found.n_rows) == (";", ["text", "mood"], 10)


@pytest.mark.parametrize(
    ("above", "n_above"),
    [(b"Spring survey\n\n", 1), (b"# made; by hand\n# in May\n", 2), (b"", 0), (b"\n\n", 0)],
)
def test_titles_and_comments_above_the_names_are_left_out_and_counted(above: bytes, n_above: int) -> None:
    found = read_separated("a.csv", above + PLAIN)
    assert (found.table.column_names, found.table.num_rows) == (["text", "mood"], 10)
    assert dict(found.left_out) == ({"above the names of the columns": n_above} if n_above else {})
    assert [refused.text.strip() for refused in found.refused] == [
        line.decode() for line in above.splitlines() if line.strip()
    ]


def test_a_name_with_a_line_end_in_it_is_no_title() -> None:
    found = read_separated("a.csv", b'"te\nxt","mood"\n' + b"soup,calm\ntea,glad\n" * 10)
    assert (found.table.column_names, found.left_out) == (["te\nxt", "mood"], {})
