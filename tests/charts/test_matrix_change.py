"""The signed matrix: signs, colours around 0, and the classes that change most of 77."""

from __future__ import annotations

import numpy as np

from charts.intervals import interval_picture
from charts.matrix_change import SQUARE, matrix_change
from charts.palette import DARK, LIGHT


def cells(drawing):
    (rows,) = drawing.specification()["datasets"].values()
    return {(row["row"], row["column"]): row for row in rows}


def test_a_cell_has_its_sign_and_no_change_the_middle_colour() -> None:
    change = np.array([[2, -2, 0], [0, 0, 0], [-1, 0, 1]])
    for palette in (LIGHT, DARK):
        found = cells(matrix_change(change, palette, ["a", "b", "c"], "articles"))
        assert [found[place]["text"] for place in ((0, 0), (0, 1), (1, 1), (2, 0))] == ["+2", "−2", "·", "−1"]
        assert found[1, 1]["fill"] == palette.diverging[1]
        assert (found[0, 0]["fill"], found[0, 1]["fill"]) == (palette.diverging[2], palette.diverging[0])


def test_of_77_classes_those_that_change_most_are_drawn_and_all_are_in_the_table() -> None:
    names = [f"a long name of class {place} " * 3 for place in range(77)]
    change = np.zeros((77, 77), int)
    for place in range(9):
        change[7 * place, 7 * place] = place + 1
        change[7 * place, 7 * place + 1] = -place - 1
    drawing = matrix_change(change, LIGHT, names, "articles")
    drawn = cells(drawing)
    assert len(drawn) == SQUARE**2 and (56, 56) in drawn and (56, 57) in drawn and (0, 0) not in drawn
    assert len(drawing.table) == 77 * 77 and drawing.table["change"].sum() == 0
    assert f"the {SQUARE} of 77 classes" in drawing.title["subtitle"]


def test_a_picture_has_a_square_with_whiskers_or_a_ring_for_each_seed() -> None:
    alone = interval_picture([0.9], (0.85, 0.95), 0.9, 0.5, LIGHT)
    seeds = interval_picture([0.9, 0.9, 0.8], None, 0.9, 0.5, DARK)
    assert (alone.count("<rect"), alone.count("<circle"), alone.count("<path")) == (1, 0, 1)
    assert (seeds.count("<circle"), seeds.count("<rect")) == (3, 0)
    assert "nan" not in interval_picture([1.0], (1.0, 1.0), 1.0, 1.0, LIGHT)
