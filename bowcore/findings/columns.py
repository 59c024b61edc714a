"""Every column of a corpus in each open split: number of values, missing values, lengths.

Test articles are only counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Split

N_BINS = 20
BIN_SHARE = 0.99
"""Share of the texts covered by all bins but the last; the last also contains the longest texts."""

TEXTS = ("title", "body")
LENGTHS = tuple(f"{what}_{unit}" for unit in ("words", "signs") for what in ("mean", "median", "longest"))


def summarise_columns(split: Split) -> pd.DataFrame:
    """One row per column (title, body, label) and split (training, validation, test).

    `n` values, `n_empty` of only white space, `n_distinct` different ones; `mean_words`,
    `median_words`, `longest_words`, and the same for `signs` (code points), over all values, empty ones included.
    `histogram` counts the values by length in words, in `N_BINS` bins of one width (`bin_words`) shared by both open
    splits, and the values of the column `label` by class. Cells that do not apply to labels, or are unknown for sealed
    test articles, are missing; the histogram is then empty.
    """
    parts = {"training": split.train, "validation": split.validation}
    rows = []
    for name in TEXTS:
        texts = {part: documents.articles[name].combine_chunks() for part, documents in parts.items()}
        words = {part: count_words(values) for part, values in texts.items()}
        lengths = np.concatenate(list(words.values()))
        longest = float(np.quantile(lengths, BIN_SHARE)) if len(lengths) else 0.0
        width = max(longest / (N_BINS - 1), 1.0)
        rows += [_text_row(name, part, texts[part], words[part], width) for part in parts]
        rows.append({"column": name, "split": "test", "n": split.test.n_documents, "histogram": ()})
    n_classes = len(split.class_names)
    counts = {part: np.bincount(documents.labels, minlength=n_classes) for part, documents in parts.items()}
    for part, by_class in (counts | {"test": split.test.class_counts}).items():
        n, n_present = int(by_class.sum()), int(np.count_nonzero(by_class))
        row = {"column": "label", "split": part, "n": n, "n_empty": 0, "n_distinct": n_present}
        rows.append(row | {"histogram": tuple(by_class.tolist())})
    columns = ["column", "split", "n", "n_empty", "n_distinct", *LENGTHS, "bin_words", "histogram"]
    return pd.DataFrame(rows, columns=columns)


def count_words(texts: pa.Array) -> NDArray[np.int64]:
    """Number of words in each text, as split by `str.split`: (n_texts,)."""
    trimmed = pc.utf8_trim_whitespace(texts)
    words = pc.list_value_length(pc.utf8_split_whitespace(trimmed)).to_numpy(zero_copy_only=False).astype(np.int64)
    # Arrow splits an empty text into one empty word
    words[pc.equal(trimmed, "").to_numpy(zero_copy_only=False)] = 0
    counted: NDArray[np.int64] = words
    return counted


def _text_row(name: str, part: str, texts: pa.Array, words: NDArray[np.int64], width: float) -> dict[str, object]:
    signs = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    empty = pc.equal(pc.utf8_trim_whitespace(texts), "")
    bins = np.minimum(words // width, N_BINS - 1).astype(np.int64)
    row: dict[str, object] = {
        "column": name,
        "split": part,
        "n": len(texts),
        "n_empty": int(pc.sum(empty, min_count=0).as_py()),
        "n_distinct": len(texts.unique()),
        "bin_words": width,
        "histogram": tuple(np.bincount(bins, minlength=N_BINS).tolist()),
    }
    for unit, lengths in (("words", words), ("signs", signs)):
        if len(lengths):
            row[f"mean_{unit}"] = float(lengths.mean())
            row[f"median_{unit}"] = float(np.median(lengths))
            row[f"longest_{unit}"] = int(lengths.max())
    return row
