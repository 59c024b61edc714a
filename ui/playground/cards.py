"""The six cards of the Playground: Text → Terms → Matrix / Model → Confusion → Score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.experiment.stages import transform_texts
from bowcore.jobs.jobs import Job
from bowcore.judge.confusion import confusion_matrix, confusion_table
from bowcore.judge.explanation import explain, words_that_decide
from bowcore.numbers import empty_share, percent, probability, seconds, signed, with_interval
from bowcore.text.repair import repair
from bowcore.text.tagger.words import joined
from bowcore.trace.lineage import Trace, trace
from charts.confusion import confusion_matrix as draw_confusion
from charts.matrix_block import matrix_view
from charts.words import words_that_decide as draw_words
from ui import answers, job_panel
from ui.reading import articles, own_lemmas
from ui.reading.certainty import WHY_BAYES_IS_SURE, bayes_probabilities, right_where_sure
from ui.reading.clickable_words import word_chart, word_table, words_of_text
from ui.reading.marked_text import marked_words, weighed_words
from ui.reading.tables import draw, palette
from ui.shell import logistic, runs, slices
from ui.state import address, session, widgets
from ui.texts import plain

ROW_HEIGHT = 260  # two rows fit into 720 px below a header of five lines
INNER_HEIGHT = ROW_HEIGHT - 32  # Streamlit 1.67 pushes down what overflows a grid cell; a container scrolls
ARTICLE, FIRST_ARTICLE = "playground_article", 411
WRITTEN = "sentence_written"
SHOWN_UNITS = 60
BLOCK = (24, 60)  # articles and terms of the matrix that fit in a card


@dataclass(frozen=True, slots=True)
class Subject:
    """The text that the cards follow: the reader's own sentence, or an article.

    `counts` and `values` are its row of the matrix, before and after weighting. `lemma_job` computes the lemmas of an
    own sentence; until it is done the sentence is followed as written.
    """

    name: str
    traced: Trace
    counts: sparse.csr_matrix
    values: sparse.csr_matrix
    own: bool
    lemma_job: Job | None = None


def text_card(answer: Answer, _: Subject | None) -> Subject:
    """1 Text: an article, or the reader's own sentence, with every word marked."""
    written = st.session_state.get(WRITTEN, "")
    subject = _own(answer, written.strip()) if written.strip() else _article(answer)
    st.markdown(f"**1 Text** · {plain(subject.name)}")
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        st.text_input(
            "Your own sentence",
            written,
            placeholder="Your own sentence",
            label_visibility="collapsed",
            **widgets.bind("playground_sentence", written, _write),
        )
        st.button("", icon=":material/casino:", key="another", on_click=_another, help="Another article")
        words_of_text(subject.traced, answer, "card_text_words", "")
    st.html(marked_words(subject.traced))
    if subject.lemma_job is not None:
        job_panel.follow(subject.lemma_job, "Read as written until its lemmas are there")
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
        height=201,
        row_height=28,
        column_config={
            "here": st.column_config.NumberColumn(help="How often it occurs in this text.", width=50),
            "articles": st.column_config.NumberColumn(
                help="Training articles that contain it.", format="localized", width=65
            ),
        },
    )
    return subject


def matrix_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """3 Matrix: the first articles over terms from the most to the least frequent."""
    (n_rows, n_terms), n_filled = answer.matrix.shape, answer.matrix.n_filled
    rows, columns, values, terms = answers.block(answer, *BLOCK)
    st.markdown(f"**3 Matrix** · {n_rows:,} × {n_terms:,}")
    drawing = matrix_view(
        rows,
        columns,
        values,
        palette(),
        n_rows=min(BLOCK[0], n_rows),
        terms=terms,
        whole=(n_rows, n_terms, 1 - n_filled / (n_rows * n_terms)),
    )
    word_chart(drawing, answer, "card_matrix", table_behind=False)
    st.caption(f"{empty_share(n_rows, n_terms, n_filled)} of all cells are empty")
    return subject


def model_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """4 Model: the words that decide, for all texts, or exactly for the own sentence."""
    assert subject is not None
    if subject.own:
        _explain(answer, subject)
        return subject
    names = answer.split.class_names
    st.markdown("**4 Model** · words that decide")
    table = words_that_decide(answer.bayes.term_log_probability, answer.matrix.vocabulary, names, n_words=2)
    if not len(table):
        st.caption("No term occurs in 5 training articles, so no word decides reliably.")
        return subject
    word_chart(draw_words(table, palette(), names), answer, "card_words", table_behind=False)
    st.caption("Naive Bayes, terms in 5 or more articles. Click a bar to read its word.")
    return subject


