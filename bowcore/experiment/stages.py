"""The stages in order: pure functions of the value before and the recipe. `Experiments` caches their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Split
from bowcore.findings.leaks import draw_sample
from bowcore.findings.near_duplicates import NearDuplicates
from bowcore.matrix.counts import Counts, Postings, count_terms, counts_by_number, list_postings
from bowcore.matrix.features import Features
from bowcore.matrix.groups import MatrixSize, matrix_size
from bowcore.matrix.vocabulary import Vocabulary, append_unknown, keep_columns, learn_vocabulary, with_unknown
from bowcore.matrix.weighting import weight
from bowcore.memory import PROGRAM_BYTES, check_stage, counting_cost, matrix_cost, reading_cost
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec, TextSpec
from bowcore.text.cut import with_spaces
from bowcore.text.repair import repair
from bowcore.text.stopwords import common_words
from bowcore.text.terms import Chain, TermMap, apply_chain, lexicon_of
from bowcore.text.units import Units, estimate_types, join_fields, number_units, read_fields
from bowcore.trace.lineage import StepEffect
from bowcore.trace.repair_effect import repair_effect

SHUFFLE_STREAM = 1
"""The stream of random numbers, of the sample's seed, that shuffles labels."""
N_FIRST = 24
"""Training articles whose cells are shown before anybody asks for more of them."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Reading:
    """The text that a recipe reads of the open articles: `n_train` training articles, then the validation articles.

    Attributes:
        articles: Texts of the articles.
        texts: The texts that units are split from: `articles`, or their lemmas joined by spaces.
        units: Occurrences of distinct units, in reading order.
        type_counts: Occurrences of each distinct unit in each article: int32 CSR, (n_documents, n_types).
        postings: The same counts by unit.
        n_train: Number of training articles.
        repair_seconds: Time that the repair of leftovers took, 0 without it.
    """

    articles: pa.Array
    texts: pa.Array
    units: Units
    type_counts: sparse.csr_matrix
    postings: Postings
    n_train: int
    repair_seconds: float = 0.0

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        texts = self.articles.nbytes + (0 if self.texts is self.articles else self.texts.nbytes)
        cells = 2 * (self.type_counts.data.nbytes + self.type_counts.indices.nbytes)  # by article, and by type
        strings = 4 * self.units.types.nbytes  # and what the steps make of them
        return int(texts + self.units.ids.nbytes + strings + cells)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Cells:
    """Raw counts over the vocabulary, and the cell values that models use."""

    counts: Features
    features: Features


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Matrix:
    """The recipe's matrix; its cells are most of its memory, and are loaded when they are used.

    Attributes:
        vocabulary: Terms of the columns.
        rows: Positions, among all training articles, of those that the recipe trains on.
        size: Size of the training articles' part.
        filled: Filled cells of each of these articles, (n_rows,), and of each validation article, (n_validation,).
        first: Cell values of the first `N_FIRST` of these articles, (n_first, n_terms).
        validation: Cell values of the validation articles, (n_validation, n_terms).
        load: Returns the cells.
    """

    vocabulary: Vocabulary
    rows: NDArray[np.int64]
    size: MatrixSize
    filled: tuple[NDArray[np.int32], NDArray[np.int32]]
    first: sparse.csr_matrix
    validation: sparse.csr_matrix
    load: Callable[[], Cells]

    @property
    def shape(self) -> tuple[int, int]:
        """Training articles and terms."""
        return len(self.rows), self.size.n_terms

    @property
    def n_filled(self) -> int:
        """Filled cells of the training articles."""
        return self.size.n_filled

    @property
    def counts(self) -> Features:
        """Raw counts over the vocabulary."""
        return self.load().counts

    @property
    def features(self) -> Features:
        """The cell values that models use."""
        return self.load().features


def read_split(split: Split, recipe: Recipe, report: Callable[[float], None] = lambda share: None) -> Reading:
    """Texts of the open articles, split into numbered units.

    `report` is called with the share that is done while texts of scripts without spaces are cut.

    Raises:
        NotPreparedError: The recipe's units are lemmas, which a job has to compute first.
        MemoryBudgetError: It would not fit.
    """
    fields = open_fields(split, recipe.text, repaired=False)
    _check_reading(fields, held_by(split))
    seconds = 0.0
    if recipe.text.repair:
        start = perf_counter()
        fields = tuple(repair(field) for field in fields)
        seconds = perf_counter() - start
    articles = texts = join_fields(fields)
    if recipe.text.units == "lemmas":
        from bowcore.experiment import lemmas  # here, as it imports the database

        texts = join_fields(lemmas.kept_lemmas(fields, recipe))
    units = number_units(texts if recipe.text.units == "lemmas" else with_spaces(texts, report))
    type_counts, n_train = units.counts(), split.train.n_documents
    return Reading(articles, texts, units, type_counts, list_postings(type_counts, n_train), n_train, seconds)


def open_fields(split: Split, spec: TextSpec, *, repaired: bool) -> tuple[pa.Array, ...]:
    """The fields that a recipe reads of every open article, training articles first; repaired or unchanged."""
    parts = [read_fields(part, replace(spec, repair=repaired)) for part in (split.train, split.validation)]
    return tuple(pa.concat_arrays(field) for field in zip(*parts, strict=True))


def trace_repair(split: Split, spec: TextSpec, raw: Units, repaired: Units, k: int = 10) -> StepEffect:
    """Effect of the repair on the words of the open articles, with the `k` most frequent examples of each outcome.

    `raw` and `repaired` are the articles' white-space units before and after it.
    """
    return repair_effect(open_fields(split, spec, repaired=False), raw, repaired, k)


def _check_reading(fields: tuple[pa.Array, ...], held: int) -> None:
    # lengths of the texts alone: an empty column has offsets, too
    n_bytes = [pc.sum(pc.binary_length(field)).as_py() or 0 for field in fields]
    cost = reading_cost(n_bytes[0], sum(n_bytes[1:]), len(fields[0]), estimate_types(fields))
    check_stage(replace(cost, held=held))


def held_by(split: Split, reading: Reading | None = None) -> int:
    """Bytes of the program, the corpus, its splits and, if given, what was read of it."""
    # the corpus, its splits, and the fields that are read
    texts = 3 * sum(part.articles.nbytes for part in (split.train, split.validation))
    return PROGRAM_BYTES + int(texts) + (reading.n_bytes if reading else 0)


def map_terms(reading: Reading, recipe: Recipe) -> Chain:
    """The chain of steps over the distinct units."""
    return apply_chain(reading.units.types, recipe.terms, lexicon_of(reading.units.types))


def count(reading: Reading, chain: Chain, recipe: Recipe, held: int = 0) -> Counts:
    """Counts of every term in every open article; `held` are the bytes that corpus and reading keep.

    Raises:
        MemoryBudgetError: It would not fit.
    """
    ngrams = recipe.terms.ngrams
    _check_counting(reading, chain.result, ngrams, held)
    return count_terms(reading.units, reading.type_counts, chain.result, reading.n_train, ngrams, reading.postings)


def _check_counting(reading: Reading, terms: TermMap, ngrams: int, held: int) -> None:
    n_pieces, units = np.diff(terms.offsets), reading.units
    in_articles = np.diff(reading.postings.train.indptr) + np.diff(reading.postings.validation.indptr)
    # single words are counted from the postings, without a look at their occurrences
    n_occurrences = len(units.ids) if ngrams == 1 else int(n_pieces @ units.frequencies())
    by_name = [length for length in range(2, ngrams + 1) if not counts_by_number(terms.strings, length)]
    cost = counting_cost(ngrams, n_occurrences, int(n_pieces @ in_articles), len(units.types), by_name)
    check_stage(replace(cost, held=held))


def learned_labels(labels: NDArray[np.int32], spec: SampleSpec) -> NDArray[np.int32]:
    """The labels that models learn from: those of the sample's articles, or the same in a random order."""
    if not spec.shuffled_labels:
        return labels
    seed = np.random.SeedSequence(spec.sample_seed, spawn_key=(SHUFFLE_STREAM,))
    return np.random.default_rng(seed).permutation(labels)


