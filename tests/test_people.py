"""On whose behalf the program acts, and how long a guest's training may take."""

from __future__ import annotations

import pytest

from bowcore import people
from bowcore.errors import RunError
from bowcore.people import TEACHER, Person, acting, most_seconds, person

GUEST = Person("0123456789abcdef")


def test_outside_of_pages_it_is_the_teacher() -> None:
    assert person() == TEACHER
    with acting(GUEST):
        assert person() == GUEST
    assert person() == TEACHER


def test_a_server_of_pages_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_find", people._find)  # put back at the end
    people.find_by(lambda: GUEST)
    assert person() == GUEST
    with acting(TEACHER):
        assert person().is_teacher


def test_only_guests_have_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_seconds() == float("inf")
    with acting(GUEST):
        assert most_seconds() == 600
        monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "90")
        assert most_seconds() == 90
        monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "long")
        with pytest.raises(RunError, match="BOWLAB_GUEST_SECONDS must be a number"):
            most_seconds()
