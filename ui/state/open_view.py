"""What the open view shows: the reader's choices that decide its numbers, which its code takes over."""

from __future__ import annotations

from typing import Any

import streamlit as st


def choose(key: str, view: str) -> None:
    """Record which view is open among those of a key; its settings follow."""
    _views()[key] = view, {}


def settle(key: str, **settings: Any) -> None:
    """Record the settings of the view that is open among those of a key."""
    view, known = _views().get(key, ("", {}))
    _views()[key] = view, known | settings


def find(key: str) -> tuple[str, dict[str, Any]]:
    """The view that is open among those of a key, and its settings; empty before it is drawn."""
    return _views().get(key, ("", {}))


def _views() -> dict[str, tuple[str, dict[str, Any]]]:
    views: dict[str, tuple[str, dict[str, Any]]] = st.session_state.setdefault("open_views", {})
    return views
