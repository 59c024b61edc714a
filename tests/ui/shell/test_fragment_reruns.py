import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.shell import fragment_reruns
from ui.shell.fragment_reruns import FragmentReruns
from ui.state.awaited import Awaited


def rerun(fragment: str = "", *, regular: bool = False) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = "recipe=x"
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = regular
    return message.SerializeToString()


def begin(*fragments: str) -> bytes:
    message = ForwardMsg()
    message.new_session.name = "page"
    message.metadata.run.fragment_ids.extend(fragments)
    return message.SerializeToString()


def finish(status: ForwardMsg.ScriptFinishedStatus.ValueType, *fragments: str) -> bytes:
    message = ForwardMsg()
    message.script_finished = status
    message.metadata.run.fragment_ids.extend(fragments)
    return message.SerializeToString()


@pytest.fixture(autouse=True)
def own_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs of no page: the process's own would go on to read the database, that of every later test."""
    monkeypatch.setattr(fragment_reruns, "awaited", Awaited(lambda _: {}))


PAGE, CLICK, REGULAR = rerun(), rerun("f"), rerun("f", regular=True)
DONE = finish(ForwardMsg.FINISHED_SUCCESSFULLY)
EARLY = finish(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
FRAGMENT_DONE = finish(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY, "f")


def arriving(*exchange: tuple[str, bytes]) -> list[bytes]:
    """What of the messages `("browser", …)` reaches the server, which sends the messages `("server", …)` in between."""
    waiting = list(exchange)
    reached: list[bytes] = []

    async def receive() -> Any:
        while waiting and waiting[0][0] == "server":
            await answer({"type": "websocket.send", "bytes": waiting.pop(0)[1]})
        return {"type": "websocket.receive", "bytes": waiting.pop(0)[1]} if waiting else {"type": "end"}

    async def inner(scope: Any, receive_wanted: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        nonlocal answer
        answer = send
        while (message := await receive_wanted())["type"] != "end":
            reached.append(message["bytes"])

    async def answer(message: Any) -> None:
        raise AssertionError(message)

    async def send(message: Any) -> None:
        pass

    asyncio.run(FragmentReruns(inner)({"type": "websocket"}, receive, send))
    return reached


def test_a_regular_rerun_waits_until_the_page_has_run() -> None:
    assert arriving(("browser", PAGE), ("browser", REGULAR), ("server", DONE), ("browser", REGULAR)) == [PAGE, REGULAR]


async def never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("not called")


def test_browsers_share_the_reruns_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of reruns that reach the server is constant, and equally shared by all fragments of all browsers."""
    now = 0.0
    monkeypatch.setattr(fragment_reruns.time, "monotonic", lambda: now)
    counts: dict[int, list[int]] = {}
    for n_browsers in (1, 6, 30, 60):
        room = FragmentReruns(never)
        pages = [fragment_reruns._Page(room._share) for _ in range(n_browsers)]
        room._pages.update(pages)
        passed = [0] * n_browsers
        for look in range(60):  # five looks a second, for twelve seconds; the first two are not counted
            now += 0.2
            for i, page in enumerate(pages):
                passed[i] += page.takes(REGULAR)
            if look == 9:
                passed = [0] * n_browsers
        counts[n_browsers] = passed
    assert counts[1] == [50]
    assert min(counts[6]) >= 49
    for n_browsers in (30, 60):
        assert {round(10 * fragment_reruns.A_SECOND / n_browsers) - count for count in counts[n_browsers]} <= {0, 1}


def test_a_look_without_news_of_its_jobs_is_dropped_until_they_change_or_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, changes = 0.0, {"one": {"a": 1}, "two": {"b": 1}}
    monkeypatch.setattr(fragment_reruns.time, "monotonic", lambda: now)
    monkeypatch.setattr(fragment_reruns.awaited, "changes", changes.get)
    pages = {}
    for session in ("one", "two", "three"):
        pages[session] = fragment_reruns._Page(lambda: 0.0)
        message = ForwardMsg()
        message.new_session.initialize.session_id = session
        pages[session].note(message.SerializeToString())
        pages[session].note(DONE)

    def passing(fragment: str = "f") -> list[str]:
        return [session for session, page in pages.items() if page.takes(rerun(fragment, regular=True))]

    assert passing() == ["one", "two", "three"], "the first look shows what was not seen before"
    now = 0.2
    assert passing() == ["three"], "it waits for no job that is known"
    assert passing("g") == ["one", "two", "three"], "each fragment sees the news"
    changes["two"] = {"b": 2}
    assert passing() == passing("g") == ["two", "three"]
    assert passing() == ["three"]
    now += fragment_reruns.QUIET
    assert passing() == ["one", "two", "three"], "places in a queue move on without a change of the job"
    assert pages["one"].takes(rerun("f")), "a click is no look"


def test_a_page_that_the_server_reruns_is_waited_for_as_well() -> None:
    assert arriving(("server", begin()), ("browser", REGULAR)) == []
    assert arriving(("server", begin()), ("server", EARLY), ("browser", REGULAR)) == []
    assert arriving(("server", begin()), ("server", DONE), ("browser", REGULAR)) == [REGULAR]


def test_runs_of_fragments_hold_nothing_up() -> None:
    assert arriving(("server", begin("f")), ("browser", REGULAR)) == [REGULAR]
    assert arriving(("browser", PAGE), ("server", FRAGMENT_DONE), ("browser", REGULAR)) == [PAGE]


@pytest.mark.parametrize("kind", ["load_git_info", "clear_cache"])
def test_nobody_starts_git_or_ends_caches_by_a_message(kind: str) -> None:
    message = BackMsg()
    setattr(message, kind, True)
    assert arriving(("browser", message.SerializeToString()), ("browser", CLICK)) == [CLICK]


def test_nobody_writes_files_next_to_the_program_by_a_message() -> None:
    sent = []
    for operation in ("install_skills", "dismiss_skills_nudge", "deferred_file"):
        message = BackMsg()
        getattr(message.backend_operation_request, operation).SetInParent()
        assert message.backend_operation_request.WhichOneof("payload") == operation
        sent.append(message.SerializeToString())
    assert arriving(*(("browser", one) for one in sent)) == sent[2:]
    message = BackMsg()
    message.backend_operation_request.install_skills.SetInParent()
    message.backend_operation_request.request_id = "x" * 10 * fragment_reruns.LARGEST
    assert arriving(("browser", message.SerializeToString())) == [], "a long message is read as well"


def test_a_click_inside_a_fragment_always_arrives() -> None:
    assert arriving(("browser", PAGE), ("browser", CLICK), ("browser", b"\xff no message")) == [
        PAGE,
        CLICK,
        b"\xff no message",
    ]


def test_a_run_whose_end_was_lost_is_not_waited_for_longer_than_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragment_reruns, "LONGEST", 0.0)
    assert arriving(("browser", PAGE), ("browser", REGULAR)) == [PAGE, REGULAR]
