"""Counts of terms and word groups per article, always sparse.

There are few types and many occurrences, so as much as possible is done per type. Postings list the articles of each
type; a term's articles are those of its types, concatenated. Transposing the lists with a counting sort gives each
article its terms in alphabetical order, without a comparison sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.text.terms import TermMap
from bowcore.text.units import Units

_SPACE = 0x20
_MOST_BITS = 51  # bits of a word group's number: 12 are left, and blocks of 4,096 articles still sort fast


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over every term of the training and validation articles; nothing is fitted yet.

    `train` and `validation` are int32 CSR, columns sorted by term. A column may be empty in `train`: such a term
    occurs in validation articles only, and no vocabulary includes it.
    """

    train: sparse.csr_matrix
    validation: sparse.csr_matrix
    terms: pa.StringArray


def sparse_bytes(matrix: sparse.csr_matrix) -> int:
    """Memory of a sparse matrix, in bytes."""
    return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)


@dataclass(frozen=True, slots=True)
class Postings:
    """Articles of each type, and how often it occurs there: int32 CSR, (n_types, n_documents) each."""

    train: sparse.csr_matrix
    validation: sparse.csr_matrix


def list_postings(type_counts: sparse.csr_matrix, n_train: int) -> Postings:
    """Transpose of the counts of types per article, (n_documents, n_types); the first `n_train` are for training."""
    return Postings(_turned(type_counts[:n_train]), _turned(type_counts[n_train:]))


def count_terms(
    units: Units,
    type_counts: sparse.csr_matrix,
    term_map: TermMap,
    n_train: int,
    ngrams: int,
    postings: Postings | None = None,
) -> Counts:
    """Counts of terms, and of groups of up to `ngrams` neighbouring terms, in every article.

    `type_counts` is `units.counts()`, and `postings` its postings, if already computed. The first `n_train`
    documents are the training articles.
    """
    n_train = min(n_train, units.n_documents)
    if ngrams == 1:
        postings = postings or list_postings(type_counts, n_train)
        types, starts = _types_by_term(term_map)
        train, validation = (_gather(part, types, starts) for part in (postings.train, postings.validation))
        return Counts(train, validation, term_map.strings)
    if counts_by_number(term_map.strings, ngrams):
        return Counts(*_word_groups(units, term_map, n_train, ngrams))
    matrix, terms = _word_groups_by_name(units, term_map, ngrams)
    return Counts(train=matrix[:n_train], validation=matrix[n_train:], terms=terms)


def counts_by_number(terms: pa.StringArray, ngrams: int) -> bool:
    """Whether groups of up to `ngrams` of these terms fit into integer codes and need no comparison of names."""
    return (len(terms) + 1) ** ngrams < 1 << _MOST_BITS and _sorts_by_parts(terms)


def _types_by_term(term_map: TermMap) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Types of each term, concatenated, repeated as often as they yield it; and the offset of each term."""
    shape = (term_map.n_types, len(term_map.strings))
    ones = np.ones(len(term_map.codes), dtype=np.int8)
    by_term = sparse.csr_matrix((ones, term_map.codes, term_map.offsets), shape=shape).tocsc()
    return by_term.indices, by_term.indptr


def _gather(postings: sparse.csr_matrix, types: NDArray[np.int32], starts: NDArray[np.int32]) -> sparse.csr_matrix:
    """Counts of terms, (n_documents, n_terms), from the postings of their types."""
    listed = postings[types]
    shape = (len(starts) - 1, postings.shape[1])
    matrix = _turned(sparse.csr_matrix((listed.data, listed.indices, listed.indptr[starts]), shape=shape))
    matrix.sum_duplicates()  # an article may contain two types of one term
    return matrix


def _turned(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The transpose, as CSR with sorted columns; duplicate entries are kept."""
    by_column = matrix.tocsc()
    turned = sparse.csr_matrix((by_column.data, by_column.indices, by_column.indptr), shape=matrix.shape[::-1])
    turned.has_sorted_indices = True
    return turned


