"""The sidebar: the recipe and nothing else, the same on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import streamlit as st

from bowcore.corpus.hub import PREFIX
from bowcore.corpus.sources import SOURCES
from bowcore.errors import RecipeError
from bowcore.recipe.presets import PRESETS, in_language, preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import LANGUAGE_DECIDES, STEP_TABLE, STEPS, allowed_options
from bowcore.text.tagger.words import STEP as TAGGER
from bowcore.trace.order_warnings import order_flaws
from ui.own_texts.dialog import brought, open_dialog
from ui.shell import language, room
from ui.state import projector, session, widgets
from ui.texts import HELP, LABELS, OPTIONS, SHARES, SIZES, STEP_NAMES, TAGGER_NAME, corpus_title, option, plain

CLEAN = ("repair", *(name for name, step in STEP_TABLE.items() if step.shown == "clean"))
CLEAN_HELP = (
    "Pressed steps change words before counting: leftovers of web pages repaired, capitals lowered, endings in 's, "
    "punctuation and digits taken away."
)
LISTS = (*(name for name, step in STEP_TABLE.items() if step.shown == "list"), "ngrams")
OWN = "own texts"
"""Among the corpora to choose from: opens the dialog for texts of one's own."""
MORE = tuple(name for name in STEPS if STEP_TABLE[name].shown == "more")


def sidebar() -> None:
    """Draw every control of the recipe."""
    with st.sidebar:
        room.button()
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall", wrap=False):
            st.markdown("**Bag-of-Words Lab**", width="content")
            projector.switch()
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                "Undo",
                icon=":material/undo:",
                on_click=session.undo,
                disabled=not session.can_undo(),
                help="Undo",
                key="undo",
            )
            st.button(
                "Redo",
                icon=":material/redo:",
                on_click=session.redo,
                disabled=not session.can_redo(),
                help="Redo",
                key="redo",
            )
            st.button("Reset", on_click=session.reset, help="The recommended recipe on the same texts.", key="reset")
            more = st.popover("More", help="More settings", on_change="rerun", key="more_settings")
        if more.open:
            with more:
                _more_settings()
        left, right = st.columns(2, gap="small")
        with left:
            _texts()
        with right:
            _select("text_used")
        _clean()
        for first in range(0, len(LISTS), 2):
            # a row of its own, so that the Tab key goes from left to right
            for column, name in zip(st.columns(2, gap="small"), LISTS[first : first + 2], strict=False):
                with column:
                    _control(name)
        _segments("weighting")
        left, right = st.columns(2, gap="small")
        with left:
            _slide("vocabulary_size", SIZES)
        with right:
            _slide("training_articles", SHARES)
        projector.keep()


def _prepare(name: str, value: Any) -> dict[str, Any]:
    """Keyword arguments of a field's widget: key, help and callback."""
    bound = widgets.bind(f"recipe_{name}", value, lambda chosen: session.change(**{name: chosen}))
    return {"help": HELP.get(name)} | bound


def _control(name: str) -> None:
    """The widget for a field's values."""
    if name == "word_forms":
        _word_forms()
    elif isinstance(session.recipe().value(name), bool):
        _toggle(name)
    else:
        _select(name)


def _select(name: str, options: Sequence[Any] = (), text: Any = None) -> None:
    value = session.recipe().value(name)
    values = list(options or OPTIONS[name])
    if name in LANGUAGE_DECIDES:
        values = list(allowed_options(name, session.recipe().terms.language))
    st.selectbox(
        LABELS[name],
        values,
        values.index(value),
        disabled=len(values) == 1,  # made for English, as the setting of the language says
        format_func=text or (lambda value: option(name, value)),
        **_prepare(name, value),
    )


def _segments(name: str) -> None:
    value = session.recipe().value(name)
    st.segmented_control(
        LABELS[name],
        tuple(OPTIONS[name]),
        default=value,
        required=True,
        format_func=lambda value: option(name, value),
        width="stretch",
        **_prepare(name, value),
    )


