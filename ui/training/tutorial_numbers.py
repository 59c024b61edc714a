"""The tutorial's printed figures next to the run's, with the difference, for its presets."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXTS
from bowcore.numbers import counted, decimal, points, signed
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.article import PRESET_OF, TUTORIAL
from ui.shell.runs import Run
from ui.state import open_view, session

ROWS = (
    ("Training loss, running", "running_loss_batch_mean", "train_loss"),
    ("Training accuracy, running", "running_accuracy", "train_accuracy"),
    ("Validation loss", "validation_loss", "validation_loss"),
    ("Validation accuracy", "validation_accuracy", "validation_accuracy"),
)
"""Label, our column, and the name of the tutorial's figure. Its training figures are taken while the weights change."""


def of_recipe(recipe: Recipe) -> str | None:
    """Which of the tutorial's runs this recipe repeats, whatever its texts, split and seed; None if it repeats none."""
    for name, known in PRESET_OF.items():
        base = preset(known)
        alike = recipe.change(
            corpus=base.corpus.corpus,
            revision=base.corpus.revision,
            split_seed=base.split.split_seed,
            training_articles=base.sample.training_articles,
            sample_seed=base.sample.sample_seed,
            network_seed=base.network.network_seed,
        )
        if alike == base:
            return name
    return None


def section(answer: Answer, run: Run | None) -> None:
    """A table of both, or how to get one."""
    name = of_recipe(session.recipe())
    if name is None:
        for known, label in (("baseline", "its first network"), ("revised", "its revised network")):
            st.button(
                f"The tutorial's settings: {label}",
                key=f"tutorial_{known}",
                on_click=_choose,
                args=(PRESET_OF[known],),
            )
        st.caption("The tutorial prints losses and accuracies of two networks. With its settings they stand here.")
        return
    printed = TUTORIAL[name]
    open_view.settle("training_view", printed=printed["epochs"])
    epochs = pd.DataFrame() if run is None else run.epochs
    table = comparison(printed["epochs"], epochs)
    st.table(table, hide_index=True, border="horizontal")
    n, theirs = answer.split.validation.n_documents, printed["n_validation"]
    st.caption(
        f"The tutorial: {printed['n_train']:,} training and {theirs:,} validation texts of AG News, "
        f"{printed['n_terms']:,} words, no seed. Here: {answer.matrix.shape[0]:,} training {TEXTS}, {n:,} for "
        f"validation, {counted(answer.matrix.shape[1], 'term')}. Its training figures are taken while the weights "
        "change, its loss is a mean of the batches' means; ours here are made the same way."
    )
    if answer.corpus.name != "ag-news" or n != theirs:
        st.caption("Other texts, or another number of them: equal figures would be chance.")


def comparison(printed: list[dict[str, float]], epochs: pd.DataFrame) -> pd.DataFrame:
    """One row per epoch and figure: the tutorial's, ours, and ours minus theirs; a dash for what is not trained yet."""
    rows = []
    for number, figures in enumerate(printed, 1):
        found = epochs[epochs["epoch"] == number] if len(epochs) else epochs
        for label, ours, theirs in ROWS:
            share = "accuracy" in theirs
            value = float(found[ours].iloc[0]) if len(found) and ours in found else None
            rows.append((f"Epoch {number}: {label.lower()}", *_written(figures[theirs], value, share=share)))
    return pd.DataFrame(rows, columns=["Figure", "The tutorial", "Here", "Difference"])


def _written(printed: float, ours: float | None, *, share: bool) -> tuple[str, str, str]:
    def number(value: float) -> str:
        return f"{decimal(100 * value, 2)} %" if share else decimal(value, 4)

    if ours is None:
        return number(printed), "–", "–"
    off = f"{points(100 * (ours - printed))} points" if share else signed(ours - printed, 4)
    return number(printed), number(ours), off


def _choose(name: str) -> None:
    session.replace(preset(name, session.recipe().corpus.corpus))
