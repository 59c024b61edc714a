"""The plain code of a page in a dialog, and the notebook of the whole experiment."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from bowcore.errors import BowlabError
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.notebook import exactness, notebook
from bowcore.take_home.page_code import MOST_LINES, page_code, parts_of
from ui.shell import slices
from ui.state import address, judge, open_view, rerun, session
from ui.texts import sentence

SAVED = (
    "It begins with the matrix: from the texts on it would be longer than 40 lines. Save the matrix on *Preprocessing, "
    "Matrix*, or with `python -m bowcore vectorize … --out matrix`, into a folder *matrix* next to the code. The "
    "notebook in *Share* has all of it."
)
FIRST_PART = "Main numbers"
WHOLE = "It begins with the texts and needs nothing of this program. The notebook in *Share* has the whole experiment."

FIRST_OF_TWO = f"In two pieces, run one after the other: together they have more than {MOST_LINES} lines."
GOES_ON = f"Run it after the code of *{FIRST_PART}*, which begins with the texts."

VIEWS_OF = {
    "Data": ("data_view",),
    "Words": ("words_view",),
    "Preprocessing": ("preprocessing_view", "preprocessing_panel", "matrix_panel"),
    "Training": ("training_view",),
    "Compare": ("compare_view",),
}
"""Keys of the views of each page; of the last page, that of the panels of words, and of the matrix."""

PART_OF_VIEW = {
    "calibration": "Calibration",
    "traits-of-errors": "Traits of errors",
    "two-models": "Two models",
    "word-weights": "Word weights",
    "words": "Words of a cell",
    "beside-another": "Beside another cell",
}
"""Names of the parts of the page Confusion matrix, by the views of its scores and cells in the address."""


def button(page: str) -> None:
    """The button that opens the code of a page, once the page is drawn: `open_if_asked`."""
    if st.button(
        "Code of this page", icon=":material/code:", key="show_code", type="tertiary", help="Code of this page"
    ):
        st.session_state[rerun.OPEN] = True


def open_if_asked(page: str) -> None:
    """Open the code of a page, with what it shows now."""
    if st.session_state.get("show_code"):
        view, settings = find_view(page)
        draw = partial(_show, page, session.recipe(), view, settings)
        rerun.dialog("Code of this page", draw, width="large")


def offer_notebook() -> None:
    """The notebook of the session's recipe, with what it reproduces exactly and what to a tolerance."""
    recipe = session.recipe()
    st.caption(f"A notebook has the whole experiment in pandas, scikit-learn and PyTorch. {exactness(recipe)}")
    st.download_button(
        "Notebook",
        partial(notebook, recipe),
        f"experiment-{recipe.key()[:6]}.ipynb",
        "application/x-ipynb+json",
        icon=":material/code_blocks:",
        on_click="ignore",
        key="notebook_file",
    )


def find_view(page: str) -> tuple[str, dict[str, Any]]:
    """The view that is open on a page, named as in the address, and its settings; empty for a page without views."""
    if page == "Confusion matrix":
        settings = open_view.find("cell_view")[1] | open_view.find("confusion_view")[1]
        return "", settings | {"mode": address.choice("confusion_mode")}
    if page == "Playground":
        return open_view.find("playground")
    keys = VIEWS_OF.get(page)
    if keys is None:
        return "", {}
    key = keys[0]
    if len(keys) > 1:
        key = keys[2] if open_view.find(key)[0] == "matrix" else keys[1]
    return open_view.find(key)


def _show(page: str, recipe: Recipe, view: str, settings: dict[str, Any]) -> None:
    part = _choose_part(page, view)
    try:
        found = page_code(page, recipe, find_facts(recipe), judge.chosen(), view, settings, part)
    except BowlabError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return
    beginning = GOES_ON if found.goes_on else SAVED if found.from_saved else WHOLE
    st.caption(f"{beginning} {found.note}")
    if slices.chosen() is not None:
        st.caption(f"It is that of all {TEXTS}, not of the chosen slice.")
    if found.before:
        st.caption(FIRST_OF_TWO)
        st.code(found.before, language="python", wrap_lines=False)
    st.code(found.text, language="python", wrap_lines=False)


def _choose_part(page: str, view: str) -> str:
    """The part of the view's numbers whose code is shown; empty for the first."""
    others = parts_of(page, view, judge.chosen())
    if not others:
        return ""
    names = (FIRST_PART, *others)
    opened = _open_part(page)
    first = opened if opened in others else FIRST_PART
    chosen = st.segmented_control("Numbers", names, default=first, required=True, key=f"code_part_{view}")
    return "" if chosen == FIRST_PART else str(chosen)


def _open_part(page: str) -> str:
    """The part that belongs to the view inside of the page, where the reader has opened another than the first."""
    if page != "Confusion matrix":
        return ""
    chosen = (PART_OF_VIEW.get(address.choice(key), "") for key in ("confusion_view", "cell_view"))
    return next(filter(None, chosen), "")
