"""The judge: the model whose predictions the header, the cards and the confusion matrix show, chosen once for all."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

from ui.state import session

Model = Literal["naive-bayes", "logistic", "network", "blocks"]

JUDGE = "judge"
"""Key of the choice in the session."""
NAMES: dict[Model, str] = {
    "naive-bayes": "Naive Bayes",
    "logistic": "Logistic regression",
    "network": "Network",
    "blocks": "Blocks",
}
"""Names of the models, simplest first."""
DEFAULT: Model = "naive-bayes"


def offered() -> tuple[Model, ...]:
    """The models that this recipe has: that of blocks only if it has blocks."""
    return tuple(name for name in NAMES if name != "blocks" or session.recipe().blocks.blocks)


def chosen() -> Model:
    """The model that the reader chose; naive Bayes, which is there at once, until then, or if the recipe lacks it."""
    name = st.session_state.get(JUDGE)
    return cast(Model, name) if name in offered() else DEFAULT


def link_parameters() -> dict[str, str]:
    """The query parameter that restores the judge; none for naive Bayes."""
    return {} if chosen() == DEFAULT else {JUDGE: chosen()}


def open_address() -> bool:
    """Take the judge from the address. An unknown one is naive Bayes."""
    name = st.query_params.get(JUDGE, DEFAULT)
    choose(name if name in NAMES else DEFAULT)
    return name in NAMES


def choose(model: Model) -> None:
    """Make a model the judge."""
    st.session_state[JUDGE] = model
