"""Near duplicates as tables: how many there are within each open split and across, and which."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.corpus.near import NearDuplicates, texts_beside
from bowcore.corpus.split import Split

Integers = NDArray[np.int64]


def count_near_duplicates(found: NearDuplicates, split: Split, similarity: float) -> pd.DataFrame:
    """Articles and pairs at or above a similarity, within each open split and across.

    One row for each `where` (training, validation, across): `n_training` and `n_validation` articles that have
    another such article there, `n_pairs`, and `n_disagreeing`, the pairs whose labels differ.
    """
    train, validation = _members(found, split)
    close = found.similarity >= similarity
    first, second = found.first[close], found.second[close]
    n = {"training": train.sum(axis=1), "validation": validation.sum(axis=1)}
    rows = []
    for where, (left, right) in {"training": (train, train), "validation": (validation, validation)}.items():
        size = n[where]
        pairs = int((size * (size - 1) // 2).sum() + (size[first] * size[second]).sum())
        agree = int((left * (left - 1) // 2).sum() + (left[first] * right[second]).sum())
        has_other = size > 1
        np.logical_or.at(has_other, first, size[second] > 0)
        np.logical_or.at(has_other, second, size[first] > 0)
        n_articles = int(size[has_other].sum())
        counted = {"training": 0, "validation": 0} | {where: n_articles}
        rows.append((where, counted["training"], counted["validation"], pairs, pairs - agree))
    a, b = n["training"], n["validation"]
    pairs = int((a * b).sum() + (a[first] * b[second]).sum() + (b[first] * a[second]).sum())
    agree = int(
        (train * validation).sum()
        + (train[first] * validation[second]).sum()
        + (validation[first] * train[second]).sum()
    )
    beside = [texts_beside(found, similarity, size > 0) for size in (b, a)]
    rows.append(("across", int(a[beside[0]].sum()), int(b[beside[1]].sum()), pairs, pairs - agree))
    return pd.DataFrame(rows, columns=["where", "n_training", "n_validation", "n_pairs", "n_disagreeing"])


def list_near_duplicates(found: NearDuplicates, split: Split, similarity: float, where: str) -> pd.DataFrame:
    """Pairs of texts at or above a similarity, the most alike first, each with one article of either text.

    `where` is training, validation or across. Columns `first` and `second` (positions among the open articles; across,
    the first is the training article), `similarity` and `n_articles`, how many articles there read like one of the two.
    A text that stands several times is listed once as a pair with itself.
    """
    n_train = split.train.n_documents
    in_training = np.arange(len(found.text_of)) < n_train
    worded = found.text_of >= 0
    firsts = {part: _first_two(found, worded & inside) for part, inside in
              (("training", in_training), ("validation", ~in_training))}  # fmt: skip
    close = found.similarity >= similarity
    own = np.arange(found.n_texts)
    first = np.concatenate([own, found.first[close], found.second[close]])
    second = np.concatenate([own, found.second[close], found.first[close]])
    share = np.concatenate([np.ones(found.n_texts), found.similarity[close], found.similarity[close]])
    if where == "across":
        (one, _, n_one), (other, _, n_other) = firsts["training"], firsts["validation"]
        left, right, n = one[first], other[second], n_one[first] + n_other[second]
        kept = (left >= 0) & (right >= 0)
    else:
        one, two, n_one = firsts[where]
        same = first == second
        left, right = one[first], np.where(same, two[first], one[second])
        n = np.where(same, n_one[first], n_one[first] + n_one[second])
        kept = (left >= 0) & (right > left)
    table = pd.DataFrame({"first": left, "second": right, "similarity": share, "n_articles": n})[kept]
    ordered = table.sort_values(["similarity", "n_articles", "first", "second"], ascending=[False, False, True, True])
    return ordered.reset_index(drop=True)


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


def _first_two(found: NearDuplicates, inside: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
    """Positions of each text's first and second article among those `inside`, -1 for none, and how many there are."""
    positions = np.flatnonzero(inside)
    texts = found.text_of[positions]
    order = np.argsort(texts, kind="stable")
    texts, positions = texts[order], positions[order]
    n = np.bincount(texts, minlength=found.n_texts)
    starts = np.cumsum(n) - n
    padded = np.append(positions, [-1, -1])
    last = len(padded) - 1
    first = padded[np.where(n > 0, starts, last)]
    second = padded[np.where(n > 1, starts + 1, last)]
    return first, second, n
