import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from bowcore.jobs.health import Examiner, Health
from ui.shell import health

WELL = Health("ok", {"quick": "ok", "long": "ok", "download": "ok"})
STARTING = Health("ok", {"quick": "ok", "long": "is starting", "download": "ok"})
ILL = Health("ok", {"quick": "ok", "long": "is not running", "download": "ok"})


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Health]:
    """What the next looks find; the last one again and again."""
    looks = [WELL]
    monkeypatch.setattr(Examiner, "examine", lambda self: looks.pop(0) if len(looks) > 1 else looks[0])
    return looks


def client() -> TestClient:
    return TestClient(Starlette(routes=[Route(health.PATH, health.Monitor().answer)]))


def test_the_status_is_200_while_all_is_well_and_503_otherwise(
    looks: list[Health], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT", 0.0)
    looks[:] = [STARTING, WELL, ILL]
    with client() as asking:
        starting, well, ill = (asking.get("/health") for _ in range(3))
    assert (starting.status_code, starting.json()["status"]) == (503, "starting")
    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert (ill.status_code, ill.json()) == (503, {"status": "failing", "database": "ok", "workers": ILL.workers})
    assert ill.headers["cache-control"] == "no-store"


def test_many_who_ask_share_one_look(looks: list[Health]) -> None:
    looks[:] = [WELL, ILL]
    with client() as asking:
        assert {asking.get("/health").status_code for _ in range(20)} == {200}


def test_a_database_that_hangs_is_told_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hang(_: Examiner) -> Health:
        answers.wait(120)
        return WELL

    monkeypatch.setattr(Examiner, "examine", hang)
    monkeypatch.setattr(health, "LIMIT", 0.05)
    with client() as asking:
        began = time.monotonic()
        assert asking.get("/health").json()["database"] == "does not answer"
        assert time.monotonic() - began < 60
        answers.set()
