"""What the Hub's libraries raise, as a sentence with a remedy."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from bowcore.corpus.hub import HubName
from bowcore.errors import BowlabError, CorpusError, DownloadError, OutputError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
_KEPT = "What arrived is kept, so the download goes on from there."


def http_library() -> Any:
    """The HTTP library that huggingface_hub is built on: httpx, under a name that changes with its versions."""
    from huggingface_hub import get_session

    return import_module(type(get_session()).__module__.partition(".")[0])


def in_words(error: BaseException, wanted: HubName) -> BowlabError | None:
    """The error as one of ours, or nothing for one that nobody foresaw: a programming error, to be seen whole."""
    for cause in _chain(error):
        told = _network(cause, wanted) or _disk(cause)
        if told is not None:
            return told
    return _content(error, wanted)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _network(error: BaseException, wanted: HubName) -> BowlabError | None:
    from huggingface_hub import constants, errors

    httpx = http_library()
    name = wanted.repository
    page = f"{constants.ENDPOINT}/datasets/{name}"
    if isinstance(error, errors.RevisionNotFoundError):
        return DownloadError(f"{name} has no revision '{wanted.revision}'. Leave it empty, or see {page}/commits/main")
    if isinstance(error, errors.GatedRepoError):
        return DownloadError(
            f"{name} is given to those who accept its terms. Accept them at {page}, then: hf auth login"
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return DownloadError(
            f"The Hub has no data set '{name}', or it is private. Check the spelling, owner first; for a private one: "
            "hf auth login"
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return DownloadError(f"HF_HUB_OFFLINE is set, so {name} cannot be fetched. Unset it, or choose BBC News.")
    if isinstance(error, errors.HfHubHTTPError) and not isinstance(error, errors.EntryNotFoundError):
        status = error.response.status_code
        if status in (401, 403):
            return DownloadError(f"The Hub refuses {name} (status {status}). See {page}, then: hf auth login")
        wait = "Too many requests from here; wait" if status == 429 else "The Hub has trouble; wait"
        return DownloadError(f"The Hub answers with status {status} for {name}. {wait} some minutes. {_KEPT}")
    if isinstance(error, httpx.TimeoutException):
        seconds = constants.HF_HUB_DOWNLOAD_TIMEOUT
        return DownloadError(
            f"{constants.ENDPOINT} was silent for {seconds} s. Try again, or set HF_HUB_DOWNLOAD_TIMEOUT and "
            f"HF_HUB_ETAG_TIMEOUT to more. {_KEPT}"
        )
    if isinstance(error, httpx.RemoteProtocolError):
        return DownloadError(f"{constants.ENDPOINT} broke off in the middle of an answer, again and again. {_KEPT}")
    if isinstance(error, httpx.TransportError):
        return DownloadError(
            f"No connection to {constants.ENDPOINT}. Check the network, the proxy and HF_ENDPOINT; BBC News works "
            f"without. {_KEPT}"
        )
    return None


def _disk(error: BaseException) -> BowlabError | None:
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f" at {error.filename}" if error.filename else ""
        return OutputError(
            f"The download cannot be written ({error.strerror}{where}). Free some space, or set HF_HOME and "
            "BOWLAB_HOME to folders you can write."
        )
    return None


def _content(error: BaseException, wanted: HubName) -> BowlabError | None:
    import pyarrow as pa
    from datasets import exceptions

    name = wanted.repository
    said = " ".join(str(error).split())[:300]
    if isinstance(error, FileNotFoundError):
        return CorpusError(f"{name} holds no files of a kind that can be read. Choose one with CSV, JSON or Parquet.")
    if isinstance(error, RuntimeError) and "scripts are no longer supported" in said:
        return CorpusError(f"{name} is made by a program of its own, which is not run. Choose one with data files.")
    if isinstance(error, ValueError) and "onfig" in said:
        return CorpusError(f"{name} has several parts; name one: hub:{name}?config=… ({said})")
    if isinstance(error, (exceptions.DatasetsError, pa.ArrowException, json.JSONDecodeError, UnicodeDecodeError)):
        *_, first = _chain(error)
        detail = " ".join(str(first).split())[:300] or said
        return CorpusError(f"The files of {name} cannot be read as one table: {detail}. Choose a part with ?config=…")
    return None
