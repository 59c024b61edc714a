"""How articles are called and chosen."""

from __future__ import annotations

from typing import Any

import pytest

from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import trace
from charts.palette import LIGHT
from ui.reading import articles, marked_text
from ui.reading.articles import LONGEST_SHOWN, PART, cut, parts, words_more


def test_a_long_text_is_cut_and_says_how_many_words_follow() -> None:
    text = " ".join(f"w{n}" for n in range(LONGEST_SHOWN + 21))
    shorter, rest = cut(text)
    assert (len(shorter.split()), rest) == (LONGEST_SHOWN, 21)
    assert [words_more(n) for n in (rest, 1, 0)] == [" … and 21 words more", " … and 1 word more", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        (" ", [" "]),
        ("a b", ["a b"]),
        (" a  b\nc d ", [" a  b\n", "c d "]),
        ("a b c", ["a b ", "c"]),
        ("aaaaaaaaaaaaa bb", ["aaaaaa", "aaaaaa", "a bb"]),
        ("aaaa bbbb", ["aaaa ", "bbbb"]),
    ],
)
def test_parts_hold_so_many_words_and_letters_and_are_the_text(text: str, expected: list[str]) -> None:
    assert parts(text, 2, 6) == expected
    assert "".join(expected) == text


def test_the_longest_part_marked_word_by_word_stays_below_a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_text, "palette", lambda: LIGHT)
    recipe = Recipe().change(lower_case=True, punctuation=True, possessives=True, digits=True)
    # every word is changed by several steps, and none is like another
    text = " ".join(f"Word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}'s-{n}" for n in range(PART))
    assert parts(text) == [text]
    shown = marked_text.marked_words(trace(text, recipe))
    assert shown.count("<span") == PART
    assert len(shown.encode()) < 1_000_000


class Page:
    """Stands in for Streamlit: a switch that is on or off, and a page that was turned to."""

    def __init__(self, *, whole: bool, page: int = 1) -> None:
        self.whole, self.session_state, self.drawn = whole, {"key_part": page}, []

    def toggle(self, label: str, **_: Any) -> bool:
        self.drawn.append(label)
        return self.whole

    def pagination(self, n_pages: int, **_: Any) -> None:
        self.drawn.append(f"{n_pages} parts")


def test_a_switch_opens_the_whole_of_a_long_article_and_none_is_drawn_for_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long, short = "w " * 500, "a few words"
    for whole, expected in ((False, [(("w " * 400).strip(), 100), (short, 0)]), (True, [(long, 0), (short, 0)])):
        page = Page(whole=whole)
        monkeypatch.setattr(articles, "st", page)
        assert articles.as_long_as_wanted([long, short], "key") == expected
        assert page.drawn == ["Show the whole article"]
        assert articles.as_long_as_wanted([short], "key") == [(short, 0)]
        assert page.drawn == ["Show the whole article"]


def test_an_endless_article_is_paged_through(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(f"w{n}" for n in range(2 * PART + 7))
    read = ""
    for number in (1, 2, 3):
        page = Page(whole=True, page=number)
        monkeypatch.setattr(articles, "st", page)
        monkeypatch.setattr(articles, "turned_page", lambda key, n_pages, number=number: (number, {}))
        ((shown, rest),) = articles.as_long_as_wanted([text], "key")
        read += shown
        assert page.drawn == ["Show the whole article", "3 parts"]
        assert rest == 2 * PART + 7 - len(read.split())
    assert read == text
