"""Code that repairs leftovers of web pages, as `bowcore.text.repair` does: the rules that change some text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.text.characters import _LISTED, _LISTED_NAMES, CONTROL, ENTITY, INVISIBLE, RULES, composed
from bowcore.text.repair import REPAIRS, is_suspect

REPAIR_IMPORTS = ("import html", "import re", "import unicodedata", "from html.entities import html5")
_ENTITY = f"""\
KEEP, NAMES = {sorted(_LISTED)!r}, {sorted(_LISTED_NAMES)!r}
def entity(found):
    text, name = found[0], found[0].strip("&#;")
    if not text.lstrip("&").startswith("#"):
        return text if name in NAMES or f"{{name}};" not in html5 else html5[f"{{name}};"]
    number = int(name[1:], 16) if name[0] in "xX" else int(name)
    return html.unescape(f"&#{{number}};") if number not in KEEP else f"&#{{number}};" if name[0] in "xX" else text"""
_CONTROL = """\
def control(found):  # what Windows-1252 has in its place
    meant = found[0].encode("latin-1").decode("windows-1252", "replace")
    return " " if found[0] < "\\x80" or meant in "\\ufffd…" else meant"""

MOST_SIGNS = 8
"""Signs that are listed; the meanings of more are computed."""
FEW_ROWS = 4
"""Rules with a line each; more are a table."""
WIDTH = 117  # signs of a line, with room for its end


@dataclass(frozen=True, slots=True)
class Repairs:
    """The rules that change some text of a corpus, in their order; the others have no line in the code.

    Attributes:
        entities: Entities, each with its sign, that are replaced before the rows.
        controls: Control signs, each with its meaning.
        invisible: Whether an invisible sign goes.
        composes: Whether NFC changes a text.
        rows: Pattern and replacement of each row of `REPAIRS`.
    """

    entities: tuple[tuple[str, str], ...] = ()
    controls: tuple[tuple[str, str], ...] = ()
    invisible: bool = False
    composes: bool = False
    rows: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self != NO_REPAIRS


NO_REPAIRS = Repairs()


def find_repairs(texts: pa.Array) -> Repairs:
    """The rules that change any of the texts."""
    now = texts.filter(is_suspect(texts))
    changes = []
    for (pattern, meaning), quick in zip(RULES, ("[&#]", CONTROL, INVISIBLE), strict=True):
        rule, likely = re.compile(pattern), pc.match_substring_regex(now, quick)
        found = now.filter(likely).to_pylist()
        meant = {match[0]: meaning(match) for text in found for match in rule.finditer(text)}
        changes.append(tuple((sign, other) for sign, other in sorted(meant.items()) if sign != other))
        if changes[-1]:
            changed = pa.array([rule.sub(meaning, text) for text in found], texts.type)
            now = pc.replace_with_mask(now, likely, changed)
    after = composed(now)
    composes = not after.equals(now)
    rows = []
    for _, pattern, replacement in REPAIRS:
        now, after = after, pc.replace_substring_regex(after, pattern, replacement)
        if not after.equals(now):
            rows.append((pattern, replacement))
    entities, controls, invisible = changes
    return Repairs(entities, controls, bool(invisible), composes, tuple(rows))


def repair_code(repairs: Repairs, *, has_joiners: bool, is_stacked: bool) -> str:
    """Code of `repair`. Joiners that belong to their words need `joining_lines`, and `is_stacked` texts `composing`."""
    stray = f'f"{{STRAY}}{_class(INVISIBLE)}"' if has_joiners else f'"{_class(INVISIBLE)}"'
    lines = ["def repair(text):"]
    for table, pattern, name, code in (
        (repairs.entities, f'r"{ENTITY}"', "entity", _ENTITY),
        (repairs.controls, f'"{_class(CONTROL)}"', "control", _CONTROL),
    ):
        if len(table) > MOST_SIGNS:
            lines = [code, *lines, f"    text = re.sub({pattern}, {name}, text)"]
        elif table:
            pairs = ", ".join(f"{_quoted(sign)}: {_quoted(meaning)}" for sign, meaning in table)
            lines = [f"{name.upper()} = {{{pairs}}}", *lines]
            lines.append(f'    text = re.sub("|".join({name.upper()}), lambda found: {name.upper()}[found[0]], text)')
    if repairs.invisible:
        lines.append(f'    text = re.sub({stray}, lambda found: " " if found[0] == "\\u200b" else "", text)')
    if repairs.composes:
        lines.append("    text = " + ("composed(text)" if is_stacked else 'unicodedata.normalize("NFC", text)'))
    rows = [_written(*row) for row in repairs.rows]
    if len(rows) > FEW_ROWS:
        packed = _packed([f"{pattern}: {replacement}" for pattern, replacement in rows])
        loop = ["    for pattern, meant in REPAIRS.items():", "        text = re.sub(pattern, meant, text)"]
        return "\n".join([*packed, *lines, *loop, "    return text"])
    lines += [f"    text = re.sub({pattern}, {replacement}, text)" for pattern, replacement in rows]
    return "\n".join([*lines[:-1], lines[-1].replace("text =", "return", 1)])


def _written(pattern: str, replacement: str) -> tuple[str, str]:
    """The literals of a rule."""
    ascii_only = "(?a)" if re.search(r"\\[bw]", pattern) else ""
    meant = repr(replacement) if "\\" not in replacement else f'r"{replacement}"'
    return f'r"{ascii_only}{_class(pattern)}"', meant


def _packed(pairs: list[str]) -> list[str]:
    """Lines of a dictionary with as many pairs in each as fit."""
    lines = [f"REPAIRS = {{{pairs[0]}"]
    for pair in pairs[1:]:
        if len(lines[-1]) + len(pair) > WIDTH:
            lines[-1] += ","
            lines.append(f"    {pair}")
        else:
            lines[-1] += f", {pair}"
    return [*lines[:-1], lines[-1] + "}"]


def repair_imports(code: str) -> tuple[str, ...]:
    """What the code of `repair` imports."""
    return tuple(line for line in REPAIR_IMPORTS if re.search(rf"\b{line.split()[-1]}\b[.\[]", code))


def _quoted(text: str) -> str:
    """A literal in ASCII, as fonts lack some signs."""
    return repr(text).encode("unicode_escape").decode().replace("\\\\", "\\")


def _class(pattern: str) -> str:
    """A pattern as ASCII text for a regular expression."""
    return pattern.encode("unicode_escape").decode().replace("\\\\", "\\")
