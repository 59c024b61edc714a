import pytest

from charts.lengths import PICKED
from ui.data.browse import picked_lengths


def event(*ends: float) -> dict[str, object]:
    return {"selection": {PICKED: {"low": list(ends)}}}


@pytest.mark.parametrize(
    ("ends", "lengths"),
    [
        ((9.2, 40.8), (10, 40)),  # whole lengths inside the drag
        ((40.8, 9.2), (10, 40)),  # dragged from right to left
        ((12.0, 12.0), (12, 12)),
        ((0.6, 5.0), (0, 5)),  # empty articles are left of one word
        ((12.2, 12.8), (0, 0)),  # between two lengths: like no drag
        ((0.5, 0.9), (0, 0)),
        ((), (0, 0)),
    ],
)
def test_a_drag_selects_the_whole_lengths_that_it_covers(ends: tuple[float, ...], lengths: tuple[int, int]) -> None:
    assert picked_lengths(event(*ends)) == lengths


@pytest.mark.parametrize("nothing", [None, {}, {"selection": {}}])
def test_without_a_drag_all_lengths_are_shown(nothing: object) -> None:
    assert picked_lengths(nothing) == (0, 0)
