"""The judge: the model whose predictions the header, the cards and the confusion matrix show, chosen once for all."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

Model = Literal["naive-bayes", "logistic", "network"]

JUDGE = "judge"
"""Key of the choice in the session."""
NAMES: dict[Model, str] = {"naive-bayes": "Naive Bayes", "logistic": "Logistic regression", "network": "Network"}
"""Names of the models, simplest first."""


def chosen() -> Model:
    """The model that the reader chose; naive Bayes, which is there at once, until then."""
    name = st.session_state.get(JUDGE)
    return cast(Model, name) if name in NAMES else "naive-bayes"


def choose(model: Model) -> None:
    """Make a model the judge."""
    st.session_state[JUDGE] = model
