"""Which terms a vocabulary of size N keeps: five scores side by side, ties at the cut, and what each score may use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.matrix.selection import SCORES, Ranking, overlap, rank_by, unique_terms, value_information
from bowcore.matrix.vocabulary import Vocabulary, keep_columns, learn_vocabulary
from bowcore.matrix.weighting import weight
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.specs import VocabularySpec, WeightingSpec
from charts.vocabulary import list_overlap
from ui.answers import kept
from ui.reading.clickable_words import word_pills, word_table, words_behind
from ui.reading.tables import dataframe, palette, show, table_height
from ui.state import open_view, session, widgets
from ui.texts import OPTIONS, SIZES, plain

Scores = tuple[Vocabulary, dict[str, NDArray[np.float64]]]
SHOWN = 100
COUNTED = dict.fromkeys(("score", "count", "articles"), st.column_config.NumberColumn(format="localized", width=62))


def selection(answer: Answer) -> None:
    """Five lists of N terms: what they share, what only one of them has, and ties at the cut."""
    vocabulary, scores = _scores(answer, _without_size(answer))
    sizes = [size for size in SIZES if 0 < size < vocabulary.n_terms] or [max(vocabulary.n_terms // 2, 1)]
    own = answer.recipe.vocabulary.vocabulary_size
    if 0 < own < vocabulary.n_terms:
        sizes = sorted({*sizes, own})
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    n_kept = left.select_slider(
        "Terms to keep",
        sizes,
        own if own in sizes else sizes[min(1, len(sizes) - 1)],
        format_func=lambda size: f"{size:,}",
        key=f"selection_size_{len(sizes)}_{sizes[-1]}",
    )
    names = OPTIONS["select_by"]
    rankings = {name: rank_by(values, n_kept) for name, values in scores.items()}
    lists = list(rankings)
    shown, bound = widgets.carried("selection_shown", lists, lists[0])
    shown = right.selectbox("Show the list by", lists, lists.index(shown), format_func=names.__getitem__, **bound)
    open_view.settle("matrix_panel", n=n_kept, shown=shown)
    chart, words = st.columns([3, 2], gap="medium")
    with chart:
        shared = overlap(list(rankings.values()), vocabulary.n_terms)
        show(list_overlap([names[name] for name in rankings], shared, palette()), "selection_overlap")
        dataframe(_summary(rankings, vocabulary), hide_index=True)
        st.caption(
            f"Of {vocabulary.n_terms:,} terms that the limits allow, scored on {vocabulary.n_documents:,} training "
            f"{TEXTS} alone. “Equals” have the score at the cut; alphabetical order decides which of them are kept "
            "here, an unstable sort in scikit-learn."
        )
    with words:
        _words(answer, vocabulary, rankings, shown, n_kept)
    _max_features(answer, rankings, vocabulary, n_kept)
    _rules(answer, vocabulary, rankings)


def _words(answer: Answer, vocabulary: Vocabulary, rankings: dict[str, Ranking], shown: str, n_kept: int) -> None:
    ranking = rankings[shown]
    table = _terms(vocabulary, ranking.columns, ranking.scores)
    word_table(table.head(SHOWN), answer, "selection_words", height=250, column_config=COUNTED)
    only = unique_terms(rankings, vocabulary.n_terms)[shown]
    n_alone = "1 term is" if len(only) == 1 else f"{len(only):,} terms are"
    st.caption(f"**{n_alone} in this list alone**" + (", the best first:" if len(only) > 1 else "."))
    if len(only):
        places = dict(zip(ranking.columns.tolist(), ranking.scores.tolist(), strict=True))
        alone = _terms(vocabulary, only, np.array([places[int(column)] for column in only]))
        height = table_height(min(len(alone), 4))
        word_table(alone.head(SHOWN), answer, "selection_alone", height=height, column_config=COUNTED)
        words_behind(alone, answer, "selection_alone_all", "Download")
    chosen = (answer.recipe.vocabulary.vocabulary_size, answer.recipe.vocabulary.select_by) == (n_kept, shown)
    st.button(
        "This is the recipe's vocabulary" if chosen else f"Keep these {n_kept:,} terms",
        disabled=chosen,
        key="selection_use",
        on_click=session.change,
        kwargs={"vocabulary_size": n_kept, "select_by": shown},
    )


def _max_features(answer: Answer, rankings: dict[str, Ranking], vocabulary: Vocabulary, n_kept: int) -> None:
    frequent, weighed = rankings["term-frequency"], rankings["summed-tfidf"]
    lost = ~np.isin(weighed.columns, frequent.columns)
    table = _terms(vocabulary, weighed.columns[lost], weighed.scores[lost])
    st.markdown(
        f"**scikit-learn's max_features={n_kept:,} is the list by term frequency**, in TfidfVectorizer too: it counts, "
        "cuts, and only then learns IDF. “The top terms after TF-IDF scoring” would be the list by summed TF-IDF; here "
        f"the two differ in {len(table):,} of {n_kept:,} terms" + (", such as:" if len(table) else ".")
    )
    if len(table):
        word_pills(table["term"].head(5), answer, "selection_examples")
        box = st.expander(f"All terms that differ: {len(table):,}", key="selection_differ", on_change="rerun")
        if box.open:
            with box:
                word_table(table.head(SHOWN), answer, "selection_differ_words", height=250)
                words_behind(table, answer, "selection_differ_all", "Download")


def _rules(answer: Answer, vocabulary: Vocabulary, rankings: dict[str, Ranking]) -> None:
    box = st.expander("What chi-squared and mutual information may see", key="selection_rules", on_change="rerun")
    if not box.open:
        return
    with box:
        st.markdown(
            "- **Chi-squared** compares observed with expected counts, so it reads counts here, whatever the cells "
            "are. Fractions and negative numbers (TF-IDF, LSA) are refused: their “chi-squared” would depend on the "
            "unit in which they are written.\n"
            "- **Mutual information** reads presence. scikit-learn treats the values of a sparse matrix as "
            f"categories; nearly every TF-IDF value is different, so each value identifies its own {TEXT}."
        )
        weighed = _information(answer, _without_size(answer))
        by_values, by_presence = rank_by(weighed, 100).columns, rankings["mutual-information"].columns[:100]
        table = pd.DataFrame(
            {
                "by presence": _names(vocabulary, by_presence[:10]),
                "by values of TF-IDF": _names(vocabulary, by_values[:10]),
            }
        )
        word_table(
            table,
            answer,
            "selection_information",
            column="by presence",
            words=lambda row, column: [table[column or "by presence"].iloc[row]],
        )
        odd = by_values[~np.isin(by_values, by_presence)]
        note = (
            f"Of the {len(by_values)} best terms by values, {len(by_values) - len(odd)} are among the best by presence."
        )
        if len(odd):
            name = plain(_names(vocabulary, odd[:1])[0])
            note += (
                f" “{name}” is not: it occurs in {int(vocabulary.document_frequency[odd[0]]):,} of "
                f"{vocabulary.n_documents:,} {TEXTS}, and its values differ from {TEXT} to {TEXT}."
            )
        st.caption(note)
        word_pills(_names(vocabulary, odd[:5]), answer, "selection_odd")


def _summary(rankings: dict[str, Ranking], vocabulary: Vocabulary) -> pd.DataFrame:
    only = unique_terms(rankings, vocabulary.n_terms)
    return pd.DataFrame(
        {
            "list by": [OPTIONS["select_by"][name] for name in rankings],
            "alone in it": [len(only[name]) for name in rankings],
            "score at cut": [float(ranking.scores[-1]) for ranking in rankings.values()],
            "equals": [ranking.n_tied for ranking in rankings.values()],
            "kept": [ranking.n_tied_kept for ranking in rankings.values()],
        }
    )


def _terms(vocabulary: Vocabulary, columns: NDArray[np.int64], scores: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": _names(vocabulary, columns),
            "score": scores,
            "count": vocabulary.term_frequency[columns],
            "articles": vocabulary.document_frequency[columns],
        }
    )


def _names(vocabulary: Vocabulary, columns: NDArray[np.int64]) -> list[str]:
    names: list[str] = vocabulary.terms.take(pa.array(columns)).to_pylist()
    return names


def _without_size(answer: Answer) -> VocabularySpec:
    return replace(answer.recipe.vocabulary, vocabulary_size=0, select_by="term-frequency", unknown="leave-out")


@kept("sample")
def _scores(answer: Answer, spec: VocabularySpec) -> Scores:
    train, labels = _train(answer), answer.matrix.features.train_labels
    vocabulary = learn_vocabulary(answer.counts, train, labels, spec)
    allowed = keep_columns(train, vocabulary.columns)
    return vocabulary, {name: score(allowed, labels) for name, score in SCORES.items()}


@kept("sample", "Counting every value of TF-IDF…")
def _information(answer: Answer, spec: VocabularySpec) -> NDArray[np.float64]:
    vocabulary, _ = _scores(answer, spec)
    weighed = weight(keep_columns(_train(answer), vocabulary.columns), vocabulary, WeightingSpec("tfidf"))
    return value_information(weighed, answer.matrix.features.train_labels)


def _train(answer: Answer) -> sparse.csr_matrix:
    rows = answer.matrix.rows
    return answer.counts.train if len(rows) == answer.counts.train.shape[0] else answer.counts.train[rows]
