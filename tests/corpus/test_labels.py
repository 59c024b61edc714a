import datetime

import numpy as np
import pyarrow as pa
import pytest

from bowcore.corpus.choose_columns import Columns, choose_columns
from bowcore.corpus.labels import label_articles, left_out_in_words
from bowcore.corpus.options import Options
from bowcore.errors import CorpusError


def table(labels: list[object], **more: list[object]) -> pa.Table:
    return pa.table({"text": [f"line {i}" for i in range(len(labels))], "label": labels} | more)


PLAIN = Columns("", ("text",), "label")


@pytest.mark.parametrize("first", range(6))
def test_classes_called_nan_or_inf_are_words_in_an_order_that_no_row_decides(first: int) -> None:
    names = ["nan", "9", "inf", "NA", "10", "alpha"]
    found = label_articles("x", [table([*names[first:], *names[:first]] * 5)], None, PLAIN)
    assert found.class_names == ("9", "10", "NA", "alpha", "inf", "nan")


def test_numbers_are_classes_in_the_order_of_their_size_even_as_text() -> None:
    found = label_articles("x", [table(["10", "9", "2", "x"] * 5)], None, PLAIN)
    assert found.class_names == ("2", "9", "10", "x")
    assert found.labels[:4].tolist() == [2, 1, 0, 3]
    assert label_articles("x", [table([1.0, 0.0] * 10)], None, PLAIN).class_names == ("0", "1")
    assert label_articles("x", [table([True, False] * 10)], None, PLAIN).class_names == ("False", "True")


def test_rows_without_a_label_are_left_out_and_counted() -> None:
    found = label_articles("x", [table(["a", "b", None, ""] * 10)], table(["b", None]), PLAIN)
    assert (len(found.labels), found.n_dropped, found.n_own_test) == (21, 21, 1)
    assert found.bodies.to_pylist()[:3] == ["line 0", "line 1", "line 4"]


def test_codes_outside_the_named_classes_are_no_label() -> None:
    found = label_articles("x", [table([0, 1, -1, 7, None] * 10)], None, PLAIN, {"label": ("no", "yes")})
    assert found.class_names == ("no", "yes")
    assert (len(found.labels), found.n_dropped) == (20, 30)


def test_a_second_column_names_the_classes_only_when_it_does_so_one_to_one() -> None:
    columns = Columns("", ("text",), "label", "label_text")
    named = label_articles("x", [table([1, 0] * 10, label_text=["good", "bad"] * 10)], None, columns)
    assert named.class_names == ("bad", "good")
    twice = label_articles("x", [table([1, 0] * 10, label_text=["good", "good"] * 10)], None, columns)
    assert twice.class_names == ("0", "1")
    mixed = label_articles("x", [table([1, 0] * 10, label_text=["a", "b", "b", "a"] * 5)], None, columns)
    assert mixed.class_names == ("0", "1")


def test_several_text_columns_are_read_one_after_the_other_and_nothing_is_null() -> None:
    rows = table(["a", "b"] * 10, more=[None, "end"] * 10)
    found = label_articles("x", [rows], None, Columns("", ("text", "more"), "label"))
    assert found.bodies.to_pylist()[:2] == ["line 0 ", "line 1 end"]


def test_few_articles_and_many_classes_are_refused_with_their_number() -> None:
    with pytest.raises(CorpusError, match=r"x has 19 labelled texts; a split needs at least 20\. Left out: 1 row"):
        label_articles("x", [table(["a"] * 10 + ["b"] * 9 + [None])], None, PLAIN)
    with pytest.raises(CorpusError, match="x has 1 labelled text; a split needs at least 20"):
        label_articles("x", [table(["a", None])], None, PLAIN)
    with pytest.raises(CorpusError, match="has 501 different values; at most 500"):
        label_articles("x", [table([str(i) for i in range(501)] * 3)], None, PLAIN)
    with pytest.raises(CorpusError, match=r"holds date32\[day\], not classes"):
        label_articles("x", [table([datetime.date(2020, 1, 1)] * 30)], None, PLAIN)
    with pytest.raises(CorpusError, match=r"30 different values, of which 0 have 3 texts or more.*least=1"):
        label_articles("x", [table([str(i) for i in range(30)])], None, PLAIN)


def test_dictionary_encoded_columns_are_decoded() -> None:
    texts, labels = [f"line {i}" for i in range(20)], ["b", "a"] * 10
    rows = pa.table({"text": pa.array(texts).dictionary_encode(), "label": pa.array(labels).dictionary_encode()})
    columns = choose_columns("x", rows, (), Options())
    found = label_articles("x", [rows], None, columns)
    assert found.class_names == ("a", "b")
    assert found.bodies.to_pylist()[1] == "line 1"


@pytest.mark.parametrize(
    ("n", "sentence"),
    [(0, ""), (1, "Left out: 1 row (1 no label)."), (1200, "Left out: 1,200 rows (1,200 no label).")],
)
def test_rows_without_a_label_are_reported(n: int, sentence: str) -> None:
    found = label_articles("x", [table(["a", "b"] * 10 + [None] * n)], None, PLAIN)
    assert left_out_in_words(found.left_out) == sentence


