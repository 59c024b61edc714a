"""The header says what accuracy is without the validation articles that repeat a training article."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.tasks.runner import work
from tests.findings.test_copies import reference
from tests.pages.opening import PAGES, by_label, facts, first_line, open_page, shown, what_changed
from tests.pages.plain import RECOMMENDED, articles, plain
from ui.shell import copies

WITHOUT = RECOMMENDED.change(drop_leaked=True, leak_similarity=0.8)


@pytest.fixture(autouse=True)
def home(bowlab_home: object) -> None:
    """Each test finds no search of another one, on the disk or in memory."""
    process_memo().clear()


def searched(app: AppTest) -> AppTest:
    """The page after the search."""
    work("quick", until_idle=True)
    return app.run()


@cache
def other_articles() -> NDArray[np.bool_]:
    """Validation articles that repeat no training article, from a comparison of every pair: 15 s, hence once."""
    train, validation = ([f"{title} {body}" for title, body, _ in articles(part)] for part in ("train", "validation"))
    return ~reference(validation, train, 0.8)


@cache
def on_others() -> str:
    """Accuracy and interval on the articles that repeat none."""
    others, expected = other_articles(), plain(RECOMMENDED)
    largest = Counter(label for *_, label in articles("train")).most_common(1)[0][0]
    found = binomtest(int((expected.predictions == expected.labels)[others].sum()), int(others.sum()))
    ends = found.proportion_ci(method="wilson")
    return (
        f"Without {334 - found.n} near copies of training articles: **{100 * found.statistic:.1f} % "
        f"({100 * ends.low:.1f}–{100 * ends.high:.1f})** of {found.n}; always guessing: "
        f"{100 * (expected.labels == largest)[others].mean():.1f} %."
    )


@pytest.mark.parametrize("file", PAGES)
def test_the_page_does_not_wait_for_the_search_and_says_its_result_when_it_is_there(file: str) -> None:
    app = open_page(file)
    assert "near copies" not in what_changed(app)
    assert [job.state for job in jobs.recent("duplicates")] == ["queued"]
    assert on_others() in what_changed(searched(app))
    assert len(jobs.recent("duplicates")) == 1


def test_after_a_change_the_copies_stand_above_it_and_all_facts_have_the_constant_guess_on_the_others() -> None:
    app = searched(open_page("data.py"))
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert "Without 37 near copies of training articles" in first_line(app)
    assert "near copies" not in what_changed(app)
    sentences = facts(app)
    guessed = np.array([label for *_, label in articles("validation")])
    others = other_articles()
    assert f"of 297 others; always guessing business: {100 * (guessed[others] == 0).mean():.1f} %" in sentences


def test_where_no_other_article_is_of_the_guessed_class_the_page_says_why_the_guess_is_never_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copies, "mask", lambda answer: answer.labels == answer.guess_class)
    app = open_page("data.py")
    said = what_changed(app) + facts(app)
    for guess in ("guessing", "guessing business"):
        assert f"always {guess}: 0 %, since none of them is *business*." in said.replace("\N{NO-BREAK SPACE}", " ")


def test_a_recipe_that_leaves_the_copies_out_of_training_has_none() -> None:
    app = searched(open_page("data.py", WITHOUT))
    assert "near copies" not in shown(app) and "**Copies:**" not in facts(app)


def test_few_copies_are_among_all_facts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "WORTH_SAYING", 37 / 334)
    app = searched(open_page("words.py"))
    assert "near copies" not in what_changed(app)
    assert "37 validation articles repeat a training article" in facts(app)


def test_a_search_that_failed_or_was_stopped_is_not_asked_for_again() -> None:
    app = open_page("words.py")
    jobs.end(jobs.claim("quick").id, "failed", error="There is no room in memory.")
    app.run()
    assert [job.state for job in jobs.recent("duplicates")] == ["failed"]
    assert "no room" not in shown(app)
