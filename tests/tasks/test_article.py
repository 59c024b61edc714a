"""The tutorial's tables and ours: its figures are consistent, ours are those of the trained runs."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from bowcore.cli import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import AG_CLASSES, Source
from bowcore.corpus.split import split_corpus
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.recipe.presets import preset
from bowcore.store import ledger, locks
from bowcore.store.keys import result_key
from bowcore.tasks.article import TUTORIAL, difference
from bowcore.tasks.runner import work

LINES = (
    "Ministers met again and no vote was taken about the border",
    "The striker scored twice and the coach wasn't surprised",
    "Shares of the bank fell as profit didn't grow",
    "A new chip makes phones faster and browsers safer",
)
"""A line for each class, written for this test."""
N, N_TEST = 100, 20
SMALL = ["--set", "hidden=4", "--set", "batch_size=16"]

Out = pytest.CaptureFixture[str]


def few(_: str = "") -> Corpus:
    labels = np.random.default_rng(7).permutation(np.arange(N) % 4).astype(np.int32)
    return make_corpus(
        "ag-news",
        [f"Headline {row % 9}" for row in range(N)],
        [f"{LINES[label]}, {'abcdefgh'[row % 8] * 3}" for row, label in enumerate(labels)],
        labels,
        AG_CLASSES,
        rule=SplitRule(0.1, 0.0),
        provenance=Provenance("Home-made", "written for this test", "none"),
        n_own_test=N_TEST,
    )


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    process_memo().clear()
    return bowlab_home


@pytest.fixture
def articles(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("ag-news", sources.AG_NEWS, few, lambda: True)
    monkeypatch.setitem(sources.SOURCES, "ag-news", source)


@pytest.mark.parametrize("name", ["baseline", "revised"])
def test_the_tutorials_matrices_give_the_accuracies_that_it_prints(name: str) -> None:
    printed = TUTORIAL[name]
    matrix = np.array(printed["confusion"])
    assert matrix.sum() == printed["n_validation"] == 12_000
    assert matrix.sum(axis=1).tolist() == [3000] * 4
    accuracy = round(np.trace(matrix) / matrix.sum(), 4)
    assert accuracy == printed["validation_accuracy"] == printed["epochs"][-1]["validation_accuracy"]
    if printed["test"]:
        test = np.array(printed["test"]["confusion"])
        assert test.sum(axis=1).tolist() == [1900] * 4
        assert round(np.trace(test) / test.sum(), 4) == printed["test"]["accuracy"]


def answer(out: Out, *arguments: str) -> dict[str, Any]:
    assert main.main(["article", "--json", *SMALL, *arguments]) == 0
    value: dict[str, Any] = json.loads(out.readouterr().out)
    return value


@pytest.mark.usefixtures("articles")
def test_both_runs_are_those_that_train_records_and_the_test_set_is_opened_once(capsys: Out) -> None:
    found = answer(capsys, "--open-test")
    split = split_corpus(few(), preset("tutorial-baseline").split)
    for name in ("baseline", "revised"):
        run = jobs.get(found[name]["run_id"]).result
        assert run is not None
        assert (found[name]["epochs"], found[name]["confusion"]) == (run["epochs"], run["confusion"])
        matrix = np.array(found[name]["confusion"])
        assert matrix.sum(axis=1).tolist() == np.bincount(split.validation.labels, minlength=4).tolist()
        assert found[name]["validation_accuracy"] == pytest.approx(np.trace(matrix) / matrix.sum())
        assert len(found[name]["epochs"]) == 2
    (opening,) = ledger.openings()
    assert found["test"] == found["revised"]["test"]
    assert found["baseline"]["test"] is None
    assert found["test"]["accuracy"] == opening.result["test_accuracy"]
    matrix = np.array(found["test"]["confusion"])
    assert matrix.sum(axis=1).tolist() == np.bincount(few().labels[-N_TEST:], minlength=4).tolist()
    assert found["test"]["accuracy"] == pytest.approx(np.trace(matrix) / N_TEST)
    assert "Trained on 72 of the tutorial's 108,000 training rows" in found["notes"][0]
    trained = [cost["stage"] for cost in found["cost"]]
    assert trained[0] == "revised: lemmas"
    assert [stage for stage in trained if "epochs" in stage] == ["baseline: 2 epochs", "revised: 2 epochs"]
    for name in ("baseline", "revised"):
        seconds = sum(cost["seconds"] for cost in found["cost"] if cost["stage"].startswith(f"{name}: "))
        whole = jobs.get(found[name]["run_id"]).result
        assert whole is not None and seconds >= whole["seconds"] - 0.05

    again = answer(capsys, "--open-test")
    assert again["baseline"]["replayed"] and again["revised"]["replayed"]
    assert again["revised"]["epochs"] == found["revised"]["epochs"]
    assert again["test"] == found["test"]
    assert len(ledger.openings()) == 1
    told_again = [cost for cost in again["cost"] if cost["stage"] != "revised: test set"]
    measured = [cost for cost in found["cost"] if cost["stage"] != "revised: test set"]
    assert [cost | {"note": ""} for cost in told_again] == [cost | {"note": ""} for cost in measured]
    assert all("as recorded when" in cost["note"] for cost in told_again)
    if sys.platform.startswith("linux"):
        assert all(cost["peak_bytes"] > 10_000_000 for cost in again["cost"])

    assert main.main(["article", *SMALL]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    gap = 72 - 108_000
    assert f"training rows 108,000 72 −{-gap:,}" in shown
    loss = found["baseline"]["epochs"][0]["running_train_loss_batch_mean"]
    assert f"training loss, running, mean of batches 0.3553 {loss:.4f} +{loss - 0.3553:.4f}" in shown
    assert "World 2,774 65 89 72" in shown
    # Wilson's interval and, for the difference of two independent shares, Newcombe's method 10
    n = found["baseline"]["n_validation"]
    right = round(found["baseline"]["epochs"][0]["validation_accuracy"] * n)
    there, here = wilson(round(0.9243 * 12_000), 12_000), wilson(right, n)
    difference = right / n - round(0.9243 * 12_000) / 12_000
    low = difference - np.hypot(right / n - here[0], there[1] - 0.9243)
    assert f"epoch 1: validation accuracy {_row(0.9243, *there)} {_row(right / n, *here)}" in shown
    assert f"{100 * difference:+.2f} points ({100 * low:+.2f} to".replace("-", "−") in shown
    largest = max(np.bincount(split.train.labels, minlength=4))
    guess = np.bincount(split.train.labels, minlength=4).tolist().index(largest)
    guessed = np.mean(split.validation.labels == guess)
    assert f"of 12,000 validation articles there and {n} here" in shown
    assert f"Always guessing the largest class: 25.00 % there, {100 * guessed:.2f} % here." in shown


def wilson(n_right: int, n: int) -> tuple[float, float]:
    found = binomtest(n_right, n).proportion_ci(method="wilson")
    return found.low, found.high


def _row(value: float, low: float, high: float) -> str:
    shown = f"{100 * value:.2f}".removesuffix(".00") if value == 1 else f"{100 * value:.2f}"
    return f"{shown} % ({100 * low:.2f}–{100 * high:.2f})"


def test_the_difference_is_ours_minus_theirs() -> None:
    theirs = TUTORIAL["revised"]
    ours = {
        **theirs,
        "n_terms": 19_000,
        "validation_accuracy": 0.9343,
        "epochs": [
            {
                "running_train_loss_batch_mean": 0.4183,
                "running_train_accuracy": 0.8832,
                "validation_loss": 0.2301,
                "validation_accuracy": 0.9325,
            }
        ],
        "confusion": [[10, 0, 0, 0], [0, 10, 0, 0], [0, 0, 10, 0], [0, 0, 0, 10]],
    }
    found = difference(ours, theirs)
    assert found["n_terms"] == -1000
    assert found["epochs"][0] == pytest.approx(
        {"train_loss": 0.1, "train_accuracy": -0.01, "validation_loss": 0.0, "validation_accuracy": 0.01}
    )
    assert found["recall_points"][0] == pytest.approx([100 - 2703 / 30, -71 / 30, -121 / 30, -105 / 30])
    assert found["test"]["accuracy"] == 0


@pytest.mark.usefixtures("articles")
def test_the_test_set_stays_closed_unless_asked(capsys: Out) -> None:
    assert answer(capsys)["test"] is None
    assert ledger.openings() == ()


@pytest.mark.usefixtures("articles")
def test_the_lemmas_are_made_by_a_job_of_the_long_lane(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    free: list[bool] = []

    def as_written(chunks: Iterable[tuple[int, list[str]]], *_: object) -> Iterator[tuple[int, list[str]]]:
        with locks.slot_lock("long", timeout=0) as held:
            free.append(held)
        yield from chunks

    monkeypatch.setattr("bowcore.text.tagger.texts.lemmatise_chunks", as_written)
    assert main.main(["article", "--json", *SMALL]) == 0
    assert free == [False]
    (made,) = jobs.recent("lemmas")
    assert made.state == "done"
    split = split_corpus(few(), preset("tutorial-revised").split)
    tables = [part.articles for part in (split.train, split.validation)]
    texts = {text for table in tables for name in ("title", "body") for text in table[name].to_pylist()}
    assert f"Loading the tagger, for {len(texts)} texts\n" in capsys.readouterr().err


@pytest.mark.usefixtures("articles")
def test_a_run_that_a_worker_trained_is_not_measured_here(capsys: Out) -> None:
    recipe = preset("tutorial-baseline", "ag-news").change(hidden=4, batch_size=16)
    run = jobs.submit("train", {"recipe": recipe.to_toml()}, "long", result_key(recipe, "network", few().digest))
    work("long", until_idle=True)
    recorded = jobs.get(run.id).result
    assert recorded is not None
    costs = [cost for cost in answer(capsys)["cost"] if cost["stage"].startswith("baseline")]
    assert [(cost["stage"], cost["peak_bytes"]) for cost in costs] == [("baseline: all", None)]
    assert costs[0]["seconds"] == pytest.approx(recorded["seconds"], abs=0.001)


@pytest.mark.usefixtures("articles")
def test_waiting_in_the_lane_is_no_cost(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    waited, busy, submit = 2.0, threading.Event(), jobs.submit

    def hold_the_lane() -> None:
        with locks.slot_lock("long"):
            busy.set()
            threading.Event().wait(waited)

    def submit_behind_another(kind: str, *arguments: Any) -> jobs.Job:
        if kind == "train" and not busy.is_set():
            threading.Thread(target=hold_the_lane).start()
            busy.wait()
        return submit(kind, *arguments)

    monkeypatch.setattr(jobs, "submit", submit_behind_another)
    found = answer(capsys)
    run = jobs.get(found["baseline"]["run_id"])
    assert run.started is not None and run.finished is not None
    assert run.started - run.created > waited / 2
    total = sum(cost["seconds"] for cost in found["cost"] if cost["stage"].startswith("baseline"))
    assert total == pytest.approx(run.finished - run.started, abs=waited / 2)


def test_without_ag_news_it_says_so_in_one_sentence(capsys: Out) -> None:
    assert main.main(["article"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("AG News is not on this machine") and printed.err.count("\n") == 1
