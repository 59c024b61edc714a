"""Tricky strings under this recipe, the previous one, and the recommended one."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.trace.tricky_strings import TRICKY_STRINGS, terms_of_texts
from ui import job_panel
from ui.reading import own_lemmas
from ui.reading.clickable_words import word_table
from ui.reading.tables import behind, table_height
from ui.state import open_view

Terms = tuple[str, ...]

MOST_LINES = 50
LONGEST_LINE = 300
NOTHING = "∅"
BETWEEN = " | "
RESULTS = ("before", "now", "recommended")


def bench_panel(answer: Answer, before: Answer | None) -> None:
    """Every tricky string and the reader's own lines, side by side under two recipes."""
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    with left:
        written = st.text_area(
            "Your own strings, one a line",
            key="bench_lines",
            height=68,
            persist_state="session",
            placeholder="rock'n'roll\n5-0 win",
        )
    own = [line for line in written.splitlines() if line.strip()]
    lines = [line[:LONGEST_LINE] for line in own[:MOST_LINES]]
    if lines != own:
        st.caption(f"Shown: your first {MOST_LINES} lines, and {LONGEST_LINE} characters of each.")
    earlier = None if before is None or before is answer else before.recipe
    open_view.settle("preprocessing_panel", lines=lines, before=earlier)
    texts = lines + [case.text for case in TRICKY_STRINGS]
    terms = _terms(texts, answer.recipe)
    if isinstance(terms, Job):
        job_panel.follow(terms, "The tagger's lemmas of these strings")
        return
    terms_before = None if earlier is None else _terms(texts, earlier)
    if isinstance(terms_before, Job):
        job_panel.follow(terms_before, "The tagger's lemmas of these strings")
        return
    table = _bench_table(lines, terms, terms_before)
    with right:
        st.markdown(_summary(table))
        only = st.toggle("Only strings that the last change affected", key="bench_changed", disabled=earlier is None)
    if only and earlier is not None:
        table = table[table["changed"] != ""]
    marks = {
        "changed": st.column_config.TextColumn(width=70),
        "not as recommended": st.column_config.TextColumn("≠", width=36, help="≠: not as recommended"),
    }
    word_table(
        table,
        answer,
        "bench",
        column="string",
        words=partial(words_of_cell, table),
        height=min(600, table_height(max(len(table), 1))),
        column_config=marks,
    )
    st.caption(
        f"Click a result to read its terms in context. Terms are separated by |, {NOTHING} means that nothing is left, "
        "and ≠ marks a result that differs. The last column is the result of the recommended recipe: a difference is "
        "not a mistake, but should be intended."
        + (" The tagger reads each string as a sentence of its own." if answer.recipe.text.units == "lemmas" else "")
    )
    behind(table, "bench_table", "Download")


def _bench_table(lines: list[str], now: list[Terms], earlier: list[Terms] | None) -> pd.DataFrame:
    """One row per string, the reader's own lines first: its result before and now, and the recommended one."""
    recommended: list[Terms | None] = [None] * len(lines) + [case.recommended for case in TRICKY_STRINGS]
    table = pd.DataFrame({"string": lines + [case.text for case in TRICKY_STRINGS]})
    table["tricky"] = ["your own"] * len(lines) + [case.topic for case in TRICKY_STRINGS]
    if earlier is not None:
        table["before"] = [_joined(terms) for terms in earlier]
        table["changed"] = ["≠" if one != other else "" for one, other in zip(earlier, now, strict=True)]
    table["now"] = [_joined(terms) for terms in now]
    table["not as recommended"] = [
        "≠" if wanted not in (None, terms) else "" for wanted, terms in zip(recommended, now, strict=True)
    ]
    table["recommended"] = ["" if wanted is None else _joined(wanted) for wanted in recommended]
    return table


def words_of_cell(table: pd.DataFrame, row: int, column: str) -> list[str]:
    """The terms of the clicked result, or of the current one; for a string without terms, its words."""
    one = table.iloc[row]
    result = (column in RESULTS and one.get(column)) or one["now"]
    return str(one["string"]).split() if result == NOTHING else str(result).split(BETWEEN)


def _summary(table: pd.DataFrame) -> str:
    n_other = int((table["not as recommended"] != "").sum())
    words = f"{n_other} of {len(TRICKY_STRINGS)} strings differ from the recommended recipe."
    if "changed" in table:
        n_changed = int((table["changed"] != "").sum())
        return f"**The last change affected {n_changed} of {len(table)} strings.** {words}"
    return words


def _joined(terms: Terms) -> str:
    return BETWEEN.join(terms) or NOTHING


def _terms(texts: list[str], recipe: Recipe) -> list[Terms] | Job:
    lemmas = own_lemmas.find(texts, recipe)
    return lemmas if isinstance(lemmas, Job) else terms_of_texts(texts, recipe, lemmas)
