"""Styles beyond the theme's options: readable colours, help signs, and the position of a list in the top bar.

Streamlit draws selected options in the accent colour on a tint of it. In the dark theme no accent is readable there and
also behind a button's white text: the two contrast ratios multiply to that of white on the page, 18.9, which is less
than 4.5 times 4.5. So the accent is used for backgrounds and borders, and text has the page's colour.

Streamlit fades captions to 60 %, a contrast of 4.1 : 1 in the light theme. A paragraph's help sign may wrap onto a line
of its own. A chart's toolbar covers what is above the chart while the pointer is on it. A spinner is drawn where the
value will be, which may be outside the window.

The list of slices is drawn in the top bar: on the page it would push the Playground's cards out of the window.

How the cards fill the window, how columns stack in a narrow one, and how the switch *Projector* enlarges everything:
`docs/decisions/0028-sizes.md`.
"""

from __future__ import annotations

import streamlit as st

from ui.state import projector

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

ICON_BUTTONS = ", ".join(
    (
        *(
            f".st-key-{key}"
            for key in ("undo", "redo", "new_here_close", "moment_close", "another", "look_up", "show_code")
        ),
        ".st-key-sentence_dialog",
        *(f'[class*="st-key-{key}_"]' for key in ("slice_drop", "move")),
    )
)
"""Buttons that show an icon alone: their label, the name for a screen reader, is drawn in no room."""

BAR = '[data-testid="stLayoutWrapper"]:has(> .st-key-slice_bar)'
BAR_WIDTH = "clamp(8.6rem, 18vw, 16rem)"
BAR_PLACE = f"position: fixed; top: 0.55rem; right: 5.8rem; width: {BAR_WIDTH}; z-index: 999991"
"""Between page names and menu, above the bar and below dialogs."""

CARD = ".st-key-cards .stGridCell"
FRAME = '[data-testid="stFullScreenFrame"]'
"""The frame of a chart or a table, whose width Streamlit measures."""
PAGE = ".stMainBlockContainer"
STATUS = ".st-key-status"
PLAYGROUND = f"{PAGE}:has(.st-key-cards)"
SIDEBAR = 'section[data-testid="stSidebar"]'
BESIDE = f".stHorizontalBlock:has(> .stColumn :is({FRAME}, textarea))"
"""Columns with charts, tables or long texts in them."""
SLIDERS = (
    ".stHorizontalBlock:has(> .stColumn > .stVerticalBlock > .stElementContainer .stSlider)"
    f":not(:has(> .stColumn {FRAME}))"
)
"""Sliders in a row, without a chart or a table below them."""
ROW = ".stHorizontalBlock:has(> .stColumn:nth-child(4))"
"""Figures or fields in a row."""
OF_FOUR = ".stHorizontalBlock:has(> .stColumn:nth-child(4):last-child) > .stColumn"
"""Each of four figures, which stack two and two."""
NARROW = 1000  # px of window in which columns stack
OPEN_NARROW = 1200  # the same with the sidebar open
LOW = 600  # px of window in which no height is left empty

SAVING = '[class*="st-key-under_"]'
"""What is under a chart: in a card only the menu that saves it, drawn as an icon in the card's corner."""

