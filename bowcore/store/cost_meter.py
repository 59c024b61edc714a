"""Cost of work on this machine: seconds, and peak memory of its processes."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bowcore.errors import OutputError
from bowcore.store import artefacts


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a stage. `peak_bytes` is None if it was not measured."""

    stage: str
    seconds: float
    peak_bytes: int | None
    note: str = ""


@dataclass(slots=True)
class Meter:
    """Times consecutive stages, each with its peak memory."""

    costs: list[Cost] = field(default_factory=list)
    _began: float = 0.0

    def start(self) -> None:
        """Begin a stage."""
        self._began = time.perf_counter()
        with contextlib.suppress(OSError):  # only Linux can reset the peak
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def end(self, stage: str, note: str = "", *, n_processes: int = 0, next_stage: bool = True) -> None:
        """End a stage and begin the next; `n_processes` is the number of ended child processes that worked in it."""
        self.costs.append(Cost(stage, time.perf_counter() - self._began, _peak_bytes(n_processes), note))
        if next_stage:
            self.start()


def keep_costs(run_id: str, costs: Iterable[Cost]) -> None:
    """Store the costs of a run's stages for later reports."""
    text = json.dumps({"costs": [asdict(cost) for cost in costs]})

    def write(place: Path) -> None:
        (place / "costs.json").write_text(text, encoding="utf-8")

    with contextlib.suppress(OutputError):  # a full disk must not lose the report of a stored run
        artefacts.store(f"costs-{run_id}", write)


def kept_costs(run_id: str) -> tuple[Cost, ...]:
    """Costs of a run's stages; empty if they were not measured."""
    stored = artefacts.read_json(f"costs-{run_id}", "costs.json") or {"costs": []}
    return tuple(Cost(**cost) for cost in stored["costs"])


def _peak_bytes(n_processes: int) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    import resource  # not available on Windows

    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii", errors="replace"))
    if found is None:
        return None
    # for ended processes the system reports only the largest: an upper bound is that peak for each
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if n_processes else 0
    return (int(found[1]) + n_processes * largest) * 1024
