"""Several models of blocks: how they are joined, and what that changes against their mean and each of them alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.judge.comparison import describe_change
from bowcore.judge.scores import Accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, p_value, with_interval
from bowcore.recipe.blocks import STACKING
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import FittedOnBlocks
from bowcore.tasks.joined_models import StackWeights
from ui.reading.tables import dataframe
from ui.state import session, widgets
from ui.texts import HELP, LABELS, OPTIONS, plain

_OTHER_KINDS = {"svm": "svm 1", "logistic": "logistic 10", "bayes": "bayes 0.1"}
_COLUMNS: dict[str, Any] = {
    "points": st.column_config.Column(help="Accuracy in the first line minus this one, with its 95 % interval"),
    "McNemar p": st.column_config.Column("p", help="McNemar's exact test"),
}
_MOST_CLASSES = 12  # of which the table of single weights has columns


def choose_joining(recipe: Recipe) -> None:
    """The choice between the mean and stacking; a single model can first be given others of other kinds."""
    several = len(recipe.blocks.voters) > 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            LABELS["joining"],
            tuple(OPTIONS["joining"]),
            default=recipe.blocks.joining,
            required=True,
            format_func=OPTIONS["joining"].__getitem__,
            help=HELP["joining"],
            disabled=not several,
            **widgets.bind("recipe_joining", recipe.blocks.joining, lambda chosen: session.change(joining=chosen)),
        )
        if not several:
            st.button("Add models of other kinds", key="blocks_models_add", on_click=_add_other_kinds)


def _add_other_kinds() -> None:
    voters = session.recipe().blocks.voters
    kinds = {model.kind for model in voters}
    others = (line for kind, line in _OTHER_KINDS.items() if kind not in kinds)
    session.change(models=(*(model.text for model in voters), *others))


def joined_name(found: FittedOnBlocks) -> str:
    """What gives the answer, as the subject of a sentence."""
    if len(found.models) < 2:
        alone = plain(found.models[0].words)
        return alone[:1].upper() + alone[1:]
    return f"{STACKING.label} of {len(found.models)} models" if found.stack else "The mean of their votes"


def compare_models(found: FittedOnBlocks) -> None:
    """The joined models against their mean and each alone, on the same validation articles; weights of stacked ones."""
    if not found.rivals:
        return
    n = found.n_validation
    table = pd.DataFrame(
        {
            "answer": [joined_name(found), *(rival.words for rival in found.rivals)],
            "accuracy (95 %)": [
                with_interval(found.accuracy),
                *(with_interval(Accuracy.of(round(rival.accuracy * n), n)) for rival in found.rivals),
            ],
            "points": ["", *(f"{rival.change.in_points} ({rival.change.ends})" for rival in found.rivals)],
            "fixed": ["", *(f"{rival.change.n_fixed:,}" for rival in found.rivals)],
            "broken": ["", *(f"{rival.change.n_broken:,}" for rival in found.rivals)],
            "McNemar p": ["", *(p_value(rival.change.p_value) for rival in found.rivals)],
        }
    )
    if found.stack is not None:
        table["weight"] = ["", "", *(decimal(weight, 2) for weight in found.stack.of_models)]
    dataframe(table, key="blocks_rivals", hide_index=True, column_config=_COLUMNS)
    if found.stack is None:
        return
    against_mean = describe_change(found.rivals[0].change)
    st.caption(
        f"Stacking in place of the mean: {against_mean}. It is a logistic regression of the models' margins for the "
        f"{found.n_train:,} training {TEXTS}, each from a fold that was not learned from; near copies share a fold. A "
        "weight is what a model's usual margin for a class adds to the class's score more than to the others'."
    )
    if len(found.stack.classes) <= _MOST_CLASSES:
        with st.expander("Weights class by class"):
            three = {name: st.column_config.NumberColumn(format="%.3f") for name in found.stack.classes}
            dataframe(_weights(found, found.stack), key="blocks_weights", column_config=three)


def _weights(found: FittedOnBlocks, stack: StackWeights) -> pd.DataFrame:
    names = [f"{model.words}: margin for {name}" for model in found.models for name in stack.classes]
    weights = np.array(stack.of_margins).reshape(len(names), len(stack.classes))
    return pd.DataFrame(weights, names, list(stack.classes))
