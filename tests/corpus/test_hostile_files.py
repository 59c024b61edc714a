"""Files, names and options made to break what reads them: each is refused or read, in a sentence and soon."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bowcore.corpus import file_size
from bowcore.corpus.files import load_file
from bowcore.corpus.formats import folders
from bowcore.corpus.formats.recognise import read_file
from bowcore.corpus.options import Options, split_options
from bowcore.corpus.sources import find_source, load_corpus, noun_of
from bowcore.errors import CorpusError
from bowcore.store import own_files

pytestmark = pytest.mark.fuzz
ROWS = "".join(f"tea {i},{'ab'[i % 2]}\n" for i in range(40))
MB = 1_000_000
Tried = Callable[[str], None]


@pytest.mark.parametrize(
    "encoding",
    ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "rot13", "zlib", "a\0b", "é", ""],
)  # fmt: skip
def test_an_encoding_that_raises_is_refused_in_a_sentence(encoding: str, tried: Tried) -> None:
    tried("encoding that raises")
    raw = f"text,label\n{ROWS}é,\\ud800\n".encode()
    if not encoding:
        assert read_file("a.csv", raw, Options()).n_rows == 41
        return
    with pytest.raises(CorpusError, match=r"There is no encoding '.*' of files; write encoding=windows-1252") as caught:
        read_file("a.csv", raw, Options(encoding=encoding))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name", ["a\0b.csv", "own:{}/a.csv?test=b%00c", "own:{}/a%00.csv", "hub:a/b\0c", "a.csv?sheet=\0"]
)
def test_a_nul_in_a_name_is_refused_in_a_sentence(name: str, tried: Tried) -> None:
    tried("NUL in a name")
    own = own_files.keep_file("a.csv", f"text,label\n{ROWS}".encode())
    name = name.replace("{}", own.removeprefix("own:").partition("/")[0])
    noun_of(name)
    with pytest.raises(CorpusError) as caught:
        find_source(name).load()
    assert "\0" not in str(caught.value)


def test_a_header_with_a_line_break_is_a_column_like_any_other(tmp_path: Path, tried: Tried) -> None:
    tried("line break in a header")
    path = tmp_path / "a.csv"
    path.write_text(f'"te\nxt","la\rbel"\n{ROWS}')
    name = f"{path}?body=te%0Axt&label=la%0Dbel"
    assert load_corpus(name).n_documents == 40
    with pytest.raises(CorpusError) as caught:
        load_corpus(f"{path}?body=te%0Axt&label=no%0A%1B[31mne")
    assert "␊␛[31m" in str(caught.value) or str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.jsonl", b'{"a":' * 100_000),
        ("a.jsonl", b'{"text": ' + b"[" * 5_000 + b"]" * 5_000 + b', "label": 1}\n'),
        ("a.json", b"[" * 500_000),
        ("a.json", b'[{"text": "a", "n": 1' + b"0" * 100_000 + b"}]"),
        ("a.jsonl", b"\n".join(b'{"text": "tea", "key %d": 1}' % i for i in range(20_000))),
        ("a.csv", b"," * MB),
        ("a.csv", ",".join(f"c{i}" for i in range(100_000)).encode() + b"\n" + b"1," * 100_000),
        ("a.csv", b"\x00" + b"a,b\n" * 1000),
    ],
)
def test_what_is_deep_wide_or_odd_is_refused_at_once(name: str, raw: bytes, tried: Tried) -> None:
    tried("deep or wide file")
    began = time.process_time()
    with pytest.raises(CorpusError) as caught:
        read_file(name, raw, Options())
    assert time.process_time() - began < 5
    assert len(str(caught.value)) < 600


def test_a_first_line_of_many_odd_signs_costs_little(tried: Tried) -> None:
    tried("header of odd signs")
    signs = "".join(chr(code) for code in range(0x2190, 0x2190 + 400))
    raw = f"text,label,{signs}\n{ROWS * 400}".encode()
    began = time.process_time()
    assert read_file("a.csv", raw, Options()).n_rows == 16_000
    assert time.process_time() - began < 8


def test_half_a_character_is_read_as_a_replacement_sign_everywhere(tmp_path: Path, tried: Tried) -> None:
    tried("half a character")
    lines = [json.dumps({"te\ud800xt": f"tea \udc00 {i}", "label": "ab\ud83d"[i % 2 :]}) for i in range(40)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    corpus = load_file(str(path), path, Options())
    assert corpus.class_names == ("ab\ufffd", "b\ufffd")
    for text in corpus.articles["body"].to_pylist():
        text.encode()


@pytest.mark.parametrize(
    "query",
    ["body=%ED%A0%80", "x\ud800=1", "\x1b[31m", "label=" + "x" * 100_000, "noun=\u202e", "least=" + "9" * 5_000],
)
def test_what_a_message_quotes_of_options_is_short_and_can_be_shown(query: str, tried: Tried) -> None:
    tried("odd options")
    try:
        split_options(f"a.csv?{query}")
    except CorpusError as error:
        assert str(error).isprintable() and len(str(error)) < 500


def test_a_zip_that_lists_too_many_files_is_refused_without_being_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Tried
) -> None:
    tried("ZIP of too many files")
    monkeypatch.setattr(folders, "MOST_FILES", 100)
    monkeypatch.setattr(file_size, "MOST_FILES", 100)
    monkeypatch.setattr(folders, "_AT_ONCE", 17)  # so that entries begin in one part and end in the next
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(101):
            archive.writestr(f"a/{number}.txt", "")
    assert folders.n_listed(path) == 101
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: pytest.fail("it is listed"))
    with pytest.raises(CorpusError, match="holds 101 files; at most 100 are read"):
        load_file(f"file:{path}", path, Options())
