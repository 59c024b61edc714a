"""Seconds from a file to the first answer, beside pandas, `CountVectorizer` and `MultinomialNB` on the same file.

Ours recognises the file (encoding, separator, quotes, header, columns), reads it, splits it in three, runs the
recommended recipe and scores naive Bayes on the validation rows. The reference is told the format and the columns.
Each size has a file of its own, each measurement a process and an empty home of its own; imports are not counted.
The median of three. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIZES = (5_000, 50_000, 300_000)
REPEATS = 3
N_WORDS, MEAN_LENGTH = 60_000, 38
TOPICS = ("harbour", "garden", "kitchen", "street")
SYLLABLES = ("ba", "ko", "lu", "mi", "re", "sha", "tor", "ven", "zi", "qua", "ne", "po")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--side", choices=("ours", "reference"))
    parser.add_argument("--file")
    chosen = parser.parse_args()
    if chosen.side:
        print({"ours": ours, "reference": reference}[chosen.side](chosen.file))
        return
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        for n in chosen.rows:
            path = Path(folder) / f"{n}.csv"
            write_file(path, n)
            taken = {side: median(side, path) for side in ("reference", "ours")}
            ratio = taken["ours"] / taken["reference"]
            print(f"{n:>8,} rows: ours {taken['ours']:.2f} s, reference {taken['reference']:.2f} s, ratio {ratio:.2f}")
            sizes.append(
                {
                    "rows": n,
                    "ours_s": round(taken["ours"], 3),
                    "reference_s": round(taken["reference"], 3),
                    "ratio": round(ratio, 3),
                }
            )
    print(json.dumps({"sizes": sizes}))


def write_file(path: Path, n: int) -> None:
    """A table of news length: words of Zipf's frequencies, a few of them typical of a class."""
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, 4, N_WORDS)
    words = np.array(["".join(generator.choice(SYLLABLES, size)) + str(i % 97) for i, size in enumerate(lengths)])
    weights = 1 / np.arange(1, N_WORDS + 1) ** 1.05
    sizes = generator.poisson(MEAN_LENGTH, n) + 2
    drawn = words[generator.choice(N_WORDS, sizes.sum(), p=weights / weights.sum())]
    ends = np.cumsum(sizes)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row, (start, end) in enumerate(zip(ends - sizes, ends, strict=True)):
            topic = TOPICS[row % len(TOPICS)]
            writer.writerow([f"{' '.join(drawn[start:end]).capitalize()}, the {topic} it said.", f"class {topic}"])


def median(side: str, path: Path) -> float:
    taken = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [sys.executable, __file__, "--side", side, "--file", str(path)],
                env={**os.environ, "BOWLAB_HOME": home, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=True,
            )
        taken.append(float(done.stdout.split()[-1]))
    return statistics.median(taken)


def ours(file: str) -> float:
    for name in ("chardet", "clevercsv.detect", "bowcore.store.artefacts"):  # what a running server has imported
        importlib.import_module(name)
    from bowcore.corpus.files import inspect_file
    from bowcore.corpus.options import Options
    from bowcore.experiment.experiments import Experiments
    from bowcore.recipe.presets import preset

    began = time.perf_counter()
    seen = inspect_file(file, Path(file), Options())
    name = f"{file}{seen.guess.columns.options(Options()).query()}"
    answer = Experiments().answer(preset("recommended", name))
    assert answer.scores.accuracy.value > 0.9
    return time.perf_counter() - began


def reference(file: str) -> float:
    import pandas as pd
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.model_selection import train_test_split
    from sklearn.naive_bayes import MultinomialNB

    began = time.perf_counter()
    rows = pd.read_csv(file)
    rest, _ = train_test_split(rows, test_size=0.15, random_state=456, stratify=rows["label"])
    n = len(rows) * 15 // 100
    train, validation = train_test_split(rest, test_size=n, random_state=456, stratify=rest["label"])
    vectorizer = CountVectorizer()
    model = MultinomialNB().fit(vectorizer.fit_transform(train["text"]), train["label"])
    assert model.score(vectorizer.transform(validation["text"]), validation["label"]) > 0.9
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
