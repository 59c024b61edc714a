"""The merge table on screen: a column per class, or the most frequent class if there are many."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bowcore.recipe.recipe import Recipe
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from bowcore.trace.merges import Merges, find_merges
from tests.small_corpora import SMALL_CORPORA
from ui.preprocessing.words.merges import (
    found_in,
    hidden_columns,
    merge_table,
    with_final_terms,
    with_shares,
    words_of_row,
)


def lowered(texts: list[str], labels: list[int], n_classes: int) -> Merges:
    units = number_units(pa.array(texts, pa.string()))
    chain = apply_chain(units.types, Recipe().terms)
    return find_merges(chain.steps[0], units.counts(), np.array(labels), n_classes)


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_shares_of_a_form_are_those_of_articles_with_only_this_form(name: str) -> None:
    texts, labels, class_names = SMALL_CORPORA[name]()
    texts = [text if row % 2 else text.upper() for row, text in enumerate(texts)]
    table = merge_table(lowered(texts, labels, len(class_names)), class_names, flagged_first=False)
    for row in table.to_dict("records"):
        words = [text.split() for text in texts]
        assert row["articles"] == sum(row["form"] in article for article in words)
        assert row["form"].lower() == row["term"]
        alone = [
            class_names[label]
            for article, label in zip(words, labels, strict=True)
            if {word for word in article if word.lower() == row["term"]} == {row["form"]}
        ]
        assert row["alone in"] == len(alone)
        if not alone:
            continue
        shares = [100 * alone.count(label) / len(alone) for label in class_names]
        if len(class_names) > 6:
            assert shares[class_names.index(row["most often in"])] == max(shares)
            assert row["share there"] == pytest.approx(max(shares))
        else:
            assert [row[label] for label in class_names] == pytest.approx(shares)
    assert (len(table) > 0) == (name not in ("one_document", "japanese"))


def test_the_largest_difference_is_that_of_the_shares_in_the_same_row() -> None:
    texts = ["the"] * 30 + ["The"] * 40 + ["The the"] * 50
    labels = [0, 0, 1] * 10 + [0, 1, 1, 1] * 10 + [1] * 50
    table = merge_table(lowered(texts, labels, 2), ("a", "b"), flagged_first=False)
    assert table["alone in"].tolist() == [40, 30]
    assert table["a"].tolist() == pytest.approx([25, 200 / 3])
    assert table["largest difference"].tolist() == pytest.approx([100 * (2 / 3 - 1 / 4)] * 2)
    assert table["differs most in"].tolist() == ["b"] * 2  # so it does in a: there are two classes
    assert table["articles"].tolist() == [90, 80]


def test_a_form_that_never_occurs_alone_has_no_shares() -> None:
    table = merge_table(lowered(["US us", "us"], [0, 1], 2), ("a", "b"), flagged_first=False).set_index("form")
    assert table.loc["US", "alone in"] == 0
    assert np.isnan(table.loc["US", "a"])
    assert table.loc["us", "b"] == 100


def test_a_term_that_a_later_step_drops_is_marked_and_still_opens_a_word() -> None:
    made = merge_table(lowered(["US us Cats cats", "The the"], [0, 1], 2), ("a", "b"), flagged_first=False)
    final = [{"the": "", "cats": "cat"}.get(term, term) for term in made["term"]]
    table = with_final_terms(made, final)
    rows = {(row["form"], row["term"], row["after this step"]) for row in table.to_dict("records")}
    assert rows == {
        ("US", "us", ""), ("us", "us", ""), ("Cats", "cat", "cats"), ("cats", "cat", "cats"),
        ("The", "∅", "the"), ("the", "∅", "the"),
    }  # fmt: skip
    opened = {row["form"]: words_of_row(table, place, "tokens") for place, row in enumerate(table.to_dict("records"))}
    assert opened["The"] == ["the", "The"]
    assert opened["Cats"] == ["cat"]
    assert opened["US"] == ["us"]


def test_without_changes_by_later_steps_there_is_no_second_column() -> None:
    made = merge_table(lowered(["US us"], [0], 2), ("a", "b"), flagged_first=False)
    assert "after this step" not in with_final_terms(made, list(made["term"]))


def test_a_class_named_like_a_column_gets_a_column_of_its_own() -> None:
    table = merge_table(lowered(["US", "us"], [0, 1], 2), ("form", "tokens"), flagged_first=False)
    assert table["form"].tolist() == ["US", "us"]
    assert table["form (class)"].tolist() == [100, 0]
    assert table["tokens (class)"].tolist() == [0, 100]


def test_a_class_named_like_a_verdict_leaves_the_verdict_in_place() -> None:
    names = ("classes", "largest difference", "adjusted p", "differs most in")
    table = merge_table(lowered(["US", "us", "us"], [0, 1, 2], 4), names, flagged_first=False)
    assert [table[f"{name} (class)"].tolist() for name in names] == [[0, 100], [50, 0], [50, 0], [0, 0]]
    assert table["classes"].tolist() == ["too few alone", "too few alone"]
    assert table["largest difference"].isna().all()
    assert table["adjusted p"].tolist() == table["differs most in"].tolist() == ["", ""]


def test_a_search_finds_all_forms_of_a_merge_by_any_of_them() -> None:
    table = merge_table(lowered(["US us", "Bread bread"], [0, 1], 2), ("a", "b"), flagged_first=False)
    assert found_in(table, "US")["form"].tolist() == found_in(table, "us")["form"].tolist() == ["US", "us"]
    assert found_in(table, "Br")["form"].tolist() == ["Bread", "bread"]
    assert found_in(table, "(").empty


def test_merges_that_differ_come_first_on_request_and_others_by_their_tokens() -> None:
    texts = ["The the"] * 99 + ["US"] * 40 + ["us"] * 40
    labels = [0, 1] * 49 + [0] + [0] * 40 + [1] * 40
    found = lowered(texts, labels, 2)
    assert merge_table(found, ("a", "b"), flagged_first=False)["term"].tolist() == ["the", "the", "us", "us"]
    first = merge_table(found, ("a", "b"), flagged_first=True)
    assert first["term"].tolist() == ["us", "us", "the", "the"]
    assert first["classes"].tolist() == ["≠ differ", "≠ differ", "too few alone", "too few alone"]
    assert first["largest difference"].tolist() == pytest.approx([100, 100, np.nan, np.nan], nan_ok=True)
    shown, _ = with_shares(first, ("a", "b"))
    assert shown["classes"].tolist() == ["≠ in a", "≠ in a", "too few alone", "too few alone"]
    assert first["adjusted p"].tolist() == ["< 0.001", "< 0.001", "", ""]


def test_the_shares_of_few_classes_are_in_one_column_under_short_names() -> None:
    texts, labels = ["the"] * 30 + ["The"] * 40 + ["US us"], [0, 0, 1] * 10 + [0, 1, 1, 1] * 10 + [0]
    names = ("business", "articles")
    table = merge_table(lowered(texts, labels, 2), names, flagged_first=False)
    shown, columns = with_shares(table, names)
    written = dict(zip(shown["form"], shown["shares"], strict=True))
    assert (written["The"], written["the"]) == ("25 · 75 %", "67 · 33 %")
    assert not isinstance(written["US"], str)  # it never occurs alone
    assert columns["shares"]["label"] == "bus · art" and "business, articles" in columns["shares"]["help"]
    assert hidden_columns(shown, names) == ["articles", "differs most in", "business", "articles (class)"]


def test_of_many_classes_the_most_frequent_one_is_shown() -> None:
    names = tuple("abcdefg")
    table = merge_table(lowered(["the The"] * 7, list(range(7)), 7), names, flagged_first=False)
    shown, _ = with_shares(table, names)
    assert "shares" not in shown
    assert hidden_columns(shown, names) == ["articles", "differs most in"]
    assert {"most often in", "share there"} <= set(shown)
