"""The Words view of the preprocessing page: an own sentence next to accuracy, and one panel of several."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from bowcore.experiment.answer import Answer
from ui.preprocessing.words import accuracy, merges, own_sentence, step_effects, step_order, stop_lists, tricky_strings
from ui.reading.tables import choose_view
from ui.shell import slices

SENTENCE = "Canada's market wasn't good, and it's not about AT&T's 39 planes in São Paulo."

PANELS: dict[str, Callable[[Answer, Answer | None], None]] = {
    "What each step did": step_effects.effects_panel,
    "Merges": merges.merges_panel,
    "Order": step_order.order_panel,
    "Test bench": tricky_strings.bench_panel,
    "Stop lists": stop_lists.stop_lists_panel,
    "Accuracy": accuracy.accuracy_panel,
}
"""Panels below the sentence; only the chosen one is computed."""
OF_ALL = ("What each step did", "Merges", "Stop lists")
"""Panels that count in all articles, whatever slice is chosen."""


def words_tab(answer: Answer, before: Answer | None) -> None:
    """One sentence through every step, the effect of the last change on accuracy, and a panel."""
    step_order.warn(answer)
    with st.container(gap="xsmall"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            sentence = own_sentence.ask_sentence(SENTENCE)
        with right, st.container(gap=None):
            accuracy.compact(answer)
        own_sentence.show_lineage(sentence, answer)
    panel = choose_view(PANELS, "preprocessing_panel", "Panel")
    if panel in OF_ALL:
        slices.tell_ignored(answer, panel)
    PANELS[panel](answer, before)
