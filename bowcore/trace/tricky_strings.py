"""Strings that break word rules, with what the recommended recipe makes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from bowcore.recipe.recipe import Recipe
from bowcore.text.tagger.words import Pieces
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units, read_own_texts


@dataclass(frozen=True, slots=True)
class Tricky:
    """A string that breaks word rules: the difficulty, and its terms under the recommended recipe."""

    topic: str
    text: str
    recommended: tuple[str, ...]


BENCH: tuple[Tricky, ...] = (
    Tricky("contraction", "don't", ("don't",)),
    Tricky("contraction, curly apostrophe", "don’t", ("don", "t")),
    Tricky("contraction in capitals", "DON'T", ("don't",)),
    Tricky("contraction or possessive?", "it's", ("it",)),
    Tricky("several contractions", "I'd've", ("i'd've",)),
    Tricky("possessive", "Canada's", ("canada",)),
    Tricky("possessive, curly apostrophe", "Canada’s", ("canada", "s")),
    Tricky("possessive plural", "workers' rights", ("workers", "rights")),
    Tricky("quotation marks", "'quoted' \"words\"", ("quoted", "words")),
    Tricky("apostrophe in a name", "O'Brien", ("o'brien",)),
    Tricky("abbreviation with full stops", "U.S.", ("u", "s")),
    Tricky("name or word?", "US us", ("us", "us")),
    Tricky("ampersand", "AT&T", ("at", "t")),
    Tricky("half an entity", "Canada #39;s", ("canada", "s")),
    Tricky("mark-up", "&lt;b&gt;bold&lt;/b&gt;", ("lt", "b", "gt", "bold", "lt", "b", "gt")),
    Tricky("hyphens", "state-of-the-art", ("state", "of", "the", "art")),
    Tricky("dash", "profits -- again", ("profits", "again")),
    Tricky("accents", "São Paulo café", ("são", "paulo", "café")),
    Tricky("letter and accent apart", "cafe\u0301", ("cafe\u0301",)),
    Tricky("sharp s", "STRAẞE Straße", ("straße", "straße")),
    Tricky("Greek capitals", "ΟΔΟΣ", ("οδος",)),
    Tricky("no spaces between words", "東京都知事", ("東京都知事",)),
    Tricky("address", "https://bbc.co.uk/news", ("https", "bbc", "co", "uk", "news")),
    Tricky("e-mail", "news@example.org", ("news", "example", "org")),
    Tricky("amount of money", "$1,000.50", ()),
    Tricky("year and decade", "1999 1990s", ("s",)),
    Tricky("letters and digits", "G8 3D", ("g", "d")),
    Tricky("hashtag and underscore", "#snake_case", ("snake_case",)),
    Tricky("emoji", "great 😀", ("great",)),
    Tricky("signs alone", "... -- !?", ()),
)
"""Tricky strings; a test compares every expected result with the plain pipeline."""


def terms_of_texts(
    texts: Sequence[str], recipe: Recipe, lemmas: Sequence[Pieces] | None = None
) -> list[tuple[str, ...]]:
    """The terms of each text in reading order: repair and all steps, without word groups.

    `lemmas` are those of each word of each text, repaired if the recipe says so: they are read instead of the
    words.
    """
    units = number_units(read_own_texts(texts, recipe.text, lemmas))
    result = apply_chain(units.types, recipe.terms).result
    codes, offsets = result.expand(units.ids, units.offsets)
    strings = result.strings.take(pa.array(codes)).to_pylist()
    return [tuple(strings[first:last]) for first, last in pairwise(offsets)]
