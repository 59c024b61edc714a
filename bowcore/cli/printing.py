"""Output of the command line: lines, tables and JSON objects."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bowcore.names import visible
from bowcore.nouns import TEXTS, VALIDATION_TEXTS, Word
from bowcore.numbers import NO_BREAK_SPACE, counted, decimal, interval, percent


def print_event(event: Mapping[str, Any]) -> None:
    """Print the start of a training, a finished epoch, or what a fit of blocks is doing."""
    if event["event"] == "Message":
        say(event["message"])
    if event["event"] == "Started":
        say(
            f"{event['n_train']:,} training and {event['n_validation']:,} validation {TEXTS}, "
            f"{event['n_terms']:,} terms, {event['hidden']:,} hidden units, {event['n_parameters']:,} parameters"
        )
    if event["event"] == "EpochDone":
        say(
            f"Epoch {event['epoch']} of {event['epochs']}, learned in {decimal(event['seconds'])} s, evaluated in "
            f"{decimal(event['evaluation_seconds'])} s. Training loss {decimal(event['train_loss'], 4)}, accuracy "
            f"{percent(event['train_accuracy'], 2)} of {event['n_train_evaluated']:,} training {TEXTS}. Validation "
            f"loss {decimal(event['validation_loss'], 4)}, accuracy "
            f"{accuracy_in_words(event['validation_accuracy'], event['n_validation'], event['guess_accuracy'])}"
        )


def print_result(result: Mapping[str, Any]) -> None:
    """Print a finished training's results on the validation articles."""
    n, epochs = result["n_validation"], result["epochs"]
    say(
        f"\nKept: the weights of epoch {result['kept_epoch']} of {counted(len(epochs), 'epoch')}. {n:,} validation "
        f"{TEXTS}; always guessing the largest class: {percent(epochs[-1]['guess_accuracy'], 2)}."
    )
    models = {**result["baselines"], "network": result["validation_accuracy"]}
    notes = result["baseline_notes"]
    rows = [[name, *_accuracy_cells(share, n), notes.get(name, "")] for name, share in models.items()]
    print_table(["model", "right", "accuracy", "95 % interval", "note"], rows)
    learning, evaluating = (sum(epoch[name] for epoch in epochs) for name in ("seconds", "evaluation_seconds"))
    say(f"\nSeconds in {len(epochs):,} epochs: learning {decimal(learning)}, evaluation apart {decimal(evaluating)}.")
    say(f"\nValidation {TEXTS} by true class (rows) and predicted class (columns):")
    print_confusion(result["confusion"], result["class_names"])


def accuracy_in_words(
    share: float, n_documents: int, guessed: float | None, unit: str | Word = VALIDATION_TEXTS
) -> str:
    """An accuracy with its interval, the number of articles, and the accuracy of the constant guess on them."""
    from bowcore.judge.scores import Accuracy, describe_accuracy  # it imports SciPy and pandas

    return describe_accuracy(Accuracy.of(round(share * n_documents), n_documents), guessed, unit=unit, digits=2)


def _accuracy_cells(share: float, n_documents: int) -> list[str]:
    """An accuracy as three cells of a table: the articles that are right, their share, its interval."""
    from bowcore.judge.scores import wilson_interval

    n_right = round(share * n_documents)
    return [f"{n_right:,}", percent(share, 2), interval(*wilson_interval(n_right, n_documents), 2)]


def print_confusion(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> None:
    """Print counts, one row per true class."""
    rows = [[name, *(f"{n:,}" for n in row)] for name, row in zip(class_names, confusion, strict=True)]
    print_table(["", *class_names], rows)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their widest cell."""
    lines = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in lines) for column in range(len(head))]
    for row in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_json(value: Mapping[str, Any]) -> None:
    """Print one object on one line; a non-finite number is an error."""
    say(json.dumps(value, allow_nan=False))


def say(text: str) -> None:
    """Print one line of text in any terminal encoding; what a terminal would obey is shown as signs."""
    text = visible(text.replace(NO_BREAK_SPACE, " "), keep="\n")  # so that a search for "92.40 %" finds it
    try:
        print(text, flush=True)  # so that a program that reads the output sees each epoch as it finishes
    except BrokenPipeError:
        discard_output()  # the run continues, since its results are stored
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding
        print(text.encode(encoding, "replace").decode(encoding), flush=True)


def discard_output() -> None:
    """Discard further output, after its reader closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
