"""Averages over classes against scikit-learn, and their intervals against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score

from bowcore.judge.averages import LEAST_PER_CLASS, averages
from bowcore.judge.confusion import confusion_matrix
from bowcore.judge.scores import score


def by_name(matrix: NDArray[np.int64]) -> dict[str, float]:
    return {item.name: item.value for item in averages(matrix)}


@pytest.mark.parametrize("seed", range(8))
def test_macro_and_weighted_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, called = rng.choice(4, 90, p=[0.5, 0.3, 0.15, 0.05]), rng.integers(0, 4, 90)
    called = np.where(rng.random(90) < 0.6, labels, called)
    found = by_name(confusion_matrix(labels, called, 4))
    assert found["macro recall"] == pytest.approx(recall_score(labels, called, average="macro"))
    assert found["macro precision"] == pytest.approx(precision_score(labels, called, average="macro"))
    assert found["macro F1"] == pytest.approx(f1_score(labels, called, average="macro"))
    assert found["weighted F1"] == pytest.approx(f1_score(labels, called, average="weighted"))
    assert len({round(value, 6) for value in found.values()}) == 4, "none is another under a second name"
    assert found["macro F1"] == pytest.approx(score(labels, called, tuple("abcd")).macro_f1)


def test_classes_without_a_score_are_left_out_and_without_any_there_is_none() -> None:
    found = {item.name: item for item in averages(np.array([[30, 0, 0], [10, 0, 0], [0, 0, 0]]))}
    assert found["macro recall"].value == 0.5 and found["macro recall"].n_classes == 2
    assert found["macro precision"].value == 0.75 and found["macro precision"].n_classes == 1
    assert all(math.isnan(item.value) and item.n_classes == 0 for item in averages(np.zeros((2, 2), np.int64)))


def test_few_articles_a_class_have_no_interval() -> None:
    few = np.diag([LEAST_PER_CLASS, LEAST_PER_CLASS - 1])
    assert all(math.isnan(item.low) for item in averages(few))
    uneven = averages(np.diag([40, 4, 4]))
    assert [item.name for item in uneven if math.isnan(item.low)] == ["macro precision", "macro F1"], "the median has 4"
    enough = averages(np.diag([LEAST_PER_CLASS, LEAST_PER_CLASS]))
    assert all(0 < item.low < item.value == pytest.approx(item.high) for item in enough)


def test_a_predicted_class_without_articles_leaves_no_interval_where_its_score_counts() -> None:
    found = averages(np.array([[30, 0, 1], [0, 30, 0], [0, 0, 0]]))
    assert [item.name for item in found if math.isnan(item.low)] == ["macro precision", "macro F1"]
    assert [item.value for item in found][1:3] == [pytest.approx(2 / 3), pytest.approx((60 / 61 + 1) / 3)]
    many = np.diag([*[20] * 59, 0])
    many[0, 59] = 1
    assert not any(math.isnan(item.low) for item in averages(many)), "one of sixty hardly counts"


def macro_precision(n_classes: int, per_class: int, accuracy: float, repeats: int, seed: int) -> tuple[float, int]:
    """Share of macro precision's intervals that hold it, of uneven classes as below, and how many there are."""
    cells, hits, there = uneven_cells(n_classes, accuracy, np.random.default_rng(seed)), 0, 0
    precision = cells.diagonal() / cells.sum(axis=0)
    draws = np.random.default_rng(seed + 1).multinomial(n_classes * per_class, cells.ravel(), repeats)
    for matrix in draws.reshape(repeats, n_classes, n_classes):
        item = next(one for one in averages(matrix) if one.name == "macro precision")
        hits += item.low <= precision[matrix.sum(axis=0) > 0].mean() <= item.high
        there += not math.isnan(item.low)
    return hits / max(there, 1), there


