"""Stop lists: data files generated from the libraries, so that reading one imports none of them."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files

from bowcore.recipe.steps import TermsSpec

NEGATIONS = ("not", "no", "never", "nor", "none", "n't", "cannot", "without")
"""Words whose removal may invert a sentence; the pages report which of them a list drops."""

DENIALS = (*NEGATIONS, "neither", "nobody", "nothing", "nowhere")
"""Negations, and words that deny a person, a thing or a place."""


@cache
def stop_list(name: str) -> tuple[str, ...]:
    """The words of `spacy` (3.8, 326 words) or `scikit-learn` (1.9, 318 words), sorted."""
    text = files("bowcore.text").joinpath("lists", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n"))


def stop_words(spec: TermsSpec) -> tuple[str, ...]:
    """The words that the recipe removes, composed (NFC) as steps compose words; none if it keeps them."""
    if spec.stop_words == "keep":
        return ()
    if spec.stop_words == "own":
        return tuple(unicodedata.normalize("NFC", word) for word in spec.own_stop_words)
    return stop_list("spacy" if spec.stop_words == "spacy-tokeniser" else spec.stop_words)
