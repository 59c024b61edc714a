"""Corpora that guests may download: those that the owner's setting names, and those that the teacher has freed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from bowcore.errors import CorpusError
from bowcore.names import quoted
from bowcore.people import person
from bowcore.store.home import home_folder, replacing

SETTING = "BOWLAB_GUEST_DOWNLOADS"
MOST = 100
"""Names that can be freed."""
_FILE = "guest-downloads.json"
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
    try:
        names = json.loads((home_folder() / _FILE).read_text(encoding="utf-8"))
        return tuple(name for name in names if isinstance(name, str) and _NAME.fullmatch(name))
    except (OSError, ValueError, TypeError):
        return ()


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
    with replacing(home_folder() / _FILE, "Free some space.") as file:
        file.write(json.dumps(wanted).encode())
