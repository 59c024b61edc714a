"""Uploads wait for room, and nobody fills it alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from bowcore.numbers import size
from ui.shell import uploads

KILOBYTE = b"x" * 1_000
SESSIONS = ("ann", "ben", "cleo", "dora")
Send = Callable[..., Coroutine[Any, Any, httpx.Response]]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own holder of files, with room for three of a kilobyte."""
    held = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(
        runtime,
        "get_instance",
        lambda: SimpleNamespace(uploaded_file_mgr=held, is_active_session=lambda name: name in SESSIONS),
    )
    monkeypatch.setattr(uploads, "ROOM", 3_000)
    return held


@pytest.fixture
def middleware() -> uploads.Uploads:
    """It in front of routes that keep what is sent, as Streamlit's do."""

    async def keep(request: Request) -> Response:
        content = await request.body()
        session = request.path_params["session"]
        if session not in SESSIONS:
            return Response(status_code=400)
        runtime.get_instance().uploaded_file_mgr.add_file(
            session, UploadedFileRec(request.path_params["file"], "a.csv", "text/csv", content)
        )
        return Response(status_code=204)

    address = "/_stcore/upload_file/{session}/{file}"
    other = Route("/{path:path}", lambda _: Response("page"), methods=["GET", "DELETE"])
    return uploads.Uploads(Router([Route(address, keep, methods=["PUT"]), other]))


@pytest.fixture
def browser(manager: MemoryUploadedFileManager, middleware: uploads.Uploads) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(middleware), base_url="http://localhost")


@pytest.fixture
def put(browser: httpx.AsyncClient) -> Send:
    """Send a file as Streamlit's uploader does."""

    async def send(
        session: str, file: str, content: bytes | AsyncIterator[bytes] = KILOBYTE, **headers: str
    ) -> httpx.Response:
        return await browser.put(f"/_stcore/upload_file/{session}/{file}", content=content, headers=headers)

    return send


def test_a_third_file_of_a_session_takes_the_place_of_the_oldest(put: Send, manager: MemoryUploadedFileManager) -> None:
    async def bring() -> list[int]:
        return [(await put("ann", file)).status_code for file in ("a", "b", "b", "c")]

    assert asyncio.run(bring()) == [204] * 4
    assert sorted(manager.file_storage["ann"]) == ["b", "c"]


def test_a_session_sends_two_files_at_a_time(put: Send) -> None:
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x"
        await go_on.wait()

    async def bring() -> list[int]:
        slow = [asyncio.create_task(put("ann", file, slowly(), **{"content-length": "1"})) for file in ("a", "b")]
        await asyncio.sleep(0.05)
        refused = [(await put("ann", file)).status_code for file in ("a", "c")]
        go_on.set()
        return [*refused, *[(await one).status_code for one in slow]]

    assert asyncio.run(bring()) == [429, 429, 204, 204]


