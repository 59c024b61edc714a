"""Characters that are written in several ways: apostrophes, composed letters, entities, control and invisible signs."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from html.entities import html5

import pyarrow as pa
import pyarrow.compute as pc

APOSTROPHES = "\u2018\u2019\u201b\u02bc\uff07"
"""Other forms of the apostrophe: quotation marks, the modifier letter, the full-width sign."""

CONTROL = "[\0-\x08\x0e-\x1b\x7f-\x9f]"
"""Control signs that are no white space; those from 0x80 are what Windows-1252 leaves when it is read as Latin-1."""
INVISIBLE = (
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
"""Soft hyphen, zero-width spaces and joiners, marks of direction, variation selectors."""
ENTITY = r"&#[0-9]{1,7};|&#[xX][0-9A-Fa-f]{1,6};|#[0-9]{5,7};|&[A-Za-z][A-Za-z0-9]{1,30};"
"""Entities with their `&`, and numbers of five digits or more without it: `#390;` may be a number in a text."""
_ENTITY = r"&?#[0-9xX][0-9A-Fa-f]*;|&[A-Za-z][A-Za-z0-9]*;"  # RE2 is slow at bounded repeats
_LISTED = {34, 36, 38, 39, 60, 62, 133, *range(145, 152), 149, 160, 8211, 8212, 8216, 8217, 8220, 8221, 8226, 8230}
_LISTED_NAMES = set(re.findall(r"\w+", "lt gt amp quot lsquo rsquo ldquo rdquo mdash ndash nbsp hellip middot"))
_MANY_MARKS = r"\p{M}{31}"

Rule = tuple[str, Callable[[re.Match[str]], str]]


def straight(text: str) -> str:
    """The text with every apostrophe as `'`."""
    return text.translate(dict.fromkeys(map(ord, APOSTROPHES), "'"))


def straight_strings(strings: pa.Array) -> pa.Array:
    """`straight` of each string."""
    curly = pc.match_substring_regex(strings, f"[{APOSTROPHES}]")
    if not pc.any(curly, min_count=0).as_py():
        return strings
    replaced = pc.replace_substring_regex(strings.filter(curly), f"[{APOSTROPHES}]", "'")
    return pc.replace_with_mask(strings, curly, replaced)


def composed(strings: pa.Array) -> pa.Array:
    """Each string in Unicode's composed form (NFC): an e and an accent become one letter, as others write it.

    A string with more than 30 marks in a row stays as it is (UAX #15): to sort them takes quadratic time.
    """
    others = pc.and_not(pc.invert(pc.string_is_ascii(strings)), pc.match_substring_regex(strings, _MANY_MARKS))
    if not pc.any(others, min_count=0).as_py():
        return strings
    forms = [_compose(string) for string in strings.filter(others).to_pylist()]
    return pc.replace_with_mask(strings, others, pa.array(forms, strings.type))


def recoded(texts: pa.Array) -> pa.Array:
    """Texts with the signs meant by `RULES`, and composed; most texts have none and are not looked at one by one."""
    suspect = pc.match_substring_regex(texts, f"{_ENTITY}|{CONTROL}|{INVISIBLE}")
    if pc.any(suspect, min_count=0).as_py():
        found = texts.filter(suspect).to_pylist()
        for pattern, meaning in RULES:
            rule = re.compile(pattern)
            found = [rule.sub(meaning, text) for text in found]
        texts = pc.replace_with_mask(texts, suspect, pa.array(found, texts.type))
    return composed(texts)


def control_meaning(sign: str) -> str:
    r"""What a control sign stands for in Windows-1252; a space if it stands for nothing there.

    >>> control_meaning("\x92")
    '’'
    """
    decoded = sign.encode("latin-1").decode("windows-1252", "replace")
    return " " if sign < "\x80" or decoded in "\ufffd…" else decoded  # 0x85 is also a line's end


def _compose(string: str) -> str:
    return unicodedata.normalize("NFC", string)


def _entity(found: re.Match[str]) -> str:
    text = found.group()
    name = text.strip("&#;")
    if text.lstrip("&").startswith("#"):
        number = int(name[1:], 16) if name[0] in "xX" else int(name)
        if number in _LISTED:  # the repairs that follow know the spaces around it, and no hexadecimal digits
            return f"&#{number};" if name[0] in "xX" else text
        return html.unescape(f"&#{number};")
    return text if name in _LISTED_NAMES or f"{name};" not in html5 else html5[f"{name};"]


RULES: tuple[Rule, ...] = (
    (ENTITY, _entity),
    (CONTROL, lambda found: control_meaning(found.group())),
    (INVISIBLE, lambda found: " " if found.group() == "\u200b" else ""),
)
"""Patterns and what their matches become. A zero-width space ends a word (UAX #29); the others are within words."""
COMPOSE: Rule = (r"\S+", lambda found: _compose(found.group()))
"""`composed`, word by word."""
