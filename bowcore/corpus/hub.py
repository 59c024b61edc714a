"""Corpora of the Hugging Face Hub, as a page sees them: read from a finished download, or missing.

The download itself is a job (`bowcore.tasks.download`). It creates one artefact: `articles.parquet` with title, body
and label, and `corpus.json` with the classes, the licence and the commit. Reading it needs no `datasets`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.file_size import check_file
from bowcore.corpus.options import Options, split_options
from bowcore.errors import CorpusError, CorpusMissingError, JobRequest
from bowcore.store.home import artefacts_folder

PREFIX = "hub:"
AG_NEWS_REPOSITORY = "sh0416/ag_news"
KNOWN = {"ag-news": f"{PREFIX}{AG_NEWS_REPOSITORY}?title=title&body=description&label=label"}
"""Corpora with a name of their own, and their repositories on the Hub."""
Made = TypeVar("Made")
SIZES = {AG_NEWS_REPOSITORY: "about 35 MB"}

_FORMAT = 1  # of the artefact; increase it when `articles.parquet` or `corpus.json` change
_FIRST = ("title", "body", "label", "config", "encoding")
"""Options that are part of every key."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[\w.][\w./-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HubName:
    """A data set of the Hub: `owner/name`, the requested revision ('' is the newest), and options."""

    repository: str
    revision: str
    options: Options


@dataclass(frozen=True, slots=True)
class Card:
    """Metadata of a download; `commit` is the revision that was found."""

    repository: str
    commit: str
    class_names: tuple[str, ...]
    n_own_test: int
    licence: str
    note: str
    n_own_validation: int = 0


def parse_hub_name(name: str, revision: str = "") -> HubName:
    """The parts of `hub:owner/name`, `hub:owner/name@revision?body=…`, or the name of a corpus that the Hub has.

    Raises:
        CorpusError: It names no data set, or two revisions.

    >>> parse_hub_name("hub:owner/name@v1").revision
    'v1'
    """
    base, options = split_options(KNOWN.get(name, name))
    repository, _, named = base.removeprefix(PREFIX).partition("@")
    if not base.startswith(PREFIX) or not _REPOSITORY.fullmatch(repository):
        raise CorpusError(f"'{name[:120]}' is not a data set of the Hub; write hub:owner/name.")
    if named and revision and named != revision:
        raise CorpusError(f"{repository} was requested at two revisions, {named} and {revision}. Give one of them.")
    wanted = named or revision
    if wanted and not _REVISION.fullmatch(wanted):
        raise CorpusError(f"'{wanted[:80]}' is no revision; give a commit, a tag or a branch.")
    return HubName(repository, wanted, options)


def artefact_key(name: str, revision: str = "") -> str:
    """Key of a download. Without a revision it is the newest one at the time of the download."""
    wanted = parse_hub_name(name, revision)
    # an option that is not used is no part of the key, so that a new option leaves the keys of others as they are
    options = {key: value for key, value in dataclasses.asdict(wanted.options).items() if value or key in _FIRST}
    text = json.dumps([_FORMAT, dataclasses.asdict(wanted) | {"options": options}], sort_keys=True)
    return f"corpus-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def download_request(name: str, revision: str = "") -> JobRequest:
    """The job that downloads a corpus."""
    wanted = parse_hub_name(name, revision)
    title = "AG News" if name in KNOWN else wanted.repository
    size = SIZES.get(wanted.repository)
    return JobRequest(
        kind="download",
        payload={"name": name, "revision": revision},
        lane="download",
        key=artefact_key(name, revision),
        label=f"Download {title}, {size}" if size else f"Download {title}",
    )


def download_files(name: str, revision: str = "") -> tuple[Path, ...]:
    """The file that records a download's commit; it may not exist.

    Raises:
        CorpusError: The name is not a data set.
    """
    return (artefacts_folder() / artefact_key(name, revision) / "corpus.json",)


def find_download(name: str, revision: str = "") -> Path | None:
    """Folder of a download, if any."""
    return _reading(name, revision, lambda folder: folder)


def open_download(name: str, revision: str = "") -> tuple[pa.Table, Card] | None:
    """Articles and metadata of a download, if any; a damaged one is removed."""
    return _reading(name, revision, read_download)


def _reading(name: str, revision: str, read: Callable[[Path], Made]) -> Made | None:
    key = artefact_key(name, revision)
    if not (artefacts_folder() / key).is_dir():
        return None  # most machines have none, and find out without the runs database
    from bowcore.store import artefacts

    return artefacts.reading(key, read)


def load_hub(name: str, revision: str = "") -> Corpus:
    """The corpus of a downloaded data set.

    Its own test split remains the test split. Its validation split joins the training rows: validation articles are
    drawn by seed from all of them, as for every corpus.

    Raises:
        CorpusMissingError: It has not been downloaded; the error names the job that does so.
        CorpusError: The name is invalid, or the download cannot be read.
    """
    wanted = parse_hub_name(name, revision)
    found = open_download(name, revision)
    if found is None:
        raise CorpusMissingError(
            f"{wanted.repository} is not on this machine. Download it, or choose BBC News, which is.",
            download_request(name, revision),
        )
    articles, card = found
    note = (
        f"Its own {card.n_own_test:,} test rows stay the test split; a tenth of the other rows is for validation."
        if card.n_own_test
        else "Split 70 / 15 / 15 by class."
    )
    return make_corpus(
        name,
        articles["title"],
        articles["body"],
        articles["label"].to_numpy(),
        card.class_names,
        rule=SplitRule(0.1, 0.0) if card.n_own_test else SplitRule(0.15, 0.15),
        provenance=Provenance(
            title=wanted.repository,
            origin=f"The data set {wanted.repository} of the Hugging Face Hub, commit {card.commit[:12]}",
            licence=card.licence,
            note=f"{note} {card.note}".strip(),
        ),
        n_own_test=card.n_own_test,
        n_own_validation=card.n_own_validation,
        groups=articles["group"].to_numpy() if "group" in articles.column_names else None,
    )


def write_download(folder: Path, articles: pa.Table, card: Card) -> None:
    """Write the files of an artefact's folder."""
    pq.write_table(articles, folder / "articles.parquet", compression="zstd")
    (folder / "corpus.json").write_text(json.dumps(dataclasses.asdict(card)), encoding="utf-8")


def read_download(folder: Path) -> tuple[pa.Table, Card]:
    """Articles and metadata written by `write_download`.

    Raises:
        CorpusError: The files are damaged.
    """
    try:
        card = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        check_file(folder / "articles.parquet")
        articles = pq.read_table(folder / "articles.parquet")
        return articles, Card(**card | {"class_names": tuple(card["class_names"])})
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowInvalid) as error:
        raise CorpusError(f"The downloaded corpus in {folder} is damaged. Download it again.") from error
