"""The learning curve: error against the number of training articles, both as logarithms."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from bowcore.nouns import TEXTS
from bowcore.numbers import decimal
from charts.altair_parts import frame
from charts.drawing import LINE_WIDTH, PERCENT_LABEL, Drawing, in_any_palette
from charts.palette import Palette

HEIGHT = 270


@in_any_palette
def learning_curve(
    table: pd.DataFrame, palette: Palette, *, guess: float, exponent: tuple[float, float, float] | None = None
) -> Drawing:
    """Errors by number of training articles: mean with whiskers, each draw as a ring, the law as a dotted line.

    Args:
        table: Columns `n_train`, `error`, `low`, `high` (ends of the interval of the error), `law` (missing without a
            law), `draws` (a tuple of the draws' errors); at least one row.
        palette: Colours.
        guess: Error of the constant guess.
        exponent: The law's exponent with its interval.
    """
    last = table.iloc[-1]
    finding = f"{decimal(100 * last['error'])} % errors with {int(last['n_train']):,} training {TEXTS}"
    if exponent is not None:
        finding += f"; exponent {decimal(exponent[0], 2)} ({decimal(exponent[1], 2)} to {decimal(exponent[2], 2)})"
    finding += "."
    draws = table[["n_train", "draws"]].explode("draws").rename(columns={"draws": "error"})
    draws["error"] = draws["error"].astype(float)
    shown = table.drop(columns="draws")
    least = max(min(float(shown["low"].min()), float(draws["error"].min())), 0.0005)
    y_scale = alt.Scale(type="log", domain=[least * 0.9, max(guess, float(shown["high"].max())) * 1.1], nice=False)
    y: dict[str, Any] = {
        "title": f"errors, share of validation {TEXTS}",
        "scale": y_scale,
        "axis": alt.Axis(labelExpr=PERCENT_LABEL, tickCount=6),
    }
    ends = [int(table["n_train"].min() / 1.3), int(table["n_train"].max() * 1.3)]
    x = alt.X(
        "n_train:Q",
        title=f"training {TEXTS}",
        scale=alt.Scale(type="log", domain=ends, nice=False),
        axis=alt.Axis(values=table["n_train"].tolist(), format="d", labelOverlap=True, grid=False),
    )
    tooltip = [
        alt.Tooltip("n_train:Q", title=f"training {TEXTS}", format=","),
        alt.Tooltip("error:Q", title="errors (mean)", format=".2%"),
        alt.Tooltip("low:Q", title="from", format=".2%"),
        alt.Tooltip("high:Q", title="to", format=".2%"),
    ]
    base = alt.Chart(shown.assign(low=shown["low"].clip(lower=least * 0.9))).encode(x)
    baseline = alt.Chart(pd.DataFrame({"error": [guess]})).mark_rule(strokeDash=[5, 4], color=palette.muted)
    layers = [baseline.encode(y=alt.Y("error:Q", **y))]
    if exponent is not None:
        law = base.mark_line(strokeDash=[2, 3], strokeWidth=2, color=palette.text)
        layers.append(law.encode(y=alt.Y("law:Q", **y)))
    rings = alt.Chart(draws).mark_point(size=40, strokeWidth=1.5, opacity=1, color=palette.ghost)
    layers.append(rings.encode(x, y=alt.Y("error:Q", **y)))
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH, color=palette.curve)
    layers.append(whiskers.encode(y=alt.Y("low:Q", **y), y2="high:Q"))
    squares = base.mark_point(filled=True, shape="square", size=80, opacity=1, color=palette.curve)
    layers.append(squares.encode(y=alt.Y("error:Q", **y), tooltip=tooltip))
    note = "Squares: mean · whiskers: 95 % interval · rings: draws · dots: the law · dashes: constant guess"
    chart = frame(alt.LayerChart(layer=layers), palette, height=HEIGHT, title=finding, note=note)
    return Drawing(chart, finding, f"{finding} The constant guess has {decimal(100 * guess)} %.", shown)
