"""What stands beside a run: the tutorial's figures with the difference, and what shuffled labels have shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bowcore.experiment.experiments import process_experiments
from bowcore.judge.scores import Accuracy
from bowcore.lessons.evidence import shuffled_accuracies
from bowcore.recipe.presets import PRESETS, preset
from bowcore.tasks.article import TUTORIAL
from ui.training.go_wrong import verdict
from ui.training.tutorial_numbers import comparison, of_recipe


def test_the_tutorials_figures_stand_beside_ours_with_the_difference() -> None:
    epochs = pd.DataFrame(
        [(1, 0.3600, 0.8800, 0.2307, 0.9253)],
        columns=["epoch", "running_loss_batch_mean", "running_accuracy", "validation_loss", "validation_accuracy"],
    )
    table = comparison(TUTORIAL["baseline"]["epochs"], epochs)
    assert table.iloc[:5].to_numpy().tolist() == [
        ["Epoch 1: training loss, running", "0.3553", "0.3600", "+0.0047"],
        ["Epoch 1: training accuracy, running", "88.13 %", "88.00 %", "−0.1 points"],
        ["Epoch 1: validation loss", "0.2307", "0.2307", "0.0000"],
        ["Epoch 1: validation accuracy", "92.43 %", "92.53 %", "+0.1 points"],
        ["Epoch 2: training loss, running", "0.1217", "–", "–"],
    ]


def test_the_tutorials_recipes_are_known_on_any_texts_and_no_other_is() -> None:
    found = {name: of_recipe(preset(name, "ag-news").change(network_seed=3)) for name in PRESETS}
    assert {name: run for name, run in found.items() if run} == {
        "tutorial-baseline": "baseline",
        "tutorial-revised": "revised",
    }
    assert of_recipe(preset("tutorial-baseline").change(hidden=128)) is None


@pytest.mark.parametrize(
    ("right", "expected"), [(77, "no more than chance"), (110, "more than chance"), (30, "less than chance")]
)
def test_shuffled_labels_are_judged_by_the_interval_of_the_run(right: int, expected: str) -> None:
    said = verdict(Accuracy.of(right, 334), Accuracy.of(77, 334), "business", 5)
    assert f": {expected} (" in said
    assert ("a way in which labels reach the text" in said) == (right == 110)


@pytest.mark.slow
def test_shuffles_vary_by_more_than_the_interval_of_one_says() -> None:
    answer = process_experiments().answer(preset("recommended", "bbc-news"))
    found, n = shuffled_accuracies(answer, 200), len(answer.labels)
    assert np.quantile(found, (0.025, 0.975)) == pytest.approx((0.09, 0.37), abs=0.015)
    said = [verdict(Accuracy.of(round(share * n), n), answer.baseline, answer.guess, 5) for share in found]
    more = sum(": more than chance" in one for one in said) / 200
    assert more == pytest.approx(0.3, abs=0.04)
    assert sum("less than chance" in one for one in said) / 200 == pytest.approx(1 / 6, abs=0.04)
