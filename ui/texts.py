"""Every word of the interface that stands on more than one page: labels, options, help texts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from unicodedata import bidirectional

from bowcore.corpus.sources import SOURCES
from bowcore.names import in_order, visible
from bowcore.nouns import Filled
from bowcore.people import person
from bowcore.recipe.differences import value_in_words
from bowcore.recipe.recipe import SETTINGS
from bowcore.recipe.steps import MASK, STEPS
from bowcore.store import own_files
from bowcore.store.home import without_folders
from bowcore.text.tagger.words import STEP as TAGGER

LABELS: Mapping[str, str] = Filled({name: known.label for name, known in SETTINGS.items()})
"""Label of each recipe field."""

OPTIONS: dict[str, Mapping[object, str]] = {
    name: Filled({option.value: option.label for option in known.options})
    for name, known in SETTINGS.items()
    if known.options
}
"""Shown text of each value, by field."""

HELP: Mapping[str, str] = Filled({name: known.help for name, known in SETTINGS.items() if known.help})
"""Help text by field."""

STEP_NAMES: dict[str, str] = {name: LABELS[name] for name in STEPS}
"""Names of the steps of `recipe.terms.order`, which can be moved."""

TAGGER_NAME = "Lemma tagger"

TOLD_STEPS: dict[str, str] = {TAGGER: TAGGER_NAME} | STEP_NAMES | {MASK: LABELS[MASK]}
"""Names of all steps; the tagger's is the first, masking the last, and both stay there."""

SIZES: tuple[int, ...] = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 0)
"""Vocabulary sizes to choose from; 0 is all."""

SHARES: tuple[int, ...] = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 0)
"""Numbers of training articles to choose from; 0 is all."""

_TFIDF = re.compile(r"TF(\\?-)IDF")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
"""Places inside what Streamlit's Markdown takes for an address of the web or of mail."""
_PICTURE = re.compile(
    r"(?<=:)(?=[\w+/-]+:)"  # :dog:, :material/delete:, :streamlit:
    r"|(?<=^<-)(?=>)|(?<=\s<-)(?=>)|(?<=^[-<>~])(?=[-=>](?:\s|$))|(?<=\s[-<>~])(?=[-=>](?:\s|$))"
)
"""Places inside what Streamlit's Markdown takes for an emoji, an icon, its logo, an arrow, a dash or a comparison."""
_OWN = "\N{WORD JOINER}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
"""Signs without width that the sentences of this program hold."""
_IN_TEXTS = (
    "\n\t\N{ARABIC LETTER MARK}\N{ZERO WIDTH SPACE}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{WORD JOINER}\ufeff"
)
"""Signs that a text may hold and that harm nothing beyond it."""


def option(field: str, value: object) -> str:
    """What a value of a field is called on screen."""
    return corpus_title(str(value)) if field == "corpus" else value_in_words(field, value)


def language_option(code: object) -> str:
    """What a language of the texts is called on screen."""
    return option("language", code) if code else "Not set: as English"


def corpus_title(name: str) -> str:
    """What a corpus is called on screen: never the secret part of the name of a file that a reader brought."""
    if name.startswith(own_files.PREFIX):
        return own_files.file_name(name)
    return SOURCES[name].provenance.title if name in SOURCES else name


def unbroken(text: str) -> str:
    """Markdown to be read, in which no line ends inside TF-IDF: invisible signs join its hyphen to both sides."""
    return _TFIDF.sub("TF\N{WORD JOINER}\\1\N{WORD JOINER}IDF", text)


def plain(text: str) -> str:
    """Text of a corpus, a link or an error made safe for Markdown: every sign stands for itself.

    Addresses are made links, and `:material/delete:`, `:streamlit:`, `:dog:` and `->` pictures, after escapes are
    read; so an invisible sign that joins words parts them. Controls are shown as signs.
    """
    return isolated(_escaped(visible(text)))


def sentence(text: str) -> str:
    """A sentence of this program that may contain names of a corpus, made safe for Markdown.

    It is read from left to right, whatever the script of the names in it. Guests read no folder of the server in it.
    """
    if ("/" in text or "\\" in text) and not person().is_teacher:
        text = without_folders(text)
    return _escaped(in_order(visible(text, keep=_OWN)))


def readable(text: str) -> str:
    """Words of a text as written, but for controls, which are shown as signs: some turn the rest of a line.

    Ends of lines stay, and invisible signs of which scripts or files make use, such as a right-to-left mark.
    """
    return visible(text, keep=_IN_TEXTS)


def in_html(text: str) -> str:
    """The same, escaped for HTML."""
    return html.escape(readable(text))


def isolated(text: str) -> str:
    """Text of a corpus in a table cell or a sentence, with signs that act as `dir="auto"` does on an element.

    Text with letters that are read from right to left is ordered by itself, and leaves its surroundings in order.
    """
    if text.isascii() or not any(bidirectional(char) in ("R", "AL") for char in text):
        return text
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def _escaped(text: str) -> str:
    text = _PICTURE.sub("\N{WORD JOINER}", _ADDRESS.sub("\N{WORD JOINER}", text))
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:&" else char for char in text)
