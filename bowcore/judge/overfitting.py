"""What the epochs after the best one say: loss and accuracy of the validation articles can part."""

from __future__ import annotations

from bowcore.judge.scores import Accuracy
from bowcore.numbers import decimal, percent


def since_the_best(losses: list[float], accuracies: list[float], n_validation: int) -> str:
    """A sentence on the epochs after that of lowest validation loss; empty if it is the last, or its loss stays.

    Accuracy is said to stay if its change is within the 95 % interval around the best epoch's accuracy.

    Args:
        losses: Validation loss after each epoch.
        accuracies: Validation accuracy after each epoch, from 0 to 1.
        n_validation: Validation articles behind them; 0 if unknown.
    """
    if not losses:
        return ""
    best = min(range(len(losses)), key=losses.__getitem__)
    lowest, last = decimal(losses[best], 3), decimal(losses[-1], 3)
    if lowest == last or not n_validation:
        return ""
    before, now = accuracies[best], accuracies[-1]
    known = Accuracy.of(round(before * n_validation), n_validation)
    moved = f"{percent(before)} → {percent(now)}"
    rises = f"Since epoch {best + 1} the loss rises ({lowest} → {last})"
    if now < known.low:
        return f"{rises} and the accuracy falls ({moved}): what is learned since then holds for training alone."
    if now > known.high:
        return f"{rises} although the accuracy rises too ({moved}): fewer mistakes, with higher probabilities."
    return (
        f"{rises} while the accuracy stays ({moved}, within its interval of "
        f"{percent(known.low)} to {percent(known.high)}): mistakes are made with higher and higher probabilities."
    )
