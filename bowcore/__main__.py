"""`python -m bowcore`: the engine without a browser."""

import sys

from bowcore.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
