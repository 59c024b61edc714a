"""The recipe of one browser session: its current value, its history, and how it changes.

The recipe is the single source of truth. Widgets are drawn from it, and change it through `change`.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from bowcore import nouns
from bowcore.corpus.hub import PREFIX
from bowcore.corpus.sources import SOURCES, noun_of
from bowcore.errors import BowlabError, RecipeError
from bowcore.recipe.links import LINK_LIMIT, link_length
from bowcore.recipe.presets import PRESETS, in_language
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from bowcore.store.kept_recipes import keep_recipe, open_recipe
from bowcore.text.characters import fold

DEFAULT = PRESETS["recommended"]
INSTEAD = "The recommended recipe on BBC News is shown instead."
"""For a link that cannot be shown, if there was no recipe before it."""
HISTORY_LIMIT = 50
LINK_PARAMETER = "recipe"
PIN_PARAMETER = "pin"


def open_address() -> bool:
    """Show the recipe of the address, and the pinned one; an address without a recipe means the recommended one.

    In a session that shows a recipe already, after Back or Forward, this is a change like any other: Undo takes it
    back. Returns False, with a message, if a link cannot be read.
    """
    first = "recipe" not in st.session_state
    if first:
        st.session_state.update(recipe=DEFAULT, past=[], future=[])
    instead = "The recommended recipe is shown instead." if first else "The recipe before stays."
    link, pin = st.query_params.get(LINK_PARAMETER), st.query_params.get(PIN_PARAMETER)
    new = recipe_of(link, instead) if link else DEFAULT
    pinned = recipe_of(pin, "No recipe is pinned.") if pin else None
    st.session_state["pinned"] = pinned
    if new is not None and first:
        st.session_state["recipe"] = new
    elif new is not None:
        replace(new)
    return new is not None and (pinned is not None or not pin)


def recipe_of(link: str, instead: str = "") -> Recipe | None:
    """The recipe of a link; None, with a message that ends in `instead`, if it cannot be read."""
    try:
        return _without_files(open_recipe(link) or Recipe.from_link(link))
    except BowlabError as error:
        tell(f"{error} {instead}".strip())
        return None


def recipe() -> Recipe:
    """The recipe that every page shows."""
    current: Recipe = st.session_state["recipe"]
    return current


def use_noun() -> None:
    """Call the texts what this recipe's corpus calls them, in this run of a page, of a dialog or of a poll."""
    if "recipe" in st.session_state:
        nouns.use(noun_of(recipe().corpus.corpus))


def before() -> Recipe | None:
    """The recipe to compare with: the pinned one, or else the newest one before that is counted otherwise.

    Undo goes back in the history, so that the recipe compared with is what it was then. A setting of the network
    changes no word, so the recipe to compare with stays.
    """
    now = recipe().through("weighting")
    past: list[Recipe] = st.session_state["past"]
    return pinned() or next((one for one in reversed(past) if one.through("weighting") != now), None)


def pinned() -> Recipe | None:
    """The recipe that every change is compared with, if one is pinned."""
    recipe: Recipe | None = st.session_state.get("pinned")
    return recipe


def toggle_pin() -> None:
    """Pin this recipe, or unpin the one that is."""
    st.session_state["pinned"] = None if pinned() else recipe()


def change(**values: Any) -> None:
    """Change fields of the recipe; an invalid value is reported and leaves the recipe unchanged."""
    try:
        replace(recipe().change(**values))
    except BowlabError as error:
        tell(str(error))


def small_letters(words: str) -> str:
    """What was typed for the own stop list, in small letters of the recipe's language."""
    return fold(words, recipe().terms.language)


def choose_texts(corpus: str, language: str | None = None) -> None:
    """Switch to other texts in a language; without one it is to be guessed, and steps made for English are on."""
    try:
        replace(in_language(recipe(), language or "").change(corpus=corpus, revision=""))
    except BowlabError as error:
        tell(str(error))
    st.session_state["unguessed"] = corpus if language is None else ""


