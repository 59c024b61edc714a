"""Blocks of columns, each weighted and normalised alone, joined into one CSR matrix that nothing makes dense.

A block is fitted on training articles: its columns, its inverse document frequencies and its log-count ratios. The
ratio of a term in a class is ln of its share among the terms of the class's articles, over that among all others, 1
added to every sum (Wang and Manning 2012, "Baselines and bigrams"); a column is weighted by the root mean square of its
ratios over the classes, so that one matrix serves all of them. For two classes that is the size of NB-SVM's ratio.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import EmptyVocabularyError
from bowcore.matrix.counts import Counts, count_terms, counts_by_number
from bowcore.matrix.vocabulary import keep_columns, max_documents
from bowcore.memory import check_stage, counting_cost
from bowcore.recipe.blocks import Block
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import VocabularySpec
from bowcore.recipe.steps import TermsSpec
from bowcore.text.cut import with_spaces
from bowcore.text.terms import TermMap, apply_chain
from bowcore.text.units import Units, join_fields, number_units

_TAG = re.compile(r"[(\[].{2,30}[)\]]")
WORDS = ("words", "headline")
"""Sources whose terms are words."""
_EDGES = ".,;:!?()[]\"'"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BlockTexts:
    """Texts with their words numbered: all that is read, and the headlines alone."""

    whole: Units
    headlines: Units


@dataclass(frozen=True, slots=True)
class BlockCounts:
    """How often each text has each term of a block: int32 CSR, (n_texts, n_terms), columns in the order of `terms`."""

    counts: sparse.csr_matrix
    terms: pa.StringArray


@dataclass(frozen=True, slots=True)
class FittedBlock:
    """A block's columns: sorted `terms`, and the number that each column is multiplied with, float32.

    `document_frequency` is the number of training texts with each term.
    """

    block: Block
    terms: pa.StringArray
    scale: Floats
    document_frequency: NDArray[np.int32]

    def columns_of(self, terms: list[str]) -> dict[str, int]:
        """Columns of those of some terms that have one."""
        columns = np.flatnonzero(pc.is_in(self.terms, pa.array(terms, pa.string())).to_numpy(zero_copy_only=False))
        return dict(zip(self.terms.take(pa.array(columns)).to_pylist(), columns.tolist(), strict=True))

    def cells(self, counted: BlockCounts) -> sparse.csr_matrix:
        """Cell values of texts: float32 CSR, (n_texts, n_terms); every row has the block's weight as its length."""
        # both lists of terms are sorted, so that the known columns come in the same order
        columns = np.flatnonzero(pc.is_in(self.terms, counted.terms).to_numpy(zero_copy_only=False)).astype(np.int32)
        known = pc.is_in(counted.terms, self.terms.take(pa.array(columns))).to_numpy(zero_copy_only=False)
        found = keep_columns(counted.counts, np.flatnonzero(known))
        indices = columns[found.indices]
        data = (1 + np.log(found.data.astype(np.float32))) * self.scale[indices]
        owners = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        lengths = np.sqrt(np.bincount(owners, weights=data.astype(np.float64) ** 2, minlength=found.shape[0]))
        lengths[lengths == 0] = 1.0
        data = data * (self.block.weight / lengths).astype(np.float32)[owners]
        cells = sparse.csr_matrix((data, indices, found.indptr), shape=(found.shape[0], len(self.terms)))
        cells.has_sorted_indices = True
        return cells


