"""Names of a corpus in charts.

Vega groups rows by looking names up in JavaScript objects, which have members of their own: rows of a class called
`constructor` would be lost. So charts contain positions in a list of names, and labels are looked up by position.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def positions(values: Sequence[str] | pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    """Position of each value in `names`, shape (n_values,); -1 for others."""
    place = {name: position for position, name in enumerate(names)}
    return np.array([place.get(value, -1) for value in values], dtype=np.int64)


def looked_up(labels: Sequence[str]) -> str:
    """A Vega expression: the label at the position that an axis or a legend shows."""
    return f"{json.dumps(list(labels))}[datum.value]"
