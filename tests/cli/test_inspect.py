import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bowcore.cli.main import main
from bowcore.corpus.sources import load_corpus


def inspected(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    assert main(["inspect", name, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["rows"] == found["rows_read"] + found["left_out_rows"]
    assert found["left_out_rows"] == sum(found["left_out"].values())
    assert sum(found["classes"].values()) == found["rows_read"]
    return found


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_an_inspection_names_the_language_and_how_a_command_is_given_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"Der Kellner war heute {('freundlich', 'mürrisch')[i % 2]}\t{'ab'[i % 2]}" for i in range(40)]
    name = write(tmp_path, "a.tsv", "\n".join(["text\tlabel", *lines]))
    assert inspected(capsys, name)["language"] == "de"
    assert main(["inspect", name]) == 0
    said = capsys.readouterr().out
    assert "German" in said and "--set language=de" in said
    english = write(
        tmp_path,
        "b.tsv",
        "\n".join(["text\tlabel", *(f"the waiter was kind and the soup warm {i}\t{'ab'[i % 2]}" for i in range(40))]),
    )
    assert inspected(capsys, english)["language"] == "en"
    assert main(["inspect", english]) == 0
    assert "--set language" not in capsys.readouterr().out


def test_an_inspection_says_what_was_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{('gut', 'übel')[i % 2]};Der Film {i} war schön; und lang;{i}" for i in range(60)]
    name = write(tmp_path, "filme.csv", "\n".join(['"gut";"Der Film war, na ja";7', *lines]).encode("cp1252"))
    found = inspected(capsys, name)
    assert (found["format"], found["encoding"], found["separator"]) == ("CSV", "windows-1252", ";")
    table = "\n".join(f"{('gut', 'übel')[i % 2]};Der Film {i} war schön und lang;{i}" for i in range(60))
    found = inspected(capsys, write(tmp_path, "b.csv", table.encode("cp1252")))
    assert (found["header"], found["rows"], found["classes"]) == (False, 60, {"gut": 30, "übel": 30})
    assert {column["name"]: column["role"] for column in found["columns"]} == {
        "column 1": "label",
        "column 2": "text",
        "column 3": "",
    }
    assert found["split"] == [42, 9, 9]


def test_rows_that_are_left_out_are_counted_by_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": f"tea {i}", "label": "ab"[i % 2]} for i in range(40)]
    rows += [{"text": "no label"}, {"text": " ", "label": "a"}, {"text": "alone", "label": "rare"}]
    lines = [*map(json.dumps, rows), '{"torn']
    found = inspected(capsys, write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert (found["rows"], found["rows_read"]) == (44, 40)
    assert found["left_out"] == {
        "not valid JSON": 1,
        "no label": 1,
        "no text": 1,
        "a class too small to split": 1,
    }
    assert main(["inspect", str(tmp_path / "a.jsonl")]) == 0
    printed = capsys.readouterr().out
    assert "44 rows: 40 read, 4 left out." in printed
    assert "Classes with fewer than 3 texts are left out: rare (1)." in printed


def test_an_inspection_shows_no_row_of_the_test_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"sealed{i} tea,{'ab'[i % 2]},test" for i in range(10)]
    lines += [f"open{i} tea,{'ab'[i % 2]},train" for i in range(40)]
    found = inspected(capsys, write(tmp_path, "a.csv", "\n".join(["text,label,split", *lines])))
    assert [row["text"] for row in found["first_rows"]] == [f"open{i} tea" for i in range(5)]
    assert found["split"] == [34, 6, 10]


def test_a_test_file_is_named_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(tmp_path, "a.csv", "text,label\n" + "".join(f"tea {i},{'ab'[i % 2]}\n" for i in range(40)))
    write(tmp_path, "held.csv", "text,label\n" + "".join(f"held {i},{'ab'[i % 2]}\n" for i in range(10)) + "late,\n")
    found = inspected(capsys, f"{name}?test=held.csv")
    assert (found["rows"], found["split"], found["left_out"]) == (51, [34, 6, 10], {"no label": 1})
    assert load_corpus(f"{name}?test=held.csv").n_own_test == 10


def test_doubts_are_said_and_the_likeliest_columns_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"a long text number {i},{'ab'[i % 2]},{'cdef'[i % 4]}" for i in range(40)]
    name = write(tmp_path, "a.csv", "\n".join(["remark,mood,place", *lines]))
    found = inspected(capsys, name)
    assert found["doubts"] == ["The label column of a.csv could be mood, place."]
    assert found["name"] == f"{name}?body=remark&label=mood"
    assert main(["vectorize", name, "--out", str(tmp_path / "out")]) == 2
    assert f"Write '{found['name']}', or other columns." in capsys.readouterr().err
    assert main(["vectorize", found["name"], "--out", str(tmp_path / "out")]) == 0


def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspected(capsys, write(tmp_path, "a.csv", "text,label\n" + "tea,a\n" * 30))
    assert "have one class" in found["problem"]
    assert found["left_out"] == {"the rows cannot be used": 30}
    assert main(["inspect", str(tmp_path / "none.csv")]) == 2


def test_a_command_says_how_a_file_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"Ann’s tea {i},{'ab'[i % 2]}" for i in range(40)]
    name = write(tmp_path, "a.csv", "\n".join(["text,label", *lines, "late,"]).encode("cp1252"))
    assert main(["vectorize", name, "--set", "weighting=count", "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "Not UTF-8: read as windows-1252, because it fits best: “Ann’s” (40 such words)." in printed
    assert "Left out: 1 row (1 no label)." in printed


@pytest.mark.fuzz
def test_a_terminal_obeys_no_name_of_a_file(tmp_path: Path, tried: Callable[[str], None]) -> None:
    tried("escapes on the terminal")
    escape = "\x1b]0;owned\x07\x1b[2J\u202e"
    path = tmp_path / f"a{escape}.csv"
    head = f'"te{escape}\nxt","la\tbel"\n'
    path.write_text(head + "".join(f'"tea {i} \x1b[31m","{escape}{i % 2}"\n' for i in range(40)), encoding="utf-8")
    for arguments in (["inspect", str(path)], ["inspect", f"{path}?label=gone"]):
        done = subprocess.run(
            [sys.executable, "-m", "bowcore", *arguments], capture_output=True, encoding="utf-8", check=False,
            timeout=120,
        )  # fmt: skip
        printed = done.stdout + done.stderr
        assert "␛]0;owned␇" in printed
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", printed)
        assert "Traceback" not in printed
