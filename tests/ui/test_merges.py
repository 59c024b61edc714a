"""The merge table as it is shown: classes as columns, or the most frequent one where there are many."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bowcore.recipe import Recipe
from bowcore.text.merges import Merges, find_merges
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from tests.small_corpora import SMALL_CORPORA
from ui.preprocessing.merges import found_in, merge_table


def lowered(texts: list[str], labels: list[int], n_classes: int) -> Merges:
    units = number_units(pa.array(texts, pa.string()))
    chain = apply_chain(units.types, Recipe().terms)
    return find_merges(chain.steps[0], units.counts(), np.array(labels), n_classes)


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_shares_of_a_form_are_those_of_its_articles(name: str) -> None:
    texts, labels, class_names = SMALL_CORPORA[name]()
    texts = [text if row % 2 else text.upper() for row, text in enumerate(texts)]
    table = merge_table(lowered(texts, labels, len(class_names)), class_names, flagged_first=False)
    for row in table.to_dict("records"):
        holding = [class_names[label] for text, label in zip(texts, labels, strict=True) if row["form"] in text.split()]
        assert row["articles"] == len(holding)
        assert row["form"].lower() == row["term"]
        if len(class_names) > 6:
            share = 100 * holding.count(row["most often in"]) / len(holding)
            assert share == max(100 * holding.count(label) / len(holding) for label in class_names)
            assert row["share there"] == pytest.approx(share)
        else:
            shares = [100 * holding.count(label) / len(holding) for label in class_names]
            assert [row[label] for label in class_names] == pytest.approx(shares)
    assert (len(table) > 0) == (name not in ("one_document", "japanese"))


def test_a_class_that_is_called_like_a_column_gets_a_column_of_its_own() -> None:
    table = merge_table(lowered(["US", "us"], [0, 1], 2), ("form", "tokens"), flagged_first=False)
    assert table["form"].tolist() == ["US", "us"]
    assert table["form (class)"].tolist() == [100, 0]
    assert table["tokens (class)"].tolist() == [0, 100]


def test_a_class_that_is_called_like_a_verdict_leaves_the_verdict_in_place() -> None:
    names = ("classes", "largest difference", "adjusted p", "after this step")
    table = merge_table(lowered(["US", "us", "us"], [0, 1, 2], 4), names, flagged_first=False)
    assert [table[f"{name} (class)"].tolist() for name in names] == [[0, 100], [50, 0], [50, 0], [0, 0]]
    assert table["classes"].tolist() == ["too few", "too few"]
    assert table["largest difference"].tolist() == table["adjusted p"].tolist() == ["", ""]


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
    assert first["classes"].tolist() == ["≠ differ", "≠ differ", "too few", "too few"]
    assert first["largest difference"].tolist() == ["100 points a", "100 points a", "", ""]
    assert first["adjusted p"].tolist() == ["< 0.001", "< 0.001", "", ""]
