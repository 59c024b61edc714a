"""The status header: the same lines above every page, in plain words."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import describe_change
from bowcore.names import short
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import interval, percent, with_interval
from bowcore.recipe.presets import in_language
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from ui import answers
from ui.reading.clickable_words import look_up
from ui.shell import code, copies, judgement, link, report, show_me
from ui.shell.copies import Copies
from ui.shell.facts import facts
from ui.shell.judgement import Judgement, judged
from ui.shell.recipe_words import changes_in_words
from ui.state import faults, judge, session
from ui.texts import plain, sentence, unbroken

BEGIN = "**New here?** Models learn topics from word counts. Flip a switch, or *Show me*."
CLOSED = "new_here_closed"
ROOM = 66
"""Letters of a list of changes that leave the rest of its line in the window's width at 1280 px."""
MOST_MEGABYTES = 1  # of a recipe's file, of which a quarter is read
LONGEST_NAME = 24
"""Letters of a name in the header; the whole name is among all facts."""


def header(current: Answer, previous: Answer | None, page: str) -> None:
    """Where to begin and what can be done, the score in one line, and the effect of the last change in another."""
    faults.look(current.corpus.digest, current.recipe)
    shown = judged(current)
    found = copies.copies(current, shown)
    with st.container(gap=None, key="status"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="status_buttons"):
            line = st.container(
                horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False, key="first_line"
            )
            with line:
                _first_line(current, previous, found)
            with faults.leaving_out():
                facts(current, previous, shown, found)
            code.button(page)
            show_me.menu(current)
            _pin()
            _share(current)
            look_up(current)
        st.markdown(unbroken(_score(current, shown)))
        st.markdown(unbroken(_last_change(current, previous, shown, found)))
    if judge.chosen() == "logistic":
        judgement.follow(current)
    show_me.train_if_asked(current)
    show_me.panel(current)


def _first_line(current: Answer, previous: Answer | None, found: Copies | None) -> None:
    """Where to begin, until something differs from the beginning; then what to know about the accuracy."""
    new = previous is None and not (session.can_undo() or session.can_redo())
    if new and not st.session_state.get(CLOSED):
        st.markdown(BEGIN)
        st.button(
            "Close", icon=":material/close:", type="tertiary", key="new_here_close", on_click=_close, help="Close"
        )
        return
    words = _on_the_score(current, found) if previous is not None else ""
    st.caption(unbroken(words or _against_preset(current.recipe)))


def _close() -> None:
    st.session_state[CLOSED] = True


def _against_preset(recipe: Recipe) -> str:
    """The recipe by what it changes in the recommended one."""
    plain_recipe = session.DEFAULT.change(corpus=recipe.corpus.corpus)
    recommended = in_language(plain_recipe, recipe.terms.language).through("weighting")
    if recipe == recommended:
        return "The recommended recipe."
    return f"The recommended recipe with {_in_room(recommended, recipe)}."


def _score(current: Answer, shown: Judgement) -> str:
    """The articles, and how many of them the judge gets right, next to the constant guess."""
    split, n_read, found = current.split, current.n_train, shown.accuracy(current)
    n_train, n = split.train.n_documents, split.validation.n_documents
    learned = f"{n_train:,} {TEXTS}" if n_read == n_train else f"{n_read:,} of {n_train:,} {TEXTS}"
    guess = f"always guessing *{plain(short(current.guess, LONGEST_NAME))}*: {percent(current.baseline.value)}."
    title = plain(short(current.corpus.provenance.title, LONGEST_NAME))
    if found is None:
        score = f"{shown.name}: {sentence(shown.problem) or 'updating …'} A"
        return f"**{title}:** {learned} to learn from, {n:,} to check. {score}{guess[1:]}"
    right = f"**{found.n_right:,} right, {percent(found.value)}**"
    if shown.seeds is not None:
        found, right = shown.seeds.accuracy, f"**{shown.seeds.accuracy_in_words} seeds** right"
    return (
        f"**{title}:** {learned} to learn from, {n:,} to check. {shown.name} has "
        f"{right} ({interval(found.low, found.high)}); {guess}"
    )


