"""Distinguishable colours and readable text, computed."""

import itertools

import numpy as np
import pytest

from charts.palette import DARK, ENOUGH_CONTRAST, LIGHT, Palette, contrast

# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
both_themes = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)


def _lab(colour, vision):
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(VISION[vision] @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    ratio = to_xyz @ linear / np.array([0.95047, 1, 1.08883])
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def _ciede2000(first, second):
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma, middle = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = 1 + sum(
        k * np.cos(np.radians(n * middle + shift))
        for k, n, shift in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    )
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    )
    dl = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    dc, dh = (c2 - c1) / (1 + 0.045 * chroma), hue / (1 + 0.015 * chroma * t)
    return np.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def test_the_colour_difference_used_here_agrees_with_a_published_pair():
    # Sharma, Wu, Dalal (2005), table 1, pairs 1 and 25
    assert _ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert _ciede2000((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(1.2644, abs=1e-4)


@both_themes
@pytest.mark.parametrize("vision", VISION)
def test_class_colours_stay_apart_for_every_kind_of_colour_vision(palette: Palette, vision: str):
    seen = [_lab(colour, vision) for colour in palette.classes]
    assert min(_ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) >= 12


@both_themes
@pytest.mark.parametrize("vision", VISION)
def test_series_of_one_chart_stay_apart_for_every_kind_of_colour_vision(palette: Palette, vision: str):
    more, _, fewer = palette.diverging
    together = {
        "the curve and the previous recipe": (palette.curve, palette.ghost),
        "validation and training": (palette.curve, palette.muted),
        "two curves": (palette.curve, palette.classes[1]),
        "a curve and the previous recipe": (palette.classes[1], palette.ghost),
        "the chosen one of many classes and the rest": (palette.classes[0], palette.ghost),
        "more and fewer": (more, fewer),
    }
    apart = {name: _ciede2000(*(_lab(colour, vision) for colour in pair)) for name, pair in together.items()}
    assert {name: round(float(by), 1) for name, by in apart.items() if by < 12} == {}


@both_themes
@pytest.mark.parametrize("vision", VISION)
def test_ramps_run_from_light_to_dark_for_every_kind_of_colour_vision(palette: Palette, vision: str):
    light = [_lab(palette.shade(share), vision)[0] for share in np.linspace(0, 1, 9)]
    assert light == sorted(light, reverse=palette.name == "light")
    steps = np.abs(np.diff(light))
    assert steps.min() > 2, "two lightnesses that look the same"


@both_themes
def test_marks_stand_out_from_the_page(palette: Palette):
    for colour in (*palette.classes, palette.ghost, palette.curve, palette.muted):
        assert contrast(colour, palette.background) >= 3


@both_themes
def test_text_is_readable_on_the_page(palette: Palette):
    assert contrast(palette.text, palette.background) >= ENOUGH_CONTRAST
    assert contrast(palette.muted, palette.background) >= ENOUGH_CONTRAST


@both_themes
def test_ink_is_readable_on_every_shade(palette: Palette):
    fills = [palette.shade(share) for share in np.linspace(0, 1, 101)]
    assert all(contrast(palette.ink_on(fill), fill) >= ENOUGH_CONTRAST for fill in (*fills, *palette.classes))


def test_the_darkest_cell_of_the_dark_theme_does_not_glare():
    assert contrast(DARK.shade(0), DARK.background) < 1.2
    assert contrast(DARK.shade(1), DARK.background) < ENOUGH_CONTRAST


@both_themes
def test_more_articles_are_further_from_the_page(palette: Palette):
    distance = [contrast(palette.shade(share), palette.background) for share in np.linspace(0, 1, 21)]
    assert distance == sorted(distance)


def test_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


def test_beyond_five_classes_only_the_chosen_one_is_coloured():
    names = [f"class {i}" for i in range(7)]
    colours = LIGHT.class_colours(names, "class 4")
    assert colours.pop("class 4") == LIGHT.classes[0]
    assert set(colours.values()) == {LIGHT.ghost}


def test_a_class_keeps_its_colour_whatever_is_chosen():
    names = ["world", "sports", "business"]
    assert LIGHT.class_colours(names, "business") == dict(zip(names, LIGHT.classes[:3], strict=True))


@both_themes
def test_two_classes_have_two_colours_even_if_there_are_more_classes_than_colours(palette: Palette):
    few, many = ["a", "b", "c"], [f"class {place}" for place in range(77)]
    assert palette.two_colours(few, "c", "a") == (palette.classes[2], palette.classes[0])
    one, other = palette.two_colours(many, "class 70", "class 3")
    assert one != other and {one, other} <= set(palette.classes)
