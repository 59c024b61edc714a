"""What becomes of a file's rows: classes, what is left out, how it will be split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.corpus.files import Inspection
from bowcore.corpus.options import LEAST, Options
from bowcore.names import shortened
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, counted, percent
from ui.reading.tables import dataframe, palette
from ui.state import widgets
from ui.texts import plain, sentence

MOST_CLASSES = 4

_GRID = (
    "display: grid; grid-template-columns: minmax(3rem, max-content) 1fr max-content; gap: .35rem .8rem; "
    "align-items: center; font-size: .95rem"
)

Change = Callable[[Options], None]


def show(seen: Inspection, options: Options, change: Change, bring_test: Callable[[], None]) -> None:
    """Draw classes on the left, the split on the right; or why there are none. `bring_test` draws a second upload."""
    if seen.sizes is None:
        st.warning(sentence(seen.problem), icon=":material/warning:")
        _settings(options, change, bring_test)
        return
    left, right = st.columns(2, gap="large")
    with left:
        _classes(seen)
    with right:
        train, validation, test = seen.sizes
        group = f" No {plain(seen.guess.columns.group)} is divided." if seen.guess.columns.group else ""
        st.markdown(f"**Split**: {train:,} to learn from, {validation:,} to check, {test:,} sealed.{group}")
        _left_out(seen)
        _settings(options, change, bring_test)


def _classes(seen: Inspection) -> None:
    names, sizes = list(seen.class_sizes), np.array(list(seen.class_sizes.values()))
    order, n = np.argsort(-sizes, kind="stable"), seen.n_read
    largest = names[order[0]]
    guess = f"Always guessing *{plain(class_in_words(largest))}* would be right for {percent(sizes[order[0]] / n)}."
    st.markdown(f"**{counted(len(sizes), 'class', 'classes')}.** {guess}")
    shown = order if len(order) <= MOST_CLASSES + 1 else order[:MOST_CLASSES]
    short, top = shortened(names, 24), int(sizes[order[0]])
    colours = palette().class_colours(names)
    bars = "".join(_bar(short[code], names[code], colours, int(sizes[code]), n, top) for code in shown)
    rest = order[len(shown) :]
    if len(rest):
        others = f"and {len(rest):,} other classes: {sizes[rest].sum():,} texts, the smallest {sizes[rest[-1]]:,}"
        bars += f'<span style="grid-column: 1 / -1; color: {palette().muted}; font-size: .875rem">{others}</span>'
    st.html(f'<div style="{_GRID}">{bars}</div>')


def _bar(shown: str, name: str, colours: Mapping[str, str], size: int, n: int, largest: int) -> str:
    """A row of the grid: the class, its bar, its texts and their share of all."""
    width = max(1, round(100 * size / largest))
    return (
        f'<span dir="auto" title="{escape(name)}">{escape(shown)}</span>'
        f'<span style="height: .8rem; border-radius: 2px; background: {colours[name]}; width: {width}%"></span>'
        f'<span style="text-align: right">{size:,} · {percent(size / n)}</span>'
    )


def _left_out(seen: Inspection) -> None:
    n_left = sum(seen.left_out.values())
    if not n_left:
        st.markdown(f"**Left out**: none of {counted(seen.n_rows, 'row')}.")
        return
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in seen.left_out.items())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Left out: {n_left:,} of {seen.n_rows:,}**: {sentence(reasons)}.", width="content")
        with st.popover("Show", type="tertiary", help="The first rows that are left out."):
            _rows_left_out(seen)


def _rows_left_out(seen: Inspection) -> None:
    """The first rows that are left out, reason by reason."""
    for reason in dict.fromkeys(refused.reason for refused in seen.found.refused):
        st.caption(reason)
        texts = [refused.text for refused in seen.found.refused if refused.reason == reason]
        dataframe(pd.DataFrame({"row as written": texts}), hide_index=True)
    used = seen.guess.columns.used
    for reason, rows in seen.left_rows.items():
        st.caption(reason)
        dataframe(rows.select([name for name in used if name in rows.column_names]).to_pandas(), hide_index=True)


def _settings(options: Options, change: Change, bring_test: Callable[[], None]) -> None:
    with st.popover("Labels, small classes, test file", type="tertiary", icon=":material/tune:"):
        st.number_input(
            f"Leave out classes with fewer {TEXTS} than",
            1,
            10_000,
            options.n_least,
            **widgets.bind(
                "own_least",
                options.n_least,
                lambda chosen: change(replace(options, least="" if chosen == LEAST else str(chosen))),
            ),
        )
        st.toggle(
            "Merge labels that differ only by spaces, case or the way an accent is written",
            options.merge == "yes",
            **widgets.bind(
                "own_merge",
                options.merge == "yes",
                lambda chosen: change(replace(options, merge="yes" if chosen else "")),
            ),
        )
        value = ", ".join(options.missing)
        st.text_input(
            "Labels that mean: no label",
            value,
            placeholder="NA, none",
            **widgets.bind("own_missing", value, lambda chosen: change(replace(options, missing=_listed(chosen)))),
        )
        bring_test()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
