"""One term for one thing, the field's own, in every text of the pages and charts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOWN = (ROOT / "ui", ROOT / "charts", ROOT / "bowcore" / "lessons", ROOT / "bowcore" / "recipe")
BANNED = {
    r"\bsure\b": "probability",
    r"\bcalls\b|\bof calls\b": "articles predicted as …, predictions",
    r"\}? called \{?$|^ called ": "predicted as",
    r"\b(another|from|such a) place\b|\bplace lines?\b": "context, split, position, dateline",
    r"[Cc]hoose a row|[Ss]elect a row|[Cc]lick a line": "Click a row",
    r"\bNo: ": "what the step does, not No",
}
"""Patterns that no text may match, and the words to use in place of them."""


def texts() -> Iterator[tuple[str, str]]:
    """Place in the code and words of every text that is not a documentation string."""
    for path in sorted(path for folder in SHOWN for path in folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_uses_a_second_term_for_a_thing(pattern: str) -> None:
    found = {where: text for where, text in texts() if re.search(pattern, text)}
    assert not found, f"say: {BANNED[pattern]}"
