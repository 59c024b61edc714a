"""The stages in order. Each is a pure function of the value before it and its own spec; callers cache them."""

from __future__ import annotations

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
from bowcore.matrix.vocabulary import Vocabulary, append_unknown, keep_columns, learn_vocabulary, with_unknown
from bowcore.matrix.weighting import weight
from bowcore.memory import check_stage, counting_cost, matrix_cost, reading_cost
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import TextSpec
from bowcore.text.repair import repair
from bowcore.text.terms import Chain, apply_chain, lexicon_of
from bowcore.text.units import Units, join_fields, number_units, read_fields
from bowcore.trace.lineage import StepEffect
from bowcore.trace.repair_effect import repair_effect


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Reading:
    """What is read of the open articles, the `n_train` training articles first, then the validation articles.

    `texts` are what units are split from: the articles' texts, or for a recipe of lemmas those of every word, joined
    by spaces; `articles` are the articles' texts in either case. `type_counts` says how often each distinct unit
    stands in each article: int32 CSR, (n_documents, n_types); `postings` say the same, type by type. `repair_seconds`
    is how long the repair of leftovers took when the articles were read, 0 where there is none.
    """

    articles: pa.Array
    texts: pa.Array
    units: Units
    type_counts: sparse.csr_matrix
    postings: Postings
    n_train: int
    repair_seconds: float = 0.0


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Matrix:
    """The recipe's matrix: the vocabulary, raw counts over it, and the cell values that a model is given.

    `rows` are the positions, among all training articles, of those that the recipe trains on.
    """

    vocabulary: Vocabulary
    counts: Features
    features: Features
    rows: NDArray[np.int64]


def read_split(split: Split, recipe: Recipe) -> Reading:
    """Texts of the open articles, split into numbered units.

    Raises:
        NotPreparedError: The recipe's units are lemmas, and a job has to make them first.
        MemoryBudgetError: It would not fit.
    """
    _check_reading(split, recipe)
    fields = open_fields(split, recipe.text, repaired=False)
    seconds = 0.0
    if recipe.text.repair:
        start = perf_counter()
        fields = tuple(repair(field) for field in fields)
        seconds = perf_counter() - start
    articles = texts = join_fields(fields)
    if recipe.text.units == "lemmas":
        from bowcore.experiment import lemmas  # here, as it imports the database

        texts = join_fields(lemmas.kept_lemmas(fields, recipe))
    units = number_units(texts)
    type_counts, n_train = units.counts(), split.train.n_documents
    return Reading(articles, texts, units, type_counts, list_postings(type_counts, n_train), n_train, seconds)


def open_fields(split: Split, spec: TextSpec, *, repaired: bool) -> tuple[pa.Array, ...]:
    """What is read of every open article, field by field, training articles first; repaired or as it is written."""
    parts = [read_fields(part, replace(spec, repair=repaired)) for part in (split.train, split.validation)]
    return tuple(pa.concat_arrays(field) for field in zip(*parts, strict=True))


def trace_repair(split: Split, spec: TextSpec, raw: Units, repaired: Units, k: int = 10) -> StepEffect:
    """What the repair did to the words of the open articles, with the `k` most frequent examples of each fate.

    `raw` and `repaired` are the articles' units between white space before and after it.
    """
    return repair_effect(open_fields(split, spec, repaired=False), raw, repaired, k)


def _check_reading(split: Split, recipe: Recipe) -> None:
    parts = (split.train, split.validation)
    # lengths of the texts alone: an empty column has offsets, too
    titles, bodies = (
        sum(pc.sum(pc.binary_length(part.articles[name])).as_py() or 0 for part in parts) for name in ("title", "body")
    )
    check_stage(reading_cost(recipe, titles, bodies, sum(part.n_documents for part in parts)))


def map_terms(reading: Reading, recipe: Recipe) -> Chain:
    """The chain of steps over the distinct units."""
    return apply_chain(reading.units.types, recipe.terms, lexicon_of(reading.units.types))


