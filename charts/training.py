"""The two live curves of a training: constant Vega-Lite specifications and small tables, so that updates are cheap.

Streamlit redraws only the data of a chart whose specification is unchanged. So everything that changes with the epochs
(points, the ring around the best epoch, the baseline) is in the table; only names and limits are in the specification.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from bowcore.judge.scores import Accuracy
from bowcore.nouns import TEXTS, Filled
from bowcore.numbers import decimal, percent, with_interval
from charts.drawing import LINE_WIDTH, PERCENT_LABEL, SIZING, Drawing, configuration, heading, in_any_palette
from charts.palette import Palette

SERIES = ("training", "validation")
Measure = Literal["loss", "accuracy"]
TITLES: Mapping[Measure, str] = Filled(
    {"loss": "Loss: lower is better", "accuracy": "Accuracy: share of {TEXTS} right"}
)
NOTE = "Ring: the epoch of lowest validation loss · small dots: single batches"
GHOST = "run before, validation"
LEAST_LOSS = 1e-6  # a logarithmic axis has no 0
LINE_OF_LABEL = 0.085  # of the range of accuracies: height of one line of the baseline's label
LABEL_WIDTH = 15  # characters per line of that label
LABEL_ROOM = 0.55  # of the epochs: free on the right for the baseline's label


@in_any_palette
def live_curves(
    epochs: pd.DataFrame,
    palette: Palette,
    *,
    planned_epochs: int,
    baseline: tuple[str, float] | None,
    batches: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
) -> tuple[Drawing, Drawing]:
    """Loss and accuracy after each epoch, as two drawings to show side by side.

    Args:
        epochs: Columns `epoch` (from 1), `training_loss`, `validation_loss`, `training_accuracy`,
            `validation_accuracy`; one row per finished epoch, possibly none. Accuracies are shares from 0 to 1,
            `n_validation` the validation articles behind them, 0 if unknown.
        palette: Colours.
        planned_epochs: Last epoch on the axis, at least 1.
        baseline: Name and accuracy of another model, drawn as a labelled dashed line.
        batches: Single batches, each before it was learned: `epoch` (a batch in the middle of the first is at 0.5),
            `training_loss` and `training_accuracy`. None of them is smoothed.
        before: Epochs of the run before, drawn as a grey dashed ghost as far as the axis goes.

    Returns:
        Drawings whose `chart` is a specification without data, for `st.vega_lite_chart(drawing.table, drawing.chart)`.
        Their titles are constant; `finding` changes with the epochs and is shown below the charts.
    """
    best = None if epochs.empty else int(epochs.loc[epochs["validation_loss"].idxmin(), "epoch"])
    ghost = None if before is None else before[before["epoch"] <= planned_epochs]

    def drawing(measure: Measure, finding: str, baseline: tuple[str, float] | None) -> Drawing:
        return Drawing(
            chart=_specification(
                measure,
                palette,
                planned_epochs,
                labelled=baseline is not None,
                series=(*SERIES, GHOST) if ghost is not None and len(ghost) else SERIES,
            ),
            finding=finding,
            alt=f"{TITLES[measure]}. {finding}",
            table=_table(epochs, measure, best, baseline, batches, ghost),
        )

    loss_finding, accuracy_finding = _findings(epochs, best)
    return drawing("loss", loss_finding, None), drawing("accuracy", accuracy_finding, baseline)


def _findings(epochs: pd.DataFrame, best: int | None) -> tuple[str, str]:
    if best is None:
        return "No epoch has finished yet.", "No epoch has finished yet."
    last = epochs.iloc[-1]
    lowest, now = decimal(epochs["validation_loss"].min(), 3), decimal(last["validation_loss"], 3)
    loss = f"Validation loss is lowest after epoch {best}, {lowest}"
    if now != lowest:
        loss += f"; by epoch {int(last['epoch'])} it has risen to {now}"
    accuracy = (
        f"After epoch {int(last['epoch'])}: training {percent(last['training_accuracy'])}, "
        f"validation {_validation(last)}."
    )
    return f"{loss}.", accuracy


def _validation(epoch: pd.Series) -> str:
    """Validation accuracy of an epoch, with its interval and the number of articles unless an old record lacks it."""
    value, n = float(epoch["validation_accuracy"]), int(epoch["n_validation"])
    return with_interval(Accuracy.of(round(value * n), n)) + f" of {n:,}" if n else percent(value)


def _table(
    epochs: pd.DataFrame,
    measure: Measure,
    best: int | None,
    baseline: tuple[str, float] | None,
    batches: pd.DataFrame | None,
    ghost: pd.DataFrame | None,
) -> pd.DataFrame:
    """One row per mark: `kind` is batch, ghost, curve, best or baseline, whose label is at `place`, inside the plot."""
    rows: list[dict[str, Any]] = []
    if batches is not None:
        for batch in batches.to_dict(orient="records"):
            value = _drawn(float(batch[f"training_{measure}"]), measure)
            rows.append({"kind": "batch", "series": SERIES[0], "epoch": batch["epoch"], "value": value})
    if ghost is not None:
        for epoch in ghost.to_dict(orient="records"):
            value = _drawn(float(epoch[f"validation_{measure}"]), measure)
            rows.append({"kind": "ghost", "series": GHOST, "epoch": int(epoch["epoch"]), "value": value})
    for epoch in epochs.to_dict(orient="records"):
        for series in SERIES:
            value = _drawn(float(epoch[f"{series}_{measure}"]), measure)
            rows.append({"kind": "curve", "series": series, "epoch": int(epoch["epoch"]), "value": value})
        if epoch["epoch"] == best:
            rows.append(rows[-1] | {"kind": "best"})
    if baseline is not None:
        name, value = baseline
        lines = [*textwrap.wrap(name, LABEL_WIDTH), percent(value)]
        low = min([value, *(row["value"] for row in rows)])
        line = LINE_OF_LABEL * (1 - low)
        place = max(min(value, 1 - line * len(lines) / 2), low + line * (len(lines) + 1) / 2)
        rows.append({"kind": "baseline", "value": value, "place": place, "label": "\n".join(lines)})
    return pd.DataFrame(rows, columns=["kind", "series", "epoch", "value", "place", "label"])


def _drawn(value: float, measure: Measure) -> float:
    return max(value, LEAST_LOSS) if measure == "loss" else value


def _round_epochs(planned: int) -> list[int]:
    """At most 10 labels of the axis: each epoch, or each second, fifth, tenth and so on."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, planned) if planned // step <= 10)
    return list(range(step, planned + 1, step))


