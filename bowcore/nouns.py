"""What the texts of a corpus are called on the screen: articles, messages, reviews.

A sentence names them by `TEXT`, `TEXTS` and `A_TEXT`, which are written as the noun in use: `f"12 {TEXTS}"` is
`12 articles` or `12 reviews`, and `f"{TEXTS:A}"` begins with a capital. A string of a module must not be formatted when
the module is imported: `fill` completes such a template when it is shown.

The noun in use belongs to a context (`contextvars`): each run of a page, each job and each command sets its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from bowcore.names import quoted

LONGEST = 24
"""Signs of a noun."""

Key = TypeVar("Key")

_ARTICLES = re.compile(r"\b([Aa])rticle(s)?\b")

_NOUN = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Noun:
    """A countable noun, for one text and for many."""

    one: str
    many: str

    @property
    def with_article(self) -> str:
        """The noun for one text, after its indefinite article."""
        return f"{'an' if self.one[0].lower() in 'aeiou' else 'a'} {self.one}"


def noun(one: str) -> Noun:
    """A noun with its regular plural.

    Raises:
        ValueError: It is not made of words, or too long.

    >>> noun("review").many, noun("story").many, noun("essay").many, noun("speech").many
    ('reviews', 'stories', 'essays', 'speeches')
    """
    if len(one) > LONGEST or not _NOUN.fullmatch(one):
        raise ValueError(f"{quoted(one[:LONGEST])} must be a noun of at most {LONGEST} letters, such as review")
    if one.endswith("y") and one[-2:-1] not in tuple("aeiou"):
        return Noun(one, f"{one[:-1]}ies")
    return Noun(one, f"{one}es" if one.endswith(("s", "x", "z", "ch", "sh")) else f"{one}s")


def as_noun(typed: str) -> str:
    """What a reader typed as a noun of `noun`: its words in lower case, as many as fit; '' if there is none.

    >>> as_noun(" Tweet! "), as_noun("abstract (2020)"), as_noun("42")
    ('tweet', 'abstract', '')
    """
    words = re.findall(r"[^\W\d_]+", typed.lower())
    while len(" ".join(words)) > LONGEST:
        words.pop()
    return " ".join(words)


ARTICLE = noun("article")
COMMON = ("text", "article", "message", "review", "question", "comment", "post", "essay", "story", "document")
"""Nouns to choose from; any other can be typed."""

_in_use: ContextVar[Noun] = ContextVar("noun", default=ARTICLE)


def use(chosen: Noun) -> None:
    """Use this noun in this context from now on."""
    _in_use.set(chosen)


class Word:
    """A form of the noun in use, written when it is formatted."""

    __slots__ = ("_form",)

    def __init__(self, form: Callable[[Noun], str]) -> None:
        self._form = form

    def __str__(self) -> str:
        return self._form(_in_use.get())

    def __format__(self, spec: str) -> str:
        word = str(self)
        return word[0].upper() + word[1:] if spec == "A" else word


TEXT = Word(lambda noun: noun.one)
TEXTS = Word(lambda noun: noun.many)
A_TEXT = Word(lambda noun: noun.with_article)
VALIDATION_TEXTS = Word(lambda noun: f"validation {noun.many}")


def called(name: str) -> str:
    """A name of a column, a view or an order that contains `article`, with the noun in use in place of it.

    >>> use(noun("review")); called("share of its articles"), called("Articles")
    ('share of its reviews', 'Reviews')
    >>> use(ARTICLE)
    """
    return _ARTICLES.sub(lambda found: format(TEXTS if found[2] else TEXT, "A" if found[1] == "A" else ""), name)


def fill(template: str) -> str:
    """A template of a module with the noun in use in place of `{TEXT}`, `{TEXTS}`, `{A_TEXT}` and their capitals."""
    if "TEXT" not in template:
        return template
    for name, word in (("TEXT", TEXT), ("TEXTS", TEXTS), ("A_TEXT", A_TEXT)):
        template = template.replace(f"{{{name}}}", f"{word}").replace(f"{{{name}:A}}", f"{word:A}")
    return template


class Filled(Mapping[Key, str]):
    """Templates by key, each filled when it is read."""

    def __init__(self, templates: Mapping[Key, str]) -> None:
        self._templates = templates

    def __getitem__(self, key: Key) -> str:
        return fill(self._templates[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._templates)

    def __len__(self) -> int:
        return len(self._templates)
