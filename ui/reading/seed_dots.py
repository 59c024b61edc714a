"""The number of a network over its seeds: mean ± standard deviation, their number, and a ring for each."""

from __future__ import annotations

import math
from base64 import b64encode
from html import escape

from bowcore.numbers import percent
from bowcore.tasks.finished_runs import SeedGroup
from charts.intervals import interval_picture
from ui.reading.tables import palette


def dots(group: SeedGroup) -> str:
    """HTML of a picture of all seeds, a dashed line at their mean; its axis ends at 100 %."""
    shares = sorted(group.shares)
    low = max(math.floor(200 * shares[0] - 100) / 100, 0.0)  # the lowest ring stands in the middle
    svg = interval_picture(shares, None, group.mean, low, palette())
    each = f"Each seed's accuracy: {', '.join(map(percent, shares))}; dashed: their mean"
    picture = (
        f'<img src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}" width="110" height="32" '
        f'alt="{escape(each)}" title="{escape(each)}" style="vertical-align: middle">'
    )
    return f'<span style="font-size: .85rem; opacity: .8; white-space: nowrap">{percent(low, 0)} {picture} 100 %</span>'
