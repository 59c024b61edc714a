"""The page *Training* in a browser: what its buttons do to the worker's process, read from its jobs and networks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import mean, stdev

import pytest
from playwright.sync_api import Locator, Page, expect

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.judge.scores import Accuracy
from bowcore.learn.network.checkpoint import digest_file
from bowcore.learn.network.training import Training
from bowcore.numbers import percent
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.tasks import learning_curve as curve
from bowcore.tasks import seed_runs
from bowcore.tasks.learning_curve import curve_key
from bowcore.tasks.trained import Trained
from tests.browser.conftest import Server
from tests.browser.reader import SOON, go, link, settle, status

pytestmark = pytest.mark.browser

SMALL = preset("recommended").change(
    vocabulary_size=500, training_articles=400, hidden=8, epochs=3, batch_size=10, sample_seed=17
)
N_VALIDATION, GUESS = 334, 77 / 334
"""Validation articles, and the share of them that are business."""


@pytest.fixture(autouse=True)
def jobs_of_the_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test read the server's database and artefacts."""
    monkeypatch.setenv("BOWLAB_HOME", str(server.home))


@cache
def digest() -> str:
    """Of the texts of all these recipes."""
    return Experiments().corpus(SMALL).digest


def job_of(recipe: Recipe, kind: str = "train") -> Job | None:
    """The newest training of this recipe in the server's database, or its seeds, or its learning curve."""
    key = curve_key(recipe, digest(), "logistic") if kind == curve.KIND else result_key(recipe, "network", digest())
    return jobs.latest(kind, key)


def wait_until(page: Page, holds: Callable[[Job], object], recipe: Recipe, kind: str = "train") -> Job:
    """Wait until the job is in the database and this holds of it, while the page is served."""
    limit = time.monotonic() + SOON / 1000
    while time.monotonic() < limit:
        job = job_of(recipe, kind)
        if job is not None and holds(job):
            return job
        page.wait_for_timeout(100)
    pytest.fail(f"Not in {SOON // 1000} s: {job_of(recipe, kind)}")


def waits_at(epoch: int, batch: int) -> Callable[[Job], bool]:
    """Whether a training's process says that it waits after this batch; batch 0 is the end of an epoch."""

    def waits(job: Job) -> bool:
        newest = job.newest or {}
        place = newest.get("epoch", 0), 0 if "validation_loss" in newest else newest.get("batch", 0)
        return bool(newest.get("paused")) and place == (epoch, batch)

    return waits


def learns(job: Job) -> bool:
    """Whether its process has reported a batch since it went on."""
    newest = job.newest or {}
    return "batch" in newest and not newest.get("paused")


def is_done(job: Job) -> bool:
    assert job.state not in ("failed", "interrupted"), job.error
    return job.state == "done"


def press(page: Page, label: str) -> None:
    alone(page.get_by_test_id("stMain").get_by_role("button", name=label, exact=True)).click(timeout=SOON)


def choose_one(page: Page, key: str, name: str) -> None:
    """Choose one of the values of a bar of them."""
    page.locator(f".st-key-{key} button").filter(has_text=name).click(timeout=SOON)


def alone(found: Locator) -> Locator:
    """The widget, as soon as the one that it replaces is gone."""
    expect(found).to_have_count(1, timeout=SOON)
    return found


def symbols(chart: Locator) -> Locator:
    return chart.locator("g.mark-symbol.role-mark path")


def digest_of(recipe: Recipe, folder: Path) -> str:
    """Of the weights of this training without a page, a worker or a pause."""
    training = Training.start(Experiments().answer(recipe).matrix.features, recipe.network, folder)
    for _ in training.events(lambda: False):
        pass
    weights = folder / "weights.safetensors"
    training.save_kept(weights)
    return digest_file(weights)


def result(job: Job) -> Trained:
    return Trained.from_json(job.result or {})


