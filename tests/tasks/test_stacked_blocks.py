"""Stacked models of blocks against scikit-learn's folds, and what no held-out row or copy may do to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from bowcore.cli import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.blocks import count_open, fit_on
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.stacking import copy_groups, margins_out_of_fold
from bowcore.findings.copies import SIMILARITY
from bowcore.findings.near_duplicates import group_articles
from bowcore.judge.label_issues import draw_folds
from bowcore.learn.linear.blocks import vote
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import read_votes
from bowcore.tasks.runner import run_here
from tests.tasks.conftest import ABOUT

RECIPE = Recipe().change(
    corpus="stacked",
    possessives=False,
    punctuation=False,
    digits=False,
    blocks=("words 1-1 tfidf",),
    models=("logistic 5", "bayes 0.5"),
    joining="stacking",
)
N, N_TEST, N_CLASSES = 260, 40, 3
SEEDED = np.random.default_rng(8)
LABELS = SEEDED.integers(0, N_CLASSES, N).astype(np.int32)


def _line(label: int) -> list[str]:
    return [f"word{number}" for number in (*SEEDED.integers(0, 60, 30), *(SEEDED.integers(40, 80, 5) + 10 * label))]


LINES = [_line(label) for label in LABELS]
COPIES = SEEDED.permutation(N - N_TEST)[:60].reshape(30, 2)
for one, two in COPIES:  # copies, and near copies of which the last word is another
    LINES[two] = [*LINES[one][:-1], LINES[one][-1] if one % 2 else "other"]
TRUTH = LABELS.copy()
TRUTH[COPIES[:, 1]] = LABELS[COPIES[:, 0]]
BODIES = [" ".join(line) for line in LINES]


def corpus_of(bodies: list[str]) -> Corpus:
    return make_corpus(
        "stacked", ["News"] * N, bodies, TRUTH, ("a", "b", "c"), rule=SplitRule(0.2, 0.0), provenance=ABOUT,
        n_own_test=N_TEST,
    )  # fmt: skip


def install(monkeypatch: pytest.MonkeyPatch, bodies: list[str]) -> None:
    corpus = corpus_of(bodies)
    monkeypatch.setitem(sources.SOURCES, "stacked", Source("stacked", ABOUT, lambda _: corpus, lambda: True))
    process_memo().clear()


@pytest.fixture(autouse=True)
def stacked(bowlab_home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(monkeypatch, BODIES)
    yield
    process_memo().clear()


def job(kind: str, messages: list[str] | None = None) -> dict[str, Any]:
    seen: list[str] = [] if messages is None else messages
    done = run_here(kind, {"recipe": RECIPE.to_toml()}, "long", RECIPE.key(), on_message=seen.append)
    assert done.result is not None, done.error
    return done.result


def centred(scores: np.ndarray) -> np.ndarray:
    return scores - scores.mean(axis=1, keepdims=True)


def test_stacking_is_that_of_scikit_learn_with_the_same_folds() -> None:
    split = process_experiments().split(RECIPE)
    texts = np.array([f"News {body}" for body in BODIES], dtype=object)
    rows, labels = split.train.rows, split.train.labels
    everything = np.arange(len(rows))
    groups = copy_groups(split, everything)
    folds = draw_folds(labels, groups)
    cut = {"token_pattern": r"\S+", "sublinear_tf": True}
    models = {
        "decision_function": make_pipeline(TfidfVectorizer(**cut), LogisticRegression(C=5, tol=1e-8, max_iter=9999)),
        "predict_joint_log_proba": make_pipeline(TfidfVectorizer(**cut), MultinomialNB(alpha=0.5)),
    }
    held = [
        cross_val_predict(model, texts[rows], labels, cv=PredefinedSplit(folds), method="decision_function")
        if method == "decision_function"
        else np.concatenate(
            [
                model.fit(texts[rows][folds != fold], labels[folds != fold]).predict_log_proba(
                    texts[rows][folds == fold]
                )
                for fold in range(5)
            ]
        )[np.argsort(np.concatenate([np.flatnonzero(folds == fold) for fold in range(5)]))]
        for method, model in models.items()
    ]
    expected = np.stack([centred(one) for one in held], axis=1)
    counted = count_open(split, RECIPE)
    margins = margins_out_of_fold(RECIPE, counted, everything, labels, N_CLASSES, groups)
    assert margins is not None and margins.shape == (len(rows), 2, N_CLASSES)
    np.testing.assert_allclose(margins, expected, atol=0.1)  # Newton's method ends at a gap of 0.001
    np.testing.assert_allclose(margins[:, 1], expected[:, 1], atol=1e-4)

    scales = np.sqrt((expected**2).mean(axis=(0, 2)))
    meta = LogisticRegression(C=1, tol=1e-10, max_iter=9999).fit(
        (expected / scales[:, None]).reshape(len(rows), -1), labels
    )
    others = texts[split.validation.rows]
    refitted = [model.fit(texts[rows], labels) for model in models.values()]
    scores = [refitted[0].decision_function(others), refitted[1].predict_log_proba(others)]
    cells = (np.stack([centred(one) for one in scores], axis=1) / scales[:, None]).reshape(len(others), -1)
    found = read_votes(job("blocks")["artefact"])
    assert found is not None
    np.testing.assert_allclose(found, meta.predict_proba(cells), atol=0.02)


def test_copies_and_near_copies_are_in_one_fold() -> None:
    split = process_experiments().split(RECIPE)
    place = {int(row): at for at, row in enumerate(split.train.rows)}
    pairs = np.array([[place[one], place[two]] for one, two in COPIES.tolist() if one in place and two in place])
    assert len(pairs) > 10
    folds = draw_folds(split.train.labels, copy_groups(split, np.arange(split.train.n_documents)))
    assert (folds[pairs[:, 0]] == folds[pairs[:, 1]]).all()
    alone = draw_folds(split.train.labels)
    assert (alone[pairs[:, 0]] != alone[pairs[:, 1]]).any()  # they would be apart if they were not looked for


def test_no_validation_or_test_row_has_a_part_in_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    split = process_experiments().split(RECIPE)
    first, second = (int(row) for row in split.train.rows[:2])
    between, test = split.validation.rows[0], np.arange(N - N_TEST, N)
    # two training texts that are near copies of a validation text, but not of each other
    chain = [f"link{number}" for number in range(40)]
    bodies = list(BODIES)
    bodies[first] = " ".join([*chain[:-3], "x", "y", "z"])
    bodies[second] = " ".join(["p", "q", "r", *chain[3:]])
    stacks = []
    for of_validation in ("nothing new", " ".join(chain)):
        for row in (*split.validation.rows, *test):
            bodies[row] = f"unseen{row} {of_validation}"
        bodies[between] = of_validation
        install(monkeypatch, bodies)
        now = process_experiments().split(RECIPE)
        np.testing.assert_array_equal(now.train.rows, split.train.rows)
        rows = np.arange(now.train.n_documents)
        groups = copy_groups(now, rows)
        assert groups[0] != groups[1]
        _, joined, _ = fit_on(RECIPE, count_open(now, RECIPE), rows, now.train.labels, N_CLASSES, groups=groups)
        stacks.append(joined.stack)
    near = group_articles(process_experiments().near_duplicates(RECIPE), SIMILARITY)
    assert near[0] == near[1]  # all open articles would tie the two
    assert stacks[0] is not None and stacks[1] is not None
    np.testing.assert_array_equal(stacks[0].weights, stacks[1].weights)
    np.testing.assert_array_equal(stacks[0].intercepts, stacks[1].intercepts)


def test_the_job_reports_every_fold_and_keeps_what_the_joined_model_says() -> None:
    messages: list[str] = []
    result = job("blocks", messages)
    said = [message.split(" · ")[0] for message in messages]
    assert "Fold 1 of 5: fitting logistic regression, C = 5" in said
    assert "Fold 5 of 5: fitting naive Bayes, 0.5 added" in said
    assert "Fitting naive Bayes, 0.5 added" in said
    split = process_experiments().split(RECIPE)
    counted, rows = count_open(split, RECIPE), np.arange(split.train.n_documents)
    fitted, found, _ = fit_on(RECIPE, counted, rows, split.train.labels, N_CLASSES, groups=copy_groups(split, rows))
    answer = found.answer
    assert len(answer) == 1
    cells = fitted.join(counted, np.arange(split.train.n_documents, split.n_open))
    votes = read_votes(result["artefact"])
    assert votes is not None
    np.testing.assert_array_equal(votes, vote(answer, cells))
    assert result["validation_accuracy"] == (votes.argmax(axis=1) == split.validation.labels).mean()
    assert len(result["stack"]["of_models"]) == 2
    assert [rival["words"] for rival in result["rivals"]] == [
        "mean of their votes", *(model["words"] for model in result["models"])
    ]  # fmt: skip
    joined = softmax(answer[0].scores(cells), axis=1)
    np.testing.assert_allclose(votes, joined)
    assert job("open-test-blocks")["n_test"] == N_TEST


@pytest.mark.parametrize("n_fits", [3, 11])
def test_a_stop_during_the_folds_or_the_last_fits_has_no_answer(n_fits: int) -> None:
    split = process_experiments().split(RECIPE)
    asked: list[str] = []

    def announce(model: object) -> bool:
        asked.append(str(model))
        return len(asked) < n_fits

    rows = np.arange(split.train.n_documents)
    counted, groups = count_open(split, RECIPE), copy_groups(split, rows)
    _, joined, _ = fit_on(RECIPE, counted, rows, split.train.labels, N_CLASSES, announce, groups)
    assert joined.answer == () and joined.stack is None
    assert len(asked) == n_fits


def test_the_command_prints_the_changes_and_the_weights(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "stacked.toml"
    path.write_text(RECIPE.to_toml(), encoding="utf-8")
    assert main.main(["train", "stacked", "--recipe", str(path)]) == 0
    printed, said = capsys.readouterr()
    assert "Stacking, fitted on 176 training" in printed and "always guessing" in printed
    assert "Against the mean of their votes, " in printed
    assert "Against the logistic regression, C = 5, " in printed and "exact McNemar p" in printed
    assert "Weights of a usual margin of each model: logistic regression, C = 5 " in printed
    assert "Fold 5 of 5: fitting naive Bayes, 0.5 added" in said
