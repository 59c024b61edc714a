"""The steps from words to terms: one row per step, which is its field in `TermsSpec`.

The row is what every link, check and screen uses. The step itself is the function of its name in
`bowcore.text.steps`; a new step needs only these two places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bowcore.errors import RecipeError
from bowcore.recipe.languages import ENGLISH, LANGUAGES
from bowcore.recipe.settings import Option, Setting, choice, is_text, number, setting, settings_of

MASK = "masked_words"
"""The step that is not part of the order: words are masked after all others."""

LONGEST_NAME = 40  # characters of a mask's name, which is shown in the header
MOST_WORDS, LONGEST_WORD = 5_000, 100
"""Words of an own list, and characters of each: every rerun reads them, and Undo keeps fifty recipes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Setting):
    """Metadata of a step over words.

    Attributes:
        off: The value with which the recipe skips the step.
        english: Its values that are made for English; a recipe in another language is without them.
        also_reads: Other fields of `TermsSpec` that the step reads; it gets its own field, these, and no others.
        shown: Its place in the sidebar: a pill in the row `Clean`, a list, or under `More`.
        called: Its name in the middle of a sentence.
    """

    off: Any
    english: tuple[Any, ...] = ()
    also_reads: tuple[str, ...] = ()
    shown: Literal["clean", "list", "more"] = "more"
    called: str


def _step(default: Any, label: str, *options: Option, called: str = "", **known: Any) -> Any:
    """A step's row. `called` defaults to the label; a step is off if False, its first option, or empty."""
    off = options[0].value if options else type(default)()
    row = Step(label=label, options=options, off=off, called=called or label.lower(), **known)
    return field(default=default, metadata={"setting": row})


@dataclass(frozen=True, slots=True)
class TermsSpec:
    """Steps from words to terms, each on one word at a time, masked words, and the length of word groups.

    The steps are listed in their usual order. An `order` that lacks some gets them in their usual places.
    `masked_words` are a named list: terms dropped after all steps, ignoring case.
    """

    lower_case: bool = _step(True, "Lower case", also_reads=("language",), shown="clean", words="lower case")
    possessives: bool = _step(True, "Possessives", english=(True,), shown="clean", words="no possessives")
    punctuation: bool = _step(True, "Punctuation", shown="clean", words="no punctuation")
    digits: bool = _step(True, "Digits", shown="clean", words="no digits")
    ascii_letters: bool = _step(
        False,
        "ASCII letters only",
        called="ASCII letters",
        words="ASCII letters",
        help="The tutorial's rule: everything but a–z becomes a space. Cuts café to caf.",
    )
    contractions: str = _step(
        "keep",
        "Contractions",
        Option("keep", "Kept: don't"),
        Option("split", "Split: do n't", "do n't"),
        Option("cut", "Cut: don", "contractions cut"),
        english=("split", "cut"),
        shown="list",
        help="Decides whether “not” survives. “Cut” is how the tutorial's pipeline treats don't.",
    )
    stop_words: str = _step(
        "keep",
        "Stop words",
        Option("keep", "Kept"),
        Option("spacy", "spaCy's list", "no stop words (spaCy)"),
        Option("scikit-learn", "sklearn's list", "no stop words (sklearn)"),
        Option("own", "My list", "no stop words (mine)"),
        Option("spacy-tokeniser", "Tutorial's", "no stop words (tutorial)"),
        also_reads=("own_stop_words", "language"),
        english=("scikit-learn", "spacy-tokeniser"),
        shown="list",
        help="Drops very common words; both lists also drop not, no, never. “Tutorial's” splits words with spaCy's "
        "tokeniser first, and needs “ASCII letters only”.",
    )
    own_stop_words: tuple[str, ...] = setting((), "My stop list")
    word_forms: str = _step(
        "as-written",
        "Word forms",
        Option("as-written", "As written"),
        Option("stem", "Stem", "stems"),
        Option("lemma-lookup", "Lemma list", "lemmas"),
        also_reads=("language",),
        english=("lemma-lookup",),
        shown="list",
        help="A stem cuts endings; a lemma is the dictionary form: looked up in a table at once, or found by spaCy's "
        "tagger in a job of minutes, once.",
    )
    token_pattern: str = _step(
        "units",
        "Tokens",
        Option("units", "As split"),
        Option("scikit-learn", "scikit-learn's pattern", "sklearn's tokens"),
        called="scikit-learn's token pattern",
        help="scikit-learn's default pattern keeps runs of two or more letters; it cuts don't to don.",
    )
    masked_words: tuple[str, ...] = _step(
        (),
        "Masked words",
        also_reads=("language",),
        help="Dropped after all steps, ignoring case, so that the model cannot rely on them.",
    )
    mask_name: str = setting("", "Name of the mask")
    ngrams: int = number(
        1,
        1,
        3,
        "Word groups",
        options=(Option(1, "1"), Option(2, "1–2", "word groups 1–2"), Option(3, "1–3", "word groups 1–3")),
        help="N-grams: adds neighbouring words, so some word order.",
    )
    language: str = choice(
        "",
        "Language",
        Option("", "Not set"),
        *(
            Option(code, language.name, "" if code == ENGLISH else f"in {language.name}")
            for code, language in sorted(LANGUAGES.items(), key=lambda item: item[1].name)
        ),
        help="Decides the stop list, the stems and how capitals are lowered. Steps made for English are off in other "
        "languages; texts without a language are treated as English.",
        added=True,
    )
    order: tuple[str, ...] = setting(
        (), "Order of steps", help="Steps run from left to right; some orders defeat later steps."
    )

    def __post_init__(self) -> None:
        if isinstance(self.order, tuple) and all(isinstance(name, str) for name in self.order):
            object.__setattr__(self, "order", complete_order(self.order))
        if isinstance(self.language, str) and self.language in LANGUAGES:
            for name in LANGUAGE_DECIDES:
                value, known = getattr(self, name), _values(STEP_TABLE[name])
                # off, not refused: possessives are on by default, and every combination of fields is a recipe
                if value in known and value not in allowed_options(name, self.language):
                    object.__setattr__(self, name, STEP_TABLE[name].off)

    @property
    def is_english(self) -> bool:
        """Whether steps made for English apply: to English, and to texts whose language is not set."""
        return self.language in ("", ENGLISH)


