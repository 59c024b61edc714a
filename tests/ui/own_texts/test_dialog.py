"""What a session may do with a file that it has not brought."""

from __future__ import annotations

from typing import Any

import pytest

from bowcore.corpus.options import Options
from bowcore.errors import CorpusMissingError, TooLargeError
from bowcore.people import TEACHER, Person
from bowcore.store import own_files
from ui.own_texts import dialog

TABLE = b"text,label\nThe soup was cold.,poor\n"


def test_a_file_that_is_too_large_is_deleted_by_the_session_that_brought_it_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_large(*_: Any) -> None:
        raise TooLargeError("too large")

    state: dict[str, Any] = {}
    monkeypatch.setattr(dialog.st, "session_state", state)
    monkeypatch.setattr(dialog, "inspect_file", too_large)
    name = own_files.keep_file("soups.csv", TABLE)
    assert dialog._read(name, Options()) == (None, "too large")
    assert own_files.path_of(name).read_bytes() == TABLE, "somebody else's, opened by its link"
    state[dialog._MINE] = [name]
    assert dialog._read(name, Options(test="bomb.zip")) == (None, "too large")
    assert own_files.path_of(name).read_bytes() == TABLE, "the test file is what is too large"
    dialog._read(name, Options())
    with pytest.raises(CorpusMissingError):
        own_files.path_of(name)


@pytest.mark.parametrize(("is_teacher", "offered"), [(True, True), (False, False)])
def test_a_guest_adds_test_texts_to_files_of_this_session_alone(
    monkeypatch: pytest.MonkeyPatch, is_teacher: bool, offered: bool
) -> None:
    uploaders: list[str] = []
    monkeypatch.setattr(dialog.st, "session_state", {})
    monkeypatch.setattr(dialog.st, "caption", lambda _text: None)
    monkeypatch.setattr(dialog.st, "file_uploader", lambda label, **_: uploaders.append(label))
    monkeypatch.setattr(dialog, "person", lambda: TEACHER if is_teacher else Person("guest"))
    dialog._bring_test("own:somebody/a.csv", Options())
    assert bool(uploaders) is offered
    dialog._mine().append("own:somebody/a.csv")
    dialog._bring_test("own:somebody/a.csv", Options())
    assert len(uploaders) == offered + 1
