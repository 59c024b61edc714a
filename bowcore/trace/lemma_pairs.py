"""Pairs of written words and their lemmas, occurrence by occurrence: the counts behind the tagger's merge table.

Each token has one lemma, and a word is split into the same tokens wherever it occurs. So the tokens of the words of an
article, in reading order, match its lemmas one to one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.text.terms import AppliedStep, TermMap
from bowcore.text.units import Units


@dataclass(frozen=True, slots=True)
class LemmaPairs:
    """Every distinct pair of a written token and its lemma.

    Attributes:
        tokens: The distinct tokens as written.
        written: Index into `tokens` of each pair's token, (n_pairs,).
        lemmas: Index of each pair's lemma among the types of the lemmas, (n_pairs,).
        counts: Occurrences of each pair in each document: int32 CSR, (n_documents, n_pairs).
        n_left_out: Documents with unequal numbers of tokens and lemmas, which are not counted.
    """

    tokens: pa.StringArray
    written: NDArray[np.int64]
    lemmas: NDArray[np.int64]
    counts: sparse.csr_matrix
    n_left_out: int


def pair_lemmas(words: Units, tokens_of_types: pa.ListArray, lemmas: Units) -> LemmaPairs:
    """The pairs of the same documents, given once as words and once as lemmas.

    Args:
        words: The documents as written.
        tokens_of_types: The tokens of each of the words' types, list<string> of length n_types.
        lemmas: The documents as lemmas: one per token.
    """
    tokens = tokens_of_types.flatten().dictionary_encode()
    codes = tokens.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    lengths = pc.list_value_length(tokens_of_types).to_numpy(zero_copy_only=False).astype(np.int64)
    of_type = TermMap(tokens.dictionary, np.concatenate([[0], np.cumsum(lengths)]), codes)
    stream, offsets = of_type.expand(words.ids, words.offsets)
    n_tokens, n_lemmas = np.diff(offsets), np.diff(lemmas.offsets)
    equal = in_step(words, lengths, lemmas)
    written = stream[np.repeat(equal, n_tokens)].astype(np.int64)
    made = lemmas.ids[np.repeat(equal, n_lemmas)]
    pairs, pair = np.unique(written * max(len(lemmas.types), 1) + made, return_inverse=True)
    ends = np.concatenate([[0], np.cumsum(np.where(equal, n_tokens, 0))])
    shape = (len(equal), len(pairs))
    counts = sparse.csr_matrix((np.ones(len(pair), np.int32), pair.astype(np.int32), ends), shape=shape)
    counts.sum_duplicates()
    token, lemma = np.divmod(pairs, max(len(lemmas.types), 1))
    return LemmaPairs(tokens.dictionary.cast(pa.string()), token, lemma, counts, int((~equal).sum()))


def in_step(words: Units, n_tokens: NDArray[np.int64], lemmas: Units) -> NDArray[np.bool_]:
    """Mask of documents with as many tokens as lemmas; `n_tokens` counts the tokens of each of the words' types."""
    ends = np.concatenate([[0], np.cumsum(n_tokens[words.ids])])
    equal: NDArray[np.bool_] = np.diff(ends[words.offsets]) == np.diff(lemmas.offsets)
    return equal


def step_from_written(name: str, pairs: LemmaPairs, outcome: TermMap) -> AppliedStep:
    """Step over the pairs from written tokens to what `outcome` makes of their lemmas.

    Its input strings are the tokens, once for each string that they become: `leaves` is a leaf, or leave. Pairs that
    end as several strings, or none, are left out: they are not merges.

    Args:
        name: Name of the step.
        pairs: Written tokens and their lemmas.
        outcome: Outcome of each lemma: itself, or the terms of a recipe.
    """
    single = np.diff(outcome.offsets)[pairs.lemmas] == 1
    made = outcome.codes[outcome.offsets[pairs.lemmas[single]]].astype(np.int64)
    n_made = max(len(outcome.strings), 1)
    ways, way = np.unique(pairs.written[single] * n_made + made, return_inverse=True)
    offsets = np.concatenate([[0], np.cumsum(single)])
    token, code = np.divmod(ways, n_made)
    return AppliedStep(
        name,
        TermMap(pairs.tokens.take(pa.array(token)), offsets, way.astype(np.int32)),
        TermMap(outcome.strings, offsets, made.astype(np.int32)),
        np.arange(len(ways)),
        code.astype(np.int32),
    )
