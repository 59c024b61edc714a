"""Seconds and peak memory of numbering and counting a million articles and making their matrix.

The rows are AG News repeated and shuffled, written to a Parquet file in a temporary folder by a process of its own,
which is not measured. The measured process reads the file, splits and numbers the words in batches, counts types, and
makes the matrix of tutorial-baseline.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

from bowcore.corpus.sources import load_corpus
from bowcore.matrix.counts import count_terms, list_postings
from bowcore.matrix.vocabulary import keep_columns, learn_vocabulary
from bowcore.recipe.presets import preset
from bowcore.text.terms import apply_chain
from bowcore.text.units import join_fields, number_units


def write_rows(path: Path, n_rows: int) -> None:
    """Rows of AG News, repeated and shuffled, in row groups of 50,000."""
    corpus = load_corpus("ag-news")
    n_open = corpus.n_documents - corpus.n_own_test
    generator = np.random.default_rng(0)
    label = pa.array(corpus.labels)
    with pq.ParquetWriter(
        path, pa.schema([("title", pa.large_string()), ("body", pa.large_string()), ("label", pa.int32())])
    ) as file:
        for first in range(0, n_rows, 50_000):
            rows = pa.array(generator.integers(0, n_open, min(50_000, n_rows - first)))
            table = corpus.articles.take(rows).append_column("label", label.take(rows))
            file.write_table(table.combine_chunks())


def measure(path: Path) -> None:
    recipe = preset("tutorial-baseline")
    began = perf_counter()

    def tell(what: str) -> None:
        print(f"{perf_counter() - began:6.1f} s, peak {peak_gb():.2f} GB: {what}", flush=True)

    table = pq.read_table(path)
    labels = table["label"].to_numpy()
    texts = join_fields([table[name].combine_chunks() for name in ("title", "body")])
    del table
    tell(f"{len(texts):,} texts of {texts.nbytes / 1e9:.2f} GB")
    units = number_units(texts)
    del texts
    tell(f"{len(units.ids):,} words of {len(units.types):,} types numbered")
    type_counts = units.counts()
    postings = list_postings(type_counts, units.n_documents)
    tell(f"types counted: {type_counts.nnz:,} cells")
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, type_counts, chain.result, units.n_documents, 1, postings)
    tell(f"terms counted: {counts.train.nnz:,} cells")
    vocabulary = learn_vocabulary(counts, counts.train, labels, recipe.vocabulary)
    matrix = keep_columns(counts.train, vocabulary.columns)
    tell(f"matrix of {matrix.shape[0]:,} × {matrix.shape[1]:,}")
    figures = {"rows": matrix.shape[0], "peak_gb": round(peak_gb(), 2), "seconds": round(perf_counter() - began, 1)}
    print(json.dumps(figures | {"n_types": len(units.types), "n_terms": vocabulary.n_terms}))


def peak_gb() -> float:
    """Peak memory of this process. Linux counts in KiB, macOS in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure)
        return
    with tempfile.TemporaryDirectory(prefix="bowlab-memory-") as folder:
        path = Path(folder) / "rows.parquet"
        write_rows(path, chosen.rows)
        size = path.stat().st_size / 1e6
        print(
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. {chosen.rows:,} rows in a file of {size:.0f} MB."
        )
        sys.stdout.flush()
        subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True)


if __name__ == "__main__":
    main()
