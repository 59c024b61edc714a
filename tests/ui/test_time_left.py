"""The time that is left, in words."""

import pytest

from ui.time_left import time_left


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (None, ""),
        (-5.0, " · longer than expected"),
        (-0.5, " · about 1 s left"),
        (0.2, " · about 1 s left"),
        (7.6, " · about 8 s left"),
        (23.4, " · about 23 s left"),
        (80.0, " · about 1 min 20 s left"),
    ],
)
def test_what_is_left_is_told_in_whole_seconds(left: float | None, text: str) -> None:
    assert time_left(left).replace("\N{NO-BREAK SPACE}", " ") == text
