"""The plain code of a page in a dialog, and the notebook of the whole experiment."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bowcore.errors import BowlabError
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.notebook import EXACT, notebook
from bowcore.take_home.page_code import page_code
from ui.state import address, judge, rerun, session
from ui.texts import sentence

SAVED = (
    "It begins with the matrix: from the texts on it would be longer than 40 lines. Save the matrix on *Preprocessing, "
    "Matrix*, or with `python -m bowcore vectorize … --out matrix`, into a folder *matrix* next to the code. The "
    "notebook in *Share* has all of it."
)
WHOLE = "It begins with the texts and needs nothing of this program. The notebook in *Share* has the whole experiment."


def button(page: str) -> None:
    """The button that opens the code of a page."""
    if st.button(
        "Code of this page", icon=":material/code:", key="show_code", type="tertiary", help="Code of this page"
    ):
        rerun.dialog("Code of this page", partial(_show, page, session.recipe()), width="large")


def offer_notebook() -> None:
    """The notebook of the session's recipe, with what it reproduces exactly and what to a tolerance."""
    recipe = session.recipe()
    st.caption(f"A notebook has the whole experiment in pandas, scikit-learn and PyTorch. {EXACT}")
    st.download_button(
        "Notebook",
        partial(notebook, recipe),
        f"experiment-{recipe.key()[:6]}.ipynb",
        "application/x-ipynb+json",
        icon=":material/code_blocks:",
        on_click="ignore",
        key="notebook_file",
    )


def _show(page: str, recipe: Recipe) -> None:
    try:
        found = page_code(page, recipe, find_facts(recipe), judge.chosen(), _open_view(page))
    except BowlabError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return
    st.caption(SAVED if found.from_saved else WHOLE)
    st.code(found.text, language="python", wrap_lines=False)


def _open_view(page: str) -> str:
    """The name, in the address, of the view that is open on a page; empty for its first one."""
    if page == "Preprocessing":
        return address.choice("matrix_panel") if address.choice("preprocessing_view") else ""
    return address.choice("words_view") if page == "Words" else ""
