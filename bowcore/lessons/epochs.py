"""The outcome of the moment that trains the network: whether validation loss went on falling."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from bowcore.lessons.evidence import Line, Outcome
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, percent


def awaited_epochs() -> Outcome:
    """What the tutorial printed for its two epochs, before the network here has any."""
    return Outcome(
        (
            Line("running training accuracy, epoch 1 → 2", "88.1 → 95.9 %", "…"),
            Line("validation loss, epoch 1 → 2", "0.2307 → 0.2352", "…"),
        ),
        "",
    )


def more_training(epochs: pd.DataFrame) -> Outcome:
    """Whether validation loss went on falling.

    `epochs` has one row per epoch, two or more, with `running_accuracy`, `validation_loss` and `validation_accuracy`.
    """
    accuracy, loss = epochs["running_accuracy"], epochs["validation_loss"]  # running, as the tutorial's are
    first, second = awaited_epochs().lines
    best, last = int(loss.argmin()), len(epochs) - 1
    lowest, end = decimal(loss.iloc[best], 4), decimal(loss.iloc[last], 4)
    fits = f"from {percent(accuracy.iloc[0])} to {percent(accuracy.iloc[last])}"
    if best == last:
        sentence = f"Validation loss fell to the end, {end} after epoch {last + 1}: more training did no harm here"
    else:
        rise = f"{lowest} after epoch {best + 1}, {end} after epoch {last + 1}"
        sentence = f"Validation loss was lowest early and rose: {rise}. More training fitted the training {TEXTS} only"
    return Outcome(
        (
            replace(first, here=f"{decimal(accuracy.iloc[0] * 100)} → {decimal(accuracy.iloc[1] * 100)} %"),
            replace(second, here=f"{decimal(loss.iloc[0], 4)} → {decimal(loss.iloc[1], 4)}"),
            Line(f"lowest validation loss, epoch {best + 1}", "epoch 1", lowest),
            Line(f"validation loss, epoch {last + 1}", "–", end),
        ),
        f"{sentence}; running training accuracy went {fits}.",
        0 if best == last else 2 if best == 0 else 1,
    )
