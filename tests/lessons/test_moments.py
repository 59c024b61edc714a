"""Each moment's numbers against scikit-learn, pandas and plain Python; the tutorial's against its own matrices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, precision_score, recall_score
from sklearn.naive_bayes import MultinomialNB
from streamlit.testing.v1 import AppTest

from bowcore.experiment.experiments import Experiments
from bowcore.judge.scores import majority_baseline, majority_class, score
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.evidence import Outcome
from bowcore.lessons.moments import MOMENTS, Moment
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import open_page

BASELINE_MATRIX = np.array([[2774, 65, 89, 72], [37, 2944, 9, 10], [112, 20, 2694, 174], [97, 20, 207, 2676]])
IMPROVED_MATRIX = np.array([[2703, 71, 121, 105], [20, 2955, 13, 12], [68, 19, 2691, 222], [77, 17, 163, 2743]])
"""The tutorial's validation matrices, rows true: raw counts, and its four changes."""

BY_KEY = {moment.key: moment for moment in MOMENTS}


@cache
def answer(recipe: Recipe) -> Any:
    """The value of `ui.answers.answer`, without a page."""
    experiment = Experiments().answer(recipe)
    features = experiment.matrix.features
    bayes = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    predictions = bayes.predict(features.validation)
    return SimpleNamespace(
        recipe=recipe,
        split=experiment.split,
        reading=experiment.reading,
        matrix=experiment.matrix,
        bayes=bayes,
        predictions=predictions,
        scores=score(features.validation_labels, predictions, features.class_names),
        baseline=majority_baseline(features.train_labels, features.validation_labels),
        guess=features.class_names[majority_class(features.train_labels)],
    )


def outcome(key: str, recipe: Recipe) -> Outcome:
    moment = BY_KEY[key]
    return moment.outcome(answer(moment.before(recipe)), answer(moment.change(recipe)))


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def here(found: Outcome) -> dict[str, str]:
    return {line.what: spaced(line.here) for line in found.lines}


def tutorial(found: Outcome) -> list[str]:
    return [spaced(line.tutorial) for line in found.lines]


def percent(share: float) -> str:
    return f"{share * 100:.1f} %" if share < 1 else "100 %"


RECIPE = preset("recommended")


def test_there_are_ten_with_a_key_each() -> None:
    assert len(BY_KEY) == len(MOMENTS) == 10


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.key)
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_change_of_every_preset_is_a_recipe_that_survives_its_link(moment: Moment, name: str) -> None:
    for corpus in ("bbc-news", "ag-news"):
        for changed in (moment.before(preset(name, corpus)), moment.change(preset(name, corpus))):
            assert Recipe.from_link(changed.to_link()) == changed == Recipe.from_toml(changed.to_toml())
            assert changed.corpus.corpus == corpus


def test_shuffled_labels_and_the_constant_guess_score_as_in_scikit_learn() -> None:
    found = outcome("learning", RECIPE)
    features = answer(RECIPE).matrix.features
    dummy = DummyClassifier(strategy="most_frequent").fit(features.train, features.train_labels)
    shuffled = np.random.default_rng(0).permutation(features.train_labels)
    truth = features.validation_labels
    expected = {
        f"always guessing {answer(RECIPE).guess}": dummy.score(features.validation, truth),
        "naive Bayes, labels shuffled": MultinomialNB().fit(features.train, shuffled).score(features.validation, truth),
        "naive Bayes, true labels": MultinomialNB()
        .fit(features.train, features.train_labels)
        .score(features.validation, truth),
    }
    assert {what: text.split(" (")[0] for what, text in here(found).items()} == {
        what: percent(share) for what, share in expected.items()
    }
    assert expected["naive Bayes, labels shuffled"] < 0.4 < expected["naive Bayes, true labels"]
    assert tutorial(found)[0] == percent(3000 / BASELINE_MATRIX.sum())


def test_the_tutorials_matrix_has_its_columns_zeros_and_bytes() -> None:
    found = outcome("empty", RECIPE)
    train = answer(BY_KEY["empty"].change(RECIPE)).matrix.features.train
    dense = train.toarray()
    assert here(found) == {
        "terms (columns)": f"{dense.shape[1]:,}",
        "empty cells": f"{(dense == 0).mean() * 100:.2f} %",
        "stored densely, 8 bytes a cell": f"{dense.astype(np.int64).nbytes / 1e6:.0f} MB",
        "stored sparse, as here": f"{(train.data.nbytes + train.indices.nbytes + train.indptr.nbytes) / 1e6:.1f} MB",
    }
    assert tutorial(found)[2] == f"{108_000 * 59_544 * 8 / 1e9:.0f} GB" == "51 GB"
    assert found.lines[0].difference == f"{dense.shape[1] - 59_544:+,}".replace("-", "−")
    times = dense.astype(np.int64).nbytes / (train.data.nbytes + train.indices.nbytes + train.indptr.nbytes)
    assert f"{times:,.0f} times less" in found.sentence
    assert found.right == (2 if times > 50 else 1)


