"""What the pages hand to Streamlit as Markdown: errors may quote a link or a corpus, so they are made plain first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.pages.opening import ROOT

MARKDOWN = {"markdown", "caption", "error", "warning", "info", "success"}
BOXES = {"error", "warning", "info", "success"}
QUOTING = {"error", "problem", "refused"}
FILES = sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")])


def unescaped(node: ast.AST) -> Iterator[str]:
    """Names in an expression that hold an error's text and do not pass through `plain` or `sentence`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("plain", "sentence"):
        return
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name in QUOTING:
        yield name
    for child in ast.iter_child_nodes(node):
        yield from unescaped(child)


def found_in(source: str) -> list[str]:
    """Calls that draw Markdown of an error's text, or a box of a text that was made elsewhere."""
    bad = []
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        body = call.args[0]
        raw = call.func.attr in BOXES and isinstance(body, ast.Name | ast.Attribute)
        if call.func.attr in MARKDOWN and (raw or any(unescaped(body))):
            bad.append(ast.unparse(call))
    return bad


@pytest.mark.parametrize(
    "source",
    ["st.error(str(error))", "st.error(job.error)", "st.info(table)", "st.caption(f'Model: {answer.problem}')"],
)
def test_a_raw_text_would_be_seen(source: str) -> None:
    assert found_in(source) == [source]
    assert found_in("st.error(plain(str(error)))") == found_in("st.error(sentence(str(error)))") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_error_is_drawn_as_markdown(path) -> None:
    assert found_in(path.read_text("utf-8")) == []
