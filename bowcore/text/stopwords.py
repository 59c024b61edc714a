"""Stop lists: data files generated from the libraries, so that reading one imports none of them."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from bowcore.recipe.languages import ENGLISH, LANGUAGES
from bowcore.recipe.steps import TermsSpec
from bowcore.text.characters import fold, straight

LISTS = Path(__file__).parent / "lists"
SPACY_CODES = {"no": "nb"}
"""spaCy's code of a language where it is another one."""

NEGATIONS = ("not", "no", "never", "nor", "none", "n't", "cannot", "without")
"""Words whose removal may invert a sentence; the pages report which of them a list drops."""

DENIALS = (*NEGATIONS, "neither", "nobody", "nothing", "nowhere")
"""Negations, and words that deny a person, a thing or a place."""


@cache
def stop_list(name: str) -> tuple[str, ...]:
    """The words of `spacy` (3.8, 326 words) or `scikit-learn` (1.9, 318 words), sorted.

    `spacy-de` and the like are spaCy's lists of other languages.
    """
    text = files("bowcore.text").joinpath("lists", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n"))


def stop_words(spec: TermsSpec) -> tuple[str, ...]:
    """The words that the recipe removes, composed (NFC) as steps compose words; none if it keeps them."""
    if spec.stop_words == "keep":
        return ()
    if spec.stop_words == "own":
        return tuple(unicodedata.normalize("NFC", word) for word in spec.own_stop_words)
    if spec.is_english and spec.stop_words == "scikit-learn":
        return stop_list("scikit-learn")
    return common_words(spec)


def masked_words(spec: TermsSpec) -> tuple[str, ...]:
    """The words that the recipe masks, without capitals and with plain apostrophes: as written, and composed (NFC).

    A term is composed only if a step of the recipe composes it, and a mask is often chosen among the terms as they are.
    """
    written = [form for word in spec.masked_words for form in (word, unicodedata.normalize("NFC", word))]
    return tuple(dict.fromkeys(fold(straight(form), spec.language) for form in written))


def common_words(spec: TermsSpec) -> tuple[str, ...]:
    """SpaCy's stop list of the recipe's language, whether the recipe removes it or not; none if there is no list."""
    if spec.is_english:
        return stop_list("spacy")
    if not LANGUAGES[spec.language].stop_list:
        return ()
    return tuple(unicodedata.normalize("NFC", word) for word in stop_list(f"spacy-{spec.language}"))


def write_stop_lists(folder: Path = LISTS) -> None:
    """Write spaCy's list of every language but English; run by `python -m bowcore.text.stopwords`."""
    for code, language in LANGUAGES.items():
        if language.stop_list and code != ENGLISH:
            words = import_module(f"spacy.lang.{SPACY_CODES.get(code, code)}.stop_words").STOP_WORDS
            path = folder / f"spacy-{code}.txt"
            path.write_text("\n".join(sorted(words)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_stop_lists()
