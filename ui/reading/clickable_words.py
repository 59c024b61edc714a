"""Clickable words on any page: a click on a row, a dot, a bar or a pill opens the word's contexts in a dialog.

A selection outlives the dialog that it opened, so a dialog opens only on a click: the click's callback stores the
words, and the next run takes them. A second click on the same place opens it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.names import is_right_to_left, short, shortened
from bowcore.text.tagger.words import Pieces
from bowcore.trace.lineage import Trace, trace, traces
from charts.drawing import SELECTION, Drawing
from ui import job_panel
from ui.answers import kept
from ui.reading import own_lemmas
from ui.reading.contexts_dialog import Mask, show_context
from ui.reading.tables import CLICKABLE, Format, behind, below_zero, clicked_place, dataframe, draw
from ui.state import rerun, widgets
from ui.texts import plain, sentence

LONGEST_LABEL = 40  # characters of a word on a pill
MOST_PILLS = 200
LONGEST_LOOKED_UP = 200  # characters

Words = Callable[[int, str], Iterable[str]]
"""The words behind a cell, given its row number and its column name, which is empty for the whole row."""


def open_context(
    answer: Answer, term: str, only: Mask = None, *, others: Sequence[str] = (), before: Answer | None = None
) -> None:
    """Show the contexts of a term in a dialog, by class.

    Args:
        answer: The answer to the recipe.
        term: A term of the vocabulary, a word group, or a word as it is written.
        only: Search only these open articles, training articles first: (n_documents,).
        others: Other words of the clicked place, to choose from.
        before: The answer to the previous recipe, if its terms are shown too.
    """
    title = "Words in context" if others else f"“{plain(short(term, LONGEST_LABEL))}” in context"
    shown = partial(_show_one_of, answer, (term, *others), only, before)
    rerun.dialog(title, shown)


def word_table(
    table: pd.DataFrame,
    answer: Answer,
    key: str,
    *,
    column: str = "term",
    words: Words | None = None,
    only: Mask = None,
    formats: Mapping[str, Format] | None = None,
    **dataframe_arguments: Any,
) -> None:
    """A table of terms, at most one page; clicking any cell of a row opens the term's contexts.

    Args:
        table: The rows to show.
        answer: The answer to the recipe.
        key: The element's key, unique on the page.
        column: The column that contains the terms.
        words: Terms that a click opens, if a row has several: those of the clicked cell, the first one first.
        only: Contexts in these open articles only.
        formats: Formats of columns with negative numbers, for `ui.reading.tables.with_minus`.
        **dataframe_arguments: Passed to `st.dataframe`.
    """
    _draw_words(table, key, column, words, formats=formats, **dataframe_arguments)
    _open_if_clicked(answer, key, only)


def words_behind(
    table: pd.DataFrame,
    answer: Answer,
    key: str,
    label: str,
    *,
    column: str = "term",
    words: Words | None = None,
    only: Mask = None,
    before: Answer | None = None,
) -> None:
    """`ui.reading.tables.behind` for a table of terms: clicking a row of the popover opens the term's contexts."""
    identity = f"{key}_words"
    behind(table, key, label, draw_page=lambda page: _draw_words(page, identity, column, words, box=key))
    _open_if_clicked(answer, identity, only, before)


def word_chart(
    drawing: Drawing,
    answer: Answer,
    key: str,
    *,
    only: Mask = None,
    table_behind: bool = True,
    before: Answer | None = None,
) -> None:
    """A chart with `charts.drawing.click_selection`; clicking a mark opens its term's contexts."""

    def beside() -> None:
        if table_behind and "term" in drawing.table:
            words_behind(drawing.table, answer, f"{key}_table", "Table", only=only, before=before)
        elif table_behind:
            behind(drawing.table, f"{key}_table")

    draw(drawing, key, partial(_dot_clicked, key), beside=beside)
    _open_if_clicked(answer, key, only, before)


