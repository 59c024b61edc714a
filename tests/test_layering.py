"""The dependency rule: pages -> ui, charts -> bowcore, never back; heavy libraries only where the tables say."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

from bowcore.tasks.handlers import HANDLERS

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("pages", "ui", "report", "charts", "bowcore")

MAY_IMPORT = {
    "app.py": {"ui", "bowcore"},
    "pages": {"ui", "charts", "bowcore"},
    "ui": {"ui", "charts", "bowcore"},
    "report": {"report", "charts", "bowcore"},
    "charts": {"charts", "bowcore"},
    "bowcore": {"bowcore"},
}
"""Which of the project's own folders each one may import."""

FOLDERS = {
    "bowcore": (
        "errors", "names", "nouns", "numbers", "people", "recipe", "memory", "moment", "store", "corpus", "text",
        "matrix", "learn", "judge", "findings", "trace", "experiment", "take_home", "jobs", "lessons", "tasks", "cli",
        "__main__",
    ),
    "ui": (
        "texts", "state", "job_panel", "answers", "reading", "own_texts", "shell",
        "training", "playground", "data", "words", "preprocessing", "confusion", "compare",
    ),
}  # fmt: skip
"""Folders and loose files of a layer from the ground up: each may import those before it, also inside functions."""

ONLY_IN = {
    "streamlit": {"app.py", "pages", "ui"},
    "starlette": {"app.py", "ui"},
    "altair": {"charts"},
    "jinja2": {"report"},
}
"""Libraries of the user interface, and the only places that may know them."""

AT_THE_TOP = {
    "numba": {"bowcore/learn/kernels/loops.py"},
    "torch": {"bowcore/learn/network/stock_pytorch.py"},  # a script to take away, which nothing imports
    "sqlalchemy": {
        "bowcore/store/artefacts.py",
        "bowcore/store/make_room.py",
        "bowcore/store/clock_jumps.py",
        "bowcore/store/database.py",
        "bowcore/store/database_faults.py",
        "bowcore/jobs/ended.py",
        "bowcore/jobs/jobs.py",
        "bowcore/jobs/leases.py",
        "bowcore/jobs/old_jobs.py",
        "bowcore/jobs/recorded.py",
        "bowcore/jobs/steering.py",
        "bowcore/jobs/turns.py",
        "bowcore/store/ledger.py",
        "bowcore/store/run_labels.py",
        "bowcore/store/schema.py",
        "bowcore/store/tables.py",
        "bowcore/store/migrations/versions/r0001.py",  # imported by Alembic alone
        "bowcore/store/migrations/versions/r0002.py",
        "bowcore/store/migrations/versions/r0003.py",
        "bowcore/store/migrations/versions/r0004.py",
        "bowcore/store/migrations/versions/r0005.py",
    },
}
"""Heavy libraries that a module may import when it is imported itself."""

INSIDE_FUNCTIONS: dict[str, set[str]] = {
    "cleanlab": {"bowcore/judge/label_issues.py"},
    "datasets": {"bowcore/corpus/fetch.py", "bowcore/corpus/fetch_errors.py"},
    "py3langid": {"bowcore/text/language.py"},
    "sklearn": {"bowcore/learn/linear/blocks.py", "bowcore/lessons/time_tutorial.py"},
    "fontTools": {"charts/fonts.py"},
    "spacy": {"bowcore/text/tagger/texts.py", "bowcore/text/spacy_tokens.py", "bowcore/text/tagger/words.py"},
    "torch": {"bowcore/learn/network/network.py", "bowcore/lessons/time_tutorial.py"},
    "vl_convert": {"charts/image.py"},
}
"""Heavy libraries that a module imports only when one of its functions is called, in a worker or for one image."""

HEAVY = {
    *("cleanlab", "datasets", "fontTools", "llvmlite", "numba", "py3langid", "sklearn", "spacy", "sqlalchemy", "torch"),
    "vl_convert",
}
NEVER_IN_THE_PAGE_PROCESS = {"cleanlab", "torch", "spacy", "sklearn", "datasets", "numba", "llvmlite"}

OPENS_THE_TEST_SET = {"unseal", "record_opening"}
"""What opens the sealed test articles: a job of the worker and the command line may, a page may only ask for it."""

