import socket
from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest
from streamlit import config

from ui.shell import welcome
from ui.state.visitor import teacher_key


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    cards = {"lo": ["127.0.0.1"], "eth0": ["192.168.1.20"], "eth1": ["169.254.0.3"], "off": ["10.0.0.1"]}
    addresses = {
        name: [SimpleNamespace(family=socket.AF_INET, address=address) for address in found]
        + [SimpleNamespace(family=socket.AF_INET6, address="fe80::1")]
        for name, found in cards.items()
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name != "off") for name in cards})
    opened: list[str] = []
    monkeypatch.setattr(welcome.cli_util, "open_browser", opened.append)
    before = {name: config.get_option(name) for name in ("server.headless", "server.address", "server.port")}
    yield opened
    for name, value in before.items():
        config.set_option(name, value)


def test_the_addresses_of_this_computer_and_of_the_room_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    config.set_option("server.port", 8507)
    config.set_option("server.headless", True)
    welcome.welcome()
    assert capsys.readouterr().out.splitlines() == [
        "Bag-of-Words Lab: http://localhost:8507",
        "From other computers: http://192.168.1.20:8507",
        f"As the teacher, from another computer: http://192.168.1.20:8507/teacher/{teacher_key()}",
    ]


def test_a_chosen_address_is_the_only_one(capsys: pytest.CaptureFixture[str]) -> None:
    config.set_option("server.headless", True)
    config.set_option("server.address", "127.0.0.1")
    config.set_option("server.port", 8501)
    welcome.welcome()
    assert capsys.readouterr().out.splitlines() == [
        "Bag-of-Words Lab: http://127.0.0.1:8501",
        f"As the teacher, from another computer: http://127.0.0.1:8501/teacher/{teacher_key()}",
    ]


def test_a_desktop_opens_its_browser(settings: list[str]) -> None:
    config.set_option("server.port", 8501)
    config.set_option("server.headless", True)
    welcome.welcome()
    assert settings == []
    config.set_option("server.headless", False)
    welcome.welcome()
    assert settings == ["http://localhost:8501"]
