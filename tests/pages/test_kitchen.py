"""A teacher's small file: a filter, another page, Back, a reload. Texts that are read from right to left."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import by_label, open_page, shown, visit
from ui.state import address
from ui.texts import isolated

TEXTS = {
    "kitchen": (["mother went home", "smothered in sauce"] * 20, ["a", "b"] * 20),
    "arabic": (["ذهبت الأم إلى البيت، 12 مرة", "الدجاج في الصلصة (3 قطع)"] * 20, ["أخبار", "مطبخ"] * 20),
}


@pytest.fixture(autouse=True)
def corpora(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (texts, labels) in TEXTS.items():
        about = Provenance(name, "written for this test", "none")
        read = partial(load, name, texts, labels, about)
        monkeypatch.setitem(sources.SOURCES, name, Source(name, about, read, lambda: True))
    st.cache_resource.clear()
    process_memo().clear()


def load(name: str, texts: list[str], labels: list[str], about: Provenance, _: object) -> Corpus:
    names = tuple(sorted(set(labels)))
    numbers = np.array([names.index(label) for label in labels])
    return make_corpus(name, [""] * 40, texts, numbers, names, rule=SplitRule(0.15, 0.15), provenance=about)


def listed(app: AppTest) -> list[str]:
    (table,) = (element.value for element in app.dataframe if "first example" in element.value)
    return sorted(table["term"])


def query(app: AppTest) -> dict[str, str]:
    return {name: str(value[0] if isinstance(value, list) else value) for name, value in app.query_params.items()}


def test_the_filter_and_the_choice_of_shares_survive_another_page_back_and_a_reload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page("words.py", Recipe().change(corpus="kitchen"), words_view="Word list")
    by_label(app.text_input, "Find a term").set_value("mo").run()
    by_label(app.get("button_group"), "In each class").set_value("share of articles").run()
    assert listed(app) == ["mother", "smothered"]
    there = query(app)
    assert there["words_find_list"] == "mo" and there["words_rate"] == "share-of-articles"
    visit(app, "data.py")
    assert query(app) == there, "the query is that of all pages, so that Back is one press"
    by_label(app.get("button_group"), "View").set_value("Articles").run()
    assert query(app) == there | {"data_view": "articles"}

    del app.query_params["data_view"]
    with monkeypatch.context() as browser:
        browser.setattr(address, "_history_moved", lambda: True)
        visit(app, "words.py")

    def assert_restored(session: AppTest) -> None:
        assert by_label(session.text_input, "Find a term").value == "mo"
        assert by_label(session.get("button_group"), "In each class").value == "share of articles"
        assert listed(session) == ["mother", "smothered"]

    assert_restored(app)
    choices = {name: value for name, value in there.items() if name != "recipe"}
    assert_restored(open_page("words.py", link=there["recipe"], **choices))


def test_arabic_is_ordered_by_itself_wherever_it_is_shown() -> None:
    app = open_page("data.py", Recipe().change(corpus="arabic"), data_view="Articles")
    assert not app.exception
    table = next(element for element in app.dataframe if "article" in element.value)
    drawn = convert_arrow_bytes_to_pandas_df(table.proto.arrow_data.styler.display_values)["article"]
    assert drawn.tolist() == [isolated(text) for text in table.value["article"]] != table.value["article"].tolist()
    marked = [element.value for element in app.get("html") if "font-size:.875rem" in element.value]
    assert marked and all('<div dir="auto"' in text for text in marked)
    assert "\N{FIRST STRONG ISOLATE}أخبار\N{POP DIRECTIONAL ISOLATE}" in shown(app)
    visit(app, "preprocessing.py")
    assert by_label(app.text_area, "Sentence to follow").value in TEXTS["arabic"][0]
    assert '<td dir="auto"' in next(element.value for element in app.get("html") if "<table" in element.value)
