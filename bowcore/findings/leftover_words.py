"""Leftovers that are whole words or texts: glued words, letters in several signs, texts without a letter."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bowcore.findings.leftover_kinds import Finding, fragment_table, python_pattern
from bowcore.findings.phrase_search import matching
from bowcore.text.characters import composed

MAX_GLUED_ARTICLES = 2  # a word like PlayStation in more articles is a name
MIN_HALF_OCCURRENCES = 10  # of each half of a glued word
MAX_SHOWN = 40  # characters of a text without letters
GLUED_WORDS, DECOMPOSED, NO_LETTER = "glued words", "decomposed letters", "no letter"
BY_FRAGMENT = (GLUED_WORDS, DECOMPOSED, NO_LETTER)
"""Kinds whose fragments are found by their text: their pattern matches others too."""


def find_glued_words(texts: pa.Array) -> Finding:
    """Words with an inner capital that occur in one or two articles and whose halves are common words by themselves.

    `PlayStation` and `McDonald` occur in many articles, or their halves are not words: these are names.
    """
    pattern = r"\p{Lu}?\p{Ll}{2,}\p{Lu}\p{Ll}{2,}"
    holders = matching(texts, pattern)
    words = _word_counts(texts) if len(holders) else Counter()
    joint = re.compile(python_pattern(r"\b(\p{Lu}?\p{Ll}{2,})(\p{Lu}\p{Ll}{2,})\b"))
    owners: dict[str, list[int]] = {}
    for position, text in zip(holders, texts.take(pa.array(holders)).to_pylist(), strict=True):
        for left, right in {found.groups() for found in joint.finditer(text)}:
            if min(words[left.lower()], words[right.lower()]) >= MIN_HALF_OCCURRENCES:
                owners.setdefault(left + right, []).append(int(position))
    rare = {word: places for word, places in owners.items() if len(places) <= MAX_GLUED_ARTICLES}
    positions = np.unique(np.array([place for places in rare.values() for place in places], dtype=np.int64))
    split_again = re.compile(python_pattern(r"(\p{Ll})(\p{Lu})"))
    rows = [(word, len(places), split_again.sub(r"\1 \2", word)) for word, places in rare.items()]
    return Finding(GLUED_WORDS, pattern, positions, fragment_table(rows))


def find_decomposed(texts: pa.Array) -> Finding:
    """Words that are not in composed form (NFC): they look like another word, and are counted apart from it."""
    holders = np.flatnonzero(pc.not_equal(texts, composed(texts)).to_numpy(zero_copy_only=False))
    held = [set(text.split()) for text in texts.take(pa.array(holders)).to_pylist()]
    # all at once: composing a few words takes as long as composing thousands
    words = pa.array(sorted(set().union(*held)), pa.string())
    forms = composed(words)
    other = pc.not_equal(words, forms)
    meaning = dict(zip(words.filter(other).to_pylist(), forms.filter(other).to_pylist(), strict=True))
    owners = Counter(word for each in held for word in sorted(each & meaning.keys()))
    rows = [(word, n, meaning[word]) for word, n in owners.items()]
    return Finding(DECOMPOSED, "not in composed form (NFC)", holders, fragment_table(rows))


def find_texts_without_letters(texts: pa.Array) -> Finding:
    """Texts of signs and digits alone, such as those of a file that lost its letters: `????`."""
    blank = r"\s\p{Z}\p{Cc}"  # RE2's \s is white space of ASCII alone
    pattern = rf"^[^\p{{L}}]*[^\p{{L}}{blank}][^\p{{L}}]*$"
    holders = np.setdiff1d(matching(texts, f"[^{blank}]"), matching(texts, r"\p{L}"))
    shown = Counter(" ".join(text.split())[:MAX_SHOWN] for text in texts.take(pa.array(holders)).to_pylist())
    return Finding(NO_LETTER, pattern, holders, fragment_table([(text, n, "") for text, n in shown.items()]))


def _word_counts(texts: pa.Array) -> Counter[str]:
    """Occurrences of every word, in lower case, without punctuation around it."""
    counted = pc.value_counts(pc.utf8_split_whitespace(texts).flatten())
    words: Counter[str] = Counter()
    for word, n in zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True):
        words[word.strip(".,;:!?()[]\"'").lower()] += n
    return words
