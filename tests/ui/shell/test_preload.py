"""What is loaded before the first browser has connected."""

import subprocess
import sys

from tests.pages.opening import ROOT

PRELOAD = """
import gc, sys, threading
from ui.shell.preload import preload_in_background
preload_in_background(60.0)
[thread] = [thread for thread in threading.enumerate() if thread.name == "preload"]
thread.join()
assert gc.isenabled() and gc.get_freeze_count() > 0
before = set(sys.modules)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("ui/shell/main.py", default_timeout=600).run()
assert not app.exception, app.exception
assert app.get("vega_lite_chart"), "the cards were not drawn"
print(*sorted(name for name in set(sys.modules) - before if name.partition(".")[0] != "streamlit"))
"""


def test_all_that_the_first_page_imports_is_loaded_before_a_browser_asks_for_it() -> None:
    ran = subprocess.run([sys.executable, "-c", PRELOAD], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    late = {name for name in ran.stdout.split() if name.partition(".")[0] in {"ui", "charts", "bowcore"}}
    assert late == {
        "ui.shell.pages",
        "ui.shell.prerequisites",
        "ui.shell.style",
        "ui.shell.training_dot",
    }  # small ones, which the main script itself imports
    libraries = {"altair", "numpy", "pandas", "pyarrow", "scipy", "sqlalchemy"}
    assert {name for name in ran.stdout.split() if name in libraries} == set()
