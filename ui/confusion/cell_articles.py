"""The articles of a cell, and the words behind the prediction for the selected one."""

from __future__ import annotations

import streamlit as st

from bowcore.corpus.split import Article
from bowcore.experiment.answer import Answer
from bowcore.judge.explanation import explain
from bowcore.numbers import class_in_words, probability
from ui.confusion.cells import EXACTNESS, Model
from ui.reading import articles
from ui.reading.certainty import WHY_BAYES_IS_SURE, right_where_sure
from ui.reading.clickable_words import words_behind, words_of_text
from ui.reading.marked_text import weighed_words
from ui.reading.tables import palette
from ui.shell import block_models, judgement
from ui.state import open_view
from ui.texts import plain


def articles_of_cell(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """The articles of a cell, most confident first, and the words behind the selected one."""
    found = model.rows_in(answer, cell)
    likely = [probability(model.probabilities[row, cell[1]]) for row in found]
    positions = answer.split.validation_positions(found)
    position = articles.pick(answer, positions, "cell", {model.judged.likelihood: likely}, 5, one_class=True)
    article = answer.split.article(position)
    open_view.settle("cell_view", row=article.row)
    _words_behind(answer, model, article, cell)


def _words_behind(answer: Answer, model: Model, article: Article, cell: tuple[int, int]) -> None:
    names = answer.split.class_names
    row, (actual, predicted) = article.row, cell
    called = [plain(class_in_words(name)) for name in names]
    values, other = answer.matrix.validation[row], None if actual == predicted else actual
    found = judgement.explained(answer, model.judged, values, article, predicted, other)
    if found is None:
        deleted = f"The weights of {model.judged.name} were deleted"
        st.caption(f"{deleted}; these are naive Bayes' words. Train it again to see its own.")
        found = judgement.explained_by_words(answer, explain(answer.bayes, values, predicted, other))
    towards, away = names[predicted], names[found.explanation.other_class]
    st.markdown(
        f"**{article.name.capitalize()}** · true {called[actual]} · predicted {called[predicted]}, "
        f"{model.judged.likelihood} {probability(model.probabilities[row, predicted])}"
    )
    texts = answer.reading.articles if model.judged.model == "blocks" else answer.reading.texts
    ((shorter, rest),) = articles.as_long_as_wanted([texts[article.position].as_py()], "cell_whole")
    traced = answer.trace(article.position, shorter)
    st.html(weighed_words(traced, found.weights, *palette().two_colours(names, towards, away)))
    more = f" {rest:,} more words are not shown." if rest else ""
    if model.judged.model == "blocks":
        exact = block_models.shading(model.judged.recipe)
    else:
        exact = f"Contributions are {EXACTNESS[model.judged.model]}."
    st.caption(
        f"Solid line: for {called[predicted]}. Dashed: for {called[found.explanation.other_class]}. {exact}{more}"
    )
    why = f" {WHY_BAYES_IS_SURE}" if model.judged.model == "naive-bayes" else ""
    st.caption(f"{right_where_sure(answer, model.probabilities, model.judged.likelihood)}{why}")
    with st.container(horizontal=True, gap="small"):
        word = found.table["word"].tolist() if "word" in found.table else found.table["term"].tolist()
        what = "Every column with its contribution" if "word" in found.table else "Every word with its contribution"
        words_behind(found.table, answer, f"words_behind_{row}", what, words=lambda at, _: filter(None, [word[at]]))
        words_of_text(traced, answer, "cell_words")
