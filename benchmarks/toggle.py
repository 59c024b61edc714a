"""A switch flipped on 108,000 real articles, compared with pandas and CountVectorizer from the texts.

The texts are the open rows of AG News and a second copy of them, shuffled and cut. Words are numbered and counted by
type beforehand, once for all recipes, as in a session; then each switch of tutorial-baseline is flipped for the first
time, so that its steps process new strings. Both sides give the same matrix, entry by entry.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, open_labels, split_corpus
from bowcore.experiment.stages import Reading, read_split
from bowcore.lessons.time_tutorial import clean_and_count, count_here, same_matrix, text_fields
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.text.step_cache import Lexicon
from bowcore.text.terms import apply_chain

FLIPPED = "lower_case"
"""The switch whose matrix the reference computes too: the slowest one, as it changes strings for every later step."""

SWITCHES: tuple[dict[str, Any], ...] = (
    {"lower_case": False},
    {"possessives": False},
    {"contractions": "keep"},
    {"contractions": "split"},
    {"stop_words": "scikit-learn"},
    {"word_forms": "lemma-lookup"},
    {"token_pattern": "units"},
)


def grown_split(n_rows: int) -> Split:
    """The open articles of AG News as often as needed, shuffled, cut to `n_rows`, all for training."""
    split = split_corpus(load_corpus("ag-news"), Recipe().split)
    articles = pa.concat_tables([split.train.articles, split.validation.articles]).combine_chunks()
    labels = open_labels(split)
    generator = np.random.default_rng(0)
    rows = np.concatenate([generator.permutation(len(labels)) for _ in range(-(-n_rows // len(labels)))])[:n_rows]
    everything = documents(articles.take(pa.array(rows)), labels[rows])
    nothing = documents(articles.slice(0, 0), labels[:0])
    return Split(everything, nothing, SealedTest(nothing, len(split.class_names), everything), split.class_names)


def documents(articles: pa.Table, labels: np.ndarray) -> Documents:
    return Documents(np.arange(len(labels)), articles, labels)


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    value = function()
    return perf_counter() - began, value


def forget(reading: Reading, before: Recipe) -> None:
    """Reset the lexicon to its state before the flip, so that every repetition processes new strings."""
    from bowcore.text import terms

    lexicon = Lexicon(reading.units.types)
    apply_chain(reading.units.types, before.terms, lexicon)
    terms._LEXICONS[id(reading.units.types)] = lexicon


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=108_000)
    parser.add_argument("--repeat", type=int, default=5, help="times that every switch is flipped")
    parser.add_argument("--reference-repeat", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. Reading {chosen.rows:,} rows …")
    split = grown_split(chosen.rows)
    before = preset("tutorial-baseline", "ag-news")
    took, reading = seconds(lambda: read_split(split, before))
    n_types = len(reading.units.types)
    print(f"Numbered once: {len(reading.units.ids):,} words of {n_types:,} types in {took:.2f} s.")
    fields = text_fields(split.train)
    figures: dict[str, Any] = {}
    for ngrams, label in ((1, "single words"), (2, "words and pairs")):
        base = before.change(ngrams=ngrams)
        flips = []
        for switch in SWITCHES:
            times = []
            for _ in range(chosen.repeat if ngrams == 1 else max(3, chosen.repeat // 2)):
                forget(reading, base)
                flipped = base.change(**switch)
                took, found = seconds(lambda: count_here(reading, split, flipped).counts)  # noqa: B023 (called at once)
                times.append(took)
            print(f"{label}: {switch}: min {min(times):.3f} s, median {median(times):.3f} s, {found.n_terms:,} terms")
            flips.append((switch, times, found))
        references = [
            seconds(lambda: clean_and_count([fields], lower_case=False, ngrams=ngrams))  # noqa: B023 (called at once)
            for _ in range(chosen.reference_repeat if ngrams == 1 else max(1, chosen.reference_repeat - 1))
        ]
        switch, times, found = flips[0]
        assert list(switch) == [FLIPPED]
        assert same_matrix(found, references[0][1]), "vocabularies or matrices differ"
        ours_s, reference_s = min(times), min(took for took, _ in references)
        typical = median(min(taken) for _, taken, _ in flips)
        print(
            f"{label}: pandas and CountVectorizer: min {reference_s:.2f} s, median "
            f"{median(took for took, _ in references):.2f} s. Equal matrices, {found.train.shape[0]:,} × "
            f"{found.n_terms:,}, {found.train.nnz:,} cells. {FLIPPED}, the slowest switch: {reference_s / ours_s:.1f} "
            f"times; median of the switches, {typical:.3f} s: {reference_s / typical:.1f} times."
        )
        name = "" if ngrams == 1 else "bigram_"
        figures |= {
            f"{name}ours_s": round(ours_s, 4),
            f"{name}reference_s": round(reference_s, 3),
            f"{name}ratio": round(reference_s / ours_s, 1),
            f"{name}typical_s": round(typical, 4),
            f"{name}typical_ratio": round(reference_s / typical, 1),
        }
    print(json.dumps(figures | {"n_rows": chosen.rows, "n_types": n_types}))


if __name__ == "__main__":
    main()