def awaits_guess() -> bool:
    """Whether the texts were chosen here and their language was not guessed yet; a link keeps its own."""
    return st.session_state.get("unguessed") == recipe().corpus.corpus


def take_guess(code: str) -> None:
    """Use the guessed language; Undo returns to the texts before, not to these without a language."""
    st.session_state.pop("unguessed", None)
    new = in_language(recipe(), code)
    if not new.terms.is_english:
        st.session_state["recipe"] = new


def replace(new: Recipe) -> None:
    """Replace the recipe.

    Raises:
        RecipeError: It names a file on this machine.
    """
    _without_files(new)
    if new != recipe():
        past = [*st.session_state["past"], recipe()][-HISTORY_LIMIT:]
        _move(new, past, [])


def _without_files(new: Recipe) -> Recipe:
    """The recipe, unless it names a file: a link must not make the server read one."""
    name = new.corpus.corpus
    if name not in SOURCES and not name.startswith((PREFIX, own_files.PREFIX)):
        raise RecipeError(
            f"Texts '{name[:80]}' cannot be opened here; choose {', '.join(SOURCES)}, the Hub, or bring a file.",
            "corpus",
        )
    return new


def undo() -> None:
    """Return to the previous recipe."""
    if st.session_state["past"]:
        *past, previous = st.session_state["past"]
        future = [recipe(), *st.session_state["future"]]
        _move(previous, past, future)


def redo() -> None:
    """Return to the recipe that `undo` left."""
    if st.session_state["future"]:
        following, *future = st.session_state["future"]
        past = [*st.session_state["past"], recipe()]
        _move(following, past, future)


def return_to(earlier: Recipe) -> None:
    """Go back to an earlier recipe: by Undo if it is the one before, otherwise by a change."""
    if st.session_state["past"] and st.session_state["past"][-1] == earlier:
        undo()
    else:
        replace(earlier)


def reset() -> None:
    """Switch to the recommended recipe on the same texts."""
    replace(in_language(DEFAULT.change(corpus=recipe().corpus.corpus), recipe().terms.language))


def can_undo() -> bool:
    """Whether there is a recipe to go back to."""
    return bool(st.session_state["past"])


def can_redo() -> bool:
    """Whether `undo` left a recipe to return to."""
    return bool(st.session_state["future"])


def take_back() -> None:
    """Leave a recipe that cannot be shown, as if it had never been chosen."""
    kept: dict[str, Any] | None = st.session_state.pop("kept", None)
    st.session_state.update(kept or {"recipe": DEFAULT, "past": [], "future": []})


def _move(new: Recipe, past: list[Recipe], future: list[Recipe]) -> None:
    """Make `new` the current recipe, and save the previous state in case it cannot be shown."""
    st.session_state["kept"] = {name: st.session_state[name] for name in ("recipe", "past", "future")}
    st.session_state.update(recipe=new, past=past, future=future)


def tell(problem: str) -> None:
    """Store a problem until the shell shows it."""
    st.session_state["problem"] = problem


def take_problem() -> str:
    """The problem to show now; it is shown once."""
    problem: str = st.session_state.pop("problem", "")
    return problem


def has_link() -> bool:
    """Whether the recipe is short enough for an address that can be shared."""
    return link_length(recipe().to_link()) <= LINK_LIMIT


def link_parameters() -> dict[str, str]:
    """Query parameters that restore the recipe and the pinned one."""
    recipes = {LINK_PARAMETER: recipe(), PIN_PARAMETER: pinned()}
    links = {name: address_of(one) for name, one in recipes.items() if one is not None}
    return {name: link for name, link in links.items() if link}


def address_of(one: Recipe) -> str:
    """A recipe as text in the address; one too long to share is stored on this computer, and the text refers to it.

    Empty if the disk is full.
    """
    link = one.to_link()
    if link_length(link) <= LINK_LIMIT:
        return link
    named: dict[str, str] = st.session_state.setdefault("kept_recipes", {})
    if one.key() not in named:
        named[one.key()] = keep_recipe(one)
    return named[one.key()]
