"""What the open articles contain: class counts, lengths, exact duplicates, and a search.

`texts` is the text that the recipe reads of each open article, training articles first (`Reading.texts`). Test
articles are only counted, by `SealedTest`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.findings.columns import count_words

Part = Literal["training", "validation"]

QUANTILES = {"low": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": 0.95}
"""Quantile columns of a table of lengths, and their shares of articles."""


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """Articles by class and split, and the accuracy of always guessing one class.

    `table` has the columns `class`, `split` (training, validation or test), `n` and `share` (of its split).
    `constant_guess` is the largest class of the training articles, `constant_accuracy` the share of the
    `n_validation` validation articles of that class.
    """

    table: pd.DataFrame
    constant_guess: str
    constant_accuracy: float
    n_validation: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """Words of each open article, separated by white space.

    `articles` has one row per article: `class`, `split`, `length`. `table` has one row for each class of each split
    that has articles, and one for each whole split (class `all`): `class`, `split`, `n`, `mean` and `QUANTILES`.
    """

    articles: pd.DataFrame
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Open articles with exactly the same text, in groups of two or more.

    `groups` has one row per group, largest first: `first` (position of its first article in `texts`), `n_training`,
    `n_validation` and `labels_disagree`. `table` has one row for each `where` (training, validation, across): a group
    with two training articles and one validation article counts under training and under across: `n_groups`,
    `n_articles` and `n_disagreeing`, the groups whose labels differ there. The last two fields are counts of test
    articles.
    """

    groups: pd.DataFrame
    table: pd.DataFrame
    n_test_within: int
    n_test_of_training: int


def count_classes(split: Split) -> ClassCounts:
    """Number of articles by class and split; test articles as counts only."""
    n_classes = len(split.class_names)
    counts = {
        "training": np.bincount(split.train.labels, minlength=n_classes),
        "validation": np.bincount(split.validation.labels, minlength=n_classes),
        "test": split.test.class_counts,
    }
    parts = [
        pd.DataFrame({"class": split.class_names, "split": name, "n": n, "share": n / max(int(n.sum()), 1)})
        for name, n in counts.items()
    ]
    largest = int(counts["training"].argmax())
    n_validation = split.validation.n_documents
    return ClassCounts(
        table=pd.concat(parts, ignore_index=True),
        constant_guess=split.class_names[largest],
        constant_accuracy=float(counts["validation"][largest] / max(n_validation, 1)),
        n_validation=n_validation,
    )


def measure_lengths(texts: pa.Array, split: Split) -> Lengths:
    """Number of words in every open article, as split by `str.split`."""
    words = count_words(texts)
    labels = open_labels(split)
    in_training = np.arange(len(words)) < split.train.n_documents
    rows = []
    for part, inside in (("training", in_training), ("validation", ~in_training)):
        rows.append({"class": "all", "split": part, **_summary(words[inside])})
        rows += [
            {"class": name, "split": part, **_summary(words[inside & (labels == label)])}
            for label, name in enumerate(split.class_names)
        ]
    table = pd.DataFrame([row for row in rows if row["n"]], columns=["class", "split", "n", "mean", *QUANTILES])
    articles = pd.DataFrame(
        {
            "class": np.asarray(split.class_names, dtype=object)[labels],
            "split": np.where(in_training, "training", "validation"),
            "length": words,
        }
    )
    return Lengths(articles=articles, table=table)


def find_duplicates(texts: pa.Array, split: Split) -> Duplicates:
    """Groups of open articles with exactly the same text, including empty texts."""
    codes = texts.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    sizes = np.bincount(codes)
    members = np.flatnonzero(sizes[codes] > 1)
    rows = pd.DataFrame(
        {
            "text": codes[members],
            "position": members,
            "label": open_labels(split)[members],
            "training": members < split.train.n_documents,
        }
    )
    groups = _groups(rows)
    within = {
        "training": _groups(rows[rows["training"]]),
        "validation": _groups(rows[~rows["training"]]),
        "across": groups[(groups["n_training"] > 0) & (groups["n_validation"] > 0)],
    }
    n_articles = groups["n_training"] + groups["n_validation"]
    largest_first = np.lexsort((groups["first"], -n_articles))
    return Duplicates(
        groups=groups.iloc[largest_first].reset_index(drop=True),
        table=pd.DataFrame(
            {
                "where": list(within),
                "n_groups": [len(found) for found in within.values()],
                "n_articles": [int((found["n_training"] + found["n_validation"]).sum()) for found in within.values()],
                "n_disagreeing": [int(found["labels_disagree"].sum()) for found in within.values()],
            }
        ),
        n_test_within=split.test.n_duplicates_within,
        n_test_of_training=split.test.n_duplicates_of_training,
    )


def search(
    texts: pa.Array, split: Split, query: str, *, label: int | None = None, part: Part | None = None
) -> NDArray[np.int64]:
    """Positions in `texts` of the open articles that contain the letters of `query`, in ascending order.

    Case is ignored, and the query is taken literally: “mother” finds *smothered*. An empty query matches every article.

    Args:
        texts: Text of the open articles, training articles first.
        split: The split of the texts.
        query: Text to search for.
        label: Only articles of this class, an index into `split.class_names`.
        part: Only training, or only validation articles.
    """
    chosen = np.ones(len(texts), dtype=bool)
    if part == "training":
        chosen[split.train.n_documents :] = False
    elif part == "validation":
        chosen[: split.train.n_documents] = False
    if label is not None:
        chosen &= open_labels(split) == label
    positions = np.flatnonzero(chosen)
    if not query:
        return positions
    # search fewer texts when a class or a part is chosen
    searched = texts if len(positions) == len(texts) else texts.take(pa.array(positions))
    found: NDArray[np.bool_] = pc.match_substring(searched, query, ignore_case=True).to_numpy(zero_copy_only=False)
    return positions[found]


def _summary(words: NDArray[np.int64]) -> dict[str, float | int]:
    if not len(words):
        return {"n": 0}
    quantiles = np.quantile(words, list(QUANTILES.values()))
    return {"n": len(words), "mean": float(words.mean()), **dict(zip(QUANTILES, quantiles.tolist(), strict=True))}


def _groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Groups of two or more articles of the same text: columns as in `Duplicates.groups`."""
    by_text = rows.groupby("text")
    groups = pd.DataFrame(
        {
            "first": by_text["position"].min(),
            "n_training": by_text["training"].sum().astype(np.int64),
            "n_validation": (by_text.size() - by_text["training"].sum()).astype(np.int64),
            "labels_disagree": by_text["label"].nunique() > 1,
        }
    )
    return groups[by_text.size() > 1]


def count_whole_words(texts: pa.Array, query: str) -> int:
    """Number of texts that contain `query` with no letter or digit right before or after it, ignoring case."""
    edge = r"[^\p{L}\p{N}\p{M}]"
    pattern = rf"(?i)(?:^|{edge}){re.escape(query)}(?:$|{edge})"
    return int(pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0)
