from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.draws import sample_documents, stratified_draw
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, open_labels, split_corpus
from bowcore.errors import CorpusError, SealedError
from bowcore.recipe.specs import SplitSpec
from tests.laws import examples

HOME_MADE = Provenance(title="Home-made", origin="written for this test", licence="none")

seeds = st.integers(0, 2**32 - 1)
class_counts = st.lists(st.integers(3, 60), min_size=2, max_size=6)
law = examples(60)


def shuffled_labels(counts: list[int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)


def corpus_of(labels: np.ndarray, n_own_test: int = 0, bodies: list[str] | None = None) -> Corpus:
    rule = SplitRule(validation_share=0.1, test_share=0.0) if n_own_test else SplitRule(0.15, 0.15)
    return make_corpus(
        "home-made",
        [f"title{row}" for row in range(len(labels))],
        bodies or [f"body{row}" for row in range(len(labels))],
        labels,
        tuple("abcdefgh"[: int(labels.max()) + 1]),
        rule=rule,
        provenance=HOME_MADE,
        n_own_test=n_own_test,
    )


@law
@given(class_counts, st.integers(1, 99), seeds)
def test_a_draw_is_scikit_learns_row_by_row(counts: list[int], percent: int, seed: int) -> None:
    labels = shuffled_labels(counts)
    n_drawn = min(max(len(labels) * percent // 100, len(counts)), len(labels) - len(counts))
    left, drawn = stratified_draw(labels, n_drawn, SplitSpec(split_seed=seed))
    expected = train_test_split(np.arange(len(labels)), test_size=n_drawn, random_state=seed, stratify=labels)
    assert left.tolist() == expected[0].tolist()
    assert drawn.tolist() == expected[1].tolist()


def test_the_tutorials_rows_are_drawn_on_the_real_ag_news(bowlab_data: Path) -> None:
    labels = pq.read_table(bowlab_data / "ag_news" / "train.parquet")["label"].to_numpy()
    train, validation = train_test_split(np.arange(len(labels)), test_size=0.1, random_state=456, stratify=labels)
    split = split_corpus(load_corpus("ag-news"), SplitSpec())
    assert split.train.rows.tolist() == sorted(train)
    assert split.validation.rows.tolist() == sorted(validation)
    assert split.test.n_documents == 7600


def test_bbc_news_is_split_as_two_draws_of_scikit_learn() -> None:
    corpus = load_corpus("bbc-news")
    rows = np.arange(corpus.n_documents)
    rest, test = train_test_split(rows, test_size=0.15, random_state=456, stratify=corpus.labels)
    rest = np.sort(rest)
    train, validation = train_test_split(rest, test_size=334, random_state=456, stratify=corpus.labels[rest])
    split = split_corpus(corpus, SplitSpec())
    assert split.train.rows.tolist() == sorted(train)
    assert split.validation.rows.tolist() == sorted(validation)
    assert (split.train.n_documents, split.validation.n_documents, split.test.n_documents) == (1557, 334, len(test))


@law
@given(st.lists(st.integers(10, 60), min_size=2, max_size=5), seeds, st.booleans())
def test_splits_are_disjoint_and_cover_with_equal_class_shares(counts: list[int], seed: int, has_own: bool) -> None:
    labels = shuffled_labels(counts)
    n_own = len(labels) // 5 if has_own else 0
    corpus = corpus_of(labels, n_own)
    in_draw = np.bincount(labels[: len(labels) - n_own], minlength=len(counts))
    if in_draw.min() < 2:
        return
    split = split_corpus(corpus, SplitSpec(split_seed=seed))
    test = split.test.unseal()
    everything = np.concatenate([split.train.rows, split.validation.rows, test.rows])
    assert sorted(everything) == list(range(len(labels)))
    if n_own:
        assert test.rows.tolist() == list(range(len(labels) - n_own, len(labels)))
    for part in (split.train, split.validation, *([] if n_own else [test])):
        assert part.labels.tolist() == labels[part.rows].tolist()
        assert part.articles["title"].to_pylist() == [f"title{row}" for row in part.rows]
        assert (np.diff(part.rows) > 0).all()
        expected = in_draw * part.n_documents / in_draw.sum()
        # one article for the rounding of each of the two draws
        assert (np.abs(np.bincount(part.labels, minlength=len(counts)) - expected) < 2).all()


def test_another_seed_draws_other_rows_and_the_same_seed_the_same() -> None:
    corpus = corpus_of(shuffled_labels([40, 40]))
    drawn = [split_corpus(corpus, SplitSpec(split_seed=seed)).train.rows.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@law
@given(st.lists(st.integers(10, 60), min_size=2, max_size=5), seeds)
def test_no_seed_makes_an_article_of_the_test_set_one_that_may_be_read(counts: list[int], seed: int) -> None:
    corpus = corpus_of(shuffled_labels(counts))
    sealed = set(split_corpus(corpus, SplitSpec()).test.unseal().rows.tolist())
    split = split_corpus(corpus, SplitSpec(split_seed=seed))
    assert sealed.isdisjoint(split.train.rows.tolist()) and sealed.isdisjoint(split.validation.rows.tolist())
    assert set(split.test.unseal().rows.tolist()) == sealed


def test_a_split_without_its_test_articles_keeps_the_counts_and_refuses_to_be_opened() -> None:
    whole = sealed_split()
    shut = whole.without_test_articles()
    assert (shut.train, shut.validation, shut.class_names) == (whole.train, whole.validation, whole.class_names)
    assert shut.test.class_counts.tolist() == whole.test.class_counts.tolist() == [6, 6]
    for name in ("n_documents", "n_duplicates_within", "n_duplicates_of_training"):
        assert getattr(shut.test, name) == getattr(whole.test, name)
    with pytest.raises(SealedError, match=r"not in this process. Open the test set with its job"):
        shut.test.unseal()
    assert whole.test.unseal().n_documents == 12


def test_open_labels_are_those_of_training_and_validation_articles_in_this_order() -> None:
    corpus = corpus_of(shuffled_labels([40, 60]))
    split = split_corpus(corpus, SplitSpec())
    rows = [*split.train.rows.tolist(), *split.validation.rows.tolist()]
    assert open_labels(split).tolist() == [corpus.labels[row] for row in rows]
    assert open_labels(split).dtype == np.int32


def three_and_two_articles() -> Split:
    """Five open articles, of which the first three are training articles."""
    corpus = corpus_of(np.array([0, 1, 1, 0, 1, 0, 1], np.int32), n_own_test=2, bodies=[f"body{n}" for n in range(7)])
    whole = split_corpus(corpus_of(shuffled_labels([40, 40])), SplitSpec())
    articles, labels = corpus.articles, corpus.labels
    train = Documents(np.array([0, 1, 3]), articles.take([0, 1, 3]), labels[[0, 1, 3]])
    return replace(whole, train=train, validation=Documents(np.array([2, 4]), articles.take([2, 4]), labels[[2, 4]]))


def test_an_open_article_is_found_by_its_position_and_numbered_within_its_split() -> None:
    split = three_and_two_articles()
    assert split.n_open == 5
    found = [split.article(position) for position in range(5)]
    assert [article.position for article in found] == [0, 1, 2, 3, 4]
    assert [article.split for article in found] == ["training"] * 3 + ["validation"] * 2
    assert [article.row for article in found] == [0, 1, 2, 0, 1]
    assert [article.number for article in found] == [1, 2, 3, 1, 2]
    assert [article.label for article in found] == [0, 1, 0, 1, 1]
    assert "".join(article.class_name for article in found) == "ababb"
    assert found[2].name == "training article 3" and found[3].name == "validation article 1"
    assert [article.title for article in found] == ["title0", "title1", "title3", "title2", "title4"]
    assert found[3].text == "title2 body2"


def test_rows_of_the_validation_matrix_are_articles_behind_the_training_articles() -> None:
    split = three_and_two_articles()
    assert split.validation_positions(np.array([1, 0])).tolist() == [4, 3]
    training, validation = split.divide(np.arange(5))
    assert (training.tolist(), validation.tolist()) == ([0, 1, 2], [3, 4])


def test_rows_and_labels_of_a_split_cannot_be_written_to() -> None:
    train = split_corpus(corpus_of(shuffled_labels([10, 10])), SplitSpec()).train
    with pytest.raises(ValueError, match="read-only"):
        train.labels[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        train.rows[0] = 1


def test_a_class_without_articles_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"Class 'b' of home-made has no training articles"):
        split_corpus(corpus_of(shuffled_labels([20, 0, 20])), SplitSpec())


@pytest.mark.parametrize(("counts", "n_own"), [([20, 2], 0), ([20, 1], 0), ([30, 20, 1], 4)])
def test_a_class_too_small_for_every_split_is_for_training(counts: list[int], n_own: int) -> None:
    labels = np.concatenate([shuffled_labels(counts), np.zeros(n_own, np.int32)])
    split = split_corpus(corpus_of(labels, n_own), SplitSpec())
    small = len(counts) - 1
    assert (split.train.labels == small).sum() == counts[-1]
    assert split.n_open + split.test.n_documents == len(labels)


def test_classes_may_be_missing_from_a_small_validation_split() -> None:
    split = split_corpus(corpus_of(shuffled_labels([3] * 8)), SplitSpec())
    assert set(split.train.labels.tolist()) == set(range(8))
    assert 0 < len(set(split.validation.labels.tolist())) < 8


def test_classes_that_validation_or_test_lack_are_named() -> None:
    assert split_corpus(corpus_of(shuffled_labels([20, 30])), SplitSpec()).classes_missing() == ""
    labels = np.concatenate([shuffled_labels([60, 40]), [2]]).astype(np.int32)
    said = split_corpus(corpus_of(labels), SplitSpec()).classes_missing()
    assert said == "No validation article of c. No test article of c."
    assert split_corpus(corpus_of(labels), SplitSpec()).classes_missing(test=False) == "No validation article of c."
    many = split_corpus(corpus_of(shuffled_labels([3] * 8)), SplitSpec())
    lacking = sorted(set(range(8)) - set(many.validation.labels.tolist()))
    names = ", ".join("abcdefgh"[code] for code in lacking[:3])
    assert f"No validation article of {len(lacking)} of 8 classes ({names} and {len(lacking) - 3} more)." in (
        many.classes_missing()
    )


def own_rows(n_validation: int, n_test: int, n: int = 60) -> Corpus:
    return make_corpus(
        "own",
        [""] * n,
        [f"row {i}" for i in range(n)],
        np.arange(n) % 2,
        ("a", "b"),
        rule=SplitRule(0.15, 0.15),
        provenance=HOME_MADE,
        n_own_test=n_test,
        n_own_validation=n_validation,
    )


@pytest.mark.parametrize("seed", [0, 456])
def test_a_source_s_own_validation_and_test_rows_stay_whatever_the_seed(seed: int) -> None:
    split = split_corpus(own_rows(12, 8), SplitSpec(split_seed=seed))
    assert split.train.rows.tolist() == list(range(40))
    assert split.validation.rows.tolist() == list(range(40, 52))
    assert split.test.n_documents == 8
    drawn = split_corpus(own_rows(12, 0), SplitSpec(split_seed=seed))
    assert drawn.validation.rows.tolist() == list(range(48, 60))
    assert (drawn.train.n_documents, drawn.test.n_documents) == (39, 9)


def grouped(groups: list[int], labels: list[int] | None = None) -> Corpus:
    n = len(groups)
    return make_corpus(
        "grouped",
        [""] * n,
        [f"row {i}" for i in range(n)],
        np.arange(n) % 2 if labels is None else labels,
        ("a", "b"),
        rule=SplitRule(0.15, 0.15),
        provenance=HOME_MADE,
        groups=np.array(groups, dtype=np.int32),
    )


def groups_of(corpus: Corpus, split: Split) -> list[set[int]]:
    assert corpus.groups is not None
    parts = (split.train.rows, split.validation.rows, split.test.unseal().rows)
    return [set(corpus.groups[rows].tolist()) for rows in parts]


@law
@given(st.lists(st.integers(0, 40), min_size=120, max_size=300), seeds)
def test_no_group_stands_in_two_splits(groups: list[int], seed: int) -> None:
    corpus = grouped(groups)
    try:
        split = split_corpus(corpus, SplitSpec(split_seed=seed))
    except CorpusError as error:
        assert "no group is divided" in str(error)
        return
    train, validation, test = groups_of(corpus, split)
    assert not (train & validation or train & test or validation & test)
    assert split.n_open + split.test.n_documents == corpus.n_documents


def test_groups_are_drawn_near_the_shares_of_the_classes_and_the_test_groups_never_move() -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), generator.integers(1, 9, 400))
    labels = (generator.random(400) < 0.2).astype(int)[groups]
    corpus = grouped(groups.tolist(), labels.tolist())
    splits = [split_corpus(corpus, SplitSpec(split_seed=seed)) for seed in (1, 2)]
    for split in splits:
        for part in (split.validation.labels, split.test.unseal().labels):
            assert abs(len(part) / len(groups) - 0.15) < 0.01
            assert abs(part.mean() - labels.mean()) < 0.01
    first, second = (split.test.unseal().rows.tolist() for split in splits)
    assert first == second
    assert splits[0].validation.rows.tolist() != splits[1].validation.rows.tolist()


def test_two_groups_cannot_be_split_in_three() -> None:
    with pytest.raises(CorpusError, match=r"2 groups of 60 articles cannot be split.*group=-"):
        split_corpus(grouped([0, 1] * 30), SplitSpec())


def test_groups_and_own_rows_are_part_of_the_digest() -> None:
    digests = {corpus.digest for corpus in (grouped([0, 1] * 30), grouped([1, 1] * 30), own_rows(0, 0), own_rows(6, 0))}
    assert len(digests) == 4


@law
@given(st.lists(st.integers(3, 40), min_size=2, max_size=5), seeds)
def test_training_articles_hold_every_class_whenever_a_split_is_made(counts: list[int], seed: int) -> None:
    try:
        split = split_corpus(corpus_of(shuffled_labels(counts)), SplitSpec(split_seed=seed))
    except CorpusError as error:
        assert f"{sum(counts):,}" in str(error) or "cannot be split" in str(error)
        return
    assert set(split.train.labels.tolist()) == set(range(len(counts)))


def sealed_split() -> Split:
    bodies = [f"secret{row}" for row in range(40)]
    bodies[10:16] = ["the same"] * 6
    titles_alike = make_corpus(
        "repeats",
        ["head"] * 40,
        bodies,
        shuffled_labels([20, 20]),
        ("a", "b"),
        rule=SplitRule(0.15, 0.3),
        provenance=HOME_MADE,
    )
    return split_corpus(titles_alike, SplitSpec())


def test_a_sealed_test_set_has_counts_and_no_text() -> None:
    test = sealed_split().test
    names = {name for name in dir(test) if not name.startswith("_")} - {"unseal", "counts_only"}
    public = {name: getattr(test, name) for name in names}
    assert set(public) == {
        "class_counts",
        "n_documents",
        "n_duplicates_of_training",
        "n_duplicates_within",
        "train_in_test",
    }
    assert all(isinstance(value, (int, np.ndarray)) for value in public.values())
    shown = repr(test) + str(test) + repr(public)
    assert "secret" not in shown
    assert "head" not in shown
    assert not hasattr(test, "__dict__")
    assert test.class_counts.tolist() == [6, 6]


def test_a_sealed_test_set_counts_its_exact_duplicates() -> None:
    split = sealed_split()
    texts = Counter(split.test.unseal().articles["body"].to_pylist())
    training = Counter(split.train.articles["body"].to_pylist())
    assert texts["the same"] >= 2
    assert training["the same"] >= 1, "another seed would be needed to test this"
    assert split.test.n_duplicates_within == texts["the same"] - 1
    assert split.test.n_duplicates_of_training == texts["the same"]
    repeated = [body == "the same" for body in split.train.articles["body"].to_pylist()]
    for seal in (split.test, split.without_test_articles().test):
        assert seal.train_in_test.tolist() == repeated
        assert not seal.train_in_test.flags.writeable


def test_duplicates_are_compared_on_headline_and_body_together() -> None:
    labels = np.array([0, 1] * 10 + [0, 1], dtype=np.int32)
    corpus = corpus_of(labels, 2, bodies=["the same"] * 22)
    test = split_corpus(corpus, SplitSpec()).test
    assert isinstance(test, SealedTest)
    assert (test.n_duplicates_within, test.n_duplicates_of_training) == (0, 0)


@law
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.integers(0, 200), seeds)
def test_a_sample_is_of_the_size_asked_with_every_class_in_proportion(
    counts: list[int], n_kept: int, seed: int
) -> None:
    labels = shuffled_labels(counts)
    kept = sample_documents(labels, n_kept, seed)
    assert (np.diff(kept) > 0).all()
    if n_kept == 0 or n_kept >= len(labels):
        assert kept.tolist() == list(range(len(labels)))
        return
    assert len(kept) == max(n_kept, len(counts))
    by_class = np.bincount(labels[kept], minlength=len(counts))
    assert by_class.min() >= 1
    if min(counts) * n_kept >= len(labels):
        assert (np.abs(by_class - np.array(counts) * n_kept / len(labels)) < 1).all()


@law
@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.integers(1, 100), st.integers(1, 100), seeds)
def test_of_two_samples_of_one_seed_each_class_of_one_holds_the_others(
    counts: list[int], one: int, two: int, seed: int
) -> None:
    labels = shuffled_labels(counts)
    samples = [set(sample_documents(labels, n_kept, seed).tolist()) for n_kept in (one, two)]
    for position in range(len(counts)):
        members = set(np.flatnonzero(labels == position).tolist())
        small, large = sorted((sample & members for sample in samples), key=len)
        assert small <= large


def test_a_sample_depends_on_its_seed_alone() -> None:
    labels = shuffled_labels([100, 100])
    samples = [sample_documents(labels, 50, seed).tolist() for seed in (3, 3, 4)]
    assert samples[0] == samples[1] != samples[2]
