"""Pages of 500 classes, whose names are as long as they may be: what a browser is sent stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Node

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.labels import LONGEST_CLASS
from bowcore.corpus.sources import Source
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import work
from tests.pages.opening import PAGES, open_page, visit

pytestmark = pytest.mark.fuzz

N_CLASSES, EACH = 500, 6
ABOUT = Provenance("Home-made", "written for this test", "none")
RECIPE = Recipe().change(corpus="many")


def many() -> Corpus:
    """Six lines of each of 500 classes, most of which have a word of their own."""
    generator = np.random.default_rng(7)
    labels = np.arange(N_CLASSES * EACH) % N_CLASSES
    words = np.array([f"word{place}" for place in range(300)])
    bodies = [f"{' '.join(generator.choice(words, 8))} own{label // 2} {row}" for row, label in enumerate(labels)]
    names = tuple(f"class {label:03} ".ljust(LONGEST_CLASS, "x") for label in range(N_CLASSES))
    return make_corpus(
        "many", ["A line"] * len(bodies), bodies, labels, names, rule=SplitRule(0.2, 0.2), provenance=ABOUT
    )


@pytest.fixture(autouse=True)
def corpus(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = many()
    monkeypatch.setitem(sources.SOURCES, "many", Source("many", ABOUT, lambda _: kept, lambda: True))
    st.cache_resource.clear()
    process_memo().clear()


def n_bytes(node: Node) -> int:
    """Bytes of an element, or of all elements of a block, as a browser is sent them."""
    own = node.proto.ByteSize() if isinstance(getattr(node, "proto", None), Message) else 0
    return own + sum(n_bytes(child) for child in getattr(node, "children", {}).values())


def choose(app: AppTest, key: str) -> Iterator[str]:
    """Each choice of a control of views, chosen; one empty choice where the page has no such control."""
    names = [name for control in app.get("segmented_control") if control.key == key for name in control.options]
    for name in names:
        app.segmented_control(key=key).set_value(name).run()
        yield name
    if not names:
        yield ""


def views(app: AppTest, page: str) -> Iterator[str]:
    """Each view of a page and each panel of a view, chosen."""
    for view in choose(app, f"{page}_view"):
        for panel in choose(app, f"{'matrix' if view == 'Matrix' else 'preprocessing'}_panel"):
            yield f"{page} {view} {panel}"


def test_no_view_sends_a_browser_a_megabyte(tried: Callable[[str], None]) -> None:
    tried("500 classes")
    app, sizes = open_page("data.py", RECIPE), {}
    for _ in views(app, "data"):  # each view asks for what it shows
        pass
    work("quick", until_idle=True)
    for page in PAGES:
        visit(app, page)
        for view in views(app, page.removesuffix(".py")):
            assert [error.message for error in app.exception] == [], view
            sizes[view] = sum(map(n_bytes, app._tree.children.values()))
    assert len(sizes) >= 40
    assert {view: size for view, size in sizes.items() if size > 1_000_000} == {}
    assert max(sizes.values()) > 100_000, "nothing was counted"
