"""Typical words: words that a class uses more than the others do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, percent
from charts.typical import typical_words
from ui.reading.clickable_words import word_chart, words_behind
from ui.reading.contexts_dialog import Mask
from ui.reading.tables import palette
from ui.shell.slices import mask_key, rows_of
from ui.state import open_view, widgets
from ui.texts import plain
from ui.words import word_counts

PRIORS = (100, 1_000, 10_000, 100_000, 1_000_000)
PER_CLASS = 8


def typical_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """Words that a class uses more than the others do, by log-odds with a prior."""
    names = answer.split.class_names
    many = len(names) > len(palette().classes)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        prior, bound = widgets.carried("words_prior", PRIORS, 10_000)
        prior = st.select_slider(
            "Size of the prior (tokens)",
            PRIORS,
            prior,
            format_func=lambda n: f"{n:,}",
            **bound,
            help="Imaginary tokens added to both sides, distributed over the terms like the tokens counted here. More "
            "of them pull the log-odds of rare words further towards 0.",
        )
        label = 0
        if many:
            called, labels = [class_in_words(name) for name in names], range(len(names))
            label, bound = widgets.carried("words_class", labels, 0, format_func=called.__getitem__)
            label = st.selectbox("Class", labels, label, format_func=called.__getitem__, **bound)
        chosen = names[label]
    open_view.settle("words_view", prior=prior, n=20 if many else PER_CLASS)
    table = word_counts.typical(answer, prior, 20 if many else PER_CLASS, only)
    if isinstance(table, str):
        st.info(plain(table))
        return
    shown = [chosen] if many else list(names)
    most = max(table.loc[table["class"].isin(shown), "z"], default=1.0)
    articles = f"{answer.recipe.key('sample')[:6]}{mask_key(only)}"
    columns = st.columns(1 if many else 2 if len(names) <= 4 else 3, gap="medium")
    for place, name in enumerate(shown):
        with columns[place % len(columns)]:
            drawing = typical_words(table, palette(), names, name, most)
            word_chart(drawing, answer, f"typical_{place}_{articles}", only=only, table_behind=False)
    st.caption(
        f"Counted in {len(rows_of(answer, only, 'training')):,} training {TEXTS}, each class against all others "
        f"together. Numbers: its {TEXTS} that contain the word : other {TEXTS} that do. "
        f"{_shrinkage(answer, table, prior, only)} Click a bar to read its word in context. A word that stands "
        "out may name a source or a series and not the topic: read it in context first."
        + ("" if only is None else f" In few {TEXTS} the words of a single one stand out.")
    )
    words_behind(table, answer, "typical_table", "All typical words", only=only)


def _shrinkage(answer: Answer, table: pd.DataFrame, prior: int, only: Mask) -> str:
    n_tokens = int(word_counts.frequency(answer, only).sum())
    sentence = f"The prior has {prior:,} imaginary tokens, the {TEXTS} {n_tokens:,} real ones"
    finite = table[np.isfinite(table["unshrunk"])]
    n_never = len(table) - len(finite)
    if len(finite):
        lost = 1 - float((finite["log_odds"] / finite["unshrunk"]).median())
        sentence += f"; it shrinks the log-odds of these words by {percent(max(lost, 0.0))} in the median"
    if n_never:
        sentence += f", and makes those of {n_never:,} words that no other class uses finite"
    return f"{sentence}."
