"""Five-fold cross-validation of blocks and models on the open rows of a corpus; near duplicates share a fold.

    python benchmarks/best.py ag-news "words 1-2 tfidf/svm 1" "words 1-2 ratio-idf,tags tfidf x0.3/svm 0.3,logistic 10"

Everything else is as in the preset `best`. No test row is read. Each candidate is blocks, a slash, and models.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from bowcore.corpus.split import open_labels
from bowcore.experiment.blocks import count_open, fit_on
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.stacking import groups_for
from bowcore.findings.near_duplicates import MIN_SIMILARITY, NearDuplicates, group_articles
from bowcore.judge.comparison import paired_change
from bowcore.learn.linear.blocks import vote
from bowcore.recipe.presets import preset

N_FOLDS, SEED = 5, 16


def folds_of(near: NearDuplicates, labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The fold of each open row: groups of near duplicates are dealt out class by class, in a seeded order."""
    groups, first, group_of = np.unique(group_articles(near, MIN_SIMILARITY), return_index=True, return_inverse=True)
    generator, fold, dealt = np.random.default_rng(SEED), np.empty(len(groups), np.int64), 0
    for label in np.unique(labels):
        own = np.flatnonzero(labels[first] == label)
        generator.shuffle(own)
        fold[own] = (np.arange(len(own)) + dealt) % N_FOLDS
        dealt += len(own)
    return fold[group_of]


def main() -> None:
    """Print a line for each candidate and fold, then the mean, its standard error, and the change from the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("candidates", nargs="+", metavar="BLOCKS/MODELS")
    parser.add_argument("--folds", type=int, default=N_FOLDS, help="only the first of the five")
    chosen = parser.parse_args()
    base = preset("best", chosen.corpus)
    experiments = process_experiments()
    split = experiments.split(base)
    labels = open_labels(split)
    fold = folds_of(experiments.near_duplicates(base), labels)
    held = np.concatenate([np.flatnonzero(fold == number) for number in range(chosen.folds)])
    before: NDArray[np.int32] | None = None
    for candidate in chosen.candidates:
        blocks, _, models = candidate.partition("/")
        recipe = base.change(blocks=tuple(blocks.split(",")), models=tuple(models.split(",")))
        began = time.perf_counter()
        counted = count_open(split, recipe)
        predictions, shares = [], []
        for number in range(chosen.folds):
            rows, others = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            fitted, fits, _ = fit_on(
                recipe,
                counted,
                rows,
                labels[rows],
                len(split.class_names),
                groups=groups_for(recipe, split, rows),
            )
            predictions.append(vote(fits.answer, fitted.join(counted, others)).argmax(axis=1).astype(np.int32))
            shares.append((predictions[-1] == labels[others]).mean())
            print(f"  fold {number + 1}: {100 * shares[-1]:.2f} %", flush=True)
        joined = np.concatenate(predictions)
        share, n = (joined == labels[held]).mean(), len(held)
        error = 100 * np.sqrt(share * (1 - share) / n)
        seconds = (time.perf_counter() - began) / chosen.folds
        line = f"{100 * share:.2f} % ± {error:.2f} of {n:,} rows, {seconds:.0f} s a fold: {candidate}"
        if before is None:
            before = joined
        else:
            change = paired_change(labels[held], before, joined)
            line += f"; against the first {change.in_points} points ({change.ends}), p = {change.p_value:.2g}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
