"""The page *Compare* in a browser: a run named, exported, compared text by text, deleted and brought back."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect
from scipy.stats import binomtest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.judge.seeds import key_without_seed
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.store.run_labels import run_labels
from bowcore.tasks import factorial
from bowcore.tasks.factorial import Factorial, factorial_key
from bowcore.tasks.finished_runs import KEY_LENGTH
from bowcore.tasks.switches import SWITCHES
from bowcore.tasks.trained import Trained, read_probabilities
from tests.browser.conftest import Server
from tests.browser.reader import SOON, link, settle

pytestmark = pytest.mark.browser

SMALL = preset("recommended").change(
    vocabulary_size=500, training_articles=300, hidden=8, epochs=2, batch_size=10, sample_seed=23
)
COUNTS = SMALL.change(weighting="count")
NAME, NOTE = "Counts, *not* :red[TF-IDF]", "Without weights.\nSecond line."


@pytest.fixture(autouse=True)
def jobs_of_the_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test read the server's database and artefacts."""
    monkeypatch.setenv("BOWLAB_HOME", str(server.home))


def train(page: Page, recipe: Recipe) -> tuple[str, Trained]:
    """Train on the page *Training*; the id of the job, and its result."""
    page.goto(link("/training", recipe))
    button = page.get_by_test_id("stMain").get_by_role("button", name="Start", exact=True)
    expect(button).to_have_count(1, timeout=SOON)
    button.click(timeout=SOON)
    job = ended(page, "train", result_key(recipe, "network", Experiments().corpus(recipe).digest), "done")
    return job.id, Trained.from_json(job.result or {})


def ended(page: Page, kind: str, key: str, *states: str) -> Job:
    """The newest job with this key, when it has ended in one of these states, or in any."""
    limit = time.monotonic() + SOON / 1000
    while time.monotonic() < limit:
        job = jobs.latest(kind, key)
        if job is not None and not job.open and (not states or job.state in states):
            return job
        page.wait_for_timeout(100)
    pytest.fail(f"No job of the kind {kind} has ended.")


def in_list(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name)


def choose_row(page: Page, name: str, key: str) -> None:
    """Choose a training by the beginning of its key, which is its name while nobody named it."""
    box = in_list(page, name)
    box.fill(key[:6])
    box.press("Enter")
    expect(box).to_have_value(re.compile(f"Network {key[:6]}"), timeout=SOON)
    settle(page)


def press(page: Page, name: str) -> None:
    """A button above the table."""
    page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).click(timeout=SOON)


def key_of_row(recipe: Recipe) -> str:
    """The key of the table's row with this recipe's trainings."""
    return key_without_seed(recipe)[:KEY_LENGTH]


def right(recipe: Recipe, trained: Trained) -> NDArray[np.bool_]:
    """Which validation articles the stored network has right, (n_validation,)."""
    probabilities = read_probabilities(trained.artefact)
    assert probabilities is not None
    return probabilities.argmax(axis=1) == Experiments().answer(recipe).labels


def expect_pair(page: Page, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> None:
    """Wait until the sentence on the pair and both lists have the numbers of these two networks."""
    n_fixed, n_broken = int((~before & after).sum()), int((before & ~after).sum())
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"fixed {n_fixed:,} and broke {n_broken:,} of {len(after):,}", timeout=SOON)
    expect(main).to_contain_text(f"Fixed ({n_fixed:,})")
    expect(main).to_contain_text(f"Broken ({n_broken:,})")
    p = binomtest(n_fixed, n_fixed + n_broken).pvalue
    expect(main).to_contain_text(
        f"exact McNemar p {'< 0.001' if p < 0.001 else f'{p:.3f}' if p < 0.01 else f'{p:.2f}'}"
    )


