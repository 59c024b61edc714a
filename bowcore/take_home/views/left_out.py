"""What views show and their code does not give, by page and view."""

from __future__ import annotations

LEFT_OUT: dict[tuple[str, str], str] = {
    ("Preprocessing", "what-each-step-did"): "times",
    ("Preprocessing", "order"): "warnings",
    ("Preprocessing", "accuracy"): "how many recipes were tried",
    ("Preprocessing", "lsa-and-pca"): "times",
    (
        "Preprocessing",
        "blocks",
    ): "stacking, whose folds and near copies need more than 40 lines: models have their mean",
    (
        "Compare",
        "runs",
    ): "networks (their code is on *Training*), blocks (on *Preprocessing*), and other runs",
    ("Compare", "switches"): "the network; more switches of the texts than fit into 40 lines",
    ("Training", "curves"): "times, single batches, and what *Make it go wrong* says",
    ("Training", "seeds"): "seeds that were trained besides these, and times",
    ("Training", "tutorial-s-numbers"): "times",
}


def left_out(page: str, view: str) -> str:
    """A sentence on it; '' if the code gives all numbers of the view."""
    omitted = LEFT_OUT.get((page, view))
    return f"Left out: {omitted}." if omitted else ""
