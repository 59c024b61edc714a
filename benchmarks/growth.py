"""Growth of the time of a flipped switch and of an epoch with the number of articles: slopes on logarithmic axes.

Articles are the open rows of AG News, repeated and shuffled beyond 57,770. A flip changes `lower_case` of
tutorial-baseline for the first time and is timed from counted types to the matrix; an epoch has 256 hidden units and
batches of 1,920. A slope of 1 is proportional; a flip's is smaller, as types grow more slowly than articles.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder
sys.path.insert(0, str(Path(__file__).resolve().parent))

from epoch import our_epochs
from toggle import forget, grown_split

from bowcore.experiment.stages import read_split
from bowcore.lessons.time_tutorial import count_here
from bowcore.recipe.presets import preset

SIZES = (10_000, 20_000, 40_000, 80_000, 160_000)


def slope(sizes: list[int], seconds: list[float]) -> float:
    """Slope of log seconds over log articles, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.")
    recipe = preset("tutorial-baseline", "ag-news")
    flips, epochs = [], []
    for n_rows in chosen.rows:
        split = grown_split(n_rows)
        reading = read_split(split, recipe)
        times = []
        for _ in range(chosen.repeat):
            forget(reading, recipe)
            began = perf_counter()
            count_here(reading, split, recipe.change(lower_case=False))
            times.append(perf_counter() - began)
        features = count_here(reading, split, recipe).features
        # a training needs validation articles; they are not timed
        few = replace(features, validation=features.train[:500], validation_labels=features.train_labels[:500])
        flips.append(min(times))
        epochs.append(min(our_epochs(few, 256, chosen.repeat)))
        print(
            f"{n_rows:,} rows, {len(reading.units.types):,} types, {features.n_terms:,} terms: flip {flips[-1]:.3f} s, "
            f"epoch {epochs[-1]:.3f} s"
        )
    figures = {"toggle_exponent": slope(chosen.rows, flips), "epoch_exponent": slope(chosen.rows, epochs)}
    for name, exponent in figures.items():
        if exponent > 1.1:
            print(
                f"{name} {exponent:.2f} is above 1.1: working arrays outgrow the processor's caches between the "
                "smallest and the largest size, and each batch touches more of a wider first layer."
            )
    print(
        json.dumps(
            {name: round(value, 3) for name, value in figures.items()}
            | {"rows": chosen.rows, "toggle_s": [round(s, 4) for s in flips], "epoch_s": [round(s, 3) for s in epochs]}
        )
    )


if __name__ == "__main__":
    main()
