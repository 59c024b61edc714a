"""One frozen `Recipe` describes a whole experiment, in the order in which its stages run.

A recipe is made of frozen specs. `Recipe.through` cuts it after a stage, `Recipe.key` digests what is left: two
recipes share a stage's result exactly when their keys through that stage are equal.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import tomllib
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self
from urllib.parse import quote, unquote

import tomli_w

from bowcore.errors import RecipeError
from bowcore.recipe.links import pack, unpack

LINK_VERSION = "1"
LONGEST_NAME = 40  # characters of a mask's name, which stands in the header

Stage = Literal["corpus", "split", "text", "terms", "sample", "vocabulary", "weighting", "network"]

STEPS: tuple[str, ...] = (
    "lower_case",
    "possessives",
    "punctuation",
    "digits",
    "ascii_letters",
    "contractions",
    "stop_words",
    "word_forms",
    "token_pattern",
)
"""The steps over words, in their usual order. Every recipe's `order` is a permutation of them."""

MASK = "masked_words"
"""The step that stands in no order: words are masked when all others are done."""


def _choice(default: str, *others: str) -> Any:
    return field(default=default, metadata={"choices": (default, *others)})


def _number(default: int | float, low: float, high: float) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """Which labelled articles: a built-in name, a file, or `hub:owner/name`."""

    corpus: str = "bbc-news"
    revision: str = ""


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """Seed of the stratified split."""

    split_seed: int = _number(456, 0, 2**32 - 1)


@dataclass(frozen=True, slots=True)
class TextSpec:
    """What is read of an article, whether web leftovers are repaired first, and what its units are.

    Units are words between white space, or the lemmas that a tagger gives each word where it stands.
    """

    text_used: str = _choice("headline+body", "headline")
    repair: bool = False
    units: str = _choice("white-space", "lemmas")


@dataclass(frozen=True, slots=True)
class TermsSpec:
    """Steps from words to terms, each on one word at a time, words masked after them, and the length of word groups.

    `masked_words` are a named list: terms that are dropped when all steps are done, whatever their case.
    """

    lower_case: bool = True
    possessives: bool = True
    punctuation: bool = True
    digits: bool = True
    ascii_letters: bool = False
    contractions: str = _choice("keep", "split", "cut")
    stop_words: str = _choice("keep", "spacy", "scikit-learn", "own", "spacy-tokeniser")
    own_stop_words: tuple[str, ...] = ()
    word_forms: str = _choice("as-written", "stem", "lemma-lookup")
    token_pattern: str = _choice("units", "scikit-learn")
    masked_words: tuple[str, ...] = ()
    mask_name: str = ""
    ngrams: int = _number(1, 1, 3)
    order: tuple[str, ...] = STEPS


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """A seeded, stratified share of the training articles; 0 means all of them.

    With `drop_leaked`, training articles that repeat an article of another split leave first: exact repeats, and
    those that share `leak_similarity` or more of their word groups with a validation article, when it is below 1.
    """

    drop_leaked: bool = False
    leak_similarity: float = _number(1.0, 0.5, 1.0)
    training_articles: int = _number(0, 0, 10**9)
    sample_seed: int = _number(0, 0, 2**32 - 1)


@dataclass(frozen=True, slots=True)
class VocabularySpec:
    """Which terms become columns. Learned from training articles only; `vocabulary_size` 0 means all.

    `unknown` says what happens to occurrences of all other terms: left out, or counted in one column, `<UNK>`.
    """

    min_documents: int = _number(1, 1, 10**9)
    max_document_share: float = _number(1.0, 0.0, 1.0)
    vocabulary_size: int = _number(0, 0, 10**9)
    select_by: str = _choice(
        "term-frequency", "document-frequency", "summed-tfidf", "chi-squared", "mutual-information"
    )
    unknown: str = _choice("leave-out", "unk")