@dataclass(frozen=True, slots=True)
class FittedBlocks:
    """Blocks in the order of the recipe; `starts` are their first columns, and at the end the number of columns."""

    blocks: tuple[FittedBlock, ...]

    @property
    def starts(self) -> NDArray[np.int64]:
        """First column of each block, then the number of all columns."""
        return np.cumsum([0, *(len(fitted.terms) for fitted in self.blocks)])

    def join(self, counted: tuple[BlockCounts, ...], rows: NDArray[np.int64] | None = None) -> sparse.csr_matrix:
        """Cell values of texts, blocks side by side: float32 CSR, (n_texts, n_columns)."""
        parts = []
        for fitted, whole in zip(self.blocks, counted, strict=True):
            some = whole if rows is None else BlockCounts(whole.counts[rows], whole.terms)
            parts.append(fitted.cells(some))
        if len(parts) == 1:
            return parts[0]
        joined = sparse.hstack(parts, format="csr", dtype=np.float32)
        joined.has_sorted_indices = True
        return joined

    def columns_of(self, numbers: tuple[int, ...]) -> NDArray[np.int64]:
        """Columns of some blocks by their numbers from 1; of all if none is named."""
        starts = self.starts
        chosen = numbers or range(1, len(self.blocks) + 1)
        return np.concatenate([np.arange(starts[number - 1], starts[number]) for number in chosen])

    def names(self, columns: NDArray[np.integer]) -> list[str]:
        """The columns in words: a word as it is, of any other what it is as well, as in `characters: ␣oil`."""
        sources = [fitted.block.source for fitted in self.blocks]
        heads = ["" if source == "words" else f"{source}: " for source in sources]
        tails = [f" (block {number})" if sources.count(source) > 1 else "" for number, source in enumerate(sources, 1)]
        return [f"{heads[at]}{_visible(sources[at], term)}{tails[at]}" for at, term in self._terms(columns)]

    def words(self, columns: NDArray[np.integer]) -> list[str]:
        """The word or word group of each column, which the articles can be searched for; '' for any other column."""
        return [term if self.blocks[at].block.source in WORDS else "" for at, term in self._terms(columns)]

    def _terms(self, columns: NDArray[np.integer]) -> Iterator[tuple[int, str]]:
        """The position of each column's block, and its term."""
        starts = self.starts
        owners = np.searchsorted(starts, columns, side="right") - 1
        for at, column in zip(owners.tolist(), (columns - starts[owners]).tolist(), strict=True):
            yield at, self.blocks[at].terms[column].as_py()


def _visible(source: str, term: str) -> str:
    return term.replace(" ", "␣") if source == "characters" else term


def read_block_texts(fields: tuple[pa.Array, ...]) -> BlockTexts:
    """Number the words of texts; the first field is the headline."""
    headlines = number_units(with_spaces(fields[0]))
    whole = headlines if len(fields) == 1 else number_units(with_spaces(join_fields(fields)))
    return BlockTexts(whole, headlines)


def count_block(texts: BlockTexts, block: Block, spec: TermsSpec) -> BlockCounts:
    """Counts of everything that a block counts, in every text; nothing is fitted.

    Raises:
        MemoryBudgetError: They would not fit.
    """
    if block.source in WORDS:
        units = texts.whole if block.source == "words" else texts.headlines
        term_map = apply_chain(units.types, spec).result
        counted = _count(units, term_map, block, block.high)
        counts, terms = counted.train, counted.terms
        if block.low > 1:
            long = pc.count_substring(terms, " ").to_numpy(zero_copy_only=False) >= block.low - 1
            counts, terms = keep_columns(counts, np.flatnonzero(long)), terms.filter(pa.array(long))
        return BlockCounts(counts, terms)
    units = texts.whole
    counted = _count(units, map_pieces(units.types, pieces_of(block)), block, 1)
    return BlockCounts(counted.train, counted.terms)


def _count(units: Units, term_map: TermMap, block: Block, longest: int) -> Counts:
    type_counts, n_pieces = units.counts(), np.diff(term_map.offsets)
    in_texts = np.bincount(type_counts.indices, minlength=len(units.types))
    n_occurrences, n_nonzero = int(n_pieces @ units.frequencies()), int(n_pieces @ in_texts)
    by_name = [length for length in range(2, longest + 1) if not counts_by_number(term_map.strings, length)]
    cost = counting_cost(longest, n_occurrences, n_nonzero, len(units.types), by_name)
    check_stage(replace(cost, stage=f"Counting the block '{block.text}'", remedies=()))
    return count_terms(units, type_counts, term_map, units.n_documents, longest)


def fit_block(
    block: Block, counted: BlockCounts, rows: NDArray[np.int64], labels: NDArray[np.int32], spec: VocabularySpec
) -> FittedBlock:
    """Columns and their weights, learned from the texts `rows`, whose classes are `labels`, (len(rows),).

    Terms are within the recipe's limits of document frequency; a vocabulary size does not apply. The block has no
    column if the texts leave it no term, as a small draw or a fold of texts without tags does.
    """
    train = counted.counts if len(rows) == counted.counts.shape[0] else counted.counts[rows]
    n_documents = len(rows)
    document_frequency = np.bincount(train.indices, minlength=train.shape[1])
    allowed = (document_frequency >= max(spec.min_documents, 1)) & (
        document_frequency <= max_documents(spec.max_document_share, n_documents)
    )
    columns = np.flatnonzero(allowed)
    scale = np.ones(len(columns))
    if block.weighting in ("tfidf", "ratio-idf"):
        scale *= np.log((1 + n_documents) / (1 + document_frequency[columns])) + 1
    if block.weighting in ("ratio", "ratio-idf"):
        ratios = log_count_ratios(keep_columns(train, columns), labels)
        scale *= np.sqrt(np.square(ratios).mean(axis=0))
    terms = counted.terms.take(pa.array(columns))
    return FittedBlock(block, terms, scale.astype(np.float32), document_frequency[columns].astype(np.int32))


