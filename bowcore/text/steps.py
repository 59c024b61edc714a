r"""The steps over words. Each maps every distinct string to zero, one or several strings.

Every step is vectorised over ASCII strings with Arrow's kernels. Where Python's rules for letters differ from RE2's
(`str.lower`, `\w`), non-ASCII strings go through Python itself, so results equal Python's everywhere.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import Stemmer
from numpy.typing import NDArray

from bowcore.errors import RecipeError
from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.steps import TermsSpec
from bowcore.text.characters import (
    JOINERS,
    composed,
    fold,
    folded,
    straight,
    straight_strings,
    without_stray_joiners,
)
from bowcore.text.spacy_tokens import special_cases, tokenise
from bowcore.text.stopwords import masked_words, stop_words


@dataclass(frozen=True, slots=True)
class Pieces:
    """Outputs of strings: `strings[i]` came from input number `parents[i]`; `parents` is ascending."""

    parents: NDArray[np.int64]
    strings: pa.StringArray


StepFunction = Callable[[pa.StringArray, TermsSpec], Pieces | None]

_LETTER = r"\p{L}\p{M}\p{N}_"
_POSSESSIVE = r"(\w+)'s\b"
_CLITICS = ("'s", "'ll", "'re", "'ve", "'d", "'m", "n't")


def apply_step(name: str, strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """The pieces that step `name` makes of each string; None if the recipe skips the step."""
    return STEP_FUNCTIONS[name](strings, spec)


def lower_case(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """`str.lower`, or the case folding of the recipe's language."""
    if not spec.lower_case:
        return None
    return _one_to_one(folded(strings, spec.language))


