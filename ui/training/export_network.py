"""A trained network to take home: a ZIP archive with its weights and code in stock PyTorch."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.tasks.export_network import zipped
from ui.state import session
from ui.training.runs import Run
from ui.wording import size

MOST_BYTES = 200_000_000
"""Weights that a browser is sent; larger ones are written on the server by the command line."""


def button(answer: Answer, run: Run) -> None:
    """Download the kept network, or say how to get one that is too large for a browser."""
    artefact, hidden = run.result.get("artefact"), session.recipe().network.hidden
    if not artefact:
        return
    n_bytes = 4 * hidden * (answer.matrix.features.n_terms + answer.matrix.features.n_classes + 1)
    if n_bytes > MOST_BYTES:
        st.caption(
            f"To take the network home ({size(n_bytes)}): save the recipe under *Share*, then "
            "`python -m bowcore train … --recipe FILE --out FOLDER` writes it."
        )
        return
    st.download_button(
        f"Network for PyTorch, {size(n_bytes)}",
        partial(zipped, str(artefact), answer.matrix.features),
        "network.zip",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
        help="Weights, terms, recipe, the validation articles' cells, and a script that asks the network in stock "
        "PyTorch and compares its answers with those of the training.",
    )