def uneven_cells(n_classes: int, accuracy: float, rng: np.random.Generator) -> np.ndarray:
    """Classes as large as ranks under Zipf's law, of different accuracy, with few others that each is confused with."""
    sizes = 1 / np.arange(1, n_classes + 1)
    right = rng.beta(12 * accuracy, 12 * (1 - accuracy), n_classes)
    cells = np.diag(right)
    for label in range(n_classes):
        cells[label] += (1 - right[label]) * np.insert(rng.dirichlet(np.full(n_classes - 1, 0.3)), label, 0.0)
    cells *= (sizes / sizes.sum())[:, None]
    return cells


@pytest.mark.slow
@pytest.mark.parametrize(("n_classes", "repeats"), [(3, 500), (4, 500), (8, 300), (20, 200)])
@pytest.mark.parametrize("per_class", [5, 10, 20])
def test_the_interval_of_macro_precision_covers_for_uneven_classes(
    n_classes: int, repeats: int, per_class: int
) -> None:
    found = [
        macro_precision(n_classes, per_class, accuracy, repeats, seed)
        for accuracy in (0.5, 0.8, 0.95)
        for seed in range(3)
    ]
    n = sum(there for _, there in found)
    assert n > 100 or per_class == 5
    assert sum(share * there for share, there in found) / n > 0.93 - 3 * math.sqrt(0.93 * 0.07 / n)
    assert all(share > 0.85 - 3 * math.sqrt(0.85 * 0.15 / there) for share, there in found if there > 30)


def macro_f1(
    n_classes: int, per_class: int, accuracy: float, even: bool, repeats: int, seed: int = 0
) -> tuple[float, float, float]:
    """Share of macro F1's intervals that hold it, and of those shifted back to the value; share of those there are."""
    rng = np.random.default_rng(seed)
    if even:
        cells = np.full((n_classes, n_classes), (1 - accuracy) / (n_classes - 1) / n_classes)
        np.fill_diagonal(cells, accuracy / n_classes)
    else:
        cells = uneven_cells(n_classes, accuracy, rng)
    f1 = 2 * cells.diagonal() / (cells.sum(axis=0) + cells.sum(axis=1))
    hits = plain = there = 0
    for _ in range(repeats):
        matrix = rng.multinomial(n_classes * per_class, cells.ravel()).reshape(cells.shape)
        item = next(one for one in averages(matrix) if one.name == "macro F1")
        truth = f1[(matrix.sum(axis=0) + matrix.sum(axis=1)) > 0].mean()
        hits += item.low <= truth <= item.high
        plain += abs(truth - item.value) <= (item.high - item.low) / 2
        there += not math.isnan(item.low)
    return hits / max(there, 1), plain / max(there, 1), there / repeats


def test_the_interval_of_macro_f1_covers_with_many_small_classes_because_it_is_corrected() -> None:
    found, *_ = macro_f1(77, 20, 0.5, even=True, repeats=100)
    assert 0.88 <= found <= 1, "three standard errors of 100 draws below 95 %"
    found, plain, there = macro_f1(200, 7, 0.5, even=True, repeats=50)
    assert 0.85 <= found <= 1 and there > 0.7, "a class of seven is seldom absent"
    assert plain < 0.85, "around the value itself it would cover too seldom"


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [4, 20, 77, 200])
@pytest.mark.parametrize("per_class", [5, 20, 100])
@pytest.mark.parametrize("accuracy", [0.5, 0.8, 0.95, 0.98])
@pytest.mark.parametrize("even", [True, False])
def test_the_interval_of_macro_f1_covers_for_few_and_many_classes_even_and_uneven(
    n_classes: int, per_class: int, accuracy: float, even: bool
) -> None:
    repeats = {4: 600, 20: 400, 77: 200, 200: 80}[n_classes]
    found, _, there = macro_f1(n_classes, per_class, accuracy, even, repeats)
    if there * repeats > 30:
        assert found > 0.93 - 3 * math.sqrt(0.93 * 0.07 / there / repeats), found
    else:
        assert not even and per_class == 5, "only uneven classes of few articles have none"