def _slide(name: str, sizes: Sequence[int]) -> None:
    value = session.recipe().value(name)
    ordered = [*sorted({*sizes, value} - {0}), 0]
    arguments = _prepare(name, value)
    st.select_slider(LABELS[name], ordered, value, format_func=lambda size: option(name, size), **arguments)


def _toggle(name: str) -> None:
    value = session.recipe().value(name)
    st.toggle(LABELS[name], value, **_prepare(name, value))


def _number(name: str, **limits: Any) -> None:
    value = session.recipe().value(name)
    st.number_input(LABELS[name], value=value, **limits, **_prepare(name, value))


def _texts() -> None:
    recipe = session.recipe()
    name = recipe.corpus.corpus
    others = dict.fromkeys([*brought(), *([] if name in SOURCES else [name])])
    names = (*SOURCES, *others, OWN)
    wants = st.selectbox(
        LABELS["corpus"],
        names,
        names.index(name),
        format_func=_title,
        help=HELP.get("corpus"),
        **widgets.bind("recipe_corpus", name, _choose_texts, text=_title(name)),
    )
    if wants == OWN or st.session_state.pop(OWN, False):
        open_dialog()


def _title(name: str) -> str:
    return "Your own…" if name == OWN else corpus_title(name)


def _choose_texts(chosen: str) -> None:
    """Use a corpus, or open the dialog for one that is not listed yet."""
    if chosen == OWN:
        widgets.reset("recipe_corpus")
        st.session_state[OWN] = True
    else:
        session.choose_texts(chosen)


def _word_forms() -> None:
    """Stems and looked-up lemmas are steps over words; the tagger's lemmas replace the words."""
    recipe = session.recipe()
    forms = list(allowed_options("word_forms", recipe.terms.language))
    if recipe.terms.is_english or recipe.text.units == "lemmas":
        forms.append(TAGGER)
    value = TAGGER if recipe.text.units == "lemmas" else recipe.terms.word_forms

    def take(chosen: str) -> None:
        if chosen == TAGGER:
            session.change(units="lemmas", word_forms=STEP_TABLE["word_forms"].off)
        else:
            session.change(units="white-space", word_forms=chosen)

    st.selectbox(
        LABELS["word_forms"],
        forms,
        forms.index(value),
        format_func=lambda value: TAGGER_NAME if value == TAGGER else option("word_forms", value),
        help=HELP["word_forms"],
        **widgets.bind("recipe_word_forms", value, take),
    )


def _hub() -> None:
    """Any labelled data set of the Hub, by its name."""
    name = session.recipe().corpus.corpus
    value = name.removeprefix(PREFIX) if name.startswith(PREFIX) else ""

    def take(chosen: str) -> None:
        if chosen.strip():
            session.choose_texts(PREFIX + chosen.strip().removeprefix(PREFIX))

    st.text_input(
        "Texts from the Hugging Face Hub",
        value,
        placeholder="owner/name",
        help="Any labelled data set. Columns can be specified after a question mark: "
        "owner/name?body=review&label=stars",
        **widgets.bind("recipe_hub", value, take),
    )


def _clean() -> None:
    recipe = session.recipe()
    offered = tuple(name for name in CLEAN if recipe.terms.is_english or name not in LANGUAGE_DECIDES)
    value = [name for name in offered if recipe.value(name)]
    st.pills(
        "Clean",
        offered,
        selection_mode="multi",
        default=value,
        format_func=LABELS.__getitem__,
        help=CLEAN_HELP,
        **widgets.bind(
            "recipe_clean",
            value,
            lambda chosen: session.change(**{name: name in chosen for name in offered}),
            any_order=True,
        ),
    )