@dataclass(frozen=True, slots=True)
class WeightingSpec:
    """What stands in a cell. The last four fields apply to `tfidf` alone and mean what they mean in scikit-learn."""

    weighting: str = _choice("count", "binary", "tfidf")
    sublinear_tf: bool = False
    use_idf: bool = True
    smooth_idf: bool = True
    norm: str = _choice("l2", "l1", "none")


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """The two-layer network and how it is trained."""

    hidden: int = _number(128, 1, 20_000)
    epochs: int = _number(5, 1, 200)
    batch_size: int = _number(64, 1, 100_000)
    learning_rate: float = _number(0.001, 1e-7, 10.0)
    optimiser: str = _choice("rmsprop", "sgd", "adam", "adam-lazy")
    network_seed: int = _number(0, 0, 2**32 - 1)
    keep: str = _choice("best", "last")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole experiment: specs in stage order."""

    corpus: CorpusSpec = CorpusSpec()
    split: SplitSpec = SplitSpec()
    text: TextSpec = TextSpec()
    terms: TermsSpec = TermsSpec()
    sample: SampleSpec = SampleSpec()
    vocabulary: VocabularySpec = VocabularySpec()
    weighting: WeightingSpec = WeightingSpec()
    network: NetworkSpec = NetworkSpec()

    def __post_init__(self) -> None:
        for stage in STAGES:
            _validate(getattr(self, stage))

    def through(self, stage: Stage) -> Recipe:
        """The recipe with every spec after `stage` set to its default."""
        later = STAGES[STAGES.index(stage) + 1 :]
        return dataclasses.replace(self, **{name: _SPECS[name]() for name in later})

    def key(self, stage: Stage = "network") -> str:
        """Digest of all values up to and including `stage`: 12 hexadecimal digits."""
        kept = STAGES[: STAGES.index(stage) + 1]
        values = {name: dataclasses.asdict(getattr(self, name)) for name in kept}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]

    def change(self, **values: Any) -> Self:
        """A copy with some fields replaced, named without their stage: `recipe.change(lower_case=False)`."""
        by_stage: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            by_stage.setdefault(_stage_of(name), {})[name] = value
        specs = {stage: dataclasses.replace(getattr(self, stage), **new) for stage, new in by_stage.items()}
        return dataclasses.replace(self, **specs)

    def value(self, name: str) -> Any:
        """The value of a field, named without its stage."""
        return getattr(getattr(self, _stage_of(name)), name)

    def values(self) -> dict[str, Any]:
        """Every field by name, in stage order."""
        return {name: self.value(name) for name in FIELDS}

    def to_toml(self) -> str:
        """The recipe as TOML, every value explicit, one table a stage."""
        return tomli_w.dumps({stage: _plain(dataclasses.asdict(getattr(self, stage))) for stage in STAGES})

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """Read TOML with one table a stage; what is left out keeps its default.

        Raises:
            RecipeError: The text is no TOML, or names a stage, field or value that does not exist.
        """
        try:
            tables = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # numbers of thousands of digits and lists in lists raise too
            raise RecipeError(f"This is not valid TOML: {error}. Mend that line, or start from a preset.") from error
        values: dict[str, Any] = {}
        for stage, table in tables.items():
            if stage not in _SPECS or not isinstance(table, dict):
                raise RecipeError(f"'{stage}' is not a part of a recipe; parts are {', '.join(STAGES)}.", stage)
            for name, value in table.items():
                if FIELDS.get(name) != stage:
                    known = ", ".join(f.name for f in fields(_SPECS[stage]))
                    raise RecipeError(f"'{name}' is not a field of '{stage}'; its fields are {known}.", name)
                values[name] = tuple(value) if isinstance(value, list) else value
        return cls().change(**values)

    def to_link(self) -> str:
        """The recipe as one value for a link: a version, then every field with its value.

        Marks that separate fields are percent-encoded inside values; whoever builds the URL encodes the whole. One that
        would be too long for an address is packed.
        """
        parts = [f"{name}={_to_text(value)}" for name, value in self.values().items()]
        return pack(";".join([LINK_VERSION, *parts]))

    @classmethod
    def from_link(cls, link: str) -> Recipe:
        """Read what `to_link` wrote.

        Raises:
            RecipeError: An unknown version, field or value.
        """
        version, *parts = unpack(link).split(";")
        if version != LINK_VERSION:
            raise RecipeError(
                f"This link has recipe version '{version[:20]}', this program reads version {LINK_VERSION}. "
                "Ask for a new link, or start from a preset."
            )
        values = {}
        for part in parts:
            name, _, text = part.partition("=")
            if name not in FIELDS:
                raise RecipeError(f"The link names a field '{name[:40]}' that no recipe has.", name)
            values[name] = _from_text(name, text)
        return cls().change(**values)


_SPECS: dict[str, type] = {
    "corpus": CorpusSpec,
    "split": SplitSpec,
    "text": TextSpec,
    "terms": TermsSpec,
    "sample": SampleSpec,
    "vocabulary": VocabularySpec,
    "weighting": WeightingSpec,
    "network": NetworkSpec,
}
STAGES: tuple[str, ...] = tuple(_SPECS)
FIELDS: dict[str, str] = {f.name: stage for stage, spec in _SPECS.items() for f in fields(spec)}
"""Stage by field name. Names are unique over all stages, so a field can be named without its stage."""

CHOICES: dict[str, tuple[str, ...]] = {
    f.name: f.metadata["choices"] for spec in _SPECS.values() for f in fields(spec) if "choices" in f.metadata
}
"""Allowed values by field name, the default first."""


def _stage_of(name: str) -> str:
    if name not in FIELDS:
        raise RecipeError(f"'{name}' is not a field of a recipe; fields are {', '.join(FIELDS)}.", name)
    return FIELDS[name]


def _validate(spec: Any) -> None:
    for item in fields(spec):
        name = item.name
        default: Any = item.default
        value: Any = getattr(spec, name)
        if type(value) is int and abs(value) > 2**63:  # neither float() nor a message takes any size
            raise RecipeError(f"{name} is too large a number.", name)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
            object.__setattr__(spec, name, value)
        if type(value) is not type(default):
            kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text", tuple: "a list"}
            raise RecipeError(f"{name} = {value!r} must be {kind[type(default)]}.", name)
        if isinstance(value, str) and not _is_text(value):
            raise RecipeError(f"{name} = {value!r} holds half a character.", name)
        choices = item.metadata.get("choices")
        if choices and value not in choices:
            raise RecipeError(f"{name} = {value!r} must be one of {', '.join(choices)}.", name)
        if "low" in item.metadata:
            low, high = item.metadata["low"], item.metadata["high"]
            if not (math.isfinite(value) and low <= value <= high):
                raise RecipeError(f"{name} = {value} must lie between {low:,} and {high:,}.", name)
    if isinstance(spec, TermsSpec):
        _validate_terms(spec)
    if isinstance(spec, CorpusSpec) and not spec.corpus.strip():
        raise RecipeError("corpus is empty; name a corpus such as bbc-news.", "corpus")


def _validate_terms(spec: TermsSpec) -> None:
    if not all(isinstance(step, str) for step in spec.order) or sorted(spec.order) != sorted(STEPS):
        raise RecipeError(f"order must name each of these steps once: {', '.join(STEPS)}.", "order")
    for name in ("own_stop_words", "masked_words"):
        words = getattr(spec, name)
        if not all(isinstance(word, str) and word and _is_text(word) for word in words):
            raise RecipeError(f"{name} must be a list of words, none of them empty.", name)
        object.__setattr__(spec, name, tuple(sorted(set(words))))
    if len(spec.mask_name) > LONGEST_NAME:
        raise RecipeError(
            f"mask_name has {len(spec.mask_name):,} characters, and {LONGEST_NAME} are the most; shorten it.",
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


def _is_text(value: str) -> bool:
    """Whether a browser's text is whole: half of a surrogate pair has no UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(quote(word, safe="") for word in value)
    return quote(value, safe="+:/") if isinstance(value, str) else repr(value)


def _from_text(name: str, text: str) -> Any:
    default = getattr(_SPECS[FIELDS[name]](), name)
    try:
        if isinstance(default, bool):
            return {"1": True, "0": False}[text]
        if isinstance(default, tuple):
            return tuple(unquote(word) for word in text.split(",") if word)
        if isinstance(default, str):
            return unquote(text)
        return type(default)(text)
    except (KeyError, ValueError) as error:
        raise RecipeError(f"The link gives {name} the value '{text[:40]}', which cannot be read.", name) from error
