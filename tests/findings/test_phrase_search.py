"""Articles that hold texts as whole words, against a search article by article."""

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.findings import phrase_search
from bowcore.findings.phrase_search import search_phrases

PIECES = ("AP", "AP ", "(", ") ", "[", "】", " - ", " – ", "\n", "\t", "x", "_", "é", "新", "New York", ".", "\\", "|")
TEXTS = ("AP", "New York", "x", "é", "新", "AP.", "|", "\\")


def field(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def holds(article: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", article) is not None


def holds_marked(article: str, text: str) -> bool:
    inside = rf"[(\[（【［][ \t]{{0,3}}{re.escape(text)}[ \t]*[)\]）】］]"
    before_a_dash = rf"(?<!\w){re.escape(text)} (?:--?|–|—) "
    return re.search(rf"{inside}|{before_a_dash}", article) is not None


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=8))
def test_articles_are_those_of_a_search_one_by_one(articles: list[str]) -> None:
    found = search_phrases([field(articles)], TEXTS)
    for text in TEXTS:
        expected = [position for position, article in enumerate(articles) if holds(article, text)]
        assert found[text].anywhere.tolist() == expected


@pytest.mark.parametrize("few", [0, 1, 1000])
def test_searching_in_halves_finds_the_same(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(phrase_search, "FEW", few)
    monkeypatch.setattr(phrase_search, "MAX_TEXTS", 3)
    articles = [f"{text} {number}{mark}" for number in range(9) for text in TEXTS for mark in (" (AP)", " - x - ", "")]
    found = search_phrases([field(articles)], TEXTS)
    for text in TEXTS:
        assert found[text].anywhere.tolist() == [at for at, article in enumerate(articles) if holds(article, text)]
        assert found[text].marked.tolist() == [at for at, article in enumerate(articles) if holds_marked(article, text)]


def test_an_article_with_the_text_in_both_fields_counts_once() -> None:
    found = search_phrases([field(["AP", "no", "AP AP"]), field(["AP", "(AP)", "no"])], ["AP"])
    assert (found["AP"].anywhere.tolist(), found["AP"].marked.tolist()) == ([0, 1, 2], [1])


def test_a_text_that_reaches_into_the_next_article_is_in_neither() -> None:
    found = search_phrases([field(["one", "two", "one\ntwo"])], ["one\ntwo"])
    assert found["one\ntwo"].anywhere.tolist() == [2]


def test_a_long_text_is_found_by_its_beginning_and_checked_to_its_end() -> None:
    long = "bread " * 30 + "and tea"
    articles = [long, long[:-3] + "salt", long + "s", f"x {long} x"] * 20
    assert search_phrases([field(articles)], [long])[long].anywhere.tolist() == [
        at for at in range(80) if at % 4 in (0, 3)
    ]


def test_no_articles_and_no_texts_are_searched_without_a_hit() -> None:
    assert search_phrases([field([])], ["AP"])["AP"].anywhere.tolist() == []
    assert search_phrases([field(["AP"])], []) == {}
