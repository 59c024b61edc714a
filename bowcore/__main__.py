"""`python -m bowcore`: the engine without a browser."""

from __future__ import annotations

import argparse
import sys

from bowcore.errors import BowlabError
from bowcore.runs.locks import LANES


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bowcore", description="The engine without a browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("worker", help="do the jobs of one lane; the server starts this")
    worker.add_argument("--lane", choices=LANES, default="long", help="quick: one thread; long: all cores")
    worker.add_argument("--until-idle", action="store_true", help="stop when no job waits")
    chosen = parser.parse_args(arguments)
    try:
        from bowcore.runs.worker import work

        work(chosen.lane, until_idle=chosen.until_idle)
    except BowlabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
