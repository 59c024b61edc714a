"""`Palette`: every colour a chart uses, one value for the light theme and one for the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

ENOUGH_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3: text below 24 px


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`, and the size of a chart's smallest text.

    `ramp` runs from no articles to the most articles, `diverging` from fewer over no change to more.
    """

    name: str
    background: str
    text: str
    muted: str
    ghost: str
    grid: str
    curve: str
    classes: tuple[str, ...]
    ramp: tuple[str, ...]
    diverging: tuple[str, str, str]
    font_size: int = 13

    def class_colours(self, class_names: Sequence[str], chosen: str | None = None) -> dict[str, str]:
        """Colour by class, in corpus order. With more classes than colours only `chosen` is coloured."""
        if len(class_names) <= len(self.classes):
            return dict(zip(class_names, self.classes, strict=False))
        return {name: self.classes[0] if name == chosen else self.ghost for name in class_names}

    def two_colours(self, class_names: Sequence[str], one: str, other: str) -> tuple[str, str]:
        """Colours of two classes, which differ even if there are more classes than colours."""
        colours = self.class_colours(class_names)
        return (colours[one], colours[other]) if colours[one] != colours[other] else (self.classes[0], self.classes[1])

    def shade(self, share: float) -> str:
        """The ramp at `share`, from 0 to 1."""
        return _along(self.ramp, share)

    def tint(self, colour: str, share: float) -> str:
        """The colour blended over the page's colour at `share`, from 0 to 1."""
        return _along((self.background, colour), share)

    def between(self, share: float) -> str:
        """The diverging colours at `share`: -1 is fewest, 0 no change, 1 most."""
        return _along(self.diverging, (share + 1) / 2)

    def ink_on(self, fill: str) -> str:
        """A text colour readable on `fill`: the theme's own if it is, otherwise black or white.

        A colour's contrasts with black and with white multiply to 21, so the larger is at least 4.58.
        """
        if contrast(self.text, fill) >= ENOUGH_CONTRAST:
            return self.text
        return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, fill))


# Class colours differ pairwise by at least 12 (CIEDE2000), also under simulated protanopia, deuteranopia and
# tritanopia. The obvious lighter tints for the dark theme do not: sky blue and lilac come within 4.
LIGHT = Palette(
    name="light",
    background="#ffffff",
    text="#262730",
    muted="#626675",
    ghost="#8b909c",
    grid="#e6e8ec",
    curve="#0072B2",
    classes=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#332288"),
    ramp=("#f4f7fb", "#c9ddf0", "#7fb2db", "#2f7abf", "#0b4a8f"),
    diverging=("#2f7abf", "#ffffff", "#e08a3c"),
)
DARK = Palette(
    name="dark",
    background="#0e1117",
    text="#f0f2f6",
    muted="#a5aab7",
    ghost="#757b89",
    grid="#2a2f3a",
    curve="#5AA9F5",
    classes=("#5AA9F5", "#F58A2E", "#1F9D6E", "#F7B6D9", "#8468E8"),
    ramp=("#161b24", "#19293f", "#1d3c62", "#23528a", "#2a67ad"),
    diverging=("#2a67ad", "#161b24", "#a8591a"),
)


@lru_cache(4096)  # an article shades hundreds of words, in few colours
def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours by WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _along(colours: Sequence[str], share: float) -> str:
    position = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    index = min(int(position), len(colours) - 2)
    part = position - index
    pairs = zip(_channels(colours[index]), _channels(colours[index + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * part):02x}" for low, high in pairs)
