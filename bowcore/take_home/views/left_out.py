"""What views show and their code does not give, by page and view."""

from __future__ import annotations

LEFT_OUT: dict[tuple[str, str], str] = {
    ("Data", "leftovers"): "fragments, counts by split, and constant phrases",
    ("Data", "source-words"): "in how many texts a word names a source, and the effect of masking words",
    ("Data", "suspicious-labels"): "how many texts have near copies, and the pairs of classes",
    ("Preprocessing", "what-each-step-did"): "times, symbols lost, and sizes and terms under the recipe before",
    ("Preprocessing", "merges"): "occurrences of each form, and its shares of the classes",
    ("Preprocessing", "order"): "warnings, and which terms are not in the vocabulary",
    ("Preprocessing", "stop-lists"): "how many words the lists share, and the table of negations",
    ("Preprocessing", "accuracy"): "intervals of one recipe, the baseline, the texts that changed, and recipes tried",
    ("Preprocessing", "by-hand"): "the steps of a cell's arithmetic",
    ("Preprocessing", "cells"): "bytes of the sparse matrix, and the arithmetic of a cell",
    ("Preprocessing", "selection"): "equals at the cut, and chi-squared by values and by presence",
    ("Preprocessing", "limits"): "the list of the terms that go, and their tokens",
    ("Preprocessing", "word-groups"): "intervals, tests between lengths, and shares of the classes",
    (
        "Preprocessing",
        "unknown-words",
    ): "rates by class, terms never seen, and scores with a column for them",
    ("Preprocessing", "blocks"): "the blocks: it is the matrix of the words alone",
    ("Preprocessing", "lsa-and-pca"): "times, the mean's share, cosines with it, and singular values",
    (
        "Compare",
        "runs",
    ): "networks (their code is on *Training*), other runs, and the texts that changed",
    ("Compare", "switches"): "every recipe but that of the page: each combination of switches is one of its own",
    ("Compare", "learning-curve"): "every number of training texts but that of the page, and the law fitted to them",
}


def left_out(page: str, view: str) -> str:
    """A sentence on it; '' if the code gives all numbers of the view."""
    omitted = LEFT_OUT.get((page, view))
    return f"Left out: {omitted}." if omitted else ""
