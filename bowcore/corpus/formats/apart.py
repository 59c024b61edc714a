"""Parquet, Arrow and workbooks are read in a process of their own, which has limits of memory and time.

Their readers are written in C++ and Rust and trust what a file says of itself: a damaged one can end the process that
reads it, and one of a kilobyte can ask for all memory.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.ipc

from bowcore.corpus.formats import workbooks
from bowcore.corpus.formats.found import Found
from bowcore.corpus.formats.unpacked import most_unpacked, too_large
from bowcore.errors import CorpusError, TooLargeError

READERS: dict[str, Callable[..., Found]] = {
    "parquet": workbooks.read_parquet,
    "arrow": workbooks.read_arrow,
    "workbook": workbooks.read_workbook,
}
"""What reads a file in the other process, by kind."""

_ALONE = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Environment in which memory that is not used is not reserved either."""
_PER_UNPACKED, _MARGIN = 4, 300_000_000
"""Bytes of memory for each unpacked one, and bytes more."""
_SECONDS, _BYTES_A_SECOND = 60, 1_000_000
_ENDED_FROM_OUTSIDE = (-signal.SIGABRT, -getattr(signal, "SIGKILL", 9))
"""How Rust and the system end what asks for too much memory; and what a busy system does now and then."""
_TIMES = 2
"""Readings of a file whose reader was ended, before its size is taken for the reason."""

_log = logging.getLogger(__name__)


def read_apart(kind: str, name: str, raw: bytes, sheet: str = "", header: bool | None = None) -> Found:
    """The rows of a file, read by the row of `READERS`.

    Raises:
        CorpusError: It cannot be read, or unpacks to more than is read of a file of its size.
    """
    longest = _SECONDS + len(raw) // _BYTES_A_SECOND
    with tempfile.TemporaryDirectory(prefix="bowlab-read-") as folder:
        out = Path(folder) / "rows.arrow"
        asked = json.dumps({"kind": kind, "name": name, "sheet": sheet, "header": header, "seconds": longest})
        paths = [str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "bowcore.corpus.formats.apart", asked, str(out)]
        environment = os.environ | _ALONE | {"PYTHONPATH": os.pathsep.join(paths)}
        for _ in range(_TIMES):
            try:
                done = subprocess.run(
                    command, input=raw, capture_output=True, env=environment, timeout=longest, check=False
                )
            except subprocess.TimeoutExpired as error:
                raise CorpusError(f"{name} takes more than {longest:,} s to unpack. Save its texts as CSV.") from error
            if done.returncode not in _ENDED_FROM_OUTSIDE:
                break
            _log.warning("The reader of %s was ended by signal %d: %s", name, -done.returncode, _last_line(done.stderr))
        else:
            raise too_large(name, len(raw))
        if done.returncode:
            raise CorpusError(f"{name} is damaged: its reader cannot go on. Save it again, or its texts as CSV.")
        about: dict[str, Any] = json.loads(done.stdout)
        if "error" in about:
            raise (TooLargeError if about["too_large"] else CorpusError)(about["error"])
        with pa.ipc.open_stream(out.read_bytes()) as reader:
            table = reader.read_all()
    return Found(about["format"], table, header=about["header"], notes=tuple(about["notes"]))


def _last_line(printed: bytes) -> str:
    return (printed.decode(errors="replace").strip().splitlines() or ["nothing printed"])[-1]


def _read(asked: dict[str, Any], raw: bytes, out: Path) -> dict[str, Any]:
    arguments = (asked["sheet"], asked["header"]) if asked["kind"] == "workbook" else ()
    try:
        found = READERS[asked["kind"]](asked["name"], raw, *arguments)
        if found.table.nbytes > most_unpacked(len(raw)):
            raise too_large(asked["name"], len(raw))
        table = found.table.unify_dictionaries()
        with pa.ipc.new_stream(str(out), table.schema) as writer:
            writer.write_table(table)
    except CorpusError as error:
        return {"error": str(error), "too_large": isinstance(error, TooLargeError)}
    except MemoryError:
        return {"error": str(too_large(asked["name"], len(raw))), "too_large": True}
    return {"format": found.format, "header": found.header, "notes": found.notes}


def _limit(n_bytes: int, seconds: int) -> None:
    """Limit memory and time of this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        memory = psutil.Process().memory_info().vms + _PER_UNPACKED * n_bytes + _MARGIN
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the file that comes by standard input, as the first argument says, and write its rows to the second."""
    asked, raw = json.loads(sys.argv[1]), sys.stdin.buffer.read()
    pa.set_cpu_count(1)
    _limit(most_unpacked(len(raw)), asked["seconds"])
    sys.stdout.write(json.dumps(_read(asked, raw, Path(sys.argv[2]))))
    sys.stdout.flush()
    os._exit(0)  # the rows are written: the threads of the libraries need not end in order


if __name__ == "__main__":
    main()
