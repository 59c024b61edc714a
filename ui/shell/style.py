"""Styles beyond the theme's options: readable colours, help signs, and the position of a list in the top bar.

Streamlit draws selected options in the accent colour on a tint of it. In the dark theme no accent is readable there and
also behind a button's white text: the two contrast ratios multiply to that of white on the page, 18.9, which is less
than 4.5 times 4.5. So the accent is used for backgrounds and borders, and text has the page's colour.

Streamlit fades captions to 60 %, a contrast of 4.1 : 1 in the light theme. A paragraph's help sign may wrap onto a line
of its own. A chart's toolbar covers what is above the chart while the pointer is on it. A spinner is drawn where the
value will be, which may be outside the window.

The list of slices is drawn in the top bar: on the page it would push the Playground's cards out of the window.
"""

from __future__ import annotations

import streamlit as st

ACCENT_AS_TEXT = (
    '[data-testid="stButtonGroup"] button[data-selected]:not([data-disabled])',
    '[data-testid="stSliderThumbValue"]',
    'button[kind="tertiary"]:is(:hover, :focus-visible, :active, [aria-expanded="true"]):not(:disabled)',
)
"""Text that Streamlit 1.67 draws in the accent colour: selected options, slider values, open popovers."""

HELP = '> label > [data-testid="stTooltipIcon"]'
"""Selector of the help sign after a paragraph."""

CHART = '[data-testid="stFullScreenFrame"]:has([data-testid="stVegaLiteChart"])'
TOOLBAR = '[data-testid="stElementToolbar"]:not(:has([aria-label^="Close fullscreen"]))'
"""The toolbar of a chart; in full screen it covers nothing."""

SPINNER = '[data-testid="stSpinner"]'

BAR = '[data-testid="stLayoutWrapper"]:has(> .st-key-slice_bar)'
BAR_WIDTH = "clamp(8.6rem, 18vw, 16rem)"
BAR_PLACE = f"position: fixed; top: 0.55rem; right: 5.8rem; width: {BAR_WIDTH}; z-index: 999991"
"""Between page names and menu, above the bar and below dialogs."""

RULES = (
    f"{', '.join(ACCENT_AS_TEXT)} {{ color: inherit !important; }}",
    '[data-testid="stCaptionContainer"] { opacity: 0.72 !important; }',
    # positioned outside the lines, in padding, a sign never begins a line of its own
    f"p:has(> span {HELP}) {{ padding-right: 1.5em; }}",
    f"p > span:has({HELP}) {{ position: absolute; margin: 0.3em 0 0; white-space: nowrap; }}",
    # fixed to the window, since the button that starts a computation is often further down
    f"{SPINNER} {{ position: fixed; top: 4.25rem; left: 50%; z-index: 1000; padding: 0.6rem 1rem; "
    "width: auto; min-width: min(22rem, 50% - 1rem); max-width: calc(50% - 1rem); background: Canvas; "
    "color: CanvasText; border: 1px solid color-mix(in srgb, CanvasText 25%, transparent); border-radius: 0.5rem; "
    "box-shadow: 0 2px 10px rgb(0 0 0 / 25%); }",
    # below the chart at the right, where nothing is: the popover of its table is at the left
    f"{CHART} {TOOLBAR} {{ top: 100% !important; padding: 0; transition: opacity 150ms 100ms; }}",
    # while invisible, it must not intercept clicks
    f"{CHART}:not(:hover) {TOOLBAR}:not(:focus-within) {{ pointer-events: none; }}",
    # three models side by side in a card
    '.stGridCell [class*="st-key-judged_by"] button { padding: 0 0.35rem; }',
    f"{BAR} {{ {BAR_PLACE}; }}",
    # as dir="auto", which only HTML of our own can have: texts of a corpus, and what readers write
    '[data-testid="stText"], textarea, input[type="text"] { unicode-bidi: plaintext; text-align: start; }',
    '[data-testid="stLayoutWrapper"]:has(> .st-key-tab_storage) { display: none; }',
    # narrower while Streamlit shows the running indicator at its right
    f'.stApp:has([data-testid="stStatusWidget"]) {BAR} {{ right: 9.1rem; width: calc({BAR_WIDTH} - 3.3rem); }}',
    # Streamlit moves page names that do not fit under "more"
    '.stApp:has(.st-key-slice_bar) [data-testid="stTopNav"]'
    f" {{ max-width: calc(100% - 6.4rem - {BAR_WIDTH}) !important; }}",
)


def style() -> None:
    """Add the styles to the page."""
    st.html(f"<style>{' '.join(RULES)}</style>")
