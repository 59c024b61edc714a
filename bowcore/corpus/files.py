"""Corpora from files: tables, JSON, workbooks, folders of texts. `inspect_file` says what was recognised."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.corpus.choose_columns import Columns, Guess, choose_columns, guess_columns
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.file_size import check_file
from bowcore.corpus.formats.found import Found, Report, ignore
from bowcore.corpus.formats.recognise import read_file
from bowcore.corpus.labels import Labelled, label_articles, left_out_in_words
from bowcore.corpus.options import Options, split_options
from bowcore.corpus.split import split_rows
from bowcore.errors import CorpusError
from bowcore.recipe.specs import SplitSpec
from bowcore.store import own_files

SUFFIXES = (
    ".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow", ".feather", ".xlsx", ".xlsb",
    ".xls", ".ods", ".zip",
)  # fmt: skip
"""Ends of the names that are taken for files."""
FIRST_ROWS = 5
"""Rows that an inspection shows."""
SAMPLE = 200
"""Texts from which an inspection's reader may guess the language."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is recognised in a file, and what would become of its rows.

    Attributes:
        found: Its rows, as they were read.
        guess: The columns, as they are asked for or guessed.
        corpus: The corpus, or None if the rows cannot be used.
        left_out: Rows left out, by reason.
        n_rows: Rows of the file, and of its test file.
        first_rows: The first rows that are not in the test split.
        left_rows: The first of the rows that were read and left out, by reason.
        class_sizes: Texts of each class, in the order of the classes; empty if the rows cannot be used.
        sizes: Numbers of training, validation and test texts.
        sample: At most 200 texts for training and validation, spread evenly, each with its headline.
        notes: Sentences about what is unusual.
        problem: Why the rows cannot be used; '' if they can.
        seconds: How long reading took.
    """

    found: Found
    guess: Guess
    corpus: Corpus | None
    left_out: Mapping[str, int]
    n_rows: int
    first_rows: pa.Table
    left_rows: Mapping[str, pa.Table]
    class_sizes: Mapping[str, int]
    sizes: tuple[int, int, int] | None
    sample: tuple[str, ...]
    notes: tuple[str, ...]
    problem: str
    seconds: float

    @property
    def n_read(self) -> int:
        """Rows that become texts of the corpus."""
        return sum(self.class_sizes.values())

    def without_texts(self) -> Inspection:
        """The same without file and corpus, for a page that only shows it: they include the test texts."""
        return replace(self, found=replace(self.found, table=self.found.table.schema.empty_table()), corpus=None)


def is_file_name(name: str) -> bool:
    """Whether a corpus name is a file name, judged by its suffix."""
    return name.partition("?")[0].casefold().endswith(SUFFIXES)


def parse_file_name(name: str) -> tuple[Path, Options]:
    """Path and options of the file that a corpus name refers to; options may follow a question mark.

    Raises:
        CorpusError: An unknown option, or the home folder of an unknown user.
    """
    base, options = split_options(name)
    try:
        return Path(base).expanduser(), options
    except RuntimeError as error:
        raise CorpusError(f"{base} begins with '~', but there is no such home folder. Write the full path.") from error


def files_of(path: Path, options: Options) -> tuple[Path, ...]:
    """The files that a corpus is read from: the file itself, and its test file."""
    return (path, _test_path(path, options)) if options.test else (path,)


def load_file(name: str, path: Path, options: Options) -> Corpus:
    """The corpus of that name in a file, split 70 / 15 / 15 by class unless the file says how.

    Raises:
        CorpusError: The file cannot be read, or its columns, texts or classes cannot be used.
    """
    found = _last_found(path, options) or _read(path, options)
    _last_read.clear()
    columns = choose_columns(path.name, found.table, (), options, name.partition("?")[0])
    return _corpus(name, path, found, columns, options)[0]


def inspect_file(name: str, path: Path, options: Options, report: Report = ignore) -> Inspection:
    """What `load_file` would make of a file, without refusing a guess that is not certain.

    `report` is called with the share that is read, now and then.

    Raises:
        CorpusError: The file cannot be read, or a column that was asked for is missing.
    """
    began = time.perf_counter()
    found = _last_found(path, options) or _read(path, options, report)
    _remember(path, options, found)
    guess = guess_columns(path.name, found.table, (), options)
    notes = (found.encoding.sentence if found.encoding else "", *found.notes)
    corpus, sizes, problem = None, None, ""
    sample: tuple[str, ...] = ()
    first_rows = found.table.take(pa.array(range(min(found.table.num_rows, FIRST_ROWS)), pa.int64()))
    left_out: Mapping[str, int] = found.left_out
    left_rows: Mapping[str, pa.Table] = {}
    n_rows = found.n_rows
    try:
        if not guess.columns.label:
            raise CorpusError("No column looks like one of labels. Choose one.")
        corpus, labelled, left_out, n_rows = _corpus(name, path, found, guess.columns, options)
        notes = (*notes, *labelled.notes)
        left_rows = {
            reason: found.table.take(pa.array(rows[rows < found.table.num_rows]))
            for reason, rows in labelled.left_out_rows.items()
        }
        train, validation, test = split_rows(corpus, SplitSpec())
        sizes = len(train), len(validation), len(test)
        sample = _sample(corpus, np.concatenate([np.sort(train), np.sort(validation)]))
        sealed = labelled.rows[test]
        shown = np.setdiff1d(np.arange(min(found.table.num_rows, 40 * FIRST_ROWS)), sealed)[:FIRST_ROWS]
        first_rows = found.table.take(pa.array(shown))
    except CorpusError as error:
        problem = str(error)
    return Inspection(
        found=found,
        guess=guess,
        corpus=corpus if sizes else None,
        class_sizes=corpus.class_sizes if corpus and sizes else {},
        left_out=left_out,
        n_rows=n_rows,
        first_rows=first_rows,
        left_rows=left_rows,
        sizes=sizes,
        sample=sample,
        notes=tuple(note for note in notes if note),
        problem=problem,
        seconds=time.perf_counter() - began,
    )


def _sample(corpus: Corpus, rows: NDArray[np.int64]) -> tuple[str, ...]:
    spread = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
    articles = corpus.articles.take(pa.array(spread))
    return tuple(map(" ".join, zip(articles["title"].to_pylist(), articles["body"].to_pylist(), strict=True)))


def _corpus(
    name: str, path: Path, found: Found, columns: Columns, options: Options
) -> tuple[Corpus, Labelled, Mapping[str, int], int]:
    """The corpus of a table, its texts and labels, the rows left out by reason, and the rows of its files."""
    shown = path.name
    test = _read_test(path, options, columns)
    labelled = label_articles(shown, [found.table], None if test is None else test.table, columns, options=options)
    left_out = _together(found.left_out, test.left_out if test else {}, labelled.left_out)
    n_rows = found.n_rows + (test.n_rows if test else 0)
    encoding = found.encoding.sentence if found.encoding else ""
    notes = (_recipe_of_split(columns, labelled), left_out_in_words(left_out), encoding, *found.notes, *labelled.notes)
    corpus = make_corpus(
        name,
        labelled.titles,
        labelled.bodies,
        labelled.labels,
        labelled.class_names,
        rule=SplitRule(0.15, 0.0 if labelled.n_own_test else 0.15),
        provenance=Provenance(
            title=shown,
            origin=f"The file {shown}, {len(labelled.labels):,} texts of {n_rows:,} rows",
            licence="not stated; the file is yours and stays on this machine",
            note=" ".join(note for note in notes if note),
        ),
        n_own_test=labelled.n_own_test,
        n_own_validation=labelled.n_own_validation,
        groups=labelled.groups,
    )
    return corpus, labelled, left_out, n_rows


_last_read: dict[str, tuple[tuple[object, ...], Found]] = {}
"""The file that was inspected last, so that it is not read again when it is explored; at most one, and no large one."""
_MOST_KEPT = 200_000_000  # bytes


def _last_found(path: Path, options: Options) -> Found | None:
    """The rows of the last inspection, if it was of the same file, read with the same options."""
    key, kept = _read_key(path, options), _last_read.get("found")
    return kept[1] if kept is not None and kept[0] == key else None


def _remember(path: Path, options: Options, found: Found) -> None:
    key = _read_key(path, options)
    if key is not None and found.table.nbytes <= _MOST_KEPT:
        _last_read["found"] = key, found


def _read_key(path: Path, options: Options) -> tuple[object, ...] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    asked = (options.encoding, options.separator, options.quote, options.header, options.sheet)
    return (str(path), about.st_mtime_ns, about.st_size, *asked)


def _read(path: Path, options: Options, report: Report = ignore) -> Found:
    try:
        check_file(path)
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"There is no file {path}. Check the path, or upload the file.") from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}.") from error
    except pa.ArrowInvalid as error:
        raise CorpusError(f"{path.name} is not a Parquet file, or it is incomplete: {error}") from error
    return read_file(path.name, raw, options, report)


def _read_test(path: Path, options: Options, columns: Columns) -> Found | None:
    if not options.test:
        return None
    second = _test_path(path, options)
    found = _read(second, options)
    missing = [column for column in columns.used if column not in found.table.column_names]
    if missing:
        raise CorpusError(f"The test file {second.name} has no column '{missing[0]}', which {path.name} has.")
    return found


def _test_path(path: Path, options: Options) -> Path:
    """The test file: a name in the folder of the file or, unless a reader brought it, a path from there."""
    second = options.test
    if own_files.is_brought(path) and (Path(second).name != second or second.startswith("~") or second == ".."):
        raise CorpusError(f"The test file {second[:80]} was not brought with {path.name}.")
    return path.parent / Path(options.test).expanduser()


def _together(*parts: Mapping[str, int]) -> dict[str, int]:
    reasons = dict.fromkeys(reason for part in parts for reason in part)
    return {reason: sum(part.get(reason, 0) for part in parts) for reason in reasons}


def _recipe_of_split(columns: Columns, labelled: Labelled) -> str:
    texts = " and ".join(column for column in (columns.title, *columns.body) if column)
    if labelled.n_own_validation and labelled.n_own_test:
        how = f"split as column {columns.split} says"
    elif labelled.n_own_test:
        how = f"its own {labelled.n_own_test:,} test rows stay the test split, 15 % of the others are for validation"
    elif labelled.n_own_validation:
        how = f"its own {labelled.n_own_validation:,} validation rows stay, 15 % are for test"
    else:
        how = "split 70 / 15 / 15 by class"
    undivided = f", no {columns.group} divided" if columns.group else ""
    return f"Text from {texts}, classes from {columns.label}; {how}{undivided}."
