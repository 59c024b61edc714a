"""Contents of the dialog of a clicked word: its contexts in the articles, by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.corpus.split import open_labels
from bowcore.experiment.answer import Answer
from bowcore.names import in_order, is_right_to_left, short
from bowcore.nouns import TEXT, TEXTS, fill
from bowcore.numbers import class_in_words
from bowcore.text.terms import TermMap, identity_map
from bowcore.trace.contexts import Context, Found, find_in_context
from ui.answers import kept
from ui.reading.tables import dataframe, in_percent, palette, save_button
from ui.texts import in_html, plain, sentence

N_SHOWN = 24
EVERY_CLASS = -1
MAX_CONTEXTS = 1000  # rows of the table to download
MOST_SEGMENTS = 5  # classes that fit on one line of a dialog next to "all"
LONGEST_PHRASE = 8  # words of the longest phrase searched for
SIDE_BY_SIDE = "Under this recipe they are not one term: contexts in which the terms are next to each other are shown."
AS_BEFORE = "Under this recipe it is not a term: its contexts under the previous recipe are shown."
SHARE = "share of its articles"
AS_WRITTEN = "Under this recipe it is not a term of these {TEXTS}: the word as written is shown."

Mask = NDArray[np.bool_] | None
"""Open articles to search, training articles first; None for all."""


def show_context(answer: Answer, term: str, only: Mask = None, before: Answer | None = None) -> None:
    """The contexts of a term, by class; a term of the previous recipe only has its contexts under that one."""
    if term and term == answer.matrix.vocabulary.unknown:
        st.info("This column counts every word that has no column of its own, so it has no contexts of its own.")
        return
    found, note = _look(answer, term, only)
    if note and before is not None:
        earlier, note_before = _look(before, term, only)
        if not note_before:
            answer, found, note = before, earlier, AS_BEFORE
    names = answer.split.class_names
    if not found.n_occurrences:
        st.info(f"None of these {TEXTS} contains “{plain(short(term, 80))}” under this recipe.")
        return
    if note:
        st.caption(note)
    st.caption(_counts(answer, found, only is not None))
    table = class_table(found, names)
    shown, columns = _columns(table)
    dataframe(shown, hide_index=True, height="content" if len(table) <= MOST_SEGMENTS else 213, column_config=columns)
    chosen = _choose_class(found, names)
    contexts = found.sample(N_SHOWN, chosen)
    st.html(keyword_lines(contexts, names))
    n_contexts = len(found.documents) if chosen is None else int((found.labels[found.documents] == chosen).sum())
    if len(contexts) < n_contexts:
        spread = "as even over classes as can be" if chosen is None else f"evenly spread over its {TEXTS}"
        st.caption(f"{len(contexts):,} of {n_contexts:,} contexts, {spread}.")
    # no popover: at the bottom of a dialog it would extend below the screen
    box = st.expander("Contexts as a table", key="context_table", icon=":material/table:", on_change="rerun")
    if box.open:
        with box:
            table = _context_table(found, names)
            dataframe(table.head(100), hide_index=True)
            save_button(table, f"{len(table):,} contexts as CSV", "contexts", "contexts_csv")


def class_table(found: Found, names: Sequence[str]) -> pd.DataFrame:
    """Counts by class: `class`, `times`, `articles`, their share of the class's articles, and how many by split."""
    by_split = found.by_class
    whole = by_split.groupby("label")[["occurrences", "documents", "all_documents"]].sum()
    validation = by_split[by_split["split"] == "validation"].set_index("label")["documents"]
    return pd.DataFrame(
        {
            "class": list(names),
            "times": whole["occurrences"].to_numpy(),
            "articles": whole["documents"].to_numpy(),
            SHARE: (whole["documents"] / whole["all_documents"].clip(lower=1)).to_numpy(),
            "in training": (whole["documents"] - validation).to_numpy(),
            "in validation": validation.to_numpy(),
        }
    )


def keyword_lines(contexts: Sequence[Context], names: Sequence[str]) -> str:
    """Contexts one below the other, the word in the middle; every word is escaped.

    What is read before a word of a script from right to left is at its right.
    """
    colours = palette()
    of = colours.class_colours(names)
    lines = []
    for context in contexts:
        name = names[context.label]
        place = in_html(f"{name} · {context.split} {TEXT} {context.number:,}, word {context.position + 1:,}")
        side = "overflow:hidden;white-space:nowrap"
        sides = context.left, context.right
        if is_right_to_left(f"{context.word} {context.left} {context.right}"):
            sides = context.right, context.left
        at_left, at_right = map(in_html, sides)
        lines.append(
            f'<span title="{place}" style="border-left:4px solid {of[name]};padding-left:6px;'
            f"font-family:'Source Sans',sans-serif;"
            f'color:{colours.muted};{side};text-overflow:ellipsis">{in_html(name)}</span>'
            # right-to-left, so that text that does not fit is cut with an ellipsis on the left
            f'<span style="{side};direction:rtl;text-overflow:ellipsis"><bdi>{at_left}</bdi></span>'
            f'<b style="{side};max-width:22rem;text-overflow:ellipsis;border-bottom:2px solid {of[name]}">'
            f"<bdi>{in_html(context.word)}</bdi></b>"
            f'<span style="{side};text-overflow:ellipsis"><bdi>{at_right}</bdi></span>'
        )
    frame = (
        "display:grid;grid-template-columns:minmax(4rem,auto) minmax(0,1fr) auto minmax(0,1fr);column-gap:.5rem;"
        "row-gap:.2rem;font-family:'Source Code',monospace;font-size:.875rem;line-height:1.5"
    )
    return f'<div style="{frame}">{"".join(lines)}</div>'


