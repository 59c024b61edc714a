"""Metadata of a recipe's field: label, help, options, bounds.

It is stored in the field's own row, so that links, checks and every screen find it there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from bowcore.errors import RecipeError
from bowcore.names import quoted


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a field can have: its label in a list, and its words in the header, if any."""

    value: Any
    label: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Metadata of one field.

    Attributes:
        label: Its name on screen.
        help: What a reader should know before choosing, in one or two sentences.
        words: Words in the header if the switch is on.
        options: Allowed values, in list order; the values of an integer field may have labels too.
        bounds: Lowest and highest value of a number.
        added: Whether the field was added when links and results already existed. Its default must change nothing:
            the default is not part of the recipe's key, so that older recipes keep theirs.
    """

    label: str
    help: str = ""
    words: str = ""
    options: tuple[Option, ...] = ()
    bounds: tuple[float, float] | None = None
    added: bool = False

    def choices(self, default: Any) -> tuple[Any, ...]:
        """Allowed values, the default first; none if numbers have bounds or any value is allowed."""
        if self.bounds or not self.options:
            return ()
        return (default, *(option.value for option in self.options if option.value != default))


def setting(default: Any, label: str, **known: Any) -> Any:
    """A field of a spec with its metadata."""
    return field(default=default, metadata={"setting": Setting(label=label, **known)})


def choice(default: str, label: str, *options: Option, **known: Any) -> Any:
    """A field whose value is one of these options."""
    return setting(default, label, options=options, **known)


def number(default: float, low: float, high: float, label: str, **known: Any) -> Any:
    """A numeric field with two bounds."""
    return setting(default, label, bounds=(low, high), **known)


def settings_of(spec: type) -> dict[str, Setting]:
    """Metadata of each field of a spec, by name."""
    return {item.name: item.metadata["setting"] for item in fields(spec)}


def check(spec: Any) -> None:
    """Validate every field of a spec; integers become floats where the default is a float.

    Raises:
        RecipeError: The first invalid value; the message says what is allowed.
    """
    for item in fields(spec):
        name, known = item.name, item.metadata["setting"]
        default: Any = item.default
        value: Any = getattr(spec, name)
        if type(value) is int and abs(value) > 2**63:  # too large for float() and for a message
            raise RecipeError(f"{name} is too large a number.", name)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
            object.__setattr__(spec, name, value)
        if type(value) is not type(default):
            kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text", tuple: "a list"}
            raise RecipeError(f"{name} = {quoted(value)} must be {kind[type(default)]}.", name)
        if isinstance(value, str) and not is_text(value):
            raise RecipeError(f"{name} = {quoted(value)} contains half a character.", name)
        choices = known.choices(default)
        if choices and value not in choices:
            raise RecipeError(f"{name} = {quoted(value)} must be one of {', '.join(choices)}.", name)
        if known.bounds:
            low, high = known.bounds
            if not (math.isfinite(value) and low <= value <= high):
                raise RecipeError(f"{name} = {quoted(value)} must be between {low:,} and {high:,}.", name)


def is_text(value: str) -> bool:
    """Whether a browser's text is valid: half of a surrogate pair has no UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
