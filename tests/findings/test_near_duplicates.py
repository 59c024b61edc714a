import itertools
import unicodedata
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.split import Documents, SealedTest, Split
from bowcore.findings.near_duplicate_tables import count_near_duplicates, list_near_duplicates
from bowcore.findings.near_duplicates import (
    MIN_SIMILARITY,
    NearDuplicates,
    find_near_duplicates,
    group_articles,
    near_leaks,
)
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA

WHERE = ("training", "validation", "across")


def documents(texts: list[str], labels: list[int]) -> Documents:
    table = pa.table(
        {"title": pa.array(texts, pa.large_string()), "body": pa.array([""] * len(texts), pa.large_string())}
    )
    return Documents(np.arange(len(texts)), table, np.array(labels, dtype=np.int32))


def split_of(texts: list[str], labels: list[int], n_train: int, names: tuple[str, ...] = ("a", "b", "c")) -> Split:
    train, rest = documents(texts[:n_train], labels[:n_train]), documents(texts[n_train:], labels[n_train:])
    return Split(train, rest, SealedTest(documents([], []), len(names), train), names)


# The reference: sets of tuples, every article against every other


def words_of(text: str) -> list[str]:
    return [word for unit in text.split() for word in words_of_unit(unit)]


@cache
def words_of_unit(unit: str) -> tuple[str, ...]:
    words, word = [], ""
    for place, sign in enumerate(unit.lower()):
        name = unicodedata.name(sign, "")
        if sign in "'’\u00ad\u200c\u200d\u2060" or (sign == "." and ".." not in unit[max(place - 1, 0) : place + 2]):
            continue
        if unicodedata.category(sign)[0] not in "LNM":
            words.append(word)
            word = ""
            continue
        if name.startswith(("CJK UNIFIED", "HIRAGANA", "KATAKANA")):
            words += [word, sign]
            word = ""
        else:
            word += sign
    return tuple(word for word in [*words, word] if word)


