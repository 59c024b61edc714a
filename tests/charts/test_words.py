import json

import pandas as pd

from charts.matrix_block import matrix_view
from charts.palette import LIGHT
from charts.scores import per_class_scores, score_interval
from charts.words import term_changes, words_that_decide
from tests.joined import joined

NAMES = ["bread", "wine"]
WEIGHTS = pd.DataFrame(
    {
        "term": ["crust", "oven", "flour", "grape", "cork", "oven"],
        "class": ["bread"] * 3 + ["wine"] * 3,
        "weight": [3.0, 2.0, 1.0, 1.5, 0.5, 0.1],
    }
)
MODELS = pd.DataFrame(
    {"name": ["a", "b"], "accuracy": [0.9, 0.95], "low": [0.87, 0.92], "high": [0.93, 0.97], "n": 300}
)


def test_the_terms_of_each_class_are_drawn_in_order(layers):
    _, rows = layers(words_that_decide(WEIGHTS, LIGHT, NAMES))[0]
    assert [(row["term"], row["class"], row["weight"]) for row in rows] == [
        ("crust", "bread", 3.0),
        ("oven", "bread", 2.0),
        ("flour", "bread", 1.0),
        ("grape", "wine", 1.5),
        ("cork", "wine", 0.5),
        ("oven", "wine", 0.1),
    ]


def test_every_term_is_labelled_and_bars_start_at_zero(layers):
    layer, rows = layers(words_that_decide(WEIGHTS, LIGHT, NAMES))[0]
    axis = layer["encoding"]["y"]["axis"]
    assert (axis["labelOverlap"], axis["labelLimit"]) == (False, 0)
    labels, _ = axis["labelExpr"].split("[datum.value]")
    assert json.loads(labels) == [row["term"] for row in rows]
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert layer["encoding"]["x"]["scale"] == {"nice": False, "zero": True}


def test_a_term_of_two_classes_has_a_bar_in_each(layers):
    _, rows = layers(words_that_decide(WEIGHTS, LIGHT, NAMES))[0]
    assert [row["class"] for row in rows if row["term"] == "oven"] == ["bread", "wine"]
    assert len({row["row"] for row in rows}) == 6


def test_each_class_is_named_once_in_its_first_bar_or_after_it(layers):
    _, (inside, rows), (after, _) = layers(words_that_decide(WEIGHTS, LIGHT, NAMES))
    assert inside["transform"] == [{"filter": "datum.named === 'inside'"}]
    assert after["transform"] == [{"filter": "datum.named === 'after'"}]
    named = {row["class"]: row["named"] for row in rows if row["named"]}
    assert named == {"bread": "inside", "wine": "after"}  # half as long as the longest: no room inside


def test_of_more_classes_than_colours_only_the_first_with_words_is_drawn(layers):
    names = [f"class {place}" for place in range(20)]
    table = pd.DataFrame({"term": ["oven", "cork"], "class": ["class 4", "class 7"], "weight": [1.0, 2.0]})
    layer, rows = layers(words_that_decide(table, LIGHT, names))[0]
    assert [(row["term"], row["class"]) for row in rows] == [("oven", "class 4")]
    scale = layer["encoding"]["color"]["scale"]
    assert rows[0]["class_position"] == 4
    assert dict(zip(scale["domain"], scale["range"], strict=True))[4] == LIGHT.classes[0]


def test_the_finding_names_the_heaviest_term():
    drawing = words_that_decide(WEIGHTS, LIGHT, NAMES)
    assert drawing.finding == "“crust” has the largest log-odds, 3.00 for bread."
    assert drawing.alt.endswith("bread: crust, oven, flour; wine: grape, cork, oven.")


def test_a_term_of_any_text_is_only_a_quoted_part_of_an_expression(layers):
    table = pd.DataFrame({"term": ['"] + f() + ["', "x" * 100_000], "class": "bread", "weight": [2.0, 1.0]})
    layer, _ = layers(words_that_decide(table, LIGHT, NAMES))[0]
    labels, _, rest = layer["encoding"]["y"]["axis"]["labelExpr"].rpartition("[")
    assert json.loads(labels) == ['"] + f() + ["', "xxxxxxx…xxxxxx"] and rest == "datum.value]"


