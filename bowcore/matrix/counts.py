"""Counts of terms and word groups per article, as sparse products and never dense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.text.terms import TermMap
from bowcore.text.units import Units


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over every term of the training and validation articles; nothing is fitted yet.

    `train` and `validation` are int32 CSR, columns sorted by term. A column may be empty in `train`: such a term
    stands in validation articles only, and no vocabulary takes it.
    """

    train: sparse.csr_matrix
    validation: sparse.csr_matrix
    terms: pa.StringArray


def count_terms(units: Units, type_counts: sparse.csr_matrix, term_map: TermMap, n_train: int, ngrams: int) -> Counts:
    """Count terms, and groups of up to `ngrams` neighbouring terms, in every article.

    `type_counts` are `units.counts()`. The first `n_train` documents are the training articles.
    """
    if ngrams == 1:
        matrix, terms = _unigrams(type_counts, term_map), term_map.strings
    else:
        matrix, terms = _word_groups(units, term_map, ngrams)
    return Counts(train=matrix[:n_train], validation=matrix[n_train:], terms=terms)


def _unigrams(type_counts: sparse.csr_matrix, term_map: TermMap) -> sparse.csr_matrix:
    matrix = (type_counts @ term_map.matrix()).tocsr()
    matrix.sort_indices()
    return matrix


def _word_groups(units: Units, term_map: TermMap, ngrams: int) -> tuple[sparse.csr_matrix, pa.StringArray]:
    stream, offsets = term_map.expand(units.ids, units.offsets)
    documents = np.repeat(np.arange(units.n_documents), np.diff(offsets))
    last = np.zeros(len(stream), dtype=np.int64)
    last[:] = np.repeat(offsets[1:], np.diff(offsets))
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
    # two different groups may read alike when a term holds a space (a lemma can): equal strings are one column
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
