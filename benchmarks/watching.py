"""Time of one look at a running training, after 100 and after 100,000 batches.

A job reports its batches as a training does. A look reads the run as the page does; the first look is that of a browser
that has just opened the page. Prints the median of the later looks; the last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

LOOKS = 200
BATCHES_AN_EPOCH = 1000
SIZES = (100, 100_000)


def fill(n_batches: int) -> str:
    """Report `n_batches` batches, and an epoch every thousand, as a training does; returns the running job's id."""
    from bowcore.jobs import jobs
    from bowcore.jobs.job_context import JobContext
    from bowcore.jobs.progress import Progress

    submitted = jobs.submit("train", {}, "long", f"{n_batches}")
    job = jobs.claim("long")
    assert job is not None and job.id == submitted.id
    epoch = {"event": "EpochDone", "epochs": 1000, "validation_loss": 0.5, "train_loss": 0.5, "seconds": 1.0}
    with JobContext(job.id) as context:
        progress = Progress(context, 1000, usual=1.0)
        for number in range(1, n_batches + 1):
            batch = {
                "event": "BatchDone",
                "epoch": 1 + number // BATCHES_AN_EPOCH,
                "batch": number,
                "running_loss": 0.5,
            }
            progress.done(number / BATCHES_AN_EPOCH, f"Batch {number:,}", newest=batch)
            if number % BATCHES_AN_EPOCH == 0:
                context.emit({**epoch, "epoch": number // BATCHES_AN_EPOCH})
    return job.id


def look_ms(job_id: str) -> tuple[float, float]:
    """Milliseconds of the first look of a session, and the median of those that follow."""
    from bowcore.jobs import jobs
    from ui.shell.runs import read

    taken = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        run = read(jobs.get(job_id))
        taken.append(1000 * (time.perf_counter() - began))
        assert run.batch
    return taken[0], statistics.median(taken[1:])


def main() -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory(prefix="bowlab-watching-") as home:
        os.environ["BOWLAB_HOME"] = home
        from bowcore.jobs import jobs

        look_ms(fill(1))  # imports the page's code
        figures: dict[str, float] = {}
        for n_batches in SIZES:
            job_id = fill(n_batches)
            first, later = look_ms(job_id)
            print(f"{n_batches:,} batches: first look {first:.2f} ms, later looks {later:.2f} ms")
            figures[f"look_ms_{n_batches}"] = round(later, 3)
            figures[f"first_look_ms_{n_batches}"] = round(first, 3)
            jobs.end(job_id, "stopped")
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
