"""Seconds of logistic regression after a flipped switch, and of scikit-learn's LogisticRegression on the same matrix.

Run as `BOWLAB_DATA=folder python benchmarks/logistic.py`; `--corpus bbc-news` needs no folder. One thread on both
sides. Each is fitted three times; the smallest CPU and wall times are printed, which differ on a busy machine. The last
line is one JSON object; its seconds are CPU seconds unless the name says wall.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder


def fastest(work: Callable[[], Any], repeat: int = 3) -> tuple[Any, float, float]:
    """The result of `work`, its smallest wall time and its smallest CPU time."""
    walls, cpus, value = [], [], None
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        value = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return value, min(walls), min(cpus)


def main(corpus: str) -> None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from bowcore.experiment import stages
    from bowcore.experiment.experiments import Experiments
    from bowcore.learn.linear.logistic import fit_logistic
    from bowcore.recipe.recipe import Recipe

    before = Recipe().change(corpus=corpus)
    after = before.change(digits=False)

    experiments = Experiments()
    split, reading = experiments.split(after), experiments.reading(after)

    def flip() -> Any:
        counts = stages.count(reading, stages.map_terms(reading, after), after)
        return stages.build_matrix(counts, split, after).features

    _, *first = fastest(lambda: experiments.fit(before), 1)
    features, *flipped = fastest(flip)
    experiments.matrix(after)
    found, *ours = fastest(lambda: experiments.fit(after))
    nothing, *cold = fastest(lambda: fit_logistic(features))
    train, validation = (part.astype(np.float64) for part in (features.train, features.validation))

    def fit(**settings: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return LogisticRegression(**settings).fit(train, features.train_labels)

    default, *reference = fastest(lambda: fit(max_iter=1000))
    _, *newton = fastest(lambda: fit(solver="newton-cg", max_iter=1000))
    exact = fit(solver="newton-cg", tol=1e-8, max_iter=1000).predict(validation)
    same = {
        "same_labels": found.predictions == exact,
        "same_labels_cold": nothing.predictions == exact,
        "same_labels_reference": default.predict(validation) == exact,
    }
    print(f"{features.train.shape[0]:,} articles, {features.n_terms:,} terms, {features.train.nnz:,} filled cells")
    rows = {
        "first fit, with the articles loaded": first,
        "terms and matrix after the flip": flipped,
        f"fit ({found.n_steps} Newton steps)": ours,
        f"fit from a cold start ({nothing.n_steps} Newton steps)": cold,
        f"LogisticRegression(), L-BFGS, {default.n_iter_.max()} iterations": reference,
        "LogisticRegression(solver='newton-cg')": newton,
    }
    print(f"{'':50}{'wall s':>8}{'CPU s':>8}")
    for name, (wall, cpu) in rows.items():
        print(f"{name:50}{wall:8.2f}{cpu:8.2f}")
    figures = {
        "corpus": corpus,
        "ours_s": round(ours[1], 3),
        "reference_s": round(reference[1], 3),
        "ratio": round(reference[1] / ours[1], 2),
        "cold_s": round(cold[1], 3),
        "cold_ratio": round(reference[1] / cold[1], 2),
        "newton_cg_s": round(newton[1], 3),
        "stages_s": round(flipped[1], 3),
        "ours_wall_s": round(ours[0], 3),
        "reference_wall_s": round(reference[0], 3),
        # compared with scikit-learn at tol=1e-8, since its default tolerance leaves some labels undecided
        **{name: round(float(right.mean()), 5) for name, right in same.items()},
        "n_validation": len(exact),
        "converged": found.converged,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="ag-news")
    # before NumPy is imported: its libraries read these once
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    main(parser.parse_args().corpus)
