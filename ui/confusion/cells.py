"""The confusion page's parts: the model, the cell, its articles with the words behind each prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.judge.class_order import METHOD, confused_order
from bowcore.judge.confusion import articles_in_cell, confusion_matrix, confusion_table, soft_matrix
from bowcore.judge.scores import Accuracy, Scores, accuracy, score
from bowcore.names import in_order
from bowcore.nouns import TEXTS, Filled
from bowcore.numbers import class_in_words, percent, with_interval
from charts.confusion import confusion_matrix as draw_confusion
from charts.drawing import Drawing
from charts.mistakes import largest_confusions
from charts.names import MOST_CLASSES
from ui.reading.confusion_cell import CELL, choose_clicked
from ui.reading.seed_dots import dots
from ui.reading.tables import behind, draw, palette
from ui.shell import block_models, slices
from ui.shell.block_models import NO_PROBABILITIES, fit_panel
from ui.shell.judgement import UNTRAINED, Judgement, control, judged, probabilities
from ui.state import address, session, widgets
from ui.texts import plain, sentence

Mode = Literal["counts", "recall", "precision", "soft"]
MODES: Mapping[Mode, str] = Filled(
    {
        "counts": "{TEXTS:A}",
        "recall": "% of true class (recall)",
        "precision": "% of predicted class (precision)",
        "soft": "Split by probability",
    }
)
EXACTNESS = {
    "naive-bayes": "exact: with the class sizes they add up to the log-odds",
    "logistic": "exact: with the intercepts they add up to the log-odds",
    "network": "approximate: gradient times input",
}
"""How the contributions of each model's words are to be read."""
HELP = (
    "Rows are true classes, columns are predictions. *Split by probability*: each prediction is shared among "
    "the classes by its probabilities, so that a near miss counts less than one of high probability."
)
ORDER = "confusion_order"
CHART, BARS = "confusion", "confusion_bars"


@dataclass(frozen=True, slots=True)
class Model:
    """The judge's predictions for the validation articles; scores and table cover only those in `rows`."""

    judged: Judgement
    probabilities: NDArray[np.float64]
    predictions: NDArray[np.int32]
    rows: NDArray[np.int64]
    scores: Scores
    table: pd.DataFrame
    baseline: Accuracy

    def rows_in(self, answer: Answer, cell: tuple[int, int]) -> NDArray[np.int64]:
        """Rows of the validation articles in a cell, those with the most probable prediction first."""
        found = articles_in_cell(answer.labels, self.predictions, *cell, self.probabilities)
        return found[np.isin(found, self.rows)]


def choose_model(answer: Answer) -> tuple[Model | None, Mode]:
    """The judge, None until it has predictions, and the matrix mode for the chosen slice."""
    shown = judged(answer)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control()
        mode, bound = widgets.carried("confusion_mode", list(MODES), "counts")
        mode = st.segmented_control(
            "Matrix shows",
            list(MODES),
            format_func=MODES.__getitem__,
            required=True,
            default=mode,
            **bound,
            help=HELP,
        )
    if why := shown.instead:
        st.caption(f"{why} {'Train it on the Training page.' if why == UNTRAINED['network'] else ''}")
        if why == UNTRAINED["blocks"]:
            fit_panel(answer, session.recipe(), primary=False)
    found = probabilities(answer, shown) if shown.predictions is not None else None
    if shown.predictions is None or found is None:
        st.info(f"{shown.name}: {sentence(shown.problem) or 'updating …'}")
        return None, mode
    if shown.model == "blocks":
        _about_blocks(shown)
    rows = slices.rows_of(answer, slices.chosen_mask(answer), "validation")
    return _model(answer, shown, rows, found, shown.predictions), mode


def _about_blocks(shown: Judgement) -> None:
    """What the model of blocks is, what its votes are, and which of several models is explained."""
    spec = (shown.recipe or session.recipe()).blocks
    if len(spec.answer) > 1:
        names = [model.words for model in spec.answer]
        number, bound = widgets.carried(block_models.VOTER, range(len(names)), 0, format_func=names.__getitem__)
        st.selectbox("Words of the model", range(len(names)), number, format_func=names.__getitem__, **bound)
    st.caption(plain(f"B{spec.in_words[1:]}. {'' if spec.gives_probabilities else NO_PROBABILITIES}"))


