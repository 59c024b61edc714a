"""The status header: the same two lines above every page."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import describe_change
from bowcore.numbers import empty_share, percent, with_interval
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SplitSpec
from bowcore.store.ledger import record_look
from ui import answers
from ui.reading.clickable_words import look_up
from ui.shell import judgement, link, show_me
from ui.shell.judgement import judged
from ui.shell.recipe_words import changes_in_words, recipe_in_words
from ui.state import judge, session
from ui.texts import plain, unbroken

HELP = (
    "Articles: for training + for validation + for the test, which stay sealed. Accuracy, with its 95 % interval, "
    "is of the validation articles, next to that of always guessing the largest class. Empty: cells of the training "
    "matrix.\n\n"
    "Recipes tried: how many different recipes, and networks, have shown their validation score on this computer. The "
    "more are tried, the better the best of them looks by chance alone."
)


def header(current: Answer, previous: Answer | None) -> None:
    """Show the recipe and its scores, then the effect of the last change."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="status"):
        with st.container(gap=None):
            st.caption(unbroken(_status(current)), help=HELP)
            st.caption(unbroken(_what_changed(current, previous)))
        # two over two: in one row they would take a line or two from the words
        with st.container(width="content", gap="xxsmall"):
            show_me.menu(current)
            _share()
        with st.container(width="content", gap="xxsmall"):
            _pin()
            look_up(current)
    if judge.chosen() == "logistic":
        judgement.follow(current)
    show_me.train_if_asked(current)
    show_me.panel(current)


def _status(current: Answer) -> str:
    matrix, shown, guess = current.matrix, judged(current), plain(current.guess)
    found = shown.accuracy(current)
    score = plain(shown.problem) if found is None else f"**{with_interval(found)}** right of {found.n_documents:,}"
    tried = record_look(current.corpus.digest, current.recipe)
    return (
        f"**{plain(current.corpus.provenance.title)}** {_split_in_words(current)} · "
        f"**{recipe_in_words(current.recipe)}** `{current.recipe.key('weighting')[:6]}` · {matrix.shape[1]:,} terms, "
        f"{empty_share(*matrix.shape, matrix.n_filled)} empty · {shown.name} {score}, "
        f"always {guess} {percent(current.baseline.value)} · recipes tried {tried:,}"
    )


def _split_in_words(current: Answer) -> str:
    """The articles by split, `1,000 of 51,993 + 5,777 + 7,600 sealed`, and the seed where it is not the default."""
    split, n_read = current.split, len(current.matrix.rows)
    n_train, seed = split.train.n_documents, current.recipe.split.split_seed
    drawn = "" if seed == SplitSpec().split_seed else f", seed {seed}"
    return (
        f"{'' if n_read == n_train else f'{n_read:,} of '}{n_train:,} + {split.validation.n_documents:,} + "
        f"{split.test.n_documents:,} sealed{drawn}"
    )


def _what_changed(current: Answer, previous: Answer | None) -> str:
    if previous is None:
        return "Nothing changed yet. Flip a switch on the left, and this line shows what it did."
    words = changes_in_words(previous.recipe, session.recipe().through("weighting"))
    if not words:
        return "The pinned recipe itself." if session.pinned() else "The same recipe as before."
    if session.pinned():
        words = f"Against the pinned recipe: {words}"
    if not answers.same_articles(previous, current):
        return f"{words}. Other articles, so nothing to compare article by article."
    vocabulary = answers.vocabulary_change(previous, current)
    shown = judged(current)
    change = shown.change(current)
    if change is None:
        missing = shown.incomparable or f"{shown.name}: {shown.problem or 'updating …'}"
        return f"{words}. {vocabulary.sentence}. {plain(missing)}"
    told, verdict = describe_change(change).rsplit(": ", 1)
    return f"{words}. {vocabulary.sentence}; {told}: **{verdict}.**"


def _pin() -> None:
    pinned = session.pinned()
    st.button(
        "",
        type="primary" if pinned else "secondary",
        icon=":material/keep_off:" if pinned else ":material/keep:",
        key="pin",
        on_click=session.toggle_pin,
        help="Compare every change with this recipe, until it is unpinned.",
    )


def _share() -> None:
    recipe = session.recipe()
    share = st.popover("Share", on_change="rerun", key="share", width="stretch")
    if share.open:
        with share:
            if session.has_link():
                st.caption(
                    "This address opens what you see: recipe, page, views, filters, slices. Your own texts are not in "
                    "it. Point at it: the button on its right copies it."
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
            file = st.file_uploader("Open a recipe", type=["toml"], key="recipe_file")
            if file is not None:
                st.button("Use this recipe", type="primary", on_click=_open_recipe, args=(file.getvalue(),))


def address(page: str) -> str:
    """This page's address including all that it shows, whatever the browser shows at the moment."""
    return f"{page.partition('?')[0]}?{urlencode(link.parameters())}"


def _open_recipe(content: bytes) -> None:
    try:
        session.replace(Recipe.from_toml(content.decode("utf-8", errors="replace")))
    except RecipeError as error:
        session.tell(str(error))