def fit_blocks(
    recipe: Recipe, counted: tuple[BlockCounts, ...], rows: NDArray[np.int64], labels: NDArray[np.int32]
) -> FittedBlocks:
    """Every block of a recipe, fitted on the texts `rows`, whose classes are `labels`.

    Raises:
        EmptyVocabularyError: A model's blocks have no term at all.
    """
    blocks = recipe.blocks.parsed
    fitted = FittedBlocks(
        tuple(
            fit_block(block, one, rows, labels, recipe.vocabulary) for block, one in zip(blocks, counted, strict=True)
        )
    )
    for model in recipe.blocks.voters:
        if not len(fitted.columns_of(model.on)):
            read = " and ".join(f"'{blocks[number - 1].text}'" for number in model.on or range(1, len(blocks) + 1))
            raise EmptyVocabularyError(
                f"No term of {read} is within the limits, so {model.words} has nothing to learn from. Lower the "
                "minimum document frequency, or count something else.",
                "blocks",
            )
    return fitted


def log_count_ratios(train: sparse.csr_matrix, labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Log-count ratio of each term for each class that texts have: (n_present_classes, n_terms); 0 for a single one.

    A text counts a term once, as in NB-SVM.
    """
    present = np.unique(labels)
    if len(present) < 2:
        return np.ones((1, train.shape[1]))
    once = sparse.csr_matrix((np.ones(train.nnz, dtype=np.float32), train.indices, train.indptr), train.shape)
    membership = (labels[:, None] == present[None, :]).astype(np.float32)
    sums = (once.T @ membership).T.astype(np.float64)
    inside, outside = sums + 1, sums.sum(axis=0) - sums + 1
    return np.asarray(
        np.log(inside / inside.sum(axis=1, keepdims=True)) - np.log(outside / outside.sum(axis=1, keepdims=True))
    )


def map_pieces(types: pa.StringArray, pieces: Callable[[str], list[str]]) -> TermMap:
    """The pieces of each distinct word, numbered in sorted order."""
    numbers: dict[str, int] = {}
    codes: list[int] = []
    ends = [0]
    for word in types.to_pylist():
        codes += [numbers.setdefault(piece, len(numbers)) for piece in pieces(word)]
        ends.append(len(codes))
    strings = pa.array(list(numbers), pa.string())
    order = pc.array_sort_indices(strings).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return TermMap(strings.take(pa.array(order)), np.array(ends, dtype=np.int64), rank[np.array(codes, dtype=np.int64)])


def characters(word: str, low: int, high: int) -> list[str]:
    """Groups of characters of a word with a space at both ends; a shorter word is one group (as scikit-learn's).

    >>> characters("ab", 2, 3)
    [' a', 'ab', 'b ', ' ab', 'ab ']
    >>> characters("a", 4, 5)
    [' a ']
    """
    padded = f" {word} "
    found: list[str] = []
    for length in range(low, high + 1):
        found += [padded[at : at + length] for at in range(max(1, len(padded) - length + 1))]
        if len(padded) <= length:
            break
    return found


def shape_of_digits(word: str) -> list[str]:
    """The word with every run of digits as 0, in lower case, if it has a digit.

    >>> shape_of_digits("$4.50,"), shape_of_digits("21-Jul"), shape_of_digits("oil")
    (['$0.0'], ['0-jul'], [])
    """
    if not any(sign.isdigit() for sign in word):
        return []
    return [re.sub(r"\d+", "0", word.strip(_EDGES)).lower()]


def tag(word: str) -> list[str]:
    """The word if it is in brackets, without what follows them.

    >>> tag("(Reuters)"), tag("(AP)."), tag("oil")
    (['(Reuters)'], ['(AP)'], [])
    """
    found = _TAG.match(word)
    return [found[0]] if found else []


def pieces_of(block: Block) -> Callable[[str], list[str]]:
    """What a block that counts no words counts of a single word."""
    if block.source == "characters":
        return lambda word: characters(word if block.case else word.lower(), block.low, block.high)
    return tag if block.source == "tags" else shape_of_digits
