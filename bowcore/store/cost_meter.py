"""What work costs on this machine: seconds, and the most memory that its processes held."""

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
    """What a stage cost. `peak_bytes` is None where it was not measured."""

    stage: str
    seconds: float
    peak_bytes: int | None
    note: str = ""


@dataclass(slots=True)
class Meter:
    """Times stages one after the other, each with the most memory that was held in it."""

    costs: list[Cost] = field(default_factory=list)
    _began: float = 0.0

    def start(self) -> None:
        """Begin a stage."""
        self._began = time.perf_counter()
        with contextlib.suppress(OSError):  # Linux alone can forget an earlier peak
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def end(self, stage: str, note: str = "", *, n_processes: int = 0, next_stage: bool = True) -> None:
        """End a stage, and begin the next one; `n_processes` more worked in it and have ended."""
        self.costs.append(Cost(stage, time.perf_counter() - self._began, _peak_bytes(n_processes), note))
        if next_stage:
            self.start()


def keep_costs(run_id: str, costs: Iterable[Cost]) -> None:
    """Keep what the stages of a run cost, for those who ask for it again."""
    told = json.dumps({"costs": [asdict(cost) for cost in costs]})

    def write(place: Path) -> None:
        (place / "costs.json").write_text(told, encoding="utf-8")

    with contextlib.suppress(OutputError):  # a full disk is no reason to lose the report of a run that is kept
        artefacts.store(f"costs-{run_id}", write)


def kept_costs(run_id: str) -> tuple[Cost, ...]:
    """What the stages of a run cost; empty where nobody measured."""
    told = artefacts.read_json(f"costs-{run_id}", "costs.json") or {"costs": []}
    return tuple(Cost(**cost) for cost in told["costs"])


def _peak_bytes(n_processes: int) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    import resource  # Windows has none

    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii", errors="replace"))
    if found is None:
        return None
    # of ended processes the system tells only the largest: together they held so much at most
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if n_processes else 0
    return (int(found[1]) + n_processes * largest) * 1024
