"""Download a data set from the Hugging Face Hub and write it as Arrow, in a process started by a download job.

A separate process, because nothing else immediately stops a download that waits for a silent server, and because
`datasets` keeps a gigabyte of libraries in memory. It writes one JSON object per line, and exits at end of input.

huggingface_hub deletes the part of a file that had arrived when a download ends early. So the files are fetched here,
over its client, into its cache, where `load_dataset` finds them: `docs/decisions/0011-downloads.md`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from bowcore.corpus.choose_columns import choose_columns
from bowcore.corpus.fetch_errors import explain, http_library
from bowcore.corpus.hub import Card, HubName, parse_hub_name, write_download
from bowcore.corpus.labels import label_articles, left_out_in_words
from bowcore.errors import BowlabError, CorpusError, DownloadError, OutputError
from bowcore.numbers import size

QUIET = {
    "HF_HUB_DISABLE_XET": "1",  # plain HTTP can be resumed and counted
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "USE_TORCH": "0",
}
"""Environment of this process: no requests except those that fetch the data set."""

LARGEST = 4_000_000_000  # bytes; a corpus is held in memory, several times over
_REPORT_EVERY = 0.1  # seconds
_MAX_EMPTY_TRIES = 2  # in a row
_POOL = ("train", "training", "validation", "valid", "val", "dev")
_DISK_FACTOR = 3  # the files, the prepared copy and the artefact

Report = Callable[[dict[str, Any]], None]


def fetch(wanted: HubName, folder: Path, working: Path, report: Report) -> None:
    """Fetch a data set into `folder`, as `bowcore.corpus.hub.write_download` lays it out.

    Args:
        wanted: The data set.
        folder: An empty folder for the result.
        working: Folder for temporary files of `datasets`; to be deleted afterwards.
        report: Called with `bytes` and `total`, or with a `message`.

    Raises:
        BowlabError: It cannot be found, fetched, stored or used.
    """
    from huggingface_hub import HfApi, constants

    report({"message": f"Asking the Hub for {wanted.repository}"})
    _make(Path(constants.HF_HUB_CACHE))
    api = HfApi()
    info = api.dataset_info(wanted.repository, revision=wanted.revision or None, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    if info.gated:  # `datasets` would say that there is no such data set
        api.auth_check(wanted.repository, repo_type="dataset")
    import datasets  # a second, which a name with a typing error need not wait for

    commit = str(info.sha)
    path = f"hf://datasets/{wanted.repository}"  # with the scheme, so that no folder of that name is taken instead
    arguments: dict[str, Any] = {
        "name": wanted.options.config or None,
        "revision": commit,
        "cache_dir": str(working),
    }
    blobs = _make(Path(constants.HF_HUB_CACHE) / f"datasets--{wanted.repository.replace('/', '--')}" / "blobs")
    builder = datasets.load_dataset_builder(path, **arguments)
    _fetch_files(wanted.repository, commit, builder.config.data_files or {}, blobs, report)
    report({"message": "Reading the files"})
    splits = datasets.load_dataset(path, **arguments)
    report({"message": "Choosing columns"})
    articles, card = _convert(wanted, splits, commit, _licence(info))
    write_download(folder, articles, card)


def _make(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be created ({error.strerror}). Set HF_HOME to a folder you can write."
        ) from error
    return folder


def _fetch_files(repository: str, commit: str, data_files: dict[str, list[str]], blobs: Path, report: Report) -> None:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    prefix = f"hf://datasets/{repository}@{commit}/"
    names = sorted({str(file).removeprefix(prefix) for files in data_files.values() for file in files})
    found = [
        (name, get_hf_file_metadata(hf_hub_url(repository, name, repo_type="dataset", revision=commit)))
        for name in names
        if "://" not in name
    ]
    total = sum(metadata.size or 0 for _, metadata in found)
    if total > LARGEST:
        raise DownloadError(
            f"{repository} has {size(total)} in {len(found):,} files; {size(LARGEST)} are the most. "
            "Choose one of its parts with ?config=…, or a smaller data set."
        )
    free = shutil.disk_usage(blobs).free
    if free < _DISK_FACTOR * total:
        raise OutputError(
            f"{repository} needs {size(_DISK_FACTOR * total)} of disk while it is read, and {blobs} has "
            f"{size(free)} free. Free some space, or set HF_HOME to another disk."
        )
    before, reported = 0, float("-inf")
    for name, metadata in found:
        for done in _fetch_file(name, metadata, blobs):
            if time.monotonic() - reported >= _REPORT_EVERY:
                report({"bytes": before + done, "total": total, "file": name})
                reported = time.monotonic()
        before += metadata.size or 0
    report({"bytes": before, "total": total})


def _fetch_file(name: str, metadata: Any, blobs: Path) -> Iterator[int]:
    """Fetch one file into the cache, resuming an earlier attempt; yields the number of bytes in the cache."""
    blob = blobs / metadata.etag
    partial = blobs / f"{metadata.etag}.resumable.incomplete"  # the library's own suffix, so that its clean-up finds it
    if blob.exists():
        yield blob.stat().st_size
        return
    if partial.exists() and metadata.size is not None and partial.stat().st_size > metadata.size:
        partial.unlink()
    size, n_empty = _size(partial), 0
    while size != metadata.size:
        before = size
        try:
            for size in _receive(metadata.location, partial):
                yield size
            break
        except http_library().TransportError:  # retried while tries bring bytes; a reused connection may be dead
            n_empty = 0 if _size(partial) > before else n_empty + 1
            if n_empty == _MAX_EMPTY_TRIES:
                raise
    if metadata.size is not None and size < metadata.size:
        raise DownloadError(
            f"{name} ended after {size:,} of {metadata.size:,} bytes. What arrived is kept; download it again to "
            "go on from there."
        )
    if not _is_whole(partial, metadata.etag):
        partial.unlink()
        raise DownloadError(f"{name} arrived damaged: its checksum is not the Hub's. Download it again.")
    partial.replace(blob)
    yield size


def _receive(address: str, partial: Path) -> Iterator[int]:
    """Append the missing bytes of the file at `address` to `partial`; yields its size as it grows."""
    from huggingface_hub import constants, get_session, utils

    library: Any = utils  # its documented functions are re-exported implicitly, which a type checker rejects
    # the file's store is another host, which must not see the token
    same_host = urlsplit(address).netloc == urlsplit(constants.ENDPOINT).netloc
    headers = library.build_hf_headers(token=None if same_host else False) | {"Accept-Encoding": "identity"}
    if size := _size(partial):
        headers["Range"] = f"bytes={size}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", address, headers=headers, timeout=timeout, follow_redirects=True) as response:
        library.hf_raise_for_status(response)
        with partial.open("ab" if response.status_code == 206 else "wb", buffering=0) as file:
            for block in response.iter_raw():
                file.write(block)
                yield file.tell()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_whole(path: Path, etag: str) -> bool:
    """Whether a file's digest is its etag: SHA-256 for large files, Git's blob id for small ones."""
    if len(etag) not in (40, 64) or set(etag) - set("0123456789abcdef"):
        return True
    with path.open("rb") as file:
        if len(etag) == 64:
            return hashlib.file_digest(file, "sha256").hexdigest() == etag
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == etag


def _convert(wanted: HubName, splits: Any, commit: str, licence: str) -> tuple[pa.Table, Card]:
    import datasets

    name = f"hub:{wanted.repository}"
    pool = [split for split in splits if split.casefold() in _POOL]
    test = next((split for split in splits if split.casefold() == "test"), None)
    if not pool:
        if len(splits) > 1:
            raise CorpusError(f"{name} has the splits {', '.join(splits)}; one of them must be called train.")
        pool, test = list(splits), None
    features = splits[pool[0]].features
    coded = {key: tuple(kind.names) for key, kind in features.items() if isinstance(kind, datasets.ClassLabel)}
    columns = choose_columns(name, splits[pool[0]].with_format("arrow")[:], coded, wanted.options)
    tables = {key: splits[key].select_columns(columns.used).with_format("arrow")[:] for key in splits}
    notes = []
    if test is not None and set(tables[test][columns.label].unique().to_pylist()) <= {None, -1}:
        notes.append(f"Its {tables[test].num_rows:,} test rows have no labels and are left out.")
        test = None
    found = label_articles(
        name, [tables[key] for key in pool], None if test is None else tables[test], columns, coded, wanted.options
    )
    left_out = [key for key in splits if key not in pool and key.casefold() != "test"]
    if left_out:
        notes.append(f"Left out: {', '.join(left_out)}.")
    if len(pool) > 1:
        notes.append(f"{' and '.join(pool)} are read as one.")
    notes += [sentence for sentence in (left_out_in_words(found.left_out), *found.notes) if sentence]
    articles = pa.table({"title": found.titles, "body": found.bodies, "label": found.labels})
    if found.groups is not None:
        articles = articles.append_column("group", pa.array(found.groups))
    card = Card(
        wanted.repository,
        commit,
        found.class_names,
        found.n_own_test,
        licence,
        " ".join(notes),
        found.n_own_validation,
    )
    return articles, card


def _licence(info: Any) -> str:
    stated = getattr(info.card_data, "license_name", None) or getattr(info.card_data, "license", None)
    if isinstance(stated, list):
        stated = ", ".join(map(str, stated))
    return str(stated) if stated else "not stated on the data set's card"


def main() -> int:
    """Do one fetch: `python -m bowcore.corpus.fetch NAME REVISION FOLDER WORKING`."""
    name, revision, folder, working = sys.argv[1:]
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to the log

    def report(event: dict[str, Any]) -> None:
        channel.write(json.dumps(event) + "\n")
        channel.flush()

    threading.Thread(target=_leave_with_parent, daemon=True).start()
    wanted = parse_hub_name(name, revision)
    try:
        fetch(wanted, Path(folder), Path(working), report)
    except BowlabError as error:
        report({"error": type(error).__name__, "message": str(error)})
    except Exception as error:
        explained = explain(error, wanted)
        if explained is None:
            raise
        traceback.print_exc(file=sys.stderr)
        report({"error": type(explained).__name__, "message": str(explained)})
    else:
        report({"finished": True})
    return 0


def _leave_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
