"""Effect of the tagger on words, as `bowcore.trace.lineage` reports it for the steps after it.

The tagger reads sentences, so the outcome is per occurrence: `leaves` becomes `leaf` in one place and `leave` in
another. The outcome of a word is the lemmas of its tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.text.tagger.words import STEP
from bowcore.text.units import Units
from bowcore.trace.lemma_pairs import in_step
from bowcore.trace.lineage import Affected, Fate, StepEffect


@dataclass(frozen=True, slots=True)
class LemmaEffect:
    """The effect of the tagger on the words of some documents.

    Attributes:
        effect: As for any step; a word counts under each outcome of its occurrences.
        n_left_out: Documents with unequal numbers of tokens and lemmas. Their words are in the sums only.
    """

    effect: StepEffect
    n_left_out: int


def lemma_effect(words: Units, tokens_of_types: pa.ListArray, lemmas: Units, k: int = 10) -> LemmaEffect:
    """The effect of the tagger on each word, with the `k` most frequent examples of each outcome.

    `merged` are the changed words whose lemma is also another word's, or another word itself.

    Args:
        words: The documents as written.
        tokens_of_types: The tokens of each of the words' types, list<string> of length n_types.
        lemmas: The documents as lemmas: one per token.
        k: Largest number of examples.
    """
    lengths = pc.list_value_length(tokens_of_types).to_numpy(zero_copy_only=False).astype(np.int64)
    equal = in_step(words, lengths, lemmas)
    ids = words.ids[np.repeat(equal, np.diff(words.offsets))]
    made = lemmas.ids[np.repeat(equal, np.diff(lemmas.offsets))]
    n = lengths[ids]
    alone = _counted(words, ids[n == 1], lemmas.types, made[np.repeat(n == 1, n)])
    several = _joined(lemmas.types, made[np.repeat(n > 1, n)], n[n > 1])
    changed = alone[alone["after"] != alone["before"]]
    n_words = alone["after"].value_counts()  # each word occurs once with each of its lemmas
    is_merged = changed["after"].isin(n_words.index[n_words > 1])
    effect = StepEffect(
        name=STEP,
        n_tokens_before=len(words.ids),
        n_tokens_after=len(lemmas.ids),
        n_strings_before=len(words.types),
        n_strings_after=len(lemmas.types),
        dropped=_affected(_counted(words, ids[n == 0], pa.array([""]), np.zeros(int((n == 0).sum()), np.int64)), k),
        split=_affected(_counted(words, ids[n > 1], several.dictionary, several.indices.to_numpy()), k),
        changed=_affected(changed, k),
        merged=_affected(changed[is_merged], k),
    )
    return LemmaEffect(effect, int((~equal).sum()))


def _joined(strings: pa.Array, codes: NDArray[np.int32], lengths: NDArray[np.int64]) -> pa.DictionaryArray:
    """The strings of each word, joined by spaces."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    pieces = strings.take(pa.array(codes)).cast(pa.large_string())
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), pieces)
    return pc.binary_join(lists, pa.scalar(" ", pa.large_string())).dictionary_encode()


def _counted(words: Units, ids: NDArray[np.int32], strings: pa.Array, codes: NDArray[np.integer]) -> pd.DataFrame:
    """How often each word became each string: `before`, `after`, `n`, one row per pair."""
    pairs, n = np.unique(ids.astype(np.int64) * max(len(strings), 1) + codes, return_counts=True)
    word, string = np.divmod(pairs, max(len(strings), 1))
    before = words.types.take(pa.array(word)).to_numpy(zero_copy_only=False)
    after = strings.take(pa.array(string)).to_numpy(zero_copy_only=False)
    return pd.DataFrame({"before": before, "after": after, "n": n})


def _affected(pairs: pd.DataFrame, k: int) -> Affected:
    frequent = pairs[pairs["n"] >= pairs["n"].nlargest(k).min()] if len(pairs) else pairs
    top = frequent.sort_values(["n", "before", "after"], ascending=[False, True, True]).head(k)
    fates = tuple(
        Fate(before, tuple(after.split()), int(n)) for before, after, n in top.itertuples(index=False, name=None)
    )
    return Affected(pairs["before"].nunique(), int(pairs["n"].sum()), fates)
