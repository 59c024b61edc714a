import math

import pandas as pd
import pytest

from charts.palette import DARK, LIGHT
from charts.training import GHOST, LEAST_LOSS, LINE_OF_LABEL, live_curves
from tests.joined import joined

EPOCHS = pd.DataFrame(
    {
        "epoch": [1, 2, 3],
        "training_loss": [0.9, 0.4, 0.1],
        "validation_loss": [0.5, 0.3, 0.35],
        "training_accuracy": [0.7, 0.9, 0.99],
        "validation_accuracy": [0.8, 0.92, 0.91],
        "n_validation": [100, 100, 100],
    }
)
BASELINE = ("logistic regression", 0.91)


def curves(epochs, palette=LIGHT, planned=3, baseline=None):
    return live_curves(epochs, palette, planned_epochs=planned, baseline=baseline)


def _marks(drawing, kind, of=""):
    """The layers of one mark; of these, the layers of one kind of row."""
    layers = [layer for layer in drawing.chart["layer"] if layer["mark"]["type"] == kind]
    return [layer for layer in layers if f"'{of}'" in layer["transform"][0]["filter"]] if of else layers


def test_the_specification_is_the_same_after_every_epoch():
    for measure in (0, 1):
        specifications = [curves(EPOCHS.iloc[:n], baseline=BASELINE)[measure].chart for n in range(4)]
        assert all(specification == specifications[0] for specification in specifications)
        assert "data" not in specifications[0]


def test_points_are_the_measured_values_and_nothing_is_smoothed():
    loss, accuracy = curves(EPOCHS)
    for drawing, measure in ((loss, "loss"), (accuracy, "accuracy")):
        curve = drawing.table[drawing.table["kind"] == "curve"]
        for series in ("training", "validation"):
            assert curve.loc[curve["series"] == series, "value"].tolist() == EPOCHS[f"{series}_{measure}"].tolist()
        (line,) = _marks(drawing, "line", "curve")
        assert (line["mark"]["interpolate"], line["mark"]["strokeWidth"]) == ("linear", 3)


def test_training_is_circles_and_validation_squares():
    (point,) = _marks(curves(EPOCHS, DARK)[0], "point", "curve")
    scale = point["encoding"]["shape"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        "training": "circle", "validation": "square", GHOST: "square"
    }  # fmt: skip


def test_single_batches_and_the_run_before_are_drawn_as_they_are():
    batches = pd.DataFrame({"epoch": [0.0, 0.5], "training_loss": [1.6, 0.0], "training_accuracy": [0.2, 0.4]})
    loss, accuracy = live_curves(
        EPOCHS, LIGHT, planned_epochs=3, baseline=None, batches=batches, before=EPOCHS.iloc[:2]
    )
    for drawing, expected, ghost in ((loss, [1.6, LEAST_LOSS], [0.5, 0.3]), (accuracy, [0.2, 0.4], [0.8, 0.92])):
        rows = drawing.table.groupby("kind")
        assert rows.get_group("batch")[["epoch", "value"]].to_numpy().T.tolist() == [[0.0, 0.5], expected]
        assert rows.get_group("ghost")["value"].tolist() == ghost
        assert rows.get_group("ghost")["series"].unique().tolist() == [GHOST]
        (line,) = _marks(drawing, "line", "ghost")
        assert line["mark"]["strokeDash"]
        assert not _marks(drawing, "line", "batch")


def test_the_ring_marks_the_epoch_of_lowest_validation_loss_in_both_charts():
    for drawing, value in zip(curves(EPOCHS), (0.3, 0.92), strict=True):
        best = drawing.table[drawing.table["kind"] == "best"]
        assert (best["epoch"].tolist(), best["value"].tolist()) == ([2], [value])


def test_the_finding_states_when_the_loss_rises_again():
    loss, accuracy = curves(EPOCHS)
    assert loss.finding == "Validation loss is lowest after epoch 2, 0.300; by epoch 3 it has risen to 0.350."
    assert accuracy.finding == joined("After epoch 3: training 99.0 %, validation 91.0 % (83.8–95.2) of 100.")
    assert loss.alt.endswith(loss.finding) and accuracy.alt.endswith(accuracy.finding)


