"""Once the test set of a corpus has been opened, no page calls it sealed."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.experiments import Experiments
from bowcore.store import ledger
from tests.pages.opening import PAGES, facts, metric, open_page, shown
from tests.pages.plain import RECOMMENDED

RESULT = {
    "test_accuracy": 0.5,
    "test_confusion": [[1, 0, 0, 0, 0]] * 5,
    "n_test": 334,
    "validation_accuracy": 0.5,
    "n_validation": 334,
}


@pytest.fixture(autouse=True)
def home(bowlab_home: object) -> None:
    """A ledger for each test."""


def open_once(weights: str = "w1") -> None:
    ledger.record_opening("bbc-news", Experiments().corpus(RECOMMENDED).digest, "r1", 0, weights, RESULT)


def sealed(app: AppTest) -> list[str]:
    """Every text of the page that says so, help and labels included."""
    texts = [shown(app), *(f"{element.label} {element.help}" for element in (*app.metric, *app.button))]
    return [text for text in texts if re.search(r"\bseal", text, re.IGNORECASE)]


@pytest.mark.parametrize("file", PAGES)
def test_before_it_is_opened_all_facts_say_sealed_and_afterwards_nothing_does(file: str) -> None:
    assert "334 for the test, sealed" in facts(open_page(file))
    open_once()
    app = open_page(file, RECOMMENDED.change(split_seed=3))
    assert "334 for the test, opened once" in facts(app)
    assert sealed(app) == []


def test_data_and_confusion_page_say_how_often_it_was_opened() -> None:
    assert metric(open_page("data.py"), "Test, sealed") == "334"
    assert "Sealed: 334 test articles" in shown(open_page("confusion.py"))
    open_once()
    open_once("w2")
    assert metric(open_page("data.py"), "Test, opened 2 times") == "334"
    assert "334 test articles, opened 2 times for other networks: a result on them is known." in shown(
        open_page("confusion.py")
    )


@pytest.mark.parametrize("name", ["Duplicates", "Unknown words"])
def test_no_view_says_it_either(name: str) -> None:
    open_once()
    if name == "Duplicates":
        app = open_page("data.py", data_view=name)
    else:
        app = open_page("preprocessing.py", preprocessing_view="Matrix", matrix_panel=name)
    assert sealed(app) == []
