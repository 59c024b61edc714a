"""The one style that the theme's options cannot say: the accent is for grounds and borders, never for text.

Streamlit writes what is chosen in the accent, on a tint of the accent. In the dark theme no accent can be read there
and carry a button's white text as well: the two contrasts multiply to that of white on the page, 18.9, which is less
than 4.5 times 4.5.
"""

from __future__ import annotations

import streamlit as st

ACCENT_AS_TEXT = (
    '[data-testid="stButtonGroup"] button[data-selected]:not([data-disabled])',
    '[data-testid="stSliderThumbValue"]',
)
"""Where Streamlit 1.67 writes in the accent: chosen segments and pills, and the value over a slider."""


def style() -> None:
    """Write what is chosen in the page's own text colour."""
    st.html(f"<style>{', '.join(ACCENT_AS_TEXT)} {{ color: inherit !important; }}</style>")
