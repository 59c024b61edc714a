"""Every view that a reader can open has code of its own, in at most 40 lines, for every preset."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import pytest

from bowcore.recipe.presets import PRESETS
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import MOST_LINES, PAGES, page_code, parts_of
from bowcore.take_home.views import PARTS, VIEWS
from bowcore.take_home.views.left_out import LEFT_OUT
from bowcore.trace.tricky_strings import TRICKY_STRINGS
from ui.compare.views import VIEWS as COMPARED
from ui.data.views import VIEWS as DATA
from ui.preprocessing.panels import MATRIX, WORDS
from ui.shell.code import VIEWS_OF
from ui.state import address
from ui.state.widgets import as_text
from ui.training.training_view import VIEWS as TRAINED
from ui.words.views import VIEWS as OF_WORDS

KNOWN = {
    "Data": [*DATA],
    "Words": [*OF_WORDS],
    "Preprocessing": [*WORDS, *MATRIX],
    "Compare": [*COMPARED],
    "Training": [*TRAINED],
}
"""The views of each page, as its buttons name them."""
WIDEST = 120
LONG = "best"
"""A preset that repairs texts: on AG News the lines for its signs leave little room, so code is in pieces or goes on
from the saved matrix."""
IN_TWO = {"suspicious-labels", "merges", "curves", "seeds", "learning-curve", "tutorial-s-numbers", "Two models"}
"""Views, and parts of one, whose code is in two pieces for some presets: together they have more than 40 lines."""
TOO_LONG = (LONG, "ag-news", "Two models")
"""The one part that no two pieces hold: the page's own code stands there, and says so."""
OF_STEPS = (
    "test-bench",
    "by-hand",
    "cells",
    "selection",
    "limits",
    "word-groups",
    "unknown-words",
    "merges",
    "stop-lists",
)
COMPLETE = {("Words", as_text(view)) for view in OF_WORDS} | {("Preprocessing", view) for view in OF_STEPS}
COMPLETE |= {("Data", as_text(view)) for view in DATA}
COMPLETE |= {("Compare", "learning-curve"), ("Training", "learning-curve")}
"""Views whose code gives all numbers that they show."""
WITHIN = {"words_axes", "cell_view", "confusion_view"}
"""Keys of views inside of a page whose code is that of the page, with a note on what it leaves out."""
CASES = [
    pytest.param(corpus, preset, marks=[pytest.mark.slow] if corpus == "ag-news" and preset != LONG else [])
    for preset in PRESETS
    for corpus in ("bbc-news", "ag-news")
]
"""On AG News the preset with the least room is read in a build; the others are proofs."""


def test_every_view_of_the_pages_has_code_of_its_own() -> None:
    assert {(page, as_text(view)) for page, views in KNOWN.items() for view in views} == set(VIEWS)
    assert set(VIEWS_OF) == set(KNOWN)


def test_a_page_that_offers_views_is_known_here() -> None:
    ui = Path(__file__).resolve().parents[3] / "ui"
    pages = [*ui.parent.joinpath("pages").glob("*.py"), *ui.rglob("*.py")]
    keys = set()
    for path in pages:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="choose_view" | "_choose"), args=[_, ast.Constant(value=str(key)), *_]):
                    keys.add(key)
    assert keys == {key for names in VIEWS_OF.values() for key in names} | WITHIN
    assert keys <= set(address.CARRIED)  # a reload and a link open the same view


