import math

import numpy as np
import pandas as pd
import pytest

from charts.components import article_map, explained_variance
from charts.palette import DARK, LIGHT, contrast
from charts.vocabulary import column_growth, list_overlap, terms_left, unknown_shares
from tests.joined import joined


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_overlaps_are_readable_on_their_squares(layers, palette):
    drawing = list_overlap(["one", "two"], np.array([[4, 1], [1, 4]]), palette)
    assert drawing.finding == "“one” and “two” share 1 of 4 terms, the fewest."
    _, rows = layers(drawing)[1]
    assert [(row["list"], row["other"], row["shared"]) for row in rows] == [
        ("one", "one", 4),
        ("one", "two", 1),
        ("two", "one", 1),
        ("two", "two", 4),
    ]
    assert all(contrast(row["ink"], row["fill"]) >= 4.5 for row in rows)


def test_terms_left_are_drawn_on_logarithmic_axes_with_the_choice_marked(layers):
    drawing = terms_left([1, 2, 10], [100, 60, 5], 2, LIGHT)
    curve, rule = layers(drawing)
    assert [row["terms"] for row in curve[1]] == [100, 60, 5]
    assert {curve[0]["encoding"][axis]["scale"]["type"] for axis in ("x", "y")} == {"log"}
    assert rule[1] == [{"minimum": 2}]
    assert drawing.finding == joined("40.0 % of the terms occur in fewer than 2 articles.")


def test_columns_that_occur_once_are_a_part_of_each_bar(layers):
    table = pd.DataFrame({"groups": ["1", "1–2"], "terms": [10, 40], "once": [4, 30]})
    drawing = column_growth(table, LIGHT)
    layer, rows = layers(drawing)[0]
    assert layer["mark"]["type"] == "bar"
    assert {(row["groups"], row["part"]): row["n"] for row in rows} == {
        ("1", "more often"): 6,
        ("1", "once"): 4,
        ("1–2", "more often"): 10,
        ("1–2", "once"): 30,
    }
    assert drawing.finding == joined(
        "Word groups 1–2 make 4.0 times the columns of single words; 75 % of them occur once."
    )


def test_training_is_circles_and_validation_squares(layers):
    table = pd.DataFrame({"split": ["training", "validation"], "class": ["all classes"] * 2, "share": [0.0, 0.021]})
    drawing = unknown_shares(table, LIGHT, "tokens")
    layer, _ = layers(drawing)[0]
    assert layer["encoding"]["shape"]["scale"] == {"domain": ["training", "validation"], "range": ["circle", "square"]}
    assert drawing.finding == joined("Outside the vocabulary: 0 % of training and 2.1 % of validation tokens.")
    radius = (layer["mark"]["size"] / math.pi) ** 0.5
    assert layer["encoding"]["y"]["axis"]["labelPadding"] > radius + 2, "a mark at 0 % must not cover the label"


def test_variance_is_bars_with_a_running_sum(layers):
    drawing = explained_variance({"LSA": [0.1, 0.2], "PCA": [0.3, 0.1]}, LIGHT)
    bars, _ = layers(drawing)[0]
    assert bars["mark"]["type"] == "bar"
    assert drawing.table["running"].tolist() == pytest.approx([0.1, 0.3, 0.3, 0.4])
    assert joined("30.0 % (LSA), 40.0 % (PCA)") in drawing.finding


def test_articles_have_class_colours_and_shapes_and_can_be_chosen(layers):
    table = pd.DataFrame(
        {"position": [3, 9], "x": [0.1, 0.2], "y": [1.0, 2.0], "class": ["a", "b"], "split": ["training", "validation"]}
    ).assign(number=[4, 2])
    drawing = article_map(table, DARK, ["a", "b"], ("PCA component 1", "PCA component 2"))
    layer, rows = layers(drawing)[0]
    assert [row["position"] for row in rows] == [3, 9]
    assert [row["number"] for row in rows] == [4, 2]
    assert {"split", "number"} <= {tip["field"] for tip in layer["encoding"]["tooltip"]}
    assert len(set(layer["encoding"]["shape"]["scale"]["range"])) == 2
    assert layer["encoding"]["color"]["scale"]["range"] == list(DARK.classes[:2])
    assert drawing.specification()["params"][0]["name"] == "article"
    assert "1 training and 1 validation articles on PCA component 1 and PCA component 2." in drawing.alt


def test_the_map_names_the_farthest_and_the_nearest_class():
    table = pd.DataFrame(
        {"x": [0.0, 0.0, 1.0, 1.0, 8.0, 8.0], "y": [0.0] * 6, "class": [*"aabbcc"], "split": "training"}
    ).assign(position=range(6), number=range(1, 7))
    drawing = article_map(table, LIGHT, ["a", "b", "c"], ("one", "two"))
    spread = table["x"].std(ddof=0)
    assert f"c is farthest from the other articles, {7.5 / spread:.1f} standard deviations" in drawing.finding
    assert f"b is nearest, {3 / spread:.1f}." in drawing.finding
    alone = article_map(table.head(2), LIGHT, ["a", "b", "c"], ("one", "two"))
    assert alone.finding == "All articles drawn are of one class."


def test_a_map_of_too_many_articles_is_refused():
    table = pd.DataFrame({"position": range(2001), "number": 1, "x": 0.0, "y": 0.0, "class": "a", "split": "training"})
    with pytest.raises(ValueError, match="2,001 points"):
        article_map(table, LIGHT, ["a"], ("x", "y"))
