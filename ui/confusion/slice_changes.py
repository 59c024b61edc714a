"""Where two models differ most: slices of the validation articles, ranked by the paired change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import SliceError
from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import MIN_ARTICLES, describe_change, matrix_change, paired_change
from bowcore.judge.traits import ALIKE, MOST_OF_ALL, Listed, list_slices, rank_slices, word_masks
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, p_value, percent, points
from charts.matrix_change import matrix_change as draw_change
from ui.answers import kept
from ui.confusion.cells import Model
from ui.confusion.error_traits import trait_masks
from ui.reading.tables import behind, dataframe, draw, palette
from ui.shell import judgement, slices
from ui.shell.judgement import Judgement
from ui.state import judge, open_view, widgets
from ui.texts import plain, sentence

Mask = NDArray[np.bool_]

MOST_WORDS = 200
SHOWN = 12
BEFORE = "the recipe before"


def two_models(answer: Answer, model: Model) -> None:
    """The judge against another model, or against itself under the recipe before."""
    names = [name for name in judge.offered() if name != model.judged.model]
    options = [judge.NAMES[name] for name in names] + ([BEFORE] if model.judged.before is not None else [])
    chosen, bound = widgets.carried("slices_against", options, options[0])
    against = st.segmented_control(f"{model.judged.name} against", options, required=True, default=chosen, **bound)
    name = {judge.NAMES[name]: name for name in names}.get(str(against))
    open_view.settle("confusion_view", against=name or "before")
    other, key = _predictions(answer, model.judged, name)
    if other is None:
        st.info(f"{against}: {sentence(key) or 'updating …'}")
        return
    rows, labels = model.rows, answer.labels
    change = paired_change(labels[rows], other[rows], model.predictions[rows])
    st.markdown(f"**{plain(model.judged.name)} in place of {plain(str(against))}: {describe_change(change)}.**")
    if not np.array_equal(other[rows], model.predictions[rows]):
        cells = matrix_change(labels[rows], other[rows], model.predictions[rows], len(answer.split.class_names))
        unit = f"{model.judged.name} less {against}, {TEXTS}"
        drawing = draw_change(cells, palette(), answer.split.class_names, unit)
        with st.columns([9, 11])[0]:
            draw(drawing, "models_matrix", beside=lambda: behind(drawing.table, "models_matrix_table"))
    masks = {name: mask[rows] for name, mask in _slices(answer).items()}
    table = rank_slices(labels[rows], other[rows], model.predictions[rows], masks)
    if table.empty:
        st.info(f"No slice has {MIN_ARTICLES} {TEXTS} or more.")
        return
    counts = st.column_config.NumberColumn(format="localized", width=75)
    columns = dict.fromkeys((f"{TEXTS}", "fixed", "broken"), counts) | {"slice": st.column_config.TextColumn(width=230)}
    listed = list_slices(table, masks, SHOWN)
    if listed.table.empty:
        st.info(f"No slice changes otherwise than the {TEXTS} outside it.")
    else:
        dataframe(_shown(listed.table), hide_index=True, key="slice_changes", column_config=columns)
    behind(table, "slice_changes_table", "All slices")
    n_sure = int(table["detectable"].sum())
    st.caption(
        f"{len(table):,} slices of {MIN_ARTICLES} {TEXTS} or more: classes, lengths, traits, saved slices, and words "
        f"that a {TEXT} has. {n_sure:,} differ detectably. Ranked by the end of the interval nearest to no change; "
        f"the intervals cover all slices together with 95 % (Bonferroni).{passed_over(listed)} Keys: "
        f"{plain(model.judged.key(answer))} and {plain(key)}."
    )


def passed_over(listed: Listed) -> str:
    """Which slices the list leaves out that are ranked as high as those in it; empty if none."""
    reasons = (
        (listed.n_large, f"of over {percent(MOST_OF_ALL, 0)} of the {TEXTS}"),
        (listed.n_same, f"whose own 95 % interval, uncorrected, contains the change on the {TEXTS} elsewhere"),
        (listed.n_alike, f"that share {percent(ALIKE, 0)} or more of their {TEXTS} with one above (Jaccard)"),
    )
    said = ", ".join(f"{n:,} {reason}" for n, reason in reasons if n)
    return f" Passed over: {said}; *All slices* has them, and the correction counts them." if said else ""


def _predictions(answer: Answer, shown: Judgement, name: judge.Model | None) -> tuple[NDArray[np.int32] | None, str]:
    """The predictions to compare with and their model's key; without them, what they wait for."""
    if name is None:
        return shown.before, f"{shown.model}, recipe before"
    other = judgement.judgement(answer, name)
    if other.predictions is None:
        if name == "logistic":
            judgement.follow(answer)
        return None, other.problem
    return other.predictions, other.key(answer)


def _slices(answer: Answer) -> dict[str, Mask]:
    """Masks of the validation articles by the name of the slice."""
    masks = {
        f"class {class_in_words(name)}": answer.labels == label for label, name in enumerate(answer.split.class_names)
    }
    masks |= trait_masks(answer)
    n_train = answer.split.train.n_documents
    for part in slices.saved():
        try:
            masks[f"slice {part.name}"] = slices.mask_of(answer, part)[n_train:]
        except SliceError:
            continue  # these texts lack its class
    return masks | _words(answer)


@kept("vocabulary")
def _words(answer: Answer) -> dict[str, Mask]:
    counts = answer.matrix.counts
    terms = counts.terms.to_pylist()
    found = word_masks(counts.validation, terms, MIN_ARTICLES, MOST_WORDS)
    return {f"has “{term}”": mask for term, mask in found.items()}


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "slice": table["slice"],
            f"{TEXTS}": table["n"],
            "fixed": table["n_fixed"],
            "broken": table["n_broken"],
            "change, points": [points(value) for value in table["difference"]],
            "elsewhere": [points(value) for value in table["elsewhere"]],
            "95 %, of all": [
                f"{points(low)} to {points(high)}" for low, high in zip(table["low"], table["high"], strict=True)
            ],
            "p, corrected": [p_value(value) for value in table["p_value"]],
            "verdict": ["differs" if sure else "no detectable change" for sure in table["detectable"]],
        }
    )
