"""The code of every view, by page and by the name of the view in the address."""

from __future__ import annotations

from bowcore.take_home.view import Views
from bowcore.take_home.views.data import DATA
from bowcore.take_home.views.matrix import MATRIX
from bowcore.take_home.views.steps import PANELS
from bowcore.take_home.views.words import WORDS

VIEWS: Views = DATA | WORDS | PANELS | MATRIX
"""Pages without views are in `page_code.PAGES`."""
