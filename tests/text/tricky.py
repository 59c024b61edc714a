"""An alphabet of fragments that break word rules, and recipes over it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.recipe.steps import STEPS

FRAGMENTS = (
    # apostrophes
    "'", "''", "'s", "'S", "s'", "n't", "N'T", "don't", "DON'T", "it's", "we'll", "I'd've", "rock'n'roll", "o'", "'tis",
    "’", "don’t", "canada's", "canada’s", "boys'", "'quoted'", "'''", "x's's", "x's_y", "d'sé", "é's",
    # hyphens, dashes, signs
    "-", "--", "–", "state-of-the-art", "co-op", ".", ",", "(AP)", "U.S.", "AT&T", "$46", "50%", "a/b", "\\", "e@x.org",
    # accents and other scripts
    "é", "café", "São", "e\u0301", "ΟΔΟΣ", "Σ", "ΣΑΣ'Σ", "İ", "İstanbul", "ı", "ß", "STRASSE", "ǅ", "K", "ſ", "日本",
    "東京都", "п", "Привет", "हिन्दी", "العربية", "می\u200cخواهم", "\u200c", "न\u094d\u200d", "プロ", "ภาษาไทย",
    # digits
    "1", "39", "1990s", "a1b2", "١٢", "x٣y", "²", "½", "Ⅳ", "1,000.5", "3-2",
    # symbols and residue
    "😀", "👩\u200d💻", "\u200b", "\u00ad", "_", "__", "snake_case", "_x_", "#39;", "&lt;b&gt;", "quot;", "&amp;",
    # plain words, some of them on stop lists or in look-up tables
    "a", "A", "b", "the", "The", "not", "running", "Runs", "mice", "was", "better", "news", "s", "t", "don", "ll",
)  # fmt: skip

SPACES = (" ", "  ", "\u00a0", "\n", "\t", "\u3000", "\x1c", "\u2028", " ' ", " '", "' ")

texts = st.lists(st.sampled_from((*FRAGMENTS, *SPACES, " ", " ", " ")), max_size=14).map("".join)
"""One document: fragments glued to each other or set apart."""

documents = st.lists(texts, min_size=1, max_size=30)

units = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4).map(lambda parts: "".join("".join(parts).split()))

_SWITCHES = ("lower_case", "possessives", "punctuation", "digits", "ascii_letters")
_CHOSEN = ("contractions", "stop_words", "word_forms", "token_pattern")


def _recipe_of(values: dict[str, Any]) -> Recipe:
    """The recipe of these values; spaCy's tokeniser is given the ASCII letters that it needs before it."""
    order = list(values["order"])
    if values["stop_words"] == "spacy-tokeniser":
        values = values | {"ascii_letters": True}
        if order.index("ascii_letters") > order.index("stop_words"):
            order.remove("ascii_letters")
            order.insert(order.index("stop_words"), "ascii_letters")
    return Recipe().change(**values | {"order": tuple(order)})


recipes = st.fixed_dictionaries(
    {
        **{name: st.booleans() for name in _SWITCHES},
        **{name: st.sampled_from(CHOICES[name]) for name in _CHOSEN},
        "own_stop_words": st.sets(st.sampled_from(("The", "café", "n't", "'s", "ΟΔΟΣ", "39", "日本")), max_size=4).map(
            tuple
        ),
        "masked_words": st.sets(st.sampled_from(("the", "Cafe\u0301", "ΟΔΟΣ", "news", "日本")), max_size=2).map(tuple),
        "ngrams": st.integers(1, 3),
        "order": st.permutations(STEPS).map(tuple),
    }
).map(_recipe_of)
"""Every combination of steps, in any order."""
