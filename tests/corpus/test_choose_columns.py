import shlex
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from bowcore.corpus.choose_columns import Columns, choose_columns, guess_columns
from bowcore.corpus.column_facts import describe_column
from bowcore.corpus.options import Options, split_options
from bowcore.errors import CorpusError

N = 40
LINES = [f"a line of words number {i}" for i in range(N)]
OTHERS = [f"some other line of {i} words" for i in range(N)]
MOODS = ["glad", "sad"] * (N // 2)
NUMBERS = list(range(N))
CODES = [0, 1] * (N // 2)


def chosen(columns: dict[str, Sequence[Any]], coded: tuple[str, ...] = (), **asked: Any) -> Columns:
    return choose_columns("x", pa.table(columns), coded, Options(**asked))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"label": CODES, "title": LINES, "description": OTHERS}, Columns("title", ("description",), "label")),
        ({"text": LINES, "label": CODES}, Columns("", ("text",), "label")),
        ({"Category": MOODS, "Message": LINES}, Columns("", ("Message",), "Category")),
        ({"id": [f"n{i}" for i in range(N)], "remark": LINES, "target": CODES}, Columns("", ("remark",), "target")),
        ({"headline": LINES, "class": MOODS}, Columns("headline", (), "class")),
        ({"text": LINES, "comment": OTHERS, "label": CODES, "topic": MOODS}, Columns("", ("text",), "label")),
        ({"text": LINES, "label": CODES, "label_text": MOODS}, Columns("", ("text",), "label", "label_text")),
        ({"title": LINES, "content": OTHERS, "rating": [1.0, 2.0] * 20}, Columns("title", ("content",), "rating")),
        ({"text": [f"{i:03d}" for i in range(N)], "label": CODES}, Columns("", ("text",), "label")),
        (
            {"data.text": LINES, "meta.label": CODES, "meta.author": [f"u{i // 4}" for i in range(N)]},
            Columns("", ("data.text",), "meta.label", group="meta.author"),
        ),
        ({"text": LINES, "meta.text": OTHERS, "label": CODES}, Columns("", ("text",), "label")),
    ],
)
def test_columns_are_known_by_name_and_type(columns: dict[str, Sequence[Any]], expected: Columns) -> None:
    assert chosen(columns) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"column 1": MOODS, "column 2": LINES}, ("column 2", "column 1")),
        ({"remark": LINES, "mood": MOODS, "nr": [str(i) for i in NUMBERS]}, ("remark", "mood")),
        ({"remark": LINES, "mood": MOODS, "day": ["2020-01-01", "2020-01-02"] * 20}, ("remark", "mood")),
        ({"remark": LINES, "points": ["1", "2", "3", "4"] * 10}, ("remark", "points")),
        ({"who": ["ann", "bob"] * 20, "remark": [f"{line} and more words " * 4 for line in LINES], "mood": MOODS,
          "author": ["x", "y"] * 20, "who2": LINES}, None),
    ],
)  # fmt: skip
def test_columns_without_known_names_are_known_by_their_contents(
    columns: dict[str, Sequence[Any]], expected: tuple[str, str] | None
) -> None:
    if expected is None:
        with pytest.raises(CorpusError, match="could be who, mood"):
            chosen(columns)
        return
    found = chosen(columns)
    assert (found.body, found.label) == ((expected[0],), expected[1])


def test_numbers_of_few_values_are_likelier_classes_than_hundreds_of_names() -> None:
    places, fraud = [f"place {i % 120}" for i in range(600)], [0, 1] * 300
    columns = {"report": [f"a report of some words {i}" for i in range(600)], "where": places, "fraud": fraud}
    guess = guess_columns("x", pa.table(columns), (), Options())
    assert guess.columns.label == "fraud"
    assert guess.doubts == ("The label column of x could be where, fraud.",)
    columns["where"] = [f"place {i % 20}" for i in range(600)]
    assert chosen(columns).label == "where"


def test_a_column_of_named_classes_is_the_label_whatever_its_name() -> None:
    assert chosen({"text": LINES, "topic": MOODS, "verdict": CODES}, coded=("verdict",)).label == "verdict"


def test_options_of_the_name_precede_guesses() -> None:
    columns = {"text": LINES, "comment": OTHERS, "label": CODES, "mood": MOODS, "title": LINES}
    found = chosen(columns, label="mood", body=("comment", "title"))
    assert found == Columns("", ("comment", "title"), "mood")
    assert chosen(columns, title="comment") == Columns("comment", ("text",), "label")
    assert chosen(columns, title="-") == Columns("", ("text",), "label")


