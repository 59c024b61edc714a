"""The effect of the last change on accuracy: logistic regression on the same validation articles, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import MIN_ARTICLES, PairedChange, paired_change
from bowcore.judge.scores import accuracy
from bowcore.nouns import TEXT, TEXTS, fill
from bowcore.numbers import class_in_words, p_value, with_interval
from charts.differences import paired_differences
from ui import answers
from ui.reading import articles
from ui.reading.contexts_dialog import Mask
from ui.reading.tables import dataframe, draw, palette
from ui.shell import facts, logistic, slices
from ui.shell.logistic import Reply
from ui.shell.recipe_words import changes_in_words
from ui.state import open_view, session, widgets
from ui.texts import plain, sentence

WHY_COUNTED = (
    "Every recipe is scored on the same validation {TEXTS}. The more recipes are tried, the more likely it is that "
    "one of them looks better by chance alone: many looks overfit the validation set, and only {TEXTS} that nobody "
    "looked at, the test set, can show it."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One model's predictions for the validation articles, before and after the last change."""

    model: str
    before: NDArray[np.int32]
    now: NDArray[np.int32]


def compact(answer: Answer) -> None:
    """The effect of the last change in a few lines, updated when the worker has answered."""
    recipe, digest = answer.recipe, answer.corpus.digest  # not the answer: a session keeps its fragments

    def draw(reply: Reply) -> None:
        if reply.predictions is None:
            st.markdown("Logistic regression …")
            st.caption(sentence(reply.problem))
        else:
            answer = answers.answer(recipe)
            share = accuracy(answer.labels, reply.predictions)
            st.markdown(
                f"Logistic regression: **{answers.accuracy_in_words(answer, share)}**",
                help="The 95 % interval. " + logistic.fitted_share(answer, reply),
            )
            st.caption(_last_change(answer, reply))
        st.caption(f"Recipes tried on these {TEXTS}: {facts.tried(digest)}", help=fill(WHY_COUNTED))

    logistic.follow(logistic.request(answer), draw)


def accuracy_panel(answer: Answer, before: Answer | None) -> None:
    """Both models before and after the last change, the paired difference, and the changed articles to read."""
    reply = logistic.newest(answer)
    previous = logistic.comparable(answer)
    if previous is None:
        st.info(
            "There is nothing to compare yet: flip a switch on the left, or pin a recipe, and this panel shows the "
            f"effect of the change on the same validation {TEXTS}."
            if before is None or before is answer
            else f"The previous recipe has other validation {TEXTS}, so nothing can be compared {TEXT} by {TEXT}."
        )
        return
    open_view.settle("preprocessing_panel", before=previous.recipe)
    sides = [Side("Naive Bayes", previous.predictions, answer.predictions)]
    if reply.predictions is not None and reply.before is not None:
        sides.insert(0, Side("Logistic regression", reply.before, reply.predictions))
    else:
        st.caption(f"Logistic regression: {sentence(reply.problem) or reply.incomparable or 'updating …'}")
    st.markdown(f"**{changes_in_words(previous.recipe, session.recipe().through('weighting'))}**")
    only = slices.chosen_mask(answer)
    rows = slices.rows_of(answer, only, "validation")
    _differences(answer, sides, only, rows)
    st.markdown(f"**Recipes tried on these {TEXTS}: {facts.tried(answer.corpus.digest)}.** {fill(WHY_COUNTED)}")
    if share := logistic.fitted_share(answer, reply):
        st.caption(share)
    _read_changed(answer, sides, rows)


def _differences(answer: Answer, sides: list[Side], only: Mask, rows: NDArray[np.int64]) -> None:
    """The paired differences on all validation articles, or only on those of the chosen slice."""
    slice_size = slices.scope(answer, only, "validation")
    if slice_size and len(rows) < MIN_ARTICLES:
        st.info(f"{slice_size}: too few to compare accuracy (at least {MIN_ARTICLES}). Choose a larger slice.")
        return
    if slice_size:
        st.markdown(f"**{slice_size}**, compared alone. Each slice is one more chance to see a change by luck.")
    inside = [Side(side.model, side.before[rows], side.now[rows]) for side in sides]
    labels = answer.labels[rows]
    changes = {side.model: paired_change(labels, side.before, side.now) for side in inside}
    dataframe(_comparison(inside, changes, labels), hide_index=True, column_config=NARROW)
    ends = [(model, change.difference, change.low, change.high, change.verdict) for model, change in changes.items()]
    table = pd.DataFrame(ends, columns=["model", "difference", "low", "high", "verdict"])
    draw(paired_differences(table, palette()), "paired_differences")
    st.caption(
        "The interval is that of the paired difference (Bonett and Price), p is McNemar's exact test of “as many fixed "
        "as broken”. A change is detectable if the interval excludes 0 and p is below 0.05. Both account for other "
        f"{TEXTS} like these, not for other seeds or the number of recipes tried. “Both wrong” {TEXTS} moved from one "
        "wrong class to another."
    )