def shingles_of(text: str) -> frozenset[tuple[str, ...]]:
    words = words_of(text)
    if len(words) < 3:
        return frozenset({tuple(words)} if words else set())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def jaccard(one: str, other: str) -> float:
    a, b = shingles_of(one), shingles_of(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def reference_pairs(texts: list[str], labels: list[int], n_train: int, least: float) -> pd.DataFrame:
    """Every pair of articles that is alike, with where it lies and whether its labels differ."""
    rows = []
    for i, j in itertools.combinations(range(len(texts)), 2):
        similarity = jaccard(texts[i], texts[j])
        if similarity >= least:
            where = "across" if i < n_train <= j else "training" if j < n_train else "validation"
            rows.append((i, j, similarity, where, labels[i] != labels[j]))
    return pd.DataFrame(rows, columns=["i", "j", "similarity", "where", "disagrees"])


def article_pairs(found: NearDuplicates) -> dict[tuple[int, int], float]:
    """What was found, article by article."""
    close = {(int(a), int(b)): float(s) for a, b, s in zip(found.first, found.second, found.similarity, strict=True)}
    pairs = {}
    for i, j in itertools.combinations(range(len(found.text_of)), 2):
        a, b = sorted((int(found.text_of[i]), int(found.text_of[j])))
        if a >= 0 and (a == b or (a, b) in close or (b, a) in close):
            pairs[i, j] = 1.0 if a == b else close.get((a, b), close.get((b, a), 0.0))
    return pairs


UNITS = [
    "tea",
    "Tea",
    "milk,",
    "jam",
    "bun",
    "--",
    "東京",
    "ιός",
    "jam-bun",
    "tea\\jam",
    "b.u.n",
    "tea,milk",
    "tea..jam",
]
LINES = st.lists(st.sampled_from(UNITS), max_size=9).map(" ".join)
ROWS = st.lists(st.tuples(LINES, st.integers(0, 2)), min_size=1, max_size=14)


@examples(150)
@given(ROWS, st.integers(0, 14), st.integers(0, 40))
def test_the_pairs_found_are_those_of_comparing_all_with_all(
    rows: list[tuple[str, int]], n_train: int, most: int
) -> None:
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    n_train = min(n_train, len(texts))
    found = find_near_duplicates(split_of(texts, labels, n_train), max_candidates=most)
    expected = reference_pairs(texts, labels, n_train, found.complete_from)
    assert article_pairs(found) == {
        (i, j): s for i, j, s in zip(expected["i"], expected["j"], expected["similarity"], strict=True)
    }


@examples(100)
@given(ROWS, st.integers(0, 14), st.sampled_from([0.5, 0.6, 0.75, 0.9, 1.0]))
def test_counts_lists_and_leaks_are_those_of_a_table_of_all_pairs(
    rows: list[tuple[str, int]], n_train: int, similarity: float
) -> None:
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    n_train = min(n_train, len(texts))
    split = split_of(texts, labels, n_train)
    found = find_near_duplicates(split)
    pairs = reference_pairs(texts, labels, n_train, similarity)
    table = count_near_duplicates(found, split, similarity).set_index("where")
    assert list(table.index) == list(WHERE)
    for where in WHERE:
        inside = pairs[pairs["where"] == where]
        members = set(inside["i"]) | set(inside["j"])
        n_training = sum(i < n_train for i in members)
        expected = [n_training, len(members) - n_training, len(inside), int(inside["disagrees"].sum())]
        assert table.loc[where].tolist() == expected
        listed = list_near_duplicates(found, split, similarity, where)
        assert (listed["similarity"].diff().dropna() <= 0).all()
        for first, second, share in zip(listed["first"], listed["second"], listed["similarity"], strict=True):
            row = inside[(inside["i"] == first) & (inside["j"] == second)]
            assert row["similarity"].tolist() == [share]
        assert len(listed) > 0 or inside.empty
        texts_of = {tuple(sorted(found.text_of[[i, j]])) for i, j in zip(inside["i"], inside["j"], strict=True)}
        differing = inside[inside["disagrees"].astype(bool)]
        disagree = {tuple(sorted(found.text_of[[i, j]])) for i, j in zip(differing["i"], differing["j"], strict=True)}
        pairs_listed = [
            tuple(sorted(found.text_of[[i, j]])) for i, j in zip(listed["first"], listed["second"], strict=True)
        ]
        assert set(pairs_listed) == texts_of
        for pair, flag in zip(pairs_listed, listed["labels_disagree"], strict=True):
            assert flag == (pair in disagree) or where == "across"
        assert {pair for pair, flag in zip(pairs_listed, listed["labels_disagree"], strict=True) if flag} == disagree
        shown = zip(listed["first"], listed["second"], listed["labels_disagree"], strict=True)
        assert all((labels[i] != labels[j]) == flag for i, j, flag in shown)
    across = pairs[pairs["where"] == "across"]
    assert np.flatnonzero(near_leaks(found, n_train, similarity)).tolist() == sorted(set(across["i"]))
    twins = n_train + np.flatnonzero(near_leaks(found, n_train, similarity, of="validation"))
    assert twins.tolist() == sorted(set(across["j"]))


@pytest.mark.parametrize(("n_shared", "expected"), [(100, 1.0), (90, 88 / 108), (67, 65 / 131), (68, 66 / 130)])
def test_texts_of_a_known_similarity_are_found_from_one_half_up(n_shared: int, expected: float) -> None:
    words = [f"w{i}" for i in range(100)]
    other = words[:n_shared] + [f"x{i}" for i in range(100 - n_shared)]
    found = find_near_duplicates(split_of([" ".join(words), " ".join(other)], [0, 0], 1))
    assert list(article_pairs(found).values()) == ([expected] if expected >= MIN_SIMILARITY else [])


def test_of_two_hundred_pairs_at_each_similarity_not_one_is_missed() -> None:
    """As the banding of MinHash would be judged: here the share of pairs found is 1 at every similarity."""
    generator = np.random.default_rng(3)
    texts, expected = [], []
    for pair in range(1000):
        n = int(generator.integers(20, 60))
        words = [f"p{pair}w{i}" for i in generator.integers(0, 40, n)]
        changed = words.copy()
        for place in generator.integers(0, n, int(generator.integers(0, 6))):
            changed[place] = f"p{pair}new{place}"
        texts += [" ".join(words), " ".join(changed)]
        expected.append(jaccard(texts[-2], texts[-1]))
    found = find_near_duplicates(split_of(texts, [0] * len(texts), len(texts)))
    shares = {(2 * i, 2 * i + 1): share for i, share in enumerate(expected) if share >= MIN_SIMILARITY}
    assert len(shares) > 600 and min(shares.values()) < 0.55
    listed = list_near_duplicates(found, split_of(texts, [0] * len(texts), len(texts)), MIN_SIMILARITY, "training")
    assert dict(zip(zip(listed["first"], listed["second"], strict=True), listed["similarity"], strict=True)) == shares


def test_too_many_candidates_raise_the_similarity_from_which_all_pairs_are_found() -> None:
    texts = [f"the same long headline about rain and wind today number {i}" for i in range(30)]
    split = split_of(texts, [0] * 30, 30)
    whole, cut = find_near_duplicates(split), find_near_duplicates(split, max_candidates=100)
    assert whole.complete_from == MIN_SIMILARITY and len(whole.first) == 30 * 29 // 2
    assert cut.complete_from > MIN_SIMILARITY and (cut.similarity >= cut.complete_from).all()


def test_articles_without_a_word_are_similar_to_no_other() -> None:
    found = find_near_duplicates(split_of(["", "...", "-- !", "tea"], [0, 0, 0, 0], 2))
    assert found.text_of.tolist() == [-1, -1, -1, 0] and article_pairs(found) == {}
    assert near_leaks(found, 2, 0.5).tolist() == [False, False]


@pytest.mark.parametrize("similarity", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_groups_are_what_pairs_connect(name: str, similarity: float) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    texts = [*texts, *texts[:5], *(f"{text} again" for text in texts[:5]), "", "..."]
    found = find_near_duplicates(split_of(texts, [*labels, *labels[:5], *labels[:5], 0, 0], len(texts) // 2, names))
    shingles = [shingles_of(text) for text in texts]
    group = list(range(len(texts)))
    for one, other in itertools.combinations(range(len(texts)), 2):
        union = shingles[one] | shingles[other]
        if union and len(shingles[one] & shingles[other]) / len(union) >= max(similarity, found.complete_from):
            group = [group[one] if number == group[other] else number for number in group]
    ours = group_articles(found, similarity)
    assert len(set(zip(ours.tolist(), group, strict=True))) == len(set(group)) == len(set(ours.tolist()))


def test_case_and_punctuation_make_no_difference() -> None:
    found = find_near_duplicates(split_of(["Rain, again: (in) Leeds!", "rain again in LEEDS"], [0, 1], 1))
    assert list(article_pairs(found).values()) == [1.0]


AS_ONE_LINE = {
    r"sell\buns daily": "sell buns daily",
    "the-oven-is hot": "the oven is hot",
    "rain,wind,snow today": "rain wind snow today",
    "bread/milk (tea)jam": "bread milk tea jam",
    "buns_and_rolls are_in": "buns and rolls are in",
    "well...then bread rises": "well then bread rises",
    "U.S. bakers can't rest": "US bakers cant rest",
    "the baker’s 3.5 ovens": "the bakers 35 ovens",
    "co\u00adoperate in baking bread": "cooperate in baking bread",
    "ψωμί·τυρί,μέλι—γάλα και τσάι": "Ψωμί τυρί μέλι γάλα ΚΑΙ τσάι",
    "パンを、焼く。": "パン を 焼く",
}


@pytest.mark.parametrize(("one", "other"), AS_ONE_LINE.items())
def test_punctuation_separates_words_except_full_stops_and_apostrophes_inside_them(one: str, other: str) -> None:
    found = find_near_duplicates(split_of([one, other], [0, 1], 1))
    assert article_pairs(found) == {(0, 1): 1.0}
    assert jaccard(one, other) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"sell\buns daily", "sellbuns daily"),
        ("the-oven", "theoven"),
        ("10,000 loaves", "10000 loaves"),
        ("U S bakers", "US bakers"),
    ],
)
def test_words_separated_by_punctuation_are_not_one_word(one: str, other: str) -> None:
    assert article_pairs(find_near_duplicates(split_of([one, other], [0, 1], 1))) == {}


def test_lines_full_of_punctuation_agree_with_the_comparison_of_all_with_all() -> None:
    generator = np.random.default_rng(11)
    signs = [" ", " ", " ", "-", ",", "\\", "/", ".", "'", "’", "...", " (", ") ", "_", "·", "、", "\u00ad"]
    words = ["oven", "bread", "Salt", "ψωμί", "パン", "12", "τσάι", "jam"]
    texts = []
    for _ in range(120):
        text = "".join(words[i] + signs[j] for i, j in generator.integers(0, (len(words), len(signs)), (6, 2)))
        texts += [text, text.replace("-", " ").replace("’", "") + words[int(generator.integers(len(words)))]]
    found = find_near_duplicates(split_of(texts, [0] * len(texts), 100))
    expected = reference_pairs(texts, [0] * len(texts), 100, MIN_SIMILARITY)
    assert len(expected) > 60
    assert article_pairs(found) == {
        (i, j): s for i, j, s in zip(expected["i"], expected["j"], expected["similarity"], strict=True)
    }


@pytest.mark.parametrize("name", SMALL_CORPORA)
@pytest.mark.parametrize("n_train", [1, 4])
def test_small_corpora_agree_with_the_comparison_of_all_with_all(name: str, n_train: int) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    texts, labels = [*texts, texts[0] + " !", texts[-1]], [*labels, labels[0], labels[0]]
    split = split_of(texts, labels, n_train, names)
    found = find_near_duplicates(split)
    expected = reference_pairs(texts, labels, n_train, MIN_SIMILARITY)
    assert len(expected) >= 1
    assert article_pairs(found) == {
        (i, j): s for i, j, s in zip(expected["i"], expected["j"], expected["similarity"], strict=True)
    }
    counted = count_near_duplicates(found, split, MIN_SIMILARITY).set_index("where")["n_pairs"]
    assert counted.to_dict() == {where: int((expected["where"] == where).sum()) for where in WHERE}
