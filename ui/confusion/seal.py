"""The sealed test set on screen: one button, a dialog that states the consequence, and the ledger of openings."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.judge.comparison import accuracy_gap
from bowcore.judge.confusion import confusion_table, constant_accuracy
from bowcore.judge.scores import Share, describe_accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import counted, percent, with_interval
from bowcore.people import person
from bowcore.recipe.recipe import Recipe
from bowcore.store.ledger import (
    Opening,
    find_opening,
    n_looks_of_room,
    openings,
    show_opening,
    state_of_test_set,
)
from charts.confusion import confusion_matrix as draw_confusion
from ui.job_panel import show_end, show_progress, watch
from ui.reading.tables import behind, palette, show
from ui.reading.times import local_time
from ui.shell.runs import Run
from ui.state import faults, rerun, session, visitor, widgets
from ui.texts import plain

NEEDS = " It opens for a network trained to its last epoch."
GUESTS = "The teacher opens the test set, once for the room, and shows the result."


def seal(answer: Answer, run: Run | None) -> None:
    """The state of the seal for this recipe's network, and all earlier openings."""
    st.subheader("Test set")
    n_test = answer.split.test.n_documents
    if run is None or not run.result.artefact or run.result.stopped:
        st.caption(f"{_state(answer, n_test)}{NEEDS if person().is_teacher else ''}")
    else:
        _for_run(answer, run, n_test)
    recorded = openings(answer.corpus.digest)
    _shown_to_room(answer, recorded)
    _ledger(answer, recorded)


def _state(answer: Answer, n_test: int) -> str:
    state = state_of_test_set(answer.corpus.digest)
    if not person().is_teacher:
        return f"{n_test:,} test {TEXTS}, {state}. {GUESTS}"
    if state != "sealed":
        return f"{n_test:,} test {TEXTS}, {state} for other networks: a result on them is known."
    return (
        f"Sealed: {n_test:,} test {TEXTS}, compared once with the training {TEXTS} to count repeats, otherwise unread."
    )


def _for_run(answer: Answer, run: Run, n_test: int) -> None:
    opening = _recorded(answer, run)
    if opening is not None:
        _opened(answer, opening)
        return
    job = jobs.latest("open-test", _key(run))
    if job is not None and job.open:
        watch(job, show_progress)
        return
    if job is not None:
        show_end(job)
    st.caption(_state(answer, n_test))
    if person().is_teacher and st.button("Open the test set (once)", icon=":material/lock_open:", key="open_test"):
        rerun.dialog("Open the test set?", partial(_confirm, answer, run, n_test), width="small")


def _confirm(answer: Answer, run: Run, n_test: int) -> None:
    looks = n_looks_of_room(answer.corpus.digest)
    st.markdown(
        f"This scores the network on **{n_test:,} test {TEXTS}** and records the result in the ledger, permanently. "
        f"**{looks:,} recipes** were tried on the validation {TEXTS} before. From then on, every change is "
        "made knowing a test result: later openings say so. Asking again shows the same numbers."
    )
    with st.container(horizontal=True):
        if st.button("Open it", type="primary", key="open_test_yes", on_click=_open, args=(run, session.recipe())):
            st.rerun()
        if st.button("Leave it closed", key="open_test_no"):
            st.rerun()


def _open(run: Run, recipe: Recipe) -> None:
    if not person().is_teacher:
        return
    with faults.leaving_out():
        jobs.submit("open-test", {"recipe": recipe.to_toml(), "run": run.result.to_json()}, "long", _key(run))


def _shown_to_room(answer: Answer, found: tuple[Opening, ...]) -> None:
    """The teacher's choice of a result for everybody; a guest's view of the one that is chosen."""
    shown = next((opening for opening in found if opening.shown), None)
    if not person().is_teacher and shown is not None:
        st.markdown(f"**The room's result** on the test set, of {_named(shown)}:")
        _opened(answer, shown, name="room")
    if visitor.has_room() and found:
        numbers = [opening.number for opening in found]
        by_number = {opening.number: opening for opening in found}
        value = None if shown is None else shown.number
        st.selectbox(
            "Shown to the room",
            numbers,
            None if value is None else numbers.index(value),
            format_func=lambda number: _named(by_number[number]),
            placeholder="no result of the test set",
            help="Guests see this result on their page, whatever their own recipe is. It opens nothing again.",
            **widgets.bind("shown_to_room", value, partial(_show, answer.corpus.digest), follows=True),
        )


def _show(corpus_digest: str, number: int | None) -> None:
    with faults.leaving_out():
        show_opening(corpus_digest, number)


def _named(opening: Opening) -> str:
    opened = local_time(opening.opened)
    return f"opening {opening.number}: recipe {opening.recipe_key[:6]}, seed {opening.seed}, opened {opened}"


def _opened(answer: Answer, opening: Opening, name: str = "test") -> None:
    result = opening.result
    test = _share(result["test_accuracy"], result["n_test"])
    validation = _share(result["validation_accuracy"], result["n_validation"])
    gap = accuracy_gap(validation, test)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        names = answer.split.class_names
        table = confusion_table(np.array(result["test_confusion"]), names)
        show(draw_confusion(table, palette(), names, unit=f"test {TEXTS}"), f"{name}_confusion")
    with right:
        st.metric("Test accuracy", percent(test.value), help=f"{test.n_documents:,} test {TEXTS}")
        st.markdown(
            f"{describe_accuracy(test, _guessed(answer, opening), plain(answer.guess), f'test {TEXTS}')}. Validation: "
            f"{with_interval(validation)} of {validation.n_documents:,}."
        )
        st.markdown(f"Gap, validation minus test: {gap.in_words}.")
        n_copies = int(result.get("n_copies", 0))
        if 0 < n_copies < test.n_documents:
            others = _share(result["test_accuracy_without_copies"], test.n_documents - n_copies)
            st.markdown(
                f"{n_copies:,} of the test {TEXTS} {'is a copy' if n_copies == 1 else 'are copies'} of training "
                f"{TEXTS}; without {'it' if n_copies == 1 else 'them'} {with_interval(others)} of "
                f"{others.n_documents:,}."
            )
        st.caption(f"Opened after {opening.n_validation_looks:,} recipes were tried on validation {TEXTS}.")


def _ledger(answer: Answer, recorded: tuple[Opening, ...]) -> None:
    rows = [
        {
            "opened": local_time(opening.opened),
            "recipe": opening.recipe_key[:6],
            "seed": opening.seed,
            "test accuracy": with_interval(_share(opening.result["test_accuracy"], opening.result["n_test"])),
            "test articles": opening.result["n_test"],
            f"always {answer.guess}": percent(_guessed(answer, opening)),
            "recipes tried before": opening.n_validation_looks,
        }
        for opening in recorded
    ]
    if rows:
        behind(pd.DataFrame(rows), "ledger", f"Ledger: {counted(len(rows), 'opening')} on these texts")
    elif person().is_teacher:
        st.caption("Ledger: never opened on these texts.")


def _guessed(answer: Answer, opening: Opening) -> float:
    """Accuracy of the constant guess on the test articles of an opening."""
    return constant_accuracy(np.array(opening.result["test_confusion"]), answer.guess_class)


def _recorded(answer: Answer, run: Run) -> Opening | None:
    recipe = session.recipe()
    digest = run.result.weights_digest
    return find_opening(answer.corpus.digest, recipe.key("network"), recipe.network.network_seed, digest)


def _key(run: Run) -> str:
    return f"open-{run.result.weights_digest}"


def _share(value: object, n_documents: object) -> Share:
    n = int(str(n_documents))
    return Share.of(round(float(str(value)) * n), n)
