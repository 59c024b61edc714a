"""Dates and times in the reader's time zone, with its name."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def local_time(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-29 14:05 CET`, in the browser's time zone; in the server's if it gives none."""
    when = datetime.fromtimestamp(seconds).astimezone()
    try:
        return f"{when.astimezone(ZoneInfo(st.context.timezone or '')):%Y-%m-%d %H:%M %Z}"
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a browser may send any name
        return f"{when:%Y-%m-%d %H:%M %Z}"
