"""Time of an epoch compared with the time of its minimum memory traffic.

The minimum, if the rows that one batch touches are larger than the cache: each of these rows is read in the forward
pass, and its weights and running squares are read and written in the update, which can only begin after the forward
pass. Cells of the matrix, the hidden and the output layer, and repeated reads of a row in one pass are not counted;
`by_cell_s` is the time to read a row again for every cell, in both passes, as a machine without caches would.

The bandwidth is measured by copying 1 GB with one thread per core, before and after the epochs; bytes read and bytes
written both count. The ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder
sys.path.insert(0, str(Path(__file__).resolve().parent))

from epoch import BATCH, features_of_news, our_epochs

from bowcore.matrix.features import Features

PASSES = 5  # over each touched row: weights in the forward pass; weights and squares read and written in the update


def bandwidths(repeat: int = 5) -> list[float]:
    """Bytes read and written a second while copying large arrays, all cores at once."""
    n_threads = os.cpu_count() or 1
    sources = [np.ones(2**30 // n_threads // 4, dtype=np.float32) for _ in range(n_threads)]
    targets = [np.zeros_like(source) for source in sources]
    found = []
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in range(repeat):
            began = perf_counter()
            list(pool.map(np.copyto, targets, sources))
            found.append(2 * sum(source.nbytes for source in sources) / (perf_counter() - began))
    return found[1:]  # the first copy includes page faults


def touched_rows(features: Features) -> int:
    """Rows of the first layer that the batches of one epoch touch, summed over batches."""
    order = np.random.default_rng(0).permutation(features.train.shape[0])
    batches = (features.train[order[first : first + BATCH]] for first in range(0, len(order), BATCH))
    return sum(len(np.unique(batch.indices)) for batch in batches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=5_000)
    parser.add_argument("--epochs", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. Counting …")
    features = features_of_news()
    n_touched, row = touched_rows(features), 4 * chosen.hidden
    by_touched = PASSES * n_touched * row
    by_cell = 2 * features.train.nnz * row
    print(f"{n_touched:,} touched rows × {PASSES} × {row:,} bytes: {by_touched / 1e9:.1f} GB.")
    copies = bandwidths()
    epoch_s = median(our_epochs(features, chosen.hidden, chosen.epochs))
    speed = median(copies + bandwidths())
    floor_s = by_touched / speed
    print(f"Copying moves {speed / 1e9:.1f} GB a second. Epoch {epoch_s:.2f} s; floor {floor_s:.2f} s.")
    figures = {"epoch_s": epoch_s, "floor_s": floor_s, "ratio": epoch_s / floor_s, "by_cell_s": by_cell / speed}
    figures |= {"bandwidth_gb_s": speed / 1e9}
    print(json.dumps({name: round(value, 3) for name, value in figures.items()} | {"hidden": chosen.hidden}))


if __name__ == "__main__":
    main()
