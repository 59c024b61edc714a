"""The articles of a cell, and the words behind the prediction for the selected one."""

from __future__ import annotations

import streamlit as st

from bowcore.corpus.split import Article
from bowcore.experiment.answer import Answer
from bowcore.judge.explanation import explain
from bowcore.numbers import class_in_words, probability
from ui import answers
from ui.confusion.cells import EXACTNESS, Model
from ui.reading import articles
from ui.reading.certainty import WHY_BAYES_IS_SURE, right_where_sure
from ui.reading.clickable_words import words_behind, words_of_text
from ui.reading.marked_text import weighed_words
from ui.reading.tables import palette
from ui.shell import judgement
from ui.state import open_view
from ui.texts import plain


def articles_of_cell(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """The articles of a cell, most confident first, and the words behind the selected one."""
    found = model.rows_in(answer, cell)
    likely = [probability(model.probabilities[row, cell[1]]) for row in found]
    positions = answer.split.validation_positions(found)
    position = articles.pick(answer, positions, "cell", {"probability": likely}, 5, one_class=True)
    article = answer.split.article(position)
    open_view.settle("cell_view", row=article.row)
    _words_behind(answer, model, article, cell)


def _words_behind(answer: Answer, model: Model, article: Article, cell: tuple[int, int]) -> None:
    names, colours = answer.split.class_names, palette().class_colours(answer.split.class_names)
    row, (actual, predicted) = article.row, cell
    called = [plain(class_in_words(name)) for name in names]
    values, other = answer.matrix.features.validation[row], None if actual == predicted else actual
    explanation = judgement.explanation(answer, model.judged, values, predicted, other)
    if explanation is None:
        st.caption("The network's weights were deleted; these are naive Bayes' words. Train it again to see its own.")
        explanation = explain(answer.bayes, values, predicted, other)
    towards, away = names[predicted], names[explanation.other_class]
    table = explanation.table(answer.matrix.vocabulary.terms, names)
    weights = dict(zip(table["term"], table["contribution"], strict=True))
    st.markdown(
        f"**{article.name.capitalize()}** · true {called[actual]} · predicted {called[predicted]}, "
        f"probability {probability(model.probabilities[row, predicted])}"
    )
    ((shorter, rest),) = articles.as_long_as_wanted([answer.reading.texts[article.position].as_py()], "cell_whole")
    traced = answers.traced(answer, shorter)
    st.html(weighed_words(traced, weights, colours[towards], colours[away]))
    exact = EXACTNESS[model.judged.model]
    more = f" {rest:,} more words are not shown." if rest else ""
    st.caption(
        f"Solid line: for {called[predicted]}. Dashed: for {called[explanation.other_class]}. Contributions are "
        f"{exact}.{more}"
    )
    why = f" {WHY_BAYES_IS_SURE}" if model.judged.model == "naive-bayes" else ""
    st.caption(f"{right_where_sure(answer, model.probabilities)}{why}")
    with st.container(horizontal=True, gap="small"):
        words_behind(table, answer, f"words_behind_{row}", "Every word with its contribution")
        words_of_text(traced, answer, "cell_words")
