"""A block of the document-term matrix, drawn cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import percent
from charts.drawing import CLICK_PARAMETER, Drawing, in_any_palette, nominal, quantity, specification, term_columns
from charts.palette import Palette

FAINTEST = 0.45  # of the ramp, so that a cell with 1 is visible on the page


@in_any_palette
def matrix_view(
    rows: ArrayLike,
    columns: ArrayLike,
    values: ArrayLike,
    palette: Palette,
    *,
    n_rows: int,
    terms: Sequence[str],
    whole: tuple[int, int, float],
) -> Drawing:
    """The non-empty cells of a block as squares, for a card about 250 px wide. A click selects a square's term.

    Args:
        rows: Row index within the block of each non-empty cell.
        columns: Column index within the block.
        values: Cell values.
        palette: Colours.
        n_rows: Rows of the block.
        terms: Names of its columns.
        whole: Articles, terms and share of empty cells of the whole matrix.
    """
    cells = pd.DataFrame({"row": np.asarray(rows), "column": np.asarray(columns), "value": np.asarray(values)})
    cells = cells[cells["value"] != 0].reset_index(drop=True)
    cells["article"] = [f"{TEXT} {row + 1}" for row in cells["row"]]
    cells = cells.assign(**term_columns(terms[column] for column in cells["column"]))
    empty = 1 - len(cells) / (n_rows * len(terms))
    finding = (
        f"{percent(empty)} of these {n_rows} × {len(terms)} cells are empty; of all {whole[0]:,} × {whole[1]:,}, "
        f"{percent(whole[2])}."
    )
    shares = FAINTEST + (1 - FAINTEST) * np.sqrt(cells["value"] / cells["value"].max())

    def side(field: str, title: str, n: int) -> dict[str, Any]:
        scale = {"domain": list(range(n)), "paddingInner": 0.1}
        axis = {"labels": False, "ticks": False, "domain": True, "grid": False}
        return {"field": field, "type": "ordinal", "title": title, "scale": scale, "axis": axis}

    view = {
        "mark": {"type": "rect", "cursor": "pointer"},
        "encoding": {
            "x": side("column", f"{len(terms)} terms", len(terms)),
            "y": side("row", f"{n_rows} {TEXTS}", n_rows),
            "color": nominal("fill", scale=None, legend=None),
            "tooltip": [
                nominal("word", title="term"),
                nominal("article", title=f"{TEXT}"),
                quantity("value", format=".4~g"),
            ],
        },
        "params": [CLICK_PARAMETER],
    }
    drawn = cells.assign(fill=[palette.shade(share) for share in shares])
    chart = specification(view, drawn, palette, height=None)
    return Drawing(chart, finding, finding, cells.drop(columns="word"))
