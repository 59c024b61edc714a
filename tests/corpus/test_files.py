import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus.corpus import Corpus
from bowcore.corpus.sources import load_corpus
from bowcore.errors import CorpusError
from bowcore.experiment.experiments import Experiments
from bowcore.recipe.recipe import Recipe

ROWS = [
    {"title": f"note {i}", "text": f'She said, "{word} {i}",\nand left.', "label": word}
    for i in range(30)
    for word in ("tea", "rain")
]


def quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def separated(mark: str) -> str:
    body = [mark.join(quoted(value) for value in row.values()) for row in ROWS]
    return "\n".join([mark.join(ROWS[0]), *body])


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def every_kind(folder: Path) -> dict[str, str]:
    parquet = folder / "a.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), parquet)
    objects = "\n".join(json.dumps(row) for row in ROWS)
    return {
        "csv": write(folder, "a.csv", separated(",")),
        "tsv": write(folder, "a.TSV", separated("\t")),
        "jsonl": write(folder, "a.jsonl", objects),
        "ndjson": write(folder, "a.ndjson", objects + "\n\n"),
        "with a mark of UTF-8": write(folder, "b.csv", b"\xef\xbb\xbf" + separated(",").encode()),
        "with Windows line ends": write(folder, "c.jsonl", objects.replace("\n", "\r\n")),
        "parquet": str(parquet),
    }


def test_every_kind_of_file_gives_the_same_corpus(tmp_path: Path) -> None:
    corpora = {kind: load_corpus(name) for kind, name in every_kind(tmp_path).items()}
    for kind, corpus in corpora.items():
        assert corpus.articles["title"].to_pylist() == [row["title"] for row in ROWS], kind
        assert corpus.articles["body"].to_pylist() == [row["text"] for row in ROWS], kind
        assert [corpus.class_names[label] for label in corpus.labels] == [row["label"] for row in ROWS], kind
    assert len({corpus.digest for corpus in corpora.values()}) == 1


def test_a_recipe_runs_on_a_file(tmp_path: Path) -> None:
    recipe = Recipe().change(corpus=write(tmp_path, "a.csv", separated(",")))
    assert {"tea", "rain"} <= set(Experiments().matrix(recipe).vocabulary.terms.to_pylist())


def test_a_column_of_numbers_stays_as_it_was_written(tmp_path: Path) -> None:
    lines = [f"{i:03d},{i % 2}" for i in range(30)]
    corpus = load_corpus(write(tmp_path, "a.csv", "\n".join(["text,label", *lines])))
    assert corpus.articles["body"].to_pylist()[:2] == ["000", "001"]
    assert corpus.class_names == ("0", "1")


def test_columns_may_be_named_behind_the_path(tmp_path: Path) -> None:
    content = "\n".join(["left,right,mood", *(f"l{i},r{i},{'ab'[i % 2]}" for i in range(30))])
    name = write(tmp_path, "a.csv", content)
    proposal = rf"could be left, right\. Write '?{re.escape(name)}\?body=left&label=mood"
    with pytest.raises(CorpusError, match=proposal):
        load_corpus(name)
    corpus: Corpus = load_corpus(f"{name}?label=mood&body=left&title=right")
    assert (corpus.articles["title"][0].as_py(), corpus.articles["body"][0].as_py()) == ("r0", "l0")


