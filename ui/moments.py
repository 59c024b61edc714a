"""Show me: a question, a guess, one click, the result beside the tutorial's number, and back again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.lessons.moments import MOMENTS, Line, Moment
from bowcore.runs.jobs import Job
from bowcore.runs import jobs
from ui import session, stages, training
from ui.stages import Now
from ui.training import Run
from ui.wording import plain

POLL = 1.0  # seconds between two looks at the network


def menu(now: Now) -> None:
    """The button that opens the ten moments."""
    box = st.popover("Show me", icon=":material/play_arrow:", type="primary", key="show_me", on_change="rerun")
    if box.open:
        with box, st.container(gap=None):
            for number, moment in enumerate(MOMENTS, start=1):
                missing = moment.needs_ag_news and now.recipe.corpus.corpus != "ag-news"
                label = f"{number} {moment.title}" + (" (needs AG News)" if missing else "")
                st.button(label, key=f"moment_{moment.key}", type="tertiary", on_click=_open, args=(moment.key,))


def panel(now: Now) -> None:
    """The moment that is open, above the page; nothing when none is."""
    key = st.session_state.get("moment")
    moment = next((moment for moment in MOMENTS if moment.key == key), None)
    if moment is None:
        return
    with st.container(border=True, key="moment_panel"):
        head, close = st.columns([12, 1], vertical_alignment="center")
        head.markdown(f"**{plain(moment.title)}** {plain(moment.question)}")
        close.button("", icon=":material/close:", key="moment_close", type="tertiary", on_click=_close, help="Close")
        if moment.needs_ag_news and now.recipe.corpus.corpus != "ag-news":
            st.info("This one needs AG News. Choose it under Texts on the left.")
        elif st.session_state.get("moment_shown"):
            _result(now, moment)
        else:
            _question(now, moment)


def _question(now: Now, moment: Moment) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Your guess", moment.guesses, key="moment_guess", label_visibility="collapsed")
        st.button("Show me", type="primary", key="moment_go", on_click=_show, args=(moment,))


def _result(now: Now, moment: Moment) -> None:
    before = st.session_state.get("moment_before") or session.recipe()
    outcome = moment.outcome(stages.now(before), now)
    lines = outcome.lines
    if moment.trains:
        lines = _epochs(now, lines)
    guess = st.session_state.get("moment_guess_kept")
    table, words = st.columns([3, 2], vertical_alignment="center")
    with table:
        st.dataframe(_table(lines), hide_index=True, height="content")
    with words:
        if guess:
            st.caption(f"Your guess: {plain(guess)}")
        st.markdown(plain(outcome.sentence))
        if before != session.recipe():
            st.button("Undo", icon=":material/undo:", key="moment_undo", on_click=_undo)


def _table(lines: tuple[Line, ...]) -> pd.DataFrame:
    rows = [(line.what, line.tutorial, line.here, line.difference) for line in lines]
    table = pd.DataFrame(rows, columns=["what", "tutorial", "here", "difference"])
    return table if any(table["difference"]) else table.drop(columns="difference")


def _epochs(now: Now, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The network's own epochs beside the tutorial's, as they arrive."""
    run = training.find(now)
    if run is None or not run.job.open:
        return _filled(run, lines)
    st.fragment(_wait, run_every=POLL)(run.job)
    return _filled(run, lines)


def _wait(job: Job) -> None:
    found = jobs.get(job.id)
    st.progress(found.progress, text=found.message or "Waiting for its turn")
    if not found.open:
        st.rerun()


def _filled(run: Run | None, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    epochs = None if run is None else run.epochs
    if epochs is None or len(epochs) < 2:
        return lines
    accuracy, loss = epochs["training_accuracy"], epochs["validation_loss"]
    here = (
        f"{accuracy.iloc[0] * 100:.1f} → {accuracy.iloc[1] * 100:.1f} %",
        f"{loss.iloc[0]:.4f} → {loss.iloc[1]:.4f}",
    )
    return tuple(Line(line.what, line.tutorial, value) for line, value in zip(lines, here, strict=True))


def _open(key: str) -> None:
    st.session_state.update(moment=key, moment_shown=False, moment_before=None, moment_guess_kept=None)


def _close() -> None:
    st.session_state["moment"] = None


def _show(moment: Moment) -> None:
    before = session.recipe()
    if moment.key == "four":
        # the tutorial's own before, so that its four changes are all that differs
        session.replace(next(item for item in MOMENTS if item.key == "empty").change(before))
        before = session.recipe()
    session.replace(moment.change(before))
    st.session_state.update(
        moment_shown=True, moment_before=before, moment_guess_kept=st.session_state.get("moment_guess")
    )
    if moment.trains:
        st.session_state["moment_train"] = True


def _undo() -> None:
    session.replace(st.session_state["moment_before"])
    _close()


def train_if_asked(now: Now) -> None:
    """Start the network that a moment asked for, once its recipe is in force."""
    if st.session_state.pop("moment_train", False) and training.find(now) is None:
        training.start(now)
