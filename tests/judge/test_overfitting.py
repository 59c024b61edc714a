"""The sentence about the epochs after the best one follows from their numbers alone."""

from __future__ import annotations

import pytest

from bowcore.judge.overfitting import since_the_best

LOSSES = [0.4, 0.231, 0.235, 0.3]


@pytest.mark.parametrize(
    ("last", "n", "expected"),
    [
        (0.924, 12_000, "while the accuracy stays (92.4 % → 92.4 %, within its interval of 91.9 % to 92.9 %)"),
        (0.918, 12_000, "and the accuracy falls (92.4 % → 91.8 %)"),
        (0.931, 12_000, "although the accuracy rises too (92.4 % → 93.1 %)"),
        (0.918, 334, "while the accuracy stays"),
    ],
)
def test_loss_rises_while_accuracy_does_what_its_numbers_say(last: float, n: int, expected: str) -> None:
    found = since_the_best(LOSSES, [0.9, 0.924, 0.92, last], n).replace("\u00a0", " ")
    assert found.startswith("Since epoch 2 the loss rises (0.231 → 0.300) ")
    assert expected in found


@pytest.mark.parametrize("losses", [[], [0.5], [0.5, 0.4]])
def test_nothing_is_said_while_the_last_epoch_is_the_best(losses: list[float]) -> None:
    assert since_the_best(losses, [0.9] * len(losses), 100) == ""
    assert since_the_best([0.4, 0.5], [0.9, 0.9], 0) == "", "the number of articles is unknown"


def test_a_rise_that_its_numbers_do_not_show_is_not_told() -> None:
    assert since_the_best([0.5, 0.3001, 0.3004], [0.9, 0.91, 0.91], 100) == ""
