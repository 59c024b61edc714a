"""Word groups: how many columns they bring, which ones, and whether naive Bayes is any better for them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from bowcore.errors import BowlabError
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.matrix.groups import MatrixSize, matrix_size, new_groups
from bowcore.runs.ledger import record_look
from charts.vocabulary import column_growth
from ui import session, stages
from ui.context import word_table
from ui.show import behind, palette, show
from ui.stages import Now
from ui.strings import OPTIONS
from ui.wording import accuracy_in_words, percent, plain, size

SHOWN = 100
LENGTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Grown:
    """What a longest group makes of the recipe: an answer and its size, or why there is none."""

    name: str
    answer: Now | None
    size: MatrixSize | None
    refused: str = ""


def groups(now: Now) -> None:
    """Single words, groups of up to two, groups of up to three, on the same articles."""
    bar = st.empty()
    grown = []
    for step, longest in enumerate(LENGTHS):
        bar.progress(step / len(LENGTHS), text=f"Counting word groups {_name(longest)}")
        grown.append(_grow(now, longest))
    bar.empty()
    answers = [one for one in grown if one.answer is not None and one.size is not None]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show(column_growth(_sizes(answers), palette()), "groups_growth")
    with right:
        _accuracies(now, grown)
    whole = dict.fromkeys(("terms (columns)", "tokens"), st.column_config.NumberColumn(format="localized"))
    st.dataframe(_table(answers), hide_index=True, column_config=whole)
    _new(now, answers)


def _grow(now: Now, longest: int) -> Grown:
    recipe = now.recipe.change(ngrams=longest)
    try:
        answer = stages.now(recipe)
    except BowlabError as error:
        return Grown(_name(longest), None, None, str(error))
    # its validation score is shown, so it has been looked at
    record_look(answer.corpus.digest, answer.recipe.key("weighting"))
    return Grown(_name(longest), answer, matrix_size(answer.matrix))


def _accuracies(now: Now, grown: list[Grown]) -> None:
    st.markdown(f"**Naive Bayes on the same {len(now.labels):,} validation articles**")
    first = grown[0].answer
    for longest, one in zip(LENGTHS, grown, strict=True):
        if one.answer is None:
            st.caption(f"{one.name}: {plain(one.refused)}")
            continue
        told = f"{one.name}: **{accuracy_in_words(one.answer.scores.accuracy)}**"
        if first is not None and one.answer is not first:
            told += f"; {describe_change(paired_change(now.labels, first.predictions, one.answer.predictions))}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(told)
            if one.answer is now:
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


def _table(answers: list[Grown]) -> pd.DataFrame:
    rows = []
    for one in answers:
        if one.size is None or one.answer is None:
            continue
        n_rows = one.answer.matrix.features.train.shape[0]
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


def _new(now: Now, answers: list[Grown]) -> None:
    single = answers[0].answer
    longer = [one for one in answers if one.answer is not None and one.answer is not single]
    if single is None or not longer:
        return
    names = [one.name for one in longer]
    chosen = st.segmented_control("New with", names, required=True, default=names[0], key="groups_new")
    answer = next(one.answer for one in longer if one.name == chosen)
    assert answer is not None
    table = _new_groups(answer.recipe.key("vocabulary"), single, answer)
    if not len(table):
        st.info("No word group became a column: articles of one word, or limits that no group passes.")
        return
    shares = {name: st.column_config.NumberColumn(format="percent", width=90) for name in now.split.class_names}
    shares |= dict.fromkeys(("count", "articles"), st.column_config.NumberColumn(format="localized", width=80))
    word_table(table.head(SHOWN), answer, "groups_words", height=320, column_config=shares)
    st.caption(
        f"The {min(SHOWN, len(table)):,} most frequent new word groups of training articles, with each class's share "
        f"of their occurrences. An even share would be {percent(1 / len(now.split.class_names), 0)}."
    )
    behind(table, "groups_new_all", "Download")


@st.cache_resource(max_entries=8, show_spinner=False)
def _new_groups(key: str, _single: Now, _grouped: Now) -> pd.DataFrame:
    return new_groups(_single.matrix, _grouped.matrix, _grouped.split.class_names, 1000)


def _name(longest: int) -> str:
    return str(OPTIONS["ngrams"][longest])
