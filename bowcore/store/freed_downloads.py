"""Corpora that guests may download, by the setting or because the teacher freed them, and those they wish for."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Sequence
from fnmatch import fnmatchcase

from bowcore.errors import CorpusError
from bowcore.names import quoted
from bowcore.people import person
from bowcore.store.home import home_folder, replacing

SETTING = "BOWLAB_GUEST_DOWNLOADS"
MOST = 100
"""Names that can be freed."""
MOST_WISHES = 20
_FILE, _WISHES = "guest-downloads.json", "guest-wishes.json"
_wishing = threading.Lock()
_NAME = re.compile(r"(hub:)?[\w*][\w.*@-]{0,99}(/[\w*][\w.*@-]{0,99})?", re.ASCII)


def may_download(name: str) -> bool:
    """Whether this person may start the download of a corpus.

    The teacher may; guests may download what is named by `BOWLAB_GUEST_DOWNLOADS`, separated by commas, or was freed:
    `ag-news`, `hub:owner/name`, or with wildcards `hub:owner/*`.
    """
    return person().is_teacher or any(fnmatchcase(name.partition("?")[0], one) for one in (*set_by_owner(), *freed()))


def set_by_owner() -> tuple[str, ...]:
    """The names in the setting."""
    return tuple(one for part in os.environ.get(SETTING, "").split(",") if (one := part.strip()))


def freed() -> tuple[str, ...]:
    """The names that the teacher has freed; none if what is kept of them is damaged."""
    return _names_in(_FILE)


def wishes() -> tuple[str, ...]:
    """The names that guests were refused, in whichever process drew their pages, those wished for last first."""
    return _names_in(_WISHES)


def wish(name: str) -> None:
    """Record that a guest was refused a download.

    Raises:
        OutputError: It cannot be kept.
    """
    with _wishing:
        wanted, known = name.partition("?")[0], wishes()
        if wanted not in known and _NAME.fullmatch(wanted):
            _write(_WISHES, (wanted, *known)[:MOST_WISHES])


def free(names: Sequence[str]) -> None:
    """Free these names and no others, until they are changed again, also after a restart.

    Raises:
        CorpusError: One cannot be that of a corpus, or there are too many.
        OutputError: They cannot be kept.
    """
    wanted = tuple(dict.fromkeys(name.strip().partition("?")[0] for name in names))
    for name in wanted:
        if not _NAME.fullmatch(name):
            raise CorpusError(f"{quoted(name)} names no data set; write hub:owner/name, or hub:owner/* for all of one.")
    if len(wanted) > MOST:
        raise CorpusError(f"{len(wanted)} data sets are freed; {MOST} can be. Write hub:owner/* for all of one owner.")
    _write(_FILE, wanted)


def _names_in(file: str) -> tuple[str, ...]:
    try:
        names = json.loads((home_folder() / file).read_text(encoding="utf-8"))
        return tuple(name for name in names if isinstance(name, str) and _NAME.fullmatch(name))
    except (OSError, ValueError, TypeError):
        return ()


def _write(file: str, names: tuple[str, ...]) -> None:
    with replacing(home_folder() / file, "Free some space.") as written:
        written.write(json.dumps(names).encode())
