"""The report as it is saved from the page."""

from __future__ import annotations

from bowcore.store import artefacts
from bowcore.tasks.report import FILE
from ui.shell import report


def test_a_report_that_is_deleted_before_it_is_saved_says_how_to_have_it_again() -> None:
    key = "report-0123456789abcdef"
    artefacts.store(key, lambda place: (place / FILE).write_text("<p>Bread</p>", encoding="utf-8"))
    assert report._read(key) == b"<p>Bread</p>"
    artefacts.remove(key)
    assert report._read(key).decode() == report.DELETED
