"""One epoch of the tutorial's network on real articles, compared with dense batches and with MLPClassifier.

The matrix is CountVectorizer's on the training rows of AG News, batches are of 1,920 articles, the optimiser is
RMSprop. *Ours* is `bowcore.learn.network`. *Dense* is stock PyTorch: every batch made dense, `nn.Linear`, ReLU,
`torch.optim.RMSprop`; at 5,000 hidden units three batches are timed and scaled up to the epoch. *MLPClassifier* is
scikit-learn's on the sparse matrix, which has no RMSprop: Adam, the same sizes (hidden 256 only). Times are of training
alone, without evaluation; the first of our epochs is left out, as it may load compiled kernels.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import warnings
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

from memory import peak_gb

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.passes import warm_kernels
from bowcore.learn.network.training import Training
from bowcore.lessons.time_tutorial import dense_epoch
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import NetworkSpec
from bowcore.text.units import read_texts

BATCH = 1_920


def features_of_news() -> Features:
    """CountVectorizer's matrix of the training rows, with 2,000 validation rows, which are not timed."""
    split = split_corpus(load_corpus("ag-news"), Recipe().split)
    texts = [read_texts(part, Recipe().text).to_pylist() for part in (split.train, split.validation)]
    vectorizer = CountVectorizer()
    train = vectorizer.fit_transform(texts[0]).astype(np.int32)
    return Features(
        train,
        vectorizer.transform(texts[1][:2_000]).astype(np.int32),
        split.train.labels,
        split.validation.labels[:2_000],
        pa.array(vectorizer.get_feature_names_out().tolist()),
        split.class_names,
    )


def our_epochs(features: Features, hidden: int, epochs: int) -> list[float]:
    """Training seconds of every epoch after the first."""
    warm_kernels()
    training = Training.start(features, NetworkSpec(hidden=hidden, epochs=epochs + 1, batch_size=BATCH, keep="last"))
    done = [event for event in training.events() if isinstance(event, EpochDone)]
    print(f"  loss by epoch: {', '.join(f'{event.running_train_loss:.3f}' for event in done)}")
    return [event.seconds for event in done][1:]


def mlpclassifier_epoch(matrix: sparse.csr_matrix, labels: np.ndarray, hidden: int) -> float:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((hidden,), batch_size=BATCH, max_iter=1, random_state=0)
    cells = matrix.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        began = perf_counter()
        model.fit(cells, labels)
    return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=256, choices=(256, 5_000))
    parser.add_argument("--epochs", type=int, default=3, help="our epochs that are timed")
    chosen = parser.parse_args()
    hidden = chosen.hidden
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. Counting …")
    features = features_of_news()
    shape = f"{features.train.shape[0]:,} × {features.n_terms:,}, {features.train.nnz:,} cells"
    print(f"Matrix {shape}; hidden {hidden:,}, batch {BATCH:,}.")
    times = our_epochs(features, hidden, chosen.epochs)
    peak = peak_gb()  # before the others, since it never decreases
    ours_s = median(times)
    print(f"ours: min {min(times):.2f} s, median {median(times):.2f} s, peak {peak:.2f} GB")
    n_batches = math.ceil(features.train.shape[0] / BATCH)
    n_timed = n_batches if hidden <= 256 else 3
    dense = dense_epoch(features, NetworkSpec(hidden=hidden, batch_size=BATCH), n_timed)
    assert dense is not None
    dense_s = dense.seconds
    scaled = "" if n_timed == n_batches else f", {n_timed} of {n_batches} batches scaled up"
    print(f"dense batches, PyTorch: {dense_s:.1f} s{scaled}; loss of the last batch {dense.loss:.3f}")
    figures: dict[str, Any] = {"hidden": hidden, "ours_s": round(ours_s, 3), "dense_s": round(dense_s, 2)}
    figures |= {"ratio_dense": round(dense_s / ours_s, 1), "mlpclassifier_s": None, "ratio_mlpclassifier": None}
    if hidden <= 256:
        mlp_s = min(mlpclassifier_epoch(features.train, features.train_labels, hidden) for _ in range(2))
        print(f"MLPClassifier: {mlp_s:.1f} s")
        figures |= {"mlpclassifier_s": round(mlp_s, 2), "ratio_mlpclassifier": round(mlp_s / ours_s, 1)}
    figures |= {"peak_gb": round(peak, 2), "rows": features.train.shape[0], "n_terms": features.n_terms}
    print(json.dumps(figures | {"dense_batches_timed": n_timed}))


if __name__ == "__main__":
    main()