def test_bars_of_losing_terms_extend_left_and_of_gaining_terms_right(layers):
    table = pd.DataFrame({"term": ["the", "of", "don", "same"], "change": [-900, -20, 30, 0]})
    drawing = term_changes(table, LIGHT)
    assert drawing.finding == "2 terms lose occurrences, 1 gain; the largest change: “the” −900."
    layer, rows = layers(drawing)[0]
    assert [(row["term"], row["label"], row["went"]) for row in rows] == [
        ("don", "+30", "gains"),
        ("of", "−20", "loses"),
        ("the", "−900", "loses"),
    ]
    low, high = layer["encoding"]["x"]["scale"]["domain"]
    assert low < -900 < 0 < 30 < high


def test_whiskers_are_the_interval_and_the_baseline_is_a_dashed_line_with_its_name(layers):
    drawing = score_interval(MODELS, LIGHT, ("always wine", 0.85))
    drawn = layers(drawing)
    ((whiskers, rows),) = [(view, rows) for view, rows in drawn if "x2" in view["encoding"]]
    assert [(row["low"], row["high"]) for row in rows] == [(0.87, 0.93), (0.92, 0.97)]
    assert (whiskers["encoding"]["x"]["field"], whiskers["encoding"]["x2"]["field"]) == ("low", "high")
    (rows,) = [rows for view, rows in drawn if "strokeDash" in view["mark"]]
    assert rows == [{"accuracy": 0.85, "label": joined("always wine 85.0 %")}]


def test_scores_name_their_range_and_their_number_of_articles_and_no_winner():
    drawing = score_interval(MODELS, LIGHT, ("always wine", 0.25))
    assert drawing.finding == joined(
        "2 models have 90.0 % to 95.0 % of 300 validation articles right; always wine, 25.0 %."
    )
    assert drawing.alt.endswith(joined("a 90.0 % (87.0–93.0 %); b 95.0 % (92.0–97.0 %)."))
    alone = score_interval(MODELS.iloc[:1], LIGHT, ("always wine", 0.25))
    assert alone.finding == joined("A has 90.0 % (87.0–93.0 %) of 300 validation articles right; always wine, 25.0 %.")


def test_the_label_of_a_low_model_begins_behind_its_whiskers_and_behind_the_baseline(layers):
    low = pd.DataFrame({"name": ["a", "b"], "accuracy": [0.2, 0.4], "low": [0.15, 0.3], "high": [0.25, 0.5], "n": 300})
    texts = layers(score_interval(low, LIGHT, ("always wine", 0.3)))
    placed = [(layer, rows) for layer, rows in texts if layer["encoding"]["x"]["field"] == "clear"]
    assert [row["clear"] for row in placed[0][1]] == [0.3, 0.5]
    assert placed[0][0]["mark"]["align"] == "left"


def test_the_axis_of_scores_has_room_for_its_last_label(layers):
    table = pd.DataFrame([("bread", "recall", 1.0, 0.9, 1.0)], columns=["class", "measure", "value", "low", "high"])
    x = layers(per_class_scores(table, LIGHT, NAMES))[0][0]["encoding"]["x"]
    assert x["axis"]["labelFlush"] is False
    assert x["scale"]["padding"] >= 16


def test_the_lowest_score_of_a_class_is_the_finding(layers):
    table = pd.DataFrame(
        [("bread", "recall", 0.9, 0.8, 0.95), ("bread", "precision", 0.7, 0.6, 0.8), ("wine", "F1", 0.8, None, None)],
        columns=["class", "measure", "value", "low", "high"],
    )
    drawing = per_class_scores(table, LIGHT, NAMES)
    assert drawing.finding == joined("Lowest score: precision of bread, 70.0 % (60.0–80.0 %).")
    shape = layers(drawing)[1][0]["encoding"]["shape"]["scale"]
    assert shape == {"domain": ["recall", "precision", "F1"], "range": ["circle", "square", "diamond"]}


def test_only_cells_with_a_value_are_drawn_and_the_empty_share_is_stated():
    terms = ["oven", "cork", "rind", "peel"]
    whole = (108_000, 59_544, 0.99968)
    drawing = matrix_view([0, 1, 1], [0, 1, 2], [1, 4, 0], LIGHT, n_rows=2, terms=terms, whole=whole)
    assert drawing.finding == joined("75.0 % of these 2 × 4 cells are empty; of all 108,000 × 59,544, 99.97 %.")
    assert drawing.table[["row", "column", "value"]].to_numpy().tolist() == [[0, 0, 1], [1, 1, 4]]
    assert drawing.table["term"].tolist() == ["oven", "cork"]