def count(reading: Reading, chain: Chain, recipe: Recipe) -> Counts:
    """Counts of every term in every open article.

    Raises:
        MemoryBudgetError: It would not fit.
    """
    _check_counting(reading, chain, recipe)
    terms, n_train, ngrams = chain.result, reading.n_train, recipe.terms.ngrams
    return count_terms(reading.units, reading.type_counts, terms, n_train, ngrams, reading.postings)


def _check_counting(reading: Reading, chain: Chain, recipe: Recipe) -> None:
    n_pieces, units = np.diff(chain.result.offsets), reading.units
    in_articles = np.diff(reading.postings.train.indptr) + np.diff(reading.postings.validation.indptr)
    # single words are counted from the postings, without a look at their occurrences
    n_occurrences = len(units.ids) if recipe.terms.ngrams == 1 else int(n_pieces @ units.frequencies())
    strings = chain.result.strings
    by_name = [length for length in range(2, recipe.terms.ngrams + 1) if not counts_by_number(strings, length)]
    check_stage(counting_cost(recipe, n_occurrences, int(n_pieces @ in_articles), len(units.types), by_name))


def build_matrix(counts: Counts, split: Split, recipe: Recipe, near: NearDuplicates | None = None) -> Matrix:
    """Vocabulary and cell values, fitted on the recipe's training articles.

    `near` are the split's near duplicates, if they are known already: a recipe may leave such articles out.

    Raises:
        EmptyVocabularyError: The recipe leaves no terms.
        RecipeError: It leaves no training articles.
        MemoryBudgetError: It would not fit.
    """
    n_nonzero, n_train = counts.train.nnz + counts.validation.nnz, split.train.n_documents
    check_stage(matrix_cost(recipe, n_nonzero, len(counts.terms), n_train))
    rows = draw_sample(split, recipe.sample, near)
    train = counts.train if len(rows) == counts.train.shape[0] else counts.train[rows]
    vocabulary = learn_vocabulary(counts, train, split.train.labels[rows], recipe.vocabulary)
    counted = [keep_columns(whole, vocabulary.columns) for whole in (train, counts.validation)]
    if recipe.vocabulary.unknown == "unk":
        wholes = (train, counts.validation)
        counted = [append_unknown(known, whole) for known, whole in zip(counted, wholes, strict=True)]
        vocabulary = with_unknown(vocabulary, counted[0])
    raw = Features(
        train=counted[0],
        validation=counted[1],
        train_labels=split.train.labels[rows],
        validation_labels=split.validation.labels,
        terms=vocabulary.terms,
        class_names=split.class_names,
    )
    features = Features(
        train=weight(raw.train, vocabulary, recipe.weighting),
        validation=weight(raw.validation, vocabulary, recipe.weighting),
        train_labels=raw.train_labels,
        validation_labels=raw.validation_labels,
        terms=raw.terms,
        class_names=raw.class_names,
    )
    return Matrix(vocabulary=vocabulary, counts=raw, features=features, rows=rows)


def transform_texts(texts: pa.Array, matrix: Matrix, recipe: Recipe) -> sparse.csr_matrix:
    """Cell values of texts over a vocabulary that is already learned: (n_texts, n_terms).

    The texts are what units are split from, as in `Reading.texts`: for a recipe of lemmas, lemmas.
    """
    units = number_units(texts)
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, units.counts(), chain.result, len(texts), recipe.terms.ngrams)
    vocabulary = matrix.vocabulary
    # asked this way round, as a text has few terms and a vocabulary up to a million
    columns = np.flatnonzero(pc.is_in(vocabulary.known_terms, counts.terms)).astype(np.int32)
    found = pc.is_in(counts.terms, vocabulary.known_terms.take(pa.array(columns)))
    # both lists of terms are sorted, so the known columns come in the vocabulary's order
    raw = keep_columns(counts.train, np.flatnonzero(found))
    spread = sparse.csr_matrix((raw.data, columns[raw.indices], raw.indptr), shape=(len(texts), vocabulary.n_known))
    spread.has_sorted_indices = True
    if vocabulary.unknown:
        spread = append_unknown(spread, counts.train)
    return weight(spread, vocabulary, recipe.weighting)
