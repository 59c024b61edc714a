"""The theme's file says what the design asks for, in options that Streamlit knows."""

import tomllib
from pathlib import Path

import pytest
from streamlit import config

from charts.palette import DARK, LIGHT, Palette

THEME = tomllib.loads((Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2, relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def options(table: dict[str, object], path: str) -> list[str]:
    found: list[str] = []
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        found += options(value, key) if isinstance(value, dict) else [key]
    return found


def test_streamlit_knows_every_option() -> None:
    known = config.get_config_options()
    assert [key for key in options(THEME, "") if key not in known] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ramps_have_the_ten_colours_that_streamlit_takes(scheme: str) -> None:
    theme = THEME["theme"][scheme]
    assert len(theme["chartSequentialColors"]) == len(theme["chartDivergingColors"]) == 10


@pytest.mark.parametrize(("scheme", "sign"), [("light", -1), ("dark", 1)])
def test_the_ramp_leaves_the_page_evenly_in_one_direction(scheme: str, sign: int) -> None:
    steps = [sign * luminance(colour) for colour in THEME["theme"][scheme]["chartSequentialColors"]]
    assert steps == sorted(steps)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_class_colours_differ_from_the_page_by_three_to_one(scheme: str) -> None:
    theme = THEME["theme"][scheme]
    for colour in theme["chartCategoricalColors"]:
        bright, dim = sorted((luminance(colour), luminance(theme["backgroundColor"])), reverse=True)
        contrast = (bright + 0.05) / (dim + 0.05)
        assert contrast >= 3, (colour, round(contrast, 2))


@pytest.mark.parametrize(("scheme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_page_and_charts_agree_on_their_colours(scheme: str, palette: Palette) -> None:
    theme = THEME["theme"][scheme]
    assert theme["backgroundColor"] == palette.background
    assert theme["textColor"] == palette.text
    assert theme["chartCategoricalColors"] == list(palette.classes)


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def mixed(over: str, under: str, share: float) -> str:
    pairs = [(int(over[at : at + 2], 16), int(under[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_button_and_what_is_chosen_can_be_read(scheme: str) -> None:
    theme = THEME["theme"][scheme]
    accent, text = theme["primaryColor"], theme["textColor"]
    assert contrast("#ffffff", accent) >= 4.5  # Streamlit's text on a primary button and on a tag
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for tint in (0.1, 0.2):  # of the accent, at rest and under the pointer
            assert contrast(text, mixed(accent, ground, tint)) >= 4.5
        assert contrast(accent, ground) >= 3  # the border of what is chosen


def test_no_sidebar_has_an_accent_of_its_own() -> None:
    assert [path for path in options(THEME, "") if path.endswith("sidebar.primaryColor")] == []
