"""The arithmetic of a cell as lines of text."""

from __future__ import annotations

from bowcore.matrix.by_hand import CellFormula
from bowcore.matrix.weighting import CellStep
from ui.preprocessing.matrix.formula import LINE, arithmetic


def lines_of(*steps: CellStep) -> list[str]:
    return arithmetic(CellFormula("oven", 2, 1, 3, 0.5, steps))


def test_a_step_is_a_line_with_its_name_arithmetic_and_result() -> None:
    assert lines_of(CellStep("count", "occurrences", 2.0), CellStep("cell", "2 / 4", 0.5)) == [
        "count   occurrences = 2",
        "cell    2 / 4 = 0.5000",
    ]


def test_a_long_sum_is_indented_and_its_result_is_not_split() -> None:
    terms = " + ".join(f"{place}.2345²" for place in range(9))
    lines = lines_of(CellStep("count", "1", 1.0), CellStep("row length (L2)", f"√({terms})", 12.5))
    rest = lines[1:]
    assert len(rest) > 2 and max(map(len, rest)) <= LINE
    begin = lines[1].index("√")
    assert all(line[:begin].isspace() and line[begin] != " " for line in rest[1:])
    assert rest[-1].endswith("= 12.5000")
    assert " ".join(line.strip() for line in rest).endswith(f"√({terms}) = 12.5000")
