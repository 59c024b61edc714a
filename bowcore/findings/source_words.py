"""Shortcut words: terms that reveal a class because they name where an article comes from.

Two things are measured separately. *Near one class*: the share of the training articles with the term that are of one
class. *Names a source*: the share of them in which the term occurs in an agency tag, a constant phrase, mark-up or a
web address, as found by `bowcore.findings.agency_tags` and `bowcore.findings.leftovers`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.scores import CONFIDENCE, exact_interval

NEAR = 0.95
"""Default share of one class from which a term is near it."""
SOURCE = 0.5
"""Default share of a term's articles with it in a source's place, from which it names a source."""
MIN_ARTICLES = 20


def class_shares(present: sparse.csr_matrix, labels: NDArray[np.int32], n_classes: int) -> NDArray[np.int64]:
    """Articles by term and class: int64, (n_terms, n_classes). `present` is non-zero where an article has a term."""
    coordinates = present.tocoo()
    flat = coordinates.col.astype(np.int64) * n_classes + labels[coordinates.row]
    counts = np.bincount(flat[coordinates.data != 0], minlength=present.shape[1] * n_classes)
    return counts.reshape(present.shape[1], n_classes).astype(np.int64)


def find_shortcuts(
    counts: sparse.csr_matrix,
    labels: NDArray[np.int32],
    terms: pa.StringArray,
    class_names: tuple[str, ...],
    places: Mapping[str, sparse.csr_matrix],
    *,
    near: float = NEAR,
    source: float = SOURCE,
    min_articles: int = MIN_ARTICLES,
) -> pd.DataFrame:
    """Terms that are near one class, or name a source, or both.

    Args:
        counts: Counts of the terms in the training articles, (n_documents, n_terms).
        labels: Their classes.
        terms: The terms.
        class_names: Classes in corpus order.
        places: For each kind of source place, counts of the terms in those places alone: same shape.
        near: Least share of one class.
        source: Least share of a term's articles with it in a source's place.
        min_articles: Terms in fewer training articles are left out: a word of one article is of one class by chance.

    Returns:
        Columns `term`, `articles`, `class` (the commonest), `class_share`, `low`, `high`, `source_share` (articles with
        it in any such place), `found_in` (the kind of place that most often contains it, empty for none),
        `near_one_class`, `names_a_source`. Terms that are both come first, then sources, then those near one class;
        most articles first. `low` and `high` are the ends of intervals of `class_share` that cover all together with
        95 %: terms and class are selected for their large share, so an interval for a single one would be too narrow.
        They are exact, with Bonferroni's correction for all terms of enough articles and all classes.
    """
    by_class = class_shares(counts, labels, len(class_names))
    n_articles = by_class.sum(axis=1)
    columns = np.flatnonzero(n_articles >= min_articles)
    held = {name: _articles_with(place, counts) for name, place in places.items()}
    anywhere = _articles_with(sum(places.values(), sparse.csr_matrix(counts.shape)), counts)
    common = by_class[columns].argmax(axis=1) if len(columns) else np.empty(0, dtype=np.int64)
    n_common = by_class[columns, common]
    class_share = n_common / n_articles[columns]
    source_share = anywhere[columns] / n_articles[columns]
    kept, n_compared = (class_share >= near) | (source_share >= source), len(columns)
    columns, common, n_common = columns[kept], common[kept], n_common[kept]
    confidence = 1 - (1 - CONFIDENCE) / max(n_compared * len(class_names), 1)
    intervals = [
        exact_interval(int(n), int(of), confidence) for n, of in zip(n_common, n_articles[columns], strict=True)
    ]
    table = pd.DataFrame(
        {
            "term": pd.Series(terms.take(pa.array(columns)).to_pylist(), dtype="str"),
            "articles": n_articles[columns],
            "class": [class_names[label] for label in common],
            "class_share": class_share[kept],
            "low": [low for low, _ in intervals],
            "high": [high for _, high in intervals],
            "source_share": source_share[kept],
            "found_in": [_largest(held, column) for column in columns],
            "near_one_class": class_share[kept] >= near,
            "names_a_source": source_share[kept] >= source,
        }
    )
    rank = table["near_one_class"] + 2 * table["names_a_source"].astype(int)
    order = np.lexsort((table["term"].astype(str), -table["articles"], -rank))
    return table.iloc[order].reset_index(drop=True)


def _articles_with(place: sparse.csr_matrix, counts: sparse.csr_matrix) -> NDArray[np.int64]:
    """Articles that contain each term in a place and count it, (n_terms,): steps may drop words of a place."""
    both = place.multiply(counts > 0).tocsr()
    both.eliminate_zeros()
    articles: NDArray[np.int64] = np.bincount(both.indices, minlength=counts.shape[1]).astype(np.int64)
    return articles


def _largest(held: Mapping[str, NDArray[np.int64]], column: int) -> str:
    found = {name: int(articles[column]) for name, articles in held.items() if articles[column]}
    return max(found, key=lambda name: found[name]) if found else ""