@pytest.mark.parametrize("ngrams", [1, 2])
def test_shuffled_words_move_no_score_of_single_words_and_some_of_word_groups(ngrams: int) -> None:
    found = outcome("order", RECIPE.change(ngrams=ngrams))
    by_groups = {line.what.rsplit(", ", 1)[1]: line for line in found.lines}
    assert by_groups["single words"].here == "0.000"
    assert float(by_groups["word groups 1–2"].here) > 0
    assert by_groups["single words"].tutorial == "0, by definition"
    assert by_groups["word groups 1–2"].tutorial == "–"


def test_negations_are_counted_as_plain_python_counts_them() -> None:
    found = outcome("not", RECIPE)
    line = next(line for line in found.lines if line.what == "negations in training articles")
    words = {"not", "no", "never", "nor", "none", "n't", "cannot", "without"}

    def count(recipe: Recipe) -> int:
        vocabulary = answer(recipe).matrix.vocabulary
        terms = zip(vocabulary.terms.to_pylist(), vocabulary.term_frequency.tolist(), strict=True)
        return sum(n for term, n in terms if term in words or term.endswith("n't"))

    before, after = count(RECIPE), count(BY_KEY["not"].change(RECIPE))
    assert before > 1000
    assert line.here == f"{after:,}" == "0"
    assert line.difference == f"−{before:,}"
    assert here(found)["terms before"] == "the · film · wasn't · good · and · i · don't · like · it"


def test_recall_and_precision_of_sports_are_scikit_learns_and_the_tutorials_its_matrix() -> None:
    found = outcome("recall", RECIPE)
    now = answer(RECIPE)
    sports, truth = now.split.class_names.index("sports"), now.split.validation.labels
    recall = recall_score(truth, now.predictions, labels=[sports], average="macro")
    precision = precision_score(truth, now.predictions, labels=[sports], average="macro")
    assert [spaced(line.here).split(" (")[0] for line in found.lines] == [percent(recall), percent(precision)]
    right = IMPROVED_MATRIX[1, 1]
    theirs = [percent(right / IMPROVED_MATRIX[1].sum()), percent(right / IMPROVED_MATRIX[:, 1].sum())]
    assert tutorial(found) == theirs == ["98.5 %", "96.5 %"]
    assert "98.5 %" in found.sentence and "96.5 %" in found.sentence
    assert BY_KEY["recall"].title == "98.5 or 96.5 %?"


def test_a_corpus_without_sports_shows_its_first_class() -> None:
    now = answer(RECIPE)
    features = now.matrix.features
    scores = score(features.validation_labels, now.predictions, ("a", "b", "c", "d", "e"))
    found = BY_KEY["recall"].outcome(now, SimpleNamespace(**{**vars(now), "scores": scores}))
    assert [line.what.partition(":")[0] for line in found.lines] == ["recall of a", "precision of a"]


def test_both_slopes_are_numpys_fit() -> None:
    found = outcome("slope", RECIPE)
    counts = np.sort(answer(RECIPE).matrix.vocabulary.term_frequency)[::-1]

    def exponent(n: int) -> str:
        return f"{-np.polyfit(np.log(np.arange(1, n + 1)), np.log(counts[:n]), 1)[0]:.2f}"

    assert [line.here for line in found.lines] == [exponent(len(counts)), exponent(1000)]
    assert float(exponent(len(counts))) > float(exponent(1000))


def test_four_changes_at_once_are_counted_on_both_sides() -> None:
    found = outcome("four", RECIPE)
    moment = BY_KEY["four"]
    before, now = answer(moment.before(RECIPE)), answer(moment.change(RECIPE))
    truth = before.split.validation.labels
    shares, wrong, n_terms = [], [], []
    for each in (before, now):
        features = each.matrix.features
        predictions = MultinomialNB().fit(features.train, features.train_labels).predict(features.validation)
        shares.append(f"{accuracy_score(truth, predictions) * 100:.2f}")
        wrong.append(str((truth != predictions).sum()))
        n_terms.append(f"{features.train.shape[1]:,}")
    assert here(found) == {
        "terms": " → ".join(n_terms),
        "accuracy": f"{' → '.join(shares)} %",
        "mistakes": f"{' → '.join(wrong)} of {len(truth)}",
    }
    theirs = [BASELINE_MATRIX, IMPROVED_MATRIX]
    assert tutorial(found)[1] == " → ".join(f"{np.trace(m) / m.sum() * 100:.2f}" for m in theirs) + " %"
    assert tutorial(found)[2] == " → ".join(str(m.sum() - np.trace(m)) for m in theirs) + " of 12,000"
    # nothing but the four differs
    changed = {name for name, value in before.recipe.values().items() if now.recipe.value(name) != value}
    assert changed == {"word_forms", "stop_words", "vocabulary_size", "weighting"}


