"""Words shaded by what they weigh can be read, whatever their class's colour."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import trace
from charts.palette import DARK, ENOUGH_CONTRAST, LIGHT, Palette, contrast
from ui.reading import marked_text

WORDS = tuple(f"w{letter}" for letter in "abcdefghij")
SHADED = re.compile(r"background:(#[0-9a-f]{6});color:(#[0-9a-f]{6})")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_shade_of_every_class_leaves_its_word_readable(theme: Palette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_text, "palette", lambda: theme)
    ones = np.ones(len(WORDS), dtype=np.int64)
    vocabulary = Vocabulary(pa.array(WORDS, pa.string()), np.arange(len(WORDS)), ones, ones, 1)
    traced = trace(" ".join(WORDS), Recipe(), vocabulary)
    weights = {word: (place - 4.5) / 4.5 for place, word in enumerate(WORDS)}
    for colour in theme.classes:
        shown = marked_text.weighed_words(traced, weights, colour, colour)
        shades = SHADED.findall(shown)
        assert len(shades) == len(WORDS)
        assert min(contrast(ink, ground) for ground, ink in shades) >= ENOUGH_CONTRAST
        assert shades[-1][0] == theme.tint(colour, 0.6)


def test_a_text_without_spaces_is_shown_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_text, "palette", lambda: LIGHT)
    shown = marked_text.marked_words(trace("酒店的服务 is\n很好。", Recipe()))
    assert re.sub("<[^>]*>", "", shown) == "酒店的服务 is 很好。"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_word_outside_the_vocabulary_is_grey_and_can_be_read(theme: Palette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_text, "palette", lambda: theme)
    unknown = marked_text.styles()["unknown"]
    assert f"color:{theme.muted}" in unknown and "dotted" in unknown and "opacity" not in unknown
