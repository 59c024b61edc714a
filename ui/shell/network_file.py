"""The address of a network's archive: sent from the disk in portions, whatever its size, to whoever knows its key.

A page that may show the network has the key. For a network of texts that somebody brought nobody else can compute it.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from bowcore.errors import BowlabError
from bowcore.tasks.export_network import FILE, find_archive

PATH = "network"
"""First part of the address; the second is the key."""
GONE = "This network is not kept here, or no longer. Open its recipe on the page Training and ask for it again.\n"
FAILS = "The network cannot be read at the moment. Try again in a minute.\n"


def address(key: str) -> str:
    """The address of the archive with this key, as a page names it."""
    return f"{PATH}/{key}"


async def answer(request: Request) -> Response:
    """Answer one request; its path parameter `key` is the key. A file that is deleted meanwhile is sent to its end."""
    no_copies = {"Cache-Control": "private, no-cache"}
    try:
        found = await asyncio.to_thread(find_archive, request.path_params["key"])
        stat = None if found is None else await asyncio.to_thread(found.stat)
    except FileNotFoundError:  # deleted just now
        found = stat = None
    except (BowlabError, OSError):
        return PlainTextResponse(FAILS, 503, no_copies)
    if found is None:
        return PlainTextResponse(GONE, 404, no_copies)
    return FileResponse(found, 200, no_copies, "application/zip", filename=FILE, stat_result=stat)
