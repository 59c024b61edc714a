"""A text followed through the recipe to the judge's prediction, its words marked by what each speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import streamlit as st
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.experiment.stages import transform_texts
from bowcore.jobs.jobs import Job
from bowcore.matrix.weighting import weight
from bowcore.numbers import class_in_words, counted, probability, signed
from bowcore.text.repair import repair
from bowcore.text.tagger.words import joined
from bowcore.trace.lineage import Trace, trace
from ui import job_panel
from ui.reading import own_lemmas
from ui.reading.certainty import WHY_BAYES_IS_SURE, right_where_sure
from ui.reading.marked_text import weighed_words
from ui.reading.tables import palette
from ui.shell import block_models
from ui.shell.block_models import Text
from ui.shell.judgement import Judgement, explained, probabilities, probability_of
from ui.texts import plain, sentence

MOST_MARKED = 2_000  # words of an own text shown with marks; all are counted
SHARES_OF = {
    "naive-bayes": "Exact shares of naive Bayes' log-odds.",
    "logistic": "Exact shares of logistic regression's log-odds.",
    "network": "Approximate shares of the network's log-odds: gradient times input.",
}
"""How the words of an own text are to be read, by model."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The text that is followed: the reader's own, or an article.

    `counts` and `values` are its row of the matrix, before and after weighting; `text` is what blocks read.
    `lemma_job` computes the lemmas of an own text; until it is done the text is followed as written.
    """

    name: str
    traced: Trace
    counts: sparse.csr_matrix
    values: sparse.csr_matrix
    own: bool
    text: Text
    lemma_job: Job | None = None


def own_subject(answer: Answer, text: str) -> Subject:
    """The reader's own text under the recipe, to its last word."""
    if answer.recipe.text.repair:
        text = repair(pa.array([text]))[0].as_py()
    lemmas = own_lemmas.find_one(text, answer.recipe)
    job, words = (lemmas, None) if isinstance(lemmas, Job) else (None, lemmas)
    traced = trace(text, answer.recipe, answer.matrix.vocabulary, words)
    name = f"your own text, {counted(len(traced.units), 'word')}"
    return Subject(name, traced, *row_of(answer, text if words is None else joined(words)), True, text, job)


def row_of(answer: Answer, text: str) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The row of the matrix that a text would have, before and after weighting."""
    texts = pa.array([text], answer.reading.texts.type)
    counts = transform_texts(texts, answer.matrix, answer.recipe.change(weighting="count"))
    return counts, weight(counts, answer.matrix.vocabulary, answer.recipe.weighting)


def await_lemmas(subject: Subject) -> None:
    """Say that the text is followed as written until its lemmas are there."""
    if subject.lemma_job is not None:
        job_panel.follow(subject.lemma_job, "Read as written until its lemmas are there")


def explain_own(answer: Answer, subject: Subject, shown: Judgement, heading: str) -> None:
    """The prediction for the own text, its words marked by how much each speaks for it or the runner-up."""
    names, vocabulary = answer.split.class_names, answer.matrix.vocabulary
    whole = explained(answer, shown, subject.values, subject.text) if shown.predictions is not None else None
    likely = probability_of(answer, shown, subject.values, subject.text)
    chances = probabilities(answer, shown)
    if whole is None or likely is None or chances is None:
        st.markdown(f"**{heading}**")
        st.caption(f"{shown.name}: {sentence(shown.problem) or 'its weights were deleted.'}")
        return
    found = whole.explanation
    chosen, other = names[found.chosen_class], names[found.other_class]
    first, second = class_in_words(chosen), class_in_words(other)
    why = f" {WHY_BAYES_IS_SURE}" if shown.model == "naive-bayes" else ""
    measured = f"{right_where_sure(answer, chances, shown.likelihood)}{why}"
    st.markdown(
        f"**{heading}** · {plain(first)}, {shown.likelihood} {probability(likely[found.chosen_class])}", help=measured
    )
    marked = weighed_words(subject.traced, whole.weights, *palette().two_colours(names, chosen, other), MOST_MARKED)
    st.html(marked)
    if not len(found.columns):
        st.caption("The model knows none of these words: only the sizes of the classes count.")
        return
    lines = f"Solid: for {plain(first)}. Dashed: for {plain(second)}, the runner-up."
    if shown.model == "blocks":
        st.caption(f"{lines} {block_models.shading(shown.recipe)}")
        return
    others = dict(zip(whole.table["term"], whole.table["contribution"], strict=True)).get(vocabulary.unknown)
    dotted = "unknown to the model" if others is None else f"{plain(vocabulary.unknown)}, together {signed(others, 2)}"
    st.caption(f"{lines} Dotted: {dotted}. {SHARES_OF[shown.model]}")
