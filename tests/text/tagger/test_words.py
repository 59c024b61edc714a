"""Lemmas word by word, against spaCy's plain pipeline and lines whose lemmas are known by hand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bowcore.text.tagger.texts import load_tagger
from bowcore.text.tagger.words import lemmas_of_words, load_language, tokens_of_words

LINES = [
    "The leaves fell, she leaves early.",
    "They weren't  flying\nplanes\tthere's 'quoted' \"mice\" (AT&T's)",
    " \x1c Y'all gotta go, c'm on\u2028let's see ",
    "São Paulo 東京 😀 a-b-c $1,000.50 x/y",
    "",
    " \t\n",
]


def test_each_word_has_the_lemmas_of_its_tokens_where_it_stands() -> None:
    assert lemmas_of_words("The leaves fell, she leaves") == (
        ("the",), ("leaf",), ("fall", ","), ("she",), ("leave",)
    )  # fmt: skip
    assert lemmas_of_words("planes weren't  here") == (("plane",), ("be", "not"), ("here",))


@pytest.mark.parametrize("line", LINES)
def test_the_lemmas_of_all_words_side_by_side_are_the_text_that_articles_are_read_as(line: str) -> None:
    found = lemmas_of_words(line)
    assert len(found) == len(line.split())
    (whole,) = load_tagger()([line])
    assert [lemma for word in found for lemma in word] == whole.split()


@pytest.mark.parametrize("line", LINES)
def test_a_word_by_itself_has_the_tokens_that_it_has_in_its_text(line: str) -> None:
    alone = [token for word in tokens_of_words(line.split()) for token in word]
    assert alone == [token.text for token in load_language()(line) if not token.is_space]
    assert "".join(alone) == "".join(line.split())


def test_a_very_long_word_is_one_word() -> None:
    assert list(map(len, lemmas_of_words("x" * 100_000))) == [1]


def test_the_module_is_imported_without_the_library() -> None:
    code = "import sys; import bowcore.text.tagger.words, bowcore.tasks.lemmatise_words; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "bowcore.text.tagger.words" in modules
    assert "spacy" not in modules
