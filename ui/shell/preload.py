"""Work done while the first browser is still connecting: modules loaded and the first recipe answered."""

from __future__ import annotations

import logging
import threading

from bowcore.errors import BowlabError


def warm_in_background() -> None:
    """Load what the first page needs, in a thread, so that the first reader does not wait for it."""
    threading.Thread(target=_warm, name="warm", daemon=True).start()


def _warm() -> None:
    # Streamlit remarks on every cached call outside a session; this one is meant
    quiet = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    level, quiet.level = quiet.level, logging.ERROR
    try:
        from ui import answers
        from ui.state import session

        answers.answer(session.DEFAULT)
    except BowlabError:
        return  # the page will say so
    finally:
        quiet.level = level
