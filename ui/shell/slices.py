"""Named slices of the articles: kept in the session and in the address, chosen in the shell for all pages.

A page that shows only the chosen slice states the number of its articles with `scope`; a page that shows all articles
says so with `note_all_articles`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import SliceError
from bowcore.experiment.answer import Answer
from bowcore.findings.slices import (
    LONGEST_LINK,
    LONGEST_NAME,
    MAX_SLICES,
    Slice,
    from_link,
    membership,
    slice_mask,
    to_link,
)
from bowcore.judge.scores import accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import percent, with_interval
from ui.answers import kept
from ui.reading import tables
from ui.reading.contexts_dialog import Mask
from ui.state import session, widgets
from ui.texts import plain, sentence

PARAMETER = "slices"
CHOSEN_PARAMETER = "slice"
CHOSEN = "slice_chosen"
BAR = "slice_bar"
LIST = "slice_list"
ALL = ""
Part = Literal["training", "validation", "training and validation"]


def open_address() -> bool:
    """Take the slices and the chosen one from the address. Returns False, with a message, if they cannot be read."""
    if PARAMETER not in st.query_params and saved() and not link_parameters():
        return True  # too long for the address, they stay in this session
    slices = _from_address()
    st.session_state["slices"] = slices or ()
    chosen = _chosen_in_address()
    st.session_state[CHOSEN] = chosen or ALL
    return slices is not None and chosen is not None


def link_parameters() -> dict[str, str]:
    """Query parameters that restore the saved slices and the chosen one; empty if they are too long for an address."""
    link = to_link(saved()) if saved() else ""
    if not link or len(link) > LONGEST_LINK:
        return {}
    part = chosen()
    return {PARAMETER: link} if part is None else {PARAMETER: link, CHOSEN_PARAMETER: part.name}


def saved() -> tuple[Slice, ...]:
    """The slices of this session, in the order in which they were saved."""
    slices: tuple[Slice, ...] = st.session_state.get("slices", ())
    return slices


@kept("text")
def mask_of(answer: Answer, part: Slice) -> NDArray[np.bool_]:
    """Which open articles are in a slice, training articles first.

    Raises:
        SliceError: These texts have no class of that name.
    """
    return slice_mask(part, answer.reading.articles, np.diff(answer.reading.units.offsets), answer.split)


def save_button(answer: Answer, current: Slice) -> None:
    """A popover to save the current selection under a name, and to list or delete saved slices."""
    n = len(saved())
    box = st.popover(f"Slices · {n}" if n else "Save as a slice", key="slices_box", on_change="rerun")
    if box.open:
        with box:
            _save(answer, current)
            _list(answer)
            _as_columns(answer, current)


def bar(answer: Answer) -> None:
    """The list of saved slices in the bar above every page; nothing if none is saved."""
    names = [part.name for part in saved()]
    if not names:
        return
    part, options = chosen(), [ALL, *names]
    value = ALL if part is None else part.name  # the chosen one may have been deleted
    with st.container(key=BAR):
        st.selectbox(
            "Slice to look at on every page",
            options,
            options.index(value),
            format_func=lambda name: name or f"All {TEXTS}",
            label_visibility="collapsed",
            **widgets.bind(LIST, value, _choose),
        )
    try:
        if part is not None:
            mask_of(answer, part)
    except SliceError as error:
        st.warning(f"{sentence(str(error))} All {TEXTS} are shown.", icon=":material/warning:")


def chosen() -> Slice | None:
    """The slice chosen for every page, if any."""
    name = st.session_state.get(CHOSEN, ALL)
    return next((part for part in saved() if part.name == name), None)


def chosen_mask(answer: Answer) -> Mask:
    """The chosen slice's open articles; None for all."""
    part = chosen()
    try:
        return None if part is None else mask_of(answer, part)
    except SliceError:
        return None  # these texts lack its class, which the bar reports


def rows_of(answer: Answer, only: Mask, part: Part) -> NDArray[np.int64]:
    """Which articles are in a slice, in order: rows of the recipe's training or validation matrix, or open articles."""
    everywhere = np.ones(answer.split.n_open, dtype=np.bool_) if only is None else only
    if part == "training and validation":
        return np.flatnonzero(everywhere)
    training, validation = answer.split.divide(everywhere)
    return np.flatnonzero(training[answer.matrix.rows] if part == "training" else validation)


def scope(answer: Answer, only: Mask, part: Part) -> str:
    """Number of the slice's articles: `In *goals*: 1,203 of 5,777 validation articles`; empty for all articles."""
    looked_at = chosen()
    if only is None or looked_at is None:
        return ""
    n, whole = len(rows_of(answer, only, part)), len(rows_of(answer, None, part))
    return f"In *{plain(looked_at.name.strip())}*: {n:,} of {whole:,} {part} {TEXTS}"


