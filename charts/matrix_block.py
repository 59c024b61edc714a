"""A block of the document-term matrix, drawn cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bowcore.numbers import percent
from charts.drawing import Drawing, frame
from charts.frequency import click_selection, named
from charts.palette import Palette

MOST_ROWS = 40
MOST_COLUMNS = 60
FAINTEST = 0.45  # of the ramp, so that a cell with 1 is visible on the page


def matrix_view(
    rows: ArrayLike,
    columns: ArrayLike,
    values: ArrayLike,
    palette: Palette,
    *,
    n_rows: int,
    n_columns: int,
    terms: Sequence[str] = (),
    articles: Sequence[str] = (),
    whole: tuple[int, int, float] | None = None,
    compact: bool = False,
) -> Drawing:
    """The non-empty cells of a block of at most 40 articles × 60 terms, as squares. A click selects a square's term.

    Args:
        rows: Row index within the block of each non-empty cell.
        columns: Column index within the block.
        values: Cell values.
        palette: Colours.
        n_rows: Rows of the block; rows after 40 are left out.
        n_columns: Columns of the block; columns after 60 are left out.
        terms: Names of the columns, for the tooltip.
        articles: Names of the rows.
        whole: Articles, terms and share of empty cells of the whole matrix.
        compact: For a card about 250 px wide: no title.
    """
    n_rows, n_columns = min(n_rows, MOST_ROWS), min(n_columns, MOST_COLUMNS)
    cells = pd.DataFrame({"row": np.asarray(rows), "column": np.asarray(columns), "value": np.asarray(values)})
    cells = cells[(cells["row"] < n_rows) & (cells["column"] < n_columns) & (cells["value"] != 0)]
    cells = cells.reset_index(drop=True)
    cells["article"] = [articles[i] if i < len(articles) else f"article {i + 1}" for i in cells["row"]]
    names = [terms[j] if j < len(terms) else f"term {j + 1}" for j in cells["column"]]
    cells = cells.assign(**named(names))
    n_cells = max(n_rows * n_columns, 1)
    empty = 1 - len(cells) / n_cells
    finding = f"{percent(empty)} of these {n_rows} × {n_columns} cells are empty"
    if whole is not None:
        finding += f"; of all {whole[0]:,} × {whole[1]:,}, {percent(whole[2])}"
    finding += "."
    most = float(cells["value"].max()) if len(cells) else 1.0
    shares = FAINTEST + (1 - FAINTEST) * np.sqrt(cells["value"].to_numpy(dtype=np.float64) / most)
    drawn = cells.assign(fill=[palette.shade(share) for share in shares])
    bare = alt.Axis(labels=False, ticks=False, domain=True, grid=False)
    chart = (
        alt.Chart(drawn)
        .mark_rect(cursor="pointer")
        .encode(
            x=alt.X(
                "column:O",
                title=f"{n_columns} terms",
                scale=alt.Scale(domain=list(range(n_columns)), paddingInner=0.1),
                axis=bare,
            ),
            y=alt.Y(
                "row:O",
                title=f"{n_rows} articles",
                scale=alt.Scale(domain=list(range(n_rows)), paddingInner=0.1),
                axis=bare,
            ),
            color=alt.Color("fill:N", scale=None, legend=None),
            tooltip=[alt.Tooltip("word:N", title="term"), "article:N", alt.Tooltip("value:Q", format=".4~g")],
        )
        .add_params(click_selection())
    )
    framed = frame(
        chart,
        palette,
        height=160 if compact else max(60, 8 * n_rows),
        title=None if compact else finding,
        note=None
        if compact
        else "Each square is a word found in an article; the darker, the larger the value."
        if palette.name == "light"
        else "Each square is a word found in an article; the brighter, the larger the value.",
    )
    return Drawing(framed, finding, finding, cells.drop(columns="word"))
