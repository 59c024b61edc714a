"""Options of a corpus that follow its name after a question mark: `reviews.csv?body=remark&label=mood`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, quote, urlencode

from bowcore.errors import CorpusError
from bowcore.names import QUOTED, quoted, short, visible
from bowcore.nouns import COMMON, Noun, noun

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
"""Separators by name; any other single character stands for itself."""
QUOTES = {"double": '"', "single": "'", "none": ""}
SEPARATOR_NAMES = {mark: name for name, mark in SEPARATORS.items()}
QUOTE_NAMES = {mark: name for name, mark in QUOTES.items()}
YES_NO = ("yes", "no")
LEAST = 3
"""Texts of a class in the smallest file that can be split in three."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options after the question mark of a corpus name; an empty one is guessed.

    Attributes:
        title: Column of the headlines; `-` for none.
        body: Columns of the texts, joined in that order: `body=question&body=answer`; `-` for none.
        label: Column of the classes.
        config: Part of a data set on the Hub.
        encoding: Encoding of a text file, such as `windows-1252`.
        group: Column of groups that no split may divide, such as the author; `-` for none.
        split: Column that says train, validation or test for each row; `-` for none.
        test: A second file, whose rows are the test split.
        separator: Separator of a table: one character, or a name in `SEPARATORS`.
        quote: Quotation marks around fields: a key of `QUOTES`.
        header: Whether the first row names the columns: yes or no.
        sheet: Sheet of a workbook.
        missing: Labels that mean "no label".
        merge: `yes` merges labels that differ only by spaces, case or the way an accent is written.
        least: Smallest number of texts of a class; rows of smaller classes are left out.
        noun: What one of the texts is called on the screen, such as `review`.
    """

    title: str = ""
    body: tuple[str, ...] = ()
    label: str = ""
    config: str = ""
    encoding: str = ""
    group: str = ""
    split: str = ""
    test: str = ""
    separator: str = ""
    quote: str = ""
    header: str = ""
    sheet: str = ""
    missing: tuple[str, ...] = ()
    merge: str = ""
    least: str = ""
    noun: str = ""

    @property
    def n_least(self) -> int:
        """Smallest number of texts of a class."""
        return int(self.least) if self.least else LEAST

    @property
    def texts_called(self) -> Noun:
        """What the texts are called: the option's noun, or else the first of the common ones."""
        return noun(self.noun or COMMON[0])

    def query(self) -> str:
        """The options as they follow a corpus name, question mark included; '' for none."""
        pairs = [
            (option.name, value) for option in fields(self) for value in _several(getattr(self, option.name)) if value
        ]
        return f"?{urlencode(pairs, quote_via=quote, safe=' /,;:|@')}" if pairs else ""


OPTIONS = tuple(option.name for option in fields(Options))
_SEVERAL = ("body", "missing")
_CHOICES = {"quote": tuple(QUOTES), "header": YES_NO, "merge": YES_NO}


def split_options(name: str) -> tuple[str, Options]:
    """A corpus name without its options, and the options.

    Raises:
        CorpusError: An unknown option, or a value that it cannot have.

    >>> split_options("hub:owner/name?body=remark&label=mood")[1].query()
    '?body=remark&label=mood'
    """
    base, _, query = name.partition("?")
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        pairs = [(query, "")]
    for key, value in pairs:
        given.setdefault(key, []).append(value)
    if not set(given) <= set(OPTIONS) or "=" not in (query or "="):
        raise CorpusError(
            f"Cannot parse {quoted(query)} after the question mark of {visible(base)}; "
            f"the options are {'=…, '.join(OPTIONS)}=…, joined by '&'."
        )
    body, missing = (tuple(value for value in given.pop(key, []) if value) for key in _SEVERAL)
    options = Options(body=body, missing=missing, **{key: values[-1] for key, values in given.items()})
    _check(base, options)
    return base, options


def separator_of(options: Options) -> str:
    """The separator as a character; '' if it is to be guessed."""
    return SEPARATORS.get(options.separator, options.separator)


def _check(base: str, options: Options) -> None:
    if "\0" in f"{base}{options.test}":
        raise CorpusError(
            f"{quoted(base + options.test)} holds a NUL, and no name of a file does. Write its name again."
        )
    base = _shown(base)
    for key, choices in _CHOICES.items():
        if (value := getattr(options, key)) and value not in choices:
            raise CorpusError(f"{key}={_shown(value)} of {base} must be {' or '.join(choices)}.")
    if len(separator_of(options)) > 1:
        raise CorpusError(
            f"separator={_shown(options.separator)} of {base} must be one character, or {', '.join(SEPARATORS)}."
        )
    if options.least and not (options.least.isdecimal() and len(options.least) < 10 and int(options.least) >= 1):
        raise CorpusError(f"least={_shown(options.least)} of {base} must be a number of texts, such as {LEAST}.")
    try:
        _ = options.texts_called
    except ValueError as error:
        raise CorpusError(f"noun={_shown(options.noun)} of {base}: {error}.") from error


def _shown(text: str) -> str:
    return short(visible(text), QUOTED)


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)
