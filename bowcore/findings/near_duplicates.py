"""Near duplicates among the open articles: pairs of texts that share most of their word groups.

A text's shingles are its groups of `SHINGLE` neighbouring words. Words are lower-cased letters and digits separated by
other characters, except a full stop or an apostrophe inside a word (`U.S.` is `us`); in scripts without spaces each
character is a word. The similarity of two texts is the number of shingles they share over the number that either has
(Jaccard), computed exactly. No pair is missed: candidates come from prefix filtering, not from hashing.

Sources: Broder (1997), "On the resemblance and containment of documents"; Bayardo, Ma and Srikant (2007), "Scaling up
all pairs similarity search", section 4; Chaudhuri, Ganti and Kaushik (2006), "A primitive operator for similarity
joins in data cleaning".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Split, whole_texts
from bowcore.memory import StageCost, check_stage
from bowcore.numbers import size
from bowcore.text.units import number_units

SHINGLE = 3
MIN_SIMILARITY = 0.5
"""The lowest similarity searched for."""

MAX_CANDIDATES = 4_000_000
"""Most pairs compared: if more share a rare shingle, only pairs of a higher similarity are searched for."""

_ELLIPSIS = r"\.{2,}"
_INSIDE_WORDS = r"[.'’\x{AD}\x{200C}\x{200D}\x{2060}]"  # the last four have no width: soft hyphens and joiners
_NO_WORDS = r"[^\pL\pN\pM]+"
_WITHOUT_SPACES = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
_A_TEXT_BYTE = 28.0  # measured: 18 to 20 in NumPy's arrays, 7 in Arrow's
_BLOCK = 8_000_000  # shingles processed at once

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Open articles with nearly the same text, training articles first.

    `text_of` (n_documents,) maps articles to distinct sets of shingles; an article without a word has -1 and is similar
    to none. `first` and `second` are pairs of such sets, each pair once, and `similarity` the share of shingles in
    common: it contains every pair from `complete_from` up, and none below.
    """

    text_of: Integers
    first: Integers
    second: Integers
    similarity: NDArray[np.float64]
    complete_from: float

    @property
    def n_texts(self) -> int:
        """Number of distinct sets of shingles."""
        return int(self.text_of.max(initial=-1)) + 1


