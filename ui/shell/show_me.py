"""Show me: a question, a guess, the result of one click next to the tutorial's number, and an undo."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from bowcore.corpus.sources import SOURCES
from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.lessons.evidence import Line, Outcome
from bowcore.lessons.moments import MOMENTS, Moment
from bowcore.recipe.recipe import Recipe
from ui import answers
from ui.job_panel import show_progress, watch
from ui.shell import runs
from ui.shell.recipe_words import changes_in_words
from ui.state import address, faults, session, widgets
from ui.texts import plain, sentence

BY_KEY = {moment.key: moment for moment in MOMENTS}
PARAMETER, START_PARAMETER, GUESS_PARAMETER = "moment", "moment_from", "moment_guess"


def menu(answer: Answer) -> None:
    """The button that opens the ten moments."""
    key = widgets.key("show_me")
    box = st.popover("Show me", icon=":material/play_arrow:", type="primary", key=key, on_change="rerun")
    if box.open:
        with box, st.container(gap=None):
            for number, moment in enumerate(MOMENTS, start=1):
                missing = _missing(moment)
                st.button(
                    f"{number} {moment.title}" + (" (AG News is not on this machine)" if missing else ""),
                    key=f"moment_{moment.key}",
                    type="tertiary",
                    disabled=missing,
                    on_click=_open,
                    args=(moment.key,),
                )


def _missing(moment: Moment) -> bool:
    return moment.needs_ag_news and not SOURCES["ag-news"].is_here()


def panel(answer: Answer) -> None:
    """The open moment, above the page, if any."""
    moment = BY_KEY.get(st.session_state.get("moment") or "")
    if moment is None:
        return
    with st.container(border=True, key="moment_panel"):
        head, close = st.columns([12, 1], vertical_alignment="center")
        head.markdown(f"**{plain(moment.title)}** {plain(moment.question(answer))}")
        close.button(
            "Close", icon=":material/close:", key="moment_close", type="tertiary", on_click=_close, help="Close"
        )
        if _missing(moment):
            st.info("AG News is not on this machine. Choose it under Texts on the left: it offers the download.")
        elif st.session_state.get("moment_shown"):
            _result(answer, moment)
        else:
            _question(moment)


def link_parameters() -> dict[str, str]:
    """Query parameters that restore the open moment: once it is answered, with what it started from and the guess."""
    moment = BY_KEY.get(st.session_state.get("moment") or "")
    if moment is None:
        return {}
    parts = {PARAMETER: moment.key}
    if st.session_state.get("moment_shown"):
        parts[START_PARAMETER] = session.address_of(st.session_state["moment_start"])
        if (guess := st.session_state.get("moment_guess_kept")) in moment.guesses:
            parts[GUESS_PARAMETER] = str(moment.guesses.index(guess))
    return parts


def open_address() -> bool:
    """Open the moment of the address, or close the open one. Returns False if the address cannot be read."""
    moment = BY_KEY.get(st.query_params.get(PARAMETER, ""))
    if moment is None:
        _close()
        return PARAMETER not in st.query_params
    guesses = {str(place): guess for place, guess in enumerate(moment.guesses)}
    kept = guesses.get(st.query_params.get(GUESS_PARAMETER, ""))
    st.session_state.update(moment=moment.key, moment_shown=False, moment_guess_kept=kept)
    link = st.query_params.get(START_PARAMETER)
    if link:
        start = session.recipe_of(link)
        if start is None:
            return False
        _remember(moment, start)
    return True


def _remember(moment: Moment, start: Recipe) -> None:
    """Store both recipes that an answered moment compares."""
    st.session_state.update(
        moment_shown=True, moment_start=start, moment_before=moment.before(start), moment_after=moment.change(start)
    )


def _question(moment: Moment) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Your guess", moment.guesses, key="moment_guess", label_visibility="collapsed")
        st.button("Show me", type="primary", key="moment_go", on_click=_show, args=(moment,))
        _next(moment)


def _result(answer: Answer, moment: Moment) -> None:
    start, before, after = (st.session_state[f"moment_{name}"] for name in ("start", "before", "after"))
    try:
        pair = answers.answer(before), answers.answer(after)
    except BowlabError as error:
        st.info(f"No answer with these texts: {sentence(str(error))}")
        return
    # its score is shown although the recipe itself was never chosen
    faults.look(pair[0].corpus.digest, before)
    is_current = session.recipe() == after
    outcome = _outcome(moment.key, *pair)
    if moment.outcome_of_epochs is not None and is_current:
        outcome = _epochs(answer, moment, outcome)
    table, words = st.columns([3, 2], vertical_alignment="center")
    with table:
        st.table(_table(outcome.lines), hide_index=True)
    with words:
        _verdict(moment, outcome)
        if outcome.sentence:
            st.markdown(plain(outcome.sentence))
        st.caption(_touched(start, before, after))
        if not is_current:
            st.caption("The recipe has changed since; these numbers are from before that.")
        with st.container(horizontal=True, gap="small"):
            if start != session.recipe():
                st.button("Undo", icon=":material/undo:", key="moment_undo", on_click=_undo)
            _see_on_page(moment)
            _next(moment)


@answers.kept("weighting", "Computing…")
def _outcome(key: str, before: Answer, after: Answer) -> Outcome:
    return BY_KEY[key].outcome(before, after)


def _verdict(moment: Moment, outcome: Outcome) -> None:
    """Whether the guess was right, where the numbers decide it."""
    guess = st.session_state.get("moment_guess_kept")
    if not guess:
        return
    if outcome.right is None:
        st.caption(f"Your guess: {plain(guess)}.")
        return
    hit = moment.guesses[outcome.right] == guess
    verdict = "that is it" if hit else f"here it is: {plain(moment.guesses[outcome.right])}"
    st.caption(f"{':material/check:' if hit else ':material/close:'} Your guess: {plain(guess)}; {verdict}.")


def _touched(start: Recipe, before: Recipe, after: Recipe) -> str:
    """The switches that the moment changed, safe for Markdown."""
    changed = changes_in_words(before, after) or "no switch"
    if before == start:
        return f"Changed: {changed}."
    return f"Compared: {changed}. Both start from your recipe with {changes_in_words(start, before)}."


def _see_on_page(moment: Moment) -> None:
    """The link to the page and view where the numbers are drawn."""
    if moment.view is None:
        return
    page, view = moment.view
    choices = {f"{page.lower()}_view": widgets.as_text(view)} if view else {}
    with st.container(key="moment_page", width="content"):
        address.page_link(f"{page.lower()}.py", f"See it on {page}", choices)


def _next(moment: Moment) -> None:
    """The button to the next moment that this machine can show."""
    others = [other for other in MOMENTS[MOMENTS.index(moment) + 1 :] if not _missing(other)]
    if others:
        name = f"Next: {others[0].title}"
        st.button(name, type="tertiary", key="moment_next", on_click=_open, args=(others[0].key,))


def _table(lines: tuple[Line, ...]) -> pd.DataFrame:
    rows = [(plain(line.what), line.tutorial, plain(line.here), line.difference) for line in lines]
    table = pd.DataFrame(rows, columns=["what", "tutorial", "here", "difference"])
    return table if any(table["difference"]) else table.drop(columns="difference")


def _epochs(answer: Answer, moment: Moment, waiting: Outcome) -> Outcome:
    """What the network's epochs show, once there are enough; its progress while it trains."""
    run = runs.find(answer)
    if run is not None and run.job.open:
        watch(run.job, show_progress)
    if run is None or moment.outcome_of_epochs is None or len(run.epochs) < 2:
        return waiting
    found = moment.outcome_of_epochs(run.epochs)
    return replace(found, right=None) if run.job.open else found


def _open(key: str) -> None:
    if st.session_state.get("moment_shown") and st.session_state["moment_after"] == session.recipe():
        session.return_to(st.session_state["moment_start"])  # each moment starts from the reader's own recipe
    widgets.reset("show_me")
    st.session_state.update(moment=key, moment_shown=False, moment_guess_kept=None)


def _close() -> None:
    st.session_state["moment"] = None


def _show(moment: Moment) -> None:
    _remember(moment, session.recipe())
    st.session_state["moment_guess_kept"] = st.session_state.get("moment_guess")
    session.replace(st.session_state["moment_after"])
    if moment.outcome_of_epochs is not None:
        st.session_state["moment_train"] = True


def _undo() -> None:
    session.return_to(st.session_state["moment_start"])
    _close()


def train_if_asked(answer: Answer) -> None:
    """Start the training that a moment requested, once its recipe is current."""
    if st.session_state.pop("moment_train", False) and runs.find(answer) is None:
        runs.start(answer.recipe, answer.corpus.digest)
