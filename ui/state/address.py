"""The address in the browser: a reload, Back, Forward and a copied link restore what it carries.

A part of it is text under a name. Recipe, slices and moment write parts of their own. Every other part is a choice that
a page offers, such as a view or a filter; it is stored here as it is written.

The browser's history gets an entry whenever the query changes, and one whenever the page changes. A query that depended
on the page would take two presses of Back; so it carries the choices of all pages, and changing the page leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PAGES = Path(__file__).resolve().parents[2] / "pages"
"""Folder of the pages."""

CARRIED = (
    "data_view",
    "browse_query",
    "browse_class",
    "browse_part",
    "browse_regex",
    "browse_lengths",
    "browse_article",
    "overview_article",
    "leftovers_kind",
    "leftovers_article",
    "suspects_pair",
    "suspects_article",
    "near_where",
    "near_disagree",
    "near_page",
    "near_pair",
    "source_near",
    "source_shown",
    "source_least",
    "words_view",
    "words_axes",
    "words_find",
    "words_find_list",
    "words_order",
    "words_rate",
    "words_prior",
    "words_class",
    "preprocessing_view",
    "preprocessing_panel",
    "merges_step",
    "merges_find",
    "merges_order",
    "stop_check",
    "matrix_panel",
    "blocks_model",
    "cells_rows",
    "cells_columns",
    "cells_term",
    "cells_row_page",
    "cells_column_page",
    "selection_shown",
    "unknown_of",
    "groups_new",
    "reduction_method",
    "training_view",
    "confusion_mode",
    "confusion_order",
    "confusion_cell",
    "cell_view",
    "cell_other",
    "confusion_view",
    "slices_against",
    "weights_class",
    "cell_article",
    "playground_article",
    "compare_view",
    "compare_shown",
    "ablation_model",
    "ablation_switches",
    "compare_reference",
    "compare_with",
    "compare_fixed_page",
    "compare_broken_page",
)
"""Choices that the address carries, by name; what a reader writes as a text of their own is not among them."""

LONGEST = 200  # characters of a choice; a longer filter stays in the session


@dataclass(frozen=True, slots=True)
class Written:
    """The query in the browser, and what it means: the parts that the program would write; None if unknown."""

    query: dict[str, str]
    meaning: dict[str, str] | None = None


def arrived() -> bool:
    """Whether the reader has opened this address, by a link, a reload, Back or Forward; its choices are then taken."""
    query, written = st.query_params.to_dict(), st.session_state.get("address")
    linked = query == st.session_state.pop("address_linked", None)
    if written is not None and (query == written.query or not (linked or _history_moved())):
        return False
    others = {name: text for name, text in _choices().items() if name not in CARRIED}
    taken = {name: query[name] for name in CARRIED if 0 < len(query.get(name, "")) <= LONGEST}
    st.session_state.update(address=Written(query), choices=others | taken)
    return True


def understood(parts: Mapping[str, str]) -> None:
    """Leave the address that was opened as it is for as long as the page shows it: `parts` in the program's words.

    Writing it again would add an entry to the browser's history, and cost a press of Back.
    """
    st.session_state["address"] = Written(st.session_state["address"].query, {**parts, **carried()})


def keep() -> None:
    """Restore the query that a change of page has dropped; before the page is chosen, so that both are one entry."""
    _show(st.session_state["address"].query)


def page_link(file: str, label: str, choices: Mapping[str, str]) -> None:
    """A link to another page, with some choices made there: one entry of the browser's history for both."""
    query = {name: text for name, text in _chosen_now().query.items() if name not in choices}
    query |= {name: text for name, text in choices.items() if text}
    st.session_state["address_linked"] = query
    st.page_link(PAGES / file, label=label, query_params=query)


def _chosen_now() -> Written:
    """The address with the choices as they are now."""
    shown: Written = st.session_state["address"]
    query = {name: text for name, text in shown.query.items() if name not in CARRIED} | carried()
    if shown.meaning is None:
        return Written(query)
    return Written(query, {name: text for name, text in shown.meaning.items() if name not in CARRIED} | carried())


def write(parts: Mapping[str, str]) -> None:
    """Write these parts and the choices, unless the address means them already."""
    wanted = {**parts, **carried()}
    if st.session_state["address"].meaning != wanted:
        st.session_state["address"] = Written(wanted, wanted)
    _show(st.session_state["address"].query)


def carried() -> dict[str, str]:
    """The choices that the address carries, in a fixed order."""
    chosen = _choices()
    return {name: chosen[name] for name in CARRIED if 0 < len(chosen.get(name, "")) <= LONGEST}


def choice(name: str) -> str:
    """What was chosen under this name; empty if nothing was."""
    return _choices().get(name, "")


def number(name: str, default: int) -> int:
    """The same for a whole number."""
    text = choice(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default


def choose(name: str, text: str) -> None:
    """Store a choice; empty text drops it."""
    _choices()[name] = text


def _choices() -> dict[str, str]:
    chosen: dict[str, str] = st.session_state.setdefault("choices", {})
    return chosen


def _show(query: dict[str, str]) -> None:
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _history_moved() -> bool:
    """Whether this run answers Back or Forward: another run may carry the address from before the last change."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
