"""Memory estimates of stages: each is checked before it starts and refused if it would not fit.

Coefficients are bytes at the peak, measured with `tracemalloc` on two corpora and rounded up; a test keeps every
estimate between the measured peak and a small multiple of it.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import psutil

from bowcore.errors import MemoryBudgetError
from bowcore.nouns import TEXTS
from bowcore.numbers import size
from bowcore.recipe.specs import WeightingOption

FREE_SHARE = 0.7
_MALLOC_OPTIONS = ((-8, 2), (-3, 1 << 18), (-1, 1 << 20))  # M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
VARIABLE = "BOWLAB_MEMORY_GB"
CACHE_VARIABLE = "BOWLAB_CACHE_MB"
CACHE_SHARE, CACHE_MOST = 0.1, 400_000_000
WORKERS_SHARE = 0.15
"""Of what a server caches: a worker does one job after the other."""

_share = 1.0  # of the default that this process caches

PROGRAM_BYTES = 250_000_000  # Python, the libraries that the first corpus loads, freed memory that allocators keep
_A_FILE_BYTE, _A_ROW_BYTE = 8.0, 10.0  # the file, its table, corpus and splits; all rows as Python's objects
_AN_ARROW_BYTE = 20.0  # it may be compressed, which only its records say
_A_BYTE_OF = {
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".zip", ".xls", ".xlsb", ".xlsx", ".ods"), _A_ROW_BYTE),
    **dict.fromkeys((".arrow", ".feather"), _AN_ARROW_BYTE),
}
_A_TEXT_BYTE = 9.0  # its word's number, the counts of types and their transpose, and the joined text itself
_A_TYPE, _A_TYPE_BYTE = 100.0, 8.0  # its place in tables, its string, and what the steps make of it
_AN_ARTICLE = 100.0  # its offsets in fields, joined text, counts and their transpose
_A_POSTING = 18.0  # copied, transposed, and stored
_A_TERM = 32.0
_AN_OCCURRENCE = 80.0  # of a word group: its number, the sort of all numbers, its name
_A_NAMED_OCCURRENCE = 150.0  # of one identified by its name: names joined and sorted
_A_COUNT, _A_WEIGHT = 22.0, 30.0  # int32 cells, and float64 cells

_A_MARGIN = 60.0  # float32 margins, scaled, and the three sparse copies of which logistic regression keeps two

_A_BLOCK_CELL = 75.0  # float32 cells of a block and joined, and the two copies in float64 that LIBLINEAR reads


@dataclass(frozen=True, slots=True)
class StageCost:
    """Estimated peak memory of a stage in bytes, and after each change that reduces it.

    `remedies` are the changes in words, the least drastic first. `held` are bytes that earlier stages keep: free
    memory is without them, but a fixed limit is not.
    """

    stage: str
    n_bytes: int
    remedies: tuple[tuple[str, int], ...] = ()
    held: int = 0


def file_cost(name: str, n_bytes: int, kind: str) -> StageCost:
    """Cost of reading a file of articles and making a corpus of them, from its size in bytes.

    `kind` is the suffix of its name; of a Parquet file or an archive, `n_bytes` counts its contents uncompressed.
    """
    n_needed = int(_A_BYTE_OF.get(kind, _A_FILE_BYTE) * n_bytes)
    return StageCost(f"Reading the file {name}, {size(n_bytes)},", n_needed, held=PROGRAM_BYTES)


def reading_cost(title_bytes: int, body_bytes: int, n_articles: int, types: tuple[int, int] = (0, 0)) -> StageCost:
    """Cost of splitting and numbering every word of the open articles, from the bytes of the texts that are read.

    `types` are the estimated number of distinct words, and their bytes.
    """

    def cost(n_bytes: int) -> int:
        share = n_bytes / max(title_bytes + body_bytes, 1)
        words = _A_TYPE * types[0] + _A_TYPE_BYTE * types[1]
        return int(_A_TEXT_BYTE * n_bytes + _AN_ARTICLE * n_articles + words * share)

    if not body_bytes:
        return StageCost(f"Reading {size(title_bytes)} of headlines", cost(title_bytes))
    # articles without headlines would be empty
    remedies = (("Read the headlines only", cost(title_bytes)),) if title_bytes else ()
    return StageCost(f"Reading {size(title_bytes + body_bytes)} of text", cost(title_bytes + body_bytes), remedies)


def counting_cost(
    ngrams: int, n_occurrences: int, n_nonzero: int, n_types: int, by_name: Collection[int] = ()
) -> StageCost:
    """Cost of counting terms, or word groups, in every article.

    Args:
        ngrams: Length of the longest word groups.
        n_occurrences: Terms in all articles, in reading order.
        n_nonzero: Pairs of an article and a type in it, once for each term that the type yields.
        n_types: Distinct units.
        by_name: Lengths of word groups at which they are identified by name.
    """

    def cost(length: int) -> int:
        if length == 1:
            return int(_A_POSTING * n_nonzero + _A_TERM * n_types)
        return int((_A_NAMED_OCCURRENCE if length in by_name else _AN_OCCURRENCE) * n_occurrences * length)

    names = {1: "Count single words", 2: "Count word groups of at most two"}
    what = "single words" if ngrams == 1 else f"word groups of up to {ngrams}"
    return StageCost(
        f"Counting {what}, {n_occurrences:,} words of {n_types:,} types,",
        cost(ngrams),
        tuple((names[shorter], cost(shorter)) for shorter in range(ngrams - 1, 0, -1)),
    )


def matrix_cost(weighting: WeightingOption, n_nonzero: int, n_terms: int, n_kept: int, n_train: int) -> StageCost:
    """Cost of choosing columns and weighting cells.

    Args:
        weighting: Determines the type of the cells.
        n_nonzero: Non-empty cells of the counts.
        n_terms: Distinct terms.
        n_kept: Training articles to learn from.
        n_train: All training articles.
    """

    def cost(cell: float, n_articles: int) -> int:
        return int(cell * n_nonzero * (n_articles / max(n_train, 1)) + _A_TERM * n_terms)

    cell = _A_WEIGHT if weighting.real else _A_COUNT
    shares = [share for share in (20_000, 5_000, 1_000) if share < n_kept]
    fewer = [(f"Train on {share:,} {TEXTS}", cost(cell, share)) for share in shares]
    plain = [(f"Use counts in place of {weighting.label}", cost(_A_COUNT, n_kept))] if weighting.real else []
    return StageCost(f"A matrix of {n_nonzero:,} filled cells", cost(cell, n_kept), (*plain, *fewer))


def fitting_cost(n_cells: int) -> StageCost:
    """Cost of weighting and joining blocks and fitting linear models on them, from the filled cells of the counts."""
    return StageCost(f"Fitting on blocks with {n_cells:,} filled cells", int(_A_BLOCK_CELL * n_cells))


def stacking_cost(n_texts: int, n_models: int, n_classes: int) -> StageCost:
    """Cost of the margins of models for texts, and of a logistic regression of them."""
    n_margins = n_texts * n_models * n_classes
    return StageCost(f"Stacking {n_models:,} models by {n_margins:,} margins", int(_A_MARGIN * n_margins))


def check_stage(cost: StageCost, budget_bytes: int | None = None) -> None:
    """Raise for a stage that would not fit, naming the cheapest change that would.

    Raises:
        MemoryBudgetError: The estimate is above the budget.
    """
    held = cost.held if os.environ.get(VARIABLE) else 0
    remedies = [(change, n_bytes + held) for change, n_bytes in cost.remedies]
    check_bytes(cost.stage, cost.n_bytes + held, lambda budget: _cheapest(remedies, budget), budget_bytes)


def check_bytes(what: str, n_bytes: int, remedy: Callable[[int], str], budget_bytes: int | None = None) -> None:
    """Raise if `n_bytes` is over the budget; `remedy` is called with the budget and says what to do.

    Raises:
        MemoryBudgetError: The estimate is above the budget.
    """
    budget = memory_budget() if budget_bytes is None else budget_bytes
    if n_bytes > budget:
        raise MemoryBudgetError(
            f"{what} would take about {size(n_bytes)}, but only {size(budget)} may be used. {remedy(budget)}"
        )


def memory_budget() -> int:
    """Bytes that a stage may use: 70 % of the free memory, or `BOWLAB_MEMORY_GB`.

    Raises:
        MemoryBudgetError: The variable is not a number above 0.
    """
    gigabytes = _setting(VARIABLE, "gigabytes", 8)
    return int(FREE_SHARE * psutil.virtual_memory().available) if gigabytes is None else int(gigabytes * 1e9)


def cache_budget() -> int:
    """Bytes of results that a process may cache: 10 % of the memory, at most 400 MB, or `BOWLAB_CACHE_MB`.

    Raises:
        MemoryBudgetError: The variable is not a number above 0.
    """
    megabytes = _setting(CACHE_VARIABLE, "megabytes", 200)
    if megabytes is None:
        return int(_share * min(CACHE_SHARE * psutil.virtual_memory().total, CACHE_MOST))
    return int(megabytes * 1e6)


def lower_cache_budget(share: float) -> None:
    """Cache this share of the default in this process, unless the setting says how much."""
    global _share
    _share = share


def return_freed_memory() -> None:
    """Have large freed arrays go back to the system at once, where the C library is glibc.

    By default it keeps a heap for each of many threads, and freed arrays of up to 32 MB in it, so that a server with
    thirty sessions holds several times what it uses, and a worker a sixth more. To be called before other threads
    allocate.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for option, value in _MALLOC_OPTIONS:
            mallopt(option, value)


def _setting(variable: str, unit: str, example: int) -> float | None:
    text = os.environ.get(variable, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise MemoryBudgetError(f"{variable} = '{text}' must be a number of {unit} above 0, such as {example}.")
    return number


def _cheapest(remedies: Iterable[tuple[str, int]], budget: int) -> str:
    for change, n_bytes in remedies:
        if n_bytes <= budget:
            return f"{change}: about {size(n_bytes)}."
    return f"No smaller recipe fits: use a smaller corpus, or set {VARIABLE} higher."