def matrix(answer: Answer, model: Model, mode: Mode) -> None:
    """The confusion matrix, its table and its summary."""
    names, n = answer.split.class_names, model.scores.accuracy.n_documents
    only = slices.chosen_mask(answer)
    unit = f"validation {TEXTS}" if only is None else f"validation {TEXTS} of the slice"
    drawing = draw_confusion(model.table, palette(), names, mode=mode, unit=unit, order=_order(model.table, len(names)))
    key = widgets.key(CHART)
    draw(drawing, key, partial(choose_clicked, key), beside=partial(_beside, drawing, len(names)))
    if len(names) > MOST_CLASSES and model.scores.accuracy.n_right < n:
        bars, key = largest_confusions(model.table, palette(), names), widgets.key(BARS)
        draw(bars, key, partial(choose_clicked, key), beside=lambda: behind(bars.table, "confusions_table"))
    narrowed = ""
    if only is not None:
        narrowed = f" {slices.scope(answer, only, 'validation')} ({sentence(slices.conditions(only))})."
    st.caption(
        f"{model.judged.name}: {with_interval(model.scores.accuracy)} right of {n:,} {unit}; always guessing "
        f"{plain(answer.guess)} {percent(model.baseline.value)} of them.{narrowed}"
    )
    if (seeds := model.judged.seeds) is not None:
        st.caption(
            f"This is the network of seed {session.recipe().network.network_seed}. Mean ± sd of all its seeds: "
            f"**{seeds.accuracy_in_words}** of all {seeds.accuracy.n_documents:,} validation {TEXTS}."
        )
        st.html(dots(seeds))


def _beside(drawing: Drawing, n_classes: int) -> None:
    order, bound = widgets.carried_switch(ORDER)
    if 2 < n_classes <= MOST_CLASSES:
        st.toggle("Order by confusion", order, **bound, help=f"Classes that are confused stand together: {METHOD}.")
    behind(drawing.table, "confusion_table")


def _order(table: pd.DataFrame, n_classes: int) -> list[int] | None:
    """The order in which to draw the classes; None for that of the corpus."""
    if not address.choice(ORDER) or n_classes > MOST_CLASSES:
        return None
    order: list[int] = confused_order(table["n"].to_numpy().reshape(n_classes, n_classes)).tolist()
    return order


def _clear_charts() -> None:
    widgets.reset(CHART)
    widgets.reset(BARS)


def choose_cell(names: tuple[str, ...], model: Model) -> tuple[int, int]:
    """The cell clicked or chosen from the list, whichever came last; otherwise the model's most frequent mistake.

    The list has the cells with articles: of 500 classes the others are a quarter of a million.
    """
    counts = model.table["n"].to_numpy().reshape(len(names), len(names))
    cells = [(int(actual), int(predicted)) for actual, predicted in np.argwhere(counts)]
    clicked = _stored_cell(len(names))
    if clicked is not None and not counts[clicked]:
        cells.append(clicked)
    if len(model.rows) == model.scores.accuracy.n_right:
        right = f"{len(model.rows):,} of {len(model.rows):,} validation {TEXTS} right"
        st.caption(f"No mistakes: {right}, so only cells of the diagonal have {TEXTS}.")
    called = [class_in_words(name) for name in names]
    cells.sort(key=lambda cell: (not counts[cell], cell[0] == cell[1], -counts[cell]))
    return widgets.choice(
        "Cell: click it in the matrix, or choose it here",
        cells,
        CELL,
        cells[0],
        format_func=lambda cell: in_order(f"true {called[cell[0]]}, predicted {called[cell[1]]}: {counts[cell]:,}"),
        # a second click on the selected cell is not reported, so the chart is replaced by one without a selection
        on_choose=_clear_charts,
    )


def _stored_cell(n_classes: int) -> tuple[int, int] | None:
    """The cell that was clicked, chosen or linked to; None if there is none in a matrix of so many classes."""
    places = [int(part) for part in address.choice(CELL).split(".") if part.isdecimal()]
    return (places[0], places[1]) if len(places) == 2 and max(places) < n_classes else None


def _model(
    answer: Answer,
    shown: Judgement,
    rows: NDArray[np.int64],
    found: NDArray[np.float64],
    predictions: NDArray[np.int32],
) -> Model:
    names, labels = answer.split.class_names, answer.labels[rows]
    return Model(
        shown,
        found,
        predictions,
        rows,
        score(labels, predictions[rows], names),
        confusion_table(
            confusion_matrix(labels, predictions[rows], len(names)), names, soft_matrix(labels, found[rows])
        ),
        accuracy(labels, np.full(len(rows), answer.guess_class)),
    )
