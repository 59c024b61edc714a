"""Names of the columns of a table that has one for each class: a class may be called what another column is."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def class_columns(class_names: Sequence[str], fixed: Collection[str]) -> tuple[str, ...]:
    """A column's name for each class, in their order: its own, or with ` (class)` behind where that one is taken.

    Args:
        class_names: Classes in corpus order, all different.
        fixed: The table's other columns.
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
