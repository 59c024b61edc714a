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
from bowcore.judge.scores import Accuracy
from bowcore.matrix.groups import MatrixSize, new_groups, share_columns
from bowcore.nouns import A_TEXT, TEXT, TEXTS
from bowcore.numbers import percent, size, with_interval
from bowcore.recipe.recipe import Recipe
from charts.vocabulary import column_growth
from ui.answers import experiments, kept
from ui.reading.clickable_words import word_table, words_behind
from ui.reading.tables import dataframe, in_percent, palette, show
from ui.state import faults, open_view, session, widgets
from ui.texts import OPTIONS, plain, sentence

SHOWN = 100
LENGTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The recipe's result with word groups up to a length, without the matrix.

    `new` are the groups that it adds to single words, if there is a result for single words.
    """

    size: MatrixSize
    accuracy: Accuracy
    predictions: NDArray[np.int32]
    new: pd.DataFrame | None


def groups(answer: Answer) -> None:
    """Single words, groups of up to two, groups of up to three, on the same articles."""
    bar = st.empty()
    found: dict[int, Grouped] = {}
    refused: dict[int, str] = {}
    for step, longest in enumerate(LENGTHS):
        bar.progress(step / len(LENGTHS), text=f"Counting word groups {_name(longest)}")
        recipe = answer.recipe.change(ngrams=longest)
        try:
            found[longest] = _grouped(recipe, 1 in found)
        except BowlabError as error:  # not cached: memory may be free the next time
            refused[longest] = str(error)
            continue
        # its validation score is shown, so it counts as a look
        faults.look(answer.corpus.digest, recipe)
    bar.empty()
    if not found:
        st.error(sentence(refused[1]), icon=":material/error:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show(column_growth(_sizes(found), palette()), "groups_growth")
    with right:
        _accuracies(answer, found, refused)
    whole = dict.fromkeys(("terms (columns)", "tokens"), st.column_config.NumberColumn(format="localized"))
    dataframe(_table(answer, found), hide_index=True, column_config=whole)
    _new(answer, {longest: one.new for longest, one in found.items() if one.new is not None})


@kept("weighting")
def _grouped(recipe: Recipe, with_new: bool) -> Grouped:
    answer = experiments().answer(recipe)
    matrix, new = answer.matrix, None
    if with_new:
        single = experiments().answer(recipe.change(ngrams=1)).matrix.vocabulary.known_terms
        new = new_groups(single, matrix.vocabulary, matrix.counts, 1000)
    return Grouped(matrix.size, answer.scores.accuracy, answer.predictions, new)


def _accuracies(answer: Answer, found: dict[int, Grouped], refused: dict[int, str]) -> None:
    st.markdown(
        f"**Naive Bayes on the same {len(answer.labels):,} validation {TEXTS}**; always guessing "
        f"{plain(answer.guess)}: {percent(answer.baseline.value)}"
    )
    for longest in LENGTHS:
        name = _name(longest)
        if longest in refused:
            st.caption(f"{name}: {plain(refused[longest])}")
            continue
        line = f"{name}: **{with_interval(found[longest].accuracy)}**"
        if longest > 1 and 1 in found:
            change = paired_change(answer.labels, found[1].predictions, found[longest].predictions)
            line += f"; {describe_change(change)}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(line)
            if longest == answer.recipe.terms.ngrams:
                st.badge("this recipe")
            else:
                use = {"ngrams": longest}
                st.button(f"Use {name}", key=f"groups_use_{longest}", on_click=session.change, kwargs=use)
    st.caption(
        f"Compared {TEXT} by {TEXT} with single words. Longer groups carry some word order; each is rarer than its "
        "words, so most are seen too seldom to learn from."
    )


def _sizes(found: dict[int, Grouped]) -> pd.DataFrame:
    sizes = {_name(longest): one.size for longest, one in found.items()}
    rows = [(name, each.n_terms, round(each.once_share * each.n_terms)) for name, each in sizes.items()]
    return pd.DataFrame(rows, columns=["groups", "terms", "once"])


def _table(answer: Answer, found: dict[int, Grouped]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "word groups": _name(longest),
                "terms (columns)": one.size.n_terms,
                "seen once": percent(one.size.once_share),
                "tokens": one.size.n_tokens,
                f"filled cells of {A_TEXT}": round(one.size.n_filled / answer.n_train),
                "stored sparse": size(one.size.sparse_bytes),
                "stored dense": size(one.size.dense_bytes),
            }
            for longest, one in found.items()
        ]
    )


def _new(answer: Answer, new: dict[int, pd.DataFrame]) -> None:
    if not new:
        return
    longest, bound = widgets.carried("groups_new", tuple(new), next(iter(new)))
    longest = st.segmented_control("New with", tuple(new), required=True, default=longest, format_func=_name, **bound)
    open_view.settle("matrix_panel", new=longest)
    table = new[longest]
    if not len(table):
        st.info(f"No word group became a column: {TEXTS} of one word, or limits that no group passes.")
        return
    shown, shares = in_percent(table.head(SHOWN), share_columns(answer.split.class_names), width=75)
    shares |= dict.fromkeys(("count", "articles"), st.column_config.NumberColumn(format="localized", width=62))
    # contexts are found in the words themselves, so the groups' own matrix is not needed
    grouped = replace(answer, recipe=answer.recipe.change(ngrams=longest))
    word_table(shown, grouped, "groups_words", height=320, column_config=shares)
    st.caption(
        f"The {min(SHOWN, len(table)):,} most frequent new word groups of training {TEXTS}, with each class's share "
        f"of their occurrences. An even share would be {percent(1 / len(answer.split.class_names), 0)}."
    )
    words_behind(table, grouped, "groups_new_all", "Download")


def _name(longest: int) -> str:
    return str(OPTIONS["ngrams"][longest])