def test_the_buttons_steer_the_workers_process_and_its_weights_are_those_of_a_training_without_them(
    page: Page, tmp_path: Path
) -> None:
    page.goto(link("/training", SMALL))
    press(page, "Step one batch")
    job = wait_until(page, waits_at(1, 1), SMALL)
    press(page, "Step one batch")
    wait_until(page, waits_at(1, 2), SMALL)
    press(page, "Step one epoch")
    assert wait_until(page, waits_at(1, 0), SMALL).id == job.id, "one process, which waits"
    expect(page.get_by_text(re.compile("After epoch 1: training"))).to_be_visible(timeout=SOON)

    pace = page.locator(".st-key-training_pace").get_by_role("slider")
    alone(pace).press("End")
    wait_until(page, lambda job: job.payload["steering"]["pace"] == 1, SMALL)
    press(page, "Resume")
    wait_until(page, learns, SMALL)
    press(page, "Pause")
    place = wait_until(page, lambda job: (job.newest or {}).get("paused"), SMALL).newest
    go(page, "Words")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("500", timeout=SOON)
    go(page, "Training")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_enabled(timeout=SOON)
    paused = job_of(SMALL)
    assert paused is not None and paused.newest == place, "it learned while it was paused"

    press(page, "Rewind")
    rewound = wait_until(page, waits_at(0, 0), SMALL)
    assert (rewound.id, rewound.progress) == (job.id, 0)
    expect(page.get_by_text("Grey dashed: the run before, on the validation articles.")).to_be_visible(timeout=SOON)
    press(page, "Resume")
    wait_until(page, learns, SMALL)
    alone(page.locator(".st-key-train_stop").get_by_role("button")).click()
    stopped = wait_until(page, lambda job: job.state == "stopped", SMALL)
    assert (stopped.id, result(stopped).epochs) == (job.id, ())

    alone(pace).press("Home")
    press(page, "Go on")
    done = wait_until(page, is_done, SMALL)
    assert done.id != job.id and len(result(done).epochs) == 3
    assert result(done).weights_digest == digest_of(SMALL, tmp_path)

    choose_one(page, "training_rewind_to", "New")
    press(page, "Rewind")
    new = SMALL.change(network_seed=1)
    wait_until(page, waits_at(0, 0), new)
    settle(page)  # until the buttons are those of the new run
    press(page, "Resume")
    assert result(wait_until(page, is_done, new)).weights_digest == digest_of(new, tmp_path)


def test_one_click_trains_five_seeds_whose_mean_and_spread_stand_in_header_and_page(page: Page) -> None:
    recipe = SMALL.change(sample_seed=18, network_seed=2)
    page.goto(link("/training", recipe) + "&judge=network&training_view=seeds")
    press(page, "Run 5 seeds")
    found = wait_until(page, is_done, recipe, seed_runs.KIND).result or {}
    trained = [job_of(recipe.change(network_seed=seed)) for seed in range(5)]
    shares = [result(job).validation_accuracy for job in trained if job is not None]
    assert found["accuracies"] == {str(seed): share for seed, share in enumerate(shares)}
    words = f"{100 * mean(shares):.1f} ± {100 * stdev(shares):.1f}\N{NO-BREAK SPACE}%, n = 5"
    expect(status(page)).to_contain_text(f"Network has {words} seeds right", timeout=SOON)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"{words} of the validation articles right", timeout=SOON)
    expect(symbols(main.get_by_test_id("stVegaLiteChart"))).to_have_count(5)
    expect(alone(page.locator(".st-key-seeds_start").get_by_role("button"))).to_be_disabled()


def test_the_learning_curve_has_seven_sizes_three_draws_and_says_what_twice_the_articles_would_give(
    page: Page,
) -> None:
    recipe = SMALL.change(sample_seed=20)
    page.goto(link("/training", recipe) + "&training_view=learning-curve")
    press(page, "Draw the curve")
    found = wait_until(page, is_done, recipe, curve.KIND).result or {}
    assert [point["n_train"] for point in found["points"]] == [24, 48, 97, 194, 389, 778, 1557], "each half of the next"
    n_draws = [len(point["by_draw"]) for point in found["points"]]
    assert n_draws[:-1] == [3] * 6, "the last one has all articles"
    exponent, low, high = found["exponent"]
    error = 100 * (1 - found["points"][-1]["accuracy"])
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"exponent {exponent:.2f} ({low:.2f} to {high:.2f}).", timeout=SOON)
    expect(main).to_contain_text(f"{error:.1f}\N{NO-BREAK SPACE}% errors with 1,557 training articles")
    expect(main).to_contain_text(f"Errors fall as n^−b with b = {exponent:.2f}")
    expect(main).to_contain_text("twice the 1,557 training articles would give")
    expect(symbols(main.get_by_test_id("stVegaLiteChart"))).to_have_count(7 + sum(n_draws), timeout=SOON)


def test_shuffled_labels_are_trained_with_one_click_fall_to_chance_and_are_taken_back_with_another(
    page: Page,
) -> None:
    recipe = SMALL.change(sample_seed=19)
    page.goto(link("/training", recipe))
    choose_one(page, "go_wrong", "Labels shuffled")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("while validation accuracy falls to around chance", timeout=SOON)
    expect(main).to_contain_text("labels would reach the texts in another way: a leak.")
    press(page, "Try it")
    done = wait_until(page, is_done, recipe.change(shuffled_labels=True))
    reached = Accuracy.of(round(result(done).validation_accuracy * N_VALIDATION), N_VALIDATION)
    assert reached.low <= GUESS, "more than chance"
    said = f"With shuffled training labels the network is right for {percent(reached.value)}"
    expect(main).to_contain_text(said, timeout=SOON)
    alone(page.locator(".st-key-go_wrong_undo").get_by_role("button")).click()
    expect(main).not_to_contain_text("With shuffled training labels", timeout=SOON)
    page.wait_for_url(lambda address: "shuffled" not in address, timeout=SOON)
    expect(alone(page.locator(".st-key-go_wrong_undo").get_by_role("button"))).to_be_disabled(timeout=SOON)
    expect(alone(page.get_by_role("button", name="Start", exact=True))).to_be_enabled(timeout=SOON)
