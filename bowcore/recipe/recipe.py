"""A frozen `Recipe` describes a whole experiment, in the order of its stages.

A recipe consists of frozen specs. `Recipe.through` truncates it after a stage, `Recipe.key` digests the rest: two
recipes share a stage's result exactly if their keys through that stage are equal.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

import tomli_w

from bowcore.errors import RecipeError
from bowcore.names import quoted
from bowcore.recipe.blocks import BlocksSpec, check_blocks
from bowcore.recipe.link_presets import LINK_PRESETS
from bowcore.recipe.links import from_text, pack, to_text, unpack
from bowcore.recipe.settings import Setting, check, settings_of
from bowcore.recipe.specs import (
    CorpusSpec,
    NetworkSpec,
    SampleSpec,
    SplitSpec,
    TextSpec,
    VocabularySpec,
    WeightingSpec,
)
from bowcore.recipe.steps import TermsSpec, check_terms, shortest_order
from bowcore.recipe.toml import parse_toml

COMPLETE = "1"
"""Version of a link that names no preset and contains every field."""
LINK_VERSION = max(LINK_PRESETS, key=int)
"""Version in which links are written."""

KEY_DIGITS, EARLIER_KEY_DIGITS = 24, 12
"""Hexadecimal digits of a recipe's key. With 24 it takes 2^48 tries to find two recipes with one
key, with the 12 of an earlier version 2^24. Links to kept recipes may have either."""

LONGEST = {"corpus": 4_000, "revision": 200}
"""Characters of the names that a recipe takes from outside: every run of a page reads and writes them."""

Stage = Literal["corpus", "split", "text", "terms", "sample", "vocabulary", "weighting", "blocks", "network"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole experiment: specs in stage order."""

    corpus: CorpusSpec = field(default_factory=CorpusSpec)
    split: SplitSpec = field(default_factory=SplitSpec)
    text: TextSpec = field(default_factory=TextSpec)
    terms: TermsSpec = field(default_factory=TermsSpec)
    sample: SampleSpec = field(default_factory=SampleSpec)
    vocabulary: VocabularySpec = field(default_factory=VocabularySpec)
    weighting: WeightingSpec = field(default_factory=WeightingSpec)
    blocks: BlocksSpec = field(default_factory=BlocksSpec)
    network: NetworkSpec = field(default_factory=NetworkSpec)

    def __post_init__(self) -> None:
        for stage in STAGES:
            check(getattr(self, stage))
        check_terms(self.terms)
        check_blocks(self.blocks)
        if not self.corpus.corpus.strip():
            raise RecipeError("corpus is empty; name a corpus such as bbc-news.", "corpus")
        for name, longest in LONGEST.items():
            if (n := len(getattr(self.corpus, name))) > longest:
                raise RecipeError(f"{name} has {n:,} characters; at most {longest:,} are allowed. Shorten it.", name)

    def through(self, stage: Stage) -> Recipe:
        """The recipe with every spec after `stage` set to its default."""
        later = STAGES[STAGES.index(stage) + 1 :]
        return dataclasses.replace(self, **{name: _SPECS[name]() for name in later})

    def key(self, stage: Stage = "network") -> str:
        """Digest of all values up to and including `stage`: `KEY_DIGITS` hexadecimal digits."""
        kept = STAGES[: STAGES.index(stage) + 1]
        values = {name: found for name in kept if (found := _key_values(getattr(self, name)))}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:KEY_DIGITS]

    def change(self, **values: Any) -> Self:
        """A copy with some fields changed, named without their stage: `recipe.change(lower_case=False)`."""
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
        """The recipe as TOML, every value explicit, one table per stage."""
        return tomli_w.dumps({stage: _plain(dataclasses.asdict(getattr(self, stage))) for stage in STAGES})

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """A recipe from TOML with one table per stage; missing fields keep their defaults.

        Raises:
            RecipeError: The text is not TOML, or names a stage, field or value that does not exist.
        """
        values: dict[str, Any] = {}
        for stage, table in parse_toml(text).items():
            if stage not in _SPECS or not isinstance(table, dict):
                raise RecipeError(f"{quoted(stage)} is not a part of a recipe; parts are {', '.join(STAGES)}.", stage)
            for name, value in table.items():
                if FIELDS.get(name) != stage:
                    known = ", ".join(f.name for f in fields(_SPECS[stage]))
                    raise RecipeError(f"{quoted(name)} is not a field of '{stage}'; its fields are {known}.", name)
                values[name] = tuple(value) if isinstance(value, list) else value
        return cls().change(**values)

    def to_link(self) -> str:
        """The recipe as one value for a link: version, the nearest preset of that version, and what differs from it.

        Separators are percent-encoded inside values; whoever builds the URL encodes the whole. A link that
        would be too long for an address is packed.
        """
        values = self.values()

        def from_preset(name: str, preset: Recipe) -> str:
            parts = (f"{field}={to_text(value)}" for field, value in values.items() if value != preset.value(field))
            return ";".join([LINK_VERSION, name, *parts])

        return pack(min((from_preset(*known) for known in _link_presets(LINK_VERSION).items()), key=len))

    @classmethod
    def from_link(cls, link: str) -> Recipe:
        """A recipe from a value written by `to_link`, in any version.

        Raises:
            RecipeError: An unknown version, preset, field or value.
        """
        version, *parts = unpack(link).split(";")
        recipe = cls()
        if version in LINK_PRESETS:
            name, *parts = parts or [""]
            presets = _link_presets(version)
            if name not in presets:
                raise RecipeError(
                    f"The link starts from a preset {quoted(name)}, but presets are {', '.join(presets)}.", "preset"
                )
            recipe = presets[name]
        elif version != COMPLETE:
            raise RecipeError(
                f"This link has recipe version {quoted(version[:20])}, but this program reads versions {COMPLETE} to "
                f"{LINK_VERSION}. Ask for a new link, or start from a preset."
            )
        return recipe.change(**_values_of(dict(part.partition("=")[::2] for part in parts)))