def find_near_duplicates(split: Split, max_candidates: int = MAX_CANDIDATES) -> NearDuplicates:
    """Every pair of open articles that share at least `MIN_SIMILARITY` of their shingles.

    Raises:
        MemoryBudgetError: The search would not fit.
    """
    texts = pa.chunked_array([*whole_texts(split.train).chunks, *whole_texts(split.validation).chunks])
    check_stage(StageCost(f"Comparing {size(texts.nbytes)} of text", int(_A_TEXT_BYTE * texts.nbytes)))
    shingles, offsets = _shingles(texts)
    text_of, members, starts = _distinct(shingles, offsets)
    n_texts = len(starts) - 1
    sizes = np.diff(starts)
    owners = np.repeat(np.arange(n_texts), sizes)
    n_shingles = int(members.max(initial=-1)) + 1
    frequency = np.bincount(members, minlength=n_shingles)
    rank = np.empty(n_shingles, dtype=np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(n_shingles)
    by_rank = np.sort(owners * max(n_shingles, 1) + rank[members]) % max(n_shingles, 1)
    place = np.arange(len(members)) - starts[owners]
    shared = np.sort(frequency)[by_rank] > 1
    for least in np.round(np.arange(MIN_SIMILARITY, 1.0, 0.05), 2):
        # of two texts this similar, each has one of the other's shingles among its rarest `prefix`
        prefix = sizes - np.ceil(least * sizes - 1e-9).astype(np.int64) + 1
        inside = shared & (place < prefix[owners])
        lists = np.bincount(by_rank[inside], minlength=n_shingles)
        if int((lists * (lists - 1) // 2).sum()) <= max_candidates:
            first, second = _candidates(by_rank[inside], owners[inside], sizes, float(least))
            break
    else:
        least, first, second = 1.0, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    similarity = _similarity(first, second, by_rank, starts, shared)
    found = similarity >= least
    result = NearDuplicates(text_of, first[found], second[found], similarity[found], float(least))
    for array in (result.text_of, result.first, result.second, result.similarity):
        array.flags.writeable = False
    return result


def near_leaks(
    found: NearDuplicates, n_train: int, similarity: float, of: Literal["training", "validation"] = "training"
) -> NDArray[np.bool_]:
    """Mask of articles of one open split at or above a similarity to an article of the other."""
    parts = found.text_of[:n_train], found.text_of[n_train:]
    own, other = parts if of == "training" else parts[::-1]
    has = np.zeros(found.n_texts, dtype=bool)
    has[other[other >= 0]] = True
    near = has | similar_texts(found, similarity, has)
    leaks: NDArray[np.bool_] = (own >= 0) & np.append(near, False)[own]
    return leaks


def group_articles(found: NearDuplicates, similarity: float) -> Integers:
    """Number of the group of each open article: (n_documents,).

    Groups are the connected components of pairs at or above a similarity; equal texts share a group, and an article
    without a word is a group of its own.
    """
    from scipy.sparse import csgraph  # imported here to keep it out of the application's first screen

    close = found.similarity >= similarity
    edges = (np.ones(int(close.sum()), dtype=np.int8), (found.first[close], found.second[close]))
    n_groups, group_of = csgraph.connected_components(sparse.coo_matrix(edges, shape=(found.n_texts + 1,) * 2))
    without = found.text_of < 0
    groups: Integers = group_of.astype(np.int64)[found.text_of]  # the node after the last is that of no text
    groups[without] = n_groups + np.arange(int(without.sum()))
    return groups


def similar_texts(found: NearDuplicates, similarity: float, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask of texts that are similar to a marked one, other than themselves: (n_texts,)."""
    close = found.similarity >= similarity
    first, second = found.first[close], found.second[close]
    similar = np.zeros(found.n_texts, dtype=bool)
    similar[first[marked[second]]] = True
    similar[second[marked[first]]] = True
    return similar


def _shingles(texts: pa.ChunkedArray) -> tuple[Integers, Integers]:
    """Each article's distinct shingles as sorted numbers, and the offset of each article's."""
    units = number_units(texts.combine_chunks())
    spelled = pc.replace_substring_regex(pc.utf8_lower(units.types), _ELLIPSIS, " ")
    spelled = pc.replace_substring_regex(spelled, _INSIDE_WORDS, "")
    spelled = pc.replace_substring_regex(spelled, _NO_WORDS, " ")
    spelled = pc.utf8_trim_whitespace(pc.replace_substring_regex(spelled, _WITHOUT_SPACES, r" \1 "))
    lists = pc.utf8_split_whitespace(spelled)
    words_of_type = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    words_of_type[pc.equal(spelled, "").to_numpy(zero_copy_only=False)] = 0
    flat = lists.flatten()
    numbers = flat.filter(pc.not_equal(flat, "")).dictionary_encode()
    codes = numbers.indices.to_numpy(zero_copy_only=False).astype(np.int64) + 1  # 0 means no word
    first_word = np.cumsum(words_of_type) - words_of_type
    n_words = words_of_type[units.ids]
    ends = np.cumsum(n_words)
    within = np.arange(int(n_words.sum())) - np.repeat(ends - n_words, n_words)
    words = codes[np.repeat(first_word[units.ids], n_words) + within]
    document = np.repeat(np.repeat(np.arange(units.n_documents), np.diff(units.offsets)), n_words)

    keys, n_keys = words, len(numbers.dictionary) + 1
    for step in range(1, SHINGLE):
        following = np.zeros_like(words)
        following[:-step] = np.where(document[step:] == document[:-step], words[step:], 0)
        # a text shorter than a shingle is one shingle; incomplete shingles at the end of a longer text are dropped
        keys, n_keys = _paired(keys, following, n_keys, len(numbers.dictionary) + 1)
    starts = np.flatnonzero(np.append(True, document[1:] != document[:-1])) if len(words) else np.empty(0, np.int64)
    whole = following > 0
    whole[starts] = True
    names, keys = np.unique(keys[whole], return_inverse=True)
    pairs = _sorted_unique(document[whole] * max(len(names), 1) + keys)
    offsets = np.searchsorted(pairs, np.arange(units.n_documents + 1) * max(len(names), 1))
    return pairs % max(len(names), 1), offsets.astype(np.int64)


def _paired(keys: Integers, following: Integers, n_keys: int, n_words: int) -> tuple[Integers, int]:
    """One number for each pair of a group and the word after it, and how many there are."""
    if n_keys * n_words >= 2**62:
        names, keys = np.unique(keys, return_inverse=True)
        n_keys = len(names)
    return keys * n_words + following, n_keys * n_words


def _distinct(shingles: Integers, offsets: Integers) -> tuple[Integers, Integers, Integers]:
    """The distinct sets of shingles: the set of each article, all members, and the offset of each set."""
    rows = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets * 8), pa.py_buffer(shingles)]
    )
    worded = np.diff(offsets) > 0
    encoded = rows.filter(pa.array(worded)).dictionary_encode()
    text_of = np.full(len(worded), -1, dtype=np.int64)
    text_of[worded] = encoded.indices.to_numpy(zero_copy_only=False)
    sets = encoded.dictionary
    sizes = pc.binary_length(sets).to_numpy(zero_copy_only=False).astype(np.int64) // 8
    firsts = np.full(len(sets), len(worded), dtype=np.int64)
    np.minimum.at(firsts, text_of[worded], np.flatnonzero(worded))
    starts = np.append(0, np.cumsum(sizes)).astype(np.int64)
    within = np.arange(int(sizes.sum())) - np.repeat(starts[:-1], sizes)
    return text_of, shingles[np.repeat(offsets[firsts], sizes) + within], starts


def _candidates(ranks: Integers, owners: Integers, sizes: Integers, least: float) -> tuple[Integers, Integers]:
    """Pairs of texts that share a shingle of their prefixes, each once, unless one is too long for the other."""
    order = np.lexsort((owners, ranks))
    owners, ranks = owners[order], ranks[order]
    ends = np.searchsorted(ranks, ranks, side="right")
    n_after = ends - np.arange(len(ranks)) - 1
    left = np.repeat(np.arange(len(ranks)), n_after)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(n_after) - n_after, n_after)
    first, second = owners[left], owners[right]
    shorter, longer = np.minimum(sizes[first], sizes[second]), np.maximum(sizes[first], sizes[second])
    possible = shorter >= least * longer - 1e-9
    pairs = _sorted_unique(first[possible] * len(sizes) + second[possible])
    return pairs // max(len(sizes), 1), pairs % max(len(sizes), 1)


def _similarity(
    first: Integers, second: Integers, members: Integers, starts: Integers, shared: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Jaccard similarity of pairs of texts; `shared` marks members that several texts have."""
    n_texts = len(starts) - 1
    ends = np.append(0, np.cumsum(shared))[starts]
    ones = np.ones(int(shared.sum()), dtype=np.int32)
    table = sparse.csr_matrix((ones, members[shared], ends), shape=(n_texts, int(members.max(initial=0)) + 1))
    sizes = np.diff(starts)
    common = np.zeros(len(first), dtype=np.int64)
    laid = np.append(0, np.cumsum(sizes[first] + sizes[second]))
    for block in range(math.ceil(laid[-1] / _BLOCK)):
        low, high = np.searchsorted(laid, [block * _BLOCK, (block + 1) * _BLOCK])
        inside = slice(int(low), min(int(high), len(first)))
        both = table[first[inside]].multiply(table[second[inside]])
        common[inside] = np.asarray(both.sum(axis=1)).ravel()
    return np.asarray(common / np.maximum(sizes[first] + sizes[second] - common, 1), dtype=np.float64)


def _sorted_unique(values: Integers) -> Integers:
    """As `np.unique`, which hashes: on millions of numbers it takes 100 times as long."""
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values
