"""Formatting of numbers: the same on a page, in a chart, in the terminal and in an error message.

One rounding rule: to the nearest, with ties away from zero. Browsers do the same (`toFixed`, which formats tables
and axes), while Python's `format` rounds ties to even: 92.25 % would be 92.2 in a sentence and 92.3 in the table
below it.
A share is never rounded up to 100 % nor down to 0 %. A minus is a minus sign, a number and its unit are joined by a
no-break space. Whole numbers need no rounding: they are written `f"{n:,}"`.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from bowcore.names import short, visible
from bowcore.nouns import TEXT

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

LONGEST_CLASS = 80
"""Characters of a class's name in a sentence."""
NEARLY_SURE = 0.999
"""A model's probability above it is written as `> 99.9 %`."""

_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)  # no float has more digits
_RAISED = str.maketrans(f"0123456789.{MINUS}", "⁰¹²³⁴⁵⁶⁷⁸⁹·⁻")


class Estimate(Protocol):
    """A share and its 95 % interval, all from 0 to 1."""

    @property
    def value(self) -> float:
        """The share; NaN when it is undefined."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""

    @property
    def high(self) -> float:
        """Upper end of the interval."""


def decimal(value: float, digits: int = 1) -> str:
    """A number with this many decimals; a result of zero has no sign.

    >>> decimal(1234.25), decimal(-0.5, 0), decimal(-0.04)
    ('1,234.3', '−1', '0.0')
    """
    if not math.isfinite(value):
        return str(float(value)).replace("-", MINUS)
    rounded = Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,f}"


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign; a result of zero has none.

    >>> signed(3), signed(-1204), signed(0)
    ('+3', '−1,204', '0')
    """
    text = decimal(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def points(value: float) -> str:
    """Percentage points with their sign: `+0.3`, `−1.2`, `0.0`."""
    return signed(value, 1)


def points_alike(*values: float) -> list[str]:
    """Percentage points with the same decimals: one, or up to three if fewer would round a value to 0.

    >>> points_alike(0.5, 0.1, 0.9), points_alike(0.17, 0.004, 0.35)
    (['+0.5', '+0.1', '+0.9'], ['+0.170', '+0.004', '+0.350'])
    """
    for digits in range(1, 4):
        shown = [signed(value, digits) for value in values]
        if all(abs(value) < 0.0005 or text.strip("0.") for value, text in zip(values, shown, strict=True)):
            break
    return shown


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, with more decimals if fewer would round it to 0 or 100 %.

    >>> [percent(share).replace(NO_BREAK_SPACE, " ") for share in (0.9243, 0.99996, 1.0)]
    ['92.4 %', '99.996 %', '100 %']
    """
    if share in (0, 1):
        return f"{share:.0%}".replace("%", f"{NO_BREAK_SPACE}%")
    for places in range(digits, 4):
        text = decimal(share * 100, places)
        if text.strip("0.") and float(text.replace(MINUS, "-").replace(",", "")) != 100:
            return f"{text}{NO_BREAK_SPACE}%"
    return f"{'> 99.999' if share > 0.5 else '< 0.001'}{NO_BREAK_SPACE}%"


def probability(value: float) -> str:
    """A model's probability in whole percent, but never beyond 99.9 %: no model is certain.

    >>> [probability(value).replace(NO_BREAK_SPACE, " ") for value in (1.0, 0.9991, 0.996, 0.62, 0.0)]
    ['> 99.9 %', '> 99.9 %', '99.6 %', '62 %', '< 0.1 %']
    """
    if value > NEARLY_SURE:
        return f"> 99.9{NO_BREAK_SPACE}%"
    if value < 0.001:
        return f"< 0.1{NO_BREAK_SPACE}%"
    return percent(value, 0)


def small_share(share: float) -> str:
    """A share with two or more digits, however small it is, and as "1 in n" if it is less than 1 %.

    >>> [small_share(share).replace(NO_BREAK_SPACE, " ") for share in (0.611, 0.00062, 0.0000004)]
    ['61 %', '0.062 % (1 in 1,613)', '0.00004 % (1 in 2,500,000)']
    """
    if share >= 0.01:
        return percent(share, 0 if share >= 0.1 else 1)
    if share <= 0:
        return percent(0)
    digits = decimal(share * 100, 1 - math.floor(math.log10(share * 100))).rstrip("0")
    return f"{digits}{NO_BREAK_SPACE}% (1 in {decimal(1 / share, 0)})"


def interval(low: float, high: float, digits: int = 1) -> str:
    """Two shares as a range in percent, without the sign: `91.2–92.4`."""
    return f"{decimal(low * 100, digits)}\N{EN DASH}{decimal(high * 100, digits)}"


def with_interval(share: Estimate, digits: int = 1) -> str:
    """`92.4 % (91.2–93.5)`: the value and its 95 % interval."""
    if math.isnan(share.value):
        return f"undefined: no {TEXT}"
    return f"{percent(share.value, digits)} ({interval(share.low, share.high, digits)})"


def empty_share(n_rows: int, n_columns: int, n_nonzero: int) -> str:
    """Share of the cells of a matrix that are empty."""
    share = 1 - n_nonzero / max(n_rows * n_columns, 1)
    return percent(share, 2 if share > 0.99 else 1)


def p_value(value: float) -> str:
    """`0.13`, `0.004`, `< 0.001`."""
    if value < 0.001:
        return "< 0.001"
    return decimal(value, 3 if value < 0.01 else 2)


def size(n_bytes: float) -> str:
    """Bytes with a unit: `51.4 GB`."""
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < 1000:
            return f"{decimal(n_bytes, 0 if unit == 'bytes' or n_bytes >= 100 else 1)}{NO_BREAK_SPACE}{unit}"
        n_bytes /= 1000
    return f"{decimal(n_bytes, 0 if n_bytes >= 100 else 1)}{NO_BREAK_SPACE}GB"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if value < 60:
        return f"{decimal(value, 1 if value < 10 else 0)}{NO_BREAK_SPACE}s"
    return f"{int(value) // 60} min {int(value) % 60} s".replace(" ", NO_BREAK_SPACE)


def counted(n: int, noun: str, plural: str = "") -> str:
    """`1 word`, `30 words`; `plural` is the noun with an s."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def raised(number: float, digits: int = 2) -> str:
    """An exponent in superscript characters, since neither a chart's text nor a caption has mark-up for it.

    >>> "tokens" + raised(0.456), "rank" + raised(-1.0)
    ('tokens⁰·⁴⁶', 'rank⁻¹·⁰⁰')
    """
    return decimal(number, digits).replace(",", "").translate(_RAISED)


def class_in_words(name: str) -> str:
    """The name of a class in a sentence, where a bare number would be read as an amount.

    >>> class_in_words("0"), class_in_words("-1.5"), class_in_words("sport"), class_in_words("1st")
    ('class 0', 'class -1.5', 'sport', '1st')
    """
    return f"class {name}" if re.fullmatch(r"\s*[+-]?\d[\d.,]*\s*", name) else short(visible(name), LONGEST_CLASS)
