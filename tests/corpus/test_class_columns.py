"""Columns named after classes, beside columns that a class may be called like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.class_columns import class_columns


def test_only_a_class_that_is_called_like_another_column_is_told_apart() -> None:
    assert class_columns(("count", "bread"), ("term", "count")) == ("count (class)", "bread")


def test_the_new_name_is_no_other_class_either() -> None:
    assert class_columns(("tag", "tag (class)"), ("tag",)) == ("tag (class) (class)", "tag (class)")


names = st.sampled_from(["a", "b", "a (class)", "b (class)", "a (class) (class)", ""])


@given(st.lists(names, unique=True), st.lists(names, unique=True))
def test_no_two_columns_are_called_alike(class_names: list[str], fixed: list[str]) -> None:
    columns = [*class_columns(class_names, fixed), *fixed]
    assert len(set(columns)) == len(class_names) + len(fixed)