def word_pills(words: Iterable[str], answer: Answer, key: str, *, box: str = "") -> None:
    """Distinct words as pills; clicking one opens its contexts and leaves none selected.

    `box` is the key of the popover that contains them, if any.
    """
    labels = _labels(words)
    shown = list(labels)[:MOST_PILLS]
    # after a click the pills get a new key, so none is selected: a second click on a word is a click too
    with _in_direction(labels.values(), key):
        st.pills(
            "Words to read in context",
            shown,
            label_visibility="collapsed",
            **widgets.bind(key, None, partial(_pill_clicked, key, labels, box)),
        )
    if len(shown) < len(labels):
        st.caption(f"The first {len(shown):,} of {len(labels):,} different words.")
    _open_if_clicked(answer, key, None)


def _in_direction(words: Iterable[str], key: str) -> AbstractContextManager[object]:
    """Where words follow each other in the direction in which they are read."""
    return st.container(key=f"rtl_{key}") if is_right_to_left(" ".join(words)) else nullcontext()


def word_button(word: str, answer: Answer, key: str) -> None:
    """A small button for a single word."""
    label = f"“{plain(short(word, LONGEST_LABEL))}” in context"
    st.button(label, key=key, icon=":material/touch_app:", type="tertiary", on_click=_store_click, args=(key, [word]))
    _open_if_clicked(answer, key, None)


def words_of_text(traced: Trace, answer: Answer, key: str) -> None:
    """A popover with the words of a text shown next to it, in order, clickable."""
    box = st.popover(
        "Words",
        key=widgets.key(key),
        icon=":material/touch_app:",
        type="tertiary",
        on_change="rerun",
        help="Click a word of this text to read it in context, by class",
    )
    identity = f"{key}_pills"
    if box.open:
        with box:
            word_pills(words_in(traced), answer, identity, box=key)
    else:
        _open_if_clicked(answer, identity, None)


def words_in(traced: Trace, n_units: int | None = None) -> list[str]:
    """The words of a text that have contexts: its terms in order, and dropped words as written."""
    return [
        word for unit in traced.units[:n_units] for word in ([term.term for term in unit.terms] or [unit.unit])
    ]  # fmt: skip


def as_counted(text: str, answer: Answer, lemmas: Pieces | None = None) -> str:
    """A few words, or their `lemmas`, as counted by the recipe, joined: the string to search for in the articles."""
    return " ".join(words_in(trace(text, answer.recipe, lemmas=lemmas)))


@kept("terms")
def each_as_counted(texts: tuple[str, ...], answer: Answer) -> tuple[str, ...]:
    """`as_counted` for a few words each, which are words of the corpus."""
    return tuple(" ".join(words_in(traced)) for traced in traces(texts, answer.recipe))


def look_up(answer: Answer) -> None:
    """A button to look up any other word: it is typed, and its contexts are shown."""
    if st.button(
        "Look up a word", icon=":material/dictionary:", key="look_up", help="Read any word in context, by class"
    ):
        rerun.dialog("Any word in context", partial(show_looked_up, answer))


def show_looked_up(answer: Answer) -> None:
    """The terms of a typed word, and their contexts; for several words, where they are next to each other."""
    typed = st.text_input("Any word, or words side by side", key="look_up_word", max_chars=LONGEST_LOOKED_UP).strip()
    if typed:
        lemmas = job_panel.wait_in_dialog(lambda: own_lemmas.find_one(typed, answer.recipe))
        if isinstance(lemmas, Job):
            st.caption(f"The tagger's lemmas of it: {sentence(job_panel.problem(lemmas))}")
            return
        whole = as_counted(typed, answer, lemmas)
        _show_one_of(answer, tuple(dict.fromkeys([whole, *whole.split(" ")])))


def take_clicked(key: str) -> tuple[str, ...]:
    """The words stored by a click on the element, once; none if it was not clicked."""
    clicked: tuple[str, ...] | None = st.session_state.get("context_clicked")
    if clicked is None or clicked[0] != key:
        return ()
    del st.session_state["context_clicked"]
    return clicked[1:]


