"""Repair of leftovers in whole texts: entities, mark-up, words glued by a backslash, apostrophes, damaged characters.

Leftovers may extend across white space ("Canada #39;s" was "Canada&#39;s"), so this runs before texts are split.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.text.characters import CONTROL, INVISIBLE, composed, recoded

REPAIRS: tuple[tuple[str, str, str], ...] = (
    ("mark-up", r"&?(?:#0*60|\blt);", "<"),
    ("mark-up", r"&?(?:#0*62|\bgt);", ">"),
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


_SUSPECT = r"[;\\<‘’“”]"  # in every leftover of REPAIRS


def is_suspect(texts: pa.Array) -> pa.BooleanArray:
    """Mask of the texts that the repair may change: all that it does, and some others."""
    signs = pc.match_substring_regex(texts, f"{_SUSPECT}|{CONTROL}|{INVISIBLE}")
    return pc.or_(signs, pc.not_equal(texts, composed(texts)))


def repair(texts: pa.Array) -> pa.Array:
    """Texts with the signs that were meant, and every leftover of `REPAIRS` repaired."""
    texts = recoded(texts)
    suspect = pc.match_substring_regex(texts, _SUSPECT)
    mended = texts.filter(suspect)
    for _, pattern, replacement in REPAIRS:
        mended = pc.replace_substring_regex(mended, pattern, replacement)
    return pc.replace_with_mask(texts, suspect, mended)