def _more_settings() -> None:
    recipe = session.recipe()
    rows: tuple[tuple[Callable[[], None], ...], ...] = (
        (_preset, _hub),
        (language.control, partial(_control, "plain_forms")),
        *_in_pairs([*(partial(_control, name) for name in MORE), partial(_select, "select_by")]),
        (partial(_number, "min_documents", min_value=1, max_value=10**9, step=1), _document_share),
        (partial(_select, "unknown"), partial(_select, "norm")),
        tuple(partial(_toggle, name) for name in ("sublinear_tf", "use_idf", "smooth_idf")),
        tuple(
            partial(_number, name, min_value=0, max_value=2**32 - 1, step=1) for name in ("split_seed", "sample_seed")
        ),
    )
    for row in rows:  # so that the Tab key goes from left to right
        for column, draw in zip(st.columns(len(row), vertical_alignment="bottom"), row, strict=True):
            with column:
                draw()
    if recipe.terms.stop_words == "own":
        _own_stop_words(recipe)
    _order(recipe)


def _in_pairs(controls: Sequence[Callable[[], None]]) -> Iterator[tuple[Callable[[], None], ...]]:
    for first in range(0, len(controls), 2):
        yield tuple(controls[first : first + 2])


def _document_share() -> None:
    _number("max_document_share", min_value=0.0, max_value=1.0, step=0.05, format="%.3f")


def _preset() -> None:
    def of_texts(name: str) -> Recipe:
        recipe = session.recipe()
        return in_language(preset(name, recipe.corpus.corpus), recipe.terms.language)

    names = [name for name in PRESETS if session.recipe() == of_texts(name)]
    value = names[0] if names else None

    def take(name: str | None) -> None:
        if name:
            session.replace(of_texts(name))

    st.selectbox(
        "Start from",
        tuple(PRESETS),
        None if value is None else tuple(PRESETS).index(value),
        placeholder="a recipe of your own",
        help="tutorial-baseline is the tutorial's own cleaning, counting and network: "
        f"{PRESETS['tutorial-baseline'].network.hidden:,} hidden units. best adds blocks of words and "
        "characters for a linear SVM: see Preprocessing, Matrix, Blocks.",
        **widgets.bind("recipe_preset", value, take),
    )


def _own_stop_words(recipe: Recipe) -> None:
    value = " ".join(recipe.terms.own_stop_words)
    st.text_area(
        LABELS["own_stop_words"],
        value,
        help="Words separated by spaces; case is ignored.",
        **widgets.bind(
            "recipe_own_stop_words",
            value,
            lambda chosen: session.change(own_stop_words=tuple(session.small_letters(chosen).split())),
        ),
    )


def _order(recipe: Recipe) -> None:
    value = list(recipe.terms.order)

    def take(chosen: list[str]) -> None:
        missing = tuple(step for step in recipe.terms.order if step not in chosen)
        try:
            session.replace(recipe.change(order=(*chosen, *missing)))
        except RecipeError as error:
            session.tell(str(error))

    st.multiselect(
        LABELS["order"],
        tuple(STEP_NAMES),
        value,
        format_func=STEP_NAMES.__getitem__,
        help="Remove a step here and it moves to the end. " + HELP["order"],
        **widgets.bind("recipe_order", value, take),
    )
    for flaw in order_flaws(recipe):
        st.warning(plain(flaw.message), icon=":material/swap_vert:")


def network_controls() -> None:
    """The network's settings; they are part of the recipe, but only the training page has room for them."""
    hidden, epochs, batch, rate, more = st.columns([2, 2, 2, 2, 1], vertical_alignment="bottom")
    with hidden:
        _number("hidden", min_value=1, max_value=20_000, step=1)
    with epochs:
        _number("epochs", min_value=1, max_value=200, step=1)
    with batch:
        _number("batch_size", min_value=1, max_value=100_000, step=1)
    with rate:
        _number("learning_rate", min_value=1e-7, max_value=10.0, step=0.0005, format="%.4g")
    box = more.popover("More", key="more_network", on_change="rerun", width="stretch")
    if box.open:
        with box:
            _select("optimiser")
            _number("network_seed", min_value=0, max_value=2**32 - 1, step=1)
            _select("keep")
            _number("patience", min_value=0, max_value=200, step=1)
            _number("word_dropout", min_value=0.0, max_value=0.95, step=0.1, format="%.2f")
            _number("hidden_dropout", min_value=0.0, max_value=0.95, step=0.1, format="%.2f")
