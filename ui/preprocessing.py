"""What each step did, on the page: one sentence, the last change, all words."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.text.lineage import StepEffect, Trace, trace
from bowcore.text.order import order_warnings
from charts.words import term_changes
from ui import stages
from ui.marks import legend, marked_words
from ui.show import behind, palette, show
from ui.stages import Now
from ui.strings import TOLD_STEPS
from ui.wording import empty_share, size

SENTENCE = "Canada's market wasn't good, and it's not about AT&T's 39 planes in São Paulo."
LONGEST = 5000  # characters of an own sentence


def words_tab(now: Now, before: Now | None) -> None:
    """One sentence through every step, the last change, and what each step did to all words."""
    for warning in order_warnings(now.recipe):
        st.warning(warning, icon=":material/swap_vert:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        sentence = st.text_area(
            "Your own sentence",
            SENTENCE,
            key="own_sentence",
            height=68,
            persist_state="session",
            help="Every word is followed through every step of the recipe.",
        )
        traced = trace(sentence[:LONGEST], now.recipe, now.matrix.vocabulary)
        st.html(marked_words(traced))
        st.html(legend(traced))
        st.dataframe(trace_table(traced), hide_index=True, height=240)
        groups = [group.term for group in traced.groups]
        if groups:
            st.caption("Word groups: ")
            st.code(" | ".join(groups), language=None, wrap_lines=True)
    with right:
        st.subheader("Before and after the last change")
        st.dataframe(size_table(now, before), hide_index=True)
        if before is None or before is now:
            st.caption("Flip a switch on the left to compare with the recipe before.")
        else:
            change = stages.vocabulary_change(before, now)
            show(term_changes(change.table, palette()), "term_changes")
            behind(change.gone, "terms_gone", f"{len(change.gone):,} terms gone")
            behind(change.come, "terms_come", f"{len(change.come):,} terms new")

    st.subheader("What each step did")
    effects = stages.effects(now.recipe)
    if not effects:
        st.info("No step is switched on: every string between spaces is a term as it stands.")
    else:
        st.dataframe(effects_table(effects), hide_index=True)
        st.caption("Counted over training and validation articles. A step that is switched off is left out.")
        chosen = st.selectbox(
            "The words that a step touched most", range(len(effects)), format_func=lambda i: step(effects[i])
        )
        show_affected(effects[chosen])


def trace_table(traced: Trace) -> pd.DataFrame:
    """One row a word: what every step left of it."""
    rows = []
    for unit in traced.units:
        row = {"word": unit.unit}
        row |= {TOLD_STEPS[name]: " ".join(after) for name, after in zip(traced.steps, unit.after, strict=True)}
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
    return TOLD_STEPS.get(effect.name, effect.name)


def _by(name: str) -> str:
    return "not in the vocabulary" if name == "vocabulary" else TOLD_STEPS.get(name, name).lower()


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
