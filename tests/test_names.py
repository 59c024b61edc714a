"""Shortened names stay distinct."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.names import in_order, short, shortened, visible
from tests.laws import examples


def test_long_names_that_begin_alike_or_end_alike_stay_distinct() -> None:
    names = [
        "card_payment_with_a_virtual_card",
        "card_payment_with_a_voucher_code",
        "card_payment_with_a_virtual_code",
        "fee",
    ]
    cut = shortened(names, 20)
    assert len(set(cut)) == 4 and cut[3] == "fee"
    assert all("…" in text for text in cut[:3])
    assert all(len(text) <= 32 for text in cut)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Shoes", "Shoes "], ["Shoes", "Shoes␣"]),
        ([" a", "a", "a  b", "a b"], ["␣a", "a", "a␣␣b", "a b"]),
        (["shoes", "Shoes"], ["shoes", "Shoes"]),
        ([], []),
    ],
)
def test_names_that_differ_by_a_space_show_it(names: list[str], shown: list[str]) -> None:
    assert shortened(names) == shown


@examples(200)
@given(st.lists(st.text("ab c…", min_size=1, max_size=40), unique=True, max_size=8))
def test_different_names_never_read_the_same(names: list[str]) -> None:
    assert len(set(shortened(names))) == len(names)


@examples(100)
@given(st.text(max_size=60), st.integers(3, 40))
def test_a_short_name_has_at_most_as_many_characters(name: str, limit: int) -> None:
    assert len(short(name, limit)) <= limit
    assert short(name, limit) == name or "…" in short(name, limit)


def test_runs_of_a_million_characters_that_differ_in_the_middle_are_told_apart_in_time() -> None:
    half = "a" * 500_000
    began = time.process_time()
    assert len(set(shortened([half + "b" + half, half + "c" + half]))) == 2
    assert len(set(shortened([f"term {n}" for n in range(50_000)]))) == 50_000
    assert time.process_time() - began < 10


OPEN, CLOSE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def test_names_read_from_right_to_left_are_isolated_in_a_sentence_and_nothing_else_is() -> None:
    sport, sea = "\u0631\u064a\u0627\u0636\u0629", "\u05d9\u05dd \u05d2\u05d3\u05d5\u05dc"
    assert in_order(f"recall of {sport}, 93.3 % (70.2–98.8)") == f"recall of {OPEN}{sport}{CLOSE}, 93.3 % (70.2–98.8)"
    assert in_order(f"3 {sport} predicted as {sea}.") == f"3 {OPEN}{sport}{CLOSE} predicted as {OPEN}{sea}{CLOSE}."
    assert in_order("ζώα, 動物 and 3 % of <b>") == "ζώα, 動物 and 3 % of <b>"


def test_every_letter_that_unicode_reads_from_right_to_left_is_isolated() -> None:
    for sign in map(chr, range(0x110000)):
        if unicodedata.bidirectional(sign) in ("R", "AL") and unicodedata.category(sign)[0] == "L":
            assert in_order(f"a {sign} 1") == f"a {OPEN}{sign}{CLOSE} 1", hex(ord(sign))


@pytest.mark.parametrize("sign", ["\u061c", "\u200e", "\u200f", "\u202e", "\u2066"])
def test_signs_that_turn_the_direction_are_shown(sign: str) -> None:
    assert sign not in visible(f"a{sign}b")
    assert visible(f"a{sign}") != visible("a")
