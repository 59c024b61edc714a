"""What was recognised in a file, one popover a fact: press it to correct it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.corpus.files import Inspection
from bowcore.corpus.options import QUOTE_NAMES, SEPARATOR_NAMES, SEPARATORS, Options
from bowcore.nouns import A_TEXT, COMMON, as_noun
from ui.state import widgets
from ui.texts import plain, sentence

ENCODINGS = (
    "utf-8", "windows-1252", "iso-8859-15", "windows-1250", "iso-8859-2", "windows-1251", "koi8-r", "windows-1253",
    "windows-1254", "windows-1255", "windows-1256", "utf-16", "gb18030", "big5", "cp932", "euc-jp", "cp949", "cp850",
    "mac-roman",
)  # fmt: skip
TABLES = ("CSV", "TSV")

Change = Callable[[Options], None]


def row(seen: Inspection | None, options: Options, change: Change) -> DeltaGenerator:
    """Draw the facts, and the evidence for the encoding below them; the place for one more fact."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Recognised**", width="content")
        found = seen.found if seen else None
        st.markdown(plain(_format(found.format if found else "text")), width="content")
        if found is None or found.encoding is not None:
            _encoding(found.encoding.name if found and found.encoding else "", options, change)
        if found is None or found.separator:
            _separator(found.separator if found else "", options, change)
        if found is None or found.header is not None:
            _header(found.header if found else None, options, change)
        if found is None or found.separator:
            _quote(found.quote if found else "", options, change)
        place = st.container(width="content")
        _noun(options, change)
    for note in seen.notes if seen else ():
        st.caption(sentence(note))
    return place


def _format(name: str) -> str:
    return f"Table ({name})" if name in TABLES else name


def _encoding(shown: str, options: Options, change: Change) -> None:
    with st.popover(plain(shown or "Encoding")):
        value = options.encoding or None
        choices = [*dict.fromkeys([*([options.encoding] if options.encoding else []), *ENCODINGS])]
        st.selectbox(
            "Encoding",
            choices,
            None if value is None else choices.index(value),
            placeholder=f"guessed: {shown}" if shown else "guessed",
            **widgets.bind("own_encoding", value, lambda chosen: change(replace(options, encoding=chosen or ""))),
        )


def _separator(shown: str, options: Options, change: Change) -> None:
    with st.popover(f"Separator {plain(SEPARATOR_NAMES.get(shown, shown))}"):
        value = options.separator
        st.text_input(
            "Separator: one sign, or tab, comma, semicolon, bar, space",
            value,
            placeholder=f"guessed: {SEPARATOR_NAMES.get(shown, shown)}",
            **widgets.bind("own_separator", value, lambda chosen: change(replace(options, separator=_one(chosen)))),
        )


def _header(shown: bool | None, options: Options, change: Change) -> None:
    label = {True: "First row names the columns", False: "No header row", None: "Header"}[shown]
    with st.popover(label):
        value = {True: "yes", False: "no", None: None}[shown]
        st.segmented_control(
            "The first row names the columns",
            ("yes", "no"),
            default=value,
            required=value is not None,
            **widgets.bind("own_header", value, lambda chosen: change(replace(options, header=chosen or ""))),
        )


def _quote(shown: str, options: Options, change: Change) -> None:
    names = {"double": 'Quotes "', "single": "Quotes '", "none": "No quotes"}
    value = QUOTE_NAMES[shown]
    with st.popover(names[value]):
        st.segmented_control(
            "Quotation marks around fields",
            tuple(names),
            default=value,
            required=True,
            format_func=names.__getitem__,
            **widgets.bind("own_quote", value, lambda chosen: change(replace(options, quote=chosen))),
        )


def _noun(options: Options, change: Change) -> None:
    value = options.texts_called.one
    choices = list(dict.fromkeys([*COMMON, value]))

    def take(chosen: str) -> None:
        named = as_noun(chosen)
        change(replace(options, noun="" if named == COMMON[0] else named))

    with st.popover(f"Each is {A_TEXT}"):
        st.selectbox(
            "What one of them is called on all pages",
            choices,
            choices.index(value),
            accept_new_options=True,
            help="Choose a noun, or type another: tweet, abstract.",
            **widgets.bind("own_noun", value, take),
        )


def _one(text: str) -> str:
    """What was typed as a separator: a name, or its first sign."""
    typed = text.strip() or text
    return typed.casefold() if typed.casefold() in SEPARATORS else typed[:1]
