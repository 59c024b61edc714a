"""Why a column that is empty in training learns nothing, with real numbers of a very small training."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.untrained import train_small
from bowcore.matrix.by_hand import small_matrix
from bowcore.matrix.vocabulary import append_unknown, with_unknown
from bowcore.numbers import decimal
from bowcore.recipe.recipe import Recipe
from ui.reading.clickable_words import word_table

LINES = ("goal and goal again", "the striker and the goal", "bank and rates", "the rates of the bank")
CLASSES = ("sports", "business")
LABELS = np.array([0, 0, 1, 1], dtype=np.int32)


def untrained(answer: Answer) -> None:
    """Four lines, every word a column: the column for other words stays empty in training."""
    small = small_matrix(LINES, Recipe())
    counts = append_unknown(small.counts, small.counts)
    vocabulary = with_unknown(small.vocabulary, counts)
    bayes = fit_naive_bayes(counts, LABELS, 2)
    network = train_small(counts, LABELS, 2)
    terms: list[str] = vocabulary.terms.to_pylist()
    tokens = [int(counts[label == LABELS].sum()) for label in range(2)]
    st.markdown(
        f"Four lines of two classes, {len(terms) - 1} words, all of them columns: `{terms[-1]}` occurs 0 times. "
        "**Naive Bayes** gives it only what smoothing adds: "
        + " and ".join(
            f"{name} 1 / ({n} + {len(terms)}) = {decimal(np.exp(log), 4)}"
            for name, n, log in zip(CLASSES, tokens, bayes.term_log_probability[:, -1], strict=True)
        )
        + ". So every unknown word counts a little for the class with fewer tokens, whatever the word is. "
        f"**A network** (4 hidden units, 100 steps of RMSprop, loss {decimal(network.losses[0], 3)} → "
        f"{decimal(network.losses[-1], 3)}) changes every row of weights but one: a gradient is a sum of cells times "
        "a factor, and these cells are 0. The row keeps its random start, so an unknown word adds random numbers."
    )
    weights = {
        "first weight before": network.before[:, 0],
        "after": network.after[:, 0],
        "largest change of its 4": network.moved,
    }
    table = pd.DataFrame({"term": terms, "in training": vocabulary.term_frequency} | weights)
    word_table(table, answer, "untrained_terms", formats=dict.fromkeys(weights, partial(decimal, digits=6)))
    n_own = int(answer.matrix.vocabulary.term_frequency[-1]) if answer.matrix.vocabulary.unknown else None
    st.caption(
        "Here the column is filled 0 times in training"
        + ("." if n_own is None else f"; under this page's recipe {n_own:,} times.")
        + " The remedy is to count rare training words in it."
    )
