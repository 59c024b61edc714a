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
from bowcore.judge.explanation import words_that_decide
from bowcore.numbers import counted, empty_share, probability, signed
from bowcore.text.repair import repair
from bowcore.text.tagger.words import joined
from bowcore.trace.lineage import Trace, trace
from charts.confusion import confusion_matrix as draw_confusion
from charts.matrix_block import matrix_view
from charts.words import words_that_decide as draw_words
from ui import answers, job_panel
from ui.playground import score
from ui.reading import own_lemmas, own_text_dialog
from ui.reading.certainty import WHY_BAYES_IS_SURE, right_where_sure
from ui.reading.clickable_words import word_chart, word_table, words_of_text
from ui.reading.marked_text import marked_words, weighed_words
from ui.reading.tables import draw, palette
from ui.shell import slices
from ui.shell.judgement import Judgement, coefficients, explanation, judged, probabilities, probability_of
from ui.state import address, own_text
from ui.texts import plain

ROW_HEIGHT = 260  # two rows fit into 720 px below a header of five lines
INNER_HEIGHT = ROW_HEIGHT - 32  # Streamlit 1.67 pushes down what overflows a grid cell; a container scrolls
ARTICLE, FIRST_ARTICLE = "playground_article", 411
SHOWN_UNITS = 60
MOST_MARKED = 2_000  # words of an own text shown with marks; all are counted
BLOCK = (24, 60)  # articles and terms of the matrix that fit in a card
WORDS_OF_NETWORK = (
    "These are naive Bayes' words: in a network, what a word does depends on the words around it. Write your own "
    "text in card 1 to see what each of its words does."
)
SHARES_OF = {
    "naive-bayes": "Exact shares of naive Bayes' log-odds.",
    "logistic": "Exact shares of logistic regression's log-odds.",
    "network": "Approximate shares of the network's log-odds: gradient times input.",
}
"""How the words of the own sentence are to be read, by model."""


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
    written = own_text.current()
    subject = _own(answer, written) if written else _article(answer)
    st.markdown(f"**1 Text** · {plain(subject.name)}")
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        own_text_dialog.button("playground_text")
        st.button("", icon=":material/casino:", key="another", on_click=_another, help="Another article")
        words_of_text(subject.traced, answer, "card_text_words", "")
    st.html(marked_words(subject.traced, MOST_MARKED))
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
    """4 Model: the judge's words that decide, for all texts, or those of the own sentence."""
    assert subject is not None
    shown = judged(answer)
    if subject.own:
        _explain(answer, subject, shown)
        return subject
    names = answer.split.class_names
    weights, of = answer.bayes.term_log_probability, list(names)
    st.markdown("**4 Model** · words that decide", help=WORDS_OF_NETWORK if shown.model == "network" else None)
    if shown.model == "logistic":
        fitted = coefficients(answer, shown.artefact) if shown.predictions is not None else None
        if fitted is None or len(fitted.classes) < 2:
            st.caption(f"{shown.name}: {plain(shown.problem or shown.note)}")
            return subject
        weights, of = fitted.weights.T.astype(np.float64), [names[position] for position in fitted.classes]
    table = words_that_decide(weights, answer.matrix.vocabulary, of, n_words=2)
    if not len(table):
        st.caption("No term occurs in 5 training articles, so no word decides reliably.")
        return subject
    word_chart(draw_words(table, palette(), names), answer, "card_words", table_behind=False)
    return subject


def _explain(answer: Answer, subject: Subject, shown: Judgement) -> None:
    """The prediction for the own sentence, its words marked by how much each speaks for it or the runner-up."""
    names, vocabulary = answer.split.class_names, answer.matrix.vocabulary
    found = explanation(answer, shown, subject.values) if shown.predictions is not None else None
    likely = probability_of(answer, shown, subject.values)
    chances = probabilities(answer, shown)
    if found is None or likely is None or chances is None:
        st.markdown("**4 Model**")
        st.caption(f"{shown.name}: {plain(shown.problem) or 'its weights were deleted.'}")
        return
    first, second = names[found.chosen_class], names[found.other_class]
    why = f" {WHY_BAYES_IS_SURE}" if shown.model == "naive-bayes" else ""
    measured = f"{right_where_sure(answer, chances)}{why}"
    st.markdown(f"**4 Model** · {plain(first)}, {probability(likely[found.chosen_class])} sure", help=measured)
    table, colours = found.table(vocabulary.terms, names), palette().class_colours(names)
    weights = dict(zip(table["term"], table["contribution"], strict=True))
    st.html(weighed_words(subject.traced, weights, colours[first], colours[second], MOST_MARKED))
    if not subject.values.nnz:
        st.caption("The model knows none of these words: only the sizes of the classes count.")
        return
    others = weights.get(vocabulary.unknown)
    dotted = "unknown to the model" if others is None else f"{plain(vocabulary.unknown)}, together {signed(others, 2)}"
    st.caption(
        f"Solid: for {plain(first)}. Dashed: for {plain(second)}, the runner-up. Dotted: {dotted}. "
        f"{SHARES_OF[shown.model]}"
    )


def confusion_card(answer: Answer, subject: Subject | None) -> Subject | None:
    """5 Confusion: true classes down, the judge's predictions across."""
    names, shown = answer.split.class_names, judged(answer)
    if shown.predictions is None:
        st.markdown("**5 Confusion**")
        st.caption(f"{shown.name}: {plain(shown.problem)}")
        return subject
    n_wrong, n = int((shown.predictions != answer.labels).sum()), len(answer.labels)
    # the chart itself explains rows and columns
    whole = "" if slices.chosen_mask(answer) is None else ", all articles"
    st.markdown(f"**5 Confusion** · {n_wrong:,} of {n:,} wrong{whole}")
    table = confusion_table(confusion_matrix(answer.labels, shown.predictions, len(names)), names)
    draw(draw_confusion(table, palette(), names, compact=True), "card_confusion")
    return subject


CARDS: tuple[Callable[[Answer, Subject | None], Subject | None], ...] = (
    text_card,
    terms_card,
    matrix_card,
    model_card,
    confusion_card,
    score.score_card,
)
"""The cards in reading order; each gets the subject that the first one chose."""


def _own(answer: Answer, sentence: str) -> Subject:
    if answer.recipe.text.repair:
        sentence = repair(pa.array([sentence]))[0].as_py()
    lemmas = own_lemmas.find_one(sentence, answer.recipe)
    job, words = (lemmas, None) if isinstance(lemmas, Job) else (None, lemmas)
    traced = trace(sentence, answer.recipe, answer.matrix.vocabulary, words)
    read = sentence if words is None else joined(words)
    name = f"your own text, {counted(len(traced.units), 'word')}"
    return Subject(name, traced, *_rows(answer, read), True, job)


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


def _another() -> None:
    own_text.write("")
    address.choose(ARTICLE, str(address.number(ARTICLE, FIRST_ARTICLE) + 89))