def note_all_articles(answer: Answer, what: str) -> None:
    """Note that a view shows all articles although a slice is chosen."""
    part = chosen()
    if part is not None and chosen_mask(answer) is not None:
        st.caption(f"{what}: all {TEXTS}, not those of *{plain(part.name.strip())}* alone.")


def mask_key(only: Mask) -> str:
    """Key of values computed from these articles only; empty for all."""
    return "" if only is None else sha256(np.packbits(only).tobytes()).hexdigest()[:16]


def conditions(only: Mask) -> str:
    """The chosen slice's conditions in words; empty for all articles."""
    part = chosen()
    return "" if only is None or part is None else part.in_words()


def accuracy_line(answer: Answer, model: str, predictions: NDArray[np.integer]) -> str:
    """A model's accuracy on the chosen slice's validation articles, shown with that of all; empty if none is chosen.

    `predictions` are its classes of all validation articles.
    """
    only = chosen_mask(answer)
    rows = rows_of(answer, only, "validation")
    if only is None:
        return ""
    if not len(rows):
        return f"{scope(answer, only, 'validation')}."
    share = with_interval(accuracy(answer.labels[rows], predictions[rows]))
    return f"{scope(answer, only, 'validation')}; {model}: **{share}**"


def _from_address() -> tuple[Slice, ...] | None:
    link = st.query_params.get(PARAMETER)
    if not link:
        return ()
    try:
        return from_link(link)
    except SliceError as error:
        session.tell(f"{error} No slice is taken from the link.")
        return None


def _chosen_in_address() -> str | None:
    name = st.query_params.get(CHOSEN_PARAMETER) or ALL
    if name in (ALL, *(part.name for part in saved())):
        return name
    if PARAMETER in st.query_params and not saved():
        return ALL  # the reason has been reported
    session.tell(f"The link refers to a slice '{name[:LONGEST_NAME]}' that it does not contain. All {TEXTS} are shown.")
    return None


def _save(answer: Answer, current: Slice) -> None:
    st.caption(
        f"Save {sentence(current.in_words())}, under a name that other pages offer."
        + (" The current slice is not part of it." if chosen() else "")
    )
    name = st.text_input(
        "Name of the slice", key=widgets.key("slice_name"), max_chars=40, placeholder="such as oil or short"
    )
    shortest, longest = st.columns(2)
    low = shortest.number_input("Words, at least", 0, 10**9, current.shortest, key=f"slice_low_{current.shortest}")
    high = longest.number_input(
        "Words, at most (0: any)", 0, 10**9, current.longest, key=f"slice_high_{current.longest}"
    )
    try:
        part = Slice(name or "this one", current.query, current.regex, current.class_name, current.split, low, high)
        st.caption(_size(answer, part))
    except SliceError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return
    full = len(saved()) >= MAX_SLICES and name not in [other.name for other in saved()]
    if full:
        st.caption(f"There are {MAX_SLICES} slices; delete one first.")
    st.button("Save slice", key="slice_save", type="primary", disabled=not name or full, on_click=_keep, args=(part,))


def _size(answer: Answer, part: Slice) -> str:
    mask = mask_of(answer, part)
    training, validation = (int(part.sum()) for part in answer.split.divide(mask))
    return (
        f"{training:,} training and {validation:,} validation {TEXTS} "
        f"({percent(validation / max(answer.split.validation.n_documents, 1))} of validation)"
    )


def _keep(part: Slice) -> None:
    others = tuple(other for other in saved() if other.name != part.name)
    st.session_state["slices"] = (*others, part)
    widgets.reset("slice_name")


def _choose(name: str) -> None:
    st.session_state[CHOSEN] = name


def _drop(name: str) -> None:
    st.session_state["slices"] = tuple(part for part in saved() if part.name != name)


def _as_columns(answer: Answer, current: Slice) -> None:
    """A file of the open articles, with a column for what is selected here and one for each saved slice."""
    masks = {}
    for part in (replace(current, name="this selection"), *saved()):
        with suppress(SliceError):  # these texts lack its class, which the list says
            masks[part.name] = mask_of(answer, part)
    table = membership(answer.split, masks)
    label = f"Selection as a column: {len(table):,} {TEXTS} as CSV"
    tables.save_button(table, label, "selection", "slices_csv")


def _list(answer: Answer) -> None:
    for part in saved():
        left, right = st.columns([6, 1], vertical_alignment="center")
        try:
            size = _size(answer, part)
        except SliceError as error:
            size = str(error)
        left.caption(f"**{plain(part.name)}** · {sentence(part.in_words())} · {plain(size)}")
        right.button(
            sentence(f"Delete {part.name}"),
            icon=":material/delete:",
            key=f"slice_drop_{part.name}",
            on_click=_drop,
            args=(part.name,),
        )
    if len(to_link(saved())) > LONGEST_LINK:
        st.caption("Together they are too long for the address; they stay in this session.")