def test_the_finding_does_not_mention_a_rise_while_the_loss_falls():
    loss, _ = curves(EPOCHS.iloc[:2])
    assert loss.finding == "Validation loss is lowest after epoch 2, 0.300."


def test_no_rise_is_stated_that_the_numbers_do_not_show():
    epochs = EPOCHS.assign(validation_loss=[0.5, 0.3001, 0.3004])
    assert curves(epochs)[0].finding == "Validation loss is lowest after epoch 2, 0.300."


def test_a_longer_run_before_ends_where_the_axis_does():
    for drawing in live_curves(EPOCHS.iloc[:1], LIGHT, planned_epochs=2, baseline=None, before=EPOCHS):
        ghost = drawing.table[drawing.table["kind"] == "ghost"]
        assert ghost["epoch"].tolist() == [1, 2]
        assert max(_marks(drawing, "line", "ghost")[0]["encoding"]["x"]["scale"]["domain"]) == 2.5


def test_what_the_ring_and_the_small_dots_are_stands_above_both_curves():
    for drawing in curves(EPOCHS):
        assert drawing.chart["title"]["subtitle"] == (
            "Ring: the epoch of lowest validation loss · small dots: single batches"
        )


@pytest.mark.parametrize(
    ("planned", "labels"),
    [(1, [1]), (5, [1, 2, 3, 4, 5]), (12, [2, 4, 6, 8, 10, 12]), (60, [10, 20, 30, 40, 50, 60])],
)
def test_the_epochs_on_the_axis_are_round_numbers(planned, labels):
    for drawing in curves(EPOCHS, planned=planned):
        assert _marks(drawing, "line", "curve")[0]["encoding"]["x"]["axis"]["values"] == labels


def test_the_legend_names_the_run_before_only_where_it_is_drawn():
    for before, named in ((None, []), (EPOCHS.iloc[:0], []), (EPOCHS, [GHOST])):
        for drawing in live_curves(EPOCHS, LIGHT, planned_epochs=3, baseline=None, before=before):
            (line,) = _marks(drawing, "line", "curve")
            assert line["encoding"]["color"]["legend"]["values"] == ["training", "validation", *named]


def test_before_the_first_epoch_only_the_baseline_is_drawn():
    _, accuracy = curves(EPOCHS.iloc[:0], baseline=BASELINE)
    assert set(accuracy.table["kind"]) == {"baseline"}
    assert accuracy.finding == "No epoch has finished yet."


@pytest.mark.parametrize("value", [0.25, 0.91, 1.0])
def test_the_baseline_is_dashed_and_its_label_is_inside_the_plot(value):
    _, accuracy = curves(EPOCHS, baseline=("logistic regression", value))
    (line,) = accuracy.table[accuracy.table["kind"] == "baseline"].to_dict("records")
    assert (line["value"], line["label"].split("\n")[:2]) == (value, ["logistic", "regression"])
    half = 1.5 * LINE_OF_LABEL * (1 - min(value, 0.7))
    assert min(value, 0.7) <= line["place"] - half and line["place"] + half <= 1
    assert _marks(accuracy, "rule")[0]["mark"]["strokeDash"]


def test_the_axis_of_the_loss_is_logarithmic_and_that_of_epochs_begins_before_them_and_ends_at_the_plan():
    loss, _ = curves(EPOCHS, planned=30)
    encoding = _marks(loss, "line", "curve")[0]["encoding"]
    assert encoding["y"]["scale"]["type"] == "log"
    assert encoding["x"]["scale"]["domain"] == [0, 30.5]
    assert len(encoding["x"]["axis"]["values"]) <= 10


@pytest.mark.parametrize("n", [0, 3])
def test_the_whole_specification_contains_the_table_without_nan(n):
    loss, _ = curves(EPOCHS.iloc[:n])
    values = loss.specification()["data"]["values"]
    assert len(values) == len(loss.table)
    assert not any(isinstance(value, float) and math.isnan(value) for row in values for value in row.values())
