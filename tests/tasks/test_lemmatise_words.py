"""The tagger on single words, through the workers' queue."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.experiment import stages
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks import lemmatise_words
from bowcore.tasks.handlers import handler_for
from bowcore.tasks.lemmatise_words import (
    MAX_QUICK,
    as_written,
    lines_key,
    read_lines,
    read_tokens,
    request_lines,
    request_tokens,
    tokens_key,
)
from bowcore.tasks.runner import work
from bowcore.text.tagger.words import Pieces

LINES = ["Mice weren't  flying", "", "planes"]
MADE = ((("mouse",), ("be", "not"), ("fly",)), (), (("plane",),))
HEADLINES = Recipe().change(units="lemmas", text_used="headline")


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words given to a fake tokeniser, which halves them."""
    given: list[str] = []

    def halve(words: list[str]) -> Pieces:
        given.extend(words)
        return tuple((word[:1], word[1:]) if word[1:] else (word,) for word in words)

    monkeypatch.setattr(lemmatise_words, "tokens_of_words", halve)
    return given


def test_the_worker_keeps_the_lemmas_of_each_word_of_each_line() -> None:
    assert read_lines(LINES) is None
    job = request_lines(LINES)
    assert (job.lane, handler_for(job.kind)) == ("quick", lemmatise_words.lemmatise_lines)
    assert request_lines(LINES).id == job.id
    work("quick", until_idle=True)
    assert jobs.get(job.id).state == "done", jobs.get(job.id).error
    assert read_lines(LINES) == MADE
    assert read_lines(LINES[:1]) is None


def test_lines_that_are_kept_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def shout(line: str) -> Pieces:
        given.append(line)
        return tuple((word.upper(),) for word in line.split())

    monkeypatch.setattr(lemmatise_words, "lemmas_of_words", shout)
    for _ in range(2):
        request_lines(LINES)
        work("quick", until_idle=True)
    assert given == LINES


@pytest.mark.parametrize("written", ["", "7", '{"lines": [[], [], []]}', '{"lines": 7}', "{}", '{"lines": [7, 7, 7]}'])
def test_lemmas_that_do_not_match_the_lines_are_computed_again(written: str) -> None:
    artefacts.store(lines_key(LINES), lambda place: _write(place / "lemmas.json", written))
    assert read_lines(LINES) is None
    assert artefacts.find(lines_key(LINES)) is None


def test_another_model_tags_lines_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = lines_key(LINES)
    monkeypatch.setattr(lemmatise_words, "model_identity", lambda: "another")
    assert lines_key(LINES) != before


def test_a_missing_model_fails_the_job_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from bowcore.text.tagger import texts, words

    words.load_language.cache_clear()
    monkeypatch.setattr(texts, "PACKAGES", ("no_such_model",))
    job = request_lines(LINES)
    work("quick", until_idle=True)
    words.load_language.cache_clear()
    assert jobs.get(job.id).state == "failed"
    assert "which is not installed" in jobs.get(job.id).error


def test_the_tokens_of_every_open_word_are_kept_in_the_words_order(cut: list[str]) -> None:
    corpus = load_corpus(HEADLINES.corpus.corpus)
    reading = stages.read_split(split_corpus(corpus, HEADLINES.split), as_written(HEADLINES))
    words = reading.units.types.to_pylist()
    assert read_tokens(HEADLINES, corpus.digest, len(words)) is None
    job = request_tokens(HEADLINES, corpus.digest, len(words))
    work("quick", until_idle=True)
    assert jobs.get(job.id).state == "done", jobs.get(job.id).error
    kept = read_tokens(HEADLINES, corpus.digest, len(words))
    assert ["".join(tokens) for tokens in kept.to_pylist()] == words == cut
    request_tokens(HEADLINES, corpus.digest, len(words))
    work("quick", until_idle=True)
    assert cut == words  # the second job found them


def test_tokens_belong_to_the_texts_and_not_to_the_steps() -> None:
    key = tokens_key(HEADLINES, "digest")
    assert tokens_key(HEADLINES.change(lower_case=False, ngrams=2), "digest") == key
    for other in (HEADLINES.change(repair=True), HEADLINES.change(text_used="headline+body")):
        assert tokens_key(other, "digest") != key
    assert tokens_key(HEADLINES, "other articles") != key


@pytest.mark.parametrize("damage", ["short", "no parquet", "gone"])
def test_damaged_tokens_are_computed_again(damage: str) -> None:
    key = tokens_key(HEADLINES, "digest")
    table = pa.table({"tokens": [["a"], ["b", "c"]]})
    folder = artefacts.store(key, lambda place: pq.write_table(table, place / "tokens.parquet"))
    kept = read_tokens(HEADLINES, "digest", 2)
    assert kept is not None and kept.to_pylist() == [["a"], ["b", "c"]]
    if damage == "short":
        pq.write_table(table[:1], folder / "tokens.parquet")
    elif damage == "no parquet":
        (folder / "tokens.parquet").write_bytes(b"soup")
    else:
        (folder / "tokens.parquet").unlink()
    assert read_tokens(HEADLINES, "digest", 2) is None
    assert artefacts.find(key) is None


def test_many_words_go_to_the_long_lane() -> None:
    assert request_tokens(HEADLINES, "few", MAX_QUICK).lane == "quick"
    assert request_tokens(HEADLINES, "many", MAX_QUICK + 1).lane == "long"


def _write(path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
