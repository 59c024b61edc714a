"""Uploads wait for room, and nobody fills it alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from bowcore.numbers import size
from ui.shell import uploads

KILOBYTE = b"x" * 1_000
Send = Callable[..., Coroutine[Any, Any, httpx.Response]]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own holder of files, with room for three of a kilobyte."""
    held = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=held))
    monkeypatch.setattr(uploads, "ROOM", 3_000)
    return held


@pytest.fixture
def put(manager: MemoryUploadedFileManager) -> Send:
    """Send a file as Streamlit's uploader does."""

    async def keep(request: Request) -> Response:
        record = UploadedFileRec(request.path_params["file"], "a.csv", "text/csv", await request.body())
        manager.add_file(request.path_params["session"], record)
        return Response(status_code=204)

    address = "/_stcore/upload_file/{session}/{file}"
    app = Starlette(
        routes=[Route(address, keep, methods=["PUT"]), Route("/{path:path}", lambda _: Response("page"))],
        middleware=[Middleware(uploads.Uploads)],
    )
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    async def send(session: str, file: str, content: bytes | AsyncIterator[bytes] = KILOBYTE) -> httpx.Response:
        return await browser.put(f"/_stcore/upload_file/{session}/{file}", content=content)

    return send


def test_a_session_has_two_files_and_a_third_one_once_a_page_has_dropped_one(
    put: Send, manager: MemoryUploadedFileManager
) -> None:
    async def bring() -> None:
        assert [(await put("ann", file)).status_code for file in ("a", "b", "b", "c")] == [204, 204, 204, 429]
        assert (await put("ben", "a")).status_code == 204
        manager.remove_file("ann", "a")
        assert (await put("ann", "c")).status_code == 204

    asyncio.run(bring())
    assert sorted(manager.file_storage["ann"]) == ["b", "c"]


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


def test_other_requests_pass(put: Send) -> None:
    app = Starlette(
        routes=[Route("/{path:path}", lambda _: Response("page"), methods=["GET", "DELETE"])],
        middleware=[Middleware(uploads.Uploads)],
    )

    async def ask() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as browser:
            page, gone = await browser.get("/"), await browser.delete("/_stcore/upload_file/ann/a")
            return [page.text, gone.text]

    assert asyncio.run(ask()) == ["page", "page"]
