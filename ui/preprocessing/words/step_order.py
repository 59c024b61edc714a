"""The order of the steps: move one up or down, see where an order defeats a later step, fix it."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.trace.order_warnings import fixed_order, order_flaws
from ui.state import session
from ui.texts import STEP_NAMES, option, plain


def warn(answer: Answer) -> None:
    """Every step that another one defeats in this recipe, and a button if moving steps helps."""
    flaws = order_flaws(answer.recipe)
    if not flaws:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.warning("  \n".join(plain(flaw.message) for flaw in flaws), icon=":material/swap_vert:")
        if any(flaw.order for flaw in flaws):
            st.button("Fix the order", key="fix_order", icon=":material/build:", on_click=_mend, type="primary")


def order_panel(answer: Answer, before: Answer | None) -> None:
    """All steps in order, active ones marked, each with buttons to move it."""
    order, taken = answer.recipe.terms.order, {cost.name for cost in answer.chain.costs}
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(gap="xxsmall"):
        for place, name in enumerate(order):
            _row(answer, place, name, taken)
    with right:
        st.markdown(f"**{len(taken & set(order))} of {len(order)} steps are switched on.**")
        st.caption(
            "Steps run from top to bottom, each on what the one above it left. Moving a step that is switched off "
            "changes nothing until it is switched on. Undo reverts a move."
        )
        if not order_flaws(answer.recipe):
            st.caption(":material/check: No step defeats a later one in this order.")
        st.button(
            "Usual order",
            key="usual_order",
            disabled=order == tuple(STEP_NAMES),
            on_click=session.change,
            kwargs={"order": tuple(STEP_NAMES)},
        )


def moved(order: tuple[str, ...], place: int, by: int) -> tuple[str, ...]:
    """The order with the step at `place` moved by an offset; at either end it stays."""
    target = min(max(place + by, 0), len(order) - 1)
    others = order[:place] + order[place + 1 :]
    return (*others[:target], order[place], *others[target:])


def _row(answer: Answer, place: int, name: str, taken: set[str]) -> None:
    order, label = answer.recipe.terms.order, STEP_NAMES[name]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"step_{name}"):
        for by, icon, end, where in ((-1, "arrow_upward", 0, "up"), (1, "arrow_downward", len(order) - 1, "down")):
            st.button(
                f"Move {label.lower()} {where}",
                key=f"move_{name}_{where}",
                icon=f":material/{icon}:",
                help=f"Move {label.lower()} {where}",
                disabled=place == end,
                on_click=session.change,
                kwargs={"order": moved(order, place, by)},
            )
        value = answer.recipe.value(name)
        how = "" if isinstance(value, bool) else f": {plain(option(name, value))}"
        if name in taken:
            st.markdown(f"{place + 1} **{label}**{how} :blue-badge[:material/check: on]")
        else:
            st.markdown(f":gray[{place + 1} {label}] :gray-badge[off]")


def _mend() -> None:
    session.change(order=fixed_order(session.recipe()))
