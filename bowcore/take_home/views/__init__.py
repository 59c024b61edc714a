"""The code of every view, by page and by the name of the view in the address."""

from __future__ import annotations

from bowcore.take_home.view import Parts, Views
from bowcore.take_home.views.blocks import BLOCK_PARTS, BLOCKS
from bowcore.take_home.views.confusion import CONFUSION
from bowcore.take_home.views.curve import CURVE, MORE_CURVE
from bowcore.take_home.views.data import DATA
from bowcore.take_home.views.matrix import MATRIX
from bowcore.take_home.views.more_data import MORE_DATA
from bowcore.take_home.views.more_matrix import MORE_MATRIX
from bowcore.take_home.views.more_steps import MORE_STEPS
from bowcore.take_home.views.more_words import MORE_WORDS
from bowcore.take_home.views.pairs import PAIRS
from bowcore.take_home.views.playground import PLAYGROUND
from bowcore.take_home.views.steps import COMPARE, MORE_PANELS, PANELS
from bowcore.take_home.views.switches import MORE_SWITCHES, SWITCHES
from bowcore.take_home.views.training import MORE_TRAINING, TRAINING
from bowcore.take_home.views.unknown import UNKNOWN_PARTS
from bowcore.take_home.views.words import WORDS

VIEWS: Views = DATA | WORDS | PANELS | MATRIX | BLOCKS | COMPARE | SWITCHES | TRAINING | CURVE
"""Pages without views are in `page_code.PAGES`."""

PARTS: Parts = (
    PLAYGROUND
    | MORE_DATA
    | MORE_WORDS
    | MORE_PANELS
    | MORE_STEPS
    | MORE_MATRIX
    | UNKNOWN_PARTS
    | BLOCK_PARTS
    | CONFUSION
    | MORE_TRAINING
    | MORE_CURVE
    | MORE_SWITCHES
    | PAIRS
)
"""Further parts of views whose numbers do not fit into 40 lines, by page and view, and by the name of the part."""
