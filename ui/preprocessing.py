"""Tables of the preprocessing page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.text.lineage import StepEffect, Trace
from ui.stages import Now
from ui.strings import STEP_NAMES
from ui.wording import empty_share, size

SENTENCE = "Canada's market wasn't good, and it's not about AT&T's 39 planes in São Paulo."
LONGEST = 5000  # characters of an own sentence


def trace_table(traced: Trace) -> pd.DataFrame:
    """One row a word: what every step left of it."""
    rows = []
    for unit in traced.units:
        row = {"word": unit.unit}
        row |= {STEP_NAMES[name]: " ".join(after) for name, after in zip(traced.steps, unit.after, strict=True)}
        row["what became of it"] = unit.status if not unit.decided_by else f"{unit.status}: {_by(unit.decided_by)}"
        rows.append(row)
    return pd.DataFrame(rows)


def size_table(now: Now, before: Now | None) -> pd.DataFrame:
    """Terms, tokens, empty cells and bytes of the training matrix, before and after the last change."""
    after = _sizes(now)
    table = pd.DataFrame({"training matrix": list(after), "now": list(after.values())})
    if before is not None and before is not now:
        table.insert(1, "before", list(_sizes(before).values()))
    return table


def effects_table(effects: tuple[StepEffect, ...]) -> pd.DataFrame:
    """What each step did to distinct strings and to their occurrences."""
    return pd.DataFrame(
        {
            "step": [step(effect) for effect in effects],
            "words before": [effect.n_strings_before for effect in effects],
            "dropped": [effect.dropped.n_strings for effect in effects],
            "changed": [effect.changed.n_strings for effect in effects],
            "split": [effect.split.n_strings for effect in effects],
            "merged": [effect.merged.n_strings for effect in effects],
            "words after": [effect.n_strings_after for effect in effects],
            "tokens before": [effect.n_tokens_before for effect in effects],
            "tokens after": [effect.n_tokens_after for effect in effects],
        }
    )


def show_affected(effect: StepEffect) -> None:
    """The most frequent words that a step dropped, changed, split or merged, side by side."""
    parts = {"dropped": effect.dropped, "changed": effect.changed, "split": effect.split, "merged": effect.merged}
    filled = {name: part for name, part in parts.items() if part.n_strings}
    if not filled:
        st.caption("It touched no word of these articles.")
        return
    for column, (name, part) in zip(st.columns(len(filled)), filled.items(), strict=True):
        with column:
            st.caption(f"{name}: {part.n_strings:,} words, {part.n_tokens:,} tokens")
            table = part.table()
            st.dataframe(table.drop(columns="after") if name == "dropped" else table, hide_index=True)


def step(effect: StepEffect) -> str:
    """The step's name on screen."""
    return STEP_NAMES.get(effect.name, effect.name)


def _by(name: str) -> str:
    return "not in the vocabulary" if name == "vocabulary" else STEP_NAMES.get(name, name).lower()


def _sizes(now: Now) -> dict[str, str]:
    train = now.matrix.features.train
    n_rows, n_columns = train.shape
    stored = train.data.nbytes + train.indices.nbytes + train.indptr.nbytes
    return {
        "Terms (columns)": f"{n_columns:,}",
        "Articles (rows)": f"{n_rows:,}",
        "Tokens": f"{int(now.matrix.vocabulary.term_frequency.sum()):,}",
        "Empty cells": empty_share(n_rows, n_columns, train.nnz),
        "Stored sparse": size(stored),
        "Stored dense, 8 bytes a cell": size(8 * n_rows * n_columns),
    }
