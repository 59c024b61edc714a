"""The styles that the theme's options cannot say: readable colours, help signs, and the place of a list in the bar.

Streamlit writes what is chosen in the accent, on a tint of the accent. In the dark theme no accent can be read there
and carry a button's white text as well: the two contrasts multiply to that of white on the page, 18.9, which is less
than 4.5 times 4.5. So the accent is for grounds and borders, and text has the page's own colour.

It fades captions to 60 %, which leaves 4.1 : 1 in the light theme. It lets a paragraph's help sign wrap alone. And it
lays a chart's toolbar over whatever stands above the chart, where it covers buttons while the pointer is on the chart.

It says where a value is computed that it is being computed, which may be far from what the reader looks at.

The bar above every page has room for the list of slices, which would push the Playground's cards out of the window.
"""

from __future__ import annotations

import streamlit as st

ACCENT_AS_TEXT = (
    '[data-testid="stButtonGroup"] button[data-selected]:not([data-disabled])',
    '[data-testid="stSliderThumbValue"]',
    'button[kind="tertiary"]:is(:hover, :focus-visible, :active, [aria-expanded="true"]):not(:disabled)',
)
"""Where Streamlit 1.67 writes in the accent: what is chosen, the value over a slider, a small box that is open."""

HELP = '> label > [data-testid="stTooltipIcon"]'
"""What the place behind a paragraph holds in which a sign opens its help."""

CHART = '[data-testid="stFullScreenFrame"]:has([data-testid="stVegaLiteChart"])'
TOOLBAR = '[data-testid="stElementToolbar"]:not(:has([aria-label^="Close fullscreen"]))'
"""The toolbar of a chart under the pointer; in full screen there is nothing that it could cover."""

AWAITED = '[data-testid="stSpinner"]'
"""What says that a value is being made."""

BAR = '[data-testid="stLayoutWrapper"]:has(> .st-key-slice_bar)'
BAR_WIDTH = "clamp(8.6rem, 18vw, 16rem)"
BAR_PLACE = f"position: fixed; top: 0.55rem; right: 5.8rem; width: {BAR_WIDTH}; z-index: 999991"
"""Right of the pages' names and left of the menu; above the bar, below a dialog."""

RULES = (
    f"{', '.join(ACCENT_AS_TEXT)} {{ color: inherit !important; }}",
    '[data-testid="stCaptionContainer"] { opacity: 0.72 !important; }',
    # a sign outside of the lines never begins one of its own; it stands in room that the words leave
    f"p:has(> span {HELP}) {{ padding-right: 1.5em; }}",
    f"p > span:has({HELP}) {{ position: absolute; margin: 0.3em 0 0; white-space: nowrap; }}",
    # progress is mostly shown further up than the button that starts it, so it is fixed to the window
    f"{AWAITED} {{ position: fixed; top: 4.25rem; left: 50%; z-index: 1000; padding: 0.6rem 1rem; "
    "width: auto; min-width: min(22rem, 50% - 1rem); max-width: calc(50% - 1rem); background: Canvas; "
    "color: CanvasText; border: 1px solid color-mix(in srgb, CanvasText 25%, transparent); border-radius: 0.5rem; "
    "box-shadow: 0 2px 10px rgb(0 0 0 / 25%); }",
    # below the chart, at the right: there is the small box of its table, at the left, or the end of a caption
    f"{CHART} {TOOLBAR} {{ top: 100% !important; padding: 0; transition: opacity 150ms 100ms; }}",
    # out of sight it takes no click from what it would cover
    f"{CHART}:not(:hover) {TOOLBAR}:not(:focus-within) {{ pointer-events: none; }}",
    f"{BAR} {{ {BAR_PLACE}; }}",
    # the list draws in its right end while Streamlit says there that the page is at work
    f'.stApp:has([data-testid="stStatusWidget"]) {BAR} {{ right: 9.1rem; width: calc({BAR_WIDTH} - 3.3rem); }}',
    # names of pages that have no room left of it are put under "more" by Streamlit
    '.stApp:has(.st-key-slice_bar) [data-testid="stTopNav"]'
    f" {{ max-width: calc(100% - 6.4rem - {BAR_WIDTH}) !important; }}",
)


def style() -> None:
    """Write what is chosen in the page's own text colour, captions darker; place help signs, toolbars and slices."""
    st.html(f"<style>{' '.join(RULES)}</style>")
