"""Suspicious labels on the data page: asked for, followed, listed, read; never a validation article."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.memo import process_memo
from bowcore.findings.slices import Slice
from bowcore.jobs import jobs
from bowcore.tasks.find_label_issues import KIND, read_issues
from bowcore.tasks.runner import work
from tests.pages.opening import assert_in_shell, number, open_page, shown
from tests.pages.plain import RECOMMENDED, articles, class_names

SMALL = RECOMMENDED.change(training_articles=300, text_used="headline")


@pytest.fixture(autouse=True)
def nothing_found_yet() -> None:
    """A result that another test's job made is in the process, though not in this test's home."""
    process_memo().clear()


def suspects() -> AppTest:
    app = open_page("data.py", SMALL)
    return app.segmented_control(key="data_view").set_value("Suspicious labels").run()


def searched() -> AppTest:
    app = suspects()
    app.button(key="label-issues_start").click().run()
    process_memo().clear()
    work("quick", until_idle=True)
    return app.run()


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    app = suspects()
    assert_in_shell(app)
    assert "Validation and test articles are not used, and no label is changed" in shown(app)
    assert jobs.recent(KIND) == ()


def test_a_waiting_search_can_be_stopped() -> None:
    app = suspects()
    app.button(key="label-issues_start").click().run()
    assert_in_shell(app)
    (job,) = jobs.recent(KIND)
    assert job.open
    app.button(key="label-issues_stop").click().run()
    assert jobs.get(job.id).state == "stopped"
    assert "stopped before it finished" in shown(app.run())


def test_listed_articles_are_training_articles_with_the_words_that_pull_the_other_way() -> None:
    app = searched()
    assert_in_shell(app)
    (job,) = jobs.recent(KIND)
    kept = read_issues(job.result["artefact"])
    assert kept is not None
    n = len(kept.table)
    assert f"{n} of 300 training articles" in shown(app) and "worth a check" in shown(app)
    assert "wrong label, an article of two subjects, or a mistake of the model" in shown(app)
    position = number(r"Check training article ([\d,]+)", shown(app)) - 1
    assert position == kept.table["position"].iloc[0]
    title, _, label = articles("train")[position]
    assert label == kept.table["given"].iloc[0]
    listed = next(frame.value for frame in app.dataframe if "perhaps" in frame.value)
    assert title.startswith(listed["article"].iloc[0].removesuffix(" …"))
    assert listed["class"].iloc[0] == class_names()[label]
    strongest = kept.words[(kept.words["issue"] == 0) & (kept.words["term"] != "") & (kept.words["contribution"] > 0)]
    assert strongest["term"].iloc[0] in shown(app)


def test_one_pair_of_classes_can_be_looked_at_alone() -> None:
    app = searched()
    (job,) = jobs.recent(KIND)
    kept = read_issues(job.result["artefact"])
    assert kept is not None
    pairs = kept.table.groupby(["given", "suggested"]).size()
    pair = tuple(int(label) for label in pairs.idxmax())
    app.selectbox(key="suspects_pair").set_value(pair).run()
    assert_in_shell(app)
    assert number(r"([\d,]+) articles\. Click", shown(app)) == pairs.max()


def test_the_list_is_a_table_to_take_away() -> None:
    app = searched()
    app.session_state["suspects_list"] = True
    app.run()
    table = next(frame.value for frame in app.dataframe if "given label" in frame.value)
    train = articles("train")
    for row in table.itertuples(index=False):
        assert class_names()[train[row[0] - 1][2]] == row[1] != row[2]
    assert np.all(np.diff(table["probability of the given label"]) >= 0)


def test_another_recipe_has_not_been_searched() -> None:
    app = searched()
    app.sidebar.selectbox(key="recipe_stop_words").set_value("spacy").run()
    assert_in_shell(app)
    assert app.button(key="label-issues_start").label.startswith("Look for suspicious labels")


def test_a_chosen_slice_lists_its_own_training_articles_alone() -> None:
    app = searched()
    (job,) = jobs.recent(KIND)
    kept = read_issues(job.result["artefact"])
    assert kept is not None
    names = class_names()
    label = int(kept.table["given"].value_counts().idxmin())
    mine = kept.table[kept.table["given"] == label]
    assert 0 < len(mine) < len(kept.table)
    app.session_state["slices"] = (Slice("one class", class_name=names[label]), Slice("odd", "zqzqzq"))
    app.run()
    app.selectbox(key="slice_list").set_value("one class").run()
    assert_in_shell(app)
    assert f"of 300 training articles, {len(mine)} of them in this list" in shown(app)
    assert number(r"([\d,]+) articles?\. Click", shown(app)) == len(mine)
    assert number(r"Check training article ([\d,]+)", shown(app)) - 1 == mine["position"].iloc[0]
    app.selectbox(key="slice_list").set_value("odd").run()
    assert_in_shell(app)
    assert "No suspicious label of this choice is in the slice" in app.info[0].value
