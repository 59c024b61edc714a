import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.formats.plain_lines import read_plain_lines
from tests.laws import examples


def read(source: str, quote: str = '"', width: int = 2, has_header: bool = True) -> list[list[str]] | None:
    table = read_plain_lines(source.encode(), ",", quote, width, has_header)
    return None if table is None else [list(row.values()) for row in table.to_pylist()]


def test_plain_lines_are_read() -> None:
    assert read('text,label\n"a, ""b""",x\n\'c,y\n') == [['a, "b"', "x"], ["'c", "y"]]
    assert read('text,label\r\n"a",x\r\n"b",y') == [["a", "x"], ["b", "y"]]
    assert read('a,"x\n', quote="", has_header=False) == [["a", '"x']]
    assert read("NA,null\n,nan\n", has_header=False) == [["NA", "null"], ["", "nan"]]


@pytest.mark.parametrize(
    "source",
    [
        'text,label\n"a\nb",x\n',  # a line end in a cell
        'text,label\n"a,x\nb",y\n',  # a mark that closes in another line
        'text,label\n"a" b,x\n"c",y\n',  # text behind a closing mark
        'text,label\nsay "a" now,x\n',  # marks inside a text
        "text,label\na,x\nb\n",  # a short record
        "text,label\na,x\nb,y,z\n",  # a long one
        "text,label\na,x\n\nb,y\n",  # a blank line
        "text,label\ra,x\rb,y\r",  # line ends of old systems
        "text,label\na\rb,x\n",
    ],
)
def test_anything_else_is_left_to_the_strict_parser(source: str) -> None:
    assert read(source) is None


cells = st.text(st.sampled_from("ab ,\"\n'é"), max_size=6)


@examples(200)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=12), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_what_is_read_is_what_python_s_parser_reads(records: list[tuple[str, str]], quoting: int) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=quoting, lineterminator="\n").writerows(records)  # type: ignore[arg-type]
    found = read(buffer.getvalue(), has_header=False)
    assert found is None or found == [list(record) for record in records]


@examples(200)
@given(st.text(st.sampled_from('ab,"\n'), min_size=1, max_size=30))
def test_no_text_at_all_is_read_otherwise_than_strictly(text: str) -> None:
    found = read(text, has_header=False)
    if found is not None:
        assert found == list(csv.reader(io.StringIO(text, newline=""), strict=True))
