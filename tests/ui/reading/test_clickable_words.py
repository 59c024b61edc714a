"""Words in context from any page: which click opens which word, with the counts of a plain search."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import trace
from tests.pages.opening import PAGES, assert_in_shell, by_label, open_page, shown, write_own
from tests.pages.plain import RECOMMENDED, articles, class_names, terms_of_unit, tokens
from tests.text import reference
from ui.preprocessing.words.tricky_strings import NOTHING, words_of_cell
from ui.reading import clickable_words
from ui.reading.clickable_words import words_in

OPEN = ("train", "validation")
SENTENCE = "Ministers argued about 39 well-kept banks; Zaphod didn't"


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    return bowlab_home


def beginning(found: list[int]) -> str:
    """How the dialog must begin, from the occurrences in every training and validation article."""
    assert sum(found) > 0
    return f"{sum(found):,} times in {sum(n > 0 for n in found):,} of {len(found):,} training and validation articles"


def counts(term: str, recipe: Recipe = RECOMMENDED) -> str:
    return beginning([article.count(term) for part in OPEN for article in tokens(part, recipe)])


def counts_of_pair(first: str, second: str) -> str:
    every = [article for part in OPEN for article in tokens(part, RECOMMENDED)]
    return beginning([list(pairwise(article)).count((first, second)) for article in every])


def counts_as_written(word: str) -> str:
    return beginning([f"{title} {body}".split().count(word) for part in OPEN for title, body, _ in articles(part)])


def pills(app: AppTest, key: str) -> Any:
    (found,) = [group for group in app.get("button_group") if re.fullmatch(rf"{key}(-\d+)?", str(group.key))]
    return found


def test_long_words_that_begin_alike_have_pills_of_their_own() -> None:
    words = [f"{'very' * 15}{end}" for end in ("one", "two")]
    labels = clickable_words._labels([*words, words[0], " "])
    assert list(labels.values()) == words
    assert all("…" in label and label[-3:] == word[-3:] for label, word in labels.items())


def click(app: AppTest, key: str, word: str) -> AppTest:
    return pills(app, key).set_value(word).run()


def asked(app: AppTest, key: str, *words: str) -> AppTest:
    """The page after a click on a row or a mark has left these words, which no test without a browser can do."""
    app.session_state["context_clicked"] = (key, *words)
    app.run()
    assert_in_shell(app)
    return app


def opened(app: AppTest, key: str) -> AppTest:
    """The page with a small closed box opened."""
    app.session_state[key] = True
    return app.run()


def in_panel(name: str, recipe: Recipe | None = None) -> AppTest:
    return by_label(open_page("preprocessing.py", recipe).get("button_group"), "Panel").set_value(name).run()


def test_every_word_of_the_own_sentence_is_offered_as_it_is_counted_or_else_as_it_is_written() -> None:
    traced = trace(SENTENCE, RECOMMENDED)
    expected = [term for unit in SENTENCE.split() for term in terms_of_unit(unit, RECOMMENDED.terms) or (unit,)]
    assert words_in(traced) == expected
    assert "39" in expected and "kept" in expected
    assert words_in(traced, 2) == ["ministers", "argued"]


def test_a_click_on_a_word_of_the_own_sentence_opens_it_each_time_and_leaves_none_chosen() -> None:
    app = by_label(open_page("preprocessing.py").text_area, "Sentence to follow").set_value(SENTENCE).run()
    for _ in range(2):
        click(app, "lineage_words", "banks")
        assert_in_shell(app)
        assert counts("banks") in shown(app)
        assert pills(app, "lineage_words").value is None
        assert counts("banks") not in shown(app.run())


def test_a_dropped_word_of_the_sentence_opens_as_written_and_an_unheard_one_says_so() -> None:
    app = by_label(open_page("preprocessing.py").text_area, "Sentence to follow").set_value(SENTENCE).run()
    click(app, "lineage_words", "39")
    assert "not a term of these articles" in shown(app)
    assert counts_as_written("39") in shown(app)
    click(app, "lineage_words", "zaphod")
    assert_in_shell(app)
    assert "None of these articles contains “zaphod” under this recipe." in app.info[0].value


def test_a_word_group_of_the_sentence_opens_its_places() -> None:
    recipe = RECOMMENDED.change(ngrams=2)
    app = by_label(open_page("preprocessing.py", recipe).text_area, "Sentence to follow")
    app = app.set_value("The bank lends").run()
    click(app, "lineage_groups", "the bank")
    assert counts_of_pair("the", "bank") in shown(app)


@pytest.mark.parametrize("word", ["$x$", "[a](b)", "**bold**", "<b>", ":smile:", "😀", "`code`", "x" * 300])
def test_a_word_of_any_signs_is_offered_and_opens(word: str) -> None:
    raw = RECOMMENDED.change(lower_case=False, possessives=False, punctuation=False, digits=False)
    app = by_label(open_page("preprocessing.py", raw).text_area, "Sentence to follow").set_value(f"a {word}").run()
    labels = clickable_words._labels([word])
    click(app, "lineage_words", next(iter(labels)))
    assert_in_shell(app)
    assert "None of these articles contains" in app.info[-1].value


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("string", ["well", "kept"]),
        ("tricky", ["well", "kept"]),
        ("", ["well", "kept"]),
        ("now", ["well", "kept"]),
        ("before", ["well-kept"]),
        ("recommended", ["well", "|", "kept"]),
    ],
)
def test_a_cell_of_the_bench_opens_its_own_terms_and_any_other_the_terms_of_now(column: str, words: list[str]) -> None:
    row = {"string": "Well-kept", "tricky": "hyphen", "before": "well-kept", "now": "well | kept"}
    table = pd.DataFrame([row | {"recommended": "well | | | kept"}])
    assert words_of_cell(table, 0, column) == words


def test_a_string_of_the_bench_that_leaves_nothing_opens_as_written_and_an_own_one_has_no_recommendation() -> None:
    rows = [("1999 1990s", NOTHING, "s"), ("Own line", "own | line", "")]
    table = pd.DataFrame(rows, columns=["string", "now", "recommended"])
    assert words_of_cell(table, 0, "now") == ["1999", "1990s"]
    assert words_of_cell(table, 0, "recommended") == ["s"]
    assert words_of_cell(table, 1, "recommended") == ["own", "line"]


DIALOG = """
from bowcore.recipe.presets import preset
from ui import answers
from ui.reading.clickable_words import open_context
open_context(answers.answer(preset("recommended")), "workers", others=["rights"])
"""


def test_of_several_terms_of_a_string_the_first_is_read_and_the_others_are_to_choose() -> None:
    app = asked(in_panel("Test bench"), "bench", "workers", "rights")
    assert counts("workers") in shown(app)
    app = AppTest.from_string(DIALOG, default_timeout=600).run()
    (choice,) = [group for group in app.get("button_group") if group.key.startswith("context_word")]
    assert choice.options == ["workers", "rights"]
    choice.set_value("rights").run()
    assert counts("rights") in shown(app)
    assert counts("workers") not in shown(app)


def test_words_on_one_stop_list_only_are_tables_with_their_tokens_and_open() -> None:
    app = in_panel("Stop lists")
    arriving = [reference.straight(term) for article in tokens("train", RECOMMENDED) for term in article]
    tables = [element.value for element in app.dataframe if list(element.value) == ["word", "tokens"]]
    assert len(tables) == 2
    for table in tables:
        assert len(table) > 10
        assert table["tokens"].tolist() == [arriving.count(reference.straight(word)) for word in table["word"]]
        assert table["tokens"].is_monotonic_decreasing
    word = tables[0]["word"][0]
    assert counts(word) in shown(asked(app, "only_spaCy", word))


def test_an_own_stop_list_opens_its_words_as_they_are_written() -> None:
    app = in_panel("Stop lists", RECOMMENDED.change(stop_words="own", own_stop_words=("said", "mr")))
    assert counts_as_written("said") in shown(asked(app, "own_words", "said"))


def test_terms_that_a_change_took_and_brought_open_from_their_boxes_and_bars() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(word_forms="stem"))
    app.session_state["past"] = [RECOMMENDED]
    app.run()
    opened(app, "terms_gone")
    stems = {term for article in tokens("train", RECOMMENDED.change(word_forms="stem")) for term in article}
    words = [term for article in tokens("train", RECOMMENDED) for term in article]
    (table,) = [element.value for element in app.dataframe if "document_frequency" in element.value]
    gone = table["term"].tolist()
    assert len(gone) == 100 and not set(gone) & stems
    assert table["term_frequency"].tolist() == [words.count(term) for term in gone]
    # as the recipe before counted it
    assert counts(gone[0]) in shown(asked(app, "terms_gone_words", gone[0]))
    assert "under the previous recipe" in shown(asked(app, "term_changes", gone[0]))
    for key in ("terms_come_words", "term_changes_table_words", "term_changes"):
        assert counts("said", RECOMMENDED.change(word_forms="stem")) in shown(asked(app, key, "said"))


def test_the_terms_of_the_playgrounds_text_and_its_bars_open() -> None:
    app = open_page("playground.py")
    write_own(app, "The bank lends")
    table = next(element.value for element in app.dataframe if "here" in element.value)
    assert sorted(table["term"]) == ["bank", "lends", "the"]
    assert counts("bank") in shown(asked(app, "card_terms", "bank"))
    click(opened(app, "card_text_words"), "card_text_words_pills", "lends")
    assert counts("lends") in shown(app)
    write_own(app, "")
    for key in ("card_words", "card_matrix"):
        assert counts("film") in shown(asked(app, key, "film"))


def test_a_word_of_an_article_behind_a_prediction_opens() -> None:
    app = opened(opened(open_page("confusion.py"), "cell_words"), "cell_words")
    options = pills(app, "cell_words_pills").options
    assert len(options) > 20
    word = next(option for option in options if option.isalpha())
    click(app, "cell_words_pills", word)
    assert counts(word) in shown(app)


LOOK_UP = """
from bowcore.recipe.presets import preset
from ui import answers
from ui.reading.clickable_words import show_looked_up
show_looked_up(answers.answer(preset("recommended")))
"""


def looked_up(typed: str) -> AppTest:
    app = AppTest.from_string(LOOK_UP, default_timeout=600).run()
    by_label(app.text_input, "Any word, or words side by side").set_value(typed).run()
    assert [error.message for error in app.exception] == []
    return app


@pytest.mark.parametrize("file", PAGES)
def test_any_word_can_be_looked_up_on_any_page(file: str) -> None:
    app = open_page(file)
    assert "Any word, or words side by side" not in [element.label for element in app.text_input]
    app.button(key="look_up").click().run()
    assert_in_shell(app)
    assert by_label(app.text_input, "Any word, or words side by side").value == ""


def test_a_word_is_looked_up_as_it_is_counted_whatever_its_case() -> None:
    app = looked_up("  BANK ")
    assert counts("bank") in shown(app)
    assert app.dataframe[0].value["class"].tolist() == list(class_names())


def test_words_looked_up_together_are_found_side_by_side_though_they_are_no_term() -> None:
    app = looked_up("New York")
    assert counts_of_pair("new", "york") in shown(app)
    assert "not one term" in shown(app)
    (choice,) = [group for group in app.get("button_group") if group.key.startswith("context_word")]
    assert choice.options == ["new york", "new", "york"]


def test_nothing_typed_looks_nothing_up() -> None:
    app = looked_up("   ")
    assert shown(app) == ""


def test_a_clicked_cell_leaves_the_words_of_its_place_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"table": {"selection": {"rows": [], "columns": [], "cells": [(1, "after")]}}}
    monkeypatch.setattr("streamlit.session_state", state)
    places = []

    def words(row: int, column: str) -> list[str]:
        places.append((row, column))
        return ["bread", "tea", "bread"]

    clickable_words._row_clicked("table", "mine", ["a", "b"], words)
    assert places == [(1, "after")]
    assert state["context_clicked"] == ("mine", "bread", "tea")
    state["table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    clickable_words._row_clicked("table", "mine", ["a", "b"], None)
    assert state.pop("context_clicked") == ("mine", "a")
    for rows in ([], [7]):  # emptied, and a row of a table that has become shorter
        state["table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}
        clickable_words._row_clicked("table", "mine", ["a", "b"], None)
        assert "context_clicked" not in state
    assert state["mine_clicks"] == 2  # a table is a new one behind every dialog, and only there


def test_words_of_a_long_text_are_cut_to_so_many_pills_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickable_words, "MOST_PILLS", 3)
    app = by_label(open_page("preprocessing.py").text_area, "Sentence to follow").set_value("one two one three four")
    app = app.run()
    assert pills(app, "lineage_words").options == ["one", "two", "three"]
    assert "The first 3 of 4 different words." in shown(app)


@pytest.mark.parametrize(
    ("view", "box"),
    [
        ("Rank curve", "frequency_table"),
        ("Rank curve", "ranked_terms"),
        ("Sizes", "sizes_table"),
        ("Typical words", "typical_table"),
        ("Word list", "ranked_terms"),
    ],
)
def test_the_tables_behind_charts_and_lists_of_words_open_theirs_too(view: str, box: str) -> None:
    app = open_page("words.py")
    by_label(app.get("segmented_control"), "View").set_value(view).run()
    opened(app, box)
    assert_in_shell(app)
    if box != "sizes_table":
        assert counts("film") in shown(asked(app, f"{box}_words", "film"))