def test_what_no_page_takes_is_dropped_unless_it_is_small(
    put: Send, manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FORGOTTEN", 0.0)
    monkeypatch.setattr(uploads, "SMALL", 500)

    async def bring() -> None:
        assert (await put("ann", "recipe", b"x" * 500)).status_code == 204
        assert (await put("ann", "corpus")).status_code == 204
        assert (await put("ben", "a", b"x")).status_code == 204

    asyncio.run(bring())
    assert sorted(manager.file_storage["ann"]) == ["recipe"]


def test_nothing_is_remembered_of_files_that_are_gone(
    put: Send, manager: MemoryUploadedFileManager, middleware: uploads.Uploads
) -> None:
    async def bring() -> list[int]:
        answers = [(await put("eve", f"{n}")).status_code for n in range(20)]
        await put("ann", "a")
        manager.remove_session_files("ann")
        await put("ben", "a")
        return answers

    assert asyncio.run(bring()) == [400] * 20, "sessions that nobody has are Streamlit's to refuse"
    assert (list(middleware._arrived), middleware._under_way) == ([("ben", "a")], {})


def test_a_file_waits_until_there_is_room(put: Send, manager: MemoryUploadedFileManager) -> None:
    async def bring() -> httpx.Response:
        for session in ("ann", "ben", "cleo"):
            await put(session, "a")
        fourth = asyncio.create_task(put("dora", "a"))
        await asyncio.sleep(0.3)
        assert not fourth.done()
        assert "dora" not in manager.file_storage
        manager.remove_file("ben", "a")
        return await fourth

    assert asyncio.run(bring()).status_code == 204
    assert manager.file_storage["dora"]["a"].data == KILOBYTE


def test_what_finds_no_room_in_time_is_told_how_much_there_is(put: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.2)

    async def bring() -> httpx.Response:
        for session in ("ann", "ben", "cleo"):
            await put(session, "a")
        return await put("dora", "a")

    answer = asyncio.run(bring())
    assert answer.status_code == 503
    assert answer.text == f"Uploaded files may take {size(3_000)} together, which others fill. Try again in a minute.\n"


def test_files_on_their_way_take_room_and_one_of_unknown_size_takes_the_most(
    put: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.2)
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield KILOBYTE
        await go_on.wait()
        yield KILOBYTE

    async def bring() -> tuple[httpx.Response, httpx.Response]:
        slow = asyncio.create_task(put("ann", "a", slowly()))  # without a length, as nobody knows it
        await asyncio.sleep(0.05)
        refused = await put("ben", "a")
        go_on.set()
        return await slow, refused

    slow, refused = asyncio.run(bring())
    assert (slow.status_code, refused.status_code) == (204, 503)


def test_a_browser_that_falls_silent_gives_its_room_back(
    put: Send, manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SILENCE", 0.2)

    async def stalled() -> AsyncIterator[bytes]:
        yield KILOBYTE
        await asyncio.sleep(5)

    async def bring() -> list[int]:
        silent = asyncio.create_task(put("ann", "a", stalled()))
        await asyncio.sleep(0.05)
        return [(await put("ben", "a")).status_code, (await silent).status_code]

    assert asyncio.run(bring()) == [204, 408]
    assert sorted(manager.file_storage) == ["ben"]


def test_a_trickle_ends_and_a_length_does_not_count_beside_chunks(put: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LONGEST", 0.3)
    monkeypatch.setattr(uploads, "PATIENCE", 0.1)

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.02)

    async def bring() -> list[int]:
        chunked = {"content-length": "1", "transfer-encoding": "chunked"}
        slow = asyncio.create_task(put("ann", "a", trickle(), **chunked))
        await asyncio.sleep(0.05)
        refused = await put("ben", "a")  # as the other may be of any size
        return [(await slow).status_code, refused.status_code]

    assert asyncio.run(bring()) == [408, 503]


def test_a_file_too_slow_to_arrive_in_time_is_given_up_early_and_one_that_is_slow_at_first_is_not(
    put: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "HEAD_START", 1.0)

    async def part(n_bytes: int, seconds: float) -> AsyncIterator[bytes]:
        for _ in range(n_bytes):
            yield b"x"
            await asyncio.sleep(seconds / n_bytes)
        yield b"x" * (1_000 - n_bytes)

    async def bring() -> list[int]:
        slow = asyncio.create_task(put("ann", "a", part(1_000, 20.0), **{"content-length": "1000"}))
        hesitant = asyncio.create_task(put("ben", "a", part(10, 0.15), **{"content-length": "1000"}))
        return [(await slow).status_code, (await hesitant).status_code]

    monkeypatch.setattr(uploads, "LONGEST", 10.0)
    assert asyncio.run(bring()) == [408, 204]


def test_other_requests_pass_where_no_file_would(
    browser: httpx.AsyncClient, manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.0)
    for session in ("ann", "ben", "cleo"):
        manager.add_file(session, UploadedFileRec("a", "a.csv", "text/csv", KILOBYTE))

    async def ask() -> list[str]:
        page, gone = await browser.get("/"), await browser.delete("/_stcore/upload_file/ann/a")
        refused = await browser.put("/_stcore/upload_file/dora/a", content=KILOBYTE)
        return [page.text, gone.text, str(refused.status_code)]

    assert asyncio.run(ask()) == ["page", "page", "503"]
