"""Names as they are shown: long ones cut in the middle and still distinct, signs that nobody sees made visible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from unicodedata import bidirectional

OWN = "own:"
"""Beginning of the name of a corpus whose file a reader brought: `own:TOKEN/essays.csv`."""
LIMIT = 24
"""Characters of a name on an axis."""
_LETTER = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_RIGHT_TO_LEFT = re.compile(rf"{_LETTER}+(?:\s+{_LETTER}+)*")
"""Words in scripts that are read from right to left, such as Arabic and Hebrew."""
_OPEN_BOX = "\N{OPEN BOX}"
QUOTED = 60
"""Characters that a message quotes of what it refuses."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Controls of a terminal, and those that turn the rest of a line; ends of lines, signs without width, halves of one."""


def name_without_token(name: str) -> str:
    """The name of a corpus, of a file that a reader brought without the folder, which gives the file away."""
    return name.partition("/")[2] if name.startswith(OWN) else name


def shortened(names: Sequence[str], limit: int = LIMIT) -> list[str]:
    """The names, the longer ones cut in the middle, so that different names read differently.

    The limit is exceeded where names of one length differ in the middle alone. Spaces are drawn where names differ by
    nothing else.

    >>> shortened(["card payment with a visa", "card payment with a voucher", "shoes", "shoes "], 16)
    ['card pay…a visa', 'card pay…voucher', 'shoes', 'shoes␣']
    """
    whole = _with_visible_spaces([visible(name) for name in names])
    longest = max(map(len, whole), default=0)
    length = limit
    while length < longest:
        cut = [short(name, length) for name in whole]
        if len(set(cut)) == len(set(whole)):
            return cut
        length += max(length // 16, 1)  # a name can be a run of a million characters
    return whole


def short(name: str, limit: int = LIMIT) -> str:
    """A name of at most `limit` characters, cut in the middle.

    >>> short("a very long name of a class", 12)
    'a very…class'
    """
    if len(name) <= limit:
        return name
    tail = (limit - 1) // 2
    return f"{name[: limit - 1 - tail].rstrip()}…{name[-tail:].lstrip() if tail else ''}"


def visible(text: str, keep: str = "") -> str:
    r"""The text with every control shown as a sign, so that no terminal, browser or line of text obeys it.

    Those in `keep`, such as the ends of lines, stay.

    >>> visible("red\x1b[31m \u202eeval")
    'red␛[31m ⟨U+202E⟩eval'
    """
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(partial(_sign_of, keep), text)


def quoted(value: object) -> str:
    r"""What a message quotes of a value that it refuses: on one line, at most `QUOTED` characters of it.

    >>> quoted("ten\nwords"), quoted(["a"] * 1000)
    ("'ten␊words'", "['a', 'a', 'a', 'a', 'a', 'a',…'a', 'a', 'a', 'a', 'a', 'a']")
    """
    if isinstance(value, str):
        return f"'{short(visible(value), QUOTED)}'"
    try:
        return short(visible(repr(value)), QUOTED)
    except (ValueError, RecursionError):  # a number of thousands of digits, or a list of lists of lists
        return f"a {type(value).__name__}"


def _sign_of(keep: str, found: re.Match[str]) -> str:
    """The picture of a control of ASCII, the number of any other."""
    if found[0] in keep:
        return found[0]
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else f"⟨U+{code:04X}⟩"


def in_order(sentence: str) -> str:
    """A sentence in which names read from right to left leave the words and figures around them in their order."""
    return _RIGHT_TO_LEFT.sub("\N{FIRST STRONG ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", sentence)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter is of a script that is read from right to left, as for `dir="auto"`.

    >>> is_right_to_left("2 × الكتاب (book)"), is_right_to_left("book (الكتاب)")
    (True, False)
    """
    directions = (bidirectional(sign) for sign in text)
    return next((direction != "L" for direction in directions if direction in ("L", "R", "AL")), False)


def _with_visible_spaces(names: Sequence[str]) -> list[str]:
    read = [" ".join(name.split()) for name in names]
    alike = {name for name, count in Counter(read).items() if count > 1}
    return [
        re.sub(r"^\s+|\s+$|(?<=\s)\s|\s(?=\s)", lambda found: _OPEN_BOX * len(found[0]), name)
        if seen in alike
        else name
        for name, seen in zip(names, read, strict=True)
    ]