def possessives(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """`canada's` becomes `canada`. `it's` also becomes `it`: the rule cannot tell them apart."""
    if not spec.possessives:
        return None
    strings = straight_strings(strings)
    # matched backwards from one sign: Python's re takes quadratic time to find that a long word has no "'s"
    pattern = re.compile(r"(?<=\w)'s\b('s)?")
    return _one_to_one(
        _by_script(
            strings,
            lambda ascii: pc.replace_substring_regex(ascii, _POSSESSIVE, r"\1"),
            lambda string: pattern.sub(r"\1", string),
        )
    )


def punctuation(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Keep runs of letters, marks, digits and underscores, with apostrophes between them: `don't` survives.

    Joiners belong to the words of scripts that use them. A run without a letter or a digit is no word (UAX #29): what
    is left of an emoji, or a line of underscores.
    Letters are composed (NFC): an e and an accent are the é that others write.
    """
    if not spec.punctuation:
        return None
    strings = without_stray_joiners(composed(straight_strings(strings)))
    no_word = rf"[^{_LETTER}{JOINERS}]|^[\p{{M}}_{JOINERS}]*$"
    touched = pc.and_not(pc.match_substring_regex(strings, no_word), _is_clitic(strings))
    return _where(touched, strings, lambda chosen: _words(_runs(chosen, rf"[^{_LETTER}{JOINERS}']+")))


def digits(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Decimal digits become white space."""
    if not spec.digits:
        return None
    touched = pc.match_substring_regex(strings, r"\p{Nd}")
    return _where(touched, strings, lambda chosen: _split(pc.replace_substring_regex(chosen, r"\p{Nd}+", " ")))


def ascii_letters(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Keep runs of a–z and A–Z, with apostrophes between them: the tutorial's rule, which cuts `café` to `caf`."""
    if not spec.ascii_letters:
        return None
    touched = pc.match_substring_regex(strings, r"[^a-zA-Z]")
    return _where(touched, strings, lambda chosen: _runs(chosen, r"[^a-zA-Z']+"))


def contractions(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """`split`: `don't` becomes `do` and `n't`. `cut`: it becomes `don`, as pieces of one letter are dropped."""
    if spec.contractions == "keep":
        return None
    strings = straight_strings(strings)
    touched = pc.match_substring(strings, "'")
    if spec.contractions == "split":
        return _where(pc.and_not(touched, _is_clitic(strings)), strings, _split_clitics)
    return _where(touched, strings, lambda chosen: _longer(_split(pc.replace_substring(chosen, "'", " ")), 2))


def drop_stop_words(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Drop the words of a list, ignoring case: whole strings, or spaCy's tokens of each string."""
    words = stop_words(spec)
    if not words:
        return None
    if spec.stop_words == "spacy-tokeniser":
        return _drop_stop_tokens(strings, frozenset(words))
    return _drop_words(strings, words, spec.language)


def word_forms(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Snowball's stems in the recipe's language, or lemmas looked up in spaCy's English table."""
    if spec.word_forms == "as-written":
        return None
    if spec.word_forms == "stem" and spec.language:
        return _one_to_one(_stems(LANGUAGES[spec.language].stemmer, strings))
    return _one_to_one(WORD_FORMS[spec.word_forms](strings))


def token_pattern(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """scikit-learn's default pattern: runs of two or more word characters; apostrophes end a run."""
    if spec.token_pattern == "units":
        return None
    pattern = re.compile(r"(?u)\b\w\w+\b")
    plain = pc.string_is_ascii(strings)
    touched = pc.or_(pc.match_substring_regex(strings, r"[^0-9A-Za-z_]"), pc.less(pc.utf8_length(strings), 2))

    def find(chosen: pa.StringArray) -> Pieces:
        # non-ASCII strings go through Python, whose \w knows all scripts
        ascii = pc.string_is_ascii(chosen)
        return _merge(
            ascii,
            _longer(_split(pc.replace_substring_regex(chosen.filter(ascii), r"[^0-9A-Za-z_]+", " ")), 2),
            _nested(pattern.findall(string) for string in chosen.filter(pc.invert(ascii)).to_pylist()),
        )

    return _where(pc.or_(touched, pc.invert(plain)), strings, find)


def drop_masked(strings: pa.StringArray, spec: TermsSpec) -> Pieces | None:
    """Drop the words that the recipe masks, ignoring case."""
    return _drop_words(strings, masked_words(spec), spec.language) if spec.masked_words else None


STEP_FUNCTIONS: dict[str, StepFunction] = {
    "lower_case": lower_case,
    "possessives": possessives,
    "punctuation": punctuation,
    "digits": digits,
    "ascii_letters": ascii_letters,
    "contractions": contractions,
    "stop_words": drop_stop_words,
    "word_forms": word_forms,
    "token_pattern": token_pattern,
    "masked_words": drop_masked,
}
"""The function of each step, by the name of its row in `bowcore.recipe.steps`."""


def _stems(language: str, strings: pa.StringArray) -> pa.StringArray:
    return pa.array(Stemmer.Stemmer(language).stemWords(strings.to_pylist()), pa.string())


def _looked_up(strings: pa.StringArray) -> pa.StringArray:
    forms, lemmas = lemma_table()
    return pc.coalesce(lemmas.take(pc.index_in(straight_strings(strings), forms)), strings)


WORD_FORMS: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {
    "stem": partial(_stems, "english"),
    "lemma-lookup": _looked_up,
}
"""The form of each word, by the option of `TermsSpec.word_forms`."""


@cache
def lemma_table() -> tuple[pa.StringArray, pa.StringArray]:
    """Forms and their lemmas, from spaCy's English look-up table (package spacy-lookups-data).

    Raises:
        RecipeError: The package is not installed.
    """
    spec = importlib.util.find_spec("spacy_lookups_data")
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(
            "Looked-up lemmas need the package spacy-lookups-data. Run: pip install spacy-lookups-data==1.0.5",
            "word_forms",
        )
    path = Path(spec.submodule_search_locations[0]) / "data" / "en_lemma_lookup.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        table: dict[str, str] = json.load(file)
    return pa.array(list(table), pa.string()), pa.array(list(table.values()), pa.string())


def _by_script(
    strings: pa.StringArray, kernel: Callable[[pa.Array], pa.Array], function: Callable[[str], str]
) -> pa.StringArray:
    """`kernel` on the ASCII strings, Python's `function` on the others."""
    ascii = pc.string_is_ascii(strings)
    if pc.all(ascii, min_count=0).as_py():
        return kernel(strings)
    others = pc.invert(ascii)
    changed = pa.array([function(string) for string in strings.filter(others).to_pylist()], pa.string())
    return pc.replace_with_mask(kernel(strings), others, changed)


def _where(touched: pa.BooleanArray, strings: pa.StringArray, step: Callable[[pa.StringArray], Pieces]) -> Pieces:
    """`step` applied to the touched strings, the others unchanged."""
    untouched = pc.invert(touched)
    kept = strings.filter(untouched)
    same = Pieces(np.arange(len(kept)), kept)
    return _merge(touched, step(strings.filter(touched)), same)


def _merge(mask: pa.BooleanArray, inside: Pieces, outside: Pieces) -> Pieces:
    """Pieces of the strings inside and outside a mask, in the original order."""
    chosen = mask.to_numpy(zero_copy_only=False)
    parents = np.concatenate([np.flatnonzero(chosen)[inside.parents], np.flatnonzero(~chosen)[outside.parents]])
    order = np.argsort(parents, kind="stable")
    strings = pa.concat_arrays([inside.strings, outside.strings])
    return Pieces(parents[order], strings.take(pa.array(order)))


def _one_to_one(strings: pa.StringArray) -> Pieces:
    return _longer(Pieces(np.arange(len(strings)), strings), 1)


def _split(strings: pa.StringArray) -> Pieces:
    # untrimmed, Arrow 26 sometimes leaves a trailing space on an array's last string: 49 of 60,000 random arrays
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(strings))
    pieces = Pieces(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False), lists.flatten())
    return _longer(pieces, 1)


def _longer(pieces: Pieces, least: int) -> Pieces:
    kept = pc.greater_equal(pc.utf8_length(pieces.strings), least)
    if pc.all(kept, min_count=0).as_py():
        return pieces
    return Pieces(pieces.parents[kept.to_numpy(zero_copy_only=False)], pieces.strings.filter(kept))


def _runs(strings: pa.StringArray, breaks: str) -> Pieces:
    """Runs between breaks, without apostrophes at their ends or next to each other."""
    spaced = pc.replace_substring_regex(pc.replace_substring_regex(strings, breaks, " "), "''+", " ")
    pieces = _split(spaced)
    return _longer(Pieces(pieces.parents, pc.utf8_trim(pieces.strings, "'")), 1)


def _words(pieces: Pieces) -> Pieces:
    """The pieces that have a letter or a number."""
    kept = pc.match_substring_regex(pieces.strings, r"[\p{L}\p{N}]")
    return Pieces(pieces.parents[kept.to_numpy(zero_copy_only=False)], pieces.strings.filter(kept))


def _is_clitic(strings: pa.StringArray) -> pa.BooleanArray:
    """Pieces that `contractions` splits off, in either case."""
    return pc.is_in(pc.ascii_lower(strings), pa.array(_CLITICS, pa.string()))


def _split_clitics(strings: pa.StringArray) -> Pieces:
    pattern = rf"([{_LETTER}])((?i:n't|'(?:s|ll|re|ve|d|m)))($|[^{_LETTER}'])"
    return _split(pc.replace_substring_regex(strings, pattern, r"\1 \2\3"))


def _drop_words(strings: pa.StringArray, words: tuple[str, ...], language: str = "") -> Pieces:
    """The strings that are none of these words, ignoring case and the form of apostrophes."""
    listed = pa.array([fold(straight(word), language) for word in words], pa.string())
    kept = pc.invert(pc.is_in(folded(straight_strings(strings), language), listed))
    return Pieces(np.flatnonzero(kept.to_numpy(zero_copy_only=False)), strings.filter(kept))


def _drop_stop_tokens(strings: pa.StringArray, words: frozenset[str]) -> Pieces:
    """Each string without those of spaCy's tokens that are stop words: `gonna` becomes `gon na`."""
    listed = pa.array([*special_cases().whole, *words], pa.string())
    touched = pc.or_(pc.match_substring(strings, "'"), pc.is_in(pc.ascii_lower(strings), pc.ascii_lower(listed)))
    return _where(
        touched,
        strings,
        lambda chosen: _nested(
            [token for token in tokenise(string) if token.lower() not in words] for string in chosen.to_pylist()
        ),
    )


def _nested(lists: Iterable[list[str]]) -> Pieces:
    nested = list(lists)
    parents = np.repeat(np.arange(len(nested)), [len(pieces) for pieces in nested])
    return Pieces(parents, pa.array([piece for pieces in nested for piece in pieces], pa.string()))
