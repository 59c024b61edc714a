"""`Drawing`: a chart, its finding in words, and its table; and the style that all charts share.

The first screen draws with this module alone, since importing Altair takes a quarter of a second.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import pandas as pd
import pyarrow as pa

from bowcore.names import in_order, short
from charts.kept import kept_drawings
from charts.palette import Palette

FONT = "Source Sans, sans-serif"
CODE_FONT = "Source Code, monospace"
# An axis's own format writes 0 as 0k, and ~s writes 0.5 as 500m
SHORT_NUMBER_LABEL = "format(datum.value, abs(datum.value) < 1 ? '.9~f' : '~s')"
# As many decimals as a tick needs: rounded, half steps would read 0 %, 1 %, 1 %, 2 %
PERCENT_LABEL = "format(datum.value * 100, '.9~f') + '\N{NO-BREAK SPACE}%'"
LINE_WIDTH = 3
DOT = 26  # px²
HALF_PAGE = 354  # px of one of two columns at 768 px
LEGEND_ROOM = 340  # px next to the axis labels
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "\N{NO-BREAK SPACE}%"}
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
ROWS = "rows"
"""Name of the data in a specification that is written as a dictionary."""
SIZING: dict[str, Any] = {
    "autosize": {"type": "fit-x", "contains": "padding"},
    "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
}
"""Makes a chart as wide as its container."""
FILLING: dict[str, Any] = {
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": {"left": 0, "top": 0, "right": 0, "bottom": 1},
}
"""Makes a chart as wide and as high as its card."""
SELECTION = "word"
"""Name of the selection, over the field `term`, of charts whose marks are clickable terms."""
LONGEST_TERM = 300  # characters of a term stored in a mark

CLICK: dict[str, Any] = {"fields": ["term"], "on": "click", "toggle": "true", "clear": False}
"""Every click on a mark toggles that selection, so that a second click on it is reported too."""
CLICK_PARAMETER: dict[str, Any] = {"name": SELECTION, "select": {"type": "point"} | CLICK}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in Vega-Lite: a whole specification with its data, or a constant one that draws `table`.

    `finding` is the sentence in the chart's title, `alt` the alternative text, `table` the numbers behind the chart.
    `name` is that of the chart function, for a file; `redraw` draws the same in another palette. `sent` is its data
    as a browser receives them, in Arrow: the table, or the bytes of each dataset; None if they were not converted.
    """

    chart: dict[str, Any]
    finding: str
    alt: str
    table: pd.DataFrame
    name: str = "chart"
    redraw: Callable[[Palette], Drawing] | None = None
    sent: pa.Table | dict[str, bytes] | None = None

    @property
    def fills(self) -> bool:
        """Whether the chart is as high as its card, or on a page of its own as the window leaves room for."""
        return "height" not in self.chart

    @property
    def draws_table(self) -> bool:
        """Whether the specification is constant, so that only the table changes."""
        return "datasets" not in self.chart

    def specification(self) -> dict[str, Any]:
        """The whole drawing as Vega-Lite, including data."""
        return {**self.chart, "data": {"values": _records(self.table)}} if self.draws_table else self.chart

    @property
    def title(self) -> dict[str, str]:
        """The chart's `text` and `subtitle`; empty if it has none."""
        return dict(self.chart.get("title") or {})

    def untitled(self) -> dict[str, Any]:
        """The chart for a page that draws its title: without data where it draws `table`."""
        chart = {name: part for name, part in self.chart.items() if name != "title"}
        return chart | {"datasets": self.sent} if isinstance(self.sent, dict) else chart


P = ParamSpec("P")
Drawn = TypeVar("Drawn", bound=Drawing | tuple[Drawing, ...])


