"""The language of the texts that are brought: the guess, and another one where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from bowcore.numbers import percent
from bowcore.recipe.languages import language_name
from bowcore.text.language import Guess, guess_language
from ui.state import widgets
from ui.texts import HELP, LABELS, OPTIONS, language_option

_CHOSEN = "own_texts_language"


def show(sample: Sequence[str]) -> None:
    """Draw the language as a fact that can be corrected; nothing without texts."""
    if not sample:
        return
    guess, code = guess_language(sample), chosen()
    value = guess.sure if code is None else code
    with st.popover(f"Language {language_name(value)}" if value else "Language not recognised"):
        select("own_language", value, _choose)
        if guess.code:
            st.caption(in_words(guess))


def select(key: str, value: str, take: Callable[[str], None]) -> None:
    """A list of the languages, for the dialog and for the settings; `take` gets another choice."""
    codes = list(OPTIONS["language"])
    st.selectbox(
        LABELS["language"],
        codes,
        codes.index(value),
        format_func=language_option,
        help=HELP["language"],
        **widgets.bind(key, value, take),
    )


def in_words(guess: Guess) -> str:
    """A guess in a sentence."""
    return f"Guessed: {guess.name}, {percent(guess.share)} of the text."


def chosen() -> str | None:
    """The language that the reader chose, perhaps none (''); None if the guess is left as it is."""
    code: str | None = st.session_state.get(_CHOSEN)
    return code


def take(code: str) -> None:
    """Show the language that a recipe has, if it has one: English texts may have none."""
    if code:
        _choose(code)


def forget() -> None:
    """Forget what was chosen, for another file."""
    st.session_state.pop(_CHOSEN, None)


def _choose(code: str) -> None:
    st.session_state[_CHOSEN] = code
