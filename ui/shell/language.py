"""The language of the texts: guessed when they are chosen, shown among the settings, and changed there."""

from __future__ import annotations

import streamlit as st

from bowcore.errors import BowlabError
from bowcore.recipe.languages import language_name
from bowcore.recipe.presets import in_language
from bowcore.text.language import Guess
from ui.answers import guessed_language
from ui.own_texts.language import in_words, select
from ui.state import session


def settle() -> None:
    """Guess the language of texts that were just chosen, and use it."""
    if session.awaits_guess():
        guess = _guess()
        if guess is not None:
            session.take_guess(guess.sure)


def control() -> None:
    """The language of the texts, what was guessed, and what is off because of it."""
    recipe, guess = session.recipe(), _guess()
    value = recipe.terms.language
    select("recipe_language", value, lambda code: session.replace(in_language(session.recipe(), code)))
    found = guess is not None and guess.code
    said = [in_words(guess)] if guess and found else []
    if not recipe.terms.is_english:
        said.append(
            "Possessives, contractions, scikit-learn's list and lemmas are made for English, and are off for "
            f"{language_name(value)}."
        )
    if said:
        st.caption(" ".join(said))


def _guess() -> Guess | None:
    """The guessed language; None while the texts cannot be opened, which the page says itself."""
    try:
        return guessed_language(session.recipe())
    except BowlabError:
        return None
