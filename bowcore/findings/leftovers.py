"""Web leftovers: fragments of web pages and their tools in the open articles, found in the texts and counted by class.

There is no list of known leftovers. An entity is a number after `#`, or a name from the HTML standard that the corpus
usually writes with a semicolon after it; a glued word is rare and consists of two common words. Tags of news agencies
and constant phrases are in `bowcore.findings.agency_tags`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html.entities import name2codepoint
from itertools import groupby

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Split, open_labels
from bowcore.findings.phrase_search import Positions, matching

MIN_ENTITY_SHARE = 0.5
"""Smallest share of a name's occurrences with a semicolon after them for it to be an entity."""
MAX_GLUED_ARTICLES = 2  # a word like PlayStation in more articles is a name
MIN_HALF_OCCURRENCES = 10  # of each half of a glued word
GLUED_WORDS = "glued words"
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


@dataclass(frozen=True, slots=True, eq=False)
class Leftovers:
    """All findings, with the `labels` of all open articles, training first, from which shares are computed."""

    findings: tuple[Finding, ...]
    labels: NDArray[np.int32]
    n_training: int
    class_names: tuple[str, ...]

    @property
    def n_articles(self) -> int:
        """Number of open articles."""
        return len(self.labels)

    def finding(self, kind: str) -> Finding:
        """The finding of this kind."""
        return next(finding for finding in self.findings if finding.kind == kind)

    def table(self) -> pd.DataFrame:
        """One row per finding, most articles first: `kind`, `articles`, `share`, `training`, `validation`, `examples`.

        `training` and `validation` are numbers of articles; `examples` are the three most frequent fragments.
        """
        rows = [
            {
                "kind": finding.kind,
                "articles": finding.n_articles,
                "share": finding.n_articles / max(self.n_articles, 1),
                "training": int(np.count_nonzero(finding.positions < self.n_training)),
                "validation": int(np.count_nonzero(finding.positions >= self.n_training)),
                "examples": "   ".join(finding.fragments["fragment"].head(3)),
            }
            for finding in self.findings
        ]
        columns = ["kind", "articles", "share", "training", "validation", "examples"]
        return pd.DataFrame(rows, columns=columns).sort_values("articles", ascending=False, kind="stable")

    def by_class(self) -> pd.DataFrame:
        """One row per finding and class: `kind`, `class`, `articles`, `share` (of the open articles of that class)."""
        tables = [
            shares_by_class(finding.positions, self.labels, self.class_names).assign(kind=finding.kind)
            for finding in self.findings
        ]
        columns = ["kind", "class", "articles", "share"]
        return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def shares_by_class(positions: Positions, labels: NDArray[np.int32], class_names: Sequence[str]) -> pd.DataFrame:
    """Articles of each class among `positions`: `class`, `articles`, `share` (NaN for an empty class)."""
    sizes = np.bincount(labels, minlength=len(class_names))
    found = np.bincount(labels[positions], minlength=len(class_names))
    share = np.full(len(class_names), np.nan)
    np.divide(found, sizes, out=share, where=sizes > 0)
    return pd.DataFrame({"class": list(class_names), "articles": found, "share": share})


def find_leftovers(texts: pa.Array, split: Split) -> Leftovers:
    """Every kind of leftover in the open articles' texts, training articles first; kinds without any are left out.

    Each number counts articles, not fragments.
    """
    found = [_find(kind, texts) for kind in kinds(texts)]
    found.append(find_glued_words(texts))
    kept = tuple(finding for finding in found if finding.n_articles)
    return Leftovers(kept, open_labels(split), split.train.n_documents, split.class_names)


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


def find_glued_words(texts: pa.Array) -> Finding:
    """Words with an inner capital that occur in one or two articles and whose halves are common words by themselves.

    `PlayStation` and `McDonald` occur in many articles, or their halves are not words: these are names.
    """
    pattern = r"\p{Lu}?\p{Ll}{2,}\p{Lu}\p{Ll}{2,}"
    holders = matching(texts, pattern)
    words = _word_counts(texts) if len(holders) else Counter()
    joint = re.compile(_python(r"\b(\p{Lu}?\p{Ll}{2,})(\p{Lu}\p{Ll}{2,})\b"))
    owners: dict[str, list[int]] = {}
    for position, text in zip(holders, texts.take(pa.array(holders)).to_pylist(), strict=True):
        for left, right in {found.groups() for found in joint.finditer(text)}:
            if min(words[left.lower()], words[right.lower()]) >= MIN_HALF_OCCURRENCES:
                owners.setdefault(left + right, []).append(int(position))
    rare = {word: places for word, places in owners.items() if len(places) <= MAX_GLUED_ARTICLES}
    positions = np.unique(np.array([place for places in rare.values() for place in places], dtype=np.int64))
    split_again = re.compile(_python(r"(\p{Ll})(\p{Lu})"))
    rows = [(word, len(places), split_again.sub(r"\1 \2", word)) for word, places in rare.items()]
    return Finding(GLUED_WORDS, pattern, positions, _fragments(rows))


def matches(kind: Kind, text: str) -> list[str]:
    """Every fragment of this kind in one text, in reading order."""
    return _compiled(kind.pattern).findall(text)


def spans(kind: Kind | Finding, text: str) -> list[tuple[int, int]]:
    """Start and end of each fragment of this kind in one text."""
    return [found.span() for found in _compiled(kind.pattern).finditer(text)]


def _find(kind: Kind, texts: pa.Array) -> Finding:
    likely = matching(texts, kind.sieve or kind.pattern)
    held: Counter[str] = Counter()
    positions = []
    for position, text in zip(likely.tolist(), texts.take(pa.array(likely)).to_pylist(), strict=True):
        fragments = set(matches(kind, text))
        held.update(fragments)
        if fragments:
            positions.append(position)
    rows = [(fragment, n, kind.meaning(fragment)) for fragment, n in held.items()]
    return Finding(kind.name, kind.pattern, np.array(positions, dtype=np.int64), _fragments(rows))


def _fragments(rows: list[tuple[str, int, str]]) -> pd.DataFrame:
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows, columns=["fragment", "articles", "meaning"])


def _word_counts(texts: pa.Array) -> Counter[str]:
    """Occurrences of every word, in lower case, without punctuation around it."""
    counted = pc.value_counts(pc.utf8_split_whitespace(texts).flatten())
    words: Counter[str] = Counter()
    for word, n in zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True):
        words[word.strip(".,;:!?()[]\"'").lower()] += n
    return words


def _tag(text: str) -> str:
    inner = re.sub(r"^(?:<|&?lt;)|(?:>|&?gt;)$", "", text)
    return f"<{inner}>"


def _parted(text: str) -> str:
    return re.sub(r"([.!?])", r"\1 ", text, count=1)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_python(pattern))


def _python(pattern: str) -> str:
    """An RE2 pattern for Python's `re`, which has no letter classes by case."""
    return pattern.replace(r"\p{Ll}", f"[{_letters('Ll')}]").replace(r"\p{Lu}", f"[{_letters('Lu')}]")


@cache
def _letters(category: str) -> str:
    codes = [code for code in range(0x10000) if unicodedata.category(chr(code)) == category]
    runs = (list(run) for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)
