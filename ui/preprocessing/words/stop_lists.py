"""Stop lists side by side: their words, what they remove, what is lost; and the reader's own list to edit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.links import LINK_LIMIT, link_length
from bowcore.recipe.recipe import Recipe
from bowcore.text.stopwords import DENIALS, stop_list
from bowcore.trace.stop_check import Arrivals, Inconsistency, arrivals, inconsistencies
from ui.answers import kept
from ui.reading.clickable_words import word_table
from ui.reading.tables import behind, dataframe, in_percent, table_height
from ui.state import session, widgets
from ui.texts import plain

SPACY, SKLEARN, OWN = "spaCy", "scikit-learn", "mine"
FIELDS = {"spacy": SPACY, "spacy-tokeniser": SPACY, "scikit-learn": SKLEARN, "own": OWN}
"""Name of the list that each value of `stop_words` removes."""
SHARE = "share of all tokens"


def stop_lists_panel(answer: Answer, before: Answer | None) -> None:
    """The lists in numbers, the negations that they drop, the own list, and listed words out of reach."""
    lists = lists_of(answer.recipe)
    met = _arrivals(answer)
    st.markdown(f"{_lists_in_words(answer.recipe, lists)} {_in_use(answer.recipe)}")
    faults = {name: _inconsistencies(answer.recipe, words) for name, words in lists.items()}
    shown, columns = in_percent(_list_table(lists, met, faults), (SHARE,))
    columns |= dict.fromkeys(("tokens it removes", "words"), st.column_config.NumberColumn(format="localized"))
    dataframe(shown, hide_index=True, column_config=columns)
    st.caption(
        f"Counted over the {met.n_tokens:,} tokens of {answer.n_train:,} training {TEXTS} that reach the "
        f"list under this recipe. “Never met”: listed words that no training {TEXT} contains in that form. “Not "
        "whole”: listed words that earlier steps change, so that something of them stays."
    )
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _own_list(answer, met)
        if SKLEARN in lists:
            _only_in_one(answer, lists, met)
    if SKLEARN not in lists:  # nor are the negations those of the language
        _show_faults(answer, lists, faults, FIELDS.get(answer.recipe.terms.stop_words, OWN if lists[OWN] else SPACY))
        return
    with right:
        st.markdown("**Negations that the lists drop**")
        drops = {name: ["✕" if word in words else "" for word in DENIALS] for name, words in lists.items()}
        denials = pd.DataFrame({"word": DENIALS, "tokens": [met.taken([word]) for word in DENIALS]} | drops)
        narrow = {name: st.column_config.TextColumn(width=47) for name in denials.columns[2:]}
        narrow[SKLEARN] = st.column_config.TextColumn(width=76)
        narrow |= {"word": st.column_config.TextColumn(width=60), "tokens": _COUNTED | {"width": 50}}
        word_table(denials, answer, "denials", column="word", column_config=narrow, height="content")
        st.caption("Without its “not”, a sentence says the opposite. A ✕ means that the list drops the word.")
    _show_faults(answer, lists, faults, FIELDS.get(answer.recipe.terms.stop_words, OWN if lists[OWN] else SPACY))


BETWEEN = " | "
_COUNTED = st.column_config.NumberColumn(format="localized", help="In training texts, as they reach the list.")


def lists_of(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """The words of both libraries' lists and of the reader's own; scikit-learn's is for English alone."""
    if not recipe.terms.is_english:
        language = recipe.terms.language
        words = stop_list(f"spacy-{language}") if LANGUAGES[language].stop_list else ()
        return {SPACY: words, OWN: recipe.terms.own_stop_words}
    return {SPACY: stop_list("spacy"), SKLEARN: stop_list("scikit-learn"), OWN: recipe.terms.own_stop_words}


def _lists_in_words(recipe: Recipe, lists: dict[str, tuple[str, ...]]) -> str:
    n_words = len(lists[SPACY])
    if SKLEARN in lists:
        n_shared = len(set(lists[SPACY]) & set(lists[SKLEARN]))
        of_both = f"spaCy lists **{n_words:,}** words, scikit-learn **{len(lists[SKLEARN]):,}**"
        return f"{of_both}; **{n_shared:,}** are on both."
    name = LANGUAGES[recipe.terms.language].name
    listed = f"spaCy lists **{n_words:,}** words of {name}" if n_words else f"spaCy has no list for {name}"
    return f"{listed}; scikit-learn's list is English, so it is left out."


def _list_table(
    lists: dict[str, tuple[str, ...]], met: Arrivals, faults: dict[str, tuple[Inconsistency, ...]]
) -> pd.DataFrame:
    """One row per list: its words, the tokens that it removes, and its problems in this recipe."""
    return pd.DataFrame(
        {
            "list": list(lists),
            "words": [len(words) for words in lists.values()],
            "tokens it removes": [met.taken(words) for words in lists.values()],
            SHARE: [met.taken(words) / max(met.n_tokens, 1) for words in lists.values()],
            "never met": [sum(not met.taken([word]) for word in words) for words in lists.values()],
            "not whole": [len(faults[name]) for name in lists],
            "negations lost": [sum(word in words for word in DENIALS) for words in lists.values()],
        }
    )


def _show_words(words: Sequence[str], met: Arrivals, answer: Answer, key: str) -> None:
    """A table of words, most frequent first, with the number of times that each reaches the list."""
    ordered = sorted(words, key=lambda word: (-met.taken([word]), word))
    table = pd.DataFrame({"word": ordered, "tokens": [met.taken([word]) for word in ordered]})
    height = table_height(min(len(words), 5))
    word_table(table, answer, key, column="word", column_config={"tokens": _COUNTED}, height=height)


