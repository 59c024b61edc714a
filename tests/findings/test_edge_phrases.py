"""Phrases at the edges of texts, against a count phrase by phrase."""

from collections import defaultdict

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.findings.edge_phrases import (
    EDGES,
    MIN_NEIGHBOURS,
    MIN_PHRASE_ARTICLES,
    PHRASE_LENGTHS,
    Edge,
    edge_phrases,
)


def field(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def counted(texts: list[str], edge: Edge) -> list[tuple[str, list[int]]]:
    """The phrases by their definition, with lists of words."""
    words = [text.strip().strip(" .…\"'").split() for text in texts]
    outer = words if edge == "beginning" else [mine[::-1] for mine in words]
    kept, taken = [], set()
    for length in sorted(PHRASE_LENGTHS, reverse=True):
        held = defaultdict(list)
        for position, mine in enumerate(outer):
            if len(mine) > length:
                held[tuple(mine[:length])].append(position)
        for phrase, places in held.items():
            n_beside = len({outer[place][length] for place in places})
            n_taken = len(taken & set(places))
            if len(places) < MIN_PHRASE_ARTICLES or n_beside < MIN_NEIGHBOURS * len(places):
                continue
            if n_taken <= 0.5 * len(places):
                kept.append((" ".join(phrase if edge == "beginning" else phrase[::-1]), places))
                taken |= set(places)
    return sorted(kept, key=lambda item: (-len(item[1]), item[0]))


@pytest.mark.parametrize("edge", EDGES)
@given(data=st.data())
def test_phrases_are_those_of_their_definition(edge: Edge, data: st.DataObject) -> None:
    start = st.sampled_from(["a b c", "a b c d", "a b c d e f", "By our own", "“x” (y) z", ""])
    rest = st.lists(st.sampled_from("pqrstuv"), max_size=4).map(" ".join)
    pairs = data.draw(st.lists(st.tuples(start, rest, start), min_size=15, max_size=60))
    texts = [" ".join(part for part in pair if part) + "." for pair in pairs]
    found = [(text, places.tolist()) for text, places in edge_phrases(field(texts), edge)]
    assert found == counted(texts, edge)


@pytest.mark.parametrize("edge", EDGES)
def test_of_a_long_text_only_the_outer_words_count(edge: Edge) -> None:
    texts = [f"at the door {word} " + "bread " * 500 + f"{word} of the baker" for word in "abcdefghijkl"]
    ((text, places),) = edge_phrases(field(texts), edge)
    assert (text, places.tolist()) == ({"beginning": "at the door", "end": "of the baker"}[edge], list(range(12)))


@pytest.mark.parametrize("texts", [[], [""], ["", "  ", "."] * 9])
def test_texts_without_words_have_no_phrases(texts: list[str]) -> None:
    assert [edge_phrases(field(texts), edge) for edge in EDGES] == [[], []]