@pytest.mark.parametrize(("corpus", "preset"), CASES)
def test_the_code_of_every_view_begins_with_the_texts_in_40_lines(corpus: str, preset: str) -> None:
    if corpus == "ag-news" and "BOWLAB_DATA" not in os.environ:
        pytest.skip("BOWLAB_DATA is not set")
    recipe = PRESETS[preset].change(corpus=corpus)
    facts = find_facts(recipe)
    opened = [(page, "", "") for page in PAGES] + [(*view, "") for view in VIEWS]
    opened += [(*view, part) for view in PARTS for part in parts_of(*view)]
    for page, view, part in opened:
        for judge in ("naive-bayes", "logistic", "network") if page == "Confusion matrix" else ("naive-bayes",):
            found = page_code(page, recipe, facts, judge, view, part=part)
            assert not found.from_saved or (preset, corpus) == (LONG, "ag-news"), (page, view)
            assert "longer than 40 lines" not in found.note or (preset, corpus, part) == TOO_LONG, (page, view, part)
            assert found.n_lines <= MOST_LINES, (page, view)
            assert not found.before or preset == LONG or {view, part} & IN_TWO, (page, view, part)
            assert max(map(len, found.text.split("\n"))) <= WIDEST, (page, view)
            assert "bowcore" not in found.text
            compile(found.text, f"{page} {view}", "exec")


@pytest.mark.parametrize("page", ["Training", "Confusion matrix"])
def test_a_page_says_what_its_code_leaves_out(page: str) -> None:
    recipe = PRESETS["recommended"]
    assert page_code(page, recipe, find_facts(recipe)).note.startswith("Left out: ")


@pytest.mark.parametrize("page", ["Playground", "Confusion matrix"])
def test_the_code_of_the_blocks_is_that_of_a_page_that_they_judge(page: str) -> None:
    recipe = PRESETS["best"]
    facts = find_facts(recipe)
    assert parts_of(page, "", "blocks") == parts_of("Preprocessing", "blocks") == ("Models",)
    for part in ("", "Models"):
        found = page_code(page, recipe, facts, "blocks", settings={"row": 3, "mode": "recall"}, part=part)
        row = {"row": 3} if page == "Confusion matrix" else {}
        assert found.text == page_code("Preprocessing", recipe, facts, view="blocks", settings=row, part=part).text
        assert found.n_lines <= MOST_LINES and "The judge is the model of blocks" in found.note
    assert "pd.crosstab(labels[validation], predictions)" in found.text


def test_parts_belong_to_views_and_the_first_of_each_stands_alone() -> None:
    assert set(PARTS) <= set(VIEWS) | {(page, "") for page in PAGES}
    recipe = PRESETS["recommended"]
    facts = find_facts(recipe)
    assert not any(page_code(*view[:1], recipe, facts, view=view[1]).goes_on for view in VIEWS)


def test_every_view_says_which_of_its_numbers_its_code_leaves_out() -> None:
    assert set(LEFT_OUT) == set(VIEWS) - COMPLETE
    recipe = PRESETS["recommended"]
    facts = find_facts(recipe)
    for page, view in VIEWS:
        note = page_code(page, recipe, facts, view=view).note
        assert ("Left out: " in note) == ((page, view) not in COMPLETE), (page, view)


def test_code_of_own_texts_holds_long_ones_and_those_with_other_signs() -> None:
    recipe = PRESETS["recommended"]
    facts = find_facts(recipe)
    long = " ".join(case.text for case in TRICKY_STRINGS) + ' "quoted" \\ ' * 5
    found = page_code("Preprocessing", recipe, facts, view="order", settings={"sentence": long})
    assert max(map(len, found.text.split("\n"))) <= WIDEST
    names: dict[str, Any] = {}
    exec(found.text, names)
    assert list(names["strings"]) == [long]


def test_another_recipe_before_a_change_is_scored_too_where_it_fits() -> None:
    recipe = PRESETS["recommended"]
    facts = find_facts(recipe)
    both = page_code("Preprocessing", recipe, facts, view="accuracy", settings={"before": recipe.change(digits=False)})
    assert "binomtest" in both.text
    alone = page_code("Preprocessing", recipe, facts, view="accuracy")
    assert "binomtest" not in alone.text
    assert "It scores this recipe" not in alone.note


@pytest.mark.parametrize(("mode", "argument"), [("recall", "index"), ("precision", "columns")])
def test_the_code_of_the_confusion_matrix_has_the_shares_that_it_shows(mode: str, argument: str) -> None:
    recipe = PRESETS["recommended"]
    found = page_code("Confusion matrix", recipe, find_facts(recipe), settings={"mode": mode})
    assert f'normalize="{argument}"' in found.text
