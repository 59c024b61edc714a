"""The six cards of the Playground: Text → Terms → Matrix / Model → Confusion → Score."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.judge.confusion import confusion_matrix, confusion_table
from bowcore.judge.explanation import words_that_decide
from bowcore.names import shortened
from bowcore.nouns import TEXT, TEXTS, VALIDATION_TEXTS
from bowcore.numbers import class_in_words, counted, empty_share
from bowcore.trace.lineage import Trace
from charts.confusion import confusion_matrix as draw_confusion
from charts.matrix_block import matrix_view
from charts.words import words_that_decide as draw_words
from ui import answers
from ui.playground import score
from ui.reading import own_text_dialog
from ui.reading.articles import opening_words
from ui.reading.clickable_words import word_chart, word_table, words_of_text
from ui.reading.confusion_cell import CELL, clicked_cell
from ui.reading.marked_text import marked_words
from ui.reading.tables import draw, palette
from ui.shell import slices
from ui.shell.judgement import Judgement, coefficients, judged
from ui.shell.own_prediction import MOST_MARKED, Subject, await_lemmas, explain_own, own_subject, row_of
from ui.state import address, open_view, own_text, rerun, widgets
from ui.texts import plain, readable, sentence

ARTICLE, FIRST_ARTICLE = "playground_article", 500
OPENED = "card_cell_opened"
SHOWN_UNITS, LISTED = 120, 8  # units of an article, and articles of a cell
N_COLUMNS = 60  # terms of the matrix that fit in a card
WORDS_OF_NETWORK = (
    "These are naive Bayes' words: in a network, what a word does depends on the words around it. Write your own "
    "text in card 1 to see what each of its words does."
)


def text_card(answer: Answer, _: Subject | None) -> Subject:
    """1 Text: an article, or the reader's own sentence, with every word marked."""
    written = own_text.current()
    subject = own_subject(answer, written) if written else _article(answer)
    st.markdown(f"**1 Text** · {sentence(subject.name)}")
    with st.container(horizontal=True, gap="xsmall", wrap=False, vertical_alignment="center"):
        own_text_dialog.button("playground_text")
        st.button(f"Another {TEXT}", icon=":material/casino:", key="another", on_click=_another, help=f"Another {TEXT}")
        words_of_text(subject.traced, answer, "card_text_words")
    st.html(marked_words(subject.traced, MOST_MARKED))
    await_lemmas(subject)
    return subject


def terms_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """2 Terms: the terms counted in this text."""
    assert subject is not None
    row, vocabulary = subject.counts, answer.matrix.vocabulary
    order = np.lexsort((row.indices, -row.data))[:50]
    columns = row.indices[order]
    st.markdown(f"**2 Terms** · {row.nnz:,} different, {int(row.data.sum()):,} in all")
    if not row.nnz:
        st.caption("No word of this text is in the vocabulary, so the model sees an empty row.")
        return subject
    table = pd.DataFrame(
        {
            "term": vocabulary.terms.take(pa.array(columns)).to_pylist(),
            "here": row.data[order],
            "articles": vocabulary.document_frequency[columns],
        }
    )
    word_table(
        table,
        answer,
        "card_terms",
        height="stretch",
        row_height=28,
        column_config={
            "here": st.column_config.NumberColumn(help="How often it occurs in this text.", width=50),
            "articles": st.column_config.NumberColumn(
                help=f"Training {TEXTS} that contain it.", format="localized", width=65
            ),
        },
    )
    return subject


def matrix_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """3 Matrix: the first articles over terms from the most to the least frequent."""
    (n_rows, n_terms), n_filled = answer.matrix.shape, answer.matrix.n_filled
    rows, columns, values, terms = answers.block(answer, N_COLUMNS)
    st.markdown(f"**3 Matrix** · {n_rows:,} × {n_terms:,}")
    drawing = matrix_view(
        rows,
        columns,
        values,
        palette(),
        n_rows=answer.matrix.first.shape[0],
        terms=terms,
        whole=(n_rows, n_terms, 1 - n_filled / (n_rows * n_terms)),
    )
    word_chart(drawing, answer, "card_matrix", table_behind=False)
    st.caption(f"{empty_share(n_rows, n_terms, n_filled)} of all cells are empty")
    return subject