@kept("sample")
def _look(answer: Answer, term: str, only: Mask) -> tuple[Found, str]:
    """Contexts of a term; otherwise of its words next to each other, or of the word as written, with an explanation."""
    units, labels, counted_in = answer.reading.units, open_labels(answer.split), _counted(answer, only)
    n_train, n_classes = answer.reading.n_train, len(answer.split.class_names)

    def look(terms: TermMap, ngrams: int) -> Found:
        return find_in_context(
            answer.reading.texts, units, terms, term, labels, n_train, n_classes, ngrams=ngrams, only=counted_in
        )

    counted, longest = answer.recipe.terms.ngrams, min(term.count(" ") + 1, LONGEST_PHRASE)
    found = look(answer.chain.result, counted)
    if found.n_occurrences:
        return found, ""
    if longest > counted:
        found = look(answer.chain.result, longest)
        if found.n_occurrences:
            return found, SIDE_BY_SIDE
    return look(identity_map(units.types), longest), fill(AS_WRITTEN)


def _counted(answer: Answer, only: Mask) -> NDArray[np.bool_]:
    """The articles whose terms are counted: training articles of the recipe's sample, and validation articles."""
    counted = np.ones(answer.split.n_open, dtype=np.bool_)
    training, _ = answer.split.divide(counted)
    training[:] = False
    training[answer.matrix.rows] = True
    return counted if only is None else counted & only


def _counts(answer: Answer, found: Found, narrowed: bool) -> str:
    n_all = int(found.by_class["all_documents"].sum())
    training = found.by_class[found.by_class["split"] == "training"]
    counts = (
        f"{found.n_occurrences:,} times in {found.n_documents:,} of {n_all:,} training and validation {TEXTS}"
        f"{' of the slice' if narrowed else ''}; {int(training['occurrences'].sum()):,} times in training {TEXTS}."
    )
    if found.forms:
        written = ", ".join(f"{plain(form)} {n:,}" for form, n in found.forms)
        counts += f" Written: {written}."
    if answer.recipe.text.units == "lemmas":
        counts += " The words shown are the tagger's lemmas."
    return counts


def _choose_class(found: Found, names: Sequence[str]) -> int | None:
    counts = found.by_class.groupby("label")["occurrences"].sum()
    options = [EVERY_CLASS, *(label for label in range(len(names)) if counts[label])]

    def name(label: int) -> str:
        every = label == EVERY_CLASS
        return f"all {found.n_occurrences:,}" if every else f"{class_in_words(names[label])} {counts[label]:,}"

    chosen: int
    if len(options) <= MOST_SEGMENTS + 1:
        chosen = st.segmented_control(
            "Class",
            options,
            format_func=lambda label: sentence(name(label)),  # its labels are Markdown, those of a drop-down are not
            required=True,
            default=EVERY_CLASS,
            key="context_class",
            label_visibility="collapsed",
        )
    else:
        chosen = st.selectbox("Class", options, format_func=lambda label: in_order(name(label)), key="context_classes")
    return None if chosen == EVERY_CLASS else chosen


def _columns(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    shown, columns = in_percent(table, (SHARE,))
    form, most = columns[SHARE]["type_config"]["format"], max(float(shown[SHARE].max()), 1e-9)
    numbers = dict.fromkeys(
        ("times", "articles", "in training", "in validation"), st.column_config.NumberColumn(format="localized")
    )
    return shown, numbers | {SHARE: st.column_config.ProgressColumn(format=form, min_value=0.0, max_value=most)}


def _context_table(found: Found, names: Sequence[str]) -> pd.DataFrame:
    contexts = found.sample(MAX_CONTEXTS)
    return pd.DataFrame(
        {
            "class": [names[context.label] for context in contexts],
            "split": [context.split for context in contexts],
            "article": [context.number for context in contexts],
            "word number": [context.position + 1 for context in contexts],
            "before": [context.left for context in contexts],
            "word": [context.word for context in contexts],
            "after": [context.right for context in contexts],
        }
    )
