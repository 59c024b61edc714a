"""Estimates of memory held against measured peaks, for five shapes of corpus.

For each shape a file of made-up texts is written, and a process of its own loads it and computes the recommended
recipe, with word groups too. Each line compares the largest estimate that `bowcore.memory` has checked by then with
the most memory that the process has had until the next one, less what it had before the file was read: a limit below
the estimate would have stopped it there.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

from bowcore import memory
from bowcore.corpus import file_size
from bowcore.experiment import stages
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.memory import StageCost
from bowcore.recipe.recipe import Recipe

GENERATOR = np.random.default_rng(0)
LEXICON = np.array(["".join(GENERATOR.choice(list("etaoinshrdlu"), n)) for n in GENERATOR.integers(2, 10, 30_000)])


def prose(n_words: int) -> str:
    """Words by a law like Zipf's."""
    return " ".join(LEXICON[np.minimum(GENERATOR.pareto(0.7, n_words), 29_999).astype(int)])


def numbers(n_words: int) -> str:
    """Words that hardly ever recur."""
    return " ".join(f"{number:x}x" for number in GENERATOR.integers(0, 2**47, n_words))


def signs(n_signs: int) -> str:
    """A script without spaces between words: sentences of a few signs."""
    codes = 0x4E00 + (2_500 * GENERATOR.random(n_signs) ** 2).astype(int)
    codes[GENERATOR.random(n_signs) < 0.07] = 0x3002
    return "".join(map(chr, codes))


SHAPES: dict[str, tuple[str, Callable[[], str]]] = {
    "short texts": ("csv", lambda: prose(12)),
    "long texts": ("csv", lambda: prose(600)),
    "words that do not recur": ("csv", lambda: numbers(60)),
    "no spaces between words": ("csv", lambda: signs(400)),
    "JSON Lines": ("jsonl", lambda: prose(40)),
}


def write(path: Path, text: Callable[[], str], n_bytes: int) -> None:
    """A file of at least `n_bytes` of texts with two classes in turn."""

    def rows() -> Iterator[tuple[str, str]]:
        written, labels = 0, ["a", "b"]
        while written < n_bytes:
            one = text()
            written += len(one.encode())
            labels.reverse()
            yield one, labels[0]

    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            csv.writer(file).writerows([("text", "label"), *rows()])
        else:
            file.writelines(json.dumps({"text": one, "label": label}) + "\n" for one, label in rows())


def measure(path: str) -> None:
    """Print the estimate and the measured peak of every stage, in bytes, as JSON."""
    found: list[tuple[str, int]] = []
    peaks: list[int] = []
    check = memory.check_stage

    def note(cost: StageCost, budget_bytes: int | None = None) -> None:
        peaks.append(peak_bytes())
        found.append((cost.stage, max([cost.n_bytes + cost.held, *(n_bytes for _, n_bytes in found)])))
        check(cost, budget_bytes)

    experiments = Experiments(process_memo())
    before = psutil.Process().memory_info().rss
    with patch.object(file_size, "check_stage", note), patch.object(stages, "check_stage", note):
        for recipe in (Recipe().change(corpus=path), Recipe().change(corpus=path, ngrams=2)):
            experiments.answer(recipe)
    peaks.append(peak_bytes())
    print(json.dumps([(*stage, peak - before) for stage, peak in zip(found, peaks[1:], strict=True)]))


def peak_bytes() -> int:
    """Peak memory of this process. Linux counts in KiB, macOS in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100, help="of text in each file")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure)
        return
    with tempfile.TemporaryDirectory(prefix="bowlab-estimates-") as folder:
        for name, (suffix, text) in SHAPES.items():
            path = Path(folder) / f"rows.{suffix}"
            write(path, text, chosen.megabytes * 10**6)
            print(f"{name}: a file of {path.stat().st_size / 1e6:.0f} MB")
            command = [sys.executable, __file__, "--measure", str(path)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            for stage, cost, peak in json.loads(done.stdout):
                print(
                    f"  {cost / 1e6:7,.0f} MB estimated {peak / 1e6:7,.0f} MB at the peak, {cost / peak:4.1f}: {stage}"
                )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
