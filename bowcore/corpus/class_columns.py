"""Column names for a table with one column per class: a class may have the name of another column."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def class_columns(class_names: Sequence[str], fixed: Collection[str]) -> tuple[str, ...]:
    """One column name per class, in order: the class name, followed by ` (class)` where that name is taken.

    Args:
        class_names: Classes in corpus order, all different.
        fixed: Names of the table's other columns.
    """
    taken = {*fixed, *class_names}
    columns = []
    for name in class_names:
        column = name
        if name in fixed:
            while column in taken:
                column = f"{column} (class)"
            taken.add(column)
        columns.append(column)
    return tuple(columns)
