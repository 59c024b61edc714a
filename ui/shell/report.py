"""The report of a recipe, offered where its link is shared: made by a job, then saved as a file."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.store import artefacts
from bowcore.tasks.report import FILE, KIND, payload, read_report, request_report
from ui.job_panel import job_panel
from ui.state import judge, session

DELETED = "This report was deleted to make room. Share, Make a report makes it once more.\n"


def offer(answer: Answer) -> None:
    """The button that makes the report of the session's recipe, its progress, or the file."""
    page = (st.context.url or "").partition("?")[0]
    wanted = payload(session.recipe(), answer.corpus.digest, judge.chosen(), page.rpartition("/")[0])
    request = partial(request_report, wanted, answer.split.n_open)
    made = job_panel(KIND, wanted["name"], request, _invite, partial(read_report, wanted["name"]), primary=False)
    if made is not None:
        st.download_button(
            "Report as HTML",
            partial(_read, wanted["name"]),
            f"report-{session.recipe().key()[:6]}.html",
            "text/html",
            icon=":material/lab_profile:",
            on_click="ignore",
            key="report_file",
        )


def _read(name: str) -> bytes:
    """The file when it is saved: the one drawn may have been deleted since."""
    found = artefacts.reading(name, lambda folder: (folder / FILE).read_bytes())
    return DELETED.encode() if found is None else found


def _invite() -> str:
    st.caption(
        "A report is one file that opens without a network: texts, recipe, figures, tables, seeds, versions, recipes "
        "tried. It contains a test result only if the test set was opened."
    )
    return "Make a report"
