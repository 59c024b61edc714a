"""The views of the Compare page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.experiment.answer import Answer
from ui.compare import curve, pair, switches, table
from ui.compare.rows import find_rows
from ui.state import session, widgets
from ui.texts import sentence

EMPTY = (
    "Nothing to compare yet. Flip a switch or pin a recipe, and the recipe before stands here next to this one; every "
    "training that finishes becomes a row. Then you see who was fixed and who was broken, text by text."
)


def runs(answer: Answer, bar: DeltaGenerator) -> None:
    """The table of runs, and the chosen pair; `bar` has room for controls."""
    rows = find_rows(answer)
    if not rows:
        st.info("The judge has no predictions yet: updating …")
        return
    if len(rows) < 2:
        _empty()
        table.undo_deletion()
        return
    with bar:
        value, bound = widgets.carried("compare_shown", table.SHOWN, table.SHOWN[0])
        shown = st.segmented_control(
            "Columns", table.SHOWN, default=value, required=True, label_visibility="collapsed", **bound
        )
        right = st.container(horizontal=True, horizontal_alignment="right", gap="xsmall")
    reference, compared = table.choose_pair(rows)
    with right:
        table.buttons(rows, reference, compared)
    table.undo_deletion()
    table.table(answer, rows, reference, compared, everything=shown == table.SHOWN[1])
    pair.pair(answer, reference, compared)


def _empty() -> None:
    st.info(sentence(EMPTY))
    tfidf = session.recipe().weighting.weighting == "tfidf"
    st.button(
        f"Compare with {'plain counts' if tfidf else 'TF-IDF'}",
        type="primary",
        key="compare_begin",
        on_click=session.change,
        kwargs={"weighting": "count" if tfidf else "tfidf"},
    )


VIEWS: dict[str, Callable[[Answer, DeltaGenerator], None]] = {
    "Runs": runs,
    "Switches": switches.switches,
    "Learning curve": curve.curve,
}
"""Every view by its name, in their order."""