def test_another_encoding_is_reported_with_its_line_and_read_when_named(tmp_path: Path) -> None:
    lines = [f"café {i},{'ab'[i % 2]}" if i == 7 else f"tea {i},{'ab'[i % 2]}" for i in range(30)]
    content = "\n".join(["text,label", *lines])
    name = write(tmp_path, "a.csv", content.encode("latin-1"))
    assert "Not UTF-8: read as windows-1252, because it fits best: “café”" in load_corpus(name).provenance.note
    for option in ("", "?encoding=latin-1", "?encoding=windows-1252"):
        assert load_corpus(name + option).articles["body"][7].as_py() == "café 7"
    with pytest.raises(CorpusError, match=r"Line 9 of a\.csv is not utf-8 \(byte 0xe9\)\. Leave the encoding out"):
        load_corpus(f"{name}?encoding=utf-8")
    wide = write(tmp_path, "b.csv", content.encode("utf-16"))
    for option in ("", "?encoding=utf-16"):
        assert load_corpus(wide + option).articles["body"][7].as_py() == "café 7"
    with pytest.raises(CorpusError, match="no encoding 'klingon'"):
        load_corpus(f"{wide}?encoding=klingon")


@pytest.mark.parametrize("option", ["", "?encoding=utf-8", "?encoding=utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, option: str) -> None:
    lines = "\n".join(f'{{"text": "tea {i}", "label": "{"ab"[i % 2]}"}}' for i in range(30))
    name = write(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + lines.encode())
    assert load_corpus(name + option).articles["body"][0].as_py() == "tea 0"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", r"a\.csv is empty"),
        ("a.csv", "text,label\n", r"a\.csv has no rows below its first"),
        ("a.csv", "text,label\none,a\ntwo,b,c\n", r"a\.csv has 2 labelled texts; a split needs at least 20"),
        ("a.csv", "text,label\n" + "tea,x\n" * 30, r"All 30 articles of .* have one class"),
        ("a.csv", "text,label\n" + ",x\n,y\n" * 15, r"no column holds text"),
        ("a.csv", "text,label\ntea,x\n", r"a\.csv has 1 labelled text; a split needs at least 20"),
        (
            "a.csv",
            "text,label\n" + "tea,x\nrain,y\n" * 9,
            r"a\.csv has 18 labelled texts; a split needs at least 20",
        ),
        (
            "a.jsonl",
            '{"text": "tea", "label": 1}\n{"text": "rain" "label": 2}\n',
            r"a\.jsonl has 1 labelled text; a split needs at least 20",
        ),
        ("a.jsonl", '["tea", 1]\n', r"1 of a\.jsonl is no object"),
        ("a.parquet", "PAR1 and then nothing", r"a\.parquet is not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        load_corpus(write(tmp_path, name, content))


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = Path(every_kind(tmp_path)["parquet"]).read_bytes()
    with pytest.raises(CorpusError, match=r"cut\.parquet is not a Parquet file, or it is incomplete"):
        load_corpus(write(tmp_path, "cut.parquet", whole[: len(whole) // 2]))


def test_labels_may_be_numbers_here_and_text_there(tmp_path: Path) -> None:
    objects = [{"text": f"tea {i}", "label": 1 if i % 2 else "one"} for i in range(30)]
    corpus = load_corpus(write(tmp_path, "a.jsonl", "\n".join(json.dumps(row) for row in objects)))
    assert corpus.class_names == ("1", "one")


def test_a_missing_file_and_a_folder_have_different_errors(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"There is no file .*missing"):
        load_corpus(str(tmp_path / "missing.csv"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CorpusError, match="cannot be read: Is a directory"):
        load_corpus(str(tmp_path / "folder.csv"))


def test_a_file_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="has no revisions, but 'v1' was requested"):
        load_corpus(write(tmp_path, "a.csv", separated(",")), "v1")


def test_one_very_long_article_is_read_whole(tmp_path: Path) -> None:
    long = "tea " * 500_000
    lines = ["text,label", f'"{long}",a', *(f"rain {i},{'ab'[i % 2]}" for i in range(30))]
    corpus = load_corpus(write(tmp_path, "a.csv", "\n".join(lines)))
    assert corpus.articles["body"][0].as_py() == long


def test_an_unknown_home_folder_is_refused_with_a_remedy() -> None:
    with pytest.raises(CorpusError, match=r"~nobody-of-that-name/a\.csv begins with '~'"):
        load_corpus("~nobody-of-that-name/a.csv")
