"""Numbers in words, and their one rounding rule."""

import ast
import math
import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.judge.scores import Accuracy, Share
from bowcore.numbers import (
    MINUS,
    counted,
    decimal,
    empty_share,
    interval,
    p_value,
    percent,
    points,
    probability,
    seconds,
    signed,
    size,
    with_interval,
)
from tests.pages.opening import ROOT


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def read(text: str) -> Fraction:
    return Fraction(text.replace(MINUS, "-").replace(",", ""))


@given(st.floats(-1e18, 1e18) | st.integers(-(10**7), 10**7).map(lambda n: n / 8), st.integers(0, 6))
@example(0.125, 2)
@example(-2.5, 0)
@example(92.25, 1)
def test_a_number_is_rounded_to_the_nearest_and_a_tie_away_from_zero(value: float, digits: int) -> None:
    exact, shown = Fraction(value), read(decimal(value, digits))
    step = Fraction(1, 10**digits)
    assert shown % step == 0
    assert abs(shown - exact) <= step / 2
    if abs(shown - exact) == step / 2:
        assert abs(shown) > abs(exact)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(92.25, 1, "92.3"), (92.35, 1, "92.3"), (2.5, 0, "3"), (1.005, 2, "1.00"), (-1.5, 0, "−2"), (0.045, 2, "0.04")],
)
def test_a_number_is_rounded_as_javascript_does_in_tables_and_on_axes(value: float, digits: int, text: str) -> None:
    assert decimal(value, digits) == text  # (92.25).toFixed(1) and so on, as Chromium answers


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "inf"), (-math.inf, "−inf"), (math.nan, "nan"), (-0.0, "0.0"), (-1234.5, "−1,234.5")]
)
def test_a_number_without_digits_is_named_and_a_minus_is_a_minus_sign(value: float, text: str) -> None:
    assert decimal(value) == text


def test_signs_are_printed_except_for_zero() -> None:
    assert [signed(number) for number in (1204, -1204, 0)] == ["+1,204", "−1,204", "0"]
    assert signed(-0.004, 2) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"), [(0.3, "+0.3"), (-1.2, "−1.2"), (0.04, "0.0"), (-0.04, "0.0"), (12, "+12.0")]
)
def test_points_have_a_sign_unless_they_round_to_nothing(value: float, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.924, 1, "92.4 %"),
        (0.9225, 1, "92.3 %"),
        (0.5, 1, "50.0 %"),
        (0, 1, "0 %"),
        (1, 1, "100 %"),
        (0.9996, 1, "99.96 %"),
        (0.996, 0, "99.6 %"),
        (0.0004, 1, "0.04 %"),
        (1e-9, 1, "< 0.001 %"),
        (1 - 1e-9, 2, "> 99.999 %"),
        (0.9243, 2, "92.43 %"),
    ],
)
def test_a_share_is_called_all_or_nothing_only_when_it_is(share: float, digits: int, text: str) -> None:
    assert spaced(percent(share, digits)) == text


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


def test_a_share_carries_its_interval_unless_there_is_no_article() -> None:
    found = Accuracy.of(90, 100)
    assert spaced(with_interval(found)) == f"90.0 % ({interval(found.low, found.high)})"
    assert interval(found.low, found.high) == "82.6–94.5"  # Wilson's interval, by hand
    assert with_interval(Share.of(0, 0)) == "undefined: no article"


def test_a_matrix_that_is_nearly_empty_is_not_called_empty() -> None:
    assert [spaced(empty_share(1000, 1000, n)) for n in (500_000, 1300, 1, 0)] == [
        "50.0 %",
        "99.87 %",
        "> 99.999 %",
        "100 %",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1.00"), (0.134, "0.13"), (0.0042, "0.004"), (0.0009, "< 0.001"), (0.0, "< 0.001")]
)
def test_p_values_have_as_many_digits_as_they_need(value: float, text: str) -> None:
    assert p_value(value) == text


def test_one_of_a_thing_is_singular() -> None:
    assert [counted(n, "word") for n in (0, 1, 1200)] == ["0 words", "1 word", "1,200 words"]
    assert counted(2, "class", "classes") == "2 classes"


ROUNDING = re.compile(r"\.\d?[f%]$")
WRITTEN_FOR_MACHINES = {
    "bowcore/learn/network/stock_pytorch.py": "a script of its own, which imports nothing of this project",
    "bowcore/recipe/blocks.py": "the number of a block as it is written in a recipe",
    "charts/leftovers.py": "a width in pixels",
    "charts/confusion.py": "a width in pixels",
    "ui/confusion/edit.py": "widths in a style",
    "ui/shell/style.py": "lengths in a style sheet",
    "ui/data/duplicates.py": "a threshold of two digits, also in the key of a widget",
}
FILES = [path for folder in ("bowcore", "charts", "ui", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]


def rounded_by_format(source: str) -> list[str]:
    """Format specifications in f-strings that round."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            text = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
            found += [text] if ROUNDING.search(text) else []
    return found


def test_a_rounding_format_would_be_seen() -> None:
    assert rounded_by_format('f"{share:.1%} {x:+,.2f} {n:,} {x:.3g}"') == [".1%", "+,.2f"]


def test_no_number_is_rounded_by_another_rule() -> None:
    rounding = {path.relative_to(ROOT).as_posix() for path in FILES if rounded_by_format(path.read_text("utf-8"))}
    assert rounding - {"bowcore/numbers.py"} == set(WRITTEN_FOR_MACHINES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "> 99.9 %"),
        (1 - 1e-12, "> 99.9 %"),
        (0.999, "99.9 %"),
        (0.62, "62 %"),
        (1e-9, "< 0.1 %"),
        (0.0, "< 0.1 %"),
    ],
)
def test_a_model_is_never_called_entirely_sure(value: float, text: str) -> None:
    assert spaced(probability(value)) == text
