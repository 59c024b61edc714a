"""Work done while the first browser is still connecting: modules loaded and the first recipe answered."""

from __future__ import annotations

import gc
import importlib
import logging
import threading

from bowcore.errors import BowlabError

FIRST_PAGE = (
    "ui.answers",
    "ui.state.session",
    "ui.reading.empty_texts",
    "ui.shell.header",
    "ui.shell.sidebar",
    "ui.playground.cards",
)
"""Modules that import everything the main script and the Playground need, slowest last."""
LATER = (
    "charts.altair_parts",
    "ui.data.views",
    "ui.words.views",
    "ui.words.zipf_view",
    "ui.preprocessing.panels",
    "ui.training.time_tutorial",
    "ui.training.training_view",
    "charts.scores",
    "ui.confusion.cells",
    "ui.confusion.own_text_section",
    "ui.confusion.seal",
)
"""Imported by other pages only; together they take about a second."""
RARELY = (5_000, 10, 20)
"""Thresholds of Python's three generations of objects, in place of 700, 10 and 10: a rerun makes tens of thousands."""

EVERY = 2.0
"""Seconds between two looks at what other processes are asked for."""


def preload_in_background(head_start: float) -> None:
    """Load what the first page needs, in a thread, so that the first reader does not wait for it.

    What other pages need is loaded after `head_start` seconds, when the first page is drawn.

    Garbage collection is disabled meanwhile: traversing the imported objects takes a tenth of the time and frees
    nothing. They are excluded from later collections.
    """
    gc.disable()
    threading.Thread(target=_preload, name="preload", daemon=True).start()
    later = threading.Timer(head_start, _preload_later)
    later.daemon = True
    later.start()


def keep_up(until: threading.Event) -> None:
    """Answer in a thread a recipe of each corpus that other processes draw, until this one draws pages of its own.

    So that its first reader finds the corpus read. The other process has stored all that takes long when the logistic
    regression of a recipe is fitted, and is not disturbed by a second one that does the same.
    """
    threading.Thread(target=_keep_up, args=(until,), name="keep up", daemon=True).start()


def _keep_up(until: threading.Event) -> None:
    from bowcore.jobs import jobs
    from bowcore.recipe.recipe import Recipe
    from bowcore.tasks.fit_logistic import KIND
    from ui import answers

    known = set()
    while not until.wait(EVERY):
        try:
            for job in jobs.recent(KIND, 1):
                recipe = Recipe.from_toml(job.payload["recipe"])
                read = recipe.key("text")
                if job.state == "done" and read not in known:
                    known.add(read)
                    answers.answer(recipe)
        except (BowlabError, MemoryError):
            continue  # a page of this process reports it


def _preload_later() -> None:
    for name in LATER:
        importlib.import_module(name)


def _preload() -> None:
    # Streamlit warns about calls outside a session; these are intended
    quiet = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    level, quiet.level = quiet.level, logging.ERROR
    try:
        for name in FIRST_PAGE:
            importlib.import_module(name)
        from ui import answers
        from ui.state import session

        answers.answer(session.DEFAULT)
    except BowlabError:
        return  # the page reports it
    finally:
        quiet.level = level
        gc.freeze()
        gc.set_threshold(*RARELY)
        gc.enable()
