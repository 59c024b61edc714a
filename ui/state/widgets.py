"""Keys of widgets whose value something else may change as well: `docs/decisions/0022-widgets-by-key.md`.

No value is ever written into a widget that the browser shows. A widget that is to show another value gets a new key:
its name and a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

import streamlit as st

from ui.state import address

Option = TypeVar("Option")
Choice = TypeVar("Choice", bound=Hashable)


class _New(NamedTuple):
    """A widget that a session binds for the first time: what takes a choice, and whether its order is ignored."""

    take: Callable[[Any], None]
    any_order: bool
    follows: bool
    """Whether the page's value holds against what a browser shows of an earlier session."""


def bind(
    widget: str,
    value: Any,
    take: Callable[[Any], None],
    *,
    any_order: bool = False,
    text: str = "",
    follows: bool = False,
) -> dict[str, Any]:
    """Keyword arguments that tie a widget to `value`; `take` receives the reader's new choice.

    For a value that something else may change as well, and for a widget that is cleared after each answer. `value` must
    also be the widget's initial value. Give its `text` where the same option may read otherwise later, as one with a
    count or a name that can be edited: a list's value travels as its text, and the browser would keep the old one. A
    value that `follows` something else, as one that all share does, is never taken from a session that is gone.
    """
    shown = _texts().get(widget, (value, text))
    if shown[0] == value and shown[1] != text:
        reset(widget)
    _texts()[widget] = value, text
    if widget not in _values():
        _new()[widget] = _New(take, any_order, follows)
    key = key_of(widget, value, any_order=any_order)
    return {"key": key, "on_change": report, "args": (widget, key, take)}


def key_of(widget: str, value: Any, *, any_order: bool = False) -> str:
    """The key under which to draw a widget that shows `value`.

    It stays as long as the widget shows that value; with `any_order`, the order of several choices is ignored. Once
    something else, such as `undo` or a link, has changed the value, the widget gets a new key and starts with the new
    value. Writing a value into the widget instead would undo a click made while the page is drawn; and if a page is
    drawn twice in quick succession, the browser may skip the first run, and with it the value written.
    """
    values = _values()
    if _differ(st.session_state.get(key(widget), values.get(widget, value)), value, any_order=any_order):
        reset(widget)
    values[widget] = value
    return key(widget)


def key(widget: str) -> str:
    """The key of a widget whose value only the reader changes, until `reset` replaces it."""
    number = _numbers().get(widget, 0)
    return f"{widget}-{number}" if number else widget


def reset(widget: str) -> None:
    """Give a widget a new key, so that it starts with its initial value."""
    numbers = _numbers()
    numbers[widget] = numbers.get(widget, 0) + 1


def report(widget: str, reported: str, take: Callable[[Any], None]) -> None:
    """Pass the reader's choice in the widget with the key `reported` to `take`.

    A report of a replaced widget is ignored: a browser that has not finished showing the page reports both. So is
    the value that a widget was drawn with: after leaving a page it is reported until the browser shows the next one.
    """
    chosen = st.session_state[reported]
    if reported == key(widget) and chosen != _values()[widget]:
        _values()[widget] = chosen
        take(chosen)


def has_unreported() -> bool:
    """Whether a widget that this session has just drawn for the first time shows another choice than the page.

    Asked at the end of a run. A browser that finds its session gone sends what its widgets show, and the reader may
    click before the new session has drawn them. Streamlit reports neither as a change. `take_unreported` takes such
    choices in the next run.
    """
    new = {widget: one for widget, one in _new().items() if not _is_drawn(widget) or _is_unreported(widget, one)}
    st.session_state["new_widgets"] = new
    return any(map(_is_drawn, new))


def take_unreported() -> None:
    """Take the choices that new widgets showed in the run before; the shell calls this once the recipe is known."""
    new = _new()
    for widget in list(filter(_is_drawn, new)):
        one = new.pop(widget)  # each by itself: taking one may fail, or be interrupted by a click
        if _is_unreported(widget, one) and one.follows:
            reset(widget)
        elif _is_unreported(widget, one):
            report(widget, key(widget), one.take)


