"""One noun belongs to each corpus, and every sentence names its texts by it."""

from __future__ import annotations

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bowcore.corpus.options import split_options
from bowcore.corpus.sources import noun_of
from bowcore.errors import CorpusError
from bowcore.nouns import A_TEXT, TEXT, TEXTS, VALIDATION_TEXTS, Filled, fill, noun, use
from bowcore.recipe.recipe import Recipe
from ui.preprocessing.matrix.by_hand import weightings
from ui.texts import HELP, LABELS, OPTIONS

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("pages", "ui", "report", "charts", "bowcore")
SENTENCE = re.compile(r"\b[Aa]rticles?\b [a-z]|[a-z,] articles?\b")
NAMES = {"test articles", "training article", "in most articles first", "share of its articles", "share of articles"}
OF_ARTICLES = (
    "bowcore/cli/main.py",  # the command `article`, of the tutorial's name
    "bowcore/corpus/sources.py",  # the built-in corpora
    "bowcore/learn/network/stock_pytorch.py",
    "bowcore/take_home/",
)


def test_sentences_are_written_with_the_noun_in_use():
    written = [f"{noun_in} {TEXT} {TEXTS} {TEXTS:A} {A_TEXT} {A_TEXT:A} {VALIDATION_TEXTS}" for noun_in in [""]]
    use(noun("message"))
    assert written == [" article articles Articles an article An article validation articles"]
    assert (
        f"{TEXT} {TEXTS} {TEXTS:A} {A_TEXT} {VALIDATION_TEXTS}"
        == "message messages Messages a message validation messages"
    )


def test_templates_are_filled_when_they_are_shown():
    labels = Filled({"share": "In at most … of {TEXTS}", "plain": "Seed {0}"})
    use(noun("essay"))
    assert (labels["share"], labels["plain"]) == ("In at most … of essays", "Seed {0}")
    assert fill("{TEXTS:A} per update; {A_TEXT}, {A_TEXT:A}") == "Essays per update; an essay, An essay"


def test_a_corpus_names_its_texts():
    assert noun_of("bbc-news").many == noun_of("ag-news").many == "articles"
    assert noun_of("own:abc/shop.csv").many == noun_of("hub:owner/name").many == "texts"
    assert noun_of("shop.csv?body=remark&noun=review").many == "reviews"
    assert noun_of("shop.csv?unknown=1").many == "texts"  # opening it says what is wrong
    assert split_options("shop.csv?noun=query")[1].query() == "?noun=query"


@pytest.mark.parametrize("word", ["12", "<b>", "a" * 25, "re*view"])
def test_what_is_no_noun_is_refused(word: str):
    with pytest.raises(CorpusError, match="must be a noun"):
        split_options(f"shop.csv?noun={word}")


def test_each_thread_has_its_own_noun():
    use(noun("review"))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: f"{TEXTS}").result() == "articles"
    assert f"{TEXTS}" == "reviews"


def test_no_sentence_of_the_program_calls_texts_articles() -> None:
    """Names of columns and orders may, and code to take home, whose table is called so."""
    found = []
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        where = str(path.relative_to(ROOT))
        found += [
            f"{where}:{text.lineno}: {text.value[:60]}"
            for text in texts
            if SENTENCE.search(text.value) and id(text) not in docstrings
            if text.value not in NAMES and not where.startswith(OF_ARTICLES)
        ]
    assert not found, "\n".join(found)


def test_no_label_help_or_way_of_a_setting_is_shown_with_its_braces() -> None:
    shown = [*LABELS.values(), *HELP.values(), *(label for options in OPTIONS.values() for label in options.values())]
    shown += weightings(Recipe())
    assert not [text for text in shown if "{" in text]
    assert "TF: share of the article" in shown and "In at least … articles" in shown
