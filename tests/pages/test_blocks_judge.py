"""The models of blocks as the judge: header, cards and confusion matrix against scikit-learn on the same articles."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import confusion_matrix
from sklearn.svm import LinearSVC
from streamlit.testing.v1 import AppTest

from bowcore.experiment.blocks import count_blocks
from bowcore.findings.source_words import MIN_ARTICLES, NEAR
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import find_fit, read_model, read_votes
from bowcore.tasks.runner import run_here, work
from tests.pages.opening import assert_in_shell, by_label, facts, open_page, shown, status, visit
from tests.pages.plain import articles
from ui import answers
from ui.shell import block_models
from ui.state.judge import DEFAULT

PLAIN = PRESETS["recommended"].change(
    possessives=False, punctuation=False, digits=False, lower_case=False, text_used="headline"
)
SVM = PLAIN.change(blocks=("words 1-1 tfidf",), models=("svm 1",))
MIXED = PLAIN.change(
    blocks=("words 1-2 tfidf", "characters 2-3 case ratio"), models=("logistic 5", "logistic 1 on 2"), min_documents=2
)


@pytest.fixture(autouse=True)
def home(bowlab_home: object) -> None:
    """Each test finds no fit of another one."""


def fit(recipe: Recipe) -> str:
    """Fit the blocks; the name of the artefact."""
    job = run_here("blocks", {"recipe": recipe.to_toml()}, "long", recipe.key())
    assert job.state == "done", job.error
    return str(job.result["artefact"])


@cache
def by_scikit_learn() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """True and predicted classes of the validation articles for `SVM`."""
    parts = {name: articles(name) for name in ("train", "validation")}
    texts = {name: [title for title, *_ in rows] for name, rows in parts.items()}
    labels = {name: np.array([label for *_, label in rows]) for name, rows in parts.items()}
    vectorizer = TfidfVectorizer(token_pattern=r"\S+", lowercase=False, sublinear_tf=True)
    model = LinearSVC(C=1.0, tol=0.02, random_state=0, max_iter=300)
    model.fit(vectorizer.fit_transform(texts["train"]), labels["train"])
    return labels["validation"], model.predict(vectorizer.transform(texts["validation"]))


def written(app: AppTest) -> str:
    """The words of the page without the marks that keep Markdown away."""
    return shown(app).replace("\\", "")


def judges(app: AppTest) -> AppTest:
    return by_label(app.get("segmented_control"), "Judged by")


def test_the_blocks_judge_every_page_with_scikit_learns_predictions_baseline_interval_and_rows() -> None:
    artefact = fit(SVM)
    labels, predictions = by_scikit_learn()
    right, n = int((predictions == labels).sum()), len(labels)
    ends = binomtest(right, n).proportion_ci(method="wilson")
    share, interval = f"{100 * right / n:.1f} %", f"({100 * ends.low:.1f}–{100 * ends.high:.1f})"
    app = open_page("confusion.py", SVM, judge="blocks")
    assert_in_shell(app)
    assert judges(app).value == "blocks"
    assert f"Blocks has **{right} right, {share}** {interval}; always guessing" in status(app)
    assert "**Judge:** Blocks: " in facts(app) and f"of {n} validation articles; always guessing" in facts(app)
    assert f"Blocks: {share} {interval} right of {n} validation articles; always guessing" in shown(app)
    assert f"Each carries the key of its model: {artefact}" in written(app)
    assert "Blocks: words (TF-IDF); linear SVM, C = 1. A linear SVM gives no probabilities" in written(app)
    counts = confusion_matrix(labels, predictions, labels=range(5))
    largest = int((counts - np.diag(counts.diagonal())).max())
    cell = by_label(app.selectbox, "Cell: click it in the matrix, or choose it here")
    assert cell.options[0].endswith(f": {largest}")
    visit(app, "playground.py")
    assert f"**5 Confusion** · {n - right} of {n} wrong" in shown(app)
    assert f"{right} of {n} right" in shown(app)
    visit(app, "words.py")
    assert f"Blocks has **{right} right" in status(app)


def test_the_confusion_page_explains_with_columns_that_add_up_and_says_votes_are_no_probabilities() -> None:
    fit(SVM)
    app = open_page("confusion.py", SVM, judge="blocks", confusion_view="Calibration")
    assert "A linear SVM gives no probabilities" in written(app) and "nothing to calibrate" in written(app)
    assert ", vote " in written(app) and "probability " not in written(app).partition("Scores")[2]
    assert "A word's shade is all that its columns add" in written(app)
    app.segmented_control(key="cell_view").set_value("Words").run()
    assert_in_shell(app)
    parts = re.search(r"words ([+−]?[\d.]+), without words ([+−]?[\d.]+), together ([+−]?[\d.]+)\. Exact", written(app))
    assert parts is not None
    words, without, together = (float(part.replace("−", "-")) for part in parts.groups())
    assert words + without == pytest.approx(together, abs=0.11)
    charts = [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    assert any("margin, summed" in chart for chart in charts)
    assert any("vote of the predicted class minus that of" in chart for chart in charts)
    assert not any("log-odds" in chart.lower() or "probability" in chart for chart in charts)
    app.segmented_control(key="cell_view").set_value("Edit").run()
    assert_in_shell(app)
    assert "Bars: vote now" in written(app) and "A word's shade is all that its columns add" in written(app)
    assert re.search(
        r"\*\*Smallest flip:\*\* without .+ \(\d+ words?\) the label is \w+\. (No fewer|Found)", written(app)
    )
    app.text_area[0].set_value("oil " * 1_001).run()
    assert_in_shell(app)
    assert "It has 1,001 words: a smallest change is searched for in up to 1,000." in written(app)
    app.segmented_control(key="cell_view").set_value("Beside another").run()
    assert_in_shell(app)
    assert "Margin: the vote of the predicted class" in written(app)


def test_an_edited_text_is_read_as_its_article_and_another_order_of_words_changes_groups_alone() -> None:
    recipe = MIXED.change(
        text_used="headline+body", blocks=("words 1-2 tfidf", "headline 1-1 tfidf"), models=("svm 1",)
    )
    artefact = fit(recipe)
    answer, votes = answers.answer(recipe), read_votes(artefact)
    assert votes is not None
    article = answer.split.article(answer.split.train.n_documents + 7)
    typed = block_models.as_typed(article, recipe)
    assert typed.count("\n") == 1 and typed.split() == article.text.split()
    np.testing.assert_allclose(block_models.votes_of(recipe, artefact, typed), votes[7], atol=1e-6)
    turned = "\n".join(" ".join(reversed(line.split())) for line in typed.split("\n"))
    changed = block_models.changed_columns(recipe, artefact, typed, turned)
    model = block_models.model(recipe, artefact)
    assert model is not None and changed is not None and changed > 0
    rows = [model.blocks.join(count_blocks(block_models.fields_of(text, recipe), recipe)) for text in (typed, turned)]
    cells = [row.toarray()[0] for row in rows]
    assert changed == np.count_nonzero(cells[0] != cells[1])
    single = recipe.change(blocks=("words 1-1 tfidf", "headline 1-1 tfidf"))
    assert block_models.changed_columns(single, fit(single), typed, turned) == 0, "each line has its words"


def test_the_weights_of_blocks_are_those_of_the_chosen_model_with_document_frequency_and_flags() -> None:
    artefact = fit(MIXED)
    app = open_page("confusion.py", MIXED, judge="blocks", confusion_view="Word weights")
    assert_in_shell(app)
    model = read_model(MIXED, artefact)
    assert model is not None
    documents = np.concatenate([one.document_frequency for one in model.blocks.blocks])
    for number, voter in enumerate(MIXED.blocks.voters):
        by_label(app.selectbox, "Words of the model").set_value(number).run()
        (table,) = [frame.value for frame in app.dataframe if "weight" in frame.value.columns]
        weights = model.models[number].weights.astype(float)
        frequent = np.flatnonzero(documents >= 5)
        margin = weights[frequent, 0] - np.delete(weights[frequent], 0, axis=1).mean(axis=1)
        best = frequent[np.argsort(-margin, kind="stable")[:25]]
        assert table["column"].tolist() == model.blocks.names(best)
        assert table["training articles"].tolist() == documents[best].tolist()
        assert f"The weights of the {voter.words}: " in written(app)


def test_words_among_the_columns_of_blocks_are_flagged_as_those_of_the_matrix_of_words_are() -> None:
    recipe = PLAIN.change(text_used="headline+body", blocks=("words 1-2 tfidf",), models=("svm 1",))
    fit(recipe)
    app = open_page("confusion.py", recipe, judge="blocks", confusion_view="Word weights")
    (table,) = [frame.value for frame in app.dataframe if "weight" in frame.value.columns]
    classes: dict[str, list[int]] = {}
    for title, body, label in articles("train"):
        for word in set(f"{title} {body}".split()):
            classes.setdefault(word, []).append(label)
    words = answers.answer(recipe).matrix.features.terms.to_pylist()
    near = {
        word
        for word in words
        if len(classes[word]) >= MIN_ARTICLES and max(np.bincount(classes[word])) >= NEAR * len(classes[word])
    }
    assert set(table["column"]) & near
    for _, row in table.iterrows():
        assert ("near one class" in row["shortcut?"]) == (row["column"] in near), row["column"]


def test_models_that_are_all_logistic_are_calibrated_and_one_of_them_is_explained() -> None:
    fit(MIXED)
    app = open_page("confusion.py", MIXED, judge="blocks", confusion_view="Calibration")
    assert_in_shell(app)
    assert "gives no probabilities" not in written(app) and "**A calibrated model" in written(app)
    first, second = (model.words for model in MIXED.blocks.voters)
    assert f"scores of the {first}. The answer is the mean vote of 2 models." in written(app)
    by_label(app.selectbox, "Words of the model").set_value(1).run()
    assert f"scores of the {second}. The answer" in written(app)


def test_without_blocks_they_are_not_offered_and_a_link_that_names_them_is_judged_by_naive_bayes() -> None:
    app = open_page("confusion.py", PLAIN, judge="blocks")
    assert_in_shell(app)
    assert judges(app).value == DEFAULT and "Blocks" not in judges(app).options
    assert "Naive Bayes" in status(app)


def test_until_they_are_fitted_naive_bayes_judges_and_the_confusion_page_has_the_button() -> None:
    app = open_page("confusion.py", MIXED, judge="blocks")
    assert_in_shell(app)
    assert "The blocks have not been fitted with this recipe: naive Bayes judges until they are." in written(app)
    assert "Naive Bayes has" in status(app)
    by_label(app.button, "Fit the blocks").click().run()
    work("long", until_idle=True)
    app.run()
    found = find_fit(MIXED, answers.corpus_digest(MIXED))
    assert found is not None and f"Blocks has **{found.accuracy.n_right} right" in status(app)


def test_the_playground_explains_an_article_and_an_own_text_by_the_blocks() -> None:
    fit(SVM)
    app = open_page("playground.py", SVM, judge="blocks")
    assert_in_shell(app)
    assert "**4 Model** · " in written(app) and ", vote " in written(app)
    assert "up to the difference of two scores of the linear SVM, C = 1." in written(app)
    app = open_page("playground.py", SVM, judge="blocks", own_text="Shares of the film festival")
    assert_in_shell(app)
    assert "**4 Model** · " in written(app) and "A word's shade is all that its columns add" in written(app)
    app = open_page("playground.py", MIXED, judge="blocks", own_text="qqq zzz")
    assert_in_shell(app)
