"""Dates and times in the reader's time zone, with its name."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def local_time(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-29 14:05 CET`, in the browser's time zone; in the server's if it gives none."""
    return f"{datetime.fromtimestamp(seconds).astimezone(zone()):%Y-%m-%d %H:%M %Z}"


def zone() -> ZoneInfo | None:
    """The browser's time zone; None for the server's, if it gives none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a browser may send any name
        return None
