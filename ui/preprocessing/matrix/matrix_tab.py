"""The recipe's matrix: which terms became columns, and the values of the cells."""

from __future__ import annotations

from collections.abc import Callable

from bowcore.experiment.answer import Answer
from ui.preprocessing.matrix import by_hand, groups, limits, matrix_block, reduction, selection, unknown
from ui.reading.tables import choose_view
from ui.shell import slices

PANELS: dict[str, Callable[[Answer], None]] = {
    "By hand": by_hand.by_hand,
    "Cells": matrix_block.cells,
    "Selection": selection.selection,
    "Limits": limits.limits,
    "Word groups": groups.groups,
    "Unknown words": unknown.unknown_words,
    "LSA and PCA": reduction.reduction,
}
"""Panels by name; only the chosen one is computed."""


def matrix_tab(answer: Answer, before: Answer | None) -> None:
    """One panel at a time."""
    panel = choose_view(PANELS, "matrix_panel", "Panel")
    if panel != "By hand":  # it has its own articles
        slices.tell_ignored(answer, panel)
    PANELS[panel](answer)