def saved(page: Page, button: str) -> str:
    """The text of a file that a button of the popover gives."""
    with page.expect_download(timeout=SOON) as download:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name=button, exact=True).click()
    return Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_a_run_is_named_exported_compared_text_by_text_deleted_and_brought_back(page: Page) -> None:
    (_, first), (job_id, trained) = (train(page, recipe) for recipe in (SMALL, COUNTS))
    before, after = right(SMALL, first), right(COUNTS, trained)
    page.goto(link("/compare", COUNTS))
    for button in ("Reference", "Compared with it"):
        expect(in_list(page, button)).to_have_count(1, timeout=SOON)
    choose_row(page, "Reference", key_of_row(SMALL))
    choose_row(page, "Compared with it", key_of_row(COUNTS))
    expect_pair(page, before, after)

    press(page, "Name")
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_label("Name").fill(NAME)
    body.get_by_label("Note").fill(NOTE)
    body.get_by_role("button", name="Save", exact=True).click()
    expect(in_list(page, "Compared with it")).to_have_value(re.compile(re.escape(NAME)), timeout=SOON)
    label = run_labels()[job_id]
    assert (label.name, label.note) == (NAME, NOTE)
    expect_pair(page, before, after)

    press(page, "Export")
    record = json.loads(saved(page, "JSON"))
    runs = {run["runs"][0]: run for run in record["runs"]}
    assert record["reference"] == key_of_row(SMALL)
    assert (runs[job_id]["name"], runs[job_id]["note"], runs[job_id]["differs"]) == (NAME, NOTE, ["Cell values: Count"])
    assert runs[job_id]["validation_accuracy"] == trained.validation_accuracy == after.mean()
    rows = list(csv.DictReader(io.StringIO(saved(page, "CSV"))))
    assert {row["runs"]: row["name"] for row in rows}[job_id] == NAME
    page.keyboard.press("Escape")

    press(page, "Delete")
    expect(page.get_by_text("was deleted.")).to_be_visible(timeout=SOON)
    assert run_labels()[job_id].deleted is not None
    in_list(page, "Compared with it").click()
    expect(page.get_by_role("option").first).to_be_visible(timeout=SOON)
    expect(page.get_by_role("option", name=NAME)).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Bring it back").click()
    expect(in_list(page, "Compared with it")).to_have_value(re.compile(re.escape(NAME)), timeout=SOON)
    assert run_labels()[job_id].deleted is None
    expect_pair(page, before, after)


def test_an_ablation_that_is_stopped_goes_on_with_what_is_kept_and_shows_every_effect(page: Page) -> None:
    recipe = preset("recommended").change(training_articles=1_500, sample_seed=31)  # whole texts: it takes seconds
    names = [name for name in SWITCHES if name in ("stop_words", "weighting", "ngrams", "case")]
    page.goto(link("/compare", recipe) + f"&compare_view=switches&ablation_switches={'.'.join(names)}")
    press(page, "Try every combination")
    key = factorial_key(recipe, Experiments().corpus(recipe).digest, names, "logistic")
    cells = page.get_by_test_id("stMain").get_by_test_id("stVegaLiteChart")
    expect(cells).to_have_count(1, timeout=SOON)
    press(page, "Stop")
    stopped = ended(page, factorial.KIND, key)
    kept = Factorial.from_json(stopped.result or {}).cells
    if stopped.state == "stopped":  # a fast machine may have been faster than the click
        press(page, f"Go on ({len(kept):,} of 16 are kept)")
    found = Factorial.from_json(ended(page, factorial.KIND, key, "done").result or {})
    seconds = {cell.on: cell.seconds for cell in found.cells}
    assert len(seconds) == len(found.cells) == 16
    assert [seconds[cell.on] for cell in kept] == [cell.seconds for cell in kept], "what is kept is not fitted again"
    on = {frozenset(cell.on): cell.accuracy for cell in found.cells}
    for effect in found.effects:
        signs = [(-1) ** (len(effect.switches) - len(cell & set(effect.switches))) for cell in on]
        contrast = sum(sign * share for sign, share in zip(signs, on.values(), strict=True))
        # a main effect is a difference of means, an interaction the difference of two such differences
        assert effect.difference == pytest.approx(100 * contrast / (len(on) / 2 ** len(effect.switches)), abs=1e-9)
    assert [len(effect.switches) for effect in found.effects] == [1] * 4 + [2] * 6
    expect(cells).to_have_count(2, timeout=SOON)
    for effect in found.effects:
        name = " × ".join(effect.switches)
        expect(cells.first.locator(f"[aria-label*='{name}']").first).to_be_attached(timeout=SOON)
    expect(page.get_by_test_id("stMain")).to_contain_text(f"of {found.n_validation:,}.")
