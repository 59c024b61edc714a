import json

import pandas as pd
import pytest

from charts.confusion import MOST_CLASSES, SQUARE, confusion_matrix
from charts.mistakes import largest_confusions
from charts.palette import DARK, ENOUGH_CONTRAST, LIGHT, contrast
from tests.joined import joined

NAMES = ["bread", "cheese", "wine"]
COUNTS = [[8, 2, 0], [1, 9, 0], [3, 0, 7]]
CLICK = {"type": "point", "fields": ["row", "column"], "toggle": False}


def _long(counts):
    return pd.DataFrame(
        [(a, p, n) for a, row in zip(NAMES, counts, strict=True) for p, n in zip(NAMES, row, strict=True)],
        columns=["actual", "predicted", "n"],
    )


def _rows(drawing):
    return next(iter(drawing.specification()["datasets"].values()))


def _cell(drawing, actual, predicted):
    return next(row for row in _rows(drawing) if (row["actual"], row["predicted"]) == (actual, predicted))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
@pytest.mark.parametrize("mode", ["counts", "recall", "precision"])
def test_every_printed_number_is_readable_on_its_cell(palette, mode):
    rows = _rows(confusion_matrix(_long(COUNTS), palette, NAMES, mode=mode))
    assert len(rows) == 9
    assert all(contrast(row["ink"], row["fill"]) >= ENOUGH_CONTRAST for row in rows)


def test_cells_show_the_counts_that_were_passed():
    drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES)
    assert [row["text"] for row in _rows(drawing)] == ["8", "2", "0", "1", "9", "0", "3", "0", "7"]


def test_a_pair_that_is_left_out_counts_zero():
    table = _long(COUNTS)
    drawing = confusion_matrix(table[table["n"] > 0], LIGHT, NAMES)
    assert _cell(drawing, "bread", "wine")["text"] == "0"


def test_recall_is_a_share_of_the_row_and_precision_of_the_column():
    recall = confusion_matrix(_long(COUNTS), LIGHT, NAMES, mode="recall")
    precision = confusion_matrix(_long(COUNTS), LIGHT, NAMES, mode="precision")
    assert _cell(recall, "wine", "bread")["text"] == "30.0"  # 3 of 10 wines
    assert _cell(precision, "wine", "bread")["text"] == "25.0"  # 3 of 12 predicted as bread


def test_a_class_that_is_never_predicted_has_no_precision():
    drawing = confusion_matrix(_long([[1, 0, 0], [2, 0, 0], [0, 0, 3]]), LIGHT, NAMES, mode="precision")
    assert _cell(drawing, "cheese", "cheese")["text"] == "–"


def test_title_and_alternative_text_state_the_finding():
    drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES)
    assert drawing.finding == "24 of 30 validation articles right; commonest mistake: 3 wine predicted as bread."
    assert drawing.specification()["title"]["text"] == drawing.finding
    assert drawing.alt.startswith(drawing.finding)
    assert "wine predicted as bread 3, bread predicted as cheese 2, cheese predicted as bread 1" in drawing.alt


@pytest.mark.parametrize(
    ("mode", "counts", "said"),
    [
        ("counts", [[8, 2, 0], [1, 9, 0], [0, 2, 8]], "2 bread predicted as cheese and 2 wine predicted as cheese."),
        ("counts", [[8, 1, 1], [1, 9, 0], [1, 0, 9]], "commonest mistakes: 1 each of 4 pairs of classes."),
        ("recall", [[8, 2, 0], [2, 8, 0], [0, 1, 9]], "Recall is lowest for bread and 1 other class: 80.0 %."),
        ("recall", [[8, 0, 0], [0, 8, 0], [0, 0, 9]], "Recall is 100 % for every class."),
        ("precision", [[4, 0, 0], [4, 8, 0], [0, 8, 0]], "Precision is 50.0 % for every class that is predicted."),
    ],
)
def test_classes_that_share_a_place_are_all_told(mode, counts, said):
    assert confusion_matrix(_long(counts), LIGHT, NAMES, mode=mode).finding.endswith(joined(said))


