"""Numbers in words, one way everywhere."""

from __future__ import annotations

import re

from bowcore.judge.scores import Share

_TFIDF = re.compile(r"TF(\\?-)IDF")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
"""Places inside what Streamlit's Markdown takes for an address of the web or of mail."""


def counted(n: int, noun: str) -> str:
    """`1 word`, `30 words`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def percent(share: float, digits: int = 1) -> str:
    """`92.4 %`."""
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def empty_share(n_rows: int, n_columns: int, n_nonzero: int) -> str:
    """Share of empty cells, never rounded up to 100 %."""
    share = 1 - n_nonzero / max(n_rows * n_columns, 1)
    return percent(share, 2 if share > 0.99 else 1)


def accuracy_in_words(accuracy: Share) -> str:
    """`92.4 % (91.2–92.4)`: the value and its 95 % interval."""
    return f"{percent(accuracy.value)} ({accuracy.low * 100:.1f}–{accuracy.high * 100:.1f})"


def size(n_bytes: float) -> str:
    """Bytes with a unit, never on two lines: `51.4 GB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 1000 or unit == "GB":
            decimals = 0 if unit == "bytes" or n_bytes >= 100 else 1
            return f"{n_bytes:,.{decimals}f}\N{NO-BREAK SPACE}{unit}"
        n_bytes /= 1000
    raise AssertionError


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, never on two lines."""
    if value < 60:
        return f"{value:.{1 if value < 10 else 0}f}\N{NO-BREAK SPACE}s"
    return f"{int(value) // 60} min {int(value) % 60} s".replace(" ", "\N{NO-BREAK SPACE}")


def points(value: float) -> str:
    """Percentage points with their sign: `+0.3`, `−1.2`, `0.0`."""
    return "0.0" if round(value, 1) == 0 else f"{value:+,.1f}".replace("-", "−")


def p_value_in_words(p_value: float) -> str:
    """`0.13`, `0.004`, `< 0.001`."""
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.3f}" if p_value < 0.01 else f"{p_value:.2f}"


def unbroken(text: str) -> str:
    """Markdown to be read, in which no line ends inside TF-IDF: invisible signs join its hyphen to both sides."""
    return _TFIDF.sub("TF\N{WORD JOINER}\\1\N{WORD JOINER}IDF", text)


def plain(text: str) -> str:
    """Text of a corpus, a link or an error made safe for Markdown: every sign stands for itself.

    Addresses are made links after escapes are read, so an invisible sign that joins words parts them.
    """
    text = _ADDRESS.sub("\N{WORD JOINER}", text)
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:&" else char for char in text)