FILLING_CARDS = (
    f'{CARD} {{ position: relative; }} {CARD} [data-testid="stLayoutWrapper"]:has(> {SAVING}) '
    "{ position: absolute; top: 0.3rem; right: 0.5rem; width: auto; flex: none !important; }",
    f'{CARD} {SAVING} button [data-testid="stMarkdownContainer"] {{ position: absolute; width: 1px; height: 1px; '
    "overflow: hidden; clip-path: inset(50%); white-space: nowrap; }",
    f"{CARD} {SAVING} button {{ padding: 0 0.2rem; min-height: 1.6rem; }} "
    f'{CARD} {SAVING} button > div > [aria-hidden="true"] {{ display: none; }}',
    f"{PAGE} {{ padding-left: 1.5rem !important; padding-right: 1.5rem !important; }}",
    # the page is as high as the window, and the cards take what the header leaves
    f"{PLAYGROUND} {{ height: calc(100dvh / var(--larger, 1)); padding-top: 4.25rem; padding-bottom: 0.5rem; }}",
    f"{PLAYGROUND} > .stVerticalBlock {{ height: 100%; }}",
    f'{PLAYGROUND} > .stVerticalBlock > [data-testid="stLayoutWrapper"]:has(> .st-key-cards) '
    "{ flex: 1 1 0; min-height: 32rem; }",
    ".st-key-cards { height: 100%; grid-auto-rows: minmax(0, 1fr); }",
    f"{CARD} {{ min-height: 0; overflow: hidden; padding: 0.45rem 0.9rem; }}",
    f'{CARD} [data-testid="stCaptionContainer"] p {{ line-height: 1.3; }}',
    f"{CARD} .stButton button {{ min-height: 1.9rem; padding-top: 0; padding-bottom: 0; }}",
    # the chain through which a chart shrinks to its card; otherwise it runs into the card below
    f'{CARD} [data-testid="stLayoutWrapper"] {{ flex: 1 1 0 !important; min-height: 0; height: auto !important; }}',
    f"{CARD} .stVerticalBlock {{ min-height: 0; height: 100% !important; overflow-y: auto; }}",
    f"{CARD} .stElementContainer:has(> {FRAME}) {{ flex: 1 1 0; min-height: 0; height: auto; }}",
    f'{CARD} [data-testid="stLayoutWrapper"]:has(> .stHorizontalBlock) {{ flex: none !important; }}',
)


def stacked() -> str:
    """Columns of charts and tables below each other, fields and figures in several rows, and two cards in a row."""
    return (
        f"{BESIDE}, {ROW}, {SLIDERS} {{ flex-wrap: wrap; }} "
        f"{SLIDERS} > .stColumn {{ flex: 1 1 12rem; min-width: 12rem; }} "
        f"{BESIDE} > .stColumn {{ flex: 1 1 100%; min-width: 100%; }} "
        ".st-key-status_buttons { flex-wrap: wrap !important; } "
        '[data-testid="stLayoutWrapper"]:has(> .st-key-first_line) { flex: 1 1 100% !important; } '
        f"{ROW} > .stColumn {{ flex: 1 1 9rem; min-width: 9rem; }} {OF_FOUR} {{ flex: 1 1 40% !important; }} "
        # the score is as high as its lines
        f"{CARD}:last-child :is(.stVerticalBlock, [data-testid='stLayoutWrapper']) "
        "{ flex: none !important; height: auto !important; } "
        f"{CARD} button {{ padding: 0 0.4rem; }} {PAGE} .stButtonGroup button {{ padding: 0 0.5rem; }} "
        ".st-key-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-rows: minmax(17rem, auto); "
        f"height: auto; }} {PLAYGROUND}, {PLAYGROUND} > .stVerticalBlock {{ height: auto; }}"
    )


SMALL_WINDOW = (
    f"@media (max-width: {NARROW - 1}px) {{ {stacked()} }}",
    f'@media (max-width: {OPEN_NARROW - 1}px) {{ .stApp:has({SIDEBAR}[aria-expanded="true"]) {{ {stacked()} }} }}',
    # the empty bands above sidebar and page, and a smaller header
    f'@media (max-height: {LOW}px) {{ [data-testid="stSidebarHeader"] {{ height: 2rem; margin-bottom: 0; }} '
    ".st-key-room { margin-top: -1.7rem; } "
    f'[data-testid="stHeader"] {{ height: 2.75rem; min-height: 2.75rem; }} '
    f"{PAGE}, {PLAYGROUND} {{ padding-top: 3.1rem; }} "
    f"{STATUS} p {{ font-size: 0.87rem; line-height: 1.3 !important; }} "
    f'{STATUS} button {{ min-height: 1.8rem; }} {STATUS} button:not([kind="tertiary"]) {{ padding: 0 0.6rem; }} }}',
    # small words of the header, which all facts have too
    f"@media (max-height: {LOW}px) and (max-width: {NARROW - 1}px) "
    f"{{ {STATUS} p > span[style*=font-size] {{ display: none; }} }}",
)

