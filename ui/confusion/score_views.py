"""Views of the judge's scores below the matrix; only the view that is open computes anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.averages import LEAST_PER_CLASS, MOST_ABSENT, averages
from bowcore.judge.calibration import calibrate
from bowcore.judge.confusion import confusion_matrix
from bowcore.names import short
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import interval, percent
from charts.calibration import reliability
from charts.scores import per_class_scores
from ui.confusion.cells import Model
from ui.confusion.error_traits import traits
from ui.confusion.slice_changes import two_models
from ui.confusion.word_weights import word_weights
from ui.reading.tables import choose_view, dataframe, palette, save_button, show
from ui.shell.block_models import NO_PROBABILITIES
from ui.texts import plain


def show_scores(answer: Answer, model: Model) -> None:
    """The view that the reader chose."""
    st.subheader("Scores")
    VIEWS[choose_view(VIEWS, "confusion_view", "What to see of the scores")](answer, model)


def _scores(answer: Answer, model: Model) -> None:
    names = answer.split.class_names
    left, right = st.columns([11, 9], gap="medium")
    with left:
        show(per_class_scores(model.scores.table(), palette(), names), "class_scores")
    with right:
        _averages(answer, model)
        table = predictions(answer, model)
        save_button(table, f"Predictions of {len(table):,} {TEXTS} as CSV", "predictions", "predictions_csv")
        st.caption(f"Each carries the key of its model: {plain(short(model.judged.key(answer), 60))}")


def _averages(answer: Answer, model: Model) -> None:
    """Accuracy and the averages over classes, each with what it is."""
    rows = model.rows
    matrix = confusion_matrix(answer.labels[rows], model.predictions[rows], len(answer.split.class_names))
    accuracy = model.scores.accuracy
    found = averages(matrix)
    lines = [("accuracy", accuracy.value, accuracy.low, accuracy.high)]
    lines += [(item.name, item.value, item.low, item.high) for item in found]
    dataframe(
        pd.DataFrame(
            {
                "score": [line[0] for line in lines],
                "value": [_share(line[1]) for line in lines],
                "95 %": ["–" if np.isnan(line[2]) else interval(line[2], line[3]) for line in lines],
            }
        ),
        hide_index=True,
        key="averages",
    )
    explained = "; ".join(f"{item.name}: {item.explained}" for item in found)
    few = ""
    if any(np.isnan(line[2]) for line in lines):
        few = (
            f" There is one from a mean of {LEAST_PER_CLASS} {TEXTS} a class, for macro F1 from a median of as many; "
            "for macro precision if the median class is predicted as often; for both unless more than "
            f"{percent(MOST_ABSENT, 0)} of the classes are predicted without having any."
        )
    st.caption(f"Accuracy: share of all {TEXTS} that are right; {explained}.")
    st.caption(
        f"Of {accuracy.n_documents:,} validation {TEXTS}; always guessing {plain(answer.guess)}: accuracy "
        f"{percent(model.baseline.value)}. Intervals: Wilson's, for averages with the number of {TEXTS} that has their "
        f"variance, and for macro F1 around a value that few {TEXTS} do not lower.{few} In the chart, those of F1 "
        "follow from Wilson's as well."
    )


def predictions(answer: Answer, model: Model) -> pd.DataFrame:
    """One row per judged article: its number, true and predicted class, the probability, the model and its key."""
    rows, names = model.rows, np.array(answer.split.class_names, dtype=object)
    called = model.predictions[rows]
    return pd.DataFrame(
        {
            "row": answer.split.validation.rows[rows],
            "number": rows + 1,
            "class": names[answer.labels[rows]],
            "predicted": names[called],
            model.judged.likelihood: model.probabilities[rows, called],
            "model": model.judged.name,
            "model key": model.judged.key(answer),
        }
    )


def _calibration(answer: Answer, model: Model) -> None:
    if model.judged.likelihood != "probability":
        st.info(
            f"{NO_PROBABILITIES} So there is nothing to calibrate. A recipe whose models are all *logistic* has some."
        )
        return
    rows = model.rows
    found = calibrate(answer.labels[rows], model.probabilities[rows])
    left, right = st.columns([11, 9], gap="medium")
    with left:
        drawing = reliability(found.table(), palette(), found.error, found.too_sure, found.n_bins)
        show(drawing, "reliability")
    with right:
        outside = sum(not item.covered for item in found.bins)
        st.markdown(
            f"**A calibrated model that says 80 % is right on 80 % of such {TEXTS}.** {plain(model.judged.name)}: in "
            f"{outside} of {len(found.bins)} filled bins the interval does not contain the mean probability."
        )
        st.caption(
            f"{found.n_bins} bins of equal width; bins without a {TEXT} are left out. ECE is the mean distance of "
            f"probability and share right. It depends on the number of bins, and of few {TEXTS} it is above 0 even for "
            "a perfectly calibrated model."
        )


def _share(value: float) -> str:
    return "undefined" if np.isnan(value) else percent(value)


VIEWS: dict[str, Callable[[Answer, Model], None]] = {
    "By class": _scores,
    "Calibration": _calibration,
    "Traits of errors": traits,
    "Two models": two_models,
    "Word weights": word_weights,
}
