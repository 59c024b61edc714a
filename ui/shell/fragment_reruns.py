"""Regular reruns of fragments wait until the page itself has run, and all browsers share a fixed number of them.

With thirty browsers that look five times a second whether their fit is done, looking took all of a processor: each
rerun of a fragment starts a thread. So a page whose jobs have not changed looks once in `QUIET` seconds alone, and
together they get `A_SECOND`, each an equal share.

Streamlit 1.67 forgets the end of a page's run, and perhaps its last elements, when the browser asks for a fragment
between the moment when the run ends and the moment when the event loop hears of it: it starts another runner and takes
no more messages from the first. On a busy server that happens every minute. A browser asks again after the interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.shell.security import Asgi, Message, Receive, Send
from ui.state.awaited import awaited

A_SECOND = 30.0
"""Regular reruns a second, of all browsers together; six get all that they ask for. Processes share them."""
QUIET = 4.0
"""Seconds until a fragment looks again although its jobs are as they were: places in a queue and times left move on."""
RECENT = 5.0  # seconds since a browser last asked, for which a share is kept for it
LARGEST = 8_192  # bytes of a server's message that can begin or end a run; elements may be larger
LONGEST = 60.0  # seconds after which a run is no longer waited for: its end may have been lost in another way
_OF_DEVELOPERS = ("install_skills", "dismiss_skills_nudge")
"""Operations that Streamlit has for developers, which write files next to the program."""
_ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class FragmentReruns:
    """ASGI middleware: drops a regular rerun of a fragment while its page runs, without news, or above its share."""

    def __init__(self, app: Asgi, n_processes: int = 1) -> None:
        self._app = app
        self._a_second = A_SECOND / n_processes
        self._pages: set[_Page] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one web socket; anything else passes."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        page = _Page(self._share)
        self._pages.add(page)

        async def receive_wanted() -> Message:
            message = await receive()
            while not page.takes(message.get("bytes")):
                message = await receive()
            return message

        async def send_noted(message: Message) -> None:
            page.note(message.get("bytes"))
            await send(message)

        try:
            await self._app(scope, receive_wanted, send_noted)
        finally:
            self._pages.remove(page)
            awaited.forget(page.session)

    def _share(self) -> float:
        """Seconds between two reruns of one fragment, if all browsers that ask are to get the same."""
        recently = time.monotonic() - RECENT
        return sum(page.asked > recently for page in self._pages) / self._a_second


class _Page:
    """Whether the page of one browser runs, and when its fragments may rerun.

    `share` returns the seconds between two reruns of one fragment.
    """

    def __init__(self, share: Callable[[], float]) -> None:
        self.asked = float("-inf")
        self.session = ""
        self._share = share
        self._runs_since: float | None = None
        self._due: dict[str, float] = {}  # when a fragment may rerun next
        self._seen: dict[str, tuple[float, Mapping[str, int] | None]] = {}  # when it did last, and changes of jobs

    def takes(self, sent: bytes | None) -> bool:
        """Note what the browser sent, and return whether the server is to have it."""
        message = _parsed(BackMsg, sent)
        kind = message and message.WhichOneof("type")
        if kind in ("load_git_info", "clear_cache"):  # git would run for whoever asks, and everybody's caches end
            return False
        if message is None or kind != "rerun_script":
            return message is None or message.backend_operation_request.WhichOneof("payload") not in _OF_DEVELOPERS
        now, fragment = time.monotonic(), message.rerun_script.fragment_id
        if not fragment:
            self._runs_since = now
            self._due.clear()
            self._seen.clear()
            return True
        if not message.rerun_script.is_auto_rerun:
            return True
        changes = awaited.changes(self.session)
        last, known = self._seen.get(fragment, (float("-inf"), None))
        if self._runs() or (changes is not None and changes == known and now < last + QUIET):
            return False
        self.asked = now
        share, due = self._share(), self._due.get(fragment, 0.0)
        if now < due:
            return False
        self._seen[fragment] = now, changes
        # from when it was due, not from now: a browser that asks a little late gets its share on average
        self._due[fragment] = max(due, now - share) + share
        return True

    def note(self, sent: bytes | None) -> None:
        """Note what the server sends: it also begins runs on its own."""
        if sent and len(sent) > LARGEST:
            return
        message = _parsed(ForwardMsg, sent)
        if message is None or message.metadata.run.fragment_ids:
            return
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._runs_since = time.monotonic()
            self.session = message.new_session.initialize.session_id
        elif kind == "script_finished" and message.script_finished in _ENDS:
            self._runs_since = None

    def _runs(self) -> bool:
        return self._runs_since is not None and time.monotonic() - self._runs_since < LONGEST


def is_regular(sent: bytes | None) -> bool:
    """Whether a browser's message is a regular rerun of a fragment, which nobody clicked for."""
    message = _parsed(BackMsg, sent)
    return message is not None and message.rerun_script.is_auto_rerun


def _parsed(kind: Any, sent: bytes | None) -> Any:
    if not sent:
        return None
    try:
        return kind.FromString(sent)
    except DecodeError:
        return None
