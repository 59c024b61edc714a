"""Articles as numbered units: every distinct string between white space, or word of a script without it, has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Documents
from bowcore.recipe.specs import TextSpec
from bowcore.text.characters import composed, straight_strings
from bowcore.text.cut import with_spaces
from bowcore.text.repair import repair
from bowcore.text.tagger.words import Pieces, joined

BATCH = 65_536  # texts
SAMPLE = 2_000  # articles from which the number of distinct words is estimated


@dataclass(frozen=True, slots=True)
class Units:
    """Occurrences in reading order.

    `ids` (int32, one per occurrence) indexes `types`; document d owns `ids[offsets[d]:offsets[d + 1]]`.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    types: pa.StringArray

    @property
    def n_documents(self) -> int:
        """Number of documents."""
        return len(self.offsets) - 1

    def counts(self) -> sparse.csr_matrix:
        """Occurrences of each type in each document: int32 CSR, (n_documents, n_types)."""
        shape = (self.n_documents, len(self.types))
        # two transposes are two counting sorts, and the second one sorts the columns
        ones = np.ones(len(self.ids), dtype=np.int32)
        matrix = sparse.csr_matrix((ones, self.ids, self.offsets), shape=shape).tocsc().tocsr()
        matrix.has_sorted_indices = True
        matrix.sum_duplicates()
        return matrix

    def frequencies(self) -> NDArray[np.int64]:
        """Occurrences of each type over all documents: (n_types,)."""
        return np.bincount(self.ids, minlength=len(self.types))

    def documents(self, first: int, last: int) -> Units:
        """Documents `first` to `last` (exclusive), over the same types."""
        offsets = self.offsets[first : last + 1]
        return Units(self.ids[offsets[0] : offsets[-1]], offsets - offsets[0], self.types)


def read_texts(documents: Documents, spec: TextSpec) -> pa.Array:
    """Text of each article that the recipe reads: the headline, or headline and body joined by a space."""
    return join_fields(read_fields(documents, spec))


def read_fields(documents: Documents, spec: TextSpec) -> tuple[pa.Array, ...]:
    """The fields that the recipe reads, each an array with one text per article, repaired if the recipe says so.

    For the tagger, apostrophes of all forms become `'`: it knows "n't", and not every form of it.
    """
    names = ["title"] if spec.text_used == "headline" else ["title", "body"]
    fields = [documents.articles[name].combine_chunks() for name in names]
    return prepared_fields(fields, spec)


def prepared_fields(fields: Sequence[pa.Array], spec: TextSpec) -> tuple[pa.Array, ...]:
    """Fields as the recipe reads them."""
    if spec.units == "lemmas":
        fields = [straight_strings(field) for field in fields]
    return tuple(prepared(field, spec) for field in fields)


def read_own_texts(texts: Sequence[str], spec: TextSpec, lemmas: Sequence[Pieces] | None = None) -> pa.StringArray:
    """A reader's own texts, repaired if the recipe says so; or the `lemmas` of their words instead."""
    if lemmas is not None:
        return pa.array([joined(line) for line in lemmas], pa.string())
    return prepared(pa.array(list(texts), pa.string()), spec)


def prepared(texts: pa.Array, spec: TextSpec) -> pa.Array:
    """Texts in plain forms and repaired, as far as the recipe says so."""
    # plain forms come first: a reading repairs what this function returned without repair
    texts = composed(texts, "NFKC") if spec.plain_forms else texts
    return repair(texts) if spec.repair else texts


def join_fields(fields: Sequence[pa.Array]) -> pa.Array:
    """The fields of each article joined by a space."""
    return fields[0] if len(fields) == 1 else pc.binary_join_element_wise(*fields, pa.scalar(" ", fields[0].type))


def number_units(texts: pa.Array, batch: int = BATCH) -> Units:
    """Every text split at white space, as by `str.split`, with distinct units numbered by first appearance.

    Texts in scripts without spaces pass through `with_spaces` first.
    `batch` texts are split at a time: a million texts contain 40 million words, which take gigabytes as strings.
    """
    types = pa.array([], pa.string())
    ids: list[NDArray[np.int32]] = []
    lengths: list[NDArray[np.int64]] = []
    for first in range(0, len(texts), batch):
        words, n_words = _split(texts.slice(first, batch))
        encoded = words.dictionary_encode()
        names = encoded.dictionary.cast(pa.string())
        known = pc.index_in(names, types)
        is_new = known.is_null()
        numbers = known.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
        new = is_new.to_numpy(zero_copy_only=False)
        numbers[new] = np.arange(len(types), len(types) + int(new.sum()), dtype=np.int32)
        types = pa.concat_arrays([types, names.filter(is_new)])
        ids.append(numbers[encoded.indices.to_numpy(zero_copy_only=False)])
        lengths.append(n_words)
    every = np.concatenate([np.empty(0, dtype=np.int32), *ids])
    offsets = np.concatenate([[0], *(np.asarray(part) for part in lengths)]).cumsum(dtype=np.int64)
    every.flags.writeable = offsets.flags.writeable = False
    return Units(every, offsets, types)


def estimate_types(fields: Sequence[pa.Array]) -> tuple[int, int]:
    """About how many distinct words the articles have, and their bytes: Heaps' law through a sample and half of it."""
    n_texts = len(fields[0])
    rows = np.linspace(0, n_texts - 1, min(SAMPLE, n_texts)).astype(np.int64)
    texts = with_spaces(join_fields([field.take(pa.array(rows)) for field in fields]))
    types = number_units(texts).types
    if len(rows) == n_texts or not len(types):
        return len(types), types.nbytes
    half = len(number_units(texts.take(pa.array(np.arange(0, len(rows), 2)))).types)
    growth = (n_texts / len(rows)) ** min(np.log2(len(types) / half), 1.0)
    return int(len(types) * growth), int(types.nbytes * growth)


def _split(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """The words of all texts, and the number of words in each."""
    # Arrow and Python agree on all 29 white-space characters, but Arrow keeps empty strings at both ends of a text.
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))
    words, n_words = lists.flatten(), pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    empty = pc.equal(pc.binary_length(words), 0)  # an empty text is one empty word
    if pc.any(empty, min_count=0).as_py():
        owners = np.repeat(np.arange(len(texts)), n_words)
        n_words -= np.bincount(owners[empty.to_numpy(zero_copy_only=False)], minlength=len(texts))
        words = words.filter(pc.invert(empty))
    return words, n_words
