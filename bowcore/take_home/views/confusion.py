"""Further code of the page Confusion matrix, in the order in which it is offered."""

from __future__ import annotations

from bowcore.take_home.view import Parts
from bowcore.take_home.views.errors import ERRORS
from bowcore.take_home.views.judged import SCORES
from bowcore.take_home.views.weights import WEIGHTS

CONFUSION: Parts = {("Confusion matrix", ""): SCORES | ERRORS | WEIGHTS}
"""What goes on from the page's code, by the name of the part."""
