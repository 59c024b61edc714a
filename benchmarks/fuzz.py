"""Coverage-guided fuzzing of what a reader can bring: `python -m benchmarks.fuzz files --minutes 10`.

It needs `pip install atheris`, which is 35 MB and not among the requirements. One input for each way of breaking a law
is written to the folder of `--keep`; make a test of it in `test_findings.py`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

# its own libraries are not instrumented: a law is of this project's code
with atheris.instrument_imports(include=["bowcore", "tomllib"]):
    from tests.fuzz import laws, samples

from bowcore.recipe.presets import PRESETS

HERE = tuple(name for name in samples.FORMATS if name not in samples.APART)
RARE = 252
"""First byte from which an input is of a format that takes long."""
SLICES = ("1;n=short,b=20", "1;n=a,q=oil%20price,r=1,c=sport,s=training;n=b,a=3", "1;n=x,q=(a%7Cb)%2B,r=1")


def files(data: bytes) -> None:
    """The first two bytes choose a name and options, the others are the file."""
    if len(data) > 2:
        name = samples.APART[data[0] % len(samples.APART)] if data[0] >= RARE else HERE[data[0] % len(HERE)]
        laws.read(name, data[2:], laws.OPTIONS[data[1] % len(laws.OPTIONS)])


def links(data: bytes) -> None:
    """The first byte chooses between a recipe and slices."""
    text = data[1:].decode("utf-8", "surrogateescape")  # so that half characters come, too
    (laws.open_slices if data[:1] == b"1" else laws.open_link)(text)


def toml(data: bytes) -> None:
    """A file of a recipe."""
    laws.open_toml(data.decode("utf-8", "replace"))


def seeds(target: str) -> list[bytes]:
    """Inputs to start from."""
    if target == "files":
        first = [range(len(HERE)), range(RARE, RARE + len(samples.APART))]
        places = zip(itertools.chain(*first), (*HERE, *samples.APART), strict=True)
        return [
            bytes([place, option]) + samples.FORMATS[name](samples.ROWS) for place, name in places for option in (0, 9)
        ]
    if target == "links":
        recipes = [b"0" + recipe.to_link().encode() for recipe in PRESETS.values()]
        return [*recipes, *(b"1" + link.encode() for link in SLICES)]
    return [recipe.to_toml().encode() for recipe in PRESETS.values()]


def main() -> None:
    """Fuzz one target for some minutes, in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    targets: dict[str, Callable[[bytes], None]] = {"files": files, "links": links, "toml": toml}
    parser.add_argument("target", choices=targets)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, default=Path("/tmp/bowlab-fuzz"))
    chosen = parser.parse_args()
    corpus = chosen.keep / chosen.target
    corpus.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(seeds(chosen.target)):
        (corpus / f"seed-{place}").write_bytes(seed)

    known: set[tuple[str, ...]] = set()

    def one(data: bytes) -> None:
        """Keep the first input for each kind of failure, and go on."""
        try:
            targets[chosen.target](data)
        except Exception as error:
            ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "bowcore" in frame.filename]
            way = (type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in ours[-1:]))
            if way not in known:
                known.add(way)
                (chosen.keep / f"found-{chosen.target}-{os.getpid()}-{len(known)}").write_bytes(data)
                print("FOUND", len(known), way, str(error)[:200], flush=True)

    limits = [f"-max_total_time={chosen.minutes * 60:.0f}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=4096"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={chosen.keep}/found-", str(corpus)], one)
    atheris.Fuzz()  # ends the process


if __name__ == "__main__":
    main()
