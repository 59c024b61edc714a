"""How many processes draw pages, and how each is started."""

from __future__ import annotations

import os
from types import SimpleNamespace

import psutil
import pytest
from streamlit import config

from bowcore.memory import cache_budget
from ui.shell import page_processes
from ui.shell.page_processes import ENOUGH_MEMORY, SETTING, PageProcess, n_processes, share_the_cache

GIVEN = ("server.port", "server.maxUploadSize", "server.allowedHosts", "server.trustedUserHeaders")


@pytest.mark.parametrize(
    ("processors", "memory", "expected"),
    [(1, 64_000_000_000, 1), (2, ENOUGH_MEMORY, 2), (2, ENOUGH_MEMORY - 1, 1), (16, 64_000_000_000, 2)],
)
def test_there_are_two_where_there_is_room_for_them(
    processors: int, memory: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=memory))
    assert n_processes() == expected


def test_the_setting_counts_and_must_be_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "4")
    assert n_processes() == 4
    for wrong in ("0", "-1", "two", "1.5", "²"):
        monkeypatch.setenv(SETTING, wrong)
        with pytest.raises(ValueError, match=f"{SETTING} is '{wrong}'; it must be a whole number from 1"):
            n_processes()


def test_another_process_has_the_options_of_this_one_but_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_processes, "Supervised", lambda *_, **__: None)
    process, flag = PageProcess(2, 0.0), "command-line argument or environment variable"
    before = {name: config.get_option(name) for name in GIVEN}
    config.set_option("server.port", 8777, flag)
    config.set_option("server.maxUploadSize", 20, flag)
    config.set_option("server.allowedHosts", ["a.example", "b.example"], flag)
    config.set_option("server.trustedUserHeaders", {"X-User": "name"}, flag)
    try:
        command = process._command()
    finally:
        for name, value in before.items():
            config.set_option(name, value, config.ConfigOption.DEFAULT_DEFINITION)
    assert "--server.maxUploadSize=20" in command and "--server.address=127.0.0.1" in command
    assert [option for option in command if "Hosts" in option] == [
        "--server.allowedHosts=a.example", "--server.allowedHosts=b.example"
    ]  # fmt: skip
    assert '--server.trustedUserHeaders={"X-User": "name"}' in command
    assert [option for option in command if "server.port" in option] == [f"--server.port={process.port}"]
    assert process.port not in (0, 8777)
    assert "--server.headless=true" in command and "--server.sslCertFile=" in command


@pytest.mark.parametrize(("n", "expected"), [("1", 400_000_000), ("2", 180_000_000), ("4", 90_000_000)])
def test_several_cache_a_tenth_less_than_one_together(n: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, n)
    monkeypatch.delenv("BOWLAB_CACHE_MB", raising=False)
    monkeypatch.setattr("bowcore.memory._share", 1.0)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=64_000_000_000))
    share_the_cache()
    assert cache_budget() == expected
