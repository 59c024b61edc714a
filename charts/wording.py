"""How charts write numbers and labels."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("0123456789.-", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻")


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, never rounded up to all or down to nothing.

    >>> percent(0.9243), percent(0.99996), percent(1.0)
    ('92.4 %', '99.996 %', '100 %')
    """
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    for places in range(digits, 4):
        text = f"{share * 100:.{places}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text} %"
    return "> 99.999 %" if share > 0.5 else "< 0.001 %"


def small_share(share: float) -> str:
    """A share of two or more digits, however small it is, and what it is one of where it is less than 1 %.

    >>> small_share(0.611), small_share(0.00062), small_share(0.0000004)
    ('61 %', '0.062 % (1 in 1,613)', '0.00004 % (1 in 2,500,000)')
    """
    if share >= 0.01:
        return percent(share, 0 if share >= 0.1 else 1)
    if share <= 0:
        return "0 %"
    digits = f"{share * 100:.{1 - math.floor(math.log10(share * 100))}f}".rstrip("0")
    return f"{digits} % (1 in {1 / share:,.0f})"


def interval(low: float, high: float) -> str:
    """Two shares as a range: `91.2–92.4 %`."""
    return f"{low * 100:.1f}\N{EN DASH}{high * 100:.1f} %"


def raised(number: float, digits: int = 2) -> str:
    """An exponent as it is written by hand; neither a chart's text nor a caption has mark-up for it.

    >>> "tokens" + raised(0.456), "rank" + raised(-1.0)
    ('tokens⁰·⁴⁶', 'rank⁻¹·⁰⁰')
    """
    return f"{number:.{digits}f}".translate(_RAISED)


def signed(number: int) -> str:
    """A whole number with its sign, and 0 without: `+3`, `−1,204`, `0`."""
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    return f"{sign}{abs(number):,}"


def short(label: str, limit: int = 24) -> str:
    """The label, or its beginning when it is longer than `limit` characters."""
    return label if len(label) <= limit else label[: limit - 1] + "…"


def short_names(names: Sequence[str], least: int = 3) -> dict[str, str]:
    """The shortest beginnings, of one length and at least `least` letters, that tell all names apart.

    >>> short_names(["business", "politics", "tech"])
    {'business': 'bus', 'politics': 'pol', 'tech': 'tec'}
    """
    longest = max((len(name) for name in names), default=0)
    for length in range(least, longest):
        cut = {name: name[:length] for name in names}
        if len(set(cut.values())) == len(set(names)):
            return cut
    return {name: name for name in names}


def in_lines(sentence: str, characters: int = 50) -> list[str]:
    """The sentence in lines that fit a chart of 420 px: a Vega title does not wrap by itself."""
    # A number and its % stay on one line: textwrap breaks at spaces, not at no-break spaces
    return textwrap.wrap(sentence.replace(" %", "\N{NO-BREAK SPACE}%"), characters) or [""]


def listed(words: Sequence[str]) -> str:
    """Words with commas and a final "and"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
