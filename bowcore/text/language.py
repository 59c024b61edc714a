"""The language of a corpus, guessed from a sample of its texts.

The caller passes texts that may be seen: of training and validation, never of the test set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from bowcore.recipe.languages import LANGUAGES, language_name

SAMPLE = 200  # texts
LONGEST = 500  # characters of a text: more of them change nothing, and take longer
_LEAST_SHARE = 0.5
_LEAST_WORDS, _REPEATED = 6, 5  # different words, and times that they occur: "good bad" is no evidence, however often
_END_OF_LATIN = "\u0250"
_HEAVIEST = 100  # characters from which on a text counts fully: a guess from two words is often wrong


@dataclass(frozen=True, slots=True)
class Guess:
    """The language that most of the texts are in.

    Attributes:
        code: ISO 639 code, one of `LANGUAGES`; empty if the texts have no letters.
        name: English name of the language, empty without one.
        share: Share of the sample that is in this language, from 0 to 1; short texts count less than long ones.
    """

    code: str
    name: str
    share: float

    @property
    def sure(self) -> str:
        """The code if the language can be used unasked, that is if at least half of the text is in it; else empty."""
        return self.code if self.share >= _LEAST_SHARE else ""


NO_GUESS = Guess("", "", 0.0)


def guess_language(texts: Sequence[str] | pa.Array) -> Guess:
    """The language of texts, guessed from at most 200 of them, spread evenly from first to last.

    The first guess of a sample takes half a second, as the model is loaded for it: 50 MB, which are not kept.

    Args:
        texts: Open texts in any number; `None` and texts without a letter are ignored.

    >>> guess_language(["Der Kellner war unfreundlich.", "Das Essen kam erst nach einer Stunde."]).name
    'German'
    """
    rows = np.linspace(0, len(texts) - 1, min(SAMPLE, len(texts))).astype(np.int64)
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        found = texts.take(pa.array(rows)).to_pylist()
    else:
        found = [texts[row] for row in rows]
    return _guess(tuple(text[:LONGEST] for text in found if text and any(map(str.isalpha, text[:LONGEST]))))


@lru_cache(maxsize=64)
def _guess(sample: tuple[str, ...]) -> Guess:
    if not sample or _is_too_little(sample):
        return NO_GUESS
    identifier = _load_identifier()
    votes: Counter[str] = Counter()
    for text in sample:
        code = identifier.classify(" ".join(text.split()))[0]
        votes["no" if code == "nn" else code] += min(len(text), _HEAVIEST)  # both forms of Norwegian share a list
    [(code, weight)] = votes.most_common(1)
    return Guess(code, language_name(code), weight / votes.total())


def _is_too_little(sample: tuple[str, ...]) -> bool:
    """Whether texts in Latin letters repeat a handful of words, which could be of any language."""
    words = [word for text in sample for word in text.casefold().split() if any(map(str.isalpha, word))]
    different = set(words)
    if len(different) >= _LEAST_WORDS or len(words) < _REPEATED * len(different):
        return False
    return all(letter < _END_OF_LATIN for letter in "".join(different) if letter.isalpha())


def _load_identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # here, as it takes 50 MB and half a second

    identifier: Any = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*LANGUAGES, "nn"])
    return identifier
