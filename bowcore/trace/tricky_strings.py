"""Strings that break word rules, with their terms under the recommended recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from bowcore.recipe.recipe import Recipe
from bowcore.text.cut import with_spaces
from bowcore.text.tagger.words import Pieces
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units, read_own_texts


@dataclass(frozen=True, slots=True)
class TrickyString:
    """A string that breaks word rules: the difficulty, and its terms under the recommended recipe."""

    topic: str
    text: str
    recommended: tuple[str, ...]


TRICKY_STRINGS = (
    TrickyString("contraction", "don't", ("don't",)),
    TrickyString("contraction, curly apostrophe", "don’t", ("don't",)),
    TrickyString("contraction in capitals", "DON'T", ("don't",)),
    TrickyString("contraction or possessive?", "it's", ("it",)),
    TrickyString("several contractions", "I'd've", ("i'd've",)),
    TrickyString("possessive", "Canada's", ("canada",)),
    TrickyString("possessive, curly apostrophe", "Canada’s", ("canada",)),
    TrickyString("possessive plural", "workers' rights", ("workers", "rights")),
    TrickyString("quotation marks", "'quoted' \"words\"", ("quoted", "words")),
    TrickyString("apostrophe in a name", "O'Brien", ("o'brien",)),
    TrickyString("abbreviation with full stops", "U.S.", ("u", "s")),
    TrickyString("name or word?", "US us", ("us", "us")),
    TrickyString("ampersand", "AT&T", ("at", "t")),
    TrickyString("half an entity", "Canada #39;s", ("canada", "s")),
    TrickyString("mark-up", "&lt;b&gt;bold&lt;/b&gt;", ("lt", "b", "gt", "bold", "lt", "b", "gt")),
    TrickyString("hyphens", "state-of-the-art", ("state", "of", "the", "art")),
    TrickyString("dash", "profits -- again", ("profits", "again")),
    TrickyString("accents", "São Paulo café", ("são", "paulo", "café")),
    TrickyString("letter and accent apart", "cafe\u0301", ("café",)),
    TrickyString("sharp s", "STRAẞE Straße", ("straße", "straße")),
    TrickyString("Greek capitals", "ΟΔΟΣ", ("οδος",)),
    TrickyString("no spaces between words", "東京都知事", ("東京", "都知事")),
    TrickyString("address", "https://bbc.co.uk/news", ("https", "bbc", "co", "uk", "news")),
    TrickyString("e-mail", "news@example.org", ("news", "example", "org")),
    TrickyString("amount of money", "$1,000.50", ()),
    TrickyString("year and decade", "1999 1990s", ("s",)),
    TrickyString("letters and digits", "G8 3D", ("g", "d")),
    TrickyString("hashtag and underscore", "#snake_case", ("snake_case",)),
    TrickyString("emoji", "great 😀", ("great",)),
    TrickyString("signs alone", "... -- !?", ()),
)
"""A test compares every expected result with the plain pipeline."""


def terms_of_texts(
    texts: Sequence[str], recipe: Recipe, lemmas: Sequence[Pieces] | None = None
) -> list[tuple[str, ...]]:
    """The terms of each text in reading order: repair and all steps, without word groups.

    `lemmas` are those of each word of each text, repaired if the recipe says so; they replace the words.
    """
    read = read_own_texts(texts, recipe.text, lemmas)
    units = number_units(with_spaces(read) if lemmas is None else read)
    result = apply_chain(units.types, recipe.terms).result
    codes, offsets = result.expand(units.ids, units.offsets)
    strings = result.strings.take(pa.array(codes)).to_pylist()
    return [tuple(strings[first:last]) for first, last in pairwise(offsets)]
