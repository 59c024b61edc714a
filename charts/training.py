"""The two live curves of a training: constant Vega-Lite specifications and small tables, so that updates are cheap.

Streamlit redraws only the data of a chart whose specification is unchanged. So everything that changes with the epochs
(points, the ring around the best epoch, baselines) is in the table; only names and limits are in the specification.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from bowcore.numbers import decimal, percent
from charts.drawing import LINE_WIDTH, Drawing, configuration, heading
from charts.palette import Palette

SERIES = ("training", "validation")
Measure = Literal["loss", "accuracy"]
TITLES: dict[Measure, str] = {"loss": "Loss: lower is better", "accuracy": "Accuracy: share of articles right"}
PERCENT_LABEL = "format(datum.value * 100, '.2~f') + ' %'"  # near 100 %, whole percents would repeat labels
LINE_OF_LABEL = 0.085  # of the range of values: height of one line of a baseline's label
LABEL_WIDTH = 15  # characters per line of such a label
LABEL_ROOM = 0.55  # of the epochs: kept free on the right for the labels of baselines


def live_curves(
    epochs: pd.DataFrame,
    palette: Palette,
    *,
    planned_epochs: int,
    accuracy_baselines: Mapping[str, float] | None = None,
    loss_baselines: Mapping[str, float] | None = None,
) -> tuple[Drawing, Drawing]:
    """Loss and accuracy after each epoch, as two drawings to show side by side.

    Args:
        epochs: Columns `epoch` (from 1), `training_loss`, `validation_loss`, `training_accuracy`,
            `validation_accuracy`; one row per finished epoch, possibly none. Accuracies are shares from 0 to 1.
        palette: Colours.
        planned_epochs: Last epoch on the axis.
        accuracy_baselines: Accuracy by name, each drawn as a labelled dashed line.
        loss_baselines: The same for the loss.

    Returns:
        Drawings whose `chart` is a specification without data, for `st.vega_lite_chart(drawing.table, drawing.chart)`.
        Their titles are constant; `finding` changes with the epochs and is shown below the charts.
    """
    best = _best_epoch(epochs)
    loss_finding, accuracy_finding = _findings(epochs, best)

    def drawing(measure: Measure, finding: str, baselines: Mapping[str, float] | None) -> Drawing:
        return Drawing(
            chart=_specification(measure, palette, max(planned_epochs, 1), labels=bool(baselines)),
            finding=finding,
            alt=f"{TITLES[measure]}. {finding}",
            table=_table(epochs, measure, best, baselines or {}),
        )

    return drawing("loss", loss_finding, loss_baselines), drawing("accuracy", accuracy_finding, accuracy_baselines)


def _best_epoch(epochs: pd.DataFrame) -> int | None:
    return None if epochs.empty else int(epochs.loc[epochs["validation_loss"].idxmin(), "epoch"])


def _findings(epochs: pd.DataFrame, best: int | None) -> tuple[str, str]:
    if best is None:
        return "No epoch has finished yet.", "No epoch has finished yet."
    last = epochs.iloc[-1]
    at = epochs[epochs["epoch"] == best].iloc[0]
    loss = f"Validation loss is lowest after epoch {best}, {decimal(at['validation_loss'], 3)}"
    if best < last["epoch"]:
        loss += f"; by epoch {int(last['epoch'])} it has risen to {decimal(last['validation_loss'], 3)}"
    accuracy = (
        f"After epoch {int(last['epoch'])}: training {percent(last['training_accuracy'])}, "
        f"validation {percent(last['validation_accuracy'])}."
    )
    return f"{loss}.", accuracy


def _table(epochs: pd.DataFrame, measure: Measure, best: int | None, baselines: Mapping[str, float]) -> pd.DataFrame:
    """One row per mark: `kind` is curve, best or baseline; a baseline's label is at `place`, clear of other labels."""
    rows: list[dict[str, Any]] = []
    for epoch in epochs.to_dict(orient="records"):
        for series in SERIES:
            value = float(epoch[f"{series}_{measure}"])
            rows.append({"kind": "curve", "series": series, "epoch": int(epoch["epoch"]), "value": value})
        if epoch["epoch"] == best:
            value = float(epoch[f"validation_{measure}"])
            rows.append({"kind": "best", "series": "validation", "epoch": int(epoch["epoch"]), "value": value})
    values = [row["value"] for row in rows] + list(baselines.values())
    low, high = (0.0, max(values, default=1.0)) if measure == "loss" else (min(values, default=0.0), 1.0)
    line, free = LINE_OF_LABEL * (high - low), high
    for name, value in sorted(baselines.items(), key=lambda item: -item[1]):
        lines = [*textwrap.wrap(name, LABEL_WIDTH), percent(value) if measure == "accuracy" else decimal(value, 3)]
        place = max(min(float(value), free - line * len(lines) / 2), low + line * (len(lines) + 1) / 2)
        free = place - line * len(lines) / 2
        rows.append({"kind": "baseline", "value": float(value), "place": place, "label": "\n".join(lines)})
    return pd.DataFrame(rows, columns=["kind", "series", "epoch", "value", "place", "label"])