def _on_the_score(current: Answer, found: Copies | None) -> str:
    """What to know about the accuracy: copies of training articles, and classes without a validation article."""
    return f"{_copies(found, current.guess)} {plain(current.split.classes_missing(test=False))}".strip()


def _copies(found: Copies | None, guess: str) -> str:
    """The accuracy without copies, where they are worth saying."""
    if found is None or not found.worth_saying:
        return ""
    return (
        f"Without {found.repeated.n_documents:,} near copies of training {TEXTS}: "
        f"**{with_interval(found.others)}** of {found.others.n_documents:,}; always guessing: "
        f"{percent(found.guessed_others)}{found.on_guess(guess)}."
    )


def _last_change(current: Answer, previous: Answer | None, shown: Judgement, found: Copies | None) -> str:
    if previous is None:
        start = "Undone: this is the recipe you began with." if session.can_redo() else "Nothing changed yet."
        also = _on_the_score(current, found)
        return f"{start} :small[{also}]" if also else start
    words = _in_room(previous.recipe, session.recipe().through("weighting"))
    if not words:
        return "The pinned recipe itself." if session.pinned() else "The same recipe as before."
    words = f"**{'Against the pinned recipe: ' if session.pinned() else ''}{words}.**"
    if not answers.same_articles(previous, current):
        return f"{words} Other {TEXTS}, so nothing to compare {TEXT} by {TEXT}."
    terms = answers.vocabulary_change(previous, current)
    vocabulary = terms.sentence if terms.lost.any() or terms.new.any() else "Same terms"
    change = shown.change(current)
    if change is None:
        return f"{words} {vocabulary}. {plain(shown.incomparable or f'{shown.name}: updating …')}"
    told, verdict = describe_change(change).rsplit(": ", 1)
    return f"{words} {vocabulary}; {told}: **{verdict}**."


def _in_room(old: Recipe, new: Recipe) -> str:
    """As many differences as a line has room for; all facts name the others."""
    lists = [changes_in_words(old, new, most) for most in (3, 2, 1)]
    return next((words for words in lists if len(words) <= ROOM), lists[-1])


def _pin() -> None:
    pinned = session.pinned()
    st.button(
        "Unpin" if pinned else "Pin",
        type="primary" if pinned else "secondary",
        icon=":material/keep_off:" if pinned else ":material/keep:",
        key="pin",
        on_click=session.toggle_pin,
        help="Compare every change with this recipe, until it is unpinned.",
    )


def _share(current: Answer) -> None:
    recipe = session.recipe()
    share = st.popover("Share", icon=":material/share:", on_change="rerun", key="share")
    if share.open:
        with share:
            if session.has_link():
                st.caption(
                    "This address opens what you see: recipe, page, views, filters, slices. Point at it: the button "
                    f"on its right copies it. {_given_away(recipe)}"
                )
                st.code(address(st.context.url or ""), language=None, wrap_lines=False)
            else:
                st.caption(
                    "This recipe is too long for an address that can be shared. The one above restores it on "
                    "this computer; elsewhere the file is needed."
                )
            st.download_button(
                "Recipe as TOML", recipe.to_toml(), f"recipe-{recipe.key()[:6]}.toml", "application/toml"
            )
            report.offer(current)
            code.offer_notebook()
            file = st.file_uploader("Open a recipe", type=["toml"], key="recipe_file", max_upload_size=MOST_MEGABYTES)
            if file is not None:
                # the browser keeps to the limit, another program need not
                content = bytes(file.getbuffer()[: MOST_MEGABYTES * 1_000_000])
                st.button("Use this recipe", type="primary", on_click=_open_recipe, args=(content,))


def _given_away(recipe: Recipe) -> str:
    """What whoever gets the address can read."""
    name = recipe.corpus.corpus
    if not name.startswith(own_files.PREFIX):
        return "A text that you wrote yourself is not in it."
    return f"Whoever gets it, or the recipe as TOML, can open {plain(own_files.file_name(name))} on this server."


def address(page: str) -> str:
    """This page's address including all that it shows, whatever the browser shows at the moment."""
    return f"{page.partition('?')[0]}?{urlencode(link.parameters())}"


def _open_recipe(content: bytes) -> None:
    try:
        session.replace(Recipe.from_toml(content.decode("utf-8", errors="replace")))
    except RecipeError as error:
        session.tell(str(error))
