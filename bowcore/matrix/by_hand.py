"""A matrix small enough to check by hand, and the arithmetic of one cell with its numbers filled in.

Both use the code of the real matrix, so the arithmetic shown gives the cell's value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from bowcore.matrix.counts import count_terms
from bowcore.matrix.vocabulary import Vocabulary, learn_vocabulary
from bowcore.matrix.weighting import ABSENT, CellStep, cell_steps, weight
from bowcore.nouns import fill
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.recipe.specs import WEIGHTING_OPTIONS, VocabularySpec, WeightingSpec
from bowcore.text.cut import with_spaces
from bowcore.text.tagger.words import Pieces
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units, read_own_texts


@dataclass(frozen=True, slots=True)
class SmallMatrix:
    """Raw counts of a few texts, int32 CSR (n_texts, n_terms), and their vocabulary."""

    counts: sparse.csr_matrix
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class CellFormula:
    """Arithmetic of one cell; `steps` in order, the last one gives `value`."""

    term: str
    count: int
    document_frequency: int
    n_documents: int
    value: float
    steps: tuple[CellStep, ...]


def small_matrix(texts: Sequence[str], recipe: Recipe, lemmas: Sequence[Pieces] | None = None) -> SmallMatrix:
    """Counts of a few texts under the recipe's steps and word groups; every term is a column, whatever its frequency.

    `lemmas` are those of each word of each text; they are used instead of the words.

    Raises:
        EmptyVocabularyError: The steps leave no term.
    """
    read = read_own_texts(texts, recipe.text, lemmas)
    units = number_units(with_spaces(read) if lemmas is None else read)
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, units.counts(), chain.result, len(texts), recipe.terms.ngrams)
    labels = np.zeros(len(texts), dtype=np.int32)
    return SmallMatrix(counts.train, learn_vocabulary(counts, counts.train, labels, VocabularySpec()))


def weightings(recipe: Recipe) -> dict[str, WeightingSpec]:
    """The ways to fill the cells, those of the default weighting first; each overrides some of the recipe's fields."""
    return {
        fill(way): replace(recipe.weighting, weighting=name, **changed)
        for name in CHOICES["weighting"]
        for way, changed in WEIGHTING_OPTIONS[name].ways
    }


def explain_cell(row: sparse.csr_matrix, column: int, vocabulary: Vocabulary, spec: WeightingSpec) -> CellFormula:
    """The arithmetic of one cell. `row` has raw counts, CSR of shape (1, n_terms)."""
    at = int(np.searchsorted(row.indices, column))
    filled = at < len(row.indices) and int(row.indices[at]) == column
    count = int(row.data[at]) if filled else 0
    value = float(weight(row, vocabulary, spec).data[at]) if filled else 0.0
    steps = cell_steps(row, at, vocabulary, spec) if filled else (ABSENT,)
    return CellFormula(
        term=vocabulary.terms[column].as_py(),
        count=count,
        document_frequency=int(vocabulary.document_frequency[column]),
        n_documents=vocabulary.n_documents,
        value=value,
        steps=steps,
    )
