"""Charts of scores."""

import pandas as pd

from charts.palette import LIGHT
from charts.scores import MEASURES, per_class_scores, score_interval


def test_models_far_above_the_baseline_have_the_axis_for_themselves(layers):
    models = pd.DataFrame({"name": ["a", "b"], "accuracy": [0.96, 0.98], "low": [0.93, 0.95], "high": 0.99, "n": 334})
    drawing = score_interval(models, LIGHT, ("always guessing business", 0.231))
    drawn = layers(drawing)
    (start, end) = next(
        view["encoding"]["x"]["scale"]["domain"] for view, _ in drawn if "scale" in view["encoding"].get("x", {})
    )
    assert 0.9 < start < 0.93 and end == 1
    assert not any(row.get("accuracy") == 0.231 for _, rows in drawn for row in rows)
    assert "23.1" in drawing.finding
    assert "above always guessing business" in drawing.specification()["title"]["subtitle"]


def test_a_baseline_near_the_models_is_drawn(layers):
    models = pd.DataFrame({"name": ["a"], "accuracy": [0.7], "low": [0.6], "high": [0.8], "n": 50})
    drawn = layers(score_interval(models, LIGHT, ("always guessing 1", 0.55)))
    assert any(row.get("accuracy") == 0.55 for _, rows in drawn for row in rows)


def test_the_dashed_line_of_the_baseline_ends_at_the_border_of_a_label_that_it_would_cross(layers):
    models = pd.DataFrame(
        {"name": ["a", "b"], "accuracy": [0.95, 0.4], "low": [0.92, 0.3], "high": [0.97, 0.5], "n": 99}
    )
    marks = [view["mark"] for view, _ in layers(score_interval(models, LIGHT, ("always guessing ham", 0.93)))]
    (line,) = [place for place, mark in enumerate(marks) if "strokeDash" in mark]
    labels = [place for place, mark in enumerate(marks) if mark["type"] == "text" and place > line + 1]
    borders = [place for place in labels if marks[place].get("stroke") == LIGHT.background]
    words = [place for place in labels if place not in borders]
    assert len(borders) == len(words) == 2 and line < min(borders) and max(borders) < max(words)
    assert all(marks[place]["strokeWidth"] >= 4 for place in borders)


def test_of_more_than_forty_classes_those_of_lowest_f1_are_drawn_lowest_first(layers):
    names = [f"kind {i}" for i in range(50)]
    table = pd.DataFrame(
        [(name, measure, 0.5 + 0.009 * i, 0.4, 1.0) for i, name in enumerate(reversed(names)) for measure in MEASURES],
        columns=["class", "measure", "value", "low", "high"],
    )
    _, rows = layers(per_class_scores(table, LIGHT, names))[0]
    order = {row["row"]: row["class"] for row in rows}
    assert [order[place] for place in sorted(order)] == names[:-13:-1]


def test_the_lowest_score_is_told_with_all_that_are_as_low():
    table = pd.DataFrame(
        [("a", "recall", 0.5), ("a", "precision", 0.8), ("b", "recall", 0.5), ("b", "precision", 0.5)],
        columns=["class", "measure", "value"],
    ).assign(low=0.4, high=0.9)
    assert per_class_scores(table, LIGHT, ["a", "b"]).finding.endswith("; 2 others are as low.")
    assert per_class_scores(table.head(3), LIGHT, ["a", "b"]).finding.endswith("; 1 other is as low.")
    assert "as low" not in per_class_scores(table.head(2), LIGHT, ["a", "b"]).finding
