"""Terms gone and come between two vocabularies, by hand and against Python's sets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bowcore.matrix.change import vocabulary_change
from bowcore.matrix.vocabulary import Vocabulary

COUNTED = st.dictionaries(st.text("abé", min_size=1, max_size=3), st.integers(1, 20), max_size=20)


def vocabulary(counts: dict[str, int]) -> Vocabulary:
    terms = sorted(counts)
    frequency = np.array([counts[term] for term in terms], dtype=np.int64)
    return Vocabulary(
        terms=pa.array(terms, pa.string()),
        columns=np.arange(len(terms)),
        term_frequency=frequency,
        document_frequency=np.minimum(frequency, 3),
        n_documents=3,
    )


WRITTEN = {"bake": 4, "baked": 6, "baker": 1, "bread": 3, "the": 9, "to": 9}
STEMMED = {"bake": 10, "baker": 1, "brea": 3}


def test_gone_and_new_terms_are_listed_with_their_counts_most_frequent_first() -> None:
    change = vocabulary_change(vocabulary(WRITTEN), vocabulary(STEMMED))
    assert change.gone["term"].tolist() == ["the", "to", "baked", "bread"]
    assert change.gone["term_frequency"].tolist() == [9, 9, 6, 3]
    assert change.gone["document_frequency"].tolist() == [3, 3, 3, 3]
    assert change.come["term"].tolist() == ["brea"]
    assert (change.before.n_terms, change.after.n_terms) == (6, 3)
    assert (change.before.term_frequency.sum(), change.after.term_frequency.sum()) == (32, 14)
    assert change.sentence == "4 terms gone, 1 new"


def test_the_table_has_every_term_whose_count_changed() -> None:
    table = vocabulary_change(vocabulary(WRITTEN), vocabulary(STEMMED)).table
    assert table[["term", "before", "after", "change"]].to_numpy().tolist() == [
        ["the", 9, 0, -9],
        ["to", 9, 0, -9],
        ["bake", 4, 10, 6],
        ["baked", 6, 0, -6],
        ["brea", 0, 3, 3],
        ["bread", 3, 0, -3],
    ]


def test_an_unchanged_vocabulary_is_told_as_the_same() -> None:
    change = vocabulary_change(vocabulary(WRITTEN), vocabulary(WRITTEN))
    assert change.sentence == "The same 6 terms"
    assert change.gone.empty
    assert change.table.empty


def test_one_term_is_told_in_the_singular_and_thousands_with_a_comma() -> None:
    many = vocabulary({f"w{i:04d}": 1 for i in range(1_200)})
    one = vocabulary({"x": 1})
    assert vocabulary_change(one, many).sentence == "1 term gone, 1,200 new"
    assert vocabulary_change(many, one).sentence == "1,200 terms gone, 1 new"


def test_only_what_happened_is_told() -> None:
    few, more = vocabulary({"x": 1}), vocabulary({"x": 1, "y": 2})
    assert vocabulary_change(few, more).sentence == "1 term new"
    assert vocabulary_change(more, few).sentence == "1 term gone"


@given(COUNTED, COUNTED)
def test_the_change_equals_a_difference_of_dictionaries(before: dict[str, int], after: dict[str, int]) -> None:
    change = vocabulary_change(vocabulary(before), vocabulary(after))
    assert change.gone["term"].tolist() == sorted(before.keys() - after.keys(), key=lambda w: (-before[w], w))
    assert change.come["term"].tolist() == sorted(after.keys() - before.keys(), key=lambda w: (-after[w], w))
    moved = {w: after.get(w, 0) - before.get(w, 0) for w in before.keys() | after.keys()}
    assert dict(zip(change.table["term"], change.table["change"], strict=True)) == {w: d for w, d in moved.items() if d}
    assert change.table["change"].sum() == change.after.term_frequency.sum() - change.before.term_frequency.sum()
