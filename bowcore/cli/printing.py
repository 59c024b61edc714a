"""Output of the command line: lines, tables and JSON objects."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bowcore.numbers import NO_BREAK_SPACE, decimal, percent


def print_event(event: Mapping[str, Any]) -> None:
    """Print the start of a training, or a finished epoch."""
    if event["event"] == "Started":
        say(
            f"{event['n_train']:,} training and {event['n_validation']:,} validation articles, "
            f"{event['n_terms']:,} terms, {event['hidden']:,} hidden units, {event['n_parameters']:,} parameters"
        )
    if event["event"] == "EpochDone":
        say(
            f"Epoch {event['epoch']} of {event['epochs']}: training loss {decimal(event['train_loss'], 4)}, accuracy "
            f"{percent(event['train_accuracy'], 2)}; validation loss {decimal(event['validation_loss'], 4)}, accuracy "
            f"{percent(event['validation_accuracy'], 2)}; trained in {decimal(event['seconds'])} s, evaluated in "
            f"{decimal(event['evaluation_seconds'])} s"
        )


def print_result(result: Mapping[str, Any]) -> None:
    """Print a finished training's results on the validation articles."""
    n = result["n_validation"]
    say(f"\nKept: epoch {result['kept_epoch']}. Right of {n:,} validation articles:")
    models = {**result["baselines"], "network": result["validation_accuracy"]}
    notes = result["baseline_notes"]
    rows = [[name, right_of(share, n), notes.get(name, "")] for name, share in models.items()]
    print_table(["model", "accuracy", "note"], rows)
    epochs = result["epochs"]
    learning, evaluating = (sum(epoch[name] for epoch in epochs) for name in ("seconds", "evaluation_seconds"))
    say(f"\nSeconds in {len(epochs):,} epochs: learning {decimal(learning)}, evaluation apart {decimal(evaluating)}.")
    say("\nValidation articles by true class (rows) and predicted class (columns):")
    print_confusion(result["confusion"], result["class_names"])


def right_of(share: float, n_documents: int) -> str:
    """A share with its counts."""
    return f"{percent(share, 2)} ({round(share * n_documents):,} of {n_documents:,})"


def print_confusion(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> None:
    """Print counts, one row per true class."""
    rows = [[name, *(f"{n:,}" for n in row)] for name, row in zip(class_names, confusion, strict=True)]
    print_table(["", *class_names], rows)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_json(value: Mapping[str, Any]) -> None:
    """Print one object on one line; a non-finite number is an error."""
    say(json.dumps(value, allow_nan=False))


def say(text: str) -> None:
    """Print one line of text in any terminal encoding."""
    text = text.replace(NO_BREAK_SPACE, " ")  # so that a search for "92.40 %" finds it
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