STEP_TABLE: dict[str, Step] = {name: row for name, row in settings_of(TermsSpec).items() if isinstance(row, Step)}
"""All steps by name, in their usual order; masking, which cannot be moved, is last."""

STEPS: tuple[str, ...] = tuple(name for name in STEP_TABLE if name != MASK)
"""The movable steps, in their usual order. Every recipe's `order` is a permutation of them."""


LANGUAGE_DECIDES: tuple[str, ...] = tuple(name for name, step in STEP_TABLE.items() if step.english)
"""Steps that not every language has, or not with every option."""


def complete_order(order: Sequence[str]) -> tuple[str, ...]:
    """The order with each missing step inserted after the one that usually precedes it."""
    found = list(order)
    for place, name in enumerate(STEPS):
        if name not in found:
            found.insert(found.index(STEPS[place - 1]) + 1 if place else 0, name)
    return tuple(found)


def shortest_order(order: tuple[str, ...]) -> tuple[str, ...]:
    """The order without later-added steps that are in their usual places, as before they were added."""
    without = tuple(name for name in order if not STEP_TABLE[name].added)
    return without if complete_order(without) == order else order


def allowed_options(name: str, language: str) -> tuple[Any, ...]:
    """The values that a step can have in a language, in list order; the empty code allows all."""
    step, known = STEP_TABLE[name], LANGUAGES[language or ENGLISH]
    missing = {*([] if known.stop_list else ["spacy"]), *([] if known.stemmer else ["stem"])}
    if language not in ("", ENGLISH):
        missing |= set(step.english)
    return tuple(value for value in _values(step) if value not in missing)


def _values(step: Step) -> tuple[Any, ...]:
    return tuple(option.value for option in step.options) or (False, True)


def check_terms(spec: TermsSpec) -> None:
    """Validate order, lists of words and combinations of steps; own words become a sorted set.

    Raises:
        RecipeError: The first invalid one; the message says what is allowed.
    """
    if not all(isinstance(step, str) for step in spec.order) or sorted(spec.order) != sorted(STEPS):
        raise RecipeError(f"order may name each of these steps once, and no others: {', '.join(STEPS)}.", "order")
    for name in ("own_stop_words", "masked_words"):
        words = getattr(spec, name)
        if not all(isinstance(word, str) and word and is_text(word) for word in words):
            raise RecipeError(f"{name} must be a list of words, none of them empty.", name)
        if len(words) > MOST_WORDS:
            raise RecipeError(
                f"{name} has {len(words):,} words; at most {MOST_WORDS:,} are allowed. Leave some out.", name
            )
        if longest := max((len(word) for word in words if len(word) > LONGEST_WORD), default=0):
            raise RecipeError(
                f"{name} has a word of {longest:,} characters; at most {LONGEST_WORD} are allowed. Put a space or a "
                "comma between words.",
                name,
            )
        object.__setattr__(spec, name, tuple(sorted(set(words))))
    if len(spec.mask_name) > LONGEST_NAME:
        raise RecipeError(
            f"mask_name has {len(spec.mask_name):,} characters, but at most {LONGEST_NAME} are allowed; shorten it.",
            "mask_name",
        )
    if spec.stop_words == "spacy-tokeniser":
        before = spec.order[: spec.order.index("stop_words")]
        if not spec.ascii_letters or "ascii_letters" not in before:
            raise RecipeError(
                "Stop words by spaCy's tokeniser are exact for strings of the letters a–z and apostrophes: switch on "
                "ascii_letters, before stop_words in the order, or remove stop words by a list.",
                "stop_words",
            )
