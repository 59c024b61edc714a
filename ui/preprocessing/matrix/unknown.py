"""Words outside the vocabulary: how many by class and split, which, and the effect of one column for them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.untrained import train_small
from bowcore.matrix.by_hand import small_matrix
from bowcore.matrix.unseen import unseen_rates, unseen_terms
from bowcore.matrix.vocabulary import append_unknown, with_unknown
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import decimal, percent, signed, with_interval
from bowcore.recipe.recipe import Recipe
from charts.vocabulary import unknown_shares
from ui import answers
from ui.answers import kept
from ui.reading.clickable_words import word_table, words_behind
from ui.reading.tables import dataframe, metric_row, palette, show
from ui.state import faults, session, widgets
from ui.texts import plain

SHOWN = 100
SMALL = 0.001  # probabilities below it are given per million
OUTSIDE = {
    "term": st.column_config.TextColumn(width=76),
    "reason": st.column_config.TextColumn(width=75),
    "validation": st.column_config.NumberColumn(format="localized", width=66),
    "training": st.column_config.NumberColumn(format="localized", width=60),
}
MEASURES = {"tokens": "Occurrences (tokens)", "types": "Different words (types)"}
LINES = ("goal and goal again", "the striker and the goal", "bank and rates", "the rates of the bank")
CLASSES = ("sports", "business")
LABELS = np.array([0, 0, 1, 1], dtype=np.int32)
"""Four lines of two classes for a training small enough to show."""


def unknown_words(answer: Answer) -> None:
    """Rates, words, and the column for all others."""
    rates, terms = _unseen(answer)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        of, bound = widgets.carried("unknown_of", tuple(MEASURES), "tokens")
        of = st.segmented_control(
            "Count",
            tuple(MEASURES),
            required=True,
            default=of,
            format_func=MEASURES.__getitem__,
            label_visibility="collapsed",
            **bound,
        )
        drawn = rates.assign(share=rates[f"n_unknown_{of}"] / rates[f"n_{of}"].clip(lower=1))
        show(unknown_shares(drawn[["split", "class", "share"]], palette(), of), "unknown_shares", behind_it=rates)
        st.caption(_in_words(rates))
    with right:
        st.markdown("**Most frequent outside the vocabulary**")
        if len(terms):
            shown = terms.rename(columns={"in_validation": "validation", "in_training": "training"})[list(OUTSIDE)]
            word_table(shown.head(SHOWN), answer, "unknown_terms", height=300, column_config=OUTSIDE)
            st.caption(
                f"{min(SHOWN, len(terms)):,} of {len(terms):,} terms. “Cut”: in training {TEXTS}, but no column. "
                f"“Never seen”: in no training {TEXT}."
            )
            words_behind(terms, answer, "unknown_all", "Download")
        else:
            st.caption(f"Every word of the open {TEXTS} is a column.")
    st.subheader("One column for all of them: <UNK>")
    _column(answer)
    box = st.expander("Why a column that training never fills learns nothing", key="untrained", on_change="rerun")
    if box.open:
        with box:
            _untrained(answer)


def _in_words(rates: pd.DataFrame) -> str:
    # the last row of a split covers all classes; a class may have the same name
    whole = rates.groupby("split").tail(1).set_index("split")
    validation, training = whole.loc["validation"], whole.loc["training"]
    n_tokens, n_training = int(validation["n_tokens"]), int(training["n_tokens"])
    n_never, n_cut = int(validation["n_never_tokens"]), int(training["n_unknown_tokens"])
    n_others = int(validation["n_unknown_tokens"]) - n_never
    text = f"Of {n_tokens:,} tokens of validation {TEXTS} {n_never + n_others:,} are no column"
    if n_others:
        text += f": {n_never:,} occur in no training {TEXT}, and {n_others:,} are of terms that the recipe cuts"
    elif n_never:
        text += f": they occur in no training {TEXT}"
    of_training = f"Of {n_training:,} training tokens {n_cut:,} are of such terms."
    text += f". {of_training if n_cut else 'Nothing is cut in training.'}"
    if validation["n_empty"]:
        text += f" {int(validation['n_empty']):,} validation {TEXTS} contain no known word at all."
    return f"{text} Test {TEXTS} are not read here."


def _column(answer: Answer) -> None:
    recipe, has = answer.recipe, bool(answer.matrix.vocabulary.unknown)
    other = answers.answer(recipe.change(unknown="leave-out" if has else "unk"))
    faults.look(other.corpus.digest, other.recipe)
    without, with_column = (other, answer) if has else (answer, other)
    vocabulary = with_column.matrix.vocabulary
    in_training, n_articles = int(vocabulary.term_frequency[-1]), int(vocabulary.document_frequency[-1])
    in_validation = int(with_column.matrix.counts.validation[:, -1].sum())
    change = paired_change(answer.labels, without.predictions, with_column.predictions)
    row = metric_row()
    row.metric(f"{plain(vocabulary.unknown)} in training", f"{in_training:,}", help="Occurrences of cut terms.")
    row.metric(f"Training {TEXTS} with it", percent(n_articles / max(vocabulary.n_documents, 1)))
    row.metric("In validation", f"{in_validation:,}", help="Occurrences of cut terms, and of unseen ones.")
    st.markdown(
        f"Naive Bayes without the column: **{with_interval(without.scores.accuracy)}**; with it: "
        f"**{answers.accuracy_in_words(answer, with_column.scores.accuracy)}**. {describe_change(change)}."
    )
    if not in_training:
        st.info(
            "Nothing is cut in training under this recipe, so the column is empty there and learns nothing. Set a "
            f"vocabulary size, or a minimum of {TEXTS}: rare training words are then counted in it like unseen ones.",
            icon=":material/info:",
        )
    weights = _weights(with_column)
    probability = f"P({vocabulary.unknown} | class)"
    formats = {"ln P minus the mean of the others": partial(signed, digits=4), probability: partial(decimal, digits=4)}
    if weights[probability].max() < SMALL:
        in_a_million = f"{probability}, in a million"
        weights = weights.rename(columns={probability: in_a_million})
        weights[in_a_million] *= 1_000_000
        formats[in_a_million] = partial(decimal, digits=2)
    dataframe(weights, formats=formats, hide_index=True)
    st.caption(
        "What naive Bayes learns about the column. CountVectorizer has no such column: it leaves unknown words out. "
        "With word groups, unknown groups count too."
    )
    st.button(
        "Leave unknown words out" if has else "Use the column",
        key="unknown_use",
        on_click=session.change,
        kwargs={"unknown": "leave-out" if has else "unk"},
    )


def _weights(answer: Answer) -> pd.DataFrame:
    log_probability = answer.bayes.term_log_probability[:, -1]
    others = (log_probability.sum() - log_probability) / max(len(log_probability) - 1, 1)
    features, name = answer.matrix.features, answer.matrix.vocabulary.unknown
    column = features.train[:, [-1]].toarray().ravel()
    sums = np.bincount(features.train_labels, weights=column, minlength=features.n_classes)
    return pd.DataFrame(
        {
            "class": answer.split.class_names,
            f"sum of {name}'s cells": sums,
            f"P({name} | class)": np.exp(log_probability),
            "ln P minus the mean of the others": log_probability - others,
        }
    )


@kept("vocabulary")
def _unseen(answer: Answer) -> tuple[pd.DataFrame, pd.DataFrame]:
    features, columns = answer.matrix.features, answer.matrix.vocabulary.columns
    labels = (features.train_labels, features.validation_labels)
    rates = unseen_rates(answer.counts, answer.matrix.rows, columns, labels, answer.split.class_names)
    return rates, unseen_terms(answer.counts, answer.matrix.rows, columns)


def _untrained(answer: Answer) -> None:
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
