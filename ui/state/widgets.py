"""Keys of widgets whose value something else may change as well: `docs/decisions/0022-widgets-by-key.md`.

No value is ever written into a widget that the browser shows. A widget that is to show another value gets a new key:
its name and a number.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import streamlit as st

Option = TypeVar("Option")


def bind(widget: str, value: Any, take: Callable[[Any], None], *, any_order: bool = False) -> dict[str, Any]:
    """Keyword arguments that tie a widget to `value`; `take` receives the reader's new choice.

    For a value that something else may change as well, and for a widget that is empty again after each answer. The
    widget's first value is to be `value` too.
    """
    key = key_of(widget, value, any_order=any_order)
    return {"key": key, "on_change": report, "args": (widget, key, take)}


def key_of(widget: str, value: Any, *, any_order: bool = False) -> str:
    """The key to draw a widget under that shows `value`.

    It stays as long as the widget shows that value, with `any_order` whatever the order of several choices. Once the
    value was changed by something else, by `undo` or a link, the widget gets a new key and begins with the new value. A
    value written into the widget instead would undo a click made while the page is drawn; and where a page is drawn
    twice in a moment the browser may skip the first time, and with it what was written.
    """
    values = _values()
    shown = st.session_state.get(key(widget), values.get(widget, value))
    if shown != value and not (any_order and sorted(shown) == sorted(value)):
        reset(widget)
    values[widget] = value
    return key(widget)


def key(widget: str) -> str:
    """The key of a widget whose value is the reader's alone, until `reset` replaces it."""
    number = _numbers().get(widget, 0)
    return f"{widget}-{number}" if number else widget


def reset(widget: str) -> None:
    """Let a widget have its first value again: it gets a new key."""
    numbers = _numbers()
    numbers[widget] = numbers.get(widget, 0) + 1


def report(widget: str, reported: str, take: Callable[[Any], None]) -> None:
    """Hand what the reader chose in the widget of the key `reported` to `take`.

    A report of a widget that was replaced is ignored: a browser that has not shown the page to its end reports both. So
    is the value that a widget was drawn with: on a page that was left it is reported until the browser shows the next.
    """
    chosen = st.session_state[reported]
    if reported == key(widget) and chosen != _values()[widget]:
        _values()[widget] = chosen
        take(chosen)


def choice(
    label: str,
    options: Sequence[Option],
    name: str,
    default: Option,
    *,
    format_func: Callable[[Option], str] = str,
    identity: Callable[[Option], Hashable] = lambda option: option,
    on_choose: Callable[[], None] = lambda: None,
) -> Option:
    """A list of what can be clicked in a chart or a table as well: shows what was chosen last, in either.

    A click calls `choose`, in its callback or before the list is drawn.

    Args:
        label: Of the list.
        options: What can be chosen.
        name: Under which the choice is kept.
        default: Shown while nothing was chosen, or what was chosen is no option any more.
        format_func: The text of an option.
        identity: What is kept of an option, where options carry more, such as a count, which may change.
        on_choose: Called after a choice in the list, to clear what was clicked.
    """

    def take(option: Option) -> None:
        choose(name, identity(option))
        on_choose()

    known = {identity(option): option for option in options}
    value = known.get(st.session_state.get(name), default)
    bound = bind(f"{name}_list", value, take)
    chosen: Option = st.selectbox(label, options, options.index(value), format_func=format_func, **bound)
    return chosen


def choose(name: str, identity: Hashable) -> None:
    """Keep what was clicked as the choice of the list of this name."""
    st.session_state[name] = identity


def _numbers() -> dict[str, int]:
    """How often each widget was replaced."""
    numbers: dict[str, int] = st.session_state.setdefault("widget_numbers", {})
    return numbers


def _values() -> dict[str, Any]:
    """The value that each bound widget shows."""
    values: dict[str, Any] = st.session_state.setdefault("widget_values", {})
    return values