def _sorts_by_parts(strings: pa.StringArray) -> bool:
    """Whether names of word groups sort like tuples of their terms: no term contains a space or a lower character."""
    _, offsets, text = strings.buffers()
    if text is None or not len(strings):
        return True
    ends = np.frombuffer(offsets, dtype=np.int32)[strings.offset : strings.offset + len(strings) + 1]
    return bool((np.frombuffer(text, dtype=np.uint8)[ends[0] : ends[-1]] > _SPACE).all())


def _word_groups(
    units: Units, term_map: TermMap, n_train: int, ngrams: int
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, pa.StringArray]:
    """Counts of word groups, computed on integer codes.

    A group's code has one digit per term, its rank plus 1, and 0 where the group is shorter: codes sort like names.
    Code and article share an integer, so that one integer sort brings equal cells together, column by column.
    """
    stream, offsets = term_map.expand(units.ids, units.offsets)
    base = len(term_map.strings) + 1
    # articles per block: as many as fit into the bits that the codes leave free
    n_bits = 63 - (base**ngrams).bit_length()
    size = 1 << n_bits
    parts = [(0, n_train), (n_train, units.n_documents)]
    blocks = [[(low, min(low + size, last)) for low in range(first, last, size)] for first, last in parts]
    cells = [[_group_cells(stream, offsets, block, base, ngrams, n_bits) for block in part] for part in blocks]
    numbers = _union([cell.numbers for part in cells for cell in part])
    train, validation = (_stack([cell.over(numbers) for cell in part], len(numbers)) for part in cells)
    return train, validation, _group_names(numbers, term_map.strings, base, ngrams)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Non-empty cells of a block of articles; column i is `documents` and `counts` from `starts[i]` on."""

    numbers: NDArray[np.int64]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    counts: NDArray[np.int32]
    n_documents: int

    def over(self, numbers: NDArray[np.int64]) -> sparse.csr_matrix:
        """The block as CSR with one column per number; its own numbers are a subset of these."""
        starts = self.starts
        if len(numbers) != len(self.numbers):
            sizes = np.zeros(len(numbers), dtype=np.int64)
            sizes[np.searchsorted(numbers, self.numbers)] = np.diff(self.starts)
            starts = np.concatenate([[0], np.cumsum(sizes)])
        shape = (self.n_documents, len(numbers))
        matrix = sparse.csc_matrix((self.counts, self.documents, starts), shape=shape).tocsr()
        matrix.has_sorted_indices = True  # a transpose keeps the columns in order
        return matrix


def _group_cells(
    stream: NDArray[np.int32],
    offsets: NDArray[np.int64],
    block: tuple[int, int],
    base: int,
    ngrams: int,
    n_bits: int,
) -> _Cells:
    bounds = offsets[block[0] : block[1] + 1]
    terms = stream[bounds[0] : bounds[-1]].astype(np.int64) + 1
    lengths = np.diff(bounds)
    documents = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(bounds[1:] - bounds[0], lengths) - np.arange(len(terms))  # terms up to the end of the article
    numbers = terms * base ** (ngrams - 1)
    packed = [numbers << n_bits | documents]
    for length in range(2, ngrams + 1):
        # positions at the end of the block have no successors; `left` excludes them
        numbers = numbers[:-1] + terms[length - 1 :] * base ** (ngrams - length) if len(numbers) else numbers
        inside = left[: len(numbers)] >= length
        packed.append((numbers << n_bits | documents[: len(numbers)])[inside])
    cells = _sorted_cells(np.concatenate(packed), base, ngrams, n_bits)
    firsts = np.flatnonzero(_is_first(cells))
    counts = np.diff(firsts, append=len(cells)).astype(np.int32)
    cells = cells[firsts]
    columns = cells >> n_bits
    starts = np.flatnonzero(_is_first(columns))
    in_block = (cells & ((1 << n_bits) - 1)).astype(np.int32)
    return _Cells(columns[starts], np.append(starts, len(cells)), in_block, counts, len(lengths))


def _sorted_cells(cells: NDArray[np.int64], base: int, ngrams: int, n_bits: int) -> NDArray[np.int64]:
    """Cells sorted by number with an LSD radix sort; cells of equal number must be in ascending order already.

    The conversion of a sparse matrix sorts rows in one stable pass. For 8 million pairs of words it takes 0.2 to 0.3 s;
    `np.sort` takes 0.5 to 0.6 s on processors for which it has no vector instructions.
    """
    for place in range(ngrams):
        digits = ((cells >> n_bits) // base**place % base).astype(np.int32)
        by_digit = sparse.coo_matrix((cells, (digits, np.zeros_like(digits))), shape=(base, 1))
        by_digit.has_canonical_format = True  # so that duplicates are not summed
        cells = by_digit.tocsr().data
    return cells


def _union(numbers: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    if not numbers:
        return np.empty(0, dtype=np.int64)
    # np.unique hashes integers first, which takes ten times as long
    merged = np.sort(np.concatenate(numbers))
    return merged[np.flatnonzero(_is_first(merged))]


def _is_first(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Boolean mask of the sorted values that differ from their predecessor."""
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first


