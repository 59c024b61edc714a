"""fastText's format: each line is a text with one or more words `__label__name`, usually in front."""

from __future__ import annotations

import io

import pyarrow as pa

from bowcore.corpus.formats.found import Found

PREFIX = "__label__"


def is_labelled_lines(source: bytes) -> bool:
    """Whether the first line that is not blank begins with a label."""
    return source.lstrip()[: len(PREFIX)] == PREFIX.encode()


def read_labelled_lines(source: bytes) -> Found:
    """Texts and their labels; a line without a label has none, a line with several has them all."""
    texts: list[str] = []
    labels: list[list[str]] = []
    for line in io.TextIOWrapper(io.BytesIO(source), encoding="utf-8", errors="replace"):
        words = line.split()
        if not words:
            continue
        labels.append([word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX)])
        texts.append(" ".join(word for word in words if not word.startswith(PREFIX)))
    several = any(len(found) > 1 for found in labels)
    column = (
        pa.array([found or None for found in labels], pa.list_(pa.string()))
        if several
        else pa.array([found[0] if found else None for found in labels], pa.string())
    )
    return Found("fastText", pa.table({"text": pa.array(texts, pa.large_string()), "label": column}))
