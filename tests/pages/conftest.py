"""Every test of a page has a home, and so a runs database, of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.disks import small_disk  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home; AG News is missing from the machine unless a test points at it."""
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    return bowlab_home
