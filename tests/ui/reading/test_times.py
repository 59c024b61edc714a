import time
from types import SimpleNamespace

import pytest
import streamlit as st

from ui.reading.times import local_time

NOON = 1_782_907_200.0
"""2026-07-01 12:00:00 UTC."""


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", "2026-07-01 14:00 CEST"),
        ("America/New_York", "2026-07-01 08:00 EDT"),
        ("UTC", "2026-07-01 12:00 UTC"),
    ],
)
def test_a_time_is_in_the_zone_of_the_reader_and_names_it(
    zone: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(timezone=zone))
    assert local_time(NOON) == expected


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Town", "../../etc/passwd", "a\0b", "x" * 5000])
def test_without_a_valid_zone_it_is_the_servers(zone: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(timezone=zone))
    assert local_time(NOON) == time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(NOON))
