"""A matrix small enough to be checked by hand, and the arithmetic of one cell with its numbers filled in.

Both go through the code that makes the real matrix: what is shown of a cell is what stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.counts import count_terms
from bowcore.matrix.vocabulary import Vocabulary, learn_vocabulary
from bowcore.matrix.weighting import NORMS, inverse_document_frequency, weight
from bowcore.numbers import decimal
from bowcore.recipe.recipe import Recipe, VocabularySpec, WeightingSpec
from bowcore.text.tagger.words import Pieces
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units, read_own_texts

MOST_PARTS = 6
"""Cells of a row that are written out under the root; a long article has hundreds."""


@dataclass(frozen=True, slots=True)
class SmallMatrix:
    """Raw counts of a few texts, int32 CSR (n_texts, n_terms), and the vocabulary that they make."""

    counts: sparse.csr_matrix
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic: what it is called, the numbers, and what comes out."""

    name: str
    formula: str
    result: float


@dataclass(frozen=True, slots=True)
class CellFormula:
    """How the value of one cell comes about; `steps` in the order in which they are taken, the last gives `value`."""

    term: str
    count: int
    document_frequency: int
    n_documents: int
    value: float
    steps: tuple[Step, ...]


def small_matrix(texts: Sequence[str], recipe: Recipe, lemmas: Sequence[Pieces] | None = None) -> SmallMatrix:
    """Count a few texts under the recipe's steps and word groups; every term is a column, whatever its frequency.

    `lemmas` are those of each word of each text: they are read in place of the words.

    Raises:
        EmptyVocabularyError: The steps leave no term.
    """
    units = number_units(read_own_texts(texts, recipe.text, lemmas))
    chain = apply_chain(units.types, recipe.terms)
    counts = count_terms(units, units.counts(), chain.result, len(texts), recipe.terms.ngrams)
    labels = np.zeros(len(texts), dtype=np.int32)
    return SmallMatrix(counts.train, learn_vocabulary(counts, counts.train, labels, VocabularySpec()))


def explain_cell(row: sparse.csr_matrix, column: int, vocabulary: Vocabulary, spec: WeightingSpec) -> CellFormula:
    """The arithmetic of one cell. `row` has raw counts, CSR of shape (1, n_terms)."""
    at = int(np.searchsorted(row.indices, column))
    filled = at < len(row.indices) and int(row.indices[at]) == column
    count = int(row.data[at]) if filled else 0
    value = float(weight(row, vocabulary, spec).data[at]) if filled else 0.0
    steps = _STEPS[spec.weighting](row, at, column, vocabulary, spec) if filled else (_absent(),)
    return CellFormula(
        term=vocabulary.terms[column].as_py(),
        count=count,
        document_frequency=int(vocabulary.document_frequency[column]),
        n_documents=vocabulary.n_documents,
        value=value,
        steps=steps,
    )


def row_parts(row: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> NDArray[np.float64]:
    """The row's filled cells before the row is scaled: tf × idf of each of its terms, (n_filled,)."""
    parts: NDArray[np.float64] = weight(row, vocabulary, replace(spec, norm="none")).data.astype(np.float64)
    return parts


def _absent() -> Step:
    return Step("count", "no occurrence in this article", 0.0)


def _count_steps(
    row: sparse.csr_matrix, at: int, column: int, vocabulary: Vocabulary, spec: WeightingSpec
) -> tuple[Step, ...]:
    return (_counted(int(row.data[at])),)


def _presence_steps(
    row: sparse.csr_matrix, at: int, column: int, vocabulary: Vocabulary, spec: WeightingSpec
) -> tuple[Step, ...]:
    count = int(row.data[at])
    return (_counted(count), Step("present", f"{count:,} is more than 0", 1.0))


def _tfidf_steps(
    row: sparse.csr_matrix, at: int, column: int, vocabulary: Vocabulary, spec: WeightingSpec
) -> tuple[Step, ...]:
    count = int(row.data[at])
    steps = [_counted(count)]
    tf = float(count)
    if spec.sublinear_tf:
        tf = float(np.log(count)) + 1.0
        steps.append(Step("tf", f"1 + ln {count:,}", tf))
    idf = 1.0
    if spec.use_idf:
        idf = float(inverse_document_frequency(vocabulary, spec.smooth_idf)[column])
        n, df = vocabulary.n_documents, int(vocabulary.document_frequency[column])
        inner = f"(1 + {n:,}) / (1 + {df:,})" if spec.smooth_idf else f"{n:,} / {max(df, 1):,}"
        steps.append(Step("idf", f"ln({inner}) + 1", idf))
        steps.append(Step("tf × idf", f"{number(tf)} × {number(idf)}", tf * idf))
    if spec.norm != "none":
        parts = row_parts(row, vocabulary, spec)
        length = float(NORMS[spec.norm](parts, np.array([0, len(parts)]))[0])
        steps.append(Step(f"row length ({spec.norm.upper()})", _LENGTHS[spec.norm](parts, at), length))
        steps.append(Step("cell", f"{number(tf * idf)} / {number(length)}", tf * idf / length if length else 0.0))
    return tuple(steps)


def _counted(count: int) -> Step:
    return Step("count", "occurrences in this article", float(count))


def _squares(parts: NDArray[np.float64], at: int) -> str:
    return f"√({' + '.join(f'{number(part)}²' for part in _written(parts, at))}{_rest(parts)})"


def _sums(parts: NDArray[np.float64], at: int) -> str:
    return f"{' + '.join(number(part) for part in _written(parts, at))}{_rest(parts)}"


def _written(parts: NDArray[np.float64], at: int) -> list[float]:
    """This cell's part first, then those of the others in the order of their columns."""
    return [float(parts[at]), *np.delete(parts, at)[: MOST_PARTS - 1].tolist()]


def _rest(parts: NDArray[np.float64]) -> str:
    left = len(parts) - MOST_PARTS
    return f" + … {left:,} more" if left > 0 else ""


def number(value: float) -> str:
    """Up to four decimals, none for a whole number: `2`, `1.4055`.

    >>> number(2.0), number(1.405465108), number(0.00001234)
    ('2', '1.4055', '1.234e-05')
    """
    if value == int(value):
        return f"{int(value):,}"
    return decimal(value, 4) if abs(value) >= 0.001 else f"{value:.4g}"


_STEPS = {"count": _count_steps, "binary": _presence_steps, "tfidf": _tfidf_steps}
_LENGTHS = {"l2": _squares, "l1": _sums}
