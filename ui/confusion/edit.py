"""An article edited in place: its prediction before and after, and the fewest words whose removal changes the label."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

import numpy as np
import pyarrow as pa
import streamlit as st
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.judge.explanation import explain_network
from bowcore.judge.network_words import disagreement, integrated_gradients, occlusion
from bowcore.judge.smallest_flip import Flip, search_flip, smallest_flip
from bowcore.matrix.weighting import weight
from bowcore.names import short
from bowcore.nouns import TEXT
from bowcore.numbers import class_in_words, counted, probability
from ui.confusion.cells import Model
from ui.reading.clickable_words import word_table
from ui.reading.tables import palette
from ui.shell import block_models, judgement, runs
from ui.shell.judgement import Judgement
from ui.shell.own_prediction import Subject, await_lemmas, explain_own, own_subject
from ui.state import address, own_text, widgets
from ui.texts import plain

SHOWN_CLASSES = 5
MOST_NAMED = 12
AREA = "edited"
PROVEN, SEARCHED = "No fewer are enough.", "Found by search: fewer may be enough."
NOTHING_FOUND = "The search found no set of words whose removal changes the label."
MOST_SEARCHED = 1_000
"""Words of a text in which the models of blocks are asked for a smallest flip: it takes a second for so many."""
WEIGHTS_DELETED = "Its weights were deleted: no smallest change is searched for."


@dataclass(frozen=True, slots=True)
class _Text:
    """An article's text, and the session's key for what it was edited to."""

    original: str
    key: str

    @property
    def now(self) -> str:
        text: str = st.session_state.get("edits", {}).get(self.key, self.original)
        return text

    def write(self, text: str) -> None:
        st.session_state["edits"] = {self.key: text}  # of the newest article alone


def edit(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """The chosen article of the cell, edited and predicted again."""
    positions = answer.split.validation_positions(model.rows_in(answer, cell))
    position = address.number("cell_article", -1)
    position = position if position in positions else int(positions[0])
    article = answer.split.article(position)
    original = answer.reading.articles[position].as_py()
    if model.judged.model == "blocks":
        original = block_models.as_typed(article, answer.recipe)
    original = original[: own_text.LONGEST]
    text = _Text(original, f"{answer.key('text')} {position}")
    st.markdown(f"**{article.name.capitalize()}**, edited in place · true {plain(class_in_words(article.class_name))}")
    box = f"{AREA}_{sha256(text.key.encode()).hexdigest()[:12]}"
    typed = st.text_area(
        "Text",
        text.now,
        height=110,
        max_chars=own_text.LONGEST,
        label_visibility="collapsed",
        **widgets.bind(box, text.now, text.write, follows=True),
    )
    with st.container(horizontal=True, gap="small"):
        st.button("Shuffle the words", icon=":material/shuffle:", on_click=_shuffle, args=(text,), key="shuffle")
        st.button(
            f"Back to the {TEXT}", disabled=typed == original, on_click=text.write, args=(original,), key="edit_back"
        )
    before, after = own_subject(answer, original), own_subject(answer, typed)
    _bars(answer, model.judged, before, after)
    if typed != original:
        st.caption(_compare(answer, model.judged, before, after, typed, original))
    if model.judged.predictions is not None and (flip := _flip_in_words(answer, model.judged, after)):
        st.caption(flip)
    explain_own(answer, after, model.judged, "Edited" if typed != original else "As written")
    await_lemmas(after)
    if model.judged.model == "network" and after.values.nnz:
        _three_ways(answer, model.judged, after)


def _shuffle(text: _Text) -> None:
    """Each line keeps its number of words: the first may be a headline."""
    words = text.now.split()
    random.Random(len(words)).shuffle(words)
    left = iter(words)
    text.write("\n".join(" ".join(islice(left, len(line.split()))) for line in text.now.split("\n")))


def _compare(answer: Answer, shown: Judgement, before: Subject, after: Subject, typed: str, original: str) -> str:
    """What the edit did to the row of the matrix, on which alone the prediction depends."""
    of_blocks = shown.model == "blocks"
    if of_blocks:
        changed = block_models.changed_columns(shown.recipe, shown.artefact, before.text, after.text)
        if changed is None:
            return "Its fitted blocks were deleted: what the edit changes cannot be said."
    else:
        changed = (before.counts != after.counts).nnz
    shuffled = sorted(typed.split()) == sorted(original.split())
    if not changed:
        what = "The same words in another order" if shuffled else "Other words, but the same terms"
        cells = "every cell of the blocks" if of_blocks else "every count of the matrix"
        return f"{what}: {cells} is the same, so every prediction must be the same."
    columns = counted(changed, "column")
    if shuffled and of_blocks:
        groups = "word groups or the headline"
        return f"The same words in another order: {columns} of {groups} changed, so the prediction may change."
    if shuffled and answer.recipe.terms.ngrams > 1:
        return f"The same words in another order: {columns} of word groups changed, so the prediction may change."
    return f"{columns} of the {TEXT}'s row changed."


def _bars(answer: Answer, shown: Judgement, before: Subject, after: Subject) -> None:
    """Probabilities, or votes, of the likeliest classes after the edit; a tick marks each before it."""
    now = judgement.probability_of(answer, shown, after.values, after.text)
    was = judgement.probability_of(answer, shown, before.values, before.text)
    if now is None or was is None:
        return
    names, theme = answer.split.class_names, palette()
    colours = theme.class_colours(names)
    best = np.argsort(-np.maximum(now, was), kind="stable")[:SHOWN_CLASSES]
    lines = []
    for place in best:
        name = html.escape(class_in_words(short(names[place], 24)))
        lines.append(
            f'<span style="text-align:right">{name}</span>'
            f'<span style="position:relative;background:{theme.grid};height:1.1em;border-radius:2px">'
            f'<span style="position:absolute;left:0;top:0;bottom:0;width:{100 * now[place]:.1f}%;'
            f'background:{colours[names[place]]};border-radius:2px"></span>'
            f'<span style="position:absolute;left:{min(100 * was[place], 99.4):.1f}%;top:-2px;bottom:-2px;width:2px;'
            f'background:{theme.text}"></span></span>'
            f"<span>{probability(now[place])}</span>"
        )
    frame = "display:grid;grid-template-columns:minmax(4rem,auto) 1fr 4.5rem;gap:.25rem .6rem;align-items:center"
    st.html(f'<div style="{frame}">{"".join(lines)}</div>')
    st.caption(f"Bars: {shown.likelihood} now. Tick: as the {TEXT} was written.")


def _flip_in_words(answer: Answer, shown: Judgement, subject: Subject) -> str:
    if shown.model == "blocks":
        return _flip_of_blocks(answer, shown, subject)
    if not subject.values.nnz:
        return ""
    found, known = find_flip(answer, shown, subject.counts)
    if not known:
        return WEIGHTS_DELETED
    if found is None:
        if shown.model == "network":
            return NOTHING_FOUND
        return "No removal of up to 200 words changes the label."
    terms = answer.matrix.vocabulary.terms.take(pa.array(found.columns)).to_pylist()
    if found.proven:
        proof = PROVEN
    elif found.at_least:
        proof = f"At least {found.at_least:,} are needed."
    else:
        proof = SEARCHED
    groups = " Word groups count as words of their own." if answer.recipe.terms.ngrams > 1 else ""
    return f"{_without(answer, terms, found.new_class)} {proof}{groups}"


def _flip_of_blocks(answer: Answer, shown: Judgement, subject: Subject) -> str:
    if (n := len(subject.traced.text.split())) > MOST_SEARCHED:
        return f"It has {n:,} words: a smallest change is searched for in up to {MOST_SEARCHED:,}."
    found, known = block_models.find_flip(shown.recipe, shown.artefact, subject.text)
    if not known:
        return WEIGHTS_DELETED
    if found is None:
        return NOTHING_FOUND
    return f"{_without(answer, found.words, found.new_class)} {PROVEN if found.proven else SEARCHED}"


def _without(answer: Answer, words: Sequence[str], new_class: int) -> str:
    named = ", ".join(f"*{plain(short(word, 30))}*" for word in words[:MOST_NAMED])
    more = f" and {len(words) - MOST_NAMED:,} more" if len(words) > MOST_NAMED else ""
    label = plain(class_in_words(answer.split.class_names[new_class]))
    return f"**Smallest flip:** without {named}{more} ({counted(len(words), 'word')}) the label is {label}."


def find_flip(answer: Answer, shown: Judgement, counts: sparse.csr_matrix) -> tuple[Flip | None, bool]:
    """The smallest flip of a row of counts, if there is one, and whether it could be looked for."""
    spec, vocabulary = answer.recipe.weighting, answer.matrix.vocabulary

    def weigh(rows: sparse.csr_matrix) -> sparse.csr_matrix:
        return weight(rows, vocabulary, spec)

    norm = spec.norm if spec.option.real else "none"
    if shown.model == "network":
        network = runs.network_weights(shown.artefact)
        return (None, False) if network is None else (search_flip(network, counts, weigh), True)
    if shown.model == "naive-bayes":
        bayes = answer.bayes
        weights, priors = bayes.term_log_probability, bayes.class_log_prior
        return smallest_flip(counts, weigh, bayes.joint_log_likelihood, weights, priors, norm=norm), True
    fitted = judgement.coefficients(answer, shown.artefact)
    if fitted is None:
        return None, False
    found = smallest_flip(
        counts,
        weigh,
        fitted.scores,
        fitted.weights.T.astype(np.float64),
        fitted.intercepts.astype(np.float64),
        norm=norm,
    )
    if found is None:
        return None, True
    return Flip(found.columns, int(fitted.classes[found.new_class]), found.at_least), True


def _three_ways(answer: Answer, shown: Judgement, subject: Subject) -> None:
    """The network's words by three methods, side by side; computed when the box is opened."""
    box = st.expander("Three ways to explain a network, and where they disagree", key="three_ways", on_change="rerun")
    if not box.open:
        return
    with box:
        network = runs.network_weights(shown.artefact)
        if network is None:
            st.info("The network's weights were deleted. Train it again.")
            return
        vocabulary, spec = answer.matrix.vocabulary, answer.recipe.weighting
        removed = occlusion(network, subject.counts, lambda rows: weight(rows, vocabulary, spec))
        classes = removed.chosen_class, removed.other_class
        integrated = integrated_gradients(network, subject.values, *classes)
        gradient = explain_network(network, subject.values, *classes)
        names = answer.split.class_names
        table = removed.table(vocabulary.terms, names)[["term", "contribution"]]
        table = table.rename(columns={"contribution": "left out (exact)"})
        for found, name in ((integrated, "integrated gradients"), (gradient, "gradient × input")):
            values = dict(zip(found.columns.tolist(), found.contributions.tolist(), strict=True))
            table[name] = [values.get(column, 0.0) for column in removed.columns.tolist()]
        word_table(table.head(100), answer, "three_ways_words")
        apart, of = disagreement(removed, integrated)
        apart_too, of_too = disagreement(removed, gradient)
        for_one, against = (plain(class_in_words(names[place])) for place in classes)
        st.caption(
            f"Log-odds of {for_one} against {against}. "
            "Left out: what the network says without the word, exactly; these do not add up. Integrated gradients: the "
            "whole difference from an empty text, divided among the words; they add up. Gradient × input: the slope "
            f"here. Left out and integrated gradients have opposite signs for {apart:,} of {of:,} words, left out and "
            f"gradient × input for {apart_too:,} of {of_too:,}."
        )
