"""Each moment's numbers against scikit-learn, pandas and plain Python; the tutorial's against its own matrices."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import binomtest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, precision_score, recall_score
from sklearn.naive_bayes import MultinomialNB
from streamlit.testing.v1 import AppTest

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.stages import transform_texts
from bowcore.judge.scores import score
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.training import Training
from bowcore.lessons.evidence import Outcome
from bowcore.lessons.moments import MOMENTS, Moment
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import open_page
from ui.shell.recipe_words import changes_in_words
from ui.texts import plain

BASELINE_MATRIX = np.array([[2774, 65, 89, 72], [37, 2944, 9, 10], [112, 20, 2694, 174], [97, 20, 207, 2676]])
IMPROVED_MATRIX = np.array([[2703, 71, 121, 105], [20, 2955, 13, 12], [68, 19, 2691, 222], [77, 17, 163, 2743]])
"""The tutorial's validation matrices, rows true: raw counts, and its four changes."""

BY_KEY = {moment.key: moment for moment in MOMENTS}


@cache
def answer(recipe: Recipe) -> Answer:
    return Experiments().answer(recipe)


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
            assert changed.corpus.corpus == ("ag-news" if moment.needs_ag_news else corpus)


def test_shuffled_labels_and_the_constant_guess_score_as_in_scikit_learn() -> None:
    found = outcome("learning", RECIPE)
    features = answer(RECIPE).matrix.features
    truth = features.validation_labels
    dummy = DummyClassifier(strategy="most_frequent").fit(features.train, features.train_labels)
    generator, shuffled = np.random.default_rng(0), []
    for _ in range(100):
        labels = generator.permutation(features.train_labels)
        shuffled.append(MultinomialNB().fit(features.train, labels).score(features.validation, truth))
    learned = MultinomialNB().fit(features.train, features.train_labels).score(features.validation, truth)
    low, high = (100 * np.quantile(shuffled, level) for level in (0.025, 0.975))
    shown = {what: text.split(" (")[0] for what, text in here(found).items()}
    assert shown == {
        f"always guessing {answer(RECIPE).guess}": percent(dummy.score(features.validation, truth)),
        "labels shuffled 100 times: mean": percent(float(np.mean(shuffled))),
        "95 of 100 shuffles": f"{low:.1f}–{high:.1f} %",
        "true labels": percent(learned),
    }
    assert max(shuffled) < learned and low / 100 < dummy.score(features.validation, truth) < high / 100
    assert "within the range" in found.sentence and "100 of 100" in found.sentence and found.right == 1
    assert tutorial(found)[0] == percent(3000 / BASELINE_MATRIX.sum())


def test_where_there_is_nothing_to_learn_the_sentence_says_so() -> None:
    now = answer(RECIPE)
    features = now.matrix.features
    labels = np.random.default_rng(9).permutation(features.train_labels)
    predictions = MultinomialNB().fit(features.train, labels).predict(features.validation)
    scores = score(features.validation_labels, predictions, features.class_names)
    found = BY_KEY["learning"].outcome(now, replace(now, predictions=predictions, scores=scores))
    assert "open whether there is anything to learn" in found.sentence


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
    recipe = RECIPE.change(ngrams=2)
    now = answer(recipe)
    texts = now.reading.texts[now.reading.n_train : now.reading.n_train + 200].to_pylist()
    generator = np.random.default_rng(0)
    moved = [" ".join(generator.permutation(np.array(text.split(), dtype=object)).tolist()) for text in texts]
    rows = [transform_texts(pa.array(each), now.matrix, recipe) for each in (texts, moved)]
    model = MultinomialNB().fit(now.matrix.features.train, now.matrix.features.train_labels)
    before, after = (model.predict_joint_log_proba(each) for each in rows)
    relabelled = int((before.argmax(axis=1) != after.argmax(axis=1)).sum())
    assert here(found) == {
        "single words: articles whose scores move": "0 of 200",
        "single words: articles whose label changes": "0 of 200",
        "word groups 1–2: articles whose scores move": f"{int((abs(before - after).max(axis=1) > 1e-6).sum())} of 200",
        "word groups 1–2: articles whose label changes": f"{relabelled} of 200",
    }
    assert relabelled and f"{abs(before - after).max():.3f} with groups" in found.sentence
    assert found.right == 0 and tutorial(found)[0] == "0, by definition"