@pytest.mark.parametrize(
    ("columns", "asked", "message"),
    [
        (
            {"text": LINES, "topic": ["a", "b", "c", "d"] * 10, "genre": MOODS},
            {"encoding": "latin-1"},
            r"^The label column of x could be topic, genre\. "
            r"Write 'x\?body=text&label=genre&encoding=latin-1', or other columns\.$",
        ),
        (
            {"left": LINES, "right": OTHERS, "label": CODES},
            {},
            r"^The text column of x could be left, right\. Write 'x\?body=(left|right)&label=label'",
        ),
        ({"text": LINES, "body": OTHERS, "label": CODES}, {}, "text column of x could be (text, body|body, text)"),
        ({"score": NUMBERS, "label": CODES}, {}, "no column holds text"),
        ({"remark": LINES, "other": OTHERS}, {}, "label column of x is none of remark, other for certain"),
        ({"text": LINES, "label": CODES}, {"label": "mood"}, r"x has no column 'mood'; its columns are text, label"),
        ({"text": LINES, "seen": [True, False] * 20, "label": CODES}, {"body": ("seen",)}, "'seen' of x is not text"),
    ],
)
def test_a_guess_that_could_be_wrong_proposes_the_whole_name(
    columns: dict[str, Sequence[Any]], asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        chosen(columns, **asked)


def test_a_proposal_is_quoted_for_the_shell_and_can_be_used_as_it_is() -> None:
    columns = pa.table({"it's text": LINES, "the topic": MOODS, "a genre & more": ["a", "b", "c", "d"] * 10})
    with pytest.raises(CorpusError) as refused:
        choose_columns("a b.csv", columns, (), Options(), "my files/a b.csv")
    proposed = shlex.split(str(refused.value).partition("Write ")[2].removesuffix(", or other columns."))
    name, options = split_options(proposed[0])
    assert (len(proposed), name) == (1, "my files/a b.csv")
    assert choose_columns("a b.csv", columns, (), options) == Columns("", ("it's text",), "the topic")


def test_a_file_without_a_line_of_names_is_answered_within_bounds() -> None:
    columns = {f"{'a long first sentence ' * 20}{i}": LINES for i in range(50)}
    with pytest.raises(CorpusError) as refused:
        chosen(columns)
    assert "and 38 more" in str(refused.value)
    assert len(str(refused.value)) < 2_000


def test_long_names_of_columns_that_begin_alike_are_listed_apart() -> None:
    begins = "How satisfied are you, all in all, with the "
    with pytest.raises(CorpusError) as refused:
        chosen({f"{begins}{end}": LINES for end in ("teachers", "building", "food")})
    for end in ("teachers", "building", "food"):
        assert f"the {end}" in str(refused.value)
    assert begins not in str(refused.value)


def test_a_split_column_is_known_by_its_name_and_values() -> None:
    splits = ["train"] * 20 + ["dev"] * 10 + ["test"] * 10
    assert chosen({"text": LINES, "label": CODES, "split": splits}).split == "split"
    assert chosen({"text": LINES, "label": CODES, "split": splits}, split="-").split == ""
    assert chosen({"text": LINES, "label": CODES, "split": ["train", "hand"] * 20}).split == ""


def test_a_group_column_is_known_by_its_name_and_groups_that_repeat() -> None:
    authors = [f"author {i // 2}" for i in range(N)]
    assert chosen({"text": LINES, "label": CODES, "author": authors}).group == "author"
    assert chosen({"text": LINES, "label": CODES, "author": authors}, group="-").group == ""
    assert chosen({"text": LINES, "label": CODES, "author": LINES}).group == ""
    assert chosen({"text": LINES, "label": CODES, "shelf": authors}, group="shelf").group == "shelf"


def test_a_guess_has_the_figures_of_each_column() -> None:
    rows = pa.table(
        {
            "a": ["one two", "", None, "three"],
            "b": ["1", "2,5", " -3 ", ""],
            "c": [["x"], ["y", "x"], [], None],
            "d": ["2020-01-02", "3.4.2021 10:30", "", ""],
            "e": ["", " ", None, ""],
            "f": [True, None, True, False],
        }
    )
    facts = {name: describe_column(rows, name) for name in rows.column_names}
    assert {name: fact.kind for name, fact in facts.items()} == {
        "a": "text", "b": "numbers", "c": "lists", "d": "dates", "e": "empty", "f": "truth values",
    }  # fmt: skip
    assert [(fact.n_values, fact.n_filled) for fact in facts.values()] == [
        (2, 2), (3, 3), (2, 3), (2, 2), (0, 0), (2, 3),
    ]  # fmt: skip
    assert facts["a"].words == 1.5


def test_a_guess_that_is_not_certain_still_names_the_likeliest_columns() -> None:
    guess = guess_columns(
        "x", pa.table({"left": LINES, "topic": MOODS, "genre": ["a", "b", "c", "d"] * 10}), (), Options()
    )
    assert (guess.columns.label, guess.columns.body) == ("topic", ("left",))
    assert len(guess.doubts) == 1