def _specification(measure: Measure, palette: Palette, planned: int, *, labels: bool) -> dict[str, Any]:
    end = planned + 0.5
    x = {
        "field": "epoch",
        "type": "quantitative",
        "title": "epoch",
        "scale": {"domain": [0.5, end + (LABEL_ROOM * planned if labels else 0)], "nice": False},
        "axis": {"values": list(range(1, planned + 1, -(-planned // 10))), "format": "d", "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": "loss (cross-entropy)" if measure == "loss" else "articles right",
        "scale": {"zero": True} if measure == "loss" else {"zero": False, "domainMax": 1, "padding": 8},
        "axis": {"tickCount": 5} | ({"labelExpr": PERCENT_LABEL} if measure == "accuracy" else {"format": ".2~f"}),
    }
    shown = {"field": "value", "type": "quantitative", "title": measure}
    shown["format"] = ".3f" if measure == "loss" else ".1%"
    tooltip = [{"field": "series", "type": "nominal"}, {"field": "epoch", "type": "quantitative"}, shown]
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(SERIES), "range": [palette.muted, palette.curve]},
    }
    shape = colour | {"scale": {"domain": list(SERIES), "range": ["circle", "square"]}}
    at_end = {"datum": end, "type": "quantitative"}
    curve, baseline = {"filter": "datum.kind === 'curve'"}, {"filter": "datum.kind === 'baseline'"}
    layers: list[dict[str, Any]] = [
        {
            "transform": [baseline],
            "mark": {"type": "rule", "strokeDash": [6, 5], "strokeWidth": 2, "color": palette.ghost},
            "encoding": {"x": {"datum": 0.5, "type": "quantitative"}, "x2": {"datum": end}, "y": y},
        },
        {
            "transform": [baseline],
            "mark": {"type": "text", "align": "left", "dx": 6, "lineBreak": "\n", "color": palette.muted},
            "encoding": {
                "x": at_end,
                "y": y | {"field": "place"},
                "text": {"field": "label", "type": "nominal"},
            },
        },
        {
            "transform": [curve],
            "mark": {"type": "line", "strokeWidth": LINE_WIDTH, "interpolate": "linear"},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "transform": [curve],
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "shape": shape, "tooltip": tooltip},
        },
        {
            "transform": [{"filter": "datum.kind === 'best'"}],
            "mark": {"type": "point", "shape": "circle", "size": 320, "strokeWidth": 2, "color": palette.text},
            "encoding": {"x": x, "y": y},
        },
    ]
    config = configuration(palette)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": heading(TITLES[measure], "Ring: the epoch of lowest validation loss"),
        "background": config.pop("background"),
        "height": 240,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
        "layer": layers,
        "config": config,
    }
