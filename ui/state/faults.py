"""What a full disk or a fault of the database leaves out of a page: said once, and drawn again when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.errors import OutputError, RunError
from bowcore.people import person
from bowcore.recipe.recipe import Recipe
from bowcore.store import database, ledger
from ui.state import session
from ui.texts import sentence

FOR_GUESTS = (
    "The server's database or disk fails at the moment. What depends on it is left out, and what you do now may not be "
    "kept. Tell the teacher; this page goes on by itself when it is over."
)
"""What a guest reads in place of the fault, whose sentence names folders and commands of the teacher's computer."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds between two looks whether it is over
_FOUND, _TRIED = "faults", "faults_tried"


@contextmanager
def leaving_out() -> Iterator[None]:
    """Leave out what the block draws or writes if the disk or the database fails; `report` says so."""
    try:
        yield
    except OutputError as error:
        remember(error)


@contextmanager
def requesting() -> Iterator[None]:
    """The same for a block that requests a job; a job that is refused is reported, and its block is left."""
    with leaving_out():
        try:
            yield
        except RunError as error:
            session.tell(str(error))


def remember(error: OutputError) -> None:
    """Have `report` say it."""
    st.session_state.setdefault(_FOUND, []).append(str(error))


def look(corpus_digest: str, recipe: Recipe, *, network: bool = False) -> None:
    """Record that this recipe's validation score was seen."""
    with leaving_out():
        ledger.record_look(corpus_digest, recipe, network=network)


def state_of_test_set(corpus_digest: str) -> str:
    """As the ledger says it; a word that says nothing if the ledger cannot be read."""
    with leaving_out():
        return ledger.state_of_test_set(corpus_digest)
    return "as far as known"


def for_reader(fault: OutputError | str) -> str:
    """A fault of disk or database as this person reads it, as Markdown."""
    return sentence(str(fault)) if person().is_teacher else FOR_GUESTS


def report(place: DeltaGenerator) -> None:
    """Say in `place` what failed since the last report, and rerun the page when the database can be written again.

    What still fails then, such as a disk too full for a large file, is tried again after growing pauses.
    """
    found: list[str] = st.session_state.pop(_FOUND, [])
    n_tried: int = st.session_state.pop(_TRIED, 0)
    if not found:
        return
    with place:
        st.error(for_reader(found[0]), icon=":material/error:")
        st.fragment(_Watch(n_tried).look, run_every=min(FIRST_PAUSE * 2**n_tried, LONGEST_PAUSE))()


class _Watch:
    """Looks whether a fault is over, but not in the run that has just met it."""

    def __init__(self, n_tried: int) -> None:
        self._n_tried = n_tried
        self._met = True

    def look(self) -> None:
        if self._met:
            self._met = False
            return
        try:
            database.write_nothing()
        except OutputError:
            return
        st.session_state[_TRIED] = self._n_tried + 1
        st.rerun()
