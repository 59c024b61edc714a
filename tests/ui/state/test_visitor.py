"""Who is the teacher: by the connection, the headers of proxies, and the key."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import psutil
import pytest

from bowcore.people import TEACHER, Person, acting
from ui.state import visitor


def context(address: str | None, headers: dict[str, str] | None = None, **cookies: str) -> SimpleNamespace:
    """What Streamlit knows of a connection."""
    named = {name.replace("_", "-"): value for name, value in cookies.items()}
    return SimpleNamespace(ip_address=address, headers=headers or {}, cookies=named)


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A page is drawn by a server with a new key."""
    monkeypatch.setattr(visitor, "get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr(visitor.st, "session_state", {})
    monkeypatch.delenv("BOWLAB_TEACHER_KEY", raising=False)
    monkeypatch.delenv("BOWLAB_TEACHER", raising=False)
    visitor.teacher_key.cache_clear()
    yield
    visitor.teacher_key.cache_clear()


def own_addresses() -> set[str]:
    return {item.address.partition("%")[0] for items in psutil.net_if_addrs().values() for item in items}


@pytest.mark.parametrize("address", [None, "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_whoever_sits_at_the_computer_is_the_teacher(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor.st, "context", context(address))
    assert visitor.visitor() == TEACHER


def test_the_computers_own_address_in_the_network_is_the_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in own_addresses():
        if address.count(".") == 3:
            monkeypatch.setattr(visitor.st, "context", context(address))
            assert visitor.visitor() == TEACHER


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7", "0.0.0.0", "no address"])
def test_another_computer_is_a_guests(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address not in own_addresses()
    monkeypatch.setattr(visitor.st, "context", context(address, bowlab_browser="first"))
    guest = visitor.visitor()
    assert not guest.is_teacher
    assert len(guest.id) == 16
    assert "first" not in guest.id


@pytest.mark.parametrize("header", visitor.FORWARDING)
def test_behind_a_proxy_nobody_sits_at_the_computer(header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor.st, "context", context(None, {header: "127.0.0.1"}))
    assert not visitor.visitor().is_teacher


def test_by_the_setting_only_the_key_makes_a_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_TEACHER", "key")
    monkeypatch.setattr(visitor.st, "context", context(None))
    assert not visitor.visitor().is_teacher
    proof = visitor.proof_of(visitor.teacher_key())
    monkeypatch.setattr(visitor.st, "context", context(None, bowlab_teacher=proof))
    assert visitor.visitor() == TEACHER


def test_a_cookie_that_proves_another_key_is_a_guests(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in ("", "é", visitor.teacher_key(), visitor.proof_of("another key")):
        monkeypatch.setattr(visitor.st, "context", context("198.51.100.7", bowlab_teacher=kept))
        assert not visitor.visitor().is_teacher


def test_browsers_are_people_and_one_without_cookies_is_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for browser in ("first", "second", "first"):
        monkeypatch.setattr(visitor.st, "context", context("198.51.100.7", bowlab_browser=browser))
        found.append(visitor.visitor())
    assert found[0] == found[2] != found[1]
    monkeypatch.setattr(visitor.st, "context", context("198.51.100.7"))
    monkeypatch.setattr(visitor.st, "session_state", {})
    assert visitor.visitor() == visitor.visitor()
    assert visitor.visitor() not in found


def test_whoever_closes_the_browser_in_the_middle_of_a_run_stays_who_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    host = {"host": "lab.example"}
    for before in (context("198.51.100.7", host, bowlab_browser="first"), context("127.0.0.1", host)):
        monkeypatch.setattr(visitor.st, "session_state", {})
        monkeypatch.setattr(visitor.st, "context", before)
        who = visitor.visitor()
        monkeypatch.setattr(visitor.st, "context", context(None))
        assert visitor.visitor() == who
    assert who == TEACHER


def test_guests_are_numbered_as_they_come_and_forgotten_a_day_after_they_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    for name, value in (("_seen", {}), ("_numbers", {}), ("_arrivals", count(1))):
        monkeypatch.setattr(visitor, name, value)
    monkeypatch.setattr(visitor.time, "monotonic", lambda: clock[0])

    def come(who: Person, at: float) -> None:
        clock[0] = at
        with acting(who):
            visitor.note()

    come(TEACHER, 0)
    assert visitor.n_guests() == 0
    come(Person("ann"), 10)
    come(Person("bob"), 20)
    come(Person("ann"), 30)
    assert [visitor.called(one) for one in ("ann", "bob", "cid", "")] == [
        "guest 1",
        "guest 2",
        "an earlier guest",
        "you",
    ]
    assert visitor.n_guests() == 2
    come(Person("ann"), 3640)
    assert visitor.n_guests() == 1, "bob has not clicked for an hour"
    assert visitor.called("bob") == "guest 2"
    come(Person("cid"), 86_500)
    assert [visitor.called(one) for one in ("ann", "bob", "cid")] == ["guest 1", "an earlier guest", "guest 3"]


def test_keys_differ_from_start_to_start_and_one_that_is_set_is_long_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = visitor.teacher_key()
    assert visitor.shown_key() == drawn == visitor.teacher_key()
    visitor.teacher_key.cache_clear()
    assert visitor.teacher_key() != drawn
    visitor.teacher_key.cache_clear()
    monkeypatch.setenv("BOWLAB_TEACHER_KEY", "a long key")
    assert (visitor.teacher_key(), visitor.shown_key()) == ("a long key", "…")
    visitor.teacher_key.cache_clear()
    monkeypatch.setenv("BOWLAB_TEACHER_KEY", "short")
    with pytest.raises(ValueError, match="has 5 signs; at least 8"):
        visitor.teacher_key()
