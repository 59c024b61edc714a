"""Drawings that are made once."""

import pandas as pd
import pytest

from bowcore.nouns import ARTICLE, noun, use
from charts.classes import class_bars
from charts.kept import KeptDrawings
from charts.palette import DARK, LIGHT

GUESS = ("wine", 0.75)


def table(n_wine: int) -> pd.DataFrame:
    return pd.DataFrame({"class": ["bread", "wine"], "split": "training", "n": [1, n_wine]})


def test_equal_arguments_are_drawn_once_and_others_again():
    kept, made = KeptDrawings(), []

    def draw(*arguments):
        return kept.get("bars", arguments, lambda: made.append(1) or {"bars": [len(made)]})

    assert draw(table(3), LIGHT) == draw(table(3), LIGHT) == {"bars": [1]}
    assert draw(table(4), LIGHT) == {"bars": [2]}
    assert draw(table(3), DARK) == {"bars": [3]}
    assert kept.get("other", (table(3), LIGHT), lambda: "other") == "other"


def test_a_table_that_a_caller_changes_is_whole_for_the_next():
    changed = class_bars(table(5), LIGHT, ["bread", "wine"], GUESS).table
    changed["n"] = 0
    changed["more"] = 1
    assert class_bars(table(5), LIGHT, ["bread", "wine"], GUESS).table.equals(
        class_bars.__wrapped__(table(5), LIGHT, ["bread", "wine"], GUESS).table
    )


def test_a_drawing_in_other_words_is_another():
    kept = KeptDrawings()
    use(noun("review"))
    try:
        assert kept.get("bars", (1,), lambda: "reviews") == "reviews"
    finally:
        use(ARTICLE)
    assert kept.get("bars", (1,), lambda: "articles") == "articles"


def test_arguments_without_a_key_are_drawn_each_time():
    kept = KeptDrawings()
    assert [kept.get("bars", (lambda: 0,), lambda n=n: n) for n in (1, 2)] == [1, 2] and len(kept) == 0


def test_the_oldest_go_first_and_one_that_is_too_large_is_not_kept():
    kept = KeptDrawings(max_bytes=8_000)
    for n in range(40):
        kept.get("bars", (n,), lambda: "x" * 700)
        kept.get("bars", (0,), lambda: "x" * 700)
    assert 5 < len(kept) <= 11
    assert kept.get("bars", (0,), lambda: "made again") == "x" * 700
    assert kept.get("bars", (1,), lambda: "made again") == "made again"
    before = len(kept)
    kept.get("bars", ("large",), lambda: "x" * 2_000)
    assert len(kept) == before


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_kept_chart_is_the_one_that_was_drawn(palette):
    first, again = (class_bars(table(3), palette, ["bread", "wine"], GUESS) for _ in range(2))
    assert first.chart == again.chart and first.finding == again.finding and first.alt == again.alt
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.chart is again.chart
    assert again.name == "class-bars" and again.redraw is not None
    other = LIGHT if palette is DARK else DARK
    assert again.redraw(other).chart == class_bars(table(3), other, ["bread", "wine"], GUESS).chart != first.chart
