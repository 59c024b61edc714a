"""Suspicious labels: training articles whose labels are doubted by models that did not see them, to read and check."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.scores import Accuracy, describe_accuracy
from bowcore.names import in_order
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, percent, probability, seconds, signed
from bowcore.tasks.find_label_issues import (
    GROUPED_FROM,
    KIND,
    MAX_KEPT,
    SECONDS_A_CELL,
    FoundIssues,
    KeptIssues,
    issues_key,
    read_issues,
    request_issues,
)
from ui.answers import kept
from ui.job_panel import job_panel
from ui.reading import articles
from ui.reading.clickable_words import words_behind, words_of_text
from ui.reading.marked_text import weighed_words
from ui.reading.tables import behind, palette
from ui.shell import slices
from ui.state import widgets
from ui.texts import plain


def view(answer: Answer) -> None:
    """The Suspicious labels view of the data page."""
    recipe, digest, n_cells = answer.recipe, answer.corpus.digest, answer.matrix.n_filled
    key = issues_key(recipe, digest)
    found = job_panel(
        KIND,
        key,
        partial(request_issues, recipe, digest, n_cells),
        partial(_invite, answer),
        partial(_read, f"{KIND}-{key}"),
    )
    if found is None:
        return
    _summary(answer, found)
    if len(found.table):
        _table(answer, found)


@kept()
def _read(artefact: str) -> KeptIssues | None:
    return read_issues(artefact)


def _invite(answer: Answer) -> str:
    n_cells = answer.matrix.n_filled
    st.markdown(
        f"**Which labels does a model doubt that never saw the {TEXT}?** Five logistic regressions each learn from "
        f"four fifths of the training {TEXTS} and predict the last fifth. {TEXTS:A} that they confidently put into "
        f"another class are listed here, to be read. {TEXTS:A} that share at least "
        f"{percent(GROUPED_FROM)} of their word groups are in the same fifth: a model that learned from a wrong "
        f"label's copy would confirm it. Validation and test {TEXTS} are not used, and no label is changed."
    )
    slices.note_all_articles(answer, "The search")
    return f"Look for suspicious labels, about {seconds(2 + SECONDS_A_CELL * n_cells)}"


def _accuracy(answer: Answer, result: FoundIssues) -> str:
    """Accuracy out of fold on the judged training articles."""
    n = result.n_judged
    guessed = float((answer.matrix.features.train_labels == answer.guess_class).mean())
    share = Accuracy.of(round(result.accuracy * n), n)
    return describe_accuracy(share, guessed, plain(answer.guess), f"training {TEXTS}")


def _summary(answer: Answer, found: KeptIssues) -> None:
    result = found.result
    n, judged = result.n_issues, result.n_judged
    if not n:
        st.success(
            f"No label of the {judged:,} training {TEXTS} is doubted with confidence under this recipe.",
            icon=":material/check:",
        )
    else:
        st.markdown(
            f"**{n:,} of {judged:,} training {TEXTS} ({percent(n / judged)}) {'is' if n == 1 else 'are'} worth a "
            "check.** Models that did not see them confidently name another class. That may be a wrong label, an "
            f"{TEXT} of two subjects, or a mistake of the model."
        )
    notes = []
    if result.n_fitted < result.n_others:
        notes.append(
            f" This recipe has so many cells that each model was fitted on a seeded share, {result.n_fitted:,} of "
            f"{result.n_others:,} {TEXTS}."
        )
    if not result.converged:
        notes.append(" Not every model converged.")
    if n > MAX_KEPT:
        notes.append(f" The {MAX_KEPT:,} most suspicious are kept.")
    st.caption(
        f"Five folds, seeded and stratified; {result.n_grouped:,} {TEXTS} have near copies, which share their fold. "
        f"Vocabulary and cell values are learned for each; of the {TEXTS} that it did not see, logistic regression has "
        f"{_accuracy(answer, result)} right. Confident means: with at least the "
        f"probability that the class's own {TEXTS} have on average (confident learning, Northcutt, Jiang and Chuang "
        "2021, by cleanlab). "
        f"{seconds(result.seconds)}. Labels are not changed." + "".join(notes)
    )


def _table(answer: Answer, found: KeptIssues) -> None:
    names = answer.split.class_names
    pairs = found.table.groupby(["given", "suggested"]).size().sort_values(ascending=False)
    options: list[tuple[int, int] | None] = [None, *((int(given), int(other)) for given, other in pairs.index)]

    def label(pair: tuple[int, int] | None) -> str:
        if pair is None:
            return f"all {len(found.table):,}"
        given, other = (class_in_words(names[label]) for label in pair)
        return in_order(f"labelled {given}, perhaps {other}: {pairs[pair]:,}")

    listing, reading = st.columns([11, 9], gap="medium")
    with listing:
        pair, bound = widgets.carried("suspects_pair", options, None, format_func=label)
        pair = st.selectbox("Which", options, options.index(pair), format_func=label, **bound)
        keep = np.ones(len(found.table), dtype=bool)
        if pair is not None:
            keep = ((found.table["given"] == pair[0]) & (found.table["suggested"] == pair[1])).to_numpy()
        only = slices.chosen_mask(answer)
        if only is not None:
            keep &= only[found.table["position"].to_numpy()]
            st.caption(f"{slices.scope(answer, only, 'training')}, {keep.sum():,} of them in this list.")
        shown = found.table[keep]
        if shown.empty:
            st.info("No suspicious label of this choice is in the slice. Choose another one.")
            return
        notes = {
            "perhaps": [names[label] for label in shown["suggested"]],
            "probability": [probability(share) for share in shown["suggested_probability"]],
        }
        position = articles.pick(answer, shown["position"].to_numpy(), "suspects", notes, length=26)
        behind(_listed(answer, shown), "suspects_list", "The list as a table")
    with reading:
        _article(answer, found, int(np.flatnonzero(found.table["position"].to_numpy() == position)[0]))


def _listed(answer: Answer, shown: pd.DataFrame) -> pd.DataFrame:
    names = answer.split.class_names
    return pd.DataFrame(
        {
            "training article": shown["position"] + 1,
            "given label": [names[label] for label in shown["given"]],
            "suggested label": [names[label] for label in shown["suggested"]],
            "probability of the given label": shown["given_probability"],
            "probability of the suggested label": shown["suggested_probability"],
            "article": [articles.opening_words(answer, int(position)) for position in shown["position"]],
        }
    )


def _article(answer: Answer, found: KeptIssues, issue: int) -> None:
    row, names = found.table.iloc[issue], answer.split.class_names
    given, suggested = names[int(row["given"])], names[int(row["suggested"])]
    position = int(row["position"])
    words = found.words[(found.words["issue"] == issue) & (found.words["term"] != "")]
    st.markdown(
        f"**Check {answer.split.article(position).name}** · labelled {plain(class_in_words(given))} "
        f"({probability(float(row['given_probability']))} by the model) · perhaps {plain(class_in_words(suggested))} "
        f"({probability(float(row['suggested_probability']))})"
    )
    ((shorter, rest),) = articles.as_long_as_wanted([answer.reading.texts[position].as_py()], "suspect_whole")
    weights = dict(zip(words["term"], words["contribution"], strict=True))
    traced = answer.trace(position, shorter)
    st.html(weighed_words(traced, weights, *palette().two_colours(names, suggested, given)))
    words_of_text(traced, answer, "suspect_words")
    more = f" {rest:,} more words are not shown." if rest else ""
    if words.empty:
        st.caption(
            f"The given class has no {TEXT} in the other folds, so there is no class to compare the words with." + more
        )
        return
    largest = words[words["contribution"] > 0].head(5)
    strongest = ", ".join(f"{plain(row.term)} {signed(row.contribution, 2)}" for row in largest.itertuples())
    st.caption(
        f"Pulls the other way, towards {plain(suggested)}: {strongest or 'no word'}. Solid line: for "
        f"{plain(suggested)}; dashed: for {plain(given)}. Exact shares of the log-odds of the fold's own logistic "
        f"regression, which never saw this {TEXT}.{more}"
    )
    every = words[["term", "value", "contribution"]]
    words_behind(every, answer, f"suspects_words_{issue}", "Every word with its contribution")
