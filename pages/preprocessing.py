"""Preprocessing: what each step did, to one sentence and to all words."""

from __future__ import annotations

import streamlit as st

from bowcore.text.lineage import trace
from bowcore.text.order import order_warnings
from charts.words import term_changes
from ui import preprocessing, session, stages
from ui.header import previous_answer
from ui.marks import legend, marked_words
from ui.show import behind, palette, show

now, before = stages.now(session.recipe()), previous_answer()

for warning in order_warnings(now.recipe):
    st.warning(warning, icon=":material/swap_vert:")
left, right = st.columns([3, 2], gap="medium")
with left:
    sentence = st.text_area(
        "Your own sentence",
        preprocessing.SENTENCE,
        key="own_sentence",
        height=68,
        persist_state="session",
        help="Every word is followed through every step of the recipe.",
    )
    traced = trace(sentence[: preprocessing.LONGEST], now.recipe, now.matrix.vocabulary)
    st.html(marked_words(traced))
    st.html(legend(traced))
    st.dataframe(preprocessing.trace_table(traced), hide_index=True, height=240)
    groups = [group.term for group in traced.groups]
    if groups:
        st.caption("Word groups: ")
        st.code(" | ".join(groups), language=None, wrap_lines=True)
with right:
    st.subheader("Before and after the last change")
    st.dataframe(preprocessing.size_table(now, before), hide_index=True)
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
    st.dataframe(preprocessing.effects_table(effects), hide_index=True)
    st.caption("Counted over training and validation articles. A step that is switched off is left out.")
    chosen = st.selectbox(
        "The words that a step touched most", range(len(effects)), format_func=lambda i: preprocessing.step(effects[i])
    )
    preprocessing.show_affected(effects[chosen])