def test_negations_are_counted_as_plain_python_counts_them() -> None:
    found = outcome("not", RECIPE)
    line = next(line for line in found.lines if line.what == "negations after")
    words = {"not", "no", "never", "nor", "none", "n't", "cannot", "without"}

    def count(recipe: Recipe) -> int:
        vocabulary = answer(recipe).matrix.vocabulary
        terms = zip(vocabulary.terms.to_pylist(), vocabulary.term_frequency.tolist(), strict=True)
        return sum(n for term, n in terms if term in words or term.endswith("n't"))

    before, after = count(RECIPE), count(BY_KEY["not"].change(RECIPE))
    assert before > 1000
    assert line.here == f"{after:,}" == "0"
    assert line.difference == f"−{before:,}"
    assert here(found)["negations in training articles before"] == f"{before:,}"
    assert here(found)["terms of the sentence before"] == "the · film · wasn't · good · and · i · don't · like · it"


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
    assert "98.5 %" in spaced(found.sentence) and "96.5 %" in spaced(found.sentence)
    hits = int(((truth == sports) & (now.predictions == sports)).sum())
    assert f"of {(truth == sports).sum()} sports articles {hits} are found" in found.sentence
    assert f"of {(now.predictions == sports).sum()} articles predicted as sports {hits} are." in found.sentence
    assert BY_KEY["recall"].title == "98.5 or 96.5 %?"


def test_a_corpus_without_sports_shows_the_class_whose_recall_and_precision_differ_most() -> None:
    now = answer(RECIPE)
    names = ("a", "b", "c", "d", "e")
    scores = score(now.labels, now.predictions, names)
    recall = recall_score(now.labels, now.predictions, average=None)
    precision = precision_score(now.labels, now.predictions, average=None)
    name = names[int(abs(recall - precision).argmax())]
    other = replace(now, scores=scores)
    found = BY_KEY["recall"].outcome(other, other)
    assert [line.what.partition(":")[0] for line in found.lines] == [f"recall of {name}", f"precision of {name}"]
    assert f"Some {name} articles" in BY_KEY["recall"].question(other)


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
        shares.append(accuracy_score(truth, predictions))
        wrong.append(str((truth != predictions).sum()))
        n_terms.append(f"{features.train.shape[1]:,}")
    assert here(found) == {
        "terms": " → ".join(n_terms),
        **{
            f"accuracy {when}": in_full(share, len(truth))
            for when, share in zip(("before", "after"), shares, strict=True)
        },
        "mistakes": f"{' → '.join(wrong)} of {len(truth)}",
    }
    theirs = [BASELINE_MATRIX, IMPROVED_MATRIX]
    assert tutorial(found)[1:3] == [f"{np.trace(m) / m.sum() * 100:.2f} %" for m in theirs]
    assert tutorial(found)[3] == " → ".join(str(m.sum() - np.trace(m)) for m in theirs) + " of 12,000"
    # nothing but the four differs
    changed = {name for name, value in before.recipe.values().items() if now.recipe.value(name) != value}
    assert changed == {"word_forms", "stop_words", "vocabulary_size", "weighting"}


def in_full(share: float, n: int) -> str:
    ends = binomtest(round(share * n), n).proportion_ci(method="wilson")
    return f"{share * 100:.2f} % ({ends.low * 100:.2f}–{ends.high * 100:.2f})"


