"""Words outside the vocabulary: how many, where, and which, in training and validation articles only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.counts import Counts

Labels = NDArray[np.int32]
ALL_CLASSES = "all classes"


def unseen_rates(
    counts: Counts,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    labels: tuple[Labels, Labels],
    class_names: Sequence[str],
) -> pd.DataFrame:
    """Share of the articles' words outside the vocabulary, by split and class.

    Args:
        counts: Counts over every term of the open articles.
        rows: Training articles from which the vocabulary is learned.
        columns: Terms that are columns, as indices into `counts.terms`.
        labels: Classes of those training articles, and of all validation articles.
        class_names: Classes in corpus order.

    Returns:
        Two rows per class and two for all, columns `split`, `class`, `n_articles`, `n_tokens`, `n_unknown_tokens`,
        `n_never_tokens` (of those, terms that occur in no training article), `n_types`, `n_unknown_types`,
        `n_never_types`, `n_empty` (articles without a single known term).
    """
    train = counts.train if len(rows) == counts.train.shape[0] else counts.train[rows]
    known, seen = _masks(counts, train, columns)
    tables = [
        _rates(matrix, known, seen, of_part, class_names).assign(split=split)
        for split, matrix, of_part in zip(("training", "validation"), (train, counts.validation), labels, strict=True)
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["split", *(name for name in table.columns if name != "split")]]


def unseen_terms(
    counts: Counts, rows: NDArray[np.int64], columns: NDArray[np.int64], n_terms: int | None = None
) -> pd.DataFrame:
    """Terms outside the vocabulary, most frequent in validation articles first, then in training articles.

    Columns `term`, `in_validation`, `in_training` (occurrences), `documents` (validation articles), `reason`: `cut`
    if it occurs in training articles, `never seen` if not.
    """
    train = counts.train if len(rows) == counts.train.shape[0] else counts.train[rows]
    known, seen = _masks(counts, train, columns)
    size = len(counts.terms)
    in_validation = _sums(counts.validation, size)
    in_training = _sums(train, size)
    outside = np.flatnonzero(~known & ((in_validation > 0) | seen))
    order = outside[np.lexsort((-in_training[outside], -in_validation[outside]))]
    order = order if n_terms is None else order[:n_terms]
    documents = np.bincount(counts.validation.indices, minlength=size)
    return pd.DataFrame(
        {
            "term": pd.Series(counts.terms.take(pa.array(order)).to_pylist(), dtype="str"),
            "in_validation": in_validation[order],
            "in_training": in_training[order],
            "documents": documents[order],
            "reason": pd.Series(np.where(seen[order], "cut", "never seen"), dtype="str"),
        }
    )


def _masks(
    counts: Counts, train: sparse.csr_matrix, columns: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    known = np.zeros(len(counts.terms), dtype=np.bool_)
    known[columns] = True
    return known, np.bincount(train.indices, minlength=len(counts.terms)) > 0


def _sums(matrix: sparse.csr_matrix, size: int) -> NDArray[np.int64]:
    return np.bincount(matrix.indices, weights=matrix.data, minlength=size).astype(np.int64)


def _rates(
    matrix: sparse.csr_matrix,
    known: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    labels: Labels,
    class_names: Sequence[str],
) -> pd.DataFrame:
    n_classes = len(class_names)
    classes = np.repeat(labels.astype(np.int64), np.diff(matrix.indptr))
    unknown, never = ~known[matrix.indices], ~seen[matrix.indices]
    tokens, unknown_tokens, never_tokens = (
        np.bincount(classes[chosen], weights=matrix.data[chosen], minlength=n_classes).astype(np.int64)
        for chosen in (slice(None), unknown, never)
    )
    # which class contains which term: at most n_classes × n_terms bits, and never a value per corpus cell
    held = np.zeros((n_classes, matrix.shape[1]), dtype=np.bool_)
    held[classes, matrix.indices] = True
    filled = np.bincount(np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[~unknown], minlength=len(labels))
    empty = np.bincount(labels[filled == 0], minlength=n_classes)
    table = pd.DataFrame(
        {
            "class": pd.Series(list(class_names), dtype="str"),
            "n_articles": np.bincount(labels, minlength=n_classes),
            "n_tokens": tokens,
            "n_unknown_tokens": unknown_tokens,
            "n_never_tokens": never_tokens,
            "n_types": held.sum(axis=1),
            "n_unknown_types": (held & ~known).sum(axis=1),
            "n_never_types": (held & ~seen).sum(axis=1),
            "n_empty": empty,
        }
    )
    anywhere = held.any(axis=0)
    whole = {name: int(table[name].sum()) for name in table.columns if name != "class"}
    whole |= {
        "n_types": int(anywhere.sum()),
        "n_unknown_types": int((anywhere & ~known).sum()),
        "n_never_types": int((anywhere & ~seen).sum()),
    }
    return pd.concat([table, pd.DataFrame([{"class": ALL_CLASSES, **whole}])], ignore_index=True)