def test_a_text_of_white_space_alone_is_left_out_as_no_text() -> None:
    rows = pa.table({"text": ["tea", " \n", None, "rain"] * 10, "label": ["a", "a", "b", "b"] * 10})
    found = label_articles("x", [rows], None, PLAIN)
    assert (found.left_out, len(found.labels)) == ({"no text": 20}, 20)


def test_whole_numbers_have_no_decimals_however_they_are_written() -> None:
    found = label_articles("x", [table(["1.0", "2.0", "10.0"] * 10)], None, PLAIN)
    assert found.class_names == ("1", "2", "10")
    assert label_articles("x", [table(["1.5", "2.0"] * 10)], None, PLAIN).class_names == ("1.5", "2.0")


def test_a_class_too_small_to_split_is_left_out_and_named() -> None:
    labels = ["a"] * 15 + ["b"] * 15 + ["rare"] * 2 + ["once"]
    found = label_articles("x", [table(labels)], None, PLAIN)
    assert (found.class_names, found.left_out) == (("a", "b"), {"a class too small to split": 3})
    assert found.notes == ("Classes with fewer than 3 texts are left out: once (1), rare (2).",)
    kept = label_articles("x", [table(labels)], None, PLAIN, options=Options(least="1"))
    assert (kept.class_names, kept.left_out) == (("a", "b", "once", "rare"), {})
    fewer = label_articles("x", [table([*labels, *["c"] * 4])], None, PLAIN, options=Options(least="5"))
    assert fewer.left_out == {"a class too small to split": 7}


def test_labels_that_differ_by_space_or_case_are_said_and_merged_if_asked() -> None:
    rows = table(["Shoes", "Shoes", "Shoes ", "shoes", "Boots"] * 10)
    apart = label_articles("x", [rows], None, PLAIN)
    assert apart.class_names == ("Boots", "Shoes", "Shoes ", "shoes")
    assert "differ by a space or by case alone; merge=yes" in apart.notes[0]
    merged = label_articles("x", [rows], None, PLAIN, options=Options(merge="yes"))
    assert merged.class_names == ("Boots", "Shoes")
    assert np.bincount(merged.labels).tolist() == [10, 40]


def test_white_space_around_labels_goes_where_it_tells_none_apart() -> None:
    found = label_articles("x", [table([" tea ", "rain "] * 10)], None, PLAIN)
    assert (found.class_names, found.notes) == (("rain", "tea"), ())


def test_labels_with_a_composed_and_a_decomposed_accent_are_alike() -> None:
    rows = table(["Caf\u00e9", "Cafe\u0301", "Tea"] * 10)
    apart = label_articles("x", [rows], None, PLAIN)
    assert len(apart.class_names) == 3
    assert apart.notes[0].startswith("2 class names, ")
    assert "differ by a space, by case or by how an accent is written" in apart.notes[0]
    merged = label_articles("x", [rows], None, PLAIN, options=Options(merge="yes"))
    assert merged.class_names == ("Caf\u00e9", "Tea")
    assert np.bincount(merged.labels).tolist() == [20, 10]


def test_labels_that_often_mean_no_label_are_classes_until_they_are_said_to_be_missing() -> None:
    rows = table(["a", "b", "NA"] * 10)
    found = label_articles("x", [rows], None, PLAIN)
    assert found.class_names == ("NA", "a", "b")
    assert found.notes == ("“NA” counts as a class; missing=NA leaves such rows out.",)
    without = label_articles("x", [rows], None, PLAIN, options=Options(missing=("NA",)))
    assert (without.class_names, without.left_out, without.notes) == (("a", "b"), {"no label": 10}, ())


def test_of_several_labels_the_first_counts_and_this_is_said() -> None:
    rows = table([["a"], ["b", "a"], [], ["b"]] * 10)
    found = label_articles("x", [rows], None, PLAIN)
    assert (found.class_names, found.left_out) == (("a", "b"), {"no label": 10})
    assert found.labels[:3].tolist() == [0, 1, 1]
    assert found.notes == ("10 rows with several labels: the first one counts.",)


def test_a_split_column_orders_the_rows_training_first_and_test_last() -> None:
    splits = ["test", "Train", "dev", "train", None] * 8
    rows = table(["a", "b"] * 20, split=splits)
    found = label_articles("x", [rows], None, Columns("", ("text",), "label", split="split"))
    assert (found.n_own_validation, found.n_own_test, found.left_out) == (8, 8, {"another split": 8})
    lines = found.bodies.to_pylist()
    assert lines == [
        f"line {i}"
        for names in (("Train", "train"), ("dev",), ("test",))
        for i, value in enumerate(splits)
        if value in names
    ]


def test_rows_of_one_group_have_one_number_and_rows_without_a_group_have_their_own() -> None:
    rows = table(["a", "b"] * 10, author=["ann", "bob", "", None] * 5)
    found = label_articles("x", [rows], None, Columns("", ("text",), "label", group="author"))
    groups = found.groups
    assert groups is not None
    assert groups[0] == groups[4] != groups[1] == groups[5]
    assert len(np.unique(groups)) == 2 + 10