def _specification(
    measure: Measure, palette: Palette, planned: int, *, labelled: bool, series: tuple[str, ...]
) -> dict[str, Any]:
    end, loss = planned + 0.5, measure == "loss"
    number: dict[str, Any] = {"type": "quantitative"}
    x = number | {
        "field": "epoch",
        "title": "epoch",
        "scale": {"domain": [0, end + (LABEL_ROOM * planned if labelled else 0)], "nice": False},
        "axis": {"values": _round_epochs(planned), "format": "d", "grid": False},
    }
    y = number | {
        "field": "value",
        "title": "loss, logarithmic" if loss else f"{TEXTS} right",
        "scale": {"type": "log", "nice": False, "padding": 10}
        if loss
        else {"zero": False, "domainMax": 1, "padding": 8},
        "axis": {"tickCount": 5} | ({"format": ".9~f"} if loss else {"labelExpr": PERCENT_LABEL}),
    }
    value = number | {"field": "value", "title": measure, "format": ".3f" if loss else ".1%"}
    tooltip = [{"field": "series", "type": "nominal"}, number | {"field": "epoch"}, value]
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "legend": {"values": list(series)},
        "scale": {"domain": [*SERIES, GHOST], "range": [palette.muted, palette.curve, palette.ghost]},
    }
    shape = colour | {"scale": {"domain": [*SERIES, GHOST], "range": ["circle", "square", "square"]}}

    def layer(kind: str, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
        kept = {"filter": f"datum.kind === '{kind}'"}
        return {"transform": [kept], "mark": mark, "encoding": {"x": x, "y": y} | encoding}

    config = configuration(palette)
    return SIZING | {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": heading(TITLES[measure], NOTE),
        "background": config.pop("background"),
        "height": 200,
        "layer": [
            layer(
                "baseline",
                {"type": "rule", "strokeDash": [6, 5], "strokeWidth": 2, "color": palette.ghost},
                x=number | {"datum": 0},
                x2={"datum": end},
            ),
            layer(
                "baseline",
                {"type": "text", "align": "left", "dx": 6, "lineBreak": "\n", "color": palette.muted},
                x=number | {"datum": end},
                y=y | {"field": "place"},
                text={"field": "label", "type": "nominal"},
            ),
            layer(
                "batch", {"type": "point", "filled": True, "size": 14, "opacity": 0.6}, color=colour, tooltip=tooltip
            ),
            layer("ghost", {"type": "line", "strokeWidth": 2, "strokeDash": [5, 4]}, color=colour),
            layer("ghost", {"type": "point", "filled": False, "size": 60}, color=colour, shape=shape, tooltip=tooltip),
            layer("curve", {"type": "line", "strokeWidth": LINE_WIDTH, "interpolate": "linear"}, color=colour),
            layer(
                "curve",
                {"type": "point", "filled": True, "size": 80, "opacity": 1},
                color=colour,
                shape=shape,
                tooltip=tooltip,
            ),
            layer("best", {"type": "point", "shape": "circle", "size": 320, "strokeWidth": 2, "color": palette.text}),
        ],
        "config": config,
    }