def test_the_tutorials_epochs_are_shown_until_own_ones_exist() -> None:
    found = outcome("epochs", RECIPE)
    assert tutorial(found) == ["88.1 → 95.9 %", "0.2307 → 0.2352"]
    assert [line.here for line in found.lines] == ["…", "…"]
    assert BY_KEY["epochs"].change(RECIPE).network.epochs == 2


AG_RECIPE = preset("recommended", "ag-news").change(training_articles=20_000)


@pytest.fixture
def ag_articles(bowlab_data: Path) -> pd.DataFrame:
    """The training articles of AG News by scikit-learn's draw."""
    from sklearn.model_selection import train_test_split

    table = pq.read_table(bowlab_data / "ag_news" / "train.parquet").to_pandas()
    rows, _ = train_test_split(np.arange(len(table)), test_size=0.1, random_state=456, stratify=table["label"])
    return table.iloc[np.sort(rows)]


@pytest.mark.parametrize("repaired", [False, True])
def test_leftovers_of_apostrophes_are_counted_as_pandas_counts_them(ag_articles: pd.DataFrame, repaired: bool) -> None:
    found = outcome("leftovers", AG_RECIPE.change(repair=repaired))
    texts = ag_articles["title"] + " " + ag_articles["description"]
    assert here(found)["training articles with #39;"] == percent(texts.str.contains("#39;", regex=False).mean())
    terms = set(answer(AG_RECIPE.change(repair=True)).matrix.vocabulary.terms.to_pylist())
    assert here(found)["terms"] == f"{len(terms):,}"


def test_agencies_are_counted_as_a_plain_loop_counts_them(ag_articles: pd.DataFrame) -> None:
    found = outcome("cheats", AG_RECIPE)
    before = answer(AG_RECIPE)
    names = before.split.class_names
    for line in found.lines:
        term = line.what.removeprefix("training articles with ")
        column = before.matrix.vocabulary.terms.to_pylist().index(term)
        holding = before.matrix.counts.train[:, column].toarray().ravel() > 0
        by_class = np.bincount(before.matrix.counts.train_labels[holding], minlength=4)
        top = int(by_class.argmax())
        assert line.here == f"{by_class[top]:,} of {by_class.sum():,} in {names[top]}"
    after = answer(BY_KEY["cheats"].change(AG_RECIPE)).matrix.vocabulary.terms.to_pylist()
    assert not {"afp", "ap", "fullquote", "reuters"} & set(after)
    assert len(found.lines) == 4


# On the page


@pytest.fixture
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)


def show(app: AppTest, moment: Moment) -> AppTest:
    """Open a moment, guess the second answer, ask for the result."""
    app.button(key=f"moment_{moment.key}").click().run()
    (guess,) = [item for item in app.get("segmented_control") if item.label == "Your guess"]
    guess.set_value(moment.guesses[1]).run()
    return app.button(key="moment_go").click().run()


def opened(recipe: Recipe) -> AppTest:
    app = open_page("data.py", recipe)
    app.session_state["show_me"] = True
    return app.run()


def result_table(app: AppTest) -> pd.DataFrame:
    (table,) = [frame.value for frame in app.dataframe if list(frame.value.columns[:3]) == ["what", "tutorial", "here"]]
    return table


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("moment", [item for item in MOMENTS if not item.needs_ag_news], ids=lambda item: item.key)
def test_a_moment_shows_its_numbers_and_undo_returns_the_recipe(moment: Moment) -> None:
    start = RECIPE.change(digits=False, min_documents=2)
    app = show(opened(start), moment)
    assert not app.exception
    assert app.session_state["recipe"] == moment.change(start)
    expected = outcome(moment.key, start)
    assert result_table(app)["here"].tolist() == [line.here for line in expected.lines]
    captions = [caption.value for caption in app.caption]
    assert any(f"Your guess: {moment.guesses[1]}" in caption for caption in captions)
    if moment.change(start) == start:
        assert "moment_undo" not in {button.key for button in app.button}
        return
    app.button(key="moment_undo").click().run()
    assert not app.exception
    assert app.session_state["recipe"] == start
    assert not any("tutorial" in frame.value.columns for frame in app.dataframe)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("moment", [item for item in MOMENTS if item.needs_ag_news], ids=lambda item: item.key)
def test_a_moment_of_ag_news_asks_for_ag_news(moment: Moment) -> None:
    app = opened(RECIPE)
    app.button(key=f"moment_{moment.key}").click().run()
    assert any("needs AG News" in info.value for info in app.info)


@pytest.mark.usefixtures("home")
def test_a_switch_flipped_after_a_moment_leaves_its_numbers_and_its_way_back() -> None:
    app = show(opened(RECIPE), BY_KEY["four"])
    numbers = result_table(app)
    app.sidebar.selectbox(key="recipe_text_used").set_value("headline").run()
    assert not app.exception
    assert result_table(app).equals(numbers)
    assert any("recipe has changed since" in caption.value for caption in app.caption)
    app.button(key="moment_undo").click().run()
    assert app.session_state["recipe"] == RECIPE
