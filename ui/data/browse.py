"""Search and read the open articles, with a chart of their lengths: dragging over it selects lengths."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import SliceError
from bowcore.experiment.answer import Answer
from bowcore.findings.overview import Part, count_whole_words
from bowcore.findings.slices import Slice
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import counted
from charts.lengths import PICKED, length_histogram
from ui import answers
from ui.reading.articles import pick, read
from ui.reading.tables import behind, draw, palette
from ui.shell import slices
from ui.state import address, open_view, widgets
from ui.texts import plain, sentence

PARTS: dict[Part | None, str] = {None: "both", "training": "training", "validation": "validation"}
CHART, LENGTHS = "lengths", "browse_lengths"


def articles_view(answer: Answer) -> None:
    """The Articles view of the data page: search the open articles, pick by length, page through them, read one."""
    row = st.columns([3, 2, 2, 1.6, 2], vertical_alignment="bottom")
    query, bound = widgets.carried_text("browse_query")
    query = row[0].text_input("Search", query, placeholder="letters as they appear in the text", **bound)
    names = ("all classes", *answer.split.class_names)
    chosen, bound = widgets.carried("browse_class", range(len(names)), 0, format_func=names.__getitem__)
    chosen = row[1].selectbox("Class", range(len(names)), chosen, format_func=names.__getitem__, **bound)
    part, bound = widgets.carried("browse_part", list(PARTS), None)
    part = row[2].selectbox("Split", list(PARTS), list(PARTS).index(part), format_func=PARTS.__getitem__, **bound)
    regex, bound = widgets.carried_switch("browse_regex")
    about = "Regular expression: RE2's syntax; case does not matter."
    regex = row[3].checkbox("Regex", regex, help=about, **bound)
    shortest, longest = _chosen_lengths()
    conditions = {"query": query.strip(), "regex": regex, "class_name": names[chosen] if chosen else "", "part": part}
    open_view.settle("data_view", shortest=shortest, longest=longest, **conditions)
    try:
        of_any_length = Slice("search", query.strip(), regex, names[chosen] if chosen else "", part or "")
        looked_at = replace(of_any_length, shortest=shortest, longest=longest)
        drawn, found = slices.mask_of(answer, of_any_length), slices.mask_of(answer, looked_at)
    except SliceError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return
    with row[4]:
        slices.save_button(answer, looked_at)
    only = slices.chosen_mask(answer)
    if only is not None:
        drawn, found = drawn & only, found & only
        st.caption(
            f"{slices.scope(answer, only, 'training and validation')}. Choose *All {TEXTS}*, above every page, for "
            "the others."
        )
    if not drawn.any():
        where = "or both splits" if only is None else f"both splits, or *All {TEXTS}* at the top"
        st.info(f"No {TEXT} contains these letters. Try fewer words, another class, {where}.")
        return
    if looked_at.query and not regex:
        _letters_or_words(answer, looked_at.query, drawn)
    _lengths(answer, drawn, names[chosen] if chosen else None)
    if longest:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Only {TEXTS} of {shortest:,} to {longest:,} words.", width="content")
            st.button("All lengths", type="tertiary", key="browse_all_lengths", on_click=_show_all_lengths)
    else:
        st.caption(f"Drag over the bars to see only {TEXTS} of those lengths.")
    positions = np.flatnonzero(found)
    if not len(positions):
        st.info(f"None of these {TEXTS} has {shortest:,} to {longest:,} words. Drag over other bars.")
        return
    listing, reading = st.columns([2, 3], gap="medium")
    with listing:
        position = pick(answer, positions, "browse")
    with reading:
        read(answer, position)


def _letters_or_words(answer: Answer, query: str, mask: NDArray[np.bool_]) -> None:
    """How many articles contain the letters searched for, and how many of them as a word of their own."""
    n_words = count_whole_words(answer.reading.articles.filter(pa.array(mask)), query)
    n = int(mask.sum())
    st.caption(
        f"The search counts letters, in capitals or not: “{plain(query[:60])}” is in "
        f"{counted(n, f'{TEXT}', f'{TEXTS}')}, in {n_words:,} of them as a word of its own. "
        r"Regex finds words: `\bword\b`."
    )


def _chosen_lengths() -> tuple[int, int]:
    """The lengths dragged over, also before a reload; (0, 0) if all articles are shown."""
    parts = address.choice(LENGTHS).split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        return 0, 0
    shortest, longest = map(int, parts)
    return (shortest, longest) if longest >= max(shortest, 1) else (0, 0)


def _choose_lengths(key: str) -> None:
    chosen = picked_lengths(st.session_state.get(key))
    address.choose(LENGTHS, widgets.as_text(chosen) if chosen[1] else "")


def _show_all_lengths() -> None:
    address.choose(LENGTHS, "")
    widgets.reset(CHART)


def picked_lengths(event: Any) -> tuple[int, int]:
    """The smallest and the largest number of words that a drag covers; (0, 0) if there is none."""
    ends = event["selection"].get(PICKED, {}).get("low", ()) if event else ()
    if len(ends) != 2:
        return 0, 0
    low, high = sorted(float(end) for end in ends)
    # empty articles are drawn at one half, since a logarithmic axis has no 0
    shortest, longest = 0 if low < 1 else math.ceil(low), math.floor(high)
    return (shortest, longest) if longest >= max(shortest, 1) else (0, 0)


def _lengths(answer: Answer, mask: NDArray[np.bool_], chosen: str | None) -> None:
    lengths = answers.inspection(answer).lengths
    drawing = length_histogram(lengths.articles[mask], palette(), answer.split.class_names, chosen=chosen)
    key = widgets.key(CHART)
    draw(drawing, key, partial(_choose_lengths, key), beside=lambda: behind(lengths.table, f"{CHART}_table"))
