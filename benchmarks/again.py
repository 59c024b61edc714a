"""Seconds of the answer to a recipe that somebody looked at before, and of computing it: AG News, each switch flipped.

    python benchmarks/again.py

One `Experiments` computes the answers and stores what they learned; another one, with nothing in memory but the
reading, as in a second process or after answers were dropped, reads them back. Both are equal, or the script fails.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the script runs from any folder

from bowcore.experiment.answer import Answer  # noqa: E402
from bowcore.experiment.experiments import Experiments  # noqa: E402
from bowcore.experiment.learned_on_disk import wait_until_stored  # noqa: E402
from bowcore.recipe.presets import preset  # noqa: E402
from bowcore.recipe.recipe import Recipe  # noqa: E402

SWITCHES: tuple[dict[str, Any], ...] = (
    {"lower_case": False},
    {"possessives": False},
    {"punctuation": False},
    {"digits": False},
    {"ascii_letters": True},
    {"contractions": "split"},
    {"stop_words": "scikit-learn"},
    {"word_forms": "stem"},
)


def recipes() -> list[Recipe]:
    """The recommended recipe, and with each of its switches in another position."""
    plain = preset("recommended", "ag-news")
    return [plain, *(plain.change(**change) for change in SWITCHES)]


def timed(experiments: Experiments, recipe: Recipe) -> tuple[float, Answer]:
    """Seconds of the answer, and the answer."""
    experiments.reading(recipe)
    began = time.perf_counter()
    answer = experiments.answer(recipe)
    return time.perf_counter() - began, answer


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bowlab-again-", ignore_cleanup_errors=True) as home:
        os.environ["BOWLAB_HOME"] = home
        for name in ("BOWLAB_ARTEFACTS", "BOWLAB_RUNS_URL"):
            os.environ.pop(name, None)
        first, second = Experiments(), Experiments()
        computed, read = [], []
        for recipe in recipes():
            seconds, answer = timed(first, recipe)
            wait_until_stored()
            again_seconds, again = timed(second, recipe)
            if (
                not np.array_equal(answer.log_likelihood, again.log_likelihood)
                or again.matrix.load == answer.matrix.load
            ):
                raise SystemExit(f"The answers to {recipe.to_link()} differ, or are the same object.")
            computed.append(seconds)
            read.append(again_seconds)
    computed, read = computed[1:], read[1:]  # the first takes the first look at everything
    ratio = median(computed) / median(read)
    print(
        f"Computed: median {1000 * median(computed):.0f} ms of {len(computed)}, at most {1000 * max(computed):.0f} ms."
    )
    print(f"Looked at before: median {1000 * median(read):.0f} ms, at most {1000 * max(read):.0f} ms.")
    print(
        json.dumps(
            {"computed_s": round(median(computed), 4), "read_s": round(median(read), 4), "ratio": round(ratio, 1)}
        )
    )


if __name__ == "__main__":
    main()
