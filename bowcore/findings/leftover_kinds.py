"""Kinds of leftovers that a pattern finds, and what was found of a kind.

There is no list of known leftovers. An entity is a number after `#`, or a name from the HTML standard that the corpus
usually writes with a semicolon after it. `bowcore.findings.leftover_words` finds the kinds without a pattern.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.entities import name2codepoint
from itertools import groupby

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bowcore.findings.phrase_search import Positions, matching
from bowcore.text.characters import CONTROL, INVISIBLE, STRAY, control_meaning

MIN_ENTITY_SHARE = 0.5
"""Smallest share of a name's occurrences with a semicolon after them for it to be an entity."""
MAX_TAG_LENGTH = 300  # characters between angle brackets


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of leftover: its name, the pattern of its fragments, and the meaning of a fragment.

    `sieve` is a pattern in RE2's syntax that matches every text with a fragment. It has no bounded repeats, which make
    RE2 forty times slower; `pattern` has them, since Python's `re` restarts at every letter of a long word.
    """

    name: str
    pattern: str
    meaning: Callable[[str], str]
    sieve: str = ""
    shown: Callable[[str], str] = str
    """A fragment as a table shows it."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Leftovers of one kind.

    Attributes:
        kind: Name of the kind.
        pattern: The pattern of its fragments.
        positions: Open articles that contain it, ascending.
        fragments: One row per distinct fragment, most frequent first: `fragment`, `articles`, `meaning`.
    """

    kind: str
    pattern: str
    positions: Positions
    fragments: pd.DataFrame

    @property
    def n_articles(self) -> int:
        """Number of open articles that contain it."""
        return len(self.positions)


def kinds(texts: pa.Array) -> tuple[Kind, ...]:
    """Kinds to search for in these texts, with the entity names that occur in them."""
    names = "|".join(entity_names(texts)) or "(?:$.)"  # a pattern that matches nothing
    return (
        # no character's number has more digits, and Python refuses to parse one of more than 4,300
        Kind(
            "entity",
            rf"&(?:#[0-9]{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}}|(?:{names}));",
            html.unescape,
            rf"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|(?:{names}));",
        ),
        Kind(
            "entity without its &",
            rf"(?<!&)(?:#[0-9]{{1,7}};|\b(?:{names});)",
            lambda text: html.unescape("&" + text),
            rf"(?:^|[^&])(?:#[0-9]+;|\b(?:{names});)",
        ),
        Kind(
            "mark-up",
            rf"(?:<|&?\blt;)[/!]?[A-Za-z][^<>]{{0,{MAX_TAG_LENGTH}}}?(?:>|&?\bgt;)",
            _tag,
            r"(?:<|lt;)[/!]?[A-Za-z]",
        ),
        Kind("backslash", r"\\+", lambda _: "a space or a line's end"),
        Kind(
            "glued sentences",
            r"\p{Lu}?\p{Ll}{2,30}[.!?]\p{Lu}\p{Ll}{1,30}",
            _parted,
            r"\p{Ll}\p{Ll}[.!?]\p{Lu}\p{Ll}",
        ),
        Kind("web address", r"(?:https?://|\bwww\.)[^\s<>&\"]+", lambda _: ""),
        Kind("replacement character", "\ufffd", lambda _: "a character that was lost", shown=code_point),
        Kind("control character", CONTROL, control_meaning, shown=code_point),
        Kind(
            "invisible character", STRAY, lambda sign: unicodedata.name(sign, "").lower(), INVISIBLE, shown=code_point
        ),
    )


def entity_names(texts: pa.Array) -> tuple[str, ...]:
    """Names of HTML entities with a semicolon after them in at least `MIN_ENTITY_SHARE` of their occurrences.

    `and;` may end a clause: `and` is also an HTML name, but usually a word.
    """
    suspect = texts.filter(pc.match_substring(texts, ";"))
    with_semicolon = Counter(re.findall(r"(?<![\w#])([A-Za-z]{2,8});", "\n".join(suspect.to_pylist())))
    names = sorted(name for name in with_semicolon if name in name2codepoint)
    # one pass for all names, then one per name over the few texts that contain any
    holders = texts.filter(pc.match_substring_regex(texts, rf"\b(?:{'|'.join(names)})\b")) if names else texts
    kept = []
    for name in names:
        n_words = pc.sum(pc.count_substring_regex(holders, rf"\b{name}\b"), min_count=0).as_py()
        if with_semicolon[name] >= MIN_ENTITY_SHARE * n_words:
            kept.append(name)
    return tuple(kept)


def matches(kind: Kind, text: str) -> list[str]:
    """Every fragment of this kind in one text, in reading order."""
    return _compiled(kind.pattern).findall(text)


def spans(kind: Kind | Finding, text: str) -> list[tuple[int, int]]:
    """Start and end of each fragment of this kind in one text."""
    return [found.span() for found in _compiled(kind.pattern).finditer(text)]


def find_kind(kind: Kind, texts: pa.Array) -> Finding:
    """The articles with a fragment of this kind, and its fragments."""
    likely = matching(texts, kind.sieve or kind.pattern)
    held: Counter[str] = Counter()
    positions = []
    for position, text in zip(likely.tolist(), texts.take(pa.array(likely)).to_pylist(), strict=True):
        fragments = set(matches(kind, text))
        held.update(fragments)
        if fragments:
            positions.append(position)
    rows = [(kind.shown(fragment), n, kind.meaning(fragment)) for fragment, n in held.items()]
    return Finding(kind.name, kind.pattern, np.array(positions, dtype=np.int64), fragment_table(rows))


def code_point(sign: str) -> str:
    """A character by its number, such as U+00AD, since it cannot be seen."""
    return f"U+{ord(sign):04X}"


def fragment_table(rows: list[tuple[str, int, str]]) -> pd.DataFrame:
    """Rows of fragment, articles and meaning as the table of a finding."""
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows, columns=["fragment", "articles", "meaning"])


def _tag(text: str) -> str:
    inner = re.sub(r"^(?:<|&?lt;)|(?:>|&?gt;)$", "", text)
    return f"<{inner}>"


def _parted(text: str) -> str:
    return re.sub(r"([.!?])", r"\1 ", text, count=1)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(python_pattern(pattern))


def python_pattern(pattern: str) -> str:
    """An RE2 pattern for Python's `re`, which has no letter classes by case."""
    return pattern.replace(r"\p{Ll}", f"[{_letters('Ll')}]").replace(r"\p{Lu}", f"[{_letters('Lu')}]")


@cache
def _letters(category: str) -> str:
    codes = [code for code in range(0x10000) if unicodedata.category(chr(code)) == category]
    runs = (list(run) for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)
