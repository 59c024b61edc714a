"""From articles to numbered units: every distinct string between white space gets one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Documents
from bowcore.recipe import TextSpec
from bowcore.text.repair import repair


@dataclass(frozen=True, slots=True)
class Units:
    """Occurrences in reading order.

    `ids` (int32, one an occurrence) points into `types`; document d owns `ids[offsets[d]:offsets[d + 1]]`.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    types: pa.StringArray

    @property
    def n_documents(self) -> int:
        """Number of documents."""
        return len(self.offsets) - 1

    def counts(self) -> sparse.csr_matrix:
        """How often each type stands in each document: int32 CSR, (n_documents, n_types)."""
        ones = np.ones(len(self.ids), dtype=np.int32)
        shape = (self.n_documents, len(self.types))
        matrix = sparse.csr_matrix((ones, self.ids.copy(), self.offsets.copy()), shape=shape)
        matrix.sum_duplicates()
        return matrix

    def frequencies(self) -> NDArray[np.int64]:
        """Occurrences of each type over all documents: (n_types,)."""
        return np.bincount(self.ids, minlength=len(self.types))

    def documents(self, first: int, last: int) -> Units:
        """Documents first to last (excluded), over the same types."""
        offsets = self.offsets[first : last + 1]
        return Units(self.ids[offsets[0] : offsets[-1]], offsets - offsets[0], self.types)


def read_texts(documents: Documents, spec: TextSpec) -> pa.Array:
    """What is read of each article: the headline, or headline and body joined by a space."""
    return join_fields(read_fields(documents, spec))


def read_fields(documents: Documents, spec: TextSpec) -> tuple[pa.Array, ...]:
    """The fields that are read, each an array with one text an article, repaired if the recipe says so."""
    names = ["title"] if spec.text_used == "headline" else ["title", "body"]
    fields = [documents.articles[name].combine_chunks() for name in names]
    return tuple(repair(field) for field in fields) if spec.repair else tuple(fields)


def join_fields(fields: Sequence[pa.Array]) -> pa.Array:
    """The fields of each article joined by a space."""
    return fields[0] if len(fields) == 1 else pc.binary_join_element_wise(*fields, pa.scalar(" ", fields[0].type))


def number_units(texts: pa.Array) -> Units:
    """Split every text at white space, as `str.split` does, and number distinct units by first appearance."""
    # Arrow and Python agree on all 29 white-space characters, but Arrow keeps empty strings at both ends of a text.
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))
    encoded = lists.flatten().dictionary_encode()
    ids = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    offsets = lists.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    types = encoded.dictionary.cast(pa.string())
    empty = pc.index(types, "").as_py()
    if empty >= 0:
        filled = ids != empty
        kept_before = np.concatenate([[0], np.cumsum(filled)])
        ids, offsets = ids[filled], kept_before[offsets]
        ids = np.where(ids > empty, ids - 1, ids).astype(np.int32)
        types = types.filter(pc.not_equal(types, ""))
    ids, offsets = np.ascontiguousarray(ids), np.ascontiguousarray(offsets)
    ids.flags.writeable = offsets.flags.writeable = False
    return Units(ids, offsets, types)