def in_any_palette(function: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Decorator of a chart function with a parameter `palette`: its drawings can be drawn again, for another paper.

    Drawings of equal arguments are made once.
    """
    parameters, name = signature(function), function.__name__.replace("_", "-")
    full_name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def draw(*arguments: P.args, **named: P.kwargs) -> Drawn:
        def again(palette: Palette) -> tuple[Drawing, ...]:
            bound = parameters.bind(*arguments, **named)
            bound.arguments["palette"] = palette
            drawn = draw(*bound.args, **bound.kwargs)
            return drawn if isinstance(drawn, tuple) else (drawn,)

        def redraws(place: int) -> Callable[[Palette], Drawing]:
            return lambda palette: again(palette)[place]

        called = arguments, tuple(sorted(named.items()))
        drawn: Any = kept_drawings.get(full_name, called, lambda: _converted(function(*arguments, **named)))
        drawn = _with_own_tables(drawn)
        if isinstance(drawn, tuple):
            numbered = enumerate(drawn)
            drawn = tuple(replace(one, name=f"{name}-{n + 1}", redraw=redraws(n)) for n, one in numbered)
        else:
            drawn = replace(drawn, name=name, redraw=redraws(0))
        made: Drawn = drawn
        return made

    return draw


def _with_own_tables(drawn: Any) -> Any:
    """The drawings with tables of their own: values are copied when they are changed."""
    if isinstance(drawn, tuple):
        return tuple(_with_own_tables(one) for one in drawn)
    return replace(drawn, table=drawn.table.copy(deep=False))


def _converted(drawn: Any) -> Any:
    """The drawings with their data in Arrow: Streamlit takes milliseconds to convert them at each rerun."""
    if isinstance(drawn, tuple):
        return tuple(_converted(one) for one in drawn)
    own = _with_own_tables(drawn)
    try:
        if own.draws_table:
            return replace(own, sent=pa.Table.from_pandas(own.table))
        return replace(own, sent={name: _in_arrow(rows) for name, rows in own.chart["datasets"].items()})
    except pa.ArrowException:  # texts and numbers in one column: Streamlit makes texts of both
        return own


def _in_arrow(rows: list[dict[str, Any]]) -> bytes:
    """Rows as Arrow's stream of bytes."""
    table, stream = pa.Table.from_pandas(pd.DataFrame(rows)), pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    found: bytes = stream.getvalue().to_pybytes()
    return found


def configuration(palette: Palette) -> dict[str, Any]:
    """Vega-Lite configuration: type sizes, colours of axes and legends, transparent background."""
    size = palette.font_size
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": palette.text,
            "titleColor": palette.muted,
            "labelFontSize": size,
            "titleFontSize": size,
            "titleFontWeight": "normal",
            "gridColor": palette.grid,
            "domainColor": palette.ghost,
            "tickColor": palette.ghost,
            "labelPadding": 4,
        },
        "legend": {
            "orient": "top",
            "labelColor": palette.text,
            "titleColor": palette.muted,
            "labelFontSize": size,
            "titleFontSize": size,
            "titleFontWeight": "normal",
            "symbolStrokeWidth": 2,
            "columnPadding": 12,
            "offset": 16,
        },
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": palette.text,
            "fontSize": size + 2,
            "fontWeight": 600,
            "subtitleColor": palette.muted,
            "subtitleFontSize": size,
            "offset": 10,
        },
        "text": {"font": FONT, "fontSize": size, "color": palette.text},
        # Streamlit would list every field of a mark without its own tooltip, including positions and colours
        "mark": {"tooltip": None},
        "line": {"strokeWidth": LINE_WIDTH},
        # tooltips format shares like the prose: 61.1 %
        "locale": {"number": NUMBERS},
    }


