"""Numbers and recipes in words, one way everywhere."""

from __future__ import annotations

import re

from bowcore.judge.scores import Share
from bowcore.recipe.recipe import Recipe
from ui.texts import LABELS, STEP_NAMES, option

_SWITCHES = (
    ("repair", "leftovers repaired"),
    ("lower_case", "lower case"),
)
_DROPPED = ("possessives", "punctuation", "digits")
_WORDS: dict[str, dict[object, str]] = {
    "units": {"lemmas": "lemmas by the tagger"},
    "contractions": {"split": "do n't", "cut": "contractions cut"},
    "stop_words": {
        "spacy": "no stop words (spaCy)",
        "scikit-learn": "no stop words (sklearn)",
        "own": "no stop words (mine)",
        "spacy-tokeniser": "no stop words (tutorial)",
    },
    "word_forms": {"stem": "stems", "lemma-lookup": "lemmas"},
    "token_pattern": {"scikit-learn": "sklearn's tokens"},
    "ngrams": {2: "word groups 1–2", 3: "word groups 1–3"},
    "unknown": {"unk": "<UNK>"},
    "weighting": {"binary": "0/1", "count": "counts", "tfidf": "TF-IDF"},
}

_TFIDF = re.compile(r"TF(\\?-)IDF")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
"""Places inside what Streamlit's Markdown takes for an address of the web or of mail."""


def recipe_in_words(recipe: Recipe) -> str:
    """The recipe as a list of what is done, for Markdown: `lower case · no punctuation · TF-IDF 20,000`."""
    parts = [words for name, words in _SWITCHES if recipe.value(name)]
    dropped = [name for name in _DROPPED if recipe.value(name)]
    if dropped:
        parts.append(f"no {', '.join(dropped)}")
    if recipe.value("ascii_letters"):
        parts.append("ASCII letters")
    if recipe.text.text_used == "headline":
        parts.insert(0, "headline only")
    parts += [words[recipe.value(name)] for name, words in _WORDS.items() if recipe.value(name) in words]
    if recipe.vocabulary.vocabulary_size:
        parts[-1] += f" {recipe.vocabulary.vocabulary_size:,}"
    if recipe.terms.masked_words:
        parts.append(masked_in_words(recipe))
    if recipe.sample.drop_leaked:
        parts.append("leaked articles out")
    if recipe.vocabulary.min_documents > 1:
        parts.append(f"in {recipe.vocabulary.min_documents:,}+ articles")
    if recipe.vocabulary.max_document_share < 1:
        parts.append(f"in ≤ {percent(recipe.vocabulary.max_document_share)} of articles")
    return " · ".join(parts)


def masked_in_words(recipe: Recipe) -> str:
    """How many words are masked and what they are called, safe for Markdown: `30 words masked (sources)`."""
    name = f" ({plain(recipe.terms.mask_name)})" if recipe.terms.mask_name else ""
    return f"{counted(len(recipe.terms.masked_words), 'word')} masked{name}"


def changes_in_words(old: Recipe, new: Recipe) -> str:
    """What differs, safe for Markdown: `Stop words: keep → remove`; of a mask alone what it is now."""
    before, after = old.values(), new.values()
    changed = [name for name in after if before[name] != after[name]]
    if changed and set(changed) <= {"masked_words", "mask_name"}:
        return masked_in_words(new) if new.terms.masked_words else "no words masked"
    parts = [
        f"{LABELS[name]}: {_order_in_words(before[name], after[name])}"
        if name == "order"
        else f"{LABELS[name]}: {plain(option(name, before[name]))} → {plain(option(name, after[name]))}"
        for name in changed[:3]
    ]
    if len(changed) > 3:
        parts.append(f"and {len(changed) - 3} more")
    return "; ".join(parts)


def _order_in_words(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Which one step moved, from which place to which, if it was one; all nine twice would fill the header."""
    for step in after:
        if [other for other in before if other != step] == [other for other in after if other != step]:
            return f"{STEP_NAMES[step].lower()} from place {before.index(step) + 1} to {after.index(step) + 1}"
    return "another order"


def counted(n: int, noun: str) -> str:
    """`1 word`, `30 words`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def percent(share: float, digits: int = 1) -> str:
    """`92.4 %`."""
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def empty_share(n_rows: int, n_columns: int, n_nonzero: int) -> str:
    """Share of empty cells, never rounded up to 100 %."""
    share = 1 - n_nonzero / max(n_rows * n_columns, 1)
    return percent(share, 2 if share > 0.99 else 1)


def accuracy_in_words(accuracy: Share) -> str:
    """`92.4 % (91.2–92.4)`: the value and its 95 % interval."""
    return f"{percent(accuracy.value)} ({accuracy.low * 100:.1f}–{accuracy.high * 100:.1f})"


def size(n_bytes: float) -> str:
    """Bytes with a unit, never on two lines: `51.4 GB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 1000 or unit == "GB":
            decimals = 0 if unit == "bytes" or n_bytes >= 100 else 1
            return f"{n_bytes:,.{decimals}f}\N{NO-BREAK SPACE}{unit}"
        n_bytes /= 1000
    raise AssertionError


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, never on two lines."""
    if value < 60:
        return f"{value:.{1 if value < 10 else 0}f}\N{NO-BREAK SPACE}s"
    return f"{int(value) // 60} min {int(value) % 60} s".replace(" ", "\N{NO-BREAK SPACE}")


def points(value: float) -> str:
    """Percentage points with their sign: `+0.3`, `−1.2`, `0.0`."""
    return "0.0" if round(value, 1) == 0 else f"{value:+,.1f}".replace("-", "−")


def p_value_in_words(p_value: float) -> str:
    """`0.13`, `0.004`, `< 0.001`."""
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.3f}" if p_value < 0.01 else f"{p_value:.2f}"


def unbroken(text: str) -> str:
    """Markdown to be read, in which no line ends inside TF-IDF: invisible signs join its hyphen to both sides."""
    return _TFIDF.sub("TF\N{WORD JOINER}\\1\N{WORD JOINER}IDF", text)


def plain(text: str) -> str:
    """Text of a corpus, a link or an error made safe for Markdown: every sign stands for itself.

    Addresses are made links after escapes are read, so an invisible sign that joins words parts them.
    """
    text = _ADDRESS.sub("\N{WORD JOINER}", text)
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:&" else char for char in text)
