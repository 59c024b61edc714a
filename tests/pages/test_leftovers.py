"""Leftovers and source words on the data page, over texts written for this test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.memo import process_memo
from bowcore.findings.leftovers import Leftovers, find_leftovers
from bowcore.recipe.recipe import Recipe
from tests.findings.test_leftovers import split_of
from tests.pages.opening import answered, open_page, shown
from ui.data.leftovers import marked, repair_changes_one

N = 400
CLASSES = ("Bakery", "Harbour")
ABOUT = Provenance("Home-made", "written for this test", "none")
SUBJECTS = (("bread", "oven", "dough", "crust"), ("ferry", "port", "anchor", "tide"))


def lines() -> Corpus:
    """Bakery articles are tagged by one agency, harbour articles by another; a third of the former hold an entity."""
    generator = np.random.default_rng(3)
    labels = np.arange(N) % 2
    titles, bodies = [], []
    for row in range(N):
        first, second = generator.choice(SUBJECTS[labels[row]], 2)
        titles.append(f"News {row} of {first}")
        entity = " #39;s" if labels[row] == 0 and row % 3 == 0 else ""
        agency = ("OVENPRESS", "TIDEWIRE")[labels[row]]
        bodies.append(f"OSLO ({agency}) - The {second}{entity} of day {row} was good")
    return make_corpus("lines", titles, bodies, labels, CLASSES, rule=SplitRule(0.2, 0.2), provenance=ABOUT)


@pytest.fixture(autouse=True)
def corpus(home: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setitem(sources.SOURCES, "lines", Source("lines", ABOUT, lambda _: lines(), lambda: True))
    st.cache_resource.clear()
    process_memo().clear()
    return lines()


def view(name: str, recipe: Recipe | None = None) -> AppTest:
    app = open_page("data.py", recipe or Recipe().change(corpus="lines"))
    app = answered(app.segmented_control(key="data_view").set_value(name).run())
    assert [error.message for error in app.exception] == []
    return app


def open_bodies(app: AppTest) -> list[str]:
    from ui import answers

    split = answers.experiments().split(app.session_state["recipe"])
    return [body for part in (split.train, split.validation) for body in part.articles["body"].to_pylist()]


def leftovers_of(texts: list[str]) -> Leftovers:
    return find_leftovers(pa.array(texts, pa.large_string()), split_of([0] * len(texts), len(texts), ("a",)))


def fragments_marked(html: str) -> list[str]:
    return re.findall(r"<span [^>]*>(.*?)</span>", html)


def frame_with(app: AppTest, *columns: str):
    return next(frame.value for frame in app.dataframe if set(columns) <= set(frame.value.columns))


def test_the_share_of_articles_with_a_leftover_is_told_by_itself() -> None:
    app = view("Leftovers")
    bodies = open_bodies(app)
    n = sum("#39;" in body for body in bodies)
    assert (
        f"**{100 * n / len(bodies):.1f} % of the articles** contain an entity without its &, {n:,} of {len(bodies):,}"
        in shown(app)
    )
    row = frame_with(app, "kind", "articles", "examples").iloc[0]
    assert (row["kind"], row["articles"], row["examples"]) == ("entity without its &", n, "#39;")


def test_agencies_are_found_by_where_they_stand_and_counted_by_class() -> None:
    app = view("Leftovers")
    app.session_state["tags_table"] = True
    app.run()
    table = frame_with(app, "tag", "Bakery").set_index("tag")
    bodies = open_bodies(app)
    for tag, shares in (("OVENPRESS", [1.0, 0.0]), ("TIDEWIRE", [0.0, 1.0])):
        assert table.loc[tag, "articles"] == sum(tag in body for body in bodies)
        assert table.loc[tag, list(CLASSES)].tolist() == shares


def test_one_click_repairs_and_the_page_says_what_is_left() -> None:
    app = view("Leftovers")
    answered(app.button(key="leftovers_repair").click().run())
    assert [error.message for error in app.exception] == []
    assert app.session_state["recipe"].text.repair
    assert "After the repair: 0 articles" in shown(app)
    assert frame_with(app, "kind", "after repair")["after repair"].tolist() == [0]
    app.button(key="leftovers_repair").click().run()
    assert not app.session_state["recipe"].text.repair


def test_an_article_is_shown_as_written_with_its_leftover_marked_and_repaired_beside_it() -> None:
    app = view("Leftovers")
    html = next(element.value for element in app.get("html") if "pre-wrap" in str(element.value))
    assert 'border-radius:2px">#39;</span>s of day' in html
    assert any("'s of day" in text.value for text in app.text)


def test_hostile_text_is_escaped_where_it_is_marked() -> None:
    text = "<script>x</script> & #39; <b>"
    for finding in leftovers_of([text]).findings:
        html = marked(text, finding)
        assert "<script>" not in html and "<b>" not in html and "&lt;script&gt;" in html


def test_all_that_the_corpus_holds_is_marked_though_the_text_alone_would_not_tell() -> None:
    texts = ["Bread amp; tea gt;gt; salt"] * 4 + ["amp amp amp amp; and PlayStation"]
    found = leftovers_of(texts)
    html = marked(texts[-1], found.finding("entity without its &"))
    assert fragments_marked(html) == ["amp;"]
    assert fragments_marked(marked(texts[0], found.finding("entity without its &"))) == ["amp;", "gt;", "gt;"]


def test_only_words_that_are_glued_are_marked_and_no_name() -> None:
    texts = ["bread oven"] * 20 + ["Our breadOven by PlayStation"]
    assert fragments_marked(marked(texts[-1], leftovers_of(texts).finding("glued words"))) == ["breadOven"]


def test_a_fragment_of_many_lines_stays_inside_its_code() -> None:
    hostile = "<a\n\n# [Sign in](https://evil.example)\n\n>"
    bodies = [f"Bread {row} {hostile}" if row % 2 else f"Tea {row}" for row in range(N)]
    named = make_corpus(
        "lines",
        [f"News {row}" for row in range(N)],
        bodies,
        np.arange(N) % 2,
        CLASSES,
        rule=SplitRule(0.2, 0.2),
        provenance=ABOUT,
    )
    source = Source("lines", ABOUT, lambda _: named, lambda: True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sources.SOURCES, "lines", source)
        st.cache_resource.clear()
        process_memo().clear()
        paragraph = next(
            element.value for element in view("Leftovers").markdown if "of the articles**" in element.value
        )
    assert "`<a # [Sign in](https://evil.example) >`" in paragraph
    assert "\n" not in paragraph and paragraph.count("[Sign in](") == 1


def test_words_that_name_a_source_are_listed_with_the_way_it_was_decided() -> None:
    app = view("Source words")
    table = frame_with(app, "term", "at a source").set_index("term")
    assert {"ovenpress", "tidewire"} <= set(table.index)
    assert table.loc["ovenpress", "of this class"] == 100
    assert table.loc["ovenpress", "95 %"].endswith("–100.0")
    assert table.loc["ovenpress", "mostly in"] == "agency tag"
    assert "bread" not in table.index
    app.segmented_control(key="source_shown").set_value("Near one class").run()
    assert {"bread", "tidewire"} <= set(frame_with(app, "term", "at a source")["term"])


def proposal(app: AppTest) -> Any:
    groups: list[Any] = [*app.get("pills"), *app.get("button_group")]
    return next(group for group in groups if group.label.startswith("Proposed:"))


def test_only_words_near_one_class_that_name_a_source_are_ticked() -> None:
    app = view("Source words")
    app.segmented_control(key="source_shown").set_value("Near one class").run()
    table = frame_with(app, "term", "at a source").set_index("term")
    ticked = set(proposal(app).value)
    assert ticked == set(proposal(app).options) and "tidewire" in ticked
    assert "bread" not in ticked and "bread" in app.multiselect[0].options
    assert (table.loc[sorted(ticked), "at a source"] >= 50).all()
    assert (table.loc[sorted(ticked), "of this class"] >= 95).all()
    proposal(app).set_value(sorted(ticked - {"tidewire"})).run()
    assert app.button(key="source_mask_go").label.startswith(f"Mask {len(ticked) - 1} word")


def test_chosen_words_are_masked_by_one_click_and_the_change_is_paired() -> None:
    app = view("Source words")
    assert {"ovenpress", "tidewire"} <= set(proposal(app).value)
    assert app.multiselect[0].value == []
    app.text_input(key="source_mask_name").set_value("agencies").run()
    answered(app.button(key="source_mask_go").click().run())
    assert [error.message for error in app.exception] == []
    terms = app.session_state["recipe"].terms
    assert {"ovenpress", "tidewire"} <= set(terms.masked_words) and terms.mask_name == "agencies"
    text = shown(app)
    assert "Mask “agencies”" in text and "of 80 validation articles changed label" in text
    assert "Logistic regression follows" in text
    answered(app.button(key="source_unmask_all").click().run())
    assert app.session_state["recipe"].terms.masked_words == ()


def test_some_words_are_unmasked_and_the_others_stay() -> None:
    recipe = Recipe().change(corpus="lines", masked_words=("ovenpress", "tidewire"), mask_name="agencies")
    app = view("Source words", recipe)
    back = next(box for box in app.multiselect if box.label == "Masked now")
    back.set_value(["tidewire"]).run()
    app.button(key="source_unmask").click().run()
    assert app.session_state["recipe"].terms.masked_words == ("ovenpress",)


def cafes() -> Corpus:
    """Half of the articles write é as one sign, half as two; a tenth hold damaged characters, a tenth no letter."""
    forms, ends = ("café", "cafe\u0301"), (" \ufffd", " \x92", " \xad")
    bodies = [f"{forms[row // 2 % 2]} {'alpha' if row % 2 else 'beta'}" for row in range(N)]
    bodies = [body + ends[row % 3] if row % 10 == 4 else body for row, body in enumerate(bodies)]
    bodies = ["????" if row % 10 == 7 else body for row, body in enumerate(bodies)]
    return make_corpus("lines", [""] * N, bodies, np.arange(N) % 2, CLASSES, rule=SplitRule(0.2, 0.2), provenance=ABOUT)


@pytest.fixture
def cafe_corpus(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "lines", Source("lines", ABOUT, lambda _: cafes(), lambda: True))


@pytest.mark.usefixtures("cafe_corpus")
def test_damaged_characters_are_listed_each_with_its_articles_by_class() -> None:
    from ui import answers

    app = view("Leftovers")
    bodies = open_bodies(app)
    table = frame_with(app, "kind", "articles", "examples").set_index("kind")["articles"].to_dict()
    assert table == {
        "decomposed letters": sum("\u0301" in body for body in bodies),
        "no letter": bodies.count("????"),
        "replacement character": sum("\ufffd" in body for body in bodies),
        "control character": sum("\x92" in body for body in bodies),
        "invisible character": sum("\xad" in body for body in bodies),
    }
    recipe = app.session_state["recipe"]
    vocabulary = answers.experiments().answer(recipe).matrix.vocabulary
    frequency = dict(zip(vocabulary.terms.to_pylist(), vocabulary.document_frequency.tolist(), strict=True))
    split = answers.experiments().split(recipe)
    assert frequency["café"] == sum("caf" in body for body in split.train.articles["body"].to_pylist())
    assert set(frequency) == {"café", "alpha", "beta"}
    assert "look alike" not in shown(app)


@pytest.mark.usefixtures("cafe_corpus")
@pytest.mark.parametrize("page", ["data.py", "preprocessing.py"])
def test_a_recipe_that_keeps_two_forms_apart_is_told_that_they_look_alike(page: str) -> None:
    recipe = Recipe().change(corpus="lines", punctuation=False)
    app = view("Leftovers", recipe) if page == "data.py" else open_page(page, recipe)
    (line,) = [element.value.replace("\\", "") for element in app.warning if "look alike" in element.value]
    assert line.startswith("1 word is counted as several terms that look alike: “café” as 2.")


def test_the_repair_is_offered_only_where_it_changes_a_text() -> None:
    for text, changes in (
        ("The baker&#39;s loaf rose", True),
        ("See http://bread.example for more", False),
        ("A lost \N{REPLACEMENT CHARACTER} letter", False),
    ):
        written = leftovers_of([text])
        assert written.findings
        assert repair_changes_one(pa.array([text], pa.large_string()), written) is changes


def test_source_words_open_on_a_kind_that_has_words() -> None:
    app = view("Source words", Recipe().change(corpus="lines", text_used="headline"))
    assert app.segmented_control(key="source_shown").value == "Near one class", "no word of a headline names a source"
    assert "names a source: 0" in shown(app)
    assert not any("No term of" in info.value for info in app.info)
    assert "near one class if 95 % or more of them are of it" in shown(app)
