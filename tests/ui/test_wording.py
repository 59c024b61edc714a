"""Numbers in words."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.judge.scores import Accuracy
from ui.wording import (
    accuracy_in_words,
    p_value_in_words,
    percent,
    plain,
    points,
    seconds,
    size,
    unbroken,
)


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("share", "text"), [(0.924, "92.4 %"), (1.0, "100.0 %"), (0.0, "0.0 %")])
def test_a_share_is_a_percentage_with_one_digit(share: float, text: str) -> None:
    assert spaced(percent(share)) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (302_000_000, "302 MB"),
        (51.4e9, "51.4 GB"),
        (2e12, "2,000 GB"),
    ],
)
def test_bytes_carry_a_unit(n_bytes: float, text: str) -> None:
    assert size(n_bytes) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("value", "text"), [(0.42, "0.4 s"), (12.3, "12 s"), (200, "3 min 20 s")])
def test_a_time_is_in_seconds_or_minutes(value: float, text: str) -> None:
    assert seconds(value) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_an_accuracy_carries_its_interval() -> None:
    words = spaced(accuracy_in_words(Accuracy.of(90, 100)))
    low, high = Accuracy.of(90, 100).low, Accuracy.of(90, 100).high
    assert words == f"90.0 % ({low * 100:.1f}–{high * 100:.1f})"


JOINER = "\N{WORD JOINER}"
MARKS = "\\`*_{}[]()<>#+-.!|~$:&"


@given(st.text(max_size=200) | st.text(alphabet=MARKS + "ab ", max_size=50))
@example("https://bread.example www.bread.example WWW.bread.example baker@bread.example")
@example("<img src=x> [a](http://b) $x$ :red[b] &lt;")
def test_corpus_text_in_markdown_stands_for_itself(text: str) -> None:
    shown = plain(text)
    every_mark_is_escaped = re.fullmatch(f"(?:\\\\[{re.escape(MARKS)}]|[^{re.escape(MARKS)}])*", shown, re.DOTALL)
    assert every_mark_is_escaped
    read = re.sub(r"\\(.)", r"\1", shown, flags=re.DOTALL)
    assert read.replace(JOINER, "") == text.replace(JOINER, "")
    # the two patterns by which mdast-util-gfm-autolink-literal finds addresses
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+", read, re.IGNORECASE | re.ASCII)
    assert not re.search(r"[-.\w+]+@[-\w]+(\.[-\w]+)+", read, re.ASCII)


@pytest.mark.parametrize(
    ("value", "text"), [(0.3, "+0.3"), (-1.2, "−1.2"), (0.04, "0.0"), (-0.04, "0.0"), (12, "+12.0")]
)
def test_points_have_a_sign_unless_they_round_to_nothing(value: float, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("p_value", "text"), [(1.0, "1.00"), (0.134, "0.13"), (0.0042, "0.004"), (0.0009, "< 0.001"), (0.0, "< 0.001")]
)
def test_p_values_have_as_many_digits_as_they_need(p_value: float, text: str) -> None:
    assert p_value_in_words(p_value) == text


def test_tf_idf_is_read_the_same_and_never_parted_escaped_or_not() -> None:
    for written in ("**TF-IDF 20,000** · counts", f"Count → {plain('TF-IDF')}."):
        joined = unbroken(written)
        assert joined.replace("\N{WORD JOINER}", "") == written
        assert joined.count("\N{WORD JOINER}") == 2
    assert unbroken("state-of-the-art") == "state-of-the-art"