_SPECS: dict[str, type] = {
    "corpus": CorpusSpec,
    "split": SplitSpec,
    "text": TextSpec,
    "terms": TermsSpec,
    "sample": SampleSpec,
    "vocabulary": VocabularySpec,
    "weighting": WeightingSpec,
    "blocks": BlocksSpec,
    "network": NetworkSpec,
}
STAGES: tuple[str, ...] = tuple(_SPECS)
FIELDS: dict[str, str] = {f.name: stage for stage, spec in _SPECS.items() for f in fields(spec)}
"""Stage by field name. Names are unique across stages, so a field can be named without its stage."""

SETTINGS: dict[str, Setting] = {name: known for spec in _SPECS.values() for name, known in settings_of(spec).items()}
"""Settings of each field, by name."""

DEFAULTS: dict[str, Any] = {name: getattr(spec(), name) for spec in _SPECS.values() for name in settings_of(spec)}

CHOICES: dict[str, tuple[str, ...]] = {
    name: choices for name, known in SETTINGS.items() if (choices := known.choices(DEFAULTS[name]))
}
"""Allowed values by field name, the default first."""


def _stage_of(name: str) -> str:
    if name not in FIELDS:
        raise RecipeError(f"{quoted(name)} is not a field of a recipe; fields are {', '.join(FIELDS)}.", name)
    return FIELDS[name]


@functools.cache
def _link_presets(version: str) -> dict[str, Recipe]:
    """The presets as links of this version mean them."""
    return {name: Recipe().change(**_values_of(texts)) for name, texts in LINK_PRESETS[version].items()}


def _values_of(texts: dict[str, str]) -> dict[str, Any]:
    """The values of fields in a link."""
    for name in texts:
        if name not in FIELDS:
            raise RecipeError(f"The link names a field {quoted(name)} that no recipe has.", name)
    return {name: from_text(name, text, DEFAULTS[name]) for name, text in texts.items()}


def _key_values(spec: Any) -> dict[str, Any]:
    """The values included in a key: all except later additions that still have their default."""
    values: dict[str, Any] = dataclasses.asdict(spec)
    if isinstance(spec, TermsSpec):
        values["order"] = shortest_order(spec.order)
    return {name: value for name, value in values.items() if not SETTINGS[name].added or value != DEFAULTS[name]}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