def test_the_tutorials_epochs_are_shown_until_own_ones_exist() -> None:
    found = outcome("epochs", RECIPE)
    assert tutorial(found) == ["88.1 → 95.9 %", "0.2307 → 0.2352"]
    assert [line.here for line in found.lines] == ["…", "…"]
    assert found.right is None and not found.sentence


@pytest.mark.parametrize(
    ("losses", "right", "sentence"),
    [
        ((0.4, 0.2, 0.1), 0, "fell to the end, 0.1000 after epoch 3"),
        ((0.4, 0.2, 0.3), 1, "lowest early and rose: 0.2000 after epoch 2, 0.3000 after epoch 3"),
        ((0.2, 0.3, 0.4), 2, "lowest early and rose: 0.2000 after epoch 1, 0.4000 after epoch 3"),
    ],
)
def test_the_verdict_on_more_training_follows_from_the_losses(
    losses: tuple[float, ...], right: int, sentence: str
) -> None:
    read = BY_KEY["epochs"].outcome_of_epochs
    assert read is not None
    found = read(pd.DataFrame({"running_accuracy": [0.8, 0.9, 1.0], "validation_loss": losses}))
    assert found.right == right and sentence in found.sentence
    assert "from 80.0 % to 100 %" in spaced(found.sentence)
    assert here(found)["validation loss, epoch 1 → 2"] == f"{losses[0]:.4f} → {losses[1]:.4f}"


def test_on_the_built_in_corpus_the_moment_finds_a_setting_whose_loss_rises_again() -> None:
    recipe = BY_KEY["epochs"].change(RECIPE)
    training = Training.start(answer(recipe).matrix.features, recipe.network)
    losses = [event.validation_loss for event in training.events() if isinstance(event, EpochDone)]
    assert len(losses) == 10 and 0 < int(np.argmin(losses)) < 9
    assert losses[-1] > 1.05 * min(losses)
    changed = {name for name, value in RECIPE.values().items() if recipe.value(name) != value}
    assert changed == {"epochs", "learning_rate"}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.key)
def test_a_moment_changes_only_the_switches_of_its_question(moment: Moment) -> None:
    start = RECIPE.change(corpus="ag-news") if moment.needs_ag_news else RECIPE
    before, after = moment.before(start).values(), moment.change(start).values()
    assert {name for name, value in before.items() if after[name] != value} == {
        "order": {"ngrams"},
        "not": {"contractions", "stop_words"},
        "leftovers": {"repair"},
        "four": {"word_forms", "stop_words", "vocabulary_size", "weighting"},
        "cheats": {"masked_words", "mask_name"},
        "epochs": {"epochs", "learning_rate"},
    }.get(moment.key, set())


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
    broken, number = texts.str.contains("#39;", regex=False), texts.str.contains(r"\b39\b")
    assert here(found)["training articles with the number 39"] == f"{number.sum():,}"
    assert here(found)["of them as #39;"] == f"{broken.sum():,} ({percent(broken.mean())} of all articles)"
    terms = set(answer(AG_RECIPE.change(repair=True)).matrix.vocabulary.terms.to_pylist())
    assert here(found)["terms, repaired"] == f"{len(terms):,}"
    assert spaced(found.sentence).startswith(f"In {percent(broken.sum() / number.sum())} of the articles with a 39")
    assert found.right == 2