def _use(words: tuple[str, ...]) -> None:
    session.change(stop_words="own", own_stop_words=words)


def _own_list(answer: Answer, met: Arrivals) -> None:
    recipe, own = answer.recipe, answer.recipe.terms.own_stop_words
    st.markdown(f"**Your own list: {len(own):,} words**")
    lists = lists_of(recipe)
    starts = {"Start from spaCy's": lists[SPACY]}
    if SKLEARN in lists:
        shared = tuple(sorted(set(lists[SPACY]) & set(lists[SKLEARN])))
        starts |= {"Start from scikit-learn's": lists[SKLEARN], f"Start from the {len(shared)} on both": shared}
    with st.container(horizontal=True, gap="xsmall"):
        for label, words in starts.items():
            st.button(label, key=f"start_{len(words)}", on_click=_use, args=(words,), disabled=own == words)
        st.button(
            "Keep negations",
            key="keep_denials",
            help="Removes not, no, never and similar words from your list.",
            on_click=_use,
            args=(tuple(word for word in own if word not in DENIALS),),
            disabled=not set(own) & set(DENIALS),
        )
    added, removed = st.columns(2)
    with added:
        # input in either is applied at once and cleared
        st.text_input("Add words", placeholder="said mr", **widgets.bind("stop_add", "", _take_added))
    with removed:
        st.multiselect(
            "Remove words",
            own,
            disabled=not own,
            placeholder="choose",
            **widgets.bind("stop_remove", [], _take_removed),
        )
    if own:
        _show_words(own, met, answer, "own_words")
    if own and recipe.terms.stop_words != "own":
        st.button("Use my list", key="use_own", on_click=_use, args=(own,))
    if not session.has_link():
        st.caption(
            f":material/link_off: With this list the recipe is {link_length(recipe.to_link()):,} characters long, but "
            f"an address holds {LINK_LIMIT:,}: this one works on this computer only; share it as a file (Share)."
        )
    st.caption("Undo reverts every edit.")


def _take_added(words: str) -> None:
    if words.strip():
        _use(tuple({*session.recipe().terms.own_stop_words, *session.small_letters(words).split()}))


def _take_removed(words: list[str]) -> None:
    if words:
        _use(tuple(word for word in session.recipe().terms.own_stop_words if word not in words))


def _only_in_one(answer: Answer, lists: dict[str, tuple[str, ...]], met: Arrivals) -> None:
    for column, name, other in zip(st.columns(2), (SPACY, SKLEARN), (SKLEARN, SPACY), strict=True):
        only = sorted(set(lists[name]) - set(lists[other]))
        with column:
            st.markdown(f"**Only on {name}'s list: {len(only)}**")
            _show_words(only, met, answer, f"only_{name}")
    st.caption("Click a row to read its word in context.")


def _show_faults(
    answer: Answer, lists: dict[str, tuple[str, ...]], faults: dict[str, tuple[Inconsistency, ...]], in_use: str
) -> None:
    st.markdown("**Can this recipe reach the listed words?**")
    chosen, bound = widgets.carried("stop_check", list(lists), in_use, follows_recipe=True)
    chosen = st.segmented_control(
        "List", list(lists), required=True, default=chosen, label_visibility="collapsed", **bound
    )
    found = faults[chosen]
    if not lists[chosen]:
        st.caption("Your own list is empty.")
    elif not found:
        st.caption(":material/check: Every listed word reaches the list unchanged, or nothing of it stays.")
    else:
        n_out = sum(one.fault == "out of reach" for one in found)
        st.caption(
            f":material/warning: {len(found):,} of {len(lists[chosen]):,} listed words do not reach it whole: "
            f"{n_out:,} are out of reach, {len(found) - n_out:,} half removed. The list ignores case."
        )
        table = pd.DataFrame(
            [(one.word, BETWEEN.join(one.pieces), BETWEEN.join(one.left), one.fault) for one in found],
            columns=["listed", "reaches the list as", "stays", "so it is"],
        )
        height = min(table_height(len(table)), 320)
        words = partial(_words_of_fault, table)
        word_table(table.head(100), answer, "faults", column="listed", words=words, height=height)
        if len(table) > 100:
            behind(table, "stop_faults", "Download")


def _words_of_fault(table: pd.DataFrame, row: int, column: str) -> list[str]:
    """The listed word, or its pieces in the clicked cell."""
    pieces = column in ("reaches the list as", "stays")
    return str(table.iloc[row][column if pieces else "listed"]).split(BETWEEN)


def _in_use(recipe: Recipe) -> str:
    name = FIELDS.get(recipe.terms.stop_words)
    if name is None:
        return "This recipe keeps all words."
    words = "your own" if name == OWN else f"{name}'s"
    by = ", split by its tokeniser first" if recipe.terms.stop_words == "spacy-tokeniser" else ""
    return f"This recipe removes {plain(words)}{by}."


@kept("terms")
def _inconsistencies(recipe: Recipe, words: tuple[str, ...]) -> tuple[Inconsistency, ...]:
    return inconsistencies(words, recipe)


@kept("sample", "Counting what reaches the stop lists…")
def _arrivals(answer: Answer) -> Arrivals:
    reading, rows = answer.reading, answer.matrix.rows
    frequencies = np.asarray(reading.type_counts[rows].sum(axis=0), dtype=np.int64).ravel()
    wanted = [*DENIALS, *(word for words in lists_of(answer.recipe).values() for word in words)]
    return arrivals(reading.units.types, frequencies, answer.recipe.terms, wanted)