def test_the_finding_of_recall_names_the_class_that_is_found_least():
    drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES, mode="recall")
    assert drawing.finding == joined("Recall is lowest for wine: 7 of its 10 articles found (70.0 %).")


def test_the_finding_of_precision_names_the_class_that_is_called_wrongly_most():
    drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES, mode="precision")
    assert drawing.finding == joined("Precision is lowest for bread: 8 of 12 articles predicted as it right (66.7 %).")


@pytest.mark.parametrize("compact", [False, True])
def test_a_click_selects_the_pair_of_classes(compact):
    params = confusion_matrix(_long(COUNTS), LIGHT, NAMES, compact=compact).specification()["params"]
    assert [(param["name"], param["select"]) for param in params] == [("cell", CLICK)]


def test_rows_are_true_classes_in_corpus_order_and_columns_are_predictions():
    encoding = confusion_matrix(_long(COUNTS), LIGHT, NAMES[::-1]).specification()["layer"][0]["encoding"]
    assert (encoding["y"]["field"], encoding["y"]["title"]) == ("row", "true class")
    assert (encoding["x"]["field"], encoding["x"]["title"]) == ("column", "predicted class")
    assert encoding["x"]["scale"]["domain"] == encoding["y"]["scale"]["domain"] == list(range(len(NAMES)))
    assert json.dumps(NAMES[::-1]) in encoding["y"]["axis"]["labelExpr"]


def test_column_labels_are_neither_turned_nor_left_out():
    for compact in (False, True):
        drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES, compact=compact)
        axis = drawing.specification()["layer"][0]["encoding"]["x"]["axis"]
        assert (axis["labelAngle"], axis["labelOverlap"]) == (0, False)
        assert json.dumps([name[:3] for name in NAMES]) in axis["labelExpr"]


def test_names_that_are_numbers_are_not_numbered_again():
    names = ["0", "1"]
    counts = pd.DataFrame([(a, p, 1) for a in names for p in names], columns=["actual", "predicted", "n"])
    axis = next(layer for layer in confusion_matrix(counts, LIGHT, names).specification()["layer"])["encoding"]["y"][
        "axis"
    ]
    assert axis["labelExpr"] == '["0", "1"][datum.value]'


def test_names_that_begin_alike_are_numbered_in_rows_and_columns():
    alike = ["comp.graphics", "comp.windows"]
    table = pd.DataFrame({"actual": alike, "predicted": alike, "n": [3, 4]})
    encoding = confusion_matrix(table, LIGHT, alike).specification()["layer"][0]["encoding"]
    assert '["1", "2"]' in encoding["x"]["axis"]["labelExpr"]
    assert "2 \\u00b7 comp.windows" in encoding["y"]["axis"]["labelExpr"]


def test_a_card_of_twenty_classes_prints_no_text_too_small_to_read():
    names = [f"kind {i}" for i in range(20)]
    table = pd.DataFrame({"actual": names, "predicted": names, "n": 1})
    specification = confusion_matrix(table, LIGHT, names, compact=True).specification()
    assert "layer" not in specification and specification["mark"]["type"] == "rect"
    assert specification["encoding"]["y"]["axis"]["labels"] is False


MANY = [f"kind {i:02d}" for i in range(77)]


def _of_many():
    """The diagonal, and in each even class as many mistakes as its number says, called the next class."""
    return pd.DataFrame(
        [(name, name, 20) for name in MANY]
        + [(MANY[i], MANY[i + 1], i) for i in range(2, 76, 2)]
        + [(MANY[10], MANY[70], 3)],
        columns=["actual", "predicted", "n"],
    )


