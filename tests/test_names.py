"""Shortened names stay distinct."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.names import short, shortened
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
