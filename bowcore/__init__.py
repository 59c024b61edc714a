"""Bag-of-words text classification, stage by stage, without a user interface."""

import os
import sys

__version__ = "0.1.0"

if sys.platform == "linux":
    # Arrow reads this when it is imported, later than this package. Its default, mimalloc, keeps twice what is in use.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
