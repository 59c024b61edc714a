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

MOST_CLASSES = 40
"""Classes up to which a chart draws them all."""
_MEMBERS = frozenset(
    {
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString"),
        *("valueOf", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    }
)
"""Members of every JavaScript object."""


def positions(values: Sequence[str] | pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    """Position of each value in `names`, shape (n_values,); -1 for others."""
    place = {name: position for position, name in enumerate(names)}
    return np.array([place.get(value, -1) for value in values], dtype=np.int64)


def looked_up(labels: Sequence[str], position: str = "datum.value") -> str:
    """A Vega expression: the label at the position that an axis or a legend shows.

    Vega takes a string for the name of a signal if objects have a member of that name; an invisible sign before it
    makes it another.
    """
    safe = [f"\N{WORD JOINER}{label}" if label in _MEMBERS else label for label in labels]
    return f"{json.dumps(safe)}[{position}]"
