import socket
from typing import Any

import pytest

from ui.shell import hosts
from ui.state.visitor import FORWARDING


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Teacher-PC.school.lan")


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "LOCALHOST:8501",
        "127.0.0.1:8501",
        "192.168.1.20",
        "[::1]:8501",
        "[fe80::1]",
        "teacher-pc:8501",
        "teacher-pc.school.lan.",
        "teacher-pc.local",
    ],
)
def test_addresses_and_own_names_need_no_setting(header: str) -> None:
    assert hosts.is_served(header, hosts.own_names())


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "user@localhost",
            "localhost/x",
            "a b",
        ),
        *("localhost?", "localhost:port", "[::1", "local\thost", "*", "teacher-pc.evil.example"),
    ],
)
def test_other_names_are_not_served(header: str) -> None:
    assert not hosts.is_served(header, hosts.own_names())


def test_a_pattern_is_every_name_one_level_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_HOSTS", "Lab.example,*.school.example  other.example")
    names = hosts.set_names()
    assert hosts.is_served("lab.example:443", names)
    assert hosts.is_served("other.example", names)
    assert hosts.is_served("bow.school.example", names)
    assert not hosts.is_served("school.example", names)
    assert not hosts.is_served("a.b.school.example", names)
    assert hosts.is_served("any.example", {"*"})


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8"])
def test_programs_on_this_computer_are_known_by_their_address(address: str) -> None:
    scope: dict[str, Any] = {"client": (address, 1)}
    assert hosts.is_this_computer(scope, {})
    for name in FORWARDING:
        assert not hosts.is_this_computer(scope, {name: "x"})


@pytest.mark.parametrize("client", [None, ("192.168.1.20", 1), ("", 0), ("testclient", 1)])
def test_others_are_not(client: tuple[str, int] | None) -> None:
    assert not hosts.is_this_computer({"client": client}, {})