def choice(
    label: str,
    options: Sequence[Choice],
    name: str,
    default: Choice,
    *,
    format_func: Callable[[Choice], str] = str,
    on_choose: Callable[[], None] = lambda: None,
) -> Choice:
    """A list of options that can also be clicked in a chart or a table; it shows the last choice from either.

    A click calls `choose` in its callback.

    Args:
        label: Label of the list.
        options: The options.
        name: Name under which the choice is stored.
        default: Shown if nothing was chosen yet, or the choice is no longer an option.
        format_func: The text of an option.
        on_choose: Called after a choice in the list, to clear the click.
    """

    def take(option: Choice) -> None:
        choose(name, option)
        on_choose()

    known = {_exact(option): option for option in options}
    value = known.get(address.choice(name), default)
    bound = bind(f"{name}_list", value, take, text=format_func(value))
    chosen: Choice = st.selectbox(label, options, options.index(value), format_func=format_func, **bound)
    return chosen


def choose(name: str, identity: Hashable) -> None:
    """Store what was clicked as the choice of the list of this name."""
    address.choose(name, _exact(identity))


def carried(
    name: str,
    options: Sequence[Option],
    default: Option,
    *,
    follows_recipe: bool = False,
    format_func: Callable[[Option], str] | None = None,
) -> tuple[Option, dict[str, Any]]:
    """The option chosen under this name, and keyword arguments of the widget that offers the options.

    The address carries the choice if `ui.state.address` lists its name. The default is not written, unless it
    `follows_recipe`: another recipe must not replace what was chosen. Give `format_func` where texts can change.
    """
    value = {as_text(option): option for option in options}.get(address.choice(name), default)

    def take(option: Option) -> None:
        address.choose(name, "" if option == default and not follows_recipe else as_text(option))

    return value, bind(name, value, take, text="" if format_func is None else format_func(value))


def carried_text(name: str) -> tuple[str, dict[str, Any]]:
    """The same for a text that is typed, such as a filter."""
    value = address.choice(name)
    return value, bind(name, value, lambda text: address.choose(name, text))


def carried_switch(name: str) -> tuple[bool, dict[str, Any]]:
    """The same for a box that is initially not ticked."""
    value = bool(address.choice(name))
    return value, bind(name, value, lambda ticked: address.choose(name, "yes" if ticked else ""))


def as_text(value: Hashable) -> str:
    """An option as text for the address: `Word list` is `word-list`, the pair (0, 3) is `0.3`."""
    return re.sub(r"[^\w.]+", "-", value.lower()).strip("-") if isinstance(value, str) else _exact(value)


def _exact(value: Hashable) -> str:
    """The same for options such as terms, of which several can differ by a sign alone."""
    return ".".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _is_drawn(widget: str) -> bool:
    return key(widget) in st.session_state


def _is_unreported(widget: str, new: _New) -> bool:
    return _is_drawn(widget) and _differ(st.session_state[key(widget)], _values()[widget], any_order=new.any_order)


def _differ(shown: Any, value: Any, *, any_order: bool) -> bool:
    return bool(shown != value and not (any_order and sorted(shown) == sorted(value)))


def _new() -> dict[str, _New]:
    """The widgets bound for the first time in this session whose choices were not looked at since."""
    new: dict[str, _New] = st.session_state.setdefault("new_widgets", {})
    return new


def _numbers() -> dict[str, int]:
    """Number of times each widget was replaced."""
    numbers: dict[str, int] = st.session_state.setdefault("widget_numbers", {})
    return numbers


def _values() -> dict[str, Any]:
    """The value that each bound widget shows."""
    values: dict[str, Any] = st.session_state.setdefault("widget_values", {})
    return values


def _texts() -> dict[str, tuple[Any, str]]:
    """The value of each bound widget when it was drawn last, and how it read."""
    texts: dict[str, tuple[Any, str]] = st.session_state.setdefault("widget_texts", {})
    return texts
