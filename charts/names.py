"""Names of a corpus in charts.

Vega groups rows by looking names up in JavaScript objects, which have members of their own: rows of a class called
`constructor` would be lost. So charts contain positions in a list of names, and labels are looked up by position.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LIMIT = 24
"""Characters of a name on an axis."""
_OPEN_BOX = "\N{OPEN BOX}"


def positions(values: Sequence[str] | pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    """Position of each value in `names`, shape (n_values,); -1 for others."""
    place = {name: position for position, name in enumerate(names)}
    return np.array([place.get(value, -1) for value in values], dtype=np.int64)


def looked_up(labels: Sequence[str]) -> str:
    """A Vega expression: the label at the position that an axis or a legend shows."""
    return f"{json.dumps(list(labels))}[datum.value]"


def shortened(names: Sequence[str], limit: int = LIMIT) -> list[str]:
    """The names, the longer ones cut in the middle, so that different names read differently.

    The limit is exceeded where names of one length differ in the middle alone. Spaces are drawn where names differ by
    nothing else.

    >>> shortened(["card payment with a visa", "card payment with a voucher", "shoes", "shoes "], 16)
    ['card pay…a visa', 'card pay…voucher', 'shoes', 'shoes␣']
    """
    visible = _with_visible_spaces(names)
    longest = max(map(len, visible), default=0)
    for length in range(limit, max(longest, limit) + 1):
        cut = [short(name, length) for name in visible]
        if len(set(cut)) == len(set(visible)):
            return cut
    return visible


def short(name: str, limit: int = LIMIT) -> str:
    """A name of at most `limit` characters, cut in the middle.

    >>> short("a very long name of a class", 12)
    'a very…class'
    """
    if len(name) <= limit:
        return name
    tail = (limit - 1) // 2
    return f"{name[: limit - 1 - tail].rstrip()}…{name[-tail:].lstrip() if tail else ''}"


def _with_visible_spaces(names: Sequence[str]) -> list[str]:
    read = [" ".join(name.split()) for name in names]
    alike = {name for name in read if read.count(name) > 1}
    return [
        re.sub(r"^\s+|\s+$|(?<=\s)\s|\s(?=\s)", lambda found: _OPEN_BOX * len(found[0]), name)
        if seen in alike
        else name
        for name, seen in zip(names, read, strict=True)
    ]
