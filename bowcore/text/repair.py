"""Repair of web leftovers in whole texts: half-stripped entities, mark-up, words glued by a backslash; apostrophes.

Leftovers may extend across white space ("Canada #39;s" was "Canada&#39;s"), so this runs before texts are split.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

REPAIRS: tuple[tuple[str, str, str], ...] = (
    ("mark-up", r"&?\blt;", "<"),
    ("mark-up", r"&?\bgt;", ">"),
    ("mark-up", r"</?[A-Za-z][^<>]*>", " "),
    ("apostrophes", r" ?&?#0*(?:39|145|146|8216|8217);| ?&?\b[lr]squo;|[‘’]", "'"),
    ("quotation marks", r"&?#0*(?:34|147|148|8220|8221);|&?\b(?:quot|ldquo|rdquo);|[“”]", '"'),
    ("dashes", r" ?&?#0*(?:150|151|8211|8212);| ?&?\b[mn]dash;", " - "),
    ("signs", r"&?#0*36;", "$"),
    ("signs", r"(\w) (?:#0*38|amp);(\w)", r"\1&\2"),
    ("signs", r"&?#0*38;|&?\bamp;", "&"),
    ("spaces", r"&?#0*(?:133|149|160|8226|8230);|&?\b(?:nbsp|hellip|middot);", " "),
    ("glued words", r"\\+", " "),
)
"""Repairs: (kind, RE2 pattern, replacement), in this order."""

SUSPECT = r"[;\\<‘’“”]"
"""A pattern that every leftover matches."""


APOSTROPHES = "\u2018\u2019\u201b\u02bc\uff07"
"""Other forms of the apostrophe: quotation marks, the modifier letter, the full-width sign."""


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


def repair(texts: pa.Array) -> pa.Array:
    """Texts with every leftover of `REPAIRS` repaired; texts without one are returned unchanged."""
    suspect = pc.match_substring_regex(texts, SUSPECT)
    mended = texts.filter(suspect)
    for _, pattern, replacement in REPAIRS:
        mended = pc.replace_substring_regex(mended, pattern, replacement)
    return pc.replace_with_mask(texts, suspect, mended)