def _draw_words(
    table: pd.DataFrame,
    key: str,
    column: str,
    words: Words | None,
    *,
    box: str = "",
    formats: Mapping[str, Format] | None = None,
    **dataframe_arguments: Any,
) -> None:
    terms = [str(term) for term in table[column]]
    # a selection is a row number: other rows must not inherit it
    rows = sha256("\n".join(terms).encode()).hexdigest()[:12]
    # a dialog returns the focus to a cell, perhaps of an earlier click, and a focused cell reports itself:
    # after every dialog the table gets a new key, so that no cell has the focus
    identity = f"{key}_{rows}_{st.session_state.get(f'{key}_clicks', 0)}"
    counted = table.select_dtypes("integer").columns.difference(below_zero(table))
    counts = dict.fromkeys(counted, st.column_config.NumberColumn(format="localized"))
    columns = {"column_config": counts | dict(dataframe_arguments.get("column_config") or {})}
    dataframe(
        table,
        formats=formats,
        key=identity,
        on_select=partial(_row_clicked, identity, key, terms, words, box),
        selection_mode=CLICKABLE,
        **({"hide_index": True} | dataframe_arguments | columns),
    )


def _show_one_of(answer: Answer, words: tuple[str, ...], only: Mask = None, before: Answer | None = None) -> None:
    """Contents of the dialog: the contexts of the first word, and the others to choose from."""
    labels = _labels(words)
    term = words[0]
    if len(labels) > 1:
        # another row has other words and must not inherit the choice
        key = f"context_word_{sha256(' '.join(words).encode()).hexdigest()[:12]}"
        first = next(iter(labels))
        with _in_direction(words, key):
            shown = st.pills(
                "Word", list(labels)[:MOST_PILLS], default=first, required=True, key=key, label_visibility="collapsed"
            )
        term = labels.get(shown, term)
    show_context(answer, term, only, before)


def _open_if_clicked(answer: Answer, key: str, only: Mask, before: Answer | None = None) -> None:
    words = take_clicked(key)
    if words:
        open_context(answer, words[0], only, others=words[1:], before=before)


def _store_click(key: str, words: Iterable[str], box: str = "") -> None:
    st.session_state["context_clicked"] = (key, *dict.fromkeys(words))
    if box:
        widgets.reset(box)  # an open popover would cover the dialog


def _row_clicked(identity: str, key: str, terms: list[str], words: Words | None, box: str = "") -> None:
    clicked = clicked_place(identity)
    # a cleared selection is not a click: the key that closes the dialog clears it too
    if clicked is not None and clicked[0] < len(terms):
        row, column = clicked
        st.session_state[f"{key}_clicks"] = int(st.session_state.get(f"{key}_clicks", 0)) + 1
        _store_click(key, [terms[row]] if words is None else words(row, column), box)


def _dot_clicked(key: str) -> None:
    points = st.session_state[key]["selection"].get(SELECTION) or []
    chosen = {str(point["term"]) for point in points if "term" in point}
    before: set[str] = st.session_state.get(f"{key}_chosen", set())
    st.session_state[f"{key}_chosen"] = chosen
    # marks are toggled: the added one was clicked, or else the removed one; a redrawn chart starts without any
    clicked = (chosen - before) or (before - chosen)
    if len(clicked) == 1:
        _store_click(key, clicked)


def _pill_clicked(key: str, labels: dict[str, str], box: str, label: str | None) -> None:
    word = labels.get(str(label))
    if word is not None:
        _store_click(key, [word], box)


def _labels(words: Iterable[str]) -> dict[str, str]:
    """Different words by their labels, which are Markdown and differ too."""
    shown = [word for word in dict.fromkeys(words) if word.strip()]
    return dict(zip(map(plain, shortened(shown, LONGEST_LABEL)), shown, strict=True))
