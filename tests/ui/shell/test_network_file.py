"""The address of a network's archive."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from bowcore.errors import DatabaseError
from bowcore.store import artefacts
from bowcore.tasks.export_network import FILE, KIND
from ui.shell import network_file

KEY = "0123456789abcdef01234567"
APP = Starlette(routes=[Route(f"/{network_file.PATH}/{{key}}", network_file.answer)])
N_BYTES = 40_000_000


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> None:
    """A home without a network."""


def keep(content: bytes = b"PK weights") -> None:
    artefacts.store(f"{KIND}-{KEY}", lambda folder: (folder / FILE).write_bytes(content))


def address(key: str = KEY) -> str:
    return f"/{network_file.address(key)}"


def test_the_file_is_sent_under_its_name_whole_or_from_where_it_was_broken_off() -> None:
    keep()
    with TestClient(APP) as asking:
        whole, rest = asking.get(address()), asking.get(address(), headers={"Range": "bytes=3-"})
        head = asking.head(address())
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"PK weights", "application/zip")
    assert whole.headers["content-disposition"] == 'attachment; filename="network.zip"'
    assert whole.headers["cache-control"] == "private, no-cache"
    assert (rest.status_code, rest.content) == (206, b"weights")
    assert (head.headers["content-length"], head.content) == ("10", b"")


@pytest.mark.parametrize("key", ["f" * 24, KEY[:16], f"{KIND}-{KEY}", "..%2f..%2fruns.sqlite", "%00"])
def test_any_other_key_is_answered_with_a_sentence(key: str) -> None:
    keep()
    with TestClient(APP) as asking:
        found = asking.get(address(key))
    assert found.status_code == 404
    assert found.text in (network_file.GONE, "Not Found")  # a path of several parts is no address at all


def test_a_fault_of_the_database_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise DatabaseError("/home/teacher/runs.sqlite is locked.")

    monkeypatch.setattr(network_file, "find_archive", fail)
    with TestClient(APP) as asking:
        found = asking.get(address())
    assert (found.status_code, found.text) == (503, network_file.FAILS)


def ask(on_body: Callable[[int], None]) -> None:
    """Ask for the file as a server does, without keeping what is sent."""

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        on_body(len(message.get("body", b"")))

    scope = {"type": "http", "method": "GET", "path": address(), "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(APP(scope | {"asgi": {"spec_version": "2.4"}}, receive, send))


def test_a_large_file_takes_no_memory_of_the_server() -> None:
    keep(bytes(N_BYTES))
    sent: list[int] = []
    ask(sent.append)  # the first time its digest is compared
    sent.clear()
    tracemalloc.start()
    ask(sent.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(sent) == N_BYTES
    assert peak < N_BYTES / 10


def test_a_file_that_is_deleted_while_it_is_sent_arrives_whole() -> None:
    keep(bytes(1_000_000))
    sent: list[int] = []

    def delete_in_between(n_bytes: int) -> None:
        sent.append(n_bytes)
        if sum(sent) > 0:
            artefacts.remove(f"{KIND}-{KEY}")

    ask(delete_in_between)
    assert sum(sent) == 1_000_000
    with TestClient(APP) as asking:
        assert asking.get(address()).text == network_file.GONE
