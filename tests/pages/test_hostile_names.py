"""Classes, terms, slices and recipes with signs of Markdown in their names, and with names that tables use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.errors import JobRequest
from bowcore.experiment.memo import process_memo
from bowcore.findings.slices import Slice
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import PAGES, open_page, shown, visit
from ui.shell.prerequisites import Offer
from ui.texts import plain

N = 300
LIVE = "[Sign in](https://evil.example)"
CLASSES = ("all classes", LIVE, "count", "classes", "tag", "=1+1")
ABOUT = Provenance(f"Home-made {LIVE}", f"written for this test {LIVE}", f"none {LIVE}")
BARE = Recipe().change(corpus="lines")
MASKED = BARE.change(masked_words=("bread",), mask_name=f"x)** {LIVE} **(")


def lines() -> Corpus:
    """Articles of six classes, tagged by three agencies, with words that are links and a form in capitals."""
    generator = np.random.default_rng(5)
    labels = np.arange(N) % len(CLASSES)
    words = np.array(["bread", "Bread", "oven", "dough", "ferry", "port", LIVE.replace(" ", "")])
    bodies = [
        f"OSLO ({('OVEN', 'TIDE', 'CRUST')[row % 3]}) - The {' '.join(generator.choice(words, 6))} of day {row} {LIVE}"
        for row in range(N)
    ]
    titles = [f"News {row} of {CLASSES[label]}" for row, label in enumerate(labels)]
    return make_corpus("lines", titles, bodies, labels, CLASSES, rule=SplitRule(0.2, 0.2), provenance=ABOUT)


@pytest.fixture(autouse=True)
def corpus(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "lines", Source("lines", ABOUT, lambda _: lines(), lambda: True))
    st.cache_resource.clear()
    process_memo().clear()


def live(app: AppTest) -> list[str]:
    """All Markdown of the page in which the link is one: outside code, and its bracket not escaped."""
    kinds = ("caption", "markdown", "info", "warning", "error", "success", "badge")
    written = [str(element.value) for kind in kinds for element in app.get(kind)]
    written += [str(element.label) for kind in ("metric", "button", "expander") for element in app.get(kind)]
    written += [text for element in app.get("segmented_control") for text in element.options]
    outside = [re.sub(r"`[^`\n]*`", "", text) for text in written]
    return [text for text in outside if re.search(r"(?<!\\)\]\(", text) or LIVE in text]


def choose(app: AppTest, key: str) -> Iterator[str]:
    """Each choice of a control of views, chosen; one empty choice where the page has no such control."""
    names = [name for control in app.get("segmented_control") if control.key == key for name in control.options]
    for name in names:
        app.segmented_control(key=key).set_value(name).run()
        yield name
    if not names:
        yield ""


def assert_dead(app: AppTest, where: str = "") -> None:
    assert [error.message for error in app.exception] == [], where
    assert live(app) == [], where


@pytest.mark.parametrize("file", PAGES)
def test_no_name_is_a_link_on_any_page_and_none_breaks_it(file: str) -> None:
    app = open_page(file, BARE)
    app.session_state["recipe"], app.session_state["past"] = MASKED, [BARE]
    app.run()
    for view in choose(app, f"{file.removesuffix('.py')}_view"):
        for panel in choose(app, f"{'matrix' if view == 'Matrix' else 'preprocessing'}_panel"):
            assert_dead(app, f"{view} {panel}")


def test_a_link_that_cannot_be_read_is_quoted_as_it_stands() -> None:
    app = open_page("playground.py", link=f"1;{LIVE}=1")
    assert_dead(app)
    assert plain(LIVE) in app.error[0].value


def test_what_an_offer_names_is_quoted_as_it_stands() -> None:
    app = open_page("playground.py", BARE)
    request = JobRequest("download", {}, "download", "corpus-none", label=f"Download {LIVE}")
    app.session_state["offer"] = Offer(f"{LIVE} is not here.", request, BARE)
    app.run()
    assert_dead(app)
    assert plain(f"Download {LIVE}") in app.button(key="offer_start").label
    assert plain(LIVE) in shown(app)


def test_a_slice_and_a_search_that_cannot_be_are_quoted_as_they_stand() -> None:
    app = open_page("data.py", BARE)
    app.segmented_control(key="data_view").set_value("Articles").run()
    app.checkbox(key="browse_regex").set_value(True).run()
    app.text_input(key="browse_query").set_value(f"({LIVE}").run()
    assert_dead(app)
    assert plain(LIVE) in app.error[0].value
    app.text_input(key="browse_query").set_value("").run()
    app.session_state["slices"] = (Slice("small", class_name=f"no {LIVE}"),)
    visit(app, "confusion.py")
    app.selectbox(key="slice_list").set_value("small").run()
    assert_dead(app)
    assert plain(LIVE) in app.warning[0].value


def test_drop_downs_name_classes_without_backslashes() -> None:
    app = open_page("words.py", BARE)
    app.segmented_control(key="words_view").set_value("Word list").run()
    assert LIVE in app.selectbox(key="words_order").options
    app.segmented_control(key="words_view").set_value("Typical words").run()
    assert LIVE in app.selectbox(key="words_class").options
    app.segmented_control(key="words_view").set_value("Rank curve").run()
    app.session_state["context_clicked"] = ("words_table", "day")
    app.run()
    assert any(name.startswith(f"{LIVE} ") for name in app.selectbox(key="context_classes").options)
    assert_dead(app)


def test_unknown_words_of_all_classes_are_told_beside_a_class_of_that_name() -> None:
    app = open_page("preprocessing.py", BARE.change(vocabulary_size=5))
    app.segmented_control(key="preprocessing_view").set_value("Matrix").run()
    app.segmented_control(key="matrix_panel").set_value("Unknown words").run()
    assert_dead(app)
    rates = unseen_of(app)
    for split in ("training", "validation"):
        part = rates[rates["split"] == split]
        assert part["n_tokens"].iloc[-1] == part["n_tokens"].iloc[:-1].sum()
    expected = f"Of {rates['n_tokens'].iloc[-1]:,} tokens of validation articles"
    assert expected in shown(app)


def unseen_of(app: AppTest) -> pd.DataFrame:
    from ui import answers
    from ui.preprocessing.matrix.unknown import _unseen

    return _unseen(answers.answer(app.session_state["recipe"]))[0]