GROWS = '[class*="st-key-grows_"]'
"""A chart that fills its card; or a chart or long table that fills what the window leaves on another page."""
GROWING = (
    # a chart half as wide as a window that is higher than wide is not drawn out
    f"{GROWS} {{ flex: none; height: max(23rem, min(calc(100dvh / var(--larger, 1) - 30rem), "
    "calc(55vw / var(--larger, 1)))); }",
    # under a table are a line of text and its download
    f'{GROWS}[class*="st-key-grows_table_"] {{ height: max(24rem, calc(100dvh / var(--larger, 1) - 33rem)); }}',
    f"{GROWS} > .stElementContainer {{ flex: 1 1 0; min-height: 0; height: auto; }}",
    f'{GROWS} {FRAME}:has([data-testid="stVegaLiteChart"]) {{ height: calc(100% / var(--larger, 1)); }}',
)

DESIGNED = (1280, 720)  # px
STEPS, LARGEST = 20, 4
LARGER = (
    # a number without a unit; CSS has no quotient of two lengths that all browsers know
    *(
        f"@media (min-width: {DESIGNED[0] * step / STEPS:.0f}px) and (min-height: {DESIGNED[1] * step / STEPS:.0f}px) "
        f"{{ :root {{ --larger: {step / STEPS}; }} }}"
        for step in range(STEPS + 1, STEPS * LARGEST + 1)
    ),
    # of a dialog its frame, whose width is one of pixels
    f'{PAGE}, {SIDEBAR}, [data-testid="stHeader"], [data-testid="stPopoverBody"], [data-testid="stDialog"] > div, '
    '[role="tooltip"], [role="listbox"] { zoom: var(--larger, 1); }',
    # Streamlit measures in pixels of the screen and draws in enlarged ones
    f"{FRAME} {{ width: calc(100% / var(--larger, 1)); }}",
    f'{CARD} {FRAME}:has([data-testid="stVegaLiteChart"]) {{ height: calc(100% / var(--larger, 1)) !important; }}',
    f'{FRAME}:has([aria-label^="Close fullscreen"]) {{ zoom: calc(1 / var(--larger, 1)); width: 100%; }}',
)

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
    # a chart's title keeps to its chart
    '[data-testid="stHtml"]:has(> .chart-title) { margin-bottom: -0.75rem; }',
    ".chart-title { margin: 0; font-size: 1rem; line-height: 1.35; } .chart-title small { opacity: 0.72; }",
    # three lines of the header take the room of two and a half
    '.st-key-status > [data-testid="stElementContainer"] p { line-height: 1.4; }',
    # in the band above the sidebar, next to the button that closes it
    ".st-key-room { margin-top: -3.2rem; width: calc(100% - 2.5rem) !important; z-index: 1; } "
    ".st-key-room button { min-height: 2rem; padding: 0 0.6rem; }",
    # the ends of the slider's scale stand below its box
    ".st-key-training_transport { padding-bottom: 0.75rem; }",
    # three models side by side in a card
    '.stGridCell [class*="st-key-judged_by"] button { padding: 0 0.35rem; }',
    ".stGridCell .st-key-card_train button { min-height: 2rem; padding: 0 0.6rem; }",
    f":is({ICON_BUTTONS}) button {{ position: relative; }} :is({ICON_BUTTONS}) button "
    '[data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px; overflow: hidden; '
    "clip-path: inset(50%); white-space: nowrap; }",
    f"{BAR} {{ {BAR_PLACE}; }}",
    # as dir="auto", which only HTML of our own can have: texts of a corpus, and what readers write
    '[data-testid="stText"], textarea, input[type="text"] { unicode-bidi: plaintext; text-align: start; }',
    # words of a text that is read from right to left
    '[class*="st-key-rtl_"] { direction: rtl; }',
    '[data-testid="stLayoutWrapper"]:has(> .st-key-tab_storage) { display: none; }',
    # narrower while Streamlit shows the running indicator at its right
    f'.stApp:has([data-testid="stStatusWidget"]) {BAR} {{ right: 9.1rem; width: calc({BAR_WIDTH} - 3.3rem); }}',
    # Streamlit moves page names that do not fit under "more"
    '.stApp:has(.st-key-slice_bar) [data-testid="stTopNav"]'
    f" {{ max-width: calc(100% - 6.4rem - {BAR_WIDTH}) !important; }}",
)


def style() -> None:
    """Add the styles to the page."""
    larger = LARGER if projector.is_on() else ()
    st.html(f"<style>{' '.join((*RULES, *GROWING, *FILLING_CARDS, *SMALL_WINDOW, *larger))}</style>")
