"""The words with the largest weight of each class, with their document frequency and whether they may be shortcuts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.findings.source_words import MIN_ARTICLES, NEAR, class_shares, find_shortcuts
from bowcore.judge.explanation import MIN_DOCUMENTS, words_that_decide
from bowcore.names import in_order
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, percent, signed
from bowcore.tasks.find_source_words import Places, read_source_words, source_words_key
from ui.answers import kept
from ui.confusion.cells import Model
from ui.reading.clickable_words import word_table
from ui.shell import block_models, judgement
from ui.state import widgets
from ui.texts import plain

N_WORDS = 25


def word_weights(answer: Answer, model: Model) -> None:
    """The table of one class's words, or of its columns in a model of blocks."""
    names = answer.split.class_names
    label = widgets.choice("Class", range(len(names)), "weights_class", 0, format_func=lambda n: _name(names[n]))
    if model.judged.model == "blocks":
        _columns_of_blocks(answer, model, label)
        return
    weights, note = _weights(answer, model)
    table = words_that_decide(weights, answer.matrix.vocabulary, names, N_WORDS)
    table = table[table["class"] == names[label]].reset_index(drop=True)
    if table.empty:
        st.info(f"No word of {MIN_DOCUMENTS} training {TEXTS} or more speaks for {plain(_name(names[label]))}.")
        return
    word_table(_flagged(answer, table, label), answer, f"weights_{label}", formats={"weight": lambda n: signed(n, 2)})
    named = "" if _sources_known(answer) else " Words that name a source are flagged once the Data page has them."
    st.caption(
        f"{note} Weight: log-odds that a cell value of 1 adds, minus the mean of the other classes. Words of fewer "
        f"than {MIN_DOCUMENTS} training {TEXTS} are left out. {_near()}{named}"
    )


def _columns_of_blocks(answer: Answer, model: Model, label: int) -> None:
    recipe, names = model.judged.recipe or answer.recipe, answer.split.class_names
    number = block_models.voter_number(recipe)
    table = block_models.columns_that_decide(recipe, model.judged.artefact, number, names, N_WORDS)
    if table is None:
        st.info("The fitted blocks were deleted. Fit them again: the panel *Blocks* of *Preprocessing* has the button.")
        return
    table = table[table["class"] == names[label]].reset_index(drop=True)
    if table.empty:
        st.info(f"No column of {MIN_DOCUMENTS} training {TEXTS} or more speaks for {plain(_name(names[label]))}.")
        return
    shown = pd.DataFrame(
        {
            "column": table["term"],
            "weight": table["weight"],
            f"training {TEXTS}": table["document_frequency"],
            "shortcut?": _flags_of(answer, table["word"]),
        }
    )
    words = table["word"].tolist()
    word_table(
        shown,
        answer,
        f"weights_blocks_{number}_{label}",
        column="column",
        words=lambda row, _: [words[row]] if words[row] else [],
        formats={"weight": lambda n: signed(n, 2)},
    )
    st.caption(
        f"The weights of the {plain(recipe.blocks.answer[number].words)}: what a cell value of 1 adds to the score, "
        f"minus the mean of the other classes. Columns of fewer than {MIN_DOCUMENTS} training {TEXTS} are left out. "
        f"{_near()} Only words and groups that the matrix of words counts as well can be flagged."
    )


def _near() -> str:
    return (
        f"Near one class: at least {percent(NEAR, 0)} of the training {TEXTS} with the word are of one class, out of "
        f"{MIN_ARTICLES} or more: it may be a shortcut."
    )


def _name(name: str) -> str:
    return in_order(class_in_words(name))


def _weights(answer: Answer, model: Model) -> tuple[NDArray[np.float64], str]:
    if model.judged.model == "logistic":
        fitted = judgement.coefficients(answer, model.judged.artefact)
        if fitted is not None:
            weights = np.zeros((len(answer.split.class_names), fitted.weights.shape[0]))
            weights[fitted.classes] = fitted.weights.T
            return weights, "Logistic regression's coefficients."
    if model.judged.model == "network":
        return (
            answer.bayes.term_log_probability,
            "A network has no weight of a word by itself; these are naive Bayes' log probabilities.",
        )
    return answer.bayes.term_log_probability, "Naive Bayes' log probabilities."


def _flagged(answer: Answer, table: pd.DataFrame, label: int) -> pd.DataFrame:
    counts = answer.matrix.counts
    place = {term: column for column, term in enumerate(counts.terms.to_pylist())}
    by_class = _shares(answer)[[place[term] for term in table["term"]]]
    of_class = by_class[:, label] / np.maximum(by_class.sum(axis=1), 1)
    return pd.DataFrame(
        {
            "term": table["term"],
            "weight": table["weight"],
            f"training {TEXTS}": table["document_frequency"],
            "of this class": [percent(share) for share in of_class],
            "shortcut?": _flags_of(answer, table["term"]),
        }
    )


def _flags_of(answer: Answer, terms: pd.Series) -> list[str]:
    found = _shortcuts(answer, _sources_known(answer)).set_index("term")
    return [_flags(found, term) if term in found.index else "" for term in terms]


def _flags(found: pd.DataFrame, term: str) -> str:
    kinds = (("names a source", "names_a_source"), ("near one class", "near_one_class"))
    return " · ".join(name for name, column in kinds if found.loc[term, column])


@kept("weighting")
def _shares(answer: Answer) -> NDArray[np.int64]:
    counts = answer.matrix.counts
    return class_shares(counts.train, counts.train_labels, counts.n_classes)


def _sources_known(answer: Answer) -> bool:
    """Whether the places of sources were searched for, by a job of the Data page."""
    return _places(answer) is not None


@kept("weighting")
def _places(answer: Answer) -> Places | None:
    return read_source_words(source_words_key(answer.recipe, answer.corpus.digest))


@kept("weighting")
def _shortcuts(answer: Answer, named: bool) -> pd.DataFrame:
    """Terms that may be shortcuts; `named` says whether those that name a source are known."""
    counts, places = answer.matrix.counts, (_places(answer) if named else None) or {}
    return find_shortcuts(counts.train, counts.train_labels, counts.terms, counts.class_names, places)