def _stack(blocks: list[sparse.csr_matrix], n_columns: int) -> sparse.csr_matrix:
    if not blocks:
        return sparse.csr_matrix((0, n_columns), dtype=np.int32)
    if len(blocks) == 1:
        return blocks[0]
    stacked = sparse.vstack(blocks, format="csr")
    stacked.has_sorted_indices = True
    return stacked


def _group_names(numbers: NDArray[np.int64], terms: pa.StringArray, base: int, ngrams: int) -> pa.StringArray:
    words = []
    for place in range(ngrams - 1, -1, -1):
        digits = numbers // base**place % base
        words.append(terms.take(pa.array(digits - 1, mask=digits == 0)))
    return pc.binary_join_element_wise(*words, " ", null_handling="skip")


def _word_groups_by_name(units: Units, term_map: TermMap, ngrams: int) -> tuple[sparse.csr_matrix, pa.StringArray]:
    """Counts of word groups for any terms: slower, since groups are compared and sorted by name."""
    stream, offsets = term_map.expand(units.ids, units.offsets)
    documents = np.repeat(np.arange(units.n_documents), np.diff(offsets))
    last = np.repeat(offsets[1:], np.diff(offsets))
    strings: list[pa.StringArray] = [term_map.strings]
    codes: list[NDArray[np.int64]] = [stream.astype(np.int64)]
    owners: list[NDArray[np.int64]] = [documents]
    groups, positions, names = stream.astype(np.int64), np.arange(len(stream)), term_map.strings
    base = len(names)
    for length in range(2, ngrams + 1):
        inside = positions + length - 1 < last[positions]
        positions, groups = positions[inside], groups[inside]
        following = stream[positions + length - 1]
        pairs, groups = np.unique(groups * len(term_map.strings) + following, return_inverse=True)
        heads, tails = np.divmod(pairs, len(term_map.strings))
        names = pc.binary_join_element_wise(names.take(pa.array(heads)), term_map.strings.take(pa.array(tails)), " ")
        strings.append(names)
        codes.append(groups + base)
        owners.append(documents[positions])
        base += len(names)
    # two groups can have the same name when a term contains a space (a lemma can): they share a column
    encoded = pa.concat_arrays(strings).dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    column = rank[encoded.indices.to_numpy(zero_copy_only=False)]
    columns = column[np.concatenate(codes)]
    ones = np.ones(len(columns), dtype=np.int32)
    shape = (units.n_documents, len(order))
    matrix = sparse.coo_matrix((ones, (np.concatenate(owners), columns)), shape=shape).tocsr()
    matrix.sum_duplicates()
    return matrix, encoded.dictionary.take(pa.array(order))
