"""Characters that are written in several ways: apostrophes, composed letters, entities, control and invisible signs."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from html.entities import html5
from itertools import groupby
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.recipe.languages import ENGLISH, LANGUAGES

APOSTROPHES = "\u2018\u2019\u201b\u02bc\uff07"
"""Other forms of the apostrophe: quotation marks, the modifier letter, the full-width sign."""

CONTROL = "[\0-\x08\x0e-\x1b\x7f-\x9f]"
"""Control signs that are no white space; those from 0x80 are what Windows-1252 leaves when it is read as Latin-1."""
INVISIBLE = (
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
"""Soft hyphen, zero-width spaces and joiners, marks of direction, variation selectors."""
JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: they part and join letters within words of Persian, Urdu, Hindi and others."""
_JOINING_BLOCKS = tuple(
    (int(first, 16), int(last, 16) + 1)
    for first, last in re.findall(r"(\w+)-(\w+)", "600-DFF F00-109F 1780-18AF FB50-FDFF FE70-FEFE 11000-11FFF")
)
ENTITY = r"&#[0-9]{1,7};|&#[xX][0-9A-Fa-f]{1,6};|#[0-9]{5,7};|&[A-Za-z][A-Za-z0-9]{1,30};"
"""Entities with their `&`, and numbers of five digits or more without it: `#390;` may be a number in a text."""
_ENTITY = r"&?#[0-9xX][0-9A-Fa-f]*;|&[A-Za-z][A-Za-z0-9]*;"  # RE2 is slow at bounded repeats
_LISTED = {34, 36, 38, 39, 60, 62, 133, *range(145, 152), 149, 160, 8211, 8212, 8216, 8217, 8220, 8221, 8226, 8230}
_LISTED_NAMES = set(re.findall(r"\w+", "lt gt amp quot lsquo rsquo ldquo rdquo mdash ndash nbsp hellip middot"))
_MANY_MARKS = r"\p{M}{31}"


def _letters_in_class(belongs: Callable[[str], bool]) -> str:
    """Letters and marks of the scripts that use joiners, as ranges of a character class."""
    codes = [code for first, last in _JOINING_BLOCKS for code in range(first, last) if belongs(chr(code))]
    runs = (list(run) for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


JOINING = _letters_in_class(lambda sign: unicodedata.category(sign)[0] in "LM")
VIRAMAS = _letters_in_class(lambda sign: unicodedata.combining(sign) == 9)
# looked at behind the sign: a pattern that begins with a class of signs is searched twenty times as fast
_WAS_IN_WORD = f"(?:(?<=[{JOINING}][{JOINERS}])(?=[{JOINING}])|(?<=[{VIRAMAS}][{JOINERS}]))"
STRAY_JOINER = f"[{JOINERS}](?!{_WAS_IN_WORD})"
"""A joiner that is not between two letters of a script that uses it, nor after a virama (UAX #31)."""
STRAY = f"{INVISIBLE}(?!{_WAS_IN_WORD})"
"""An invisible sign, unless it is a joiner that belongs to its word; for Python, as RE2 cannot look around."""

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


def composed(strings: pa.Array, form: Literal["NFC", "NFKC"] = "NFC") -> pa.Array:
    """Each string in Unicode's composed form (NFC): an e and an accent become one letter, as others write it.

    In the form NFKC full-width letters, ligatures and the like are also replaced by plain ones. A string with more
    than 30 marks in a row stays as it is (UAX #15): to sort them takes quadratic time.
    """
    others = pc.invert(pc.string_is_ascii(strings))
    if not pc.any(others, min_count=0).as_py():
        return strings
    others = pc.and_not(others, pc.match_substring_regex(strings, _MANY_MARKS))  # the pattern takes 10 ms to prepare
    forms = [unicodedata.normalize(form, string) for string in strings.filter(others).to_pylist()]
    return pc.replace_with_mask(strings, others, pa.array(forms, strings.type))


def fold(text: str, language: str = "") -> str:
    """The text without a difference between capitals and small letters.

    English, and texts without a language, are lowered by `str.lower`, as the tutorial lowers them. Other languages
    have Unicode's full case folding, in which `ß` is `ss`; Turkish and Azerbaijani also have their own `I` and `İ`.

    >>> fold("STRASSE Straße"), fold("STRASSE Straße", "de"), fold("ILIK İnek", "tr")
    ('strasse straße', 'strasse strasse', 'ılık inek')
    """
    if language in ("", ENGLISH):
        return text.lower()
    if LANGUAGES[language].dotless:
        text = text.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı")
    return text.casefold()


def folded(strings: pa.Array, language: str = "") -> pa.Array:
    """`fold` of each string."""
    plain = pc.string_is_ascii(strings)
    if language and LANGUAGES[language].dotless:
        plain = pc.and_not(plain, pc.match_substring(strings, "I"))
    lowered = pc.ascii_lower(strings)
    if pc.all(plain, min_count=0).as_py():
        return lowered
    others = pc.invert(plain)
    changed = [fold(string, language) for string in strings.filter(others).to_pylist()]
    return pc.replace_with_mask(lowered, others, pa.array(changed, strings.type))


def without_stray_joiners(strings: pa.Array) -> pa.Array:
    """Strings in which joiners stay where a script needs them; between other letters they go, elsewhere they part."""
    suspect = pc.match_substring_regex(strings, f"[{JOINERS}]")
    if not pc.any(suspect, min_count=0).as_py():
        return strings
    once = [re.sub(f"([{JOINERS}])[{JOINERS}]+", r"\1", string) for string in strings.filter(suspect).to_pylist()]
    mended = [re.sub(STRAY_JOINER, _joint, string) for string in once]
    return pc.replace_with_mask(strings, suspect, pa.array(mended, strings.type))


def _joint(found: re.Match[str]) -> str:
    around = found.string[found.start() - 1 : found.start()] + found.string[found.end() : found.end() + 1]
    return "" if len(around) == 2 and all(unicodedata.category(sign)[0] in "LMN" for sign in around) else " "


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
    (STRAY, lambda found: " " if found.group() == "\u200b" else ""),
)
"""Patterns and what their matches become. A zero-width space ends a word (UAX #29); the others are within words.

Joiners of scripts that use them stay."""
COMPOSE: Rule = (r"\S+", lambda found: _compose(found.group()))
"""`composed`, word by word."""
