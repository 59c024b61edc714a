"""The main script: link, recipe, sidebar, status header, then the requested page."""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from bowcore import moment, people
from bowcore.errors import BowlabError, OutputError, in_words
from bowcore.experiment.answer import Answer
from bowcore.experiment.on_disk import let_go_of_changed_files
from ui import answers
from ui.reading import empty_texts
from ui.shell import code, copies, language, link, logistic, prerequisites, slices, style, training_dot
from ui.shell.header import header
from ui.shell.pages import pages
from ui.shell.sidebar import sidebar
from ui.state import faults, judge, own_text, rerun, session, visitor, widgets
from ui.texts import sentence

INSPECTED = ("Data", "Words")
"""Titles of the pages that report every article without a term; the others warn when there are many."""
PROBED = ("Playground", "Preprocessing")
"""Titles of the pages that show logistic regression."""


def answer(*, probed: bool) -> tuple[Answer, Answer | None]:
    """The answers to the recipe and to the one before; a recipe that fails is undone and the error reported."""
    for _ in range(2):
        session.use_noun()
        try:
            if probed:
                with faults.leaving_out():
                    logistic.request_ahead(session.recipe())
            return answers.answer(session.recipe()), answers.previous_answer()
        except OutputError:  # no fault of the recipe
            raise
        except BowlabError as error:
            if not prerequisites.remember(error, session.recipe()):
                instead = "The previous recipe stays." if "kept" in st.session_state else session.INSTEAD
                session.tell(f"{error} {instead}")
            session.take_back()
    st.error(sentence(session.take_problem()), icon=":material/error:")
    return st.stop()


def main() -> None:
    """Run one page inside the shell."""
    st.set_page_config(page_title="Bag-of-Words Lab", page_icon="🔤", layout="wide", initial_sidebar_state=300)
    style.style()
    people.find_by(visitor.visitor)
    visitor.note()
    rerun.begin()
    with faults.leaving_out():
        link.open_address()
        widgets.take_unreported()
    own_text.keep_in_tab()
    page = st.navigation(pages(), position="top")
    place = st.container()
    try:
        with faults.leaving_out(), moment.one_look():
            _inside(page)
    finally:
        faults.report(place)
    rerun.after_a_lost_connection()
    if widgets.has_unreported():
        rerun.rerun_unless_dialog_open()


def _inside(page: StreamlitPage) -> None:
    """The page between its sidebar and its foot; a part that needs a disk or database that fails is left out."""
    let_go_of_changed_files()
    language.settle()
    current, previous = answer(probed=page.title in PROBED or judge.chosen() == "logistic")
    link.write_address()
    sidebar()
    problem = session.take_problem()
    if problem:
        st.error(sentence(problem), icon=":material/error:")
    for part in (prerequisites.panel, partial(slices.bar, current), partial(training_dot.dot, current)):
        with faults.leaving_out():
            part()
    with faults.leaving_out():
        header(current, previous, page.title)
    empty_texts.report(current, warn_only=page.title not in INSPECTED)
    try:
        page.run()
    except OutputError as error:
        faults.remember(error)
    except (BowlabError, MemoryError, pa.ArrowException) as error:
        known = in_words(error)
        if not isinstance(known, BowlabError):
            raise
        st.error(sentence(str(known)), icon=":material/error:")
    with faults.leaving_out():
        code.open_if_asked(page.title)
        answers.prepare_flips(current)
        copies.request(current)


main()
