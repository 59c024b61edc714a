"""The panels of the preprocessing page, of its words and of its matrix. Only the chosen one is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from bowcore.experiment.answer import Answer
from ui.preprocessing.matrix import blocks, by_hand, groups, limits, matrix_block, reduction, selection, unknown
from ui.preprocessing.words import accuracy, merges, own_sentence, step_effects, step_order, stop_lists, tricky_strings
from ui.reading.tables import choose_view
from ui.shell import slices
from ui.state import faults, open_view

WORDS: dict[str, Callable[[Answer, Answer | None], None]] = {
    "What each step did": step_effects.effects_panel,
    "Merges": merges.merges_panel,
    "Order": step_order.order_panel,
    "Test bench": tricky_strings.bench_panel,
    "Stop lists": stop_lists.stop_lists_panel,
    "Accuracy": accuracy.accuracy_panel,
}
MATRIX: dict[str, Callable[[Answer], None]] = {
    "By hand": by_hand.by_hand,
    "Cells": matrix_block.cells,
    "Selection": selection.selection,
    "Limits": limits.limits,
    "Word groups": groups.groups,
    "Unknown words": unknown.unknown_words,
    "LSA and PCA": reduction.reduction,
    "Blocks": blocks.blocks,
}
OF_ALL = ("What each step did", "Merges", "Stop lists", *list(MATRIX)[1:])
"""Panels that ignore the chosen slice. The others have texts of their own, or count in the slice."""


def words(answer: Answer, before: Answer | None) -> None:
    """One sentence through every step, the effect of the last change on accuracy, and a panel."""
    step_order.warn(answer)
    with st.container(gap="xsmall"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            sentence = own_sentence.ask_sentence(answer)
        with right, st.container(gap=None), faults.leaving_out():
            accuracy.compact(answer)
        own_sentence.show_lineage(sentence, answer)
    panel = _choose(WORDS, "preprocessing_panel", answer)
    open_view.settle("preprocessing_panel", sentence=sentence)
    WORDS[panel](answer, before)


def matrix(answer: Answer, before: Answer | None) -> None:
    """Which terms became columns, and the values of the cells."""
    MATRIX[_choose(MATRIX, "matrix_panel", answer)](answer)


def _choose(panels: Iterable[str], key: str, answer: Answer) -> str:
    panel = choose_view(panels, key, "Panel")
    if panel in OF_ALL:
        slices.note_all_articles(answer, panel)
    return panel