def test_agencies_are_counted_and_planted_as_a_plain_loop_does_it(ag_articles: pd.DataFrame) -> None:
    found = outcome("cheats", AG_RECIPE)
    before = answer(AG_RECIPE)
    names, features, counts = before.split.class_names, before.matrix.features, before.matrix.counts
    model = MultinomialNB().fit(features.train, features.train_labels)
    as_it_is = model.predict(features.validation)
    shares = []
    assert len(found.lines) == 8
    for whole, planted in zip(found.lines[::2], found.lines[1::2], strict=True):
        term = whole.what.removesuffix(": training articles")
        column = before.matrix.vocabulary.terms.to_pylist().index(term)
        holding = counts.train[:, column].toarray().ravel() > 0
        by_class = np.bincount(counts.train_labels[holding], minlength=4)
        top = int(by_class.argmax())
        assert whole.here == f"{by_class[top]:,} of {by_class.sum():,} in {names[top]}"
        others = [row for row, label in enumerate(before.labels) if label != top][:500]
        texts = [f"{before.reading.texts[before.reading.n_train + row].as_py()} {term}" for row in others]
        predictions = model.predict(transform_texts(pa.array(texts), before.matrix, AG_RECIPE))
        called = sum(new == top != old for new, old in zip(predictions, as_it_is[others], strict=True))
        assert planted.here == f"{called:,} of {len(others):,} become {names[top]}"
        shares.append(called / len(others))
    assert f" {percent(max(shares))} of them into" in spaced(found.sentence)
    assert found.right == (0 if not max(shares) else 1 if max(shares) < 0.1 else 2)
    after = answer(BY_KEY["cheats"].change(AG_RECIPE)).matrix.vocabulary.terms.to_pylist()
    assert not {"afp", "ap", "fullquote", "reuters"} & set(after)


@pytest.mark.usefixtures("bowlab_data")
def test_a_moment_of_ag_news_goes_to_it_and_changes_nothing_else() -> None:
    for key in ("leftovers", "cheats"):
        assert BY_KEY[key].change(RECIPE) == BY_KEY[key].change(RECIPE.change(corpus="ag-news"))


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
    (table,) = [frame.value for frame in app.table if list(frame.value.columns[:3]) == ["what", "tutorial", "here"]]
    return table


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("moment", [item for item in MOMENTS if not item.needs_ag_news], ids=lambda item: item.key)
def test_a_moment_shows_its_numbers_and_undo_returns_the_recipe(moment: Moment) -> None:
    start = RECIPE.change(digits=False, min_documents=2)
    app = show(opened(start), moment)
    assert not app.exception
    assert app.session_state["recipe"] == moment.change(start)
    expected = outcome(moment.key, start)
    assert result_table(app)["here"].tolist() == [plain(line.here) for line in expected.lines]
    changed = changes_in_words(moment.before(start), moment.change(start)) or "no switch"
    assert any(changed in caption.value for caption in app.caption)
    captions = [caption.value for caption in app.caption]
    assert any(f"Your guess: {plain(moment.guesses[1])}" in caption for caption in captions)
    if moment.change(start) == start:
        assert "moment_undo" not in {button.key for button in app.button}
        return
    app.button(key="moment_undo").click().run()
    assert not app.exception
    assert app.session_state["recipe"] == start
    assert not app.table


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("moment", [item for item in MOMENTS if item.needs_ag_news], ids=lambda item: item.key)
def test_a_moment_whose_corpus_is_missing_has_no_button_to_press(moment: Moment) -> None:
    app = opened(RECIPE)
    button = app.button(key=f"moment_{moment.key}")
    assert button.disabled and "AG News is not on this machine" in button.label


@pytest.mark.usefixtures("home")
def test_next_goes_through_all_that_this_machine_can_show() -> None:
    app = opened(RECIPE)
    app.button(key="moment_learning").click().run()
    seen = ["learning"]
    while any(button.key == "moment_next" for button in app.button):
        app.button(key="moment_next").click().run()
        assert not app.exception
        seen.append(app.session_state["moment"])
    assert seen == [moment.key for moment in MOMENTS if not moment.needs_ag_news]


@pytest.mark.usefixtures("home")
def test_the_slopes_lead_to_the_view_with_both_lines() -> None:
    app = show(opened(RECIPE), BY_KEY["slope"])
    (link,) = app.get("page_link")
    assert link.proto.page == "words"
    assert parse_qs(link.proto.query_string)["words_view"] == ["zipf-s-law"]
    assert parse_qs(link.proto.query_string)["recipe"] == [app.session_state["recipe"].to_link()]


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
