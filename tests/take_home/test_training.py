"""The code of the views of the page Training gives the numbers that they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bowcore.experiment.experiments import process_experiments
from bowcore.judge.confusion import confusion_matrix
from bowcore.judge.explanation import words_that_decide
from bowcore.judge.learning_curve import fit_power_law, mean_error, sizes_of
from bowcore.judge.seeds import Spread
from bowcore.learn.linear.baselines import run_baselines
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.training import Training
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.article import TUTORIAL
from tests.take_home.test_judged import write_texts
from tests.take_home.test_page_code import RECOMMENDED, run

COLUMNS = {
    "running loss": "running_train_loss",
    "mean of batches": "running_train_loss_batch_mean",
    "running accuracy": "running_train_accuracy",
    "training loss": "train_loss",
    "training accuracy": "train_accuracy",
    "validation loss": "validation_loss",
    "validation accuracy": "validation_accuracy",
}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    texts = write_texts(tmp_path_factory.mktemp("training"))
    return RECOMMENDED.change(corpus=texts, min_documents=1, epochs=3, learning_rate=0.03)


def code_of(recipe: Recipe, folder: Path, view: str, part: str = "", **settings: Any) -> dict[str, Any]:
    answer = process_experiments().answer(recipe)
    return run("Training", recipe, answer, folder, view=view, settings=settings, part=part)[0]


def trained(recipe: Recipe) -> tuple[EpochDone, ...]:
    training = Training.start(process_experiments().answer(recipe).matrix.features, recipe.network)
    list(training)
    return tuple(training.epochs)


def test_all_figures_of_the_epochs(recipe: Recipe, tmp_path: Path) -> None:
    epochs = code_of(recipe, tmp_path, "curves", "Running figures")["epochs"]
    for row, epoch in zip(epochs.to_dict("records"), trained(recipe), strict=True):
        for name, ours in COLUMNS.items():
            assert row[name] == pytest.approx(getattr(epoch, ours), rel=0.01), name


def test_the_mean_and_the_spread_of_five_seeds(recipe: Recipe, tmp_path: Path) -> None:
    found = code_of(recipe, tmp_path, "seeds")["shares"]
    assert found.index.tolist() == [0, 1, 2, 3, 4]
    ours = [min(trained(recipe.change(network_seed=seed)), key=lambda e: e.validation_loss) for seed in found.index]
    spread = Spread.of(epoch.validation_accuracy for epoch in ours)
    np.testing.assert_allclose(found, spread.values, atol=0.012)
    assert found.std() == pytest.approx(Spread.of(found).sd)


def test_the_tutorials_figures_next_to_those_of_the_same_network(recipe: Recipe, tmp_path: Path) -> None:
    recipe = recipe.change(epochs=2)
    printed = TUTORIAL["baseline"]["epochs"]
    found = code_of(recipe, tmp_path, "tutorial-s-numbers", printed=printed)
    assert found["tutorial"]["mean of batches"].tolist() == [0.3553, 0.1217]
    assert found["tutorial"]["validation accuracy"].tolist() == [0.9243, 0.924]
    ours = [epoch.validation_accuracy for epoch in trained(recipe)]
    np.testing.assert_allclose(found["epochs"]["validation accuracy"], ours, atol=0.012)


def test_the_learning_curve_its_intervals_and_its_law(recipe: Recipe, tmp_path: Path) -> None:
    answer = process_experiments().answer(recipe)
    labels, n_train = answer.labels, answer.split.train.n_documents
    found = code_of(recipe, tmp_path, "learning-curve")["wrong"]
    assert tuple(found) == sizes_of(n_train, 3)
    draw = process_experiments().fit(recipe.change(training_articles=n_train // 2, sample_seed=1), lambda: False)
    assert ((draw.predictions != labels) != found[n_train // 2][1]).sum() <= 1
    points = code_of(recipe, tmp_path, "learning-curve", "Intervals")["points"]
    for size, draws in found.items():
        error = mean_error(draws)
        assert points[size] == pytest.approx([1 - error.value, 1 - error.high, 1 - error.low])
    law = fit_power_law(tuple(found), list(found.values()))
    assert law is not None
    made = code_of(recipe, tmp_path, "learning-curve", "Power law")
    for name, value in (("exponent", law.exponent), ("gain", law.gain)):
        assert made[name] == pytest.approx([value.value, value.low, value.high])
    doubled = law.doubled
    assert made["doubled"] == pytest.approx([1 - doubled.value, 1 - doubled.high, 1 - doubled.low])
    assert made["law"] == pytest.approx(law.errors)
    assert made["bend"] == pytest.approx([law.bend.value, law.bend.low, law.bend.high])


def test_a_learning_curve_of_networks(recipe: Recipe, tmp_path: Path) -> None:
    found = code_of(recipe, tmp_path, "learning-curve", model="network")["wrong"]
    half = sorted(found)[-2]
    sampled = recipe.change(training_articles=half, sample_seed=2, network_seed=2)
    best = min(trained(sampled), key=lambda epoch: epoch.validation_loss)
    assert 1 - found[half][2].mean() == pytest.approx(best.validation_accuracy, abs=0.012)


def test_the_cards_of_the_playground(recipe: Recipe, tmp_path: Path) -> None:
    answer = process_experiments().answer(recipe)
    row = int(answer.split.train.rows[7])
    found, _ = run("Playground", recipe, answer, tmp_path, settings={"row": row}, part="Cards")
    counts = answer.matrix.counts
    terms = counts.terms.to_pylist()
    ours = {terms[column]: counts.train[7, column] for column in counts.train[7].indices}
    assert found["here"]["here"].to_dict() == ours
    rows, columns = answer.matrix.shape
    assert found["empty"] == pytest.approx(1 - answer.matrix.n_filled / (rows * columns))
    table = words_that_decide(answer.bayes.term_log_probability, answer.matrix.vocabulary, "abc", n_words=2)
    for name in "abc":
        expected = table[table["class"] == name].set_index("term")["weight"].to_dict()
        assert found["decide"][name] == pytest.approx(expected)
    expected_matrix = confusion_matrix(answer.labels, answer.predictions, 3)
    assert found["confusion"].tolist() == expected_matrix.tolist()


def test_other_models_and_the_constant_guess(recipe: Recipe, tmp_path: Path) -> None:
    found = code_of(recipe, tmp_path, "curves", "Other models")["scores"]
    answer = process_experiments().answer(recipe)
    expected = {item.name: item for item in run_baselines(answer.matrix.features)}
    for name in ("multinomial naive Bayes", "logistic regression", "nearest centroid"):
        assert found[name][0] == pytest.approx(expected[name].validation_accuracy, abs=0.012)
    counts = answer.matrix.counts
    bayes = fit_naive_bayes(counts.train, counts.train_labels, counts.n_classes)
    on_counts = (bayes.predict(counts.validation) == answer.labels).mean()
    assert found["naive Bayes on counts"][0] == on_counts
    guess = answer.baseline
    assert found["always the largest class"] == pytest.approx([guess.value, guess.low, guess.high])
