"""Tables that leave the page."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from ui.show import safe_csv


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_neither_a_cell_nor_a_columns_name_is_a_formula(name: str) -> None:
    table = pd.DataFrame({name: [0.5], "term": [name], 3: ["bread = tea"]})
    head, row = csv.reader(io.StringIO(safe_csv(table), newline=""))
    assert head == [f"'{name}", "term", "3"]
    assert row == ["0.5", f"'{name}", "bread = tea"]
    assert list(table) == [name, "term", 3]  # the table on the page keeps its names
