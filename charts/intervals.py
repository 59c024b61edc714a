"""A share with its interval, or the shares of several seeds, as a picture for a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence

from charts.palette import Palette

WIDTH, HEIGHT = 220, 64  # twice the size in a row, so that lines stay sharp
_EDGE = 10


def interval_picture(
    shares: Sequence[float], ends: tuple[float, float] | None, reference: float, low: float, palette: Palette
) -> str:
    """SVG of one square with whiskers at `ends`, or of a ring for each of several shares; a dashed line at `reference`.

    The axis runs from `low` to 1. A picture says nothing to a screen reader: the number stands in the cell before it.
    """

    def x(share: float) -> int:
        return _EDGE + round((WIDTH - 2 * _EDGE) * (min(max(share, low), 1.0) - low) / max(1.0 - low, 1e-9))

    middle, at = HEIGHT // 2, x(reference)
    parts = [
        f'<line x1="{at}" x2="{at}" y1="2" y2="{HEIGHT - 2}" stroke="{palette.muted}" stroke-width="2" '
        'stroke-dasharray="6 5"/>'
    ]
    line = f'stroke="{palette.curve}" stroke-width="4" fill="none"'
    if ends is not None:
        left, right = map(x, ends)
        path = f"M{left} {middle - 11}v22M{left} {middle}H{right}M{right} {middle - 11}v22"
        parts += [f'<path d="{path}" {line}/>']
        parts += [
            f'<rect x="{x(share) - 7}" y="{middle - 7}" width="14" height="14" fill="{palette.curve}"/>'
            for share in shares
        ]
    else:  # one above the other, so that equal seeds stay distinct
        step = min(14.0, (HEIGHT - 16) / max(len(shares) - 1, 1))
        top = middle - step * (len(shares) - 1) / 2
        parts += [
            f'<circle cx="{x(share)}" cy="{round(top + step * place)}" r="6" {line}/>'
            for place, share in enumerate(sorted(shares))
        ]
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'
