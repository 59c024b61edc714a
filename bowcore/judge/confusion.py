"""The confusion matrix: rows are true classes, columns are predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.nouns import TEXTS

Labels = NDArray[np.integer[Any]]
ConfusionMatrix = NDArray[np.int64]


def confusion_matrix(labels: Labels, predictions: Labels, n_classes: int) -> ConfusionMatrix:
    """Number of articles by true and predicted class: int64, shape (n_classes, n_classes), read-only."""
    if len(labels) != len(predictions):
        raise ValueError(f"{len(labels)} labels and {len(predictions)} predictions are not of the same {TEXTS}.")
    for name, positions in (("label", labels), ("prediction", predictions)):
        if len(positions) and not (positions.min() >= 0 and positions.max() < n_classes):
            # such an index would silently count in another row
            raise ValueError(f"A {name} is outside the {n_classes} classes.")
    cells = labels.astype(np.int64) * n_classes + predictions
    matrix = np.bincount(cells, minlength=n_classes * n_classes).reshape(n_classes, n_classes).astype(np.int64)
    matrix.flags.writeable = False
    return matrix


def constant_accuracy(matrix: ConfusionMatrix, class_position: int) -> float:
    """Accuracy of always predicting one class, on the articles of a confusion matrix."""
    sizes = matrix.sum(axis=1)
    return float(sizes[class_position] / sizes.sum())


def soft_matrix(labels: Labels, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The confusion matrix split by probability: each article adds its probabilities to the row of its true class.

    Rows sum to the sizes of the classes, as in `confusion_matrix`; a column's sum is the number of articles that the
    model expects in that class.

    Args:
        labels: Class indices, shape (n_documents,).
        probabilities: By article and class, shape (n_documents, n_classes); every row sums to 1.
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels and {len(probabilities)} rows are not of the same {TEXTS}.")
    matrix = np.zeros((probabilities.shape[1],) * 2)
    np.add.at(matrix, labels, probabilities)
    matrix.flags.writeable = False
    return matrix


def shares(matrix: ConfusionMatrix, axis: int) -> NDArray[np.float64]:
    """Each cell as a share of its true class (`axis=1`) or of its predicted class (`axis=0`), from 0 to 1.

    The diagonal is recall or precision. NaN in a row or column without articles.
    """
    totals = matrix.sum(axis=axis, keepdims=True)
    result = np.full(matrix.shape, np.nan)
    np.divide(matrix, totals, out=result, where=totals > 0)
    return result


def confusion_table(
    matrix: ConfusionMatrix, class_names: Sequence[str], soft: NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """One row per cell: `actual`, `predicted` (names), `n`, `recall_share`, `precision_share` (0 to 1 or NaN).

    With the matrix of `soft_matrix` also its cells, `soft`.
    """
    names = np.asarray(class_names, dtype=object)
    if matrix.shape != (len(names), len(names)):
        raise ValueError(f"A matrix of shape {matrix.shape} does not match {len(names)} class names.")
    columns = {} if soft is None else {"soft": soft.ravel()}
    return pd.DataFrame(
        {
            "actual": np.repeat(names, len(names)),
            "predicted": np.tile(names, len(names)),
            "n": matrix.ravel(),
            "recall_share": shares(matrix, axis=1).ravel(),
            "precision_share": shares(matrix, axis=0).ravel(),
            **columns,
        }
    )


def articles_in_cell(
    labels: Labels,
    predictions: Labels,
    actual: int,
    predicted: int,
    probabilities: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Positions of the articles in one cell.

    With `probabilities`, (n_documents, n_classes), they are sorted by confidence: a cell of mistakes begins with
    the most confident ones; ties, and all articles without probabilities, keep corpus order.
    """
    positions = np.flatnonzero((labels == actual) & (predictions == predicted))
    if probabilities is None:
        return positions
    return positions[np.argsort(-probabilities[positions, predicted], kind="stable")]
