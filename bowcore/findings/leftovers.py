"""Leftovers in the open articles, counted by class: fragments of web pages, and damaged characters.

Tags of news agencies and constant phrases are in `bowcore.findings.agency_tags`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.findings.leftover_kinds import Finding, find_kind, kinds
from bowcore.findings.leftover_words import find_decomposed, find_glued_words, find_texts_without_letters
from bowcore.findings.phrase_search import Positions


@dataclass(frozen=True, slots=True, eq=False)
class Leftovers:
    """All findings, with the `labels` of all open articles, training first, from which shares are computed."""

    findings: tuple[Finding, ...]
    labels: NDArray[np.int32]
    n_training: int
    class_names: tuple[str, ...]

    @property
    def n_articles(self) -> int:
        """Number of open articles."""
        return len(self.labels)

    def finding(self, kind: str) -> Finding:
        """The finding of this kind."""
        return next(finding for finding in self.findings if finding.kind == kind)

    def table(self) -> pd.DataFrame:
        """One row per finding, most articles first: `kind`, `articles`, `share`, `training`, `validation`, `examples`.

        `training` and `validation` are numbers of articles; `examples` are the three most frequent fragments.
        """
        rows = [
            {
                "kind": finding.kind,
                "articles": finding.n_articles,
                "share": finding.n_articles / max(self.n_articles, 1),
                "training": int(np.count_nonzero(finding.positions < self.n_training)),
                "validation": int(np.count_nonzero(finding.positions >= self.n_training)),
                "examples": "   ".join(finding.fragments["fragment"].head(3)),
            }
            for finding in self.findings
        ]
        columns = ["kind", "articles", "share", "training", "validation", "examples"]
        return pd.DataFrame(rows, columns=columns).sort_values("articles", ascending=False, kind="stable")

    def by_class(self) -> pd.DataFrame:
        """One row per finding and class: `kind`, `class`, `articles`, `share` (of the open articles of that class)."""
        tables = [
            shares_by_class(finding.positions, self.labels, self.class_names).assign(kind=finding.kind)
            for finding in self.findings
        ]
        columns = ["kind", "class", "articles", "share"]
        return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def shares_by_class(positions: Positions, labels: NDArray[np.int32], class_names: Sequence[str]) -> pd.DataFrame:
    """Articles of each class among `positions`: `class`, `articles`, `share` (NaN for an empty class)."""
    sizes = np.bincount(labels, minlength=len(class_names))
    found = np.bincount(labels[positions], minlength=len(class_names))
    share = np.full(len(class_names), np.nan)
    np.divide(found, sizes, out=share, where=sizes > 0)
    return pd.DataFrame({"class": list(class_names), "articles": found, "share": share})


def find_leftovers(texts: pa.Array, split: Split) -> Leftovers:
    """Every kind of leftover in the open articles' texts, training articles first; kinds without any are left out.

    Each number counts articles, not fragments.
    """
    found = [find_kind(kind, texts) for kind in kinds(texts)]
    found += [find_glued_words(texts), find_decomposed(texts), find_texts_without_letters(texts)]
    kept = tuple(finding for finding in found if finding.n_articles)
    return Leftovers(kept, open_labels(split), split.train.n_documents, split.class_names)
