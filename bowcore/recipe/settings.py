"""What the program knows of a field of the recipe beside its value: label, help, options, bounds.

It stands in the field's own row, so that links, checks and every screen find it there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from bowcore.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a field can have: its label in a list, and what the header says of it, if anything."""

    value: Any
    label: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of one field.

    Attributes:
        label: Its name on screen.
        help: What a reader should know before choosing, one sentence or two.
        words: What the header says of a switch that is on.
        options: The values to choose from, in the order of the list; the values of a whole number may have labels too.
        bounds: Lowest and highest value of a number.
        added: Whether the field came when there were links and results already. Its default must change nothing:
            while it has it, it has no part in the recipe's key, so that older recipes keep theirs.
    """

    label: str
    help: str = ""
    words: str = ""
    options: tuple[Option, ...] = ()
    bounds: tuple[float, float] | None = None
    added: bool = False

    def choices(self, default: Any) -> tuple[Any, ...]:
        """The values that are allowed, the default first; none where numbers have bounds, or where any value is."""
        if self.bounds or not self.options:
            return ()
        return (default, *(option.value for option in self.options if option.value != default))


def setting(default: Any, label: str, **known: Any) -> Any:
    """A field of a spec, and what is known of it."""
    return field(default=default, metadata={"setting": Setting(label=label, **known)})


def choice(default: str, label: str, *options: Option, **known: Any) -> Any:
    """A field that has one of these options as its value."""
    return setting(default, label, options=options, **known)


def number(default: float, low: float, high: float, label: str, **known: Any) -> Any:
    """A field that is a number between two bounds."""
    return setting(default, label, bounds=(low, high), **known)


def settings_of(spec: type) -> dict[str, Setting]:
    """What is known of each field of a spec, by name."""
    return {item.name: item.metadata["setting"] for item in fields(spec)}


def check(spec: Any) -> None:
    """Refuse a value that its field cannot have; a whole number becomes a number where one is meant.

    Raises:
        RecipeError: The first such value, with what would do.
    """
    for item in fields(spec):
        name, known = item.name, item.metadata["setting"]
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
        if isinstance(value, str) and not is_text(value):
            raise RecipeError(f"{name} = {value!r} holds half a character.", name)
        choices = known.choices(default)
        if choices and value not in choices:
            raise RecipeError(f"{name} = {value!r} must be one of {', '.join(choices)}.", name)
        if known.bounds:
            low, high = known.bounds
            if not (math.isfinite(value) and low <= value <= high):
                raise RecipeError(f"{name} = {value} must lie between {low:,} and {high:,}.", name)


def is_text(value: str) -> bool:
    """Whether a browser's text is whole: half of a surrogate pair has no UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