def test_of_more_than_forty_classes_the_most_confused_make_a_readable_square():
    drawing = confusion_matrix(_of_many(), LIGHT, MANY)
    rows = _rows(drawing)
    wrong = dict.fromkeys(MANY, 0)
    for row in _of_many().itertuples():
        if row.actual != row.predicted:
            wrong[row.actual] += row.n
            wrong[row.predicted] += row.n
    # 70 has three more than 71
    expected = sorted(sorted(MANY, key=lambda name: -wrong[name])[:SQUARE])
    assert sorted({row["actual"] for row in rows}) == sorted({row["predicted"] for row in rows}) == expected
    assert len(rows) == SQUARE**2 and len(drawing.table) == 77**2
    layer = drawing.specification()["layer"][0]["encoding"]
    assert layer["x"]["scale"]["domain"] == layer["y"]["scale"]["domain"] == [MANY.index(name) for name in expected]
    assert {(MANY[row["row"]], MANY[row["column"]]) for row in rows} == {(r["actual"], r["predicted"]) for r in rows}
    assert f"The {SQUARE} of 77 classes with the most mistakes" in drawing.title["subtitle"]
    assert len(MANY) > MOST_CLASSES


def test_the_largest_confusions_are_bars_in_descending_order_and_a_click_selects_the_cell(layers):
    drawing = largest_confusions(_of_many(), LIGHT, MANY)
    bars, rows = layers(drawing)[0]
    assert [row["n"] for row in rows] == sorted((row["n"] for row in rows), reverse=True)
    assert (rows[0]["actual"], rows[0]["predicted"], rows[0]["n"]) == ("kind 74", "kind 75", 74)
    assert (rows[0]["row"], rows[0]["column"]) == (74, 75)
    assert drawing.specification()["params"][0]["select"]["fields"] == ["row", "column"]
    assert bars["encoding"]["x"]["scale"]["domain"][0] == 0
    total = sum(range(2, 76, 2)) + 3
    share = sum(range(46, 76, 2)) / total
    said = f"15 pairs of classes, true and predicted, of 38 hold {share * 100:.1f} % of {total:,} mistakes."
    assert drawing.finding == joined(said)
    assert drawing.table["n"].sum() == total


def test_zeros_of_more_classes_than_a_line_of_numbers_are_left_out():
    few = [f"kind {i}" for i in range(20)]
    table = pd.DataFrame({"actual": few, "predicted": few, "n": 7})
    assert {row["text"] for row in _rows(confusion_matrix(table, LIGHT, few))} == {"7", ""}


def test_a_class_whose_name_is_a_number_is_called_a_class_in_sentences():
    table = pd.DataFrame({"actual": ["1", "1", "0"], "predicted": ["0", "1", "0"], "n": [262, 40, 90]})
    drawing = confusion_matrix(table, LIGHT, ["0", "1"])
    assert (
        drawing.finding == "130 of 392 validation articles right; commonest mistake: 262 class 1 predicted as class 0."
    )
    assert "class 1 predicted as class 0 262" in drawing.alt


def test_a_matrix_split_by_probability_prints_fractions_and_says_what_the_true_classes_get():
    table = _long(COUNTS).assign(soft=[7.25, 2.5, 0.25, 1, 9, 0.04, 2.96, 0, 7])
    drawing = confusion_matrix(table, LIGHT, NAMES, mode="soft")
    assert [row["text"] for row in _rows(drawing)] == ["7.3", "2.5", "0.3", "1.0", "9.0", "0", "3.0", "0", "7.0"]
    assert drawing.finding == joined(
        "True classes get 23.3 of the probability of 30 validation articles (77.5 %); most of the rest: "
        "3.0 of wine to bread."
    )
    assert all(contrast(row["ink"], row["fill"]) >= ENOUGH_CONTRAST for row in _rows(drawing))


def test_an_order_of_the_classes_moves_rows_and_columns_alike_and_no_number():
    drawing = confusion_matrix(_long(COUNTS), LIGHT, NAMES, order=[2, 0, 1])
    layer = drawing.specification()["layer"][0]["encoding"]
    assert layer["x"]["scale"]["domain"] == layer["y"]["scale"]["domain"] == [2, 0, 1]
    assert _rows(drawing) == _rows(confusion_matrix(_long(COUNTS), LIGHT, NAMES))