def build_matrix(counts: Counts, split: Split, recipe: Recipe, near: NearDuplicates | None = None) -> Matrix:
    """Vocabulary and cell values, fitted on the recipe's training articles.

    `near` are the split's near duplicates, if already known; the sample may leave such articles out.

    Raises:
        EmptyVocabularyError: The recipe leaves no terms.
        RecipeError: The recipe leaves no training articles.
        MemoryBudgetError: It would not fit.
    """
    rows = draw_sample(split, recipe.sample, near)
    labels = learned_labels(split.train.labels[rows], recipe.sample)
    n_nonzero = counts.train.nnz + counts.validation.nnz
    option = recipe.weighting.option
    cost = matrix_cost(option, n_nonzero, len(counts.terms), len(rows), split.train.n_documents)
    check_stage(replace(cost, held=held_by(split) + 3 * 8 * n_nonzero))  # the counts, and those of the units twice
    train = counts.train if len(rows) == counts.train.shape[0] else counts.train[rows]
    among = common_words(recipe.terms) if recipe.vocabulary.stop_words_only else None
    vocabulary = learn_vocabulary(counts, train, labels, recipe.vocabulary, among)
    counted = [keep_columns(whole, vocabulary.columns) for whole in (train, counts.validation)]
    if recipe.vocabulary.unknown == "unk":
        wholes = (train, counts.validation)
        counted = [append_unknown(known, whole) for known, whole in zip(counted, wholes, strict=True)]
        vocabulary = with_unknown(vocabulary, counted[0])
    raw = Features(
        train=counted[0],
        validation=counted[1],
        train_labels=labels,
        validation_labels=split.validation.labels,
        terms=vocabulary.terms,
        class_names=split.class_names,
    )
    train, validation = (weight(part, vocabulary, recipe.weighting) for part in (raw.train, raw.validation))
    features = replace(raw, train=train, validation=validation)
    cells, filled = Cells(raw, features), (_filled(train), _filled(validation))
    size, first = matrix_size(features, vocabulary), train[:N_FIRST]
    return Matrix(vocabulary, rows, size, filled, first, validation, lambda: cells)


