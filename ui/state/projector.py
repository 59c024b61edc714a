"""The start-up option for a projector: a larger base font."""

from __future__ import annotations

import os

from streamlit import config

from bowcore.errors import BowlabError

VARIABLE = "BOWLAB_BASE_FONT"
SMALLEST, LARGEST = 12, 28


def base_font() -> int | None:
    """Base font in pixels that the environment asks for, None where it asks for none.

    Raises:
        BowlabError: not a whole number from 12 to 28.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not SMALLEST <= int(text) <= LARGEST:
        raise BowlabError(
            f"{VARIABLE} is {text!r}; give a whole number of pixels from {SMALLEST} to {LARGEST}, 20 for a projector."
        )
    return int(text)


def set_base_font() -> None:
    """Apply the environment's base font to every session of this server.

    `st.set_option` refuses theme options, so this goes to the configuration below it, as a command-line flag does.
    """
    size = base_font()
    if size is not None:
        config.set_option("theme.baseFontSize", size)