def simulated(n_classes: int, accuracy: float, n: int, repeats: int, seed: int = 0) -> dict[str, float]:
    """Share of the intervals that contain the true average, by its name, and those of each class's F1 as `F1`."""
    rng = np.random.default_rng(seed)
    cells = np.zeros((n_classes, n_classes))
    for label, share in enumerate(rng.dirichlet(np.full(n_classes, 4.0))):
        mistakes = rng.dirichlet(np.ones(n_classes - 1)) * (1 - accuracy)
        cells[label] = share * np.insert(mistakes, label, accuracy)
    right, actual, called = cells.diagonal(), cells.sum(axis=1), cells.sum(axis=0)
    f1 = 2 * right / (actual + called)
    true = {
        "macro recall": (right / actual).mean(),
        "macro precision": (right / called).mean(),
        "macro F1": f1.mean(),
        "weighted F1": actual @ f1,
    }
    hits, tried = dict.fromkeys([*true, "F1"], 0), dict.fromkeys([*true, "F1"], 0)
    for matrix in rng.multinomial(n, cells.ravel(), repeats).reshape(repeats, n_classes, n_classes):
        for item in averages(matrix):
            hits[item.name] += item.low <= true[item.name] <= item.high
            tried[item.name] += not math.isnan(item.low)
        labels = np.repeat(np.arange(n_classes), matrix.sum(axis=1))
        predictions = np.concatenate([np.repeat(np.arange(n_classes), row) for row in matrix])
        for each, expected in zip(
            score(labels, predictions, tuple(map(str, range(n_classes)))).classes, f1, strict=True
        ):
            low, high = each.f1_interval
            hits["F1"] += low <= expected <= high
            tried["F1"] += not math.isnan(low)
    return {name: hits[name] / tried[name] for name in hits if tried[name]}


def test_intervals_of_a_usual_matrix_cover_as_often_as_they_say() -> None:
    found = simulated(5, 0.9, 334, repeats=150)
    for name, share in found.items():
        # three standard errors of the simulation below the nominal value
        assert 0.89 <= share <= 0.995, name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_classes", "accuracy", "n"),
    [(2, 0.8, 30), (2, 0.95, 60), (2, 0.99, 100), (3, 0.6, 40), (5, 0.97, 334), (4, 0.9, 1000), (20, 0.8, 400),
     (20, 0.95, 400), (77, 0.8, 1_540)],
)  # fmt: skip
def test_intervals_of_small_and_large_matrices_cover_nearly_as_often_as_they_say(
    n_classes: int, accuracy: float, n: int
) -> None:
    found = simulated(n_classes, accuracy, n, repeats=1_000 if n_classes < 50 else 300)
    for name, share in found.items():
        assert 0.90 <= share <= 0.99, (name, share)


@pytest.mark.parametrize(("right", "missed", "wrong"), [(50, 3, 7), (1, 1, 0), (0, 4, 2), (9, 0, 0)])
def test_the_interval_of_f1_is_wilsons_of_the_share_that_it_is_made_of(right: int, missed: int, wrong: int) -> None:
    labels = np.repeat([0, 0, 1, 1], [right, missed, wrong, 20])
    called = np.repeat([0, 1, 0, 1], [right, missed, wrong, 20])
    first = score(labels, called, ("a", "b")).classes[0]
    ends = binomtest(right, right + missed + wrong).proportion_ci(0.95, method="wilson")
    assert first.f1_interval == pytest.approx((2 * ends.low / (1 + ends.low), 2 * ends.high / (1 + ends.high)))
    assert first.f1_interval[0] - 1e-12 <= first.f1 <= first.f1_interval[1] + 1e-12
    assert first.f1 == pytest.approx(f1_score(labels, called, pos_label=0))