def _filled(matrix: sparse.csr_matrix) -> NDArray[np.int32]:
    """Filled cells of each row."""
    found: NDArray[np.int32] = np.diff(matrix.indptr).astype(np.int32)
    found.flags.writeable = False
    return found


def transform_texts(texts: pa.Array, matrix: Matrix, recipe: Recipe, *, is_cut: bool = False) -> sparse.csr_matrix:
    """Cell values of texts over a learned vocabulary: (n_texts, n_terms).

    The texts are those that units are split from, as in `Reading.texts`: lemmas if the recipe's units are lemmas.
    `is_cut` says that white space parts all of their words.
    """
    units = number_units(texts if is_cut or recipe.text.units == "lemmas" else with_spaces(texts))
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, units.counts(), chain.result, len(texts), recipe.terms.ngrams)
    vocabulary = matrix.vocabulary
    # the vocabulary is looked up among the few terms of the texts, not the other way round: it has up to a million
    columns = np.flatnonzero(pc.is_in(vocabulary.known_terms, counts.terms)).astype(np.int32)
    found = pc.is_in(counts.terms, vocabulary.known_terms.take(pa.array(columns)))
    # both lists of terms are sorted, so the known columns come in the vocabulary's order
    raw = keep_columns(counts.train, np.flatnonzero(found))
    spread = sparse.csr_matrix((raw.data, columns[raw.indices], raw.indptr), shape=(len(texts), vocabulary.n_known))
    spread.has_sorted_indices = True
    if vocabulary.unknown:
        spread = append_unknown(spread, counts.train)
    return weight(spread, vocabulary, recipe.weighting)