When = Literal["top", "inside", "typing"]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: its full dotted name, and when the import runs."""

    name: str
    when: When

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]


@cache
def imports(source: str) -> tuple[Import, ...]:
    """Every import of a module; `from a import b` counts as `a` and as `a.b`, for `b` may be a module."""

    def walk(node: ast.AST, when: When) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides its layer"
            yield Import(node.module or "", when)
            yield from (Import(f"{node.module}.{alias.name}", when) for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            match node.args:
                case [ast.Constant(value=str(name)), *_]:
                    yield Import(name, when)
        inner: When = when
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "top":
            inner = "inside"
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                yield from walk(child, "typing")
            for child in node.orelse:
                yield from walk(child, when)
            return
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inner)

    return tuple(walk(ast.parse(source), "top"))


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def names(source: str) -> set[str]:
    """Every name, attribute and imported name that a module mentions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name.rpartition(".")[2])
    return found


def modules() -> dict[str, str]:
    """Path below the root, with forward slashes, and source of every module of the application."""
    paths = [ROOT / "app.py", *(path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


MODULES = modules()


def layer_of(path: str) -> str:
    return path.partition("/")[0]


def test_what_the_pipeline_is_made_of_does_not_know_the_pipeline() -> None:
    below = tuple(f"bowcore/{folder}/" for folder in ("corpus", "text", "matrix", "learn"))
    knowing = {
        path
        for path, source in MODULES.items()
        if path.startswith(below)
        and any(found.name.startswith("bowcore.experiment.stages") for found in imports(source))
    }
    assert knowing == set()


def test_the_scanner_tells_when_an_import_runs() -> None:
    source = (
        "import a.b\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import c\n"
        "try:\n    import d\nexcept ImportError:\n    d = None\n"
        "def f():\n    from e import g\n"
        "class K:\n    import h\n    def m(self):\n        return importlib.import_module('i.j')\n"
    )
    seen = {(found.name, found.when) for found in imports(source)}
    assert seen == {
        ("a.b", "top"),
        ("typing", "top"),
        ("typing.TYPE_CHECKING", "top"),
        ("c", "typing"),
        ("d", "top"),
        ("e", "inside"),
        ("e.g", "inside"),
        ("h", "top"),
        ("i.j", "inside"),
    }


def test_the_scanner_sees_a_name_however_it_is_reached() -> None:
    assert "unseal" in names("split.test.unseal()")
    assert "unseal" in names("from bowcore.corpus.split import unseal as look")
    assert "unseal" not in names("'unseal'")


def test_imports_point_down_the_layers() -> None:
    upward = {
        (path, found.name)
        for path, source in MODULES.items()
        for found in imports(source)
        if found.root in LAYERS and found.root not in MAY_IMPORT[layer_of(path)]
    }
    assert upward == set()


def upward_imports(modules: dict[str, str]) -> set[tuple[str, str]]:
    """Imports of a folder by one that stands before it, or of one that stands in no list."""
    found_upward = set()
    for path, source in modules.items():
        layer, _, inside = path.partition("/")
        folder = inside.partition("/")[0].removesuffix(".py")
        if layer not in FOLDERS or folder == "__init__":
            continue
        order = FOLDERS[layer]
        for found in imports(source):
            root, _, name = found.name.partition(".")
            imported = name.partition(".")[0]
            if root != layer or not imported:
                continue
            if folder not in order or imported not in order or order.index(imported) > order.index(folder):
                found_upward.add((path, found.name))
    return found_upward


def test_no_import_runs_upward_between_folders() -> None:
    assert upward_imports(MODULES) == set()


def test_an_upward_import_is_found_wherever_it_hides() -> None:
    planted = {
        "bowcore/text/steps.py": "def f():\n    from bowcore.tasks import lemmatise",
        "bowcore/matrix/counts.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bowcore.jobs.jobs",
        "bowcore/recipe/recipe.py": "from bowcore import memory, errors",
        "ui/texts.py": "import ui.helpers",
        "ui/words/views.py": "from ui.shell import slices",
    }
    assert {path for path, _ in upward_imports(planted)} == set(planted) - {"ui/words/views.py"}


def test_every_folder_has_its_place_in_the_order() -> None:
    for layer, order in FOLDERS.items():
        places = {path.split("/")[1].removesuffix(".py") for path in MODULES if path.startswith(f"{layer}/")}
        assert places - {"__init__"} == set(order)


def test_libraries_of_the_user_interface_stay_in_their_layer() -> None:
    strayed = {
        (path, found.name)
        for path, source in MODULES.items()
        for found in imports(source)
        if found.root in ONLY_IN and layer_of(path) not in ONLY_IN[found.root]
    }
    assert strayed == set()


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_are_imported_exactly_where_the_tables_say(library: str) -> None:
    def importing(when: When) -> set[str]:
        return {
            path
            for path, source in MODULES.items()
            if any(found.root == library and found.when == when for found in imports(source))
        }

    assert importing("top") == AT_THE_TOP.get(library, set())
    assert importing("inside") == INSIDE_FUNCTIONS.get(library, set())


def test_a_kind_of_job_is_done_in_bowcores_tasks_and_one_that_draws_in_the_report() -> None:
    """The table of kinds names modules as text: the only way from `bowcore` to a layer above it."""
    above = {kind for kind, place in HANDLERS.items() if not place.startswith("bowcore.tasks.")}
    assert above == {"report"} and HANDLERS["report"].startswith("report.job:")
    for place in HANDLERS.values():
        assert f"{place.partition(':')[0].replace('.', '/')}.py" in MODULES


def test_no_page_can_open_the_test_set() -> None:
    opening = {
        (path, name)
        for path, source in MODULES.items()
        if layer_of(path) != "bowcore"
        for name in names(source) & OPENS_THE_TEST_SET
    }
    assert opening == set()


def _reached_by_pages() -> dict[str, str]:
    """Every library that a page imports, through whatever modules, and the module that does it.

    In `bowcore` only imports at the top count: what a function there imports, the worker calls.
    """
    libraries: dict[str, str] = {}
    waiting = [path for path in MODULES if layer_of(path) != "bowcore"]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        counted = {"top"} if layer_of(path) == "bowcore" else {"top", "inside"}
        for found in imports(MODULES[path]):
            if found.when not in counted:
                continue
            if found.root not in LAYERS:
                libraries.setdefault(found.root, path)
                continue
            base = found.name.replace(".", "/")
            parents = [f"{'/'.join(found.name.split('.')[: n + 1])}/__init__.py" for n in range(found.name.count("."))]
            for candidate in (f"{base}.py", f"{base}/__init__.py", *parents):
                if candidate in MODULES and candidate not in seen:
                    seen.add(candidate)
                    waiting.append(candidate)
    return libraries


def test_no_chain_of_imports_leads_from_a_page_to_a_heavy_library() -> None:
    reached = _reached_by_pages()
    assert "streamlit" in reached
    assert {library: path for library, path in reached.items() if library in NEVER_IN_THE_PAGE_PROCESS} == {}


@pytest.mark.parametrize("library", ["scipy.stats", "scipy.optimize"])
def test_no_module_waits_for_a_slow_part_of_scipy_when_it_is_imported(library: str) -> None:
    waiting = {
        path
        for path, source in MODULES.items()
        if any(found.name.startswith(library) and found.when == "top" for found in imports(source))
    }
    assert waiting == set()


STARTS = """
import json, sys
loaded = [set(sys.modules)]
import bowcore
loaded.append(set(sys.modules))
import bowcore.recipe.recipe
loaded.append(set(sys.modules))
import app
loaded.append(set(sys.modules))
print(json.dumps([sorted(names - loaded[0]) for names in loaded[1:]]))
"""


@pytest.fixture(scope="module")
def loaded() -> tuple[set[str], set[str], set[str]]:
    """Modules that a fresh interpreter holds after `bowcore`, after its recipe, and after the server's entry."""
    ran = subprocess.run([sys.executable, "-c", STARTS], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    bowcore, recipe, app = (set(names) for names in json.loads(ran.stdout.splitlines()[-1]))
    return bowcore, recipe, app


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_importing_bowcore_loads_nothing_else(loaded: tuple[set[str], ...]) -> None:
    assert loaded[0] == {"bowcore"}


def test_the_recipe_is_known_without_any_heavy_library(loaded: tuple[set[str], ...]) -> None:
    assert roots(loaded[1]).isdisjoint(HEAVY | {"numpy", "pandas", "pyarrow", "scipy"})


def test_the_server_starts_without_any_heavy_library(loaded: tuple[set[str], ...]) -> None:
    assert "streamlit" in roots(loaded[2])
    assert roots(loaded[2]).isdisjoint(NEVER_IN_THE_PAGE_PROCESS)


def test_a_page_answers_what_a_job_has_to_prepare_in_one_place() -> None:
    pages = {path: source for path, source in MODULES.items() if path.startswith(("ui/", "pages/"))}
    assert [path for path, source in pages.items() if "NotPreparedError" in names(source)] == []
    assert [path for path, source in pages.items() if "prerequisites.remember(" in source] == ["ui/shell/main.py"]
