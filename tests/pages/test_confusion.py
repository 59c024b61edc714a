"""The confusion page: cells, their articles, the words behind a prediction, scores by class."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from streamlit.testing.v1 import AppTest

from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store.own_files import keep_file
from tests.pages.opening import assert_in_shell, by_label, number, open_page, shown
from tests.pages.plain import RECOMMENDED, articles, class_names, plain

CELL = "Cell: click it in the matrix, or choose it here"


def behind(app: AppTest, key: str) -> AppTest:
    """Open the small box with the table behind a chart."""
    app.session_state[key] = True
    return app.run()


def choose(app: AppTest, actual: str, predicted: str) -> AppTest:
    cells = by_label(app.selectbox, CELL)
    (index,) = [i for i, name in enumerate(cells.options) if name.startswith(f"true {actual}, predicted {predicted}: ")]
    return cells.select_index(index).run()


def table_with(app: AppTest, *columns: str):
    (found,) = [frame.value for frame in app.dataframe if set(columns) <= set(frame.value.columns)]
    return found


def test_the_cells_on_offer_count_what_scikit_learn_counts() -> None:
    app = open_page("confusion.py")
    assert_in_shell(app)
    expected = plain(RECOMMENDED)
    counts = confusion_matrix(expected.labels, expected.predictions)
    names = class_names()
    wanted = {f"true {names[i]}, predicted {names[j]}: {counts[i, j]:,}" for i, j in np.argwhere(counts)}
    options = by_label(app.selectbox, CELL).options
    assert set(options) == wanted
    largest = (counts - np.diag(np.diag(counts))).max()
    assert options[0].endswith(f": {largest}"), "the largest mistake comes first"
    assert "No mistakes" not in shown(app)


def test_without_a_mistake_the_page_says_so_and_opens_a_cell_with_texts() -> None:
    kinds = {"rain": "wet cold grey", "tea": "hot cup leaves", "bread": "crust oven dough"}
    lines = [f"{words} number {place},{kind}" for place in range(60) for kind, words in kinds.items()]
    name = keep_file("kinds.csv", "\n".join(["text,label", *lines]).encode())
    app = open_page("confusion.py", RECOMMENDED.change(corpus=f"{name}?body=text&label=label"))
    assert [error.message for error in app.exception] == []
    cells = by_label(app.selectbox, CELL)
    assert len(cells.options) == 3 and cells.value[0] == cells.value[1]
    n = sum(int(option.rsplit(" ", 1)[1]) for option in cells.options)
    assert n == 27 and re.search(r"No mistakes: 27 of 27 validation \w+ right", shown(app))
    assert not any("is in this cell" in info.value for info in app.info)
    assert len(table_with(app, "article", "probability"))


def largest_mistake(recipe: Recipe) -> tuple[int, int]:
    expected = plain(recipe)
    counts = confusion_matrix(expected.labels, expected.predictions)
    np.fill_diagonal(counts, 0)
    actual, predicted = np.unravel_index(counts.argmax(), counts.shape)
    return int(actual), int(predicted)


def test_the_largest_mistake_of_each_recipe_is_open_until_a_cell_is_chosen() -> None:
    headlines = RECOMMENDED.change(text_used="headline")
    assert largest_mistake(headlines) != largest_mistake(RECOMMENDED)
    app = open_page("confusion.py")
    assert by_label(app.selectbox, CELL).value == largest_mistake(RECOMMENDED)
    by_label(app.sidebar.selectbox, "Text used").set_value("headline").run()
    assert by_label(app.selectbox, CELL).value == largest_mistake(headlines)
    choose(app, "tech", "tech")
    by_label(app.sidebar.selectbox, "Text used").set_value("headline+body").run()
    assert_in_shell(app)
    assert by_label(app.selectbox, CELL).value == (4, 4)


@pytest.mark.parametrize("mode", ["counts", "recall", "precision"])
def test_the_table_behind_the_matrix_is_scikit_learns(mode: str) -> None:
    app = open_page("confusion.py")
    by_label(app.get("segmented_control"), "Matrix shows").set_value(mode).run()
    behind(app, "confusion_table")
    table = table_with(app, "actual", "predicted", "n").set_index(["actual", "predicted"])
    expected, names = plain(RECOMMENDED), class_names()
    counts = confusion_matrix(expected.labels, expected.predictions)
    for i, actual in enumerate(names):
        for j, predicted in enumerate(names):
            assert table.loc[(actual, predicted), "n"] == counts[i, j]
            assert table.loc[(actual, predicted), "recall"] == pytest.approx(counts[i, j] / counts[i].sum())
            assert table.loc[(actual, predicted), "precision"] == pytest.approx(counts[i, j] / counts[:, j].sum())


def test_the_matrix_split_by_probability_is_that_of_scikit_learns_probabilities() -> None:
    app = open_page("confusion.py", confusion_mode="soft", confusion_order="yes")
    assert_in_shell(app)
    behind(app, "confusion_table")
    table = table_with(app, "actual", "predicted", "soft")
    from bowcore.experiment.experiments import Experiments

    features, labels = Experiments().matrix(RECOMMENDED).features, plain(RECOMMENDED).labels
    from sklearn.naive_bayes import MultinomialNB

    chances = MultinomialNB().fit(features.train, features.train_labels).predict_proba(features.validation)
    expected = np.array([chances[labels == label].sum(axis=0) for label in range(5)])
    assert table["soft"].tolist() == pytest.approx(expected.ravel().tolist(), abs=1e-6)


def test_scores_by_class_are_scikit_learns() -> None:
    app = behind(open_page("confusion.py"), "class_scores_table")
    expected = plain(RECOMMENDED)
    precision, recall, f1, support = precision_recall_fscore_support(expected.labels, expected.predictions)
    table = table_with(app, "class", "measure", "value").set_index(["class", "measure"])["value"]
    for label, name in enumerate(class_names()):
        assert table[name, "precision"] == pytest.approx(precision[label])
        assert table[name, "recall"] == pytest.approx(recall[label])
        assert table[name, "F1"] == pytest.approx(f1[label])
    assert support.sum() == 334


def test_a_chosen_cell_lists_its_articles_and_reads_one() -> None:
    app = choose(open_page("confusion.py"), "business", "politics")
    assert_in_shell(app)
    expected = plain(RECOMMENDED)
    names = class_names()
    rows = np.flatnonzero(
        (expected.labels == names.index("business")) & (expected.predictions == names.index("politics"))
    )
    assert number(r"([\d,]+) articles\. Click", shown(app)) == len(rows)
    listed = table_with(app, "article", "probability")
    assert "class" not in listed  # all are of one class, which the cell names
    openings = [f"{title} {body}" for title, body, _ in articles("validation")]
    for shown_title in listed["article"]:
        start = shown_title.removesuffix(" …")
        assert any(openings[row].startswith(start) for row in rows)
    assert number(r"Validation article ([\d,]+)", shown(app)) - 1 in rows
    assert "true business" in shown(app) and "predicted politics" in shown(app)


def test_the_contributions_behind_a_prediction_add_up_to_the_log_odds() -> None:
    app = choose(open_page("confusion.py"), "business", "politics")
    row = number(r"Validation article ([\d,]+)", shown(app)) - 1
    behind(app, f"words_behind_{row}")
    table = table_with(app, "term", "contribution")
    from bowcore.experiment.experiments import Experiments

    features = Experiments().matrix(RECOMMENDED).features
    from sklearn.naive_bayes import MultinomialNB

    model = MultinomialNB().fit(features.train, features.train_labels)
    joint = model.predict_joint_log_proba(features.validation[row])[0]
    prior = model.class_log_prior_
    first, second = class_names().index("politics"), class_names().index("business")
    odds = (joint[first] - prior[first]) - (joint[second] - prior[second])
    assert len(table) <= 100
    (n_rows,) = [number(r"All ([\d,]+) rows", b.label) for b in app.get("download_button") if "rows as CSV" in b.label]
    if n_rows <= 100:
        assert table["contribution"].sum() == pytest.approx(odds, abs=1e-6)
    else:
        weights = model.feature_log_prob_[first] - model.feature_log_prob_[second]
        terms = features.terms.to_pylist()
        for term, contribution in zip(table["term"], table["contribution"], strict=True):
            column = terms.index(term)
            assert contribution == pytest.approx(weights[column] * features.validation[row, column], abs=1e-9)


def test_the_words_of_a_cell_add_up_to_what_scikit_learn_adds_up() -> None:
    app = choose(open_page("confusion.py", confusion_cell=(0, 2), cell_view="words"), "business", "politics")
    assert_in_shell(app)
    from sklearn.naive_bayes import MultinomialNB

    from bowcore.experiment.experiments import Experiments

    features, labels = Experiments().matrix(RECOMMENDED).features, plain(RECOMMENDED).labels
    model = MultinomialNB().fit(features.train, features.train_labels)
    names = class_names()
    true, called = names.index("business"), names.index("politics")
    joint = model.predict_joint_log_proba(features.validation)
    inside = (labels == true) & (joint.argmax(axis=1) == called)
    together = (joint[inside, called] - joint[inside, true]).sum()
    assert float(re.search(r"together \+([\d.]+)\. Exact", shown(app))[1]) == pytest.approx(together, abs=0.0051)
    behind(app, "margins_table")
    chances = model.predict_proba(features.validation)[inside]
    expected = np.sort(chances[:, called] - chances[:, true])
    assert np.sort(table_with(app, "number", "margin")["margin"]) == pytest.approx(expected, abs=1e-6)


def test_beside_a_cell_stand_the_right_articles_of_its_class() -> None:
    app = open_page("confusion.py", confusion_cell=(0, 2), cell_view="beside-another")
    assert_in_shell(app)
    expected = plain(RECOMMENDED)
    facts = table_with(app, "this cell", "the other").set_index("")
    counts = confusion_matrix(expected.labels, expected.predictions)
    assert facts.loc["articles"].tolist() == [f"{counts[0, 2]}", f"{counts[0, 0]}"]
    lengths = np.array([len(f"{title} {body}".split()) for title, body, _ in articles("validation")])
    for column, (i, j) in (("this cell", (0, 2)), ("the other", (0, 0))):
        mean = lengths[(expected.labels == i) & (expected.predictions == j)].mean()
        assert float(facts.loc["words, mean", column].replace(",", "")) == pytest.approx(mean, abs=0.06)


def test_an_empty_cell_says_so() -> None:
    expected, names = plain(RECOMMENDED), class_names()
    counts = confusion_matrix(expected.labels, expected.predictions)
    i, j = (int(position) for position in np.argwhere(counts == 0)[0])
    app = open_page("confusion.py", confusion_cell=(i, j))
    assert_in_shell(app)
    assert "No validation article is in this cell" in app.info[0].value
    assert by_label(app.selectbox, CELL).options[-1] == f"true {names[i]}, predicted {names[j]}: 0"


def test_the_chosen_cell_stays_when_the_recipe_changes() -> None:
    app = open_page("confusion.py")
    by_label(app.selectbox, CELL).select_index(2).run()
    chosen = by_label(app.selectbox, CELL).value
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert_in_shell(app)
    assert by_label(app.selectbox, CELL).value == chosen


def test_without_a_network_naive_bayes_judges_and_the_page_says_where_to_train_one() -> None:
    app = open_page("confusion.py", judge="network")
    assert_in_shell(app)
    text = shown(app)
    assert "The network has not been trained with this recipe: naive Bayes judges until it is." in text
    assert "Train it on the Training page." in text
    assert by_label(app.get("segmented_control"), "Judged by").options == [
        "Naive Bayes",
        "Logistic regression",
        "Network",
    ]
    assert f"Naive Bayes: {100 * plain(RECOMMENDED).n_right / 334:.1f} %" in text


def test_beside_a_sure_prediction_stands_how_often_such_predictions_are_right() -> None:
    counts = RECOMMENDED.change(weighting="count")
    from sklearn.naive_bayes import MultinomialNB

    from bowcore.experiment.experiments import Experiments

    features = Experiments().matrix(counts).features
    model = MultinomialNB().fit(features.train, features.train_labels)
    sure = model.predict_proba(features.validation).max(axis=1) > 0.999
    n_right = int((model.predict(features.validation) == features.validation_labels)[sure].sum())
    text = shown(open_page("confusion.py", counts))
    assert (
        f"It gives {sure.sum()} of 334 validation articles a probability of" in text
        and f"right on {100 * n_right / sure.sum():.1f}" in text
    )
    assert "it is not the probability of being right" in text


def test_every_prediction_carries_the_key_of_its_model_and_averages_are_scikit_learns() -> None:
    app = open_page("confusion.py")
    table = table_with(app, "score", "value").set_index("score")
    expected = plain(RECOMMENDED)
    for name, average in (("macro F1", "macro"), ("weighted F1", "weighted")):
        value = precision_recall_fscore_support(expected.labels, expected.predictions, average=average)[2]
        assert float(table.loc[name, "value"].split("\N{NO-BREAK SPACE}")[0]) == pytest.approx(100 * value, abs=0.051)
    (save,) = [button for button in app.get("download_button") if "Predictions of 334" in button.label]
    assert save and re.search(r"key of its model: naive\S+bayes\S+\w+", shown(app))


def test_views_of_the_scores_are_drawn_one_at_a_time() -> None:
    app = open_page("confusion.py", confusion_view="calibration")
    assert_in_shell(app)
    assert "expected calibration error (ECE)" in shown(app) and "in 10 bins" in shown(app)
    assert not [frame for frame in app.dataframe if "score" in frame.value.columns]
    behind(app, "reliability_table")
    bins = table_with(app, "mean", "right", "n_documents")
    assert bins["n_documents"].sum() == 334 and (bins["n_documents"] > 0).all()


def test_traits_of_errors_count_the_errors_of_scikit_learns_predictions() -> None:
    app = open_page("confusion.py", confusion_view="traits-of-errors")
    assert_in_shell(app)
    expected = plain(RECOMMENDED)
    wrong = expected.labels != expected.predictions
    lengths = np.array([len(f"{title} {body}".split()) for title, body, _ in articles("validation")])
    table = table_with(app, "trait", "of the errors")
    short = table[table["trait"].str.startswith("short")].iloc[0]
    most = int(re.search(r"at most ([\d,]+)", short["trait"])[1].replace(",", ""))
    assert short["articles"] == (lengths <= most).sum()
    share = 100 * wrong[lengths <= most].mean()
    assert float(short["wrong with it"].split("\N{NO-BREAK SPACE}")[0]) == pytest.approx(share, abs=0.051)


def test_slices_are_compared_with_the_recipe_before() -> None:
    app = open_page("confusion.py", confusion_view="two-models")
    by_label(app.sidebar.selectbox, "Text used").set_value("headline").run()
    by_label(app.get("segmented_control"), "Naive Bayes against").set_value("the recipe before").run()
    assert_in_shell(app)
    tables = [frame.value for frame in app.dataframe if {"slice", "fixed", "broken"} <= set(frame.value.columns)]
    assert bool(tables) != ("No slice changes otherwise than the articles outside it." in shown(app))
    assert "Bonferroni" in shown(app) and "Passed over: " in shown(app)
    now, before = plain(RECOMMENDED.change(text_used="headline")), plain(RECOMMENDED)
    right, was = now.predictions == now.labels, before.predictions == before.labels
    business = now.labels == class_names().index("business")
    for table in tables:
        row = table[table["slice"] == "class business"]
        assert not len(row) or row["broken"].iloc[0] == (was & ~right & business).sum()
        assert (table["articles"] >= 30).all() and (table["articles"] <= len(now.labels) / 2).all()
    cells = table_with(behind(app, "models_matrix_table"), "actual", "predicted", "change")
    signed = confusion_matrix(now.labels, now.predictions) - confusion_matrix(before.labels, before.predictions)
    assert cells["change"].tolist() == signed.ravel().tolist() and signed.any()


def test_an_article_edited_in_place_is_predicted_again_and_shuffled_stays_as_it_is() -> None:
    app = open_page("confusion.py", confusion_cell=(0, 2), cell_view="edit")
    assert_in_shell(app)
    (area,) = app.text_area
    assert "Smallest flip" in shown(app) and "No fewer are enough." in shown(app)
    written = area.value
    next(button for button in app.button if button.label == "Shuffle the words").click().run()
    assert_in_shell(app)
    assert sorted(app.text_area[0].value.split()) == sorted(written.split())
    assert app.text_area[0].value != " ".join(written.split())
    assert "every count of the matrix is the same, so every prediction must be the same" in shown(app)
    next(button for button in app.button if button.label == "Back to the article").click().run()
    assert app.text_area[0].value == written
    app.text_area[0].set_value(f"{written} parliament parliament qqqq").run()
    assert_in_shell(app)
    assert "1 column of the article's row changed" in plain_text(app)


def plain_text(app: AppTest) -> str:
    return shown(app).replace("\\", "")


def test_global_weights_have_their_document_frequency_and_flags() -> None:
    app = open_page("confusion.py", confusion_view="word-weights")
    assert_in_shell(app)
    table = table_with(app, "term", "weight", "shortcut?")
    from bowcore.experiment.experiments import Experiments

    features = Experiments().matrix(RECOMMENDED).counts
    business = features.train_labels == 0
    for row in table.head(10).itertuples():
        column = features.terms.to_pylist().index(row.term)
        has = features.train[:, column].toarray().ravel() > 0
        assert row._3 == has.sum()
        near = has.sum() >= 20 and (has & business).sum() >= 0.95 * has.sum()
        assert ("near one class" in row._5) == near


@pytest.mark.parametrize("end", ["failed", "stopped"])
def test_a_search_for_tags_that_failed_or_was_stopped_is_not_asked_for_at_each_rerun(end: jobs.State) -> None:
    app = open_page("confusion.py", RECOMMENDED.change(training_articles=200), confusion_view="traits-of-errors")
    (asked,) = jobs.recent("leftovers")
    while (claimed := jobs.claim("quick")) is not None and claimed.id != asked.id:
        jobs.end(claimed.id, "stopped")
    jobs.end(asked.id, end, error="for this test" if end == "failed" else "")
    for _ in range(3):
        app.run()
    assert [job.id for job in jobs.recent("leftovers")] == [asked.id]
