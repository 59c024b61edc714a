"""Named slices of the articles: kept in the session and in the address, offered wherever articles are judged."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bowcore.corpus.slices import LONGEST_LINK, MOST_SLICES, Slice, from_link, slice_mask, to_link
from bowcore.errors import SliceError
from ui import session
from ui.stages import Now
from ui.wording import percent, plain

PARAMETER = "slices"
ALL = ""


def keep_link() -> None:
    """Take the slices from the address when a session begins, and keep them there: the shell calls this each run."""
    if "slices" not in st.session_state:
        st.session_state["slices"] = _from_address()
    link = to_link(kept()) if kept() else ""
    if not link or len(link) > LONGEST_LINK:
        if PARAMETER in st.query_params:
            del st.query_params[PARAMETER]
    elif st.query_params.get(PARAMETER) != link:
        st.query_params[PARAMETER] = link


def kept() -> tuple[Slice, ...]:
    """The slices of this session, in the order in which they were saved."""
    slices: tuple[Slice, ...] = st.session_state.get("slices", ())
    return slices


def mask_of(now: Now, part: Slice) -> NDArray[np.bool_]:
    """Which open articles are in a slice, training articles first.

    Raises:
        SliceError: These texts have no class of that name.
    """
    return _mask(now.key("text"), part, now)


@st.cache_resource(max_entries=32, show_spinner=False)
def _mask(key: str, part: Slice, _now: Now) -> NDArray[np.bool_]:
    return slice_mask(part, _now.reading.articles, np.diff(_now.reading.units.offsets), _now.split)


def save_button(now: Now, current: Slice) -> None:
    """A closed box behind a button: save what is looked at under a name, and see or delete what was saved."""
    n = len(kept())
    box = st.popover(f"Slices · {n}" if n else "Save as a slice", key="slices_box", on_change="rerun")
    if box.open:
        with box:
            _save(now, current)
            _list(now)


def choose(now: Now, key: str, label: str = "Slice") -> NDArray[np.bool_] | None:
    """The chosen slice's open articles, training articles first; None for all, and where nothing is saved."""
    names = [part.name for part in kept()]
    if not names:
        return None
    if st.session_state.get(key) not in (ALL, *names):
        st.session_state[key] = ALL
    name = st.selectbox(
        label,
        [ALL, *names],
        format_func=lambda name: name or "All articles",
        key=key,
        persist_state="session",
        help="Parts of the articles that were saved on the Data page, under Articles.",
    )
    if name == ALL:
        return None
    part = next(part for part in kept() if part.name == name)
    try:
        return mask_of(now, part)
    except SliceError as error:
        st.warning(plain(str(error)), icon=":material/warning:")
        return None


def told(name: str) -> str:
    """A slice in words, for a caption."""
    part = next((part for part in kept() if part.name == name), None)
    return "" if part is None else f"{part.name}: {part.in_words()}"


def _from_address() -> tuple[Slice, ...]:
    link = st.query_params.get(PARAMETER)
    if not link:
        return ()
    try:
        return from_link(link)
    except SliceError as error:
        session.tell(f"{error} No slice is taken from the link.")
        return ()


def _save(now: Now, current: Slice) -> None:
    st.caption(f"Save {plain(current.in_words())}, under a name that other pages offer.")
    name = st.text_input("Name of the slice", key="slice_name", max_chars=40, placeholder="such as oil or short")
    shortest, longest = st.columns(2)
    low = shortest.number_input("Words, at least", 0, 10**9, current.shortest, key=f"slice_low_{current.shortest}")
    high = longest.number_input(
        "Words, at most (0: any)", 0, 10**9, current.longest, key=f"slice_high_{current.longest}"
    )
    try:
        part = Slice(name or "this one", current.query, current.regex, current.class_name, current.split, low, high)
        st.caption(_size(now, part))
    except SliceError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    full = len(kept()) >= MOST_SLICES and name not in [other.name for other in kept()]
    if full:
        st.caption(f"There are {MOST_SLICES} slices; delete one first.")
    st.button("Save slice", key="slice_save", type="primary", disabled=not name or full, on_click=_keep, args=(part,))


def _size(now: Now, part: Slice) -> str:
    mask = mask_of(now, part)
    n_train = now.split.train.n_documents
    training, validation = int(mask[:n_train].sum()), int(mask[n_train:].sum())
    return (
        f"{training:,} training and {validation:,} validation articles "
        f"({percent(validation / max(now.split.validation.n_documents, 1))} of validation)"
    )


def _keep(part: Slice) -> None:
    others = tuple(other for other in kept() if other.name != part.name)
    st.session_state["slices"] = (*others, part)
    st.session_state["slice_name"] = ""


def _drop(name: str) -> None:
    st.session_state["slices"] = tuple(part for part in kept() if part.name != name)


def _list(now: Now) -> None:
    for part in kept():
        left, right = st.columns([6, 1], vertical_alignment="center")
        try:
            size = _size(now, part)
        except SliceError as error:
            size = str(error)
        left.caption(f"**{plain(part.name)}** · {plain(part.in_words())} · {plain(size)}")
        right.button("", icon=":material/delete:", key=f"slice_drop_{part.name}", on_click=_drop, args=(part.name,))
    if len(to_link(kept())) > LONGEST_LINK:
        st.caption("Together they are too long for the address; they stay in this session.")
