"""Show me: a question, a guess, the result of one click next to the tutorial's number, and an undo."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.lessons.evidence import Line
from bowcore.lessons.moments import MOMENTS, Moment
from bowcore.numbers import decimal
from bowcore.recipe.recipe import Recipe
from bowcore.store.ledger import record_look
from ui import answers
from ui.job_panel import show_progress, watch
from ui.shell import runs
from ui.shell.runs import Run
from ui.state import session, widgets
from ui.texts import plain

PARAMETER, START_PARAMETER = "moment", "moment_from"


def menu(answer: Answer) -> None:
    """The button that opens the ten moments."""
    key = widgets.key("show_me")
    box = st.popover("Show me", icon=":material/play_arrow:", type="primary", key=key, on_change="rerun")
    if box.open:
        with box, st.container(gap=None):
            for number, moment in enumerate(MOMENTS, start=1):
                missing = moment.needs_ag_news and answer.recipe.corpus.corpus != "ag-news"
                label = f"{number} {moment.title}" + (" (needs AG News)" if missing else "")
                st.button(label, key=f"moment_{moment.key}", type="tertiary", on_click=_open, args=(moment.key,))


def panel(answer: Answer) -> None:
    """The open moment, above the page, if any."""
    key = st.session_state.get("moment")
    moment = next((moment for moment in MOMENTS if moment.key == key), None)
    if moment is None:
        return
    with st.container(border=True, key="moment_panel"):
        head, close = st.columns([12, 1], vertical_alignment="center")
        head.markdown(f"**{plain(moment.title)}** {plain(moment.question)}")
        close.button("", icon=":material/close:", key="moment_close", type="tertiary", on_click=_close, help="Close")
        if moment.needs_ag_news and answer.recipe.corpus.corpus != "ag-news":
            st.info("This one needs AG News. Choose it under Texts on the left.")
        elif st.session_state.get("moment_shown"):
            _result(answer, moment)
        else:
            _question(moment)


def link_parameters() -> dict[str, str]:
    """Query parameters that restore the open moment: its name, and once it is answered, what it started from."""
    if not st.session_state.get("moment"):
        return {}
    parts = {PARAMETER: st.session_state["moment"]}
    if st.session_state.get("moment_shown"):
        parts[START_PARAMETER] = session.address_of(st.session_state["moment_start"])
    return parts


def open_address() -> bool:
    """Open the moment of the address, or close the open one. Returns False if the address cannot be read."""
    moment = next((moment for moment in MOMENTS if moment.key == st.query_params.get(PARAMETER)), None)
    if moment is None:
        _close()
        return PARAMETER not in st.query_params
    kept = st.session_state.get("moment_guess_kept") if st.session_state.get("moment") == moment.key else None
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


def _result(answer: Answer, moment: Moment) -> None:
    before, after = st.session_state["moment_before"], st.session_state["moment_after"]
    try:
        pair = answers.answer(before), answers.answer(after)
    except BowlabError as error:
        st.info(f"No answer with these texts: {plain(str(error))}")
        return
    # its score is shown although the recipe itself was never chosen
    record_look(pair[0].corpus.digest, before)
    outcome = moment.outcome(*pair)
    is_current = session.recipe() == after
    lines = _epochs(answer, outcome.lines) if moment.trains and is_current else outcome.lines
    guess = st.session_state.get("moment_guess_kept")
    table, words = st.columns([3, 2], vertical_alignment="center")
    with table:
        st.dataframe(_table(lines), hide_index=True, height="content")
    with words:
        if guess and outcome.right is not None:
            hit = moment.guesses[outcome.right] == guess
            verdict = "that is it" if hit else f"here it is: {plain(moment.guesses[outcome.right])}"
            st.caption(f"{':material/check:' if hit else ':material/close:'} Your guess: {plain(guess)}; {verdict}.")
        elif guess:
            st.caption(f"Your guess: {plain(guess)}")
        if not any(line.here == "…" for line in lines):
            st.markdown(plain(outcome.sentence))
        if not is_current:
            st.caption("The recipe has changed since; these numbers are from before that.")
        if st.session_state["moment_start"] != session.recipe():
            st.button("Undo", icon=":material/undo:", key="moment_undo", on_click=_undo)


def _table(lines: tuple[Line, ...]) -> pd.DataFrame:
    rows = [(line.what, line.tutorial, line.here, line.difference) for line in lines]
    table = pd.DataFrame(rows, columns=["what", "tutorial", "here", "difference"])
    return table if any(table["difference"]) else table.drop(columns="difference")


def _epochs(answer: Answer, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The network's own epochs next to the tutorial's, as they arrive."""
    run = runs.find(answer)
    if run is None or not run.job.open:
        return _filled(run, lines)
    watch(run.job, show_progress)
    return _filled(run, lines)


def _filled(run: Run | None, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    epochs = None if run is None else run.epochs
    if epochs is None or len(epochs) < 2:
        return lines
    accuracy, loss = epochs["running_accuracy"], epochs["validation_loss"]  # running, as the tutorial's are
    here = (
        f"{decimal(accuracy.iloc[0] * 100)} → {decimal(accuracy.iloc[1] * 100)} %",
        f"{decimal(loss.iloc[0], 4)} → {decimal(loss.iloc[1], 4)}",
    )
    return tuple(Line(line.what, line.tutorial, value) for line, value in zip(lines, here, strict=True))


def _open(key: str) -> None:
    if st.session_state.get("moment_shown") and st.session_state["moment_after"] == session.recipe():
        session.replace(st.session_state["moment_start"])  # each moment starts from the reader's own recipe
    widgets.reset("show_me")
    st.session_state.update(moment=key, moment_shown=False, moment_guess_kept=None)


def _close() -> None:
    st.session_state["moment"] = None


def _show(moment: Moment) -> None:
    _remember(moment, session.recipe())
    st.session_state["moment_guess_kept"] = st.session_state.get("moment_guess")
    session.replace(st.session_state["moment_after"])
    if moment.trains:
        st.session_state["moment_train"] = True


def _undo() -> None:
    session.replace(st.session_state["moment_start"])
    _close()


def train_if_asked(answer: Answer) -> None:
    """Start the training that a moment requested, once its recipe is current."""
    if st.session_state.pop("moment_train", False) and runs.find(answer) is None:
        runs.start(answer.recipe, answer.corpus.digest)