def specification(
    view: dict[str, Any],
    rows: pd.DataFrame,
    palette: Palette,
    *,
    height: int | None,
    title: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """A whole specification: one mark or several layers over the data named `rows`, framed as by `framing`."""
    framed = framing(height, title, note) | {"config": configuration(palette)}
    return {"$schema": SCHEMA, "data": {"name": ROWS}, "datasets": {ROWS: _records(rows)}} | framed | view


def framing(height: int | None, title: str | None = None, note: str | None = None) -> dict[str, Any]:
    """As wide as its container, with a plot `height` px high, under a title.

    Without a height, the whole chart is as high as its card, or grows with the window.

    `fit-x` keeps the plot's height independent of the title's, so that rows never shrink below their labels.
    """
    framed = FILLING if height is None else {"height": height} | SIZING
    return framed if title is None else framed | {"title": heading(title, note)}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, with None for a missing value: JSON has no NaN."""
    records: list[dict[str, Any]] = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return records


def heading(title: str, note: str | None = None) -> dict[str, str]:
    """Title and note as Vega-Lite. A page draws them above the chart instead, since Vega does not wrap lines."""
    words = {"text": title} | ({"subtitle": note} if note else {})
    return {name: in_order(text.replace(" %", "\N{NO-BREAK SPACE}%")) for name, text in words.items()}


def short_names(names: Sequence[str], least: int = 3) -> dict[str, str]:
    """The shortest beginnings, of one length and at least `least` letters, that distinguish all names.

    >>> short_names(["business", "politics", "tech"])
    {'business': 'bus', 'politics': 'pol', 'tech': 'tec'}
    """
    for length in range(least, max(map(len, names), default=0)):
        cut = {name: name[:length] for name in names}
        if len(set(cut.values())) == len(set(names)):
            return cut
    return {name: name for name in names}


def term_columns(terms: Iterable[object]) -> dict[str, list[str]]:
    """Columns for marks that are terms: `term` for the selection, `word` for display."""
    texts = [str(term) for term in terms]
    return {"term": [short(text, LONGEST_TERM) for text in texts], "word": [short(text, 40) for text in texts]}


def quantity(name: str, **properties: Any) -> dict[str, Any]:
    """The channel of a field of numbers."""
    return {"field": name, "type": "quantitative", **properties}


def nominal(name: str, **properties: Any) -> dict[str, Any]:
    """The channel of a field of names."""
    return {"field": name, "type": "nominal", **properties}


def term_rows(label: str) -> dict[str, Any]:
    """One row per term, by the field `row`, all labelled in the code font; `label` is a Vega expression."""
    whole = {"labelOverlap": False, "labelLimit": 0, "ticks": False, "domain": False}
    axis = {"labelExpr": label, "labelFont": CODE_FONT, **whole}
    return {"field": "row", "type": "ordinal", "sort": None, "title": None, "axis": axis}


def class_scale(palette: Palette, class_names: Sequence[str], chosen: str | None = None) -> dict[str, list[Any]]:
    """Colours of classes by position in corpus order, the same on every page."""
    colours = palette.class_colours(class_names, chosen)
    return {"domain": list(range(len(class_names))), "range": [colours[name] for name in class_names]}


def round_ticks(most: float, power: int = 0) -> list[float]:
    """At most five round numbers from 0 to `most`, in steps of at least ten to this power."""
    steps = (digit * 10.0**exponent for exponent in itertools.count(power) for digit in (1, 2, 5))
    step = next(step for step in steps if most // step <= 4)
    return [step * place for place in range(int(most // step) + 1)]


def legend_columns(names: Sequence[str], palette: Palette, row_labels: Sequence[str] = ()) -> int:
    """Number of legend entries per row above a chart in half of the page: Vega would cut what does not fit in one row.

    Args:
        names: The entries.
        palette: Its type size.
        row_labels: Labels of the left axis, if the longest takes more room than usual in half a page 768 px wide.
    """
    letter = 0.52 * palette.font_size
    needed = sum(len(name) * letter + 34 for name in names)
    room = min(LEGEND_ROOM, HALF_PAGE - int(max(map(len, row_labels)) * letter)) if row_labels else LEGEND_ROOM
    return -(-len(names) // max(-(-int(needed) // max(room, 1)), 1))


def row_height(palette: Palette) -> int:
    """Height in px of a row with one line of text."""
    return palette.font_size + 9
