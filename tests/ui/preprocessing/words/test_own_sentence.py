"""The sentence's table and its text form, from sentences traced by hand."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import trace
from ui.preprocessing.words.own_sentence import lineage_in_words, lineage_table
from ui.reading.marked_text import legend, marked_words, styles

RECIPE = Recipe().change(stop_words="own", own_stop_words=("the",), word_forms="stem")


def vocabulary(*terms: str) -> Vocabulary:
    ones = np.ones(len(terms), dtype=np.int64)
    return Vocabulary(pa.array(sorted(terms), pa.string()), np.arange(len(terms)), ones, ones, 1)


def test_the_text_form_names_every_step_that_changed_a_word() -> None:
    traced = trace("The well-baked breads in 1999", RECIPE, vocabulary("bake", "bread", "in"))
    assert lineage_in_words(traced).split("\n") == [
        "The → the (lower case) → dropped (stop words)",
        "well-baked → well baked (punctuation) → well bake (word forms); not in the vocabulary: well",
        "breads → bread (word forms)",
        "in (kept)",
        "1999 → dropped (digits)",
    ]


def test_each_cell_is_marked_by_what_its_own_step_did() -> None:
    look = styles(tinted=True)
    table = lineage_table(trace("The well-baked breads", RECIPE))
    marked = dict(re.findall(r'<span style="([^"]*)"[^>]*>([^<]*)</span>', table)[::-1])
    assert marked[look["dropped"]] == "the"  # the word that the stop list dropped, struck through
    assert marked[look["split"]] == "well baked"
    assert f'<span style="{look["changed"]}">bread</span>' in table
    assert '<th scope="row"' in table and table.count("<tr>") == len(RECIPE.terms.order) - 3 + 2


def test_a_sentence_from_right_to_left_has_its_columns_in_that_direction() -> None:
    assert lineage_table(trace("הכלב אכל", RECIPE)).startswith('<div dir="rtl"')
    assert lineage_table(trace("the dog ate", RECIPE)).startswith('<div dir="ltr"')
    line = lineage_in_words(trace("«הבית»", Recipe()))
    assert line == "\u2068«הבית»\u2069 → \u2068הבית\u2069 (punctuation)"


def test_of_several_pieces_only_those_that_a_step_drops_are_struck_through() -> None:
    look = styles(tinted=True)
    recipe = Recipe().change(stop_words="own", own_stop_words=("at",))
    assert f'<span style="{look["dropped"]}">at</span> t</td>' in lineage_table(trace("AT&T", recipe))


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "<img/src=x>", "&lt;b&gt;", '"onclick="x', "'>"])
def test_a_hostile_word_is_escaped_everywhere(hostile: str) -> None:
    plain = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)
    for recipe in (plain, plain.change(lower_case=True), plain.change(stop_words="own", own_stop_words=(hostile,))):
        traced = trace(f"{hostile} {hostile.upper()}", recipe, vocabulary("word"))
        for source in (lineage_table(traced), marked_words(traced), legend(traced)):
            assert not re.search(r"<(?!/?(div|span|table|tr|th|td|b)[ >])", source)
            assert "onclick=" not in re.sub(r"&quot;onclick", "", source, flags=re.IGNORECASE)


def test_only_words_of_the_table_are_tinted() -> None:
    assert "background" in styles(tinted=True)["changed"]
    assert "background" not in styles()["changed"]
    # different lines too, so that no mark is a colour alone
    assert len({style.partition(";")[0] for style in styles().values()}) == len(styles())