def model_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """4 Model: the judge's words that decide, for all texts, or those of the own sentence."""
    assert subject is not None
    shown = judged(answer)
    if subject.own or (shown.model == "blocks" and shown.predictions is not None):
        explain_own(answer, subject, shown, "4 Model")
        return subject
    names = answer.split.class_names
    weights, of = answer.bayes.term_log_probability, list(names)
    st.markdown("**4 Model** · words that decide", help=WORDS_OF_NETWORK if shown.model == "network" else None)
    if shown.model == "logistic":
        fitted = coefficients(answer, shown.artefact) if shown.predictions is not None else None
        if fitted is None or len(fitted.classes) < 2:
            st.caption(f"{shown.name}: {sentence(shown.problem or shown.note)}")
            return subject
        weights, of = fitted.weights.T.astype(np.float64), [names[position] for position in fitted.classes]
    table = words_that_decide(weights, answer.matrix.vocabulary, of, n_words=2)
    if not len(table):
        st.caption(f"No term occurs in 5 training {TEXTS}, so no word decides reliably.")
        return subject
    word_chart(draw_words(table, palette(), names), answer, "card_words", table_behind=False)
    return subject


def confusion_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """5 Confusion: true classes down, the judge's predictions across."""
    names, shown = answer.split.class_names, judged(answer)
    if shown.predictions is None:
        st.markdown("**5 Confusion**")
        st.caption(f"{shown.name}: {sentence(shown.problem)}")
        return subject
    n_wrong, n = int((shown.predictions != answer.labels).sum()), len(answer.labels)
    # the chart itself explains rows and columns
    whole = "" if slices.chosen_mask(answer) is None else f", all {TEXTS}"
    st.markdown(f"**5 Confusion** · {n_wrong:,} of {n:,} wrong{whole}")
    table = confusion_table(confusion_matrix(answer.labels, shown.predictions, len(names)), names)
    key = widgets.key("card_confusion")
    draw(draw_confusion(table, palette(), names, compact=True), key, partial(_cell_clicked, key))
    cell = st.session_state.pop(OPENED, None)
    if cell is not None:
        actual, predicted = (plain(class_in_words(names[position])) for position in cell)
        rerun.dialog(
            f"{actual} predicted as {predicted}", partial(_articles_of_cell, answer, shown, cell), width="small"
        )
    return subject


def _articles_of_cell(answer: Answer, shown: Judgement, cell: tuple[int, int]) -> None:
    """The articles of a cell by their opening words, and a link to read them: a page changed here would cost a Back."""
    assert shown.predictions is not None
    (actual, predicted), total = cell, int((answer.labels == cell[0]).sum())
    found = np.flatnonzero((answer.labels == actual) & (shown.predictions == predicted))
    st.markdown(
        f"**{len(found):,} of {counted(total, f'validation {TEXT}', f'{VALIDATION_TEXTS}')}** of "
        f"{plain(class_in_words(answer.split.class_names[actual]))}. Judged by: {shown.name}."
    )
    for position in answer.split.validation_positions(found[:LISTED]):
        st.text(readable(opening_words(answer, int(position), 56)))
    if len(found) > LISTED:
        st.caption(f"And {len(found) - LISTED:,} more.")
    if len(found):
        address.page_link("confusion.py", "Read them, with the words that decide →", {CELL: f"{actual}.{predicted}"})


def _cell_clicked(key: str) -> None:
    """Keep the cell, whose dialog is opened next."""
    cell = clicked_cell(key)
    if cell is not None:
        widgets.reset("card_confusion")
        st.session_state[OPENED] = cell


CARDS: tuple[Callable[[Answer, Subject | None], Subject | None], ...] = (
    text_card,
    terms_card,
    matrix_card,
    model_card,
    confusion_card,
    score.score_card,
)
"""The cards in reading order; each gets the subject that the first one chose."""


def _article(answer: Answer) -> Subject:
    position = address.number(ARTICLE, FIRST_ARTICLE) % answer.split.train.n_documents
    open_view.settle("playground", row=int(answer.split.train.rows[position]))
    article = answer.split.article(position)
    names = answer.split.class_names
    called = shortened(names)[names.index(article.class_name)]
    name = f"{class_in_words(called)} {TEXT} {article.number:,}"
    of_blocks = judged(answer).model == "blocks"
    return Subject(name, *_followed(answer, position, of_blocks), False, article)


@answers.kept("weighting")
def _followed(answer: Answer, position: int, of_blocks: bool) -> tuple[Trace, sparse.csr_matrix, sparse.csr_matrix]:
    """The first words of a training article through the recipe, and its row before and after weighting.

    Blocks read the words as they are written, not their lemmas.
    """
    text = answer.reading.texts[position].as_py()
    read = answer.reading.articles[position].as_py() if of_blocks else text
    shorter = " ".join(read.split()[:SHOWN_UNITS])
    return answer.trace(position, shorter), *row_of(answer, text)


def _another() -> None:
    own_text.write("")
    address.choose(ARTICLE, str(address.number(ARTICLE, FIRST_ARTICLE) + 89))
