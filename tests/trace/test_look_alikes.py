"""Terms that look alike, against `unicodedata` on every pair."""

from __future__ import annotations

import unicodedata
from itertools import combinations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bowcore.trace.look_alikes import in_words, look_alikes
from tests.laws import examples

SIGNS = st.sampled_from(["a", "e", "é", "e\u0301", "\u0301", "\xad", "\u200d", "x"])


def test_the_plain_form_comes_first_and_a_lone_form_is_no_pair() -> None:
    terms = pa.array(["cafe\u0301", "café", "co\xadop", "coop", "e\u0301te\u0301", "tea"])
    assert look_alikes(terms) == (("café", "cafe\u0301"), ("coop", "co\xadop"))
    assert in_words(look_alikes(terms)).startswith(
        "2 words are counted as several terms that look alike: “café” as 2, “coop” as 2. Their letters"
    )
    assert in_words(()) == ""


@examples(200)
@given(st.sets(st.lists(SIGNS, min_size=1, max_size=4).map("".join), max_size=8))
def test_two_terms_are_in_one_group_if_they_look_alike(terms: set[str]) -> None:
    def look(term: str) -> str:
        return unicodedata.normalize("NFC", term.replace("\xad", "").replace("\u200d", ""))

    pairs = {
        pair for group in look_alikes(pa.array(sorted(terms), pa.string())) for pair in combinations(sorted(group), 2)
    }
    assert pairs == {(a, b) for a, b in combinations(sorted(terms), 2) if look(a) == look(b) != ""}
