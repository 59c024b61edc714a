"""Reading articles: a paged list, and one article raw next to the recipe's result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import counted
from ui.reading.clickable_words import words_of_text
from ui.reading.marked_text import legend, marked_words
from ui.reading.tables import CLICKABLE, clicked_row, dataframe, table_height, turned_page
from ui.state import address, widgets
from ui.texts import plain, readable

PAGE = 10
LONGEST_SHOWN = 400  # units of a long article shown until the whole is requested
PART = 4_500  # units of a whole article shown at a time: marked word by word they stay below 1 MB
LONGEST_PART = 100_000  # characters of a part, if units are longer than words


def pick(
    answer: Answer,
    positions: NDArray[np.int64],
    key: str,
    notes: dict[str, list[str]] | None = None,
    rows_shown: int = PAGE,
    length: int = 70,
    *,
    one_class: bool = False,
) -> int:
    """A table of articles, ten per page, one of them selected; initially the first.

    Under the name of `key` and `_article` the address can carry the choice, which a list without the article ignores.
    `notes` are extra columns by name; `length` characters of each article's beginning leave room for them.
    With `one_class`, which the page names, the table has no column for it.
    """
    n_pages, name = -(-len(positions) // PAGE), f"{key}_article"
    found = np.flatnonzero(positions == address.number(name, -1))
    place = int(found[0]) if len(found) else 0
    page = place // PAGE + 1
    shown = positions[(page - 1) * PAGE : page * PAGE]
    titles = [opening_words(answer, int(position), length) for position in shown]
    classes = {"class": [answer.split.article(int(position)).class_name for position in shown]}
    columns = ({} if one_class else classes) | {"article": titles}
    for name, values in (notes or {}).items():
        columns[name] = values[(page - 1) * PAGE : page * PAGE]
    identity = f"{key}_table_{sha256(shown.tobytes()).hexdigest()[:12]}"  # other rows must not inherit a selection
    dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        on_select=partial(_choose_row, identity, name, shown),
        selection_mode=CLICKABLE,
        key=identity,
        height=table_height(min(len(shown), rows_shown)),
        column_config={
            "class": as_wide_as("class", answer.split.class_names),
            # the notes take the rest of the room of the opening words
            "article": st.column_config.TextColumn(width=290 if one_class else 190 if len(notes or {}) < 2 else 90),
            **{name: as_wide_as(name, values) for name, values in (notes or {}).items()},
        },
    )
    if n_pages > 1:
        turn = widgets.bind(f"{key}_page", page, lambda new: _choose(name, positions[(new - 1) * PAGE]))
        st.pagination(n_pages, default=page, max_visible_pages=5, **turn)
    st.caption(f"{counted(len(positions), f'{TEXT}', f'{TEXTS}')}. Click a row to read it.")
    return int(positions[place])


def _choose_row(identity: str, name: str, shown: NDArray[np.int64]) -> None:
    row = clicked_row(identity)
    if row is not None:
        _choose(name, shown[row])


def _choose(name: str, position: np.int64) -> None:
    address.choose(name, str(position))


def as_wide_as(name: str, values: Sequence[str]) -> Any:
    """A column just wide enough for all of its texts."""
    return st.column_config.TextColumn(width=min(22 + 6 * max(map(len, [name, *values])), 110))


def opening_words(answer: Answer, position: int, length: int = 70) -> str:
    """The first words of an open article, without the space that an empty headline leaves."""
    text: str = answer.reading.articles[position].as_py().strip()
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def read(answer: Answer, position: int, key: str = "article") -> None:
    """One article as read, and the effect of every step on its words; `key` is that of its widgets."""
    article = answer.split.article(position)
    st.markdown(f"**{article.name.capitalize()}**")
    texts = [answer.reading.articles[position].as_py(), answer.reading.texts[position].as_py()]
    (shorter, rest), (counted, _) = as_long_as_wanted(texts, f"{key}_whole")
    raw, cleaned = st.columns(2)
    with raw:
        st.caption("As the model reads it, raw")
        st.text(readable(shorter) + words_more(rest))
    with cleaned:
        st.caption(f"Class: {plain(article.class_name)}. Word by word under this recipe")
        traced = answer.trace(position, counted)
        st.html(marked_words(traced))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(legend(traced))
            words_of_text(traced, answer, f"{key}_words")


def as_long_as_wanted(texts: Sequence[str], key: str) -> list[tuple[str, int]]:
    """Texts shown together, each with the number of hidden words; a switch shows long ones in full.

    A full text longer than one part is paged, so that every word of it can be read.

    Args:
        texts: The texts; the switch is drawn if one of them is long.
        key: Key of the switch. The choice also applies to the next text shown there.
    """
    longest = max(len(text.split()) for text in texts)
    if longest <= LONGEST_SHOWN:
        return [(text, 0) for text in texts]
    whole = st.toggle(
        f"Show the whole {TEXT}",
        key=key,
        persist_state="session",
        help=f"All {longest:,} words, not the first {LONGEST_SHOWN:,} alone. The choice holds for other long {TEXTS}.",
    )
    if not whole:
        return [cut(text) for text in texts]
    parted = [parts(text) for text in texts]
    n_parts = max(len(pieces) for pieces in parted)
    page = 1
    if n_parts > 1:
        page, turn = turned_page(f"{key}_part", n_parts)
        st.pagination(n_parts, max_visible_pages=5, **turn)
    return [("".join(pieces[page - 1 : page]), sum(len(piece.split()) for piece in pieces[page:])) for pieces in parted]


def words_more(rest: int) -> str:
    """Suffix of a text with this many hidden words; empty for a full one."""
    return f" … and {counted(rest, 'word')} more" if rest else ""


def cut(text: str) -> tuple[str, int]:
    """The first words of a long text, and the number of hidden words."""
    units = text.split()
    return (text, 0) if len(units) <= LONGEST_SHOWN else (" ".join(units[:LONGEST_SHOWN]), len(units) - LONGEST_SHOWN)


def parts(text: str, n_units: int = PART, n_characters: int = LONGEST_PART) -> list[str]:
    """A text in parts of bounded size, at least one; joined they are the text, with all its spaces.

    Args:
        text: Any text.
        n_units: Most words per part.
        n_characters: Most characters per part; a longer run without a space is split there.
    """
    found, start, units = [], 0, 0
    for at in re.finditer(r"\S+\s*", text):
        units += 1
        if units > n_units or at.end() - start > n_characters:
            found.append(text[start : at.start()])
            start, units = at.start(), 1
        while at.end() - start > n_characters:
            found.append(text[start : start + n_characters])
            start += n_characters
    return [piece for piece in (*found, text[start:]) if piece] or [text]
