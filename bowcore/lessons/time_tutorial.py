"""Measured cost of the tutorial's code: pandas and CountVectorizer from the texts, then dense batches in PyTorch.

Both are written as in the tutorial and take articles and matrices as arguments, so that they can be timed next to
this program on the same data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from bowcore.corpus.split import Documents, Split
from bowcore.experiment.stages import Matrix, Reading, build_matrix, count, map_terms
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import OPTIMISER_OPTIONS, NetworkSpec

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

CELL_BYTES = 8
"""`CountVectorizer` counts in int64, and `.toarray()` uses that for every cell, empty or not."""

Fields = tuple[pd.Series, pd.Series]
"""Titles and bodies."""


@dataclass(frozen=True, slots=True)
class DenseEpoch:
    """One epoch in dense batches.

    Attributes:
        seconds: Time of the whole epoch, scaled up by rows if only some batches were timed.
        n_timed: Batches timed.
        n_batches: Batches in the epoch.
        loss: Loss of the last batch.
    """

    seconds: float
    n_timed: int
    n_batches: int
    loss: float


def dense_array_bytes(n_documents: int, n_terms: int) -> int:
    """Memory of the tutorial's `.toarray()` of the whole matrix."""
    return CELL_BYTES * n_documents * n_terms


def dense_epoch_bytes(features: Features, spec: NetworkSpec) -> int:
    """Estimated peak memory of `dense_epoch`.

    It includes float32 weights, gradients, the optimiser's state and one of its temporary arrays, then two dense
    batches (one is built while the previous one still exists), three arrays of the hidden layer, and the sparse
    matrix in float32. On 51,993 × 45,723 with 5,000 hidden units: 4.5 GB, measured 5.0 GB with the libraries.
    """
    n_rows, n_terms = features.train.shape
    batch = min(spec.batch_size, n_rows)
    n_parameters = (n_terms + 1) * spec.hidden + (spec.hidden + 1) * features.n_classes
    weights = 4 * (3 + OPTIMISER_OPTIONS[spec.optimiser].moments) * n_parameters
    return int(weights + 4 * batch * (2 * n_terms + 3 * spec.hidden) + 8 * features.train.nnz)


def dense_epoch(
    features: Features,
    spec: NetworkSpec,
    n_batches: int = 3,
    *,
    seconds: float = 0.0,
    should_stop: Callable[[], bool] = lambda: False,
    on_batch: Callable[[int, int], None] = lambda n_done, n_planned: None,
) -> DenseEpoch | None:
    """Time of training in dense batches with stock PyTorch; None if it was stopped.

    Args:
        features: Their training matrix is split into batches, which are made dense one by one.
        spec: The network.
        n_batches: Batches to time, at most all of the epoch.
        seconds: Continue with more batches until this much time has passed.
        should_stop: Called before every batch.
        on_batch: Called with the number of batches done and of those in the epoch.
    """
    import torch
    from torch import nn

    n_rows = features.train.shape[0]
    size = min(spec.batch_size, n_rows)
    planned = math.ceil(n_rows / size)
    network = to_module(initial_weights(features.n_terms, spec.hidden, features.n_classes, spec.network_seed))
    optimiser = getattr(torch.optim, OPTIMISER_OPTIONS[spec.optimiser].torch)(
        network.parameters(), lr=spec.learning_rate
    )
    labels = torch.from_numpy(features.train_labels.astype(np.int64))
    matrix = features.train.astype(np.float32)
    order = np.random.default_rng(spec.network_seed).permutation(n_rows)
    taken, n_seen, done, loss = 0.0, 0, 0, math.nan
    # one more batch than is timed: the first one creates the optimiser's state
    for batch in range(-1, planned):
        if done >= min(n_batches, planned) and taken >= seconds:
            break
        if should_stop():
            return None
        rows = order[max(batch, 0) * size : (max(batch, 0) + 1) * size]
        began = perf_counter()
        cells = torch.from_numpy(matrix[rows].toarray())
        optimiser.zero_grad()
        answer = nn.functional.cross_entropy(network(cells), labels[rows])
        answer.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
        optimiser.step()
        if batch >= 0:
            taken, n_seen, done, loss = taken + perf_counter() - began, n_seen + len(rows), done + 1, answer.item()
            on_batch(done, planned)
    return DenseEpoch(taken / n_seen * n_rows, done, planned, loss)


def sparse_epoch(
    features: Features, spec: NetworkSpec, *, should_stop: Callable[[], bool] = lambda: False
) -> float | None:
    """Seconds of training in one epoch of this program's own network; None if it was stopped.

    Raises:
        MemoryBudgetError: The network would not fit.
    """
    from bowcore.learn.network.passes import warm_kernels
    from bowcore.learn.network.training import Training

    warm_kernels()
    training = Training.start(features, replace(spec, epochs=1, keep="last"))
    epochs = [event for event in training.events(should_stop) if isinstance(event, EpochDone)]
    return epochs[0].seconds if epochs else None


def text_fields(documents: Documents) -> Fields:
    """Titles and bodies as in the tutorial's table."""
    title, body = (pd.Series(documents.articles[name].to_pylist(), dtype="str") for name in ("title", "body"))
    return title, body


def clean(field: pd.Series, *, lower_case: bool = True) -> pd.Series:
    """The tutorial's cleaning of one column of texts, step by step."""
    texts = field.str.lower() if lower_case else field
    texts = texts.str.replace(r"(\w+)'s\b", r"\1", regex=True)
    texts = texts.str.replace(r"[^a-zA-Z'\s]", " ", regex=True)
    texts = texts.str.replace(r"\s'|'\s", " ", regex=True)
    return texts.str.replace(r"\s+", " ", regex=True).str.strip()


def clean_and_count(
    parts: Sequence[Fields], *, lower_case: bool = True, ngrams: int = 1
) -> tuple[list[sparse.csr_matrix], CountVectorizer]:
    """Counts of the cleaned texts of each part, over the vocabulary of the first, and the vectorizer."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(lowercase=lower_case, ngram_range=(1, ngrams))
    matrices = []
    for number, fields in enumerate(parts):
        title, body = (clean(field, lower_case=lower_case) for field in fields)
        texts = title + " " + body
        matrices.append(vectorizer.transform(texts) if number else vectorizer.fit_transform(texts))
    return matrices, vectorizer


def count_here(reading: Reading, split: Split, recipe: Recipe) -> Matrix:
    """This program's matrix from texts whose words are already numbered."""
    return build_matrix(count(reading, map_terms(reading, recipe), recipe), split, recipe)


def same_matrix(counts: Features, counted: tuple[list[sparse.csr_matrix], CountVectorizer]) -> bool:
    """Whether vocabulary and cells equal those of `clean_and_count`, which may have counted training texts alone."""
    expected, vectorizer = counted
    if counts.terms.to_pylist() != vectorizer.get_feature_names_out().tolist():
        return False
    ours = (counts.train, counts.validation)
    return all(one.shape == other.shape and (one != other).nnz == 0 for one, other in zip(ours, expected, strict=False))
