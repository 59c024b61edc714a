"""The process that answers pages stays light: torch, spaCy, scikit-learn and datasets live in the workers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from bowcore.recipe.presets import preset
from tests.browser.reader import SOON

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("cleanlab", "torch", "spacy", "sklearn", "datasets", "numba", "llvmlite", "vl_convert", "fontTools")

OPEN_EVERY_PAGE = """
import json, sys
from pathlib import Path
from streamlit.testing.v1 import AppTest

root = Path(sys.argv[1])
app = AppTest.from_file(str(root / "ui" / "shell" / "main.py"), default_timeout=600)
seen = {}
for file in sorted(path.name for path in (root / "pages").glob("*.py")):
    app.switch_page(f"../../pages/{file}").run()
    assert not app.exception, (file, app.exception)
    assert app.sidebar.children, "the shell was not run"
    seen[file] = any("to learn from" in text.value for text in app.main.markdown)
    if file == "confusion.py":
        seen["explained"] = any("add up to the log-odds" in caption.value for caption in app.caption)
    if file == "training.py":
        next(button for button in app.button if button.label == "Start").click().run()
print(json.dumps({"seen": seen, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_opening_every_page_and_explaining_an_article_imports_no_heavy_library(bowlab_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN_EVERY_PAGE, str(ROOT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found["seen"]) == len(list((ROOT / "pages").glob("*.py"))) + 1
    assert all(found["seen"].values()), found["seen"]
    assert {"streamlit", "pyarrow", "scipy", "altair"} <= set(found["modules"])
    assert not set(HEAVY) & set(found["modules"])


def mapped(pid: int) -> set[str]:
    """Packages of which the process has a shared object in memory."""
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    paths = {parts[5] for line in lines if len(parts := line.split(maxsplit=5)) == 6}
    return {path.partition("site-packages/")[2].partition("/")[0] for path in paths if "site-packages/" in path}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_the_server_has_no_heavy_library_in_memory_after_a_class(page: Page, server: Any) -> None:
    titles = []
    small = preset("recommended").change(vocabulary_size=500, hidden=8, epochs=1)
    page.goto(f"/?recipe={quote(small.to_link(), safe='')}")
    links = page.get_by_test_id("stTopNavLink")
    expect(links.first).to_be_visible(timeout=SOON)
    for place in range(links.count()):
        titles.append(links.nth(place).inner_text())
        links.nth(place).click()
        expect(page.locator(".st-key-status")).to_contain_text("to learn from", timeout=SOON)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SOON)
    assert len(titles) == len(list((ROOT / "pages").glob("*.py")))
    page.get_by_role("link", name="Training").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Kept: epoch")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Confusion matrix").click()
    page.get_by_role("radio", name="Network").click()
    expect(page.get_by_text("approximate: gradient times input")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Save chart").first.click()
    with page.expect_download(timeout=SOON) as saved:
        page.get_by_role("button", name="SVG").click()
    assert saved.value.suggested_filename == "confusion-matrix.svg"
    assert "validation articles right" in saved.value.path().read_text(encoding="utf-8").replace("</tspan>", "")

    found = mapped(server.process.pid)
    assert {"numpy", "pyarrow", "scipy"} <= found, "the server's own libraries are seen, so others would be too"
    assert not {"torch", "spacy", "sklearn", "datasets", "numba", "llvmlite", "vl_convert"} & found
    workers = [child.pid for child in server.process.children(recursive=True) if "worker" in child.cmdline()]
    assert any({"sklearn", "llvmlite"} & mapped(pid) for pid in workers), "the heavy work was done, elsewhere"
