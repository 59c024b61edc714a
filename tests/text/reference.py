"""The plain pipeline: `str`, `re` and `unicodedata` on one unit after the other, with nothing numbered or cached."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import spacy_lookups_data
import Stemmer
from icu4py.breakers import WordBreaker

from bowcore.recipe.steps import TermsSpec

CLITICS = {"n't", "'s", "'ll", "'re", "'ve", "'d", "'m"}


def is_letter(sign: str) -> bool:
    """Letters, marks and numbers of any script, and the underscore."""
    return sign == "_" or unicodedata.category(sign)[0] in "LMN"


def lower_case(unit: str, spec: TermsSpec) -> list[str]:
    return [unit.lower()] if spec.lower_case else [unit]


def straight(unit: str) -> str:
    """Apostrophes of all forms as one sign."""
    return re.sub("[‘’‛ʼ＇]", "'", unit)


def possessives(unit: str, spec: TermsSpec) -> list[str]:
    return [re.sub(r"(\w+)'s\b", r"\1", straight(unit))] if spec.possessives else [unit]


def runs(unit: str, belongs: Callable[[str], bool]) -> list[str]:
    """Stretches of signs that belong; one apostrophe may stand between two of them, and only there."""
    found, current = [], ""
    for position, sign in enumerate(unit):
        if belongs(sign):
            current += sign
            continue
        following = unit[position + 1 : position + 2]
        if sign == "'" and current and following and belongs(following):
            current += sign
            continue
        found.append(current)
        current = ""
    return [run for run in [*found, current] if run]


JOINERS = "\u200c\u200d"
JOINING = ("ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "MALAYALAM")


def joined(unit: str) -> str:
    """Joiners between letters of a script that uses them, and after a virama; one is as good as several."""
    unit = re.sub("([\u200c\u200d])[\u200c\u200d]+", r"\1", unit)

    def is_joining(sign: str) -> bool:
        return unicodedata.name(sign, "").startswith(JOINING) and unicodedata.category(sign)[0] in "LM"

    result = ""
    for position, sign in enumerate(unit):
        before, after = unit[:position][-1:], unit[position + 1 : position + 2]
        inside = bool(before and after) and is_joining(before) and is_joining(after)
        if sign not in JOINERS or inside or (before and unicodedata.combining(before) == 9):
            result += sign
        elif not (before and after and all(unicodedata.category(one)[0] in "LMN" for one in before + after)):
            result += " "
    return result


def punctuation(unit: str, spec: TermsSpec) -> list[str]:
    if not spec.punctuation:
        return [unit]
    unit = straight(unit)
    if not re.search("[\u0300-\u036f]{31}", unit):
        unit = unicodedata.normalize("NFC", unit)
    if unit.lower() in CLITICS:
        return [unit]
    unit = joined(unit)
    return [
        run
        for run in runs(unit, lambda sign: is_letter(sign) or sign in JOINERS)
        if any(unicodedata.category(sign)[0] in "LN" for sign in run)
    ]


def digits(unit: str, spec: TermsSpec) -> list[str]:
    if not spec.digits:
        return [unit]
    return "".join(" " if unicodedata.category(sign) == "Nd" else sign for sign in unit).split()


def ascii_letters(unit: str, spec: TermsSpec) -> list[str]:
    return runs(unit, lambda sign: sign.isascii() and sign.isalpha()) if spec.ascii_letters else [unit]


def split_clitics(unit: str) -> list[str]:
    if unit.lower() in CLITICS:
        return [unit]
    spaced, position = "", 0
    while position < len(unit):
        for clitic in ("n't", "'s", "'ll", "'re", "'ve", "'d", "'m"):
            here = unit[position + 1 : position + 1 + len(clitic)]
            after = unit[position + 1 + len(clitic) : position + 2 + len(clitic)]
            # ſ folds to s and stands for it where case is ignored
            if (
                is_letter(unit[position])
                and here.lower().replace("ſ", "s") == clitic
                and not (after and (is_letter(after) or after == "'"))
            ):
                spaced += f"{unit[position]} {here}{after}"
                position += 2 + len(clitic)
                break
        else:
            spaced += unit[position]
            position += 1
    return spaced.split()


def contractions(unit: str, spec: TermsSpec) -> list[str]:
    if spec.contractions != "keep":
        unit = straight(unit)
    if spec.contractions == "split":
        return split_clitics(unit)
    if spec.contractions == "cut" and "'" in unit:
        return [piece for piece in unit.replace("'", " ").split() if len(piece) > 1]
    return [unit]


@cache
def library_stop_words(name: str) -> frozenset[str]:
    if name == "spacy":
        from spacy.lang.en.stop_words import STOP_WORDS

        return frozenset(STOP_WORDS)
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


@cache
def english() -> Any:
    import spacy

    return spacy.blank("en")


def stop_words(unit: str, spec: TermsSpec) -> list[str]:
    if spec.stop_words == "keep":
        return [unit]
    if spec.stop_words == "spacy-tokeniser":
        return [token.text for token in english()(unit) if not token.is_stop]
    if spec.stop_words == "own":
        dropped = frozenset(straight(unicodedata.normalize("NFC", word)).lower() for word in spec.own_stop_words)
    else:
        dropped = library_stop_words(spec.stop_words)
    return [] if straight(unit).lower() in dropped else [unit]


@cache
def lemmas() -> dict[str, str]:
    path = Path(spacy_lookups_data.__file__).parent / "data" / "en_lemma_lookup.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


STEMMER = Stemmer.Stemmer("english")


def word_forms(unit: str, spec: TermsSpec) -> list[str]:
    if spec.word_forms == "stem":
        return [stem for stem in [STEMMER.stemWord(unit)] if stem]
    if spec.word_forms == "lemma-lookup":
        return [lemmas().get(unit, unit)]
    return [unit]


def token_pattern(unit: str, spec: TermsSpec) -> list[str]:
    return re.findall(r"(?u)\b\w\w+\b", unit) if spec.token_pattern == "scikit-learn" else [unit]


def masked_words(unit: str, spec: TermsSpec) -> list[str]:
    masked = {form.lower() for word in spec.masked_words for form in (word, unicodedata.normalize("NFC", word))}
    return [] if unit.lower() in masked else [unit]


STEPS = {
    "lower_case": lower_case,
    "possessives": possessives,
    "punctuation": punctuation,
    "digits": digits,
    "ascii_letters": ascii_letters,
    "contractions": contractions,
    "stop_words": stop_words,
    "word_forms": word_forms,
    "token_pattern": token_pattern,
    "masked_words": masked_words,
}


UNSPACED = ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA", "KATAKANA LETTER", "THAI CHARACTER")


def is_unspaced(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(UNSPACED) and unicodedata.category(sign)[0] in "LM"


def words(text: str) -> list[str]:
    """The words between white space, cut by ICU next to letters of scripts without spaces."""
    found: list[str] = []
    for string in text.split():
        end = None
        for piece in WordBreaker(string, "root"):
            apart = end is None or is_unspaced(end) or is_unspaced(piece[0])
            found = [*found, piece] if apart else [*found[:-1], found[-1] + piece]
            end = piece[-1]
    return found


def terms_of(text: str, spec: TermsSpec) -> list[str]:
    """Terms of one document in reading order, without word groups."""
    return [term for unit in words(text) for term in terms_of_unit(unit, spec)]


def terms_of_unit(unit: str, spec: TermsSpec) -> list[str]:
    """Terms of one word as the corpus has it."""
    strings = [unit]
    for name in (*spec.order, "masked_words"):
        strings = [piece for string in strings for piece in STEPS[name](string, spec)]
    return strings


def grouped(terms: list[str], ngrams: int) -> list[str]:
    """The terms, and groups of up to `ngrams` neighbours."""
    return [
        " ".join(terms[first : first + length])
        for length in range(1, ngrams + 1)
        for first in range(len(terms) - length + 1)
    ]
