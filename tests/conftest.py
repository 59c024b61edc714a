"""Fixtures and settings of every test: its own folders, no access to the Hub, and skips that a build may forbid."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from bowcore.nouns import noun, use
from bowcore.numbers import counted
from bowcore.people import TEACHER, find_by

SETTINGS = ("BOWLAB_ARTEFACTS", "BOWLAB_RUNS_URL")
"""What a developer may have set for the real application and no test may see."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What linear algebra reads when it is imported. Threads of three workers would wait for each other, busily: one fit
took twenty seconds in place of one. The workers get it from the process that starts them."""

REQUIREMENTS = {"BOWLAB_DATA": "REQUIRE_DATA", "Chromium": "REQUIRE_BROWSER"}
"""Word in the reason of a skip, and the variable that turns such a skip into a failure."""

# A machine that is busy fails no test: no deadline for one example, the limit of the whole test is wide.
# `--hypothesis-profile build` and `thorough` try more examples, and others in each run.
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("build", deadline=None, max_examples=50, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=100, print_blob=True)
settings.load_profile("quick")

TRIED = ("faults", "fuzz")
"""Markers of the tests whose summary says what they tried, and how often."""

BROWSER = "tests/browser/"
COMPILE = "from bowcore.learn.network import passes as p; p._run_all(); p._run_all(p.np.float64)"

_home: Path | None = None
_compiling: subprocess.Popen[bytes] | None = None


def pytest_configure() -> None:
    """Give the session a fresh home before any module is imported: some read the environment only then."""
    global _home
    _home = Path(tempfile.mkdtemp(prefix="bowlab-test-"))
    os.environ["BOWLAB_HOME"] = str(_home)
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ |= dict.fromkeys(ONE_THREAD, "1")
    # A loading test starts its own server; all others find a closed port where the Hub would be.
    os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    os.environ["HF_HOME"] = str(_home / "hub")
    # The tests look at the default theme, whatever the developer's own Streamlit is set to.
    for name in [name for name in os.environ if name.startswith("STREAMLIT_")]:
        del os.environ[name]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels in the background while the workers collect; in a fresh clone each would compile its own."""
    global _compiling
    if session.config.pluginmanager.hasplugin("dsession"):
        _compiling = subprocess.Popen([sys.executable, "-c", COMPILE], cwd=Path(__file__).parents[1])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, which would walk through all modules again and again.

    What is imported by then stays: later collections of garbage leave it out, and are rarer.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


class OneWorkerForBrowser(LoadFileScheduling):
    """A file goes to one worker, and all files of browser tests to the same, which waits for Chromium most of the time.

    So there is one server and one Chromium, and two other workers keep two processors busy.
    """

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Take the scheduler above for `--dist loadfile`."""
    return OneWorkerForBrowser(config, log) if config.option.dist == "loadfile" else None


def pytest_unconfigure() -> None:
    """Remove the session's home."""
    if _compiling is not None:
        _compiling.kill()
        _compiling.wait()
    if _home is not None:
        shutil.rmtree(_home, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a slow test a quarter of an hour; what waits for ever still ends."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(900))


def _forbidding(reason: str) -> str:
    """The variable that forbids a skip for this reason, empty where none does."""
    for word, variable in REQUIREMENTS.items():
        if word in reason and os.environ.get(variable) == "1":
            return variable
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped for want of something that the build promised."""
    report = yield
    if report.when == "call":
        report.user_properties += getattr(item, "tried", Counter()).items()
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if variable := _forbidding(reason):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped although {variable}=1. {reason}"
    return report


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Count one try of a kind of fault or input, for the summary; a test that counts nothing is one try of its own."""
    counts = request.node.tried = Counter()

    def count(kind: str) -> None:
        counts[kind] += 1

    return count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was tried, such as `faults: 12 kinds, 40 times`; each kind if `-m` asks for them."""
    for marker in TRIED:
        times: Counter[str] = Counter()
        for report in itertools.chain(*map(terminalreporter.getreports, ("passed", "failed"))):
            if getattr(report, "when", "") == "call" and marker in report.keywords:
                name = report.nodeid.rpartition("::")[2].partition("[")[0]
                times.update(dict(report.user_properties) or {name.removeprefix("test_").replace("_", " "): 1})
        if times:
            terminalreporter.line(f"{marker}: {counted(len(times), 'kind')}, {counted(times.total(), 'time')}")
        if marker in config.option.markexpr.split():
            for kind, n in times.items():
                terminalreporter.line(f"  {n:6,} × {kind}")


@pytest.fixture
def keyboard() -> Iterator[None]:
    """Let interrupts from the keyboard arrive, here and in processes that the test starts.

    What is started in the background ignores them, and so does whatever it starts.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def one_search_for_components() -> Iterator[None]:
    """Search the installed packages for Streamlit components once: every new AppTest would, for a tenth of a second."""
    with pytest.MonkeyPatch.context() as patched:
        if "streamlit" in sys.modules:
            from streamlit.components.v2 import manifest_scanner as scanner

            patched.setattr(scanner, "scan_component_manifests", cache(scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Kernels run in one thread: two would wait for each other at every batch while another file's tests run."""
    for library in ("numba", "torch"):
        if library in sys.modules:
            sys.modules[library].set_num_threads(1)


@pytest.fixture
def bowlab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for one test alone, where the session's shared one would show it another test's runs."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("BOWLAB_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def bowlab_data() -> Path:
    """The folder with the AG News rows; skips where `BOWLAB_DATA` is not set, fails where it holds no such rows."""
    name = os.environ.get("BOWLAB_DATA")
    if not name:
        pytest.skip("BOWLAB_DATA is not set; point it at a folder that holds ag_news/train.parquet and test.parquet")
    folder = Path(name)
    missing = [part for part in ("train", "test") if not (folder / "ag_news" / f"{part}.parquet").is_file()]
    if missing:
        pytest.fail(f"BOWLAB_DATA={name} lacks ag_news/{'.parquet and ag_news/'.join(missing)}.parquet")
    return folder


@pytest.fixture(autouse=True)
def the_teacher() -> None:
    """Each test begins as the teacher: a page says for its whole process who acts, and has no reader after its test."""
    find_by(lambda: TEACHER)


@pytest.fixture(autouse=True)
def a_noun() -> None:
    """Each test begins with the noun of the built-in corpora: all tests of a process share one context."""
    use(noun("article"))
