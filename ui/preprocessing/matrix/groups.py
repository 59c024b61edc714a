"""Word groups: how many columns they add, which ones, and whether they improve naive Bayes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.judge.scores import Scores
from bowcore.matrix.groups import MatrixSize, matrix_size, new_groups, share_columns
from bowcore.numbers import percent, size, with_interval
from bowcore.recipe.recipe import Recipe
from bowcore.store.ledger import record_look
from charts.vocabulary import column_growth
from ui.answers import experiments, kept
from ui.reading.clickable_words import word_table, words_behind
from ui.reading.tables import in_percent, palette, show
from ui.state import session
from ui.texts import OPTIONS, plain

SHOWN = 100
LENGTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Grown:
    """The recipe's result with word groups up to a length, without the matrix; or the reason why there is none."""

    name: str
    size: MatrixSize | None
    scores: Scores | None
    predictions: NDArray[np.int32] | None
    new: pd.DataFrame | None
    refused: str = ""


def groups(answer: Answer) -> None:
    """Single words, groups of up to two, groups of up to three, on the same articles."""
    bar = st.empty()
    grown: list[Grown] = []
    for step, longest in enumerate(LENGTHS):
        bar.progress(step / len(LENGTHS), text=f"Counting word groups {_name(longest)}")
        recipe = answer.recipe.change(ngrams=longest)
        grown.append(_try(recipe, bool(grown) and not grown[0].refused))
        if not grown[-1].refused:
            # its validation score is shown, so it counts as a look
            record_look(answer.corpus.digest, recipe.key("weighting"))
    bar.empty()
    answers = [one for one in grown if not one.refused]
    if not answers:
        st.error(plain(grown[0].refused), icon=":material/error:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show(column_growth(_sizes(answers), palette()), "groups_growth")
    with right:
        _accuracies(answer, grown)
    whole = dict.fromkeys(("terms (columns)", "tokens"), st.column_config.NumberColumn(format="localized"))
    st.dataframe(_table(answer, answers), hide_index=True, column_config=whole)
    _new(answer, answers)


def _try(recipe: Recipe, beside_single: bool) -> Grown:
    try:
        return _grown(recipe, beside_single)
    except BowlabError as error:  # not kept: memory may be free the next time
        return Grown(_name(recipe.terms.ngrams), None, None, None, None, str(error))


@kept("weighting")
def _grown(recipe: Recipe, beside_single: bool) -> Grown:
    """Size and scores of a recipe's word groups; with `beside_single`, also the groups it adds to single words."""
    grown = experiments().answer(recipe)
    matrix, new = grown.matrix, None
    if beside_single:
        single = experiments().answer(recipe.change(ngrams=1)).matrix.vocabulary.known_terms
        new = new_groups(single, matrix.vocabulary, matrix.counts, 1000)
    return Grown(
        name=_name(recipe.terms.ngrams),
        size=matrix_size(matrix.features, matrix.vocabulary),
        scores=grown.scores,
        predictions=grown.predictions,
        new=new,
    )


def _accuracies(answer: Answer, grown: list[Grown]) -> None:
    st.markdown(f"**Naive Bayes on the same {len(answer.labels):,} validation articles**")
    first = grown[0].predictions
    for longest, one in zip(LENGTHS, grown, strict=True):
        if one.scores is None or one.predictions is None:
            st.caption(f"{one.name}: {plain(one.refused)}")
            continue
        told = f"{one.name}: **{with_interval(one.scores.accuracy)}**"
        if first is not None and one is not grown[0]:
            told += f"; {describe_change(paired_change(answer.labels, first, one.predictions))}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(told)
            if longest == answer.recipe.terms.ngrams:
                st.badge("this recipe")
            else:
                st.button(
                    f"Use {one.name}", key=f"groups_use_{longest}", on_click=session.change, kwargs={"ngrams": longest}
                )
    st.caption(
        "Compared article by article with single words. Longer groups carry some word order; each is rarer than its "
        "words, so most are seen too seldom to learn from."
    )


def _sizes(answers: list[Grown]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"groups": one.name, "terms": one.size.n_terms, "once": round(one.size.once_share * one.size.n_terms)}
            for one in answers
            if one.size is not None
        ]
    )


def _table(answer: Answer, answers: list[Grown]) -> pd.DataFrame:
    rows, n_rows = [], len(answer.matrix.rows)
    for one in answers:
        if one.size is None:
            continue
        rows.append(
            {
                "word groups": one.name,
                "terms (columns)": one.size.n_terms,
                "seen once": percent(one.size.once_share),
                "tokens": one.size.n_tokens,
                "filled cells of an article": round(one.size.n_filled / n_rows),
                "stored sparse": size(one.size.sparse_bytes),
                "stored dense": size(one.size.dense_bytes),
            }
        )
    return pd.DataFrame(rows)


def _new(answer: Answer, answers: list[Grown]) -> None:
    longer = {one.name: one.new for one in answers if one.new is not None}
    if not longer:
        return
    chosen = st.segmented_control(
        "New with", tuple(longer), required=True, default=next(iter(longer)), key="groups_new"
    )
    table = longer[chosen]
    if not len(table):
        st.info("No word group became a column: articles of one word, or limits that no group passes.")
        return
    shown, shares = in_percent(table.head(SHOWN), share_columns(answer.split.class_names), width=75)
    shares |= dict.fromkeys(("count", "articles"), st.column_config.NumberColumn(format="localized", width=62))
    longest = next(length for length in LENGTHS if _name(length) == chosen)
    # contexts are found in the words themselves, so the groups' own matrix is not needed
    grouped = replace(answer, recipe=answer.recipe.change(ngrams=longest))
    word_table(shown, grouped, "groups_words", height=320, column_config=shares)
    st.caption(
        f"The {min(SHOWN, len(table)):,} most frequent new word groups of training articles, with each class's share "
        f"of their occurrences. An even share would be {percent(1 / len(answer.split.class_names), 0)}."
    )
    words_behind(table, grouped, "groups_new_all", "Download")


def _name(longest: int) -> str:
    return str(OPTIONS["ngrams"][longest])
