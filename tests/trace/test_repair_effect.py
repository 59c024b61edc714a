"""Effects of the repair, counted by hand on a dozen lines, and properties on hostile ones."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.text.repair import repair
from bowcore.text.units import join_fields, number_units
from bowcore.trace.lineage import Fate, StepEffect
from bowcore.trace.repair_effect import changed_places, pieces_of, repair_effect
from tests.laws import examples

LINES = [
    "Canada #39;s soup",
    "Canada #39;s bread",
    "soup of Canada",
    "bread lt;br/gt; and soup",
    "bread &lt;br&gt; again",
    "salt\\pepper salt\\pepper",
    "AT&amp;T and AT&T",
    "R&amp;D",
    "the cook’s bread; no more",
    "the cook's",
    'see lt;A HREF="soup"gt;here lt;/A gt; now',
    "hot ; soup",
]


def effect_of(*fields: list[str], k: int = 20) -> StepEffect:
    texts = [pa.array(lines, pa.large_string()) for lines in fields]
    mended = [repair(field) for field in texts]
    return repair_effect(texts, number_units(join_fields(texts)), number_units(join_fields(mended)), k)


def counted(effect: StepEffect, fate: str) -> tuple[int, int]:
    affected = getattr(effect, fate)
    return affected.n_strings, affected.n_tokens


def test_words_that_the_repair_drops_changes_splits_and_joins_are_counted_by_hand() -> None:
    effect = effect_of(LINES)
    # lt;br/gt;  &lt;br&gt;  lt;A  lt;/A  gt;
    assert counted(effect, "dropped") == (5, 5)
    # salt\pepper, twice
    assert counted(effect, "split") == (1, 2)
    # Canada twice, #39;s twice, AT&amp;T, R&amp;D, cook’s, and HREF="soup"gt;here
    assert counted(effect, "changed") == (6, 8)
    # Canada and #39;s are one word now, AT&T and cook's stood already
    assert counted(effect, "merged") == (4, 6)
    assert effect.n_tokens_before == sum(len(line.split()) for line in LINES) == 38
    # 5 dropped, 2 joined to the word before, 2 more by splitting
    assert effect.n_tokens_after == 38 - 5 - 2 + 2


def test_the_most_frequent_examples_show_joined_words_together() -> None:
    effect = effect_of(LINES)
    assert effect.changed.top[0] == Fate("Canada #39;s", ("Canada's",), 2)
    assert Fate('HREF="soup"gt;here', ("here",), 1) in effect.changed.top
    assert effect.merged.top == (
        Fate("Canada #39;s", ("Canada's",), 2),
        Fate("AT&amp;T", ("AT&T",), 1),
        Fate("cook’s", ("cook's",), 1),
    )
    assert effect.split.top == (Fate("salt\\pepper", ("salt", "pepper"), 2),)
    assert {fate.before for fate in effect.dropped.top} == {"lt;br/gt;", "&lt;br&gt;", "lt;A", "lt;/A", "gt;"}
    assert len(effect_of(LINES, k=2).dropped.top) == 2


def test_each_field_is_repaired_by_itself() -> None:
    effect = effect_of(["Canada", "soup #39;s"], ["#39;s win", "hot"])
    # a headline's last word takes nothing from the body: #39;s is 's there, and joins soup within its headline
    assert counted(effect, "changed") == (2, 3)
    assert {(fate.before, fate.after) for fate in effect.changed.top} == {
        ("#39;s", ("'s",)),
        ("soup #39;s", ("soup's",)),
    }


def test_a_word_counts_under_each_outcome_of_its_occurrences() -> None:
    effect = effect_of(["soup #39;s soup &amp;nbsp; #39;s", "soup"])
    assert ("soup's",) in {fate.after for fate in effect.changed.top}
    assert effect.n_strings_before == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", (("plain",), ("words",))),
        ("", ()),
        ("Canada  #39;s", (("Canada",), ("'s",))),
        ("the players #39; union", (("the",), ("players'",), ("players'",), ("union",))),
        ("war #151;peace now", (("war",), ("-", "peace"), ("now",))),
        ("AT amp;T", (("AT&T",), ("AT&T",))),
        ("a\\b #39;s", (("a", "b's"), ("b's",))),
        ("x lt;p gt;y", (("x",), (), ("y",))),
        ("x lt;p/gt; lt;q/gt; y#39;z", (("x",), (), (), ("y'z",))),
        ("&amp;nbsp; left", ((), ("left",))),
        ("1 &lt; 2", (("1",), ("<",), ("2",))),
        ("a\u200bb Ann\x92s \xad caf&eacute;", (("a", "b"), ("Ann's",), (), ("café",))),
    ],
)
def test_every_word_becomes_what_is_left_of_its_letters(text: str, expected: tuple[tuple[str, ...], ...]) -> None:
    assert pieces_of(text, repair(pa.array([text], pa.large_string()))[0].as_py()) == expected


def test_nothing_to_repair_has_no_effect() -> None:
    for lines in ([], [""], ["plain", "text; here"]):
        effect = effect_of(lines)
        assert [counted(effect, fate) for fate in ("dropped", "split", "changed", "merged")] == [(0, 0)] * 4
        assert effect.n_tokens_before == effect.n_tokens_after


FRAGMENTS = [
    *(
        "a",
        "Bc",
        "d1",
        "é",
        "日本",
        "😀",
        " ",
        " ",
        "  ",
        "\t",
        "\n",
        "\\",
        "\\\\",
        "'",
        '"',
        "-",
        ";",
        "&",
        "<",
        ">",
        "/",
    ),
    *("lt;", "gt;", "&lt;", "&gt;", "<b>", "</b>", "lt;br", "<A HREF=", " #39;", "#39;", "&#39;s", " amp;", "&amp;"),
    *("#38;", " #38;", "#36;", "quot;", "&quot;", "’", "“", "‘", " #151;", "mdash;", "nbsp;", "#160;", "hellip;", "x"),
    *("&#x27;", "&#x3C;b", "&#x3E;", "&#60;", "&#128514;", "&#769;", "&eacute;", "&#32;", "&#173;", "&#8203;", "&"),
    *("e", "\u0301", "\u0323", "\x92", "\x93", "\x85", "\xad", "\u200b", "\u200d", "\ufe0f", "\0", "\ufffd", "\u212b"),
]
TEXTS = st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join), min_size=1, max_size=5)


@examples(400)
@given(TEXTS)
def test_a_place_repaired_alone_equals_its_repair_in_the_text(lines: list[str]) -> None:
    texts = pa.array(lines, pa.large_string())
    words = Counter(word for line in lines for word in line.split())
    for place, mended, n in changed_places(texts):
        for word in place.split():
            words[word] -= n
        for word in mended.split():
            words[word] += n
    after = Counter(word for line in repair(texts).to_pylist() for word in line.split())
    assert +words == after and min(words.values(), default=0) >= 0


@examples(400)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_pieces_are_the_words_of_the_repaired_text(text: str) -> None:
    mended = repair(pa.array([text], pa.large_string()))[0].as_py()
    pieces = pieces_of(text, mended)
    assert len(pieces) == len(text.split())
    assert {word for became in pieces for word in became} == set(mended.split())
