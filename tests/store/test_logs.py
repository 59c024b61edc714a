import json
import logging
from datetime import datetime, timedelta

import pytest
from streamlit.error_util import handle_uncaught_app_exception

from bowcore.store import logs
from bowcore.store.home import logs_folder


def lines(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (logs_folder() / f"{name}.log").read_text(encoding="utf-8").splitlines()]


def test_a_line_is_one_object_with_time_in_utc_level_logger_message_and_job() -> None:
    with logs.written_to("here"), logs.about_job("a1"):
        logging.getLogger("bowcore.x").info("Two\nlines, “signs” and %s", "a value")
    (line,) = lines("here")
    assert {name: line[name] for name in ("level", "logger", "message", "job")} == {
        "level": "INFO",
        "logger": "bowcore.x",
        "message": "Two\nlines, “signs” and a value",
        "job": "a1",
    }
    assert datetime.fromisoformat(str(line["time"])).utcoffset() == timedelta(0)


def test_an_error_has_its_trace_in_the_same_line() -> None:
    with logs.written_to("here"):
        try:
            raise KeyError("missing")
        except KeyError:
            logging.getLogger("bowcore.x").exception("It failed")
    (line,) = lines("here")
    assert "job" not in line
    assert str(line["exception"]).endswith("KeyError: 'missing'")


def test_what_ended_a_page_is_one_line_with_its_trace() -> None:
    with logs.written_to("here"):
        handle_uncaught_app_exception(ZeroDivisionError("in a page"))
        handle_uncaught_app_exception(ZeroDivisionError("in a page"))
    one, other = lines("here")
    assert one["message"] == other["message"] == "Uncaught app execution"
    assert str(one["exception"]).endswith("ZeroDivisionError: in a page")


@pytest.mark.parametrize(
    ("level", "ours", "others"),
    [
        ("", "INFO WARNING ERROR", "WARNING ERROR"),
        ("debug", "DEBUG INFO WARNING ERROR", "WARNING ERROR"),
        ("ERROR", "ERROR", "ERROR"),
        ("loud", "INFO WARNING ERROR", "WARNING ERROR"),
    ],
)
def test_the_level_is_set_by_the_environment(
    level: str, ours: str, others: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_LOG_LEVEL", level)
    with logs.written_to("here"):
        for name in ("bowcore.x", "another.library"):
            for level_name in ("DEBUG", "INFO", "WARNING", "ERROR"):
                logging.getLogger(name).log(getattr(logging, level_name), "said")
    found = lines("here")
    assert " ".join(str(line["level"]) for line in found if line["logger"] == "bowcore.x") == ours
    assert " ".join(str(line["level"]) for line in found if line["logger"] == "another.library") == others


def test_a_log_is_cut_at_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LIMIT", 2000)
    with logs.written_to("here"):
        for i in range(100):
            logging.getLogger("bowcore.x").info("Number %d", i)
    files = sorted(logs_folder().glob("here.log*"))
    assert [file.name for file in files] == ["here.log", "here.log.1"]
    assert all(file.stat().st_size <= 2000 for file in files)
    assert lines("here")[-1]["message"] == "Number 99"


def test_without_a_place_for_the_log_the_program_goes_on() -> None:
    (logs_folder() / "here.log").mkdir()
    with logs.written_to("here"):
        logging.getLogger("bowcore.x").info("nowhere")
