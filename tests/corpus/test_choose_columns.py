from typing import Any

import pyarrow as pa
import pytest

from bowcore.corpus.choose_columns import Columns, Options, choose_columns, label_articles, split_options
from bowcore.errors import CorpusError

TEXT, NUMBER = pa.string(), pa.int64()


def schema(**kinds: pa.DataType) -> pa.Schema:
    return pa.schema(list(kinds.items()))


def chosen(kinds: dict[str, pa.DataType], coded: tuple[str, ...] = (), **asked: Any) -> Columns:
    return choose_columns("x", schema(**kinds), coded, Options(**asked))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({"label": NUMBER, "title": TEXT, "description": TEXT}, Columns("title", ("description",), "label")),
        ({"text": TEXT, "label": NUMBER}, Columns("", ("text",), "label")),
        ({"Category": TEXT, "Message": TEXT}, Columns("", ("Message",), "Category")),
        ({"id": TEXT, "remark": TEXT, "target": NUMBER}, Columns("", ("remark",), "target")),
        ({"headline": TEXT, "class": TEXT}, Columns("headline", (), "class")),
        ({"text": TEXT, "comment": TEXT, "label": NUMBER, "topic": TEXT}, Columns("", ("text",), "label")),
        ({"text": TEXT, "label": NUMBER, "label_text": TEXT}, Columns("", ("text",), "label", "label_text")),
        (
            {"title": TEXT, "content": pa.large_string(), "rating": pa.float64()},
            Columns("title", ("content",), "rating"),
        ),
    ],
)
def test_columns_are_known_by_name_and_type(kinds: dict[str, pa.DataType], expected: Columns) -> None:
    assert chosen(kinds) == expected


def test_a_column_of_named_classes_is_the_label_whatever_its_name() -> None:
    kinds = {"text": TEXT, "topic": TEXT, "verdict": NUMBER}
    assert chosen(kinds, coded=("verdict",)).label == "verdict"


def test_options_of_the_name_precede_guesses() -> None:
    kinds = {"text": TEXT, "comment": TEXT, "label": NUMBER, "mood": TEXT, "title": TEXT}
    assert chosen(kinds, label="mood", body=("comment", "title")) == Columns("", ("comment", "title"), "mood")
    assert chosen(kinds, title="comment") == Columns("comment", ("text",), "label")


@pytest.mark.parametrize(
    ("kinds", "asked", "message"),
    [
        ({"text": TEXT, "topic": NUMBER, "genre": TEXT}, {}, r"label column of x could be topic, genre\. .*x\?label=…"),
        ({"text": TEXT, "mood": NUMBER}, {}, r"is none of text, mood for certain"),
        ({"left": TEXT, "right": TEXT, "label": NUMBER}, {}, r"text column of x could be left, right\. .*x\?body=…"),
        ({"text": TEXT, "body": TEXT, "label": NUMBER}, {}, r"text column of x could be text, body"),
        ({"score": NUMBER, "label": NUMBER}, {}, r"no column holds text"),
        ({"text": TEXT, "label": NUMBER}, {"label": "mood"}, r"x has no column 'mood'; its columns are text, label"),
        ({"text": TEXT, "size": NUMBER, "label": NUMBER}, {"body": ("size",)}, r"'size' of x is not text"),
    ],
)
def test_a_guess_that_could_be_wrong_names_the_columns(
    kinds: dict[str, pa.DataType], asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        chosen(kinds, **asked)


def test_a_file_without_a_line_of_names_is_answered_within_bounds() -> None:
    kinds = {f"{'a long first sentence ' * 20}{i}": TEXT for i in range(50)}
    with pytest.raises(CorpusError) as refused:
        chosen(kinds)
    assert "and 38 more" in str(refused.value)
    assert len(str(refused.value)) < 800


def test_long_names_of_columns_that_begin_alike_are_listed_apart() -> None:
    begins = "How satisfied are you, all in all, with the "
    kinds = {f"{begins}{end}": TEXT for end in ("teachers", "building", "food")}
    with pytest.raises(CorpusError) as refused:
        chosen(kinds)
    for end in ("teachers", "building", "food"):
        assert f"the {end}" in str(refused.value)
    assert begins not in str(refused.value)


def test_options_follow_the_question_mark() -> None:
    name, options = split_options("folder/a%b.csv?body=first+part&body=second&label=gr%C3%BC%C3%9Fe&encoding=latin-1")
    assert name == "folder/a%b.csv"
    assert options == Options(body=("first part", "second"), label="grüße", encoding="latin-1")


@pytest.mark.parametrize("query", ["colour=red", "body", "x=1&label=y"])
def test_an_option_that_does_not_exist_is_refused_with_those_that_do(query: str) -> None:
    with pytest.raises(CorpusError, match="title=…, body=…, label=…, config=…, encoding=…"):
        split_options(f"hub:owner/name?{query}")


def table(labels: list[object], **more: list[object]) -> pa.Table:
    return pa.table({"text": [f"line {i}" for i in range(len(labels))], "label": labels} | more)


PLAIN = Columns("", ("text",), "label")


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
    with pytest.raises(CorpusError, match="x has 19 labelled articles; a split needs at least 20"):
        label_articles("x", [table(["a"] * 19 + [None])], None, PLAIN)
    with pytest.raises(CorpusError, match="x has 1 labelled article; a split needs at least 20"):
        label_articles("x", [table(["a", None])], None, PLAIN)
    with pytest.raises(CorpusError, match="has 501 different values; at most 500"):
        label_articles("x", [table([str(i) for i in range(501)])], None, PLAIN)
    with pytest.raises(CorpusError, match="holds list<item: string>, not classes"):
        label_articles("x", [table([["a"]] * 30)], None, PLAIN)


def test_dictionary_encoded_columns_are_decoded() -> None:
    texts, labels = [f"line {i}" for i in range(20)], ["b", "a"] * 10
    rows = pa.table({"text": pa.array(texts).dictionary_encode(), "label": pa.array(labels).dictionary_encode()})
    columns = choose_columns("x", rows.schema, (), Options())
    found = label_articles("x", [rows], None, columns)
    assert found.class_names == ("a", "b")
    assert found.bodies.to_pylist()[1] == "line 1"


@pytest.mark.parametrize(
    ("n", "sentence"),
    [(0, ""), (1, "1 row without a label is left out."), (1200, "1,200 rows without a label are left out.")],
)
def test_rows_without_a_label_are_reported(n: int, sentence: str) -> None:
    assert label_articles("x", [table(["a", "b"] * 10 + [None] * n)], None, PLAIN).dropped_in_words == sentence
