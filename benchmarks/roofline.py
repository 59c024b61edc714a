"""How near an epoch comes to what memory alone would take.

Two counts of bytes. *Without a cache* every cell of the matrix reads a row of first-layer weights in the forward pass
and a row of the batch's gradients in the backward pass, and every row that a batch touches is read and written once,
weights and running squares: this is what the method asks of the memory, `floor_s`, and a ratio below 1 would mean
that caches helped. *Touched rows alone*, `touched_floor_s`, is what no cache can save between batches, when weights
and squares are larger than it, and what is left if caches served all the rest. Cells themselves, the output layer and
the activations are not counted: they are below a hundredth. The bandwidth is measured by copying 1 GB with as many
threads as there are cores; bytes read and bytes written both count.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder
sys.path.insert(0, str(Path(__file__).resolve().parent))

from epoch import BATCH, features_of_news, our_epochs

from bowcore.matrix.features import Features


def bandwidth(repeat: int = 5) -> float:
    """Bytes read and written a second while copying large arrays, all cores at once; the best of a few."""
    n_threads = os.cpu_count() or 1
    sources = [np.ones(2**30 // n_threads // 4, dtype=np.float32) for _ in range(n_threads)]
    targets = [np.zeros_like(source) for source in sources]
    best = 0.0
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in range(repeat):
            began = perf_counter()
            list(pool.map(np.copyto, targets, sources))
            best = max(best, 2 * sum(source.nbytes for source in sources) / (perf_counter() - began))
    return best


def touched_rows(features: Features) -> int:
    """Rows of the first layer that the batches of one epoch touch, summed over batches."""
    order = np.random.default_rng(0).permutation(features.train.shape[0])
    batches = (features.train[order[first : first + BATCH]] for first in range(0, len(order), BATCH))
    return sum(len(np.unique(batch.indices)) for batch in batches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=5_000)
    parser.add_argument("--epochs", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. Counting …")
    features = features_of_news()
    n_touched, row = touched_rows(features), 4 * chosen.hidden
    by_cell, by_touched = 2 * features.train.nnz * row, 4 * n_touched * row
    speed = bandwidth()
    print(f"Copying moves {speed / 1e9:.1f} GB a second.")
    print(f"{features.train.nnz:,} cells × 2 rows of {row:,} bytes: {by_cell / 1e9:.1f} GB.")
    print(f"{n_touched:,} touched rows × 4 (weights and squares, read and written): {by_touched / 1e9:.1f} GB.")
    epoch_s = min(our_epochs(features, chosen.hidden, chosen.epochs))
    floor_s, touched_s = (by_cell + by_touched) / speed, by_touched / speed
    print(f"Epoch {epoch_s:.2f} s; floor {floor_s:.2f} s, of which touched rows {touched_s:.2f} s.")
    figures = {"epoch_s": epoch_s, "floor_s": floor_s, "ratio": epoch_s / floor_s, "touched_floor_s": touched_s}
    figures |= {"touched_ratio": epoch_s / touched_s, "bandwidth_gb_s": speed / 1e9}
    print(json.dumps({name: round(value, 3) for name, value in figures.items()} | {"hidden": chosen.hidden}))


if __name__ == "__main__":
    main()
