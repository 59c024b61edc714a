"""Seconds from starting a process to the first matrix of 120,000 articles that were read before.

The articles are the open rows of AG News and their copies in a Parquet file of a temporary folder. A first process
reads, numbers and stores them; then new processes are timed from before their start to the matrix of
tutorial-baseline.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the script runs from any folder
sys.path.insert(0, str(Path(__file__).resolve().parent))

FIRST_MATRIX = """
import sys, time
began = float(sys.argv[2])
def tell(what):
    print(f"    {time.time() - began:.2f} s: {what}", file=sys.stderr)
from bowcore.experiment.experiments import Experiments
from bowcore.recipe.presets import preset
tell("modules imported")
recipe, experiments = preset("tutorial-baseline", sys.argv[1]), Experiments()
corpus = experiments.corpus(recipe)
tell("corpus and split")
experiments.reading(recipe)
tell("numbered words")
experiments.chain(recipe)
tell("terms")
matrix = experiments.matrix(recipe).features
tell("matrix")
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.time() - began, used.ru_utime + used.ru_stime, corpus.n_documents, matrix.train.shape[0], matrix.n_terms)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=120_000)
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.")
    with tempfile.TemporaryDirectory(prefix="bowlab-cold-") as folder:
        path = Path(folder) / "articles.parquet"
        write = "import pathlib, sys, memory; memory.write_rows(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
        paths = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
        environment = os.environ | {"PYTHONPATH": paths, "BOWLAB_HOME": str(Path(folder) / "home")}
        for name in ("BOWLAB_ARTEFACTS", "BOWLAB_RUNS_URL"):
            environment.pop(name, None)
        subprocess.run([sys.executable, "-c", write, str(path), str(chosen.rows)], check=True, env=environment)
        time.sleep(2.5)  # a file that changed within the last two seconds is not cached

        def start() -> list[float]:
            command = [sys.executable, "-c", FIRST_MATRIX, str(path), str(time.time())]
            done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
            print(done.stderr, end="")
            return [float(figure) for figure in done.stdout.split()]

        first, _, n_rows, n_train, n_terms = start()
        print(f"Seen for the first time: {first:.2f} s, {n_rows:,.0f} articles, {n_train:,.0f} × {n_terms:,.0f}.")
        starts = [start() for _ in range(chosen.repeat)]
    seconds, cpu = [figures[0] for figures in starts], min(figures[1] for figures in starts)
    print(f"Seen before: min {min(seconds):.2f} s, median {median(seconds):.2f} s of {len(seconds)}.")
    print(f"Processor time of the quickest: {cpu:.2f} s, which differs on a busy machine.")
    figures = {"seconds": round(median(seconds), 3), "cpu_s": round(cpu, 3), "first_s": round(first, 3)}
    print(json.dumps(figures | {"rows": int(n_rows)}))


if __name__ == "__main__":
    main()
