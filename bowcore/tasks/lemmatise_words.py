"""Jobs that run the tagger on single words: lemmas of a reader's own lines, and tokens behind a corpus's lemmas.

Pages do not import spaCy. A worker keeps it loaded after the first of these jobs, which takes seconds. Results are
artefacts, so an equal request needs no job.
"""

from __future__ import annotations

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
from bowcore.store.locks import Lane
from bowcore.text.tagger import words as word_tagger
from bowcore.text.tagger.texts import model_identity
from bowcore.text.tagger.words import Pieces, lemmas_of_words, tokens_of_words

LINES, TOKENS = "line-lemmas", "tokens"
"""Kinds of the two jobs."""
MAX_QUICK = 150_000  # distinct words that the quick lane tokenises, 10,000 to 50,000 a second; AG News has 129,000
_PORTION = 2000  # words between two checks for a stop


def lines_key(lines: Sequence[str]) -> str:
    """Key of the lemmas of these lines: of the job and of its artefact."""
    content = f"{model_identity()} {inspect.getsource(word_tagger)} {json.dumps(list(lines))}"
    return f"lines-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def request_lines(lines: Sequence[str]) -> Job:
    """Submit the job for the lemmas of these lines, or return the one submitted already."""
    return jobs.submit(LINES, {"lines": list(lines)}, "quick", lines_key(lines))


def read_lines(lines: Sequence[str]) -> tuple[Pieces, ...] | None:
    """For each line, the lemmas of each of its words; None if no job has computed them yet.

    Stored lemmas that do not match the lines are deleted, to be recomputed.
    """
    return artefacts.reading(lines_key(lines), lambda folder: _read_lines(folder, lines))


def _read_lines(folder: Path, lines: Sequence[str]) -> tuple[Pieces, ...]:
    kept = json.loads((folder / "lemmas.json").read_text(encoding="utf-8"))
    found = tuple(tuple(tuple(map(str, word)) for word in line) for line in kept["lines"])
    if list(map(len, found)) != [len(line.split()) for line in lines]:
        raise ValueError("these are not the lemmas of these lines")
    return found


def lemmatise_lines(payload: dict[str, Any], context: JobContext) -> KeptResult:
    """The job of kind 'line-lemmas'. Payload: `lines`, each tagged by itself.

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
    """Key of the tokens of every distinct word of a recipe's open articles, as written."""
    content = f"{model_identity()} {result_key(as_written(recipe), 'text', corpus_digest)}"
    return f"tokens-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def as_written(recipe: Recipe) -> Recipe:
    """The recipe up to its text, with written words instead of the tagger's lemmas."""
    return recipe.change(units="white-space").through("text")


def request_tokens(recipe: Recipe, corpus_digest: str, n_words: int) -> Job:
    """Submit the job for the tokens of a recipe's `n_words` distinct words, or return the one submitted already."""
    lane: Lane = "quick" if n_words <= MAX_QUICK else "long"
    return jobs.submit(TOKENS, {"recipe": as_written(recipe).to_toml()}, lane, tokens_key(recipe, corpus_digest))


def read_tokens(recipe: Recipe, corpus_digest: str, n_words: int) -> pa.ListArray | None:
    """The tokens of each distinct word, list<string> of length `n_words`; None if no job has computed them yet.

    Stored tokens that do not match the words are deleted, to be recomputed.
    """
    return artefacts.reading(tokens_key(recipe, corpus_digest), lambda folder: _read_tokens(folder, n_words))


def _read_tokens(folder: Path, n_words: int) -> pa.ListArray:
    tokens = pq.read_table(folder / "tokens.parquet")["tokens"].combine_chunks()
    if len(tokens) != n_words:
        raise ValueError(f"tokens of {len(tokens):,} words in place of {n_words:,}")
    return tokens


def tokenise_words(payload: dict[str, Any], context: JobContext) -> KeptResult | None:
    """The job of kind 'tokens'. Payload: `recipe` (TOML), up to its text.

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
    artefacts.store(
        key, lambda place: pq.write_table(table, place / "tokens.parquet", compression="zstd"), recipe.corpus.corpus
    )
    return KeptResult(key)