def _explain(answer: Answer, subject: Subject) -> None:
    """The contribution of each word of the own sentence to naive Bayes' prediction."""
    names, vocabulary = answer.split.class_names, answer.matrix.vocabulary
    explanation = explain(answer.bayes, subject.values)
    first, second = names[explanation.chosen_class], names[explanation.other_class]
    likely = answer.bayes.probabilities(subject.values)[0, explanation.chosen_class]
    measured = f"{right_where_sure(answer, bayes_probabilities(answer))} {WHY_BAYES_IS_SURE}"
    st.markdown(f"**4 Model** · {plain(first)}, {probability(likely)} sure", help=measured)
    table, colours = explanation.table(vocabulary.terms, names), palette().class_colours(names)
    weights = dict(zip(table["term"], table["contribution"], strict=True))
    st.html(weighed_words(subject.traced, weights, colours[first], colours[second]))
    if not subject.values.nnz:
        st.caption("The model knows none of these words: only the sizes of the classes count.")
        return
    others = weights.get(vocabulary.unknown)
    dotted = "unknown to the model" if others is None else f"{plain(vocabulary.unknown)}, together {signed(others, 2)}"
    st.caption(
        f"Solid: for {plain(first)}. Dashed: for {plain(second)}, the runner-up. Dotted: {dotted}. "
        "Exact shares of naive Bayes' log-odds."
    )


def confusion_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """5 Confusion: true classes down, predictions across."""
    names = answer.split.class_names
    # the chart itself explains rows and columns
    whole = "rows are true" if slices.chosen_mask(answer) is None else "all articles"
    st.markdown(f"**5 Confusion** · {whole}")
    table = confusion_table(confusion_matrix(answer.labels, answer.predictions, len(names)), names)
    draw(draw_confusion(table, palette(), names, compact=True), "card_confusion")
    return subject


def score_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """6 Score: three models at three speeds, each with its interval, compared with the constant guess."""
    accuracy = answer.scores.accuracy
    st.markdown(f"**6 Score** · {accuracy.n_documents:,} validation articles")
    guess = f"Always {plain(answer.guess)}"
    about = f"95 % interval: {with_interval(accuracy)}. {guess}: the largest class of the training articles."
    left, right = st.columns(2)
    left.metric("Naive Bayes", percent(accuracy.value), help=about)
    # a second help icon would leave no room for its label on a narrow page
    right.metric(guess, percent(answer.baseline.value))
    logistic.line(answer)
    # below it, so that logistic regression's accuracy is not mistaken for the slice's
    if line := slices.accuracy_line(answer, "Naive Bayes", answer.predictions):
        st.caption(line)
    _network(answer)
    return subject


def _network(answer: Answer) -> None:
    run = runs.find(answer)
    if run is not None and run.job.open:
        st.caption("Network")
        job_panel.watch(run.job, job_panel.show_progress)
        return
    if run is not None and run.result.epochs:
        accuracy = percent(run.result.validation_accuracy)
        st.caption(f"Network: **{accuracy}**, weights of epoch {run.result.kept_epoch} of {len(run.epochs)}")
        return
    other = runs.newest_other(answer)
    if other is not None:
        st.caption(f":orange-badge[earlier recipe] Network: {percent(other.result.validation_accuracy)}")
    cost = runs.cost(answer, answer.recipe)
    label = f"Train the network, about {seconds(runs.whole_run_seconds(cost, session.recipe().network.epochs))}"
    texts = answer.recipe, answer.corpus.digest
    st.button(label, key="card_train", icon=":material/play_arrow:", on_click=runs.start, args=texts)


CARDS: tuple[Callable[[Answer, Subject | None], Subject | None], ...] = (
    text_card,
    terms_card,
    matrix_card,
    model_card,
    confusion_card,
    score_card,
)
"""The cards in reading order; each gets the subject that the first one chose."""


def _own(answer: Answer, sentence: str) -> Subject:
    shorter, _ = articles.cut(sentence)
    if answer.recipe.text.repair:
        shorter = repair(pa.array([shorter]))[0].as_py()
    lemmas = own_lemmas.find_one(shorter, answer.recipe)
    job, words = (lemmas, None) if isinstance(lemmas, Job) else (None, lemmas)
    traced = trace(shorter, answer.recipe, answer.matrix.vocabulary, words)
    read = shorter if words is None else joined(words)
    return Subject("your own sentence", traced, *_rows(answer, read), True, job)


def _article(answer: Answer) -> Subject:
    position = address.number(ARTICLE, FIRST_ARTICLE) % answer.split.train.n_documents
    article = answer.split.article(position)
    text = answer.reading.texts[position].as_py()
    shorter = " ".join(text.split()[:SHOWN_UNITS])
    name = f"{article.class_name} article {article.number:,}"
    return Subject(name, trace(shorter, answer.recipe, answer.matrix.vocabulary), *_rows(answer, text), False)


def _rows(answer: Answer, text: str) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    texts = pa.array([text], answer.reading.texts.type)
    counts = transform_texts(texts, answer.matrix, answer.recipe.change(weighting="count"))
    return counts, transform_texts(texts, answer.matrix, answer.recipe)


def _write(sentence: str) -> None:
    st.session_state[WRITTEN] = sentence


def _another() -> None:
    st.session_state[WRITTEN] = ""
    address.choose(ARTICLE, str(address.number(ARTICLE, FIRST_ARTICLE) + 89))
