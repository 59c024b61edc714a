"""One model is the judge: header, cards, confusion page and slices all show its predictions."""

from __future__ import annotations

import re
import warnings
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest

from bowcore.findings.slices import Slice
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import work
from tests.pages.opening import (
    answered,
    assert_in_shell,
    by_label,
    facts,
    open_page,
    shown,
    status,
    visit,
    what_changed,
)
from tests.pages.plain import RECOMMENDED, articles, cells, plain
from ui.shell import facts as shell_facts

COUNT = RECOMMENDED.change(weighting="count")
QUICK = RECOMMENDED.change(hidden=8, epochs=2)


@pytest.fixture(autouse=True)
def home(bowlab_home: object) -> None:
    """Each test finds no fit of another one."""


@cache
def logistic(recipe: Recipe) -> NDArray[np.int32]:
    """Predictions of scikit-learn's logistic regression, close to its optimum."""
    _, train, validation = cells(recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(solver="newton-cg", tol=1e-6, max_iter=500)
        return model.fit(train.astype(float), [label for *_, label in articles("train")]).predict(validation)


def accuracy_of(predictions: NDArray[np.int32], recipe: Recipe = RECOMMENDED) -> str:
    return f"{100 * (predictions == plain(recipe).labels).mean():.1f} %"


def wrong(predictions: NDArray[np.int32]) -> str:
    return f"{(predictions != plain(RECOMMENDED).labels).sum()} of 334 wrong"


def judged_by(app: AppTest) -> AppTest:
    return by_label(app.get("segmented_control"), "Judged by")


def test_naive_bayes_judges_until_another_model_is_chosen_and_each_page_shows_the_choice() -> None:
    app = answered(open_page("playground.py"))
    bayes, others = plain(RECOMMENDED).predictions, logistic(RECOMMENDED)
    assert wrong(bayes) != wrong(others)
    assert f"Naive Bayes has **{(bayes == plain(RECOMMENDED).labels).sum()} right, {accuracy_of(bayes)}" in status(app)
    assert wrong(bayes) in shown(app)
    judged_by(app).set_value("logistic").run()
    assert_in_shell(app)
    assert accuracy_of(others) in status(app) and "Logistic regression" in status(app)
    assert accuracy_of(bayes) not in status(app)
    assert f"**5 Confusion** · {wrong(others)}" in shown(app)
    assert f"{(others == plain(RECOMMENDED).labels).sum()} of 334 right" in shown(app)
    visit(app, "confusion.py")
    assert judged_by(app).value == "logistic"
    assert f"Logistic regression: {accuracy_of(others)} (" in shown(app)
    visit(app, "data.py")
    assert "Logistic regression" in status(app) and accuracy_of(others) in status(app)


def test_the_change_is_that_of_the_judge() -> None:
    app = open_page("playground.py", judge="logistic")
    by_label(app.sidebar.get("segmented_control"), "Cell values (weighting)").set_value("count").run()
    assert "changed label" not in what_changed(app)
    answered(app)
    labels, before, after = plain(RECOMMENDED).labels, logistic(RECOMMENDED), logistic(COUNT)
    n_fixed = int(((before != labels) & (after == labels)).sum())
    n_broken = int(((before == labels) & (after != labels)).sum())
    assert f"{(before != after).sum()} of 334" in what_changed(app)
    assert f"({n_fixed} fixed, {n_broken} broken" in what_changed(app)
    bayes_before, bayes_after = plain(RECOMMENDED).predictions, plain(COUNT).predictions
    assert ((bayes_before != labels) & (bayes_after == labels)).sum() != n_fixed


@pytest.mark.parametrize("file", ["playground.py", "data.py", "confusion.py"])
def test_until_logistic_regression_is_there_the_page_says_what_it_waits_for(file: str) -> None:
    app = open_page(file, judge="logistic")
    assert_in_shell(app)
    assert "Logistic regression" in status(app) and "its worker is starting" in status(app)
    assert [job.state for job in jobs.recent("probe")] == ["queued"]
    answered(app)
    assert accuracy_of(logistic(RECOMMENDED)) in status(app)


def test_a_slice_is_judged_by_the_judge() -> None:
    app = answered(open_page("playground.py", judge="logistic"))
    app.session_state["slices"] = (Slice("yearly", "year"),)
    app.run()
    app.selectbox(key="slice_list").set_value("yearly").run()
    inside = np.array(["year" in f"{title} {body}".lower() for title, body, _ in articles("validation")])
    right = (logistic(RECOMMENDED) == plain(RECOMMENDED).labels)[inside].mean()
    assert 0 < right < 1 and right != (plain(RECOMMENDED).predictions == plain(RECOMMENDED).labels)[inside].mean()
    assert f"of 334 validation articles; Logistic regression: **{100 * right:.1f} %" in shown(app)


def test_a_trained_network_can_be_the_judge_and_stays_it_for_the_recipes_that_it_knows() -> None:
    app = open_page("playground.py", QUICK, judge="network")
    assert "The network has not been trained with this recipe: naive Bayes judges until it is." in shown(app)
    assert "Naive Bayes" in status(app)
    app.button(key="card_train").click().run()
    work("long", until_idle=True)
    app.run()
    (job,) = jobs.recent("train")
    right = f"{100 * job.result['validation_accuracy']:.1f} %"
    assert "Network" in status(app) and right in status(app)
    right_of = round(job.result["validation_accuracy"] * 334)
    assert f"**5 Confusion** · {334 - right_of} of 334 wrong" in shown(app)
    visit(app, "confusion.py")
    assert judged_by(app).value == "network" and f"Network: {right} (" in shown(app)
    app.segmented_control(key="cell_view").set_value("Words").run()
    assert_in_shell(app)
    number = r"([+−]?[\d.]+)"
    parts = re.search(rf"words {number}, without words {number}, together {number}\. Integrated", shown(app))
    assert parts is not None
    words, without, together = (float(part.replace("−", "-")) for part in parts.groups())
    assert words + without == pytest.approx(together, abs=0.11), "integrated gradients add up"
    app.session_state["three_ways"] = True
    app.segmented_control(key="cell_view").set_value("Edit").run()
    assert_in_shell(app)
    assert "Smallest flip" in shown(app) or "The search found no set" in shown(app)
    (three,) = [frame.value for frame in app.dataframe if "integrated gradients" in frame.value.columns]
    assert len(three) and three[["left out (exact)", "integrated gradients"]].abs().to_numpy().max() > 0
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert "Naive Bayes" in status(app) and "naive Bayes judges until it is" in shown(app)
    app.button(key="undo").click().run()
    assert "Network" in status(app) and right in status(app)


def test_an_own_sentence_is_explained_by_the_judge() -> None:
    app = answered(open_page("playground.py", judge="logistic", own_text="shares of the film festival"))
    assert "Exact shares of logistic regression's log-odds." in shown(app)
    assert "a probability of > 99.9 %" in "".join(element.help or "" for element in app.markdown).replace("\u00a0", " ")


def test_all_facts_are_found_when_they_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(shell_facts, "tried", lambda digest: counted.append(digest) or "7")
    app = open_page("playground.py", all_facts=False)
    assert not counted and not any(text.value.startswith("**Recipe:**") for text in app.main.markdown)
    app.session_state["all_facts"] = True
    app.run()
    assert len(counted) == 1 and "**Recipes tried:** 7: " in facts(app)


def test_under_tfidf_naive_bayes_on_counts_stands_next_to_it_and_all_facts_say_why() -> None:
    app = open_page("playground.py")
    right, n = plain(COUNT).n_right, 334
    assert right != plain(RECOMMENDED).n_right
    (table,) = [element.value for element in app.get("html") if "<table" in element.value]
    row = table.replace("\N{NO-BREAK SPACE}", " ").partition("Naive Bayes on counts</td>")[2].partition("</tr>")[0]
    ends = binomtest(right, n).proportion_ci(method="wilson")
    assert f">{100 * right / n:.1f} %<" in row and f">{100 * ends.low:.1f}–{100 * ends.high:.1f}<" in row
    assert "adds 1 to the sum of every term's TF-IDF values in every class, as if they were counts" in facts(app)
    assert f"On the counts of the same terms: {100 * right / n:.1f} % (" in facts(app)
    app = open_page("playground.py", COUNT)
    assert "on counts" not in shown(app) and "as if they were counts" not in facts(app)
