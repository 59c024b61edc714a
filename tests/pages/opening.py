"""The application without a browser: open a page through the shell, and read what stands in it."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import work
from ui.shell.show_me import GUESS_PARAMETER, PARAMETER, START_PARAMETER
from ui.state.address import CARRIED
from ui.state.judge import JUDGE
from ui.state.widgets import as_text

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(sorted(path.name for path in (ROOT / "pages").glob("*.py")))


def new_session() -> AppTest:
    """A session that has not run yet, in which all facts will be open."""
    app = AppTest.from_file(str(ROOT / "ui" / "shell" / "main.py"), default_timeout=600)
    app.session_state["all_facts"] = True
    return app


def open_page(file: str, recipe: Recipe | None = None, *, link: str | None = None, **state: Any) -> AppTest:
    """A new session that lands on a page, with the link of a recipe in its address if one is given.

    `state` is what the session's widgets were left at, by key: one run shows what a choice afterwards takes two for.
    Choices that the address carries are in the address. All facts are open.
    """
    app = new_session()
    if recipe is not None:
        link = recipe.to_link()
    if link is not None:
        app.query_params["recipe"] = link
    for key, value in state.items():
        if key in (*CARRIED, JUDGE, PARAMETER, START_PARAMETER, GUESS_PARAMETER):
            app.query_params[key] = value if key.startswith(PARAMETER) else as_text(value)
        else:
            app.session_state[key] = value
    return visit(app, file)


def answered(app: AppTest) -> AppTest:
    """The page after a quick worker, in this process, has done every job that waits for it."""
    process_memo().clear()
    work("quick", until_idle=True)
    return app.run()


def write_own(app: AppTest, text: str) -> AppTest:
    """The same page after the reader has written a text in the dialog."""
    app.session_state["own_text"] = text
    return app.run()


def read_only(app: AppTest) -> AppTest:
    """The same page for several tests: they can read its elements and its address, and none can run or change it."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("This page is shared and only read; a test that runs a page opens one of its own.")

    for name in ("_run", "run", "switch_page"):
        setattr(app, name, refuse)
    app.session_state = MappingProxyType({})  # type: ignore[assignment]
    app.query_params = MappingProxyType(app.query_params)
    return app


def visit(app: AppTest, file: str) -> AppTest:
    """The same session on another page."""
    return app.switch_page(f"../../pages/{file}").run()


def assert_in_shell(app: AppTest) -> None:
    """The page came through the shell: recipe on the left, status above, and nothing crashed."""
    assert [error.message for error in app.exception] == []
    assert by_label(app.sidebar.selectbox, "Texts").value in ("bbc-news", "ag-news")
    assert " to learn from, " in status(app)


def by_label(elements: Any, label: str) -> Any:
    """The one element with this label."""
    (found,) = [element for element in elements if element.label == label]
    return found


def metric(app: AppTest, label: str) -> str:
    """The value of a metric on the page."""
    return str(by_label(app.metric, label).value)


def status(app: AppTest) -> str:
    """The header's line with the score, and the facts behind its button, without the marks that keep Markdown away."""
    return f"{_header(app)[0]}\n{facts(app)}"


def what_changed(app: AppTest) -> str:
    """The header's line on the last change."""
    return _header(app)[1]


def first_line(app: AppTest) -> str:
    """What stands left of the header's buttons."""
    words = [_read(element) for element in app.main if element.type in ("caption", "markdown")]
    return words[0]


def facts(app: AppTest) -> str:
    """What the button "All facts" opens."""
    (found,) = [text for text in map(_read, app.main.markdown) if text.startswith("**Recipe:** ")]
    return found


def n_terms(app: AppTest) -> int:
    """Vocabulary size among all facts."""
    return number(r"([\d,]+) terms, ", facts(app))


def _header(app: AppTest) -> tuple[str, str]:
    """The two lines below the header's buttons."""
    texts = [_read(element) for element in app.main.markdown]
    (at,) = [at for at, text in enumerate(texts) if " to learn from, " in text and text.startswith("**")]
    return texts[at], texts[at + 1]


def _read(element: Any) -> str:
    value = str(element.value).replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")
    return value.replace("\\", "")


def number(pattern: str, text: str) -> int:
    """The whole number that a pattern's first group finds."""
    found = re.search(pattern, text)
    assert found is not None, f"no {pattern} in: {text}"
    return int(found[1].replace(",", ""))


def shown(app: AppTest) -> str:
    """All the words of the page outside tables and charts."""
    kinds = ("caption", "markdown", "info", "warning", "error", "html", "text", "badge")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind)).replace(
        "\N{NO-BREAK SPACE}", " "
    )
