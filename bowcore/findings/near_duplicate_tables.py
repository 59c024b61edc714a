"""Tables of near duplicates: how many there are within each open split and across, and which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.findings.near_duplicates import NearDuplicates, similar_texts

Integers = NDArray[np.int64]


def count_near_duplicates(found: NearDuplicates, split: Split, similarity: float) -> pd.DataFrame:
    """Articles and pairs at or above a similarity, within each open split and across.

    One row for each `where` (training, validation, across): `n_training` and `n_validation`, the articles with a near
    duplicate there, `n_pairs`, and `n_disagreeing`, the pairs whose labels differ.
    """
    train, validation = _members(found, split)
    close = found.similarity >= similarity
    first, second = found.first[close], found.second[close]

    def n_pairs(left: Integers, right: Integers, within: bool) -> int:
        n = (left * right).sum() + (left[first] * right[second]).sum() + (right[first] * left[second]).sum()
        return int((n - left.sum()) // 2 if within else n)  # within a part, each pair is counted twice

    rows = []
    for where, left, right in (
        ("training", train, train),
        ("validation", validation, validation),
        ("across", train, validation),
    ):
        within = where != "across"
        n, m = left.sum(axis=1), right.sum(axis=1)
        n_left = int(n[(m > int(within)) | similar_texts(found, similarity, m > 0)].sum())
        n_right = int(m[(n > int(within)) | similar_texts(found, similarity, n > 0)].sum())
        pairs = n_pairs(n, m, within)
        rows.append(
            {
                "where": where,
                "n_training": n_left if where != "validation" else 0,
                "n_validation": n_right if where != "training" else 0,
                "n_pairs": pairs,
                "n_disagreeing": pairs - n_pairs(left, right, within),
            }
        )
    return pd.DataFrame(rows)


def list_near_duplicates(found: NearDuplicates, split: Split, similarity: float, where: str) -> pd.DataFrame:
    """Pairs of texts at or above a similarity, most similar first, each with one article of either text.

    `where` is training, validation or across. Columns `first` and `second` (positions among the open articles; across,
    the first is the training article), `similarity`, `n_articles`, the number of articles there with one of the two
    texts, and `labels_disagree`: whether any two of these articles, one of each text, have different labels; `first`
    and `second` are then such a pair. A text with several articles is listed once, as a pair with itself.
    """
    labels = open_labels(split)
    in_training = np.arange(len(labels)) < split.train.n_documents
    parts = {
        "training": _articles_of(found, labels, in_training),
        "validation": _articles_of(found, labels, ~in_training),
    }
    left, right = (parts["training"], parts["validation"]) if where == "across" else (parts[where], parts[where])
    close = found.similarity >= similarity
    own = np.arange(found.n_texts)
    x, y = np.concatenate([own, found.first[close]]), np.concatenate([own, found.second[close]])
    share = np.concatenate([np.ones(len(own)), found.similarity[close]])
    if where == "across":  # either of the two texts may be the one in training
        x, y = np.concatenate([x, found.second[close]]), np.concatenate([y, found.first[close]])
        share = np.concatenate([share, found.similarity[close]])
    with_itself = (x == y) & (where != "across")
    exists = (left.n[x] > 0) & (right.n[y] > 0) & (~with_itself | (left.n[x] > 1))
    x, y, share, with_itself = x[exists], y[exists], share[exists], with_itself[exists]
    first, second = left.first[x], np.where(with_itself, right.second[y], right.first[y])
    alike = labels[left.first[x]] == labels[right.first[y]]
    take_second = alike & (right.other[y] >= 0)
    take_first = alike & ~take_second & (left.other[x] >= 0)
    second = np.where(take_second, right.other[y], second)
    first = np.where(take_first, left.other[x], first)
    if where != "across":
        first, second = np.minimum(first, second), np.maximum(first, second)
    table = pd.DataFrame(
        {
            "first": first,
            "second": second,
            "similarity": share,
            "n_articles": np.where(with_itself, left.n[x], left.n[x] + right.n[y]),
            "labels_disagree": labels[first] != labels[second],
        }
    )
    ordered = table.sort_values(["similarity", "n_articles", "first", "second"], ascending=[False, False, True, True])
    return ordered.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class _ArticlesOfTexts:
    """For each text, an article in one part, -1 for none, and the number of its articles.

    `other` is the first article whose label differs from that of `first`.
    """

    first: Integers
    second: Integers
    other: Integers
    n: Integers


def _members(found: NearDuplicates, split: Split) -> tuple[Integers, Integers]:
    """Articles of each text by class, in training and in validation: (n_texts, n_classes) each."""
    n_train, n_classes = split.train.n_documents, len(split.class_names)
    tables = []
    for texts, labels in (
        (found.text_of[:n_train], split.train.labels),
        (found.text_of[n_train:], split.validation.labels),
    ):
        worded = texts >= 0
        cells = texts[worded] * n_classes + labels[worded]
        tables.append(np.bincount(cells, minlength=found.n_texts * n_classes).reshape(-1, n_classes))
    return tables[0], tables[1]


def _articles_of(found: NearDuplicates, labels: NDArray[np.int32], inside: NDArray[np.bool_]) -> _ArticlesOfTexts:
    positions = np.flatnonzero(inside & (found.text_of >= 0))
    texts = found.text_of[positions]

    def first_of(chosen: NDArray[np.bool_]) -> Integers:
        firsts = np.full(found.n_texts, len(labels), dtype=np.int64)
        np.minimum.at(firsts, texts[chosen], positions[chosen])
        return np.where(firsts < len(labels), firsts, -1)

    first = first_of(np.ones(len(positions), dtype=bool))
    second = first_of(positions != first[texts])
    other = first_of(labels[positions] != labels[first[texts]])
    return _ArticlesOfTexts(first, second, other, np.bincount(texts, minlength=found.n_texts))
