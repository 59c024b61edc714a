"""The two live curves of a training: constant Vega-Lite specifications and small tables, so that a refresh is cheap.

Streamlit redraws only the data of a chart whose specification did not change. Whatever grows with the epochs (points,
the ring around the best epoch, baselines) therefore lies in the table; only names and limits lie in the specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from charts.drawing import LINE_WIDTH, WHOLE_PERCENT_LABEL, Drawing, configuration, heading
from charts.palette import Palette
from charts.wording import percent

SERIES = ("training", "validation")
Measure = Literal["loss", "accuracy"]
TITLES: dict[Measure, str] = {"loss": "Loss: lower is better", "accuracy": "Accuracy: share of articles right"}
TOO_CLOSE = 0.06  # of the axis: labels of baselines nearer than this would touch


def live_curves(
    epochs: pd.DataFrame,
    palette: Palette,
    *,
    planned_epochs: int,
    accuracy_baselines: Mapping[str, float] | None = None,
    loss_baselines: Mapping[str, float] | None = None,
) -> tuple[Drawing, Drawing]:
    """Loss and accuracy after each epoch, as two drawings to stand side by side.

    Args:
        epochs: Columns `epoch` (from 1), `training_loss`, `validation_loss`, `training_accuracy`,
            `validation_accuracy`; one row a finished epoch, possibly none. Accuracies are shares from 0 to 1.
        palette: Colours.
        planned_epochs: Where the axis ends.
        accuracy_baselines: Accuracy by name, each drawn as a labelled dashed line.
        loss_baselines: The same for the loss.

    Returns:
        Drawings whose `chart` is a specification without data, for `st.vega_lite_chart(drawing.table, drawing.chart)`.
        Their titles are constant; `finding` changes with the epochs and belongs under the charts.
    """
    best = _best_epoch(epochs)
    loss_finding, accuracy_finding = _findings(epochs, best)

    def drawing(measure: Measure, finding: str, baselines: Mapping[str, float] | None) -> Drawing:
        return Drawing(
            chart=_specification(measure, palette, planned_epochs),
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
    loss = f"Validation loss is lowest after epoch {best}, {at['validation_loss']:.3f}"
    if best < last["epoch"]:
        loss += f"; by epoch {int(last['epoch'])} it has risen to {last['validation_loss']:.3f}"
    accuracy = (
        f"After epoch {int(last['epoch'])}: training {percent(last['training_accuracy'])}, "
        f"validation {percent(last['validation_accuracy'])}."
    )
    return f"{loss}.", accuracy


def _table(epochs: pd.DataFrame, measure: Measure, best: int | None, baselines: Mapping[str, float]) -> pd.DataFrame:
    """One row a mark: `kind` is curve, best or a baseline at the left or at the right."""
    rows: list[dict[str, Any]] = []
    for epoch in epochs.to_dict(orient="records"):
        for series in SERIES:
            value = float(epoch[f"{series}_{measure}"])
            rows.append({"kind": "curve", "series": series, "epoch": int(epoch["epoch"]), "value": value})
        if epoch["epoch"] == best:
            value = float(epoch[f"validation_{measure}"])
            rows.append({"kind": "best", "label": f"best: {best}", "epoch": int(best or 0), "value": value})
    values = [row["value"] for row in rows] + list(baselines.values())
    span = max(values) - min(values) if values else 0.0
    side, previous = "left", None
    for name, value in sorted(baselines.items(), key=lambda item: item[1]):
        close = previous is not None and value - previous < TOO_CLOSE * max(span, 1e-9)
        side = {"left": "right", "right": "left"}[side] if close else "left"
        shown = percent(value) if measure == "accuracy" else f"{value:.3f}"
        rows.append({"kind": f"baseline-{side}", "label": f"{name} {shown}", "value": float(value)})
        previous = value
    return pd.DataFrame(rows, columns=["kind", "series", "epoch", "value", "label"])


def _specification(measure: Measure, palette: Palette, planned_epochs: int) -> dict[str, Any]:
    x = {
        "field": "epoch",
        "type": "quantitative",
        "title": "epoch",
        "scale": {"domain": [0.5, max(planned_epochs, 1) + 0.5], "nice": False},
        "axis": {"tickMinStep": 1, "tickCount": min(max(planned_epochs, 1), 10), "format": "d", "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": "loss (cross-entropy)" if measure == "loss" else "articles right",
        "scale": {"zero": measure == "loss", "padding": 8},
        "axis": {"tickCount": 5}
        | ({"labelExpr": WHOLE_PERCENT_LABEL} if measure == "accuracy" else {"format": ".2~f"}),
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
    shape = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": list(SERIES)}}
    shape["scale"] = {"domain": list(SERIES), "range": ["circle", "square"]}
    curve = {"filter": "datum.kind === 'curve'"}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": "indexof(datum.kind, 'baseline') === 0"}],
            "mark": {"type": "rule", "strokeDash": [6, 5], "strokeWidth": 2, "color": palette.ghost},
            "encoding": {"y": y},
        },
        *(_baseline_label(side, y, palette) for side in ("left", "right")),
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
        {
            "transform": [{"filter": "datum.kind === 'best'"}],
            "mark": {"type": "text", "dy": 22, "color": palette.text},
            "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
        },
    ]
    config = configuration(palette)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": heading(TITLES[measure]),
        "background": config.pop("background"),
        "height": 240,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
        "layer": layers,
        "config": config,
    }


def _baseline_label(side: str, y: dict[str, Any], palette: Palette) -> dict[str, Any]:
    return {
        "transform": [{"filter": f"datum.kind === 'baseline-{side}'"}],
        "mark": {
            "type": "text",
            "align": side,
            "baseline": "bottom",
            "dx": 4 if side == "left" else -4,
            "dy": -3,
            "color": palette.muted,
        },
        "encoding": {
            "x": {"value": 0 if side == "left" else "width"},
            "y": y,
            "text": {"field": "label", "type": "nominal"},
        },
    }
