"""The tagger's word on words, by jobs: the lemmas of lines that a reader wrote, and the tokens behind a corpus' lemmas.

Pages do not import spaCy. A worker keeps it loaded after the first of these jobs, which takes seconds; the next ones
take as long as the lines are to read. What was answered once is an artefact, and no job is needed for it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.text.tagger import words as word_tagger
from bowcore.text.tagger.texts import model_identity
from bowcore.text.tagger.words import Pieces, lemmas_of_words, tokens_of_words

LINES, TOKENS = "line-lemmas", "tokens"
"""Kinds of the two jobs."""
MOST_QUICK = 150_000  # distinct words that the quick lane cuts, at 10,000 to 50,000 a second; AG News has 129,000
_PORTION = 2000  # words between two looks for a stop


def lines_key(lines: Sequence[str]) -> str:
    """Key of the lemmas of these lines: of the job, and of the artefact that it makes."""
    told = f"{model_identity()} {inspect.getsource(word_tagger)} {json.dumps(list(lines))}"
    return f"lines-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def request_lines(lines: Sequence[str]) -> Job:
    """Ask the quick worker for the lemmas of these lines, or get the job that is asked for already."""
    return jobs.submit(LINES, {"lines": list(lines)}, "quick", lines_key(lines))


def read_lines(lines: Sequence[str]) -> tuple[Pieces, ...] | None:
    """For each line, the lemmas of each of its words; None where no job has made them yet.

    Stored lemmas that do not match the lines are deleted, to be recomputed.
    """
    key = lines_key(lines)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = artefacts.read_json(key, "lemmas.json")
        if kept is None:
            return None
        found = tuple(tuple(tuple(map(str, word)) for word in line) for line in kept["lines"])
        if list(map(len, found)) == [len(line.split()) for line in lines]:
            return found
    artefacts.remove(key)
    return None


def lemmatise_lines(payload: dict[str, Any], context: JobContext) -> KeptResult:
    """The job of kind 'line-lemmas'. Payload: `lines`, each a text of its own.

    Raises:
        RunError: There is no model, or it is not the known one.
    """
    lines = [str(line) for line in payload["lines"]]
    key = lines_key(lines)
    if read_lines(lines) is None:
        made = [lemmas_of_words(line) for line in lines]
        artefacts.store(key, lambda place: _write_lines(made, place))
    return KeptResult(key)


def _write_lines(made: list[Pieces], place: Path) -> None:
    (place / "lemmas.json").write_text(json.dumps({"lines": made}), encoding="utf-8")


def tokens_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the tokens of every distinct word of a recipe's open articles, as they are written."""
    told = f"{model_identity()} {result_key(as_written(recipe), 'text', corpus_digest)}"
    return f"tokens-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def as_written(recipe: Recipe) -> Recipe:
    """The recipe up to its text, with words in place of the tagger's lemmas."""
    return recipe.change(units="white-space").through("text")


def request_tokens(recipe: Recipe, corpus_digest: str, n_words: int) -> Job:
    """Ask for the tokens of a recipe's `n_words` distinct words, or get the job that is asked for already."""
    lane: Any = "quick" if n_words <= MOST_QUICK else "long"
    return jobs.submit(TOKENS, {"recipe": as_written(recipe).to_toml()}, lane, tokens_key(recipe, corpus_digest))


def read_tokens(recipe: Recipe, corpus_digest: str, n_words: int) -> pa.ListArray | None:
    """The tokens of each distinct word, list<string> of length `n_words`; None where no job has made them yet.

    Stored tokens that do not match the words are deleted, to be recomputed.
    """
    key = tokens_key(recipe, corpus_digest)
    folder = artefacts.find(key)
    if folder is None:
        return None
    with contextlib.suppress(OSError, pa.ArrowInvalid, KeyError):
        tokens = pq.read_table(folder / "tokens.parquet")["tokens"].combine_chunks()
        if len(tokens) == n_words:
            return tokens
    artefacts.remove(key)
    return None


def cut_words(payload: dict[str, Any], context: JobContext) -> KeptResult | None:
    """The job of kind 'tokens'. Payload: `recipe` (TOML), of which everything up to its text counts.

    Raises:
        RunError: There is no model, or it is not the known one.
    """
    recipe = Recipe.from_toml(payload["recipe"])
    digest = process_experiments().corpus(recipe).digest
    key = tokens_key(recipe, digest)
    words = process_experiments().reading(recipe).units.types.to_pylist()
    if read_tokens(recipe, digest, len(words)) is not None:
        return KeptResult(key)
    made: list[tuple[str, ...]] = []
    for first in range(0, len(words), _PORTION):
        if context.should_stop():
            return None
        made += tokens_of_words(words[first : first + _PORTION])
        context.emit(progress=len(made) / len(words))
    table = pa.table({"tokens": pa.array(made, pa.list_(pa.string()))})
    artefacts.store(key, lambda place: _write_tokens(table, place))
    return KeptResult(key)


def _write_tokens(table: pa.Table, place: Path) -> None:
    pq.write_table(table, place / "tokens.parquet", compression="zstd")