NARROW: dict[str, Any] = {
    "model": st.column_config.Column(width=118),
    **dict.fromkeys(("before", "now"), st.column_config.Column(width=124)),
    "points": st.column_config.Column(width=54),
    "95 % interval": st.column_config.Column(width=94),
    "in words": st.column_config.Column(width=138),
    "fixed": st.column_config.Column(width=44),
    "broken": st.column_config.Column(width=52),
    "both wrong": st.column_config.Column(width=72),
    "McNemar p": st.column_config.Column("p", width=56, help="McNemar's exact test"),
}
"""Column widths with which the table fits a page of 768 px."""


def _comparison(sides: list[Side], changes: dict[str, PairedChange], labels: NDArray[np.int32]) -> pd.DataFrame:
    """One row per model: accuracy before and now, the difference with its interval, numbers fixed and broken."""
    return pd.DataFrame(
        [
            {
                "model": side.model,
                "before": with_interval(accuracy(labels, side.before)),
                "now": with_interval(accuracy(labels, side.now)),
                "points": change.in_points,
                "95 % interval": change.ends,
                "in words": "a detectable change" if change.detectable else change.verdict,
                "fixed": change.n_fixed,
                "broken": change.n_broken,
                "both wrong": change.n_changed_label - change.n_fixed - change.n_broken,
                "McNemar p": p_value(change.p_value),
            }
            for side, change in zip(sides, changes.values(), strict=True)
        ]
    )


def fate_of(
    labels: NDArray[np.int32], before: NDArray[np.int32], after: NDArray[np.int32]
) -> dict[str, NDArray[np.int64]]:
    """Positions of the validation articles whose prediction changed, by outcome."""
    changed, was_right, is_right = before != after, before == labels, after == labels
    return {
        "Fixed": np.flatnonzero(changed & is_right),
        "Broken": np.flatnonzero(changed & was_right),
        "Wrong both times": np.flatnonzero(changed & ~was_right & ~is_right),
    }


def _last_change(answer: Answer, reply: Reply) -> str:
    if reply.before is not None and reply.predictions is not None:
        change = paired_change(answer.labels, reply.before, reply.predictions)
        verdict = "detectable" if change.detectable else change.verdict
        return (
            f"Last change: {change.in_points} points ({change.ends}), "
            f"{change.n_fixed:,} fixed, {change.n_broken:,} broken, McNemar p {p_value(change.p_value)}: **{verdict}**."
        )
    if reply.waiting:
        return "Last change: updating …"
    if reply.incomparable:
        return reply.incomparable
    return f"Flip a switch to see here what it does to the same validation {TEXTS}."


def _read_changed(answer: Answer, sides: list[Side], inside: NDArray[np.int64]) -> None:
    """The articles of these validation rows whose predicted class changed, one of them to read."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        model = st.segmented_control(
            "Model",
            [side.model for side in sides],
            required=True,
            default=sides[0].model,
            key=f"changed_model_{len(sides)}",
        )
    side = next((side for side in sides if side.model == model), sides[0])
    found = fate_of(answer.labels, side.before, side.now)
    fates = {name: rows for name, every in found.items() if len(rows := np.intersect1d(every, inside))}
    if not fates:
        st.caption(f"None of these validation {TEXTS} changed its predicted class.")
        return

    def called(name: str) -> str:
        return f"{name} {len(fates[name]):,}"

    fate, bound = widgets.carried("changed_fate", list(fates), next(iter(fates)), format_func=called)
    with right:
        fate = st.segmented_control(
            f"{TEXTS:A} that changed", list(fates), required=True, default=fate, format_func=called, **bound
        )
    rows = fates[fate]
    names = answer.split.class_names
    notes = {
        "before": [names[position] for position in side.before[rows]],
        "now": [names[position] for position in side.now[rows]],
    }
    listing, reading = st.columns([5, 6], gap="medium")
    with listing:
        position = articles.pick(answer, answer.split.validation_positions(rows), "changed_articles", notes, length=26)
    with reading:
        row = answer.split.article(position).row
        st.markdown(
            f"{_called(names[side.before[row]])} → {_called(names[side.now[row]])}; its class is "
            f"**{_called(names[answer.labels[row]])}**"
        )
        articles.read(answer, position)


def _called(name: str) -> str:
    return plain(class_in_words(name))
