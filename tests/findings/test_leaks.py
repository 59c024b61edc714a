from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from bowcore.cli import main
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.draws import sample_documents
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, split_corpus
from bowcore.errors import RecipeError
from bowcore.experiment import stages
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.findings.leaks import draw_sample, find_leaks, find_twins
from bowcore.findings.near_duplicates import find_near_duplicates
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec
from tests.findings.test_near_duplicates import shingles_of
from tests.small_corpora import SMALL_CORPORA

LEAKY = Recipe().change(drop_leaked=True, weighting="tfidf", digits=False)


def frame(documents: Documents) -> pd.DataFrame:
    """Articles as a frame, with their whole text trimmed."""
    table: pd.DataFrame = documents.articles.to_pandas().assign(label=documents.labels)
    return table.assign(text=(table["title"] + " " + table["body"]).str.strip())


def leaks_by_pandas(split: Split, similarity: float, similarities: pd.Series | None = None) -> pd.Series:
    """Training articles to leave out: repeats of validation and test, and near repeats of validation."""
    train, validation, test = (frame(part) for part in (split.train, split.validation, split.test.unseal()))
    leaks = train["text"].isin(validation["text"]) | train["text"].isin(test["text"])
    if similarity < 1:
        leaks |= (similarity_by_sets(split) if similarities is None else similarities) >= similarity
    return leaks


def similarity_by_sets(split: Split) -> pd.Series:
    """Similarity of each training article to the nearest validation article."""
    train, validation = frame(split.train)["text"], frame(split.validation)["text"]
    sets = [shingles_of(text) for text in validation]
    by_shingle: dict[tuple[str, ...], list[int]] = {}
    for position, shingles in enumerate(sets):
        for shingle in shingles:
            by_shingle.setdefault(shingle, []).append(position)

    def nearest(text: str) -> float:
        own = shingles_of(text)
        shared = Counter(position for shingle in own for position in by_shingle.get(shingle, ()))
        return max((n / (len(own) + len(sets[p]) - n) for p, n in shared.items()), default=0.0)

    return train.map(nearest)


@pytest.fixture(scope="module")
def bbc() -> tuple[Split, pd.Series]:
    """The default corpus, and the similarities of its training articles."""
    split = split_corpus(load_corpus("bbc-news"), LEAKY.split)
    return split, similarity_by_sets(split)


def without(split: Split, leaks: pd.Series) -> Split:
    """The split with those rows taken out of its training articles by hand."""
    kept = np.flatnonzero(~leaks.to_numpy())
    train = split.train
    left = Documents(train.rows[kept], train.articles.take(pa.array(kept)), train.labels[kept])
    return replace(split, train=left)


def matrix_of(split: Split, recipe: Recipe) -> stages.Matrix:
    reading = stages.read_split(split, recipe)
    counts = stages.count(reading, stages.map_terms(reading, recipe), recipe)
    return stages.build_matrix(counts, split, recipe)


def assert_equal(one: stages.Matrix, other: stages.Matrix) -> None:
    assert one.vocabulary.terms.equals(other.vocabulary.terms)
    for part in ("train", "validation"):
        mine, theirs = getattr(one.features, part), getattr(other.features, part)
        assert mine.shape == theirs.shape
        assert abs(mine - theirs).max() < 1e-12
    assert one.features.train_labels.tolist() == other.features.train_labels.tolist()


@pytest.mark.parametrize("similarity", [1.0, 0.8, 0.5])
@pytest.mark.parametrize("n_kept", [0, 300])
def test_the_matrix_is_that_of_the_training_articles_without_the_leaks_found_by_pandas(
    similarity: float, n_kept: int, bbc: tuple[Split, pd.Series]
) -> None:
    recipe = LEAKY.change(leak_similarity=similarity, training_articles=n_kept)
    split, similarities = bbc
    leaks = leaks_by_pandas(split, similarity, similarities)
    assert 20 < leaks.sum() < 100
    plain = recipe.change(drop_leaked=False, leak_similarity=1.0)
    found = matrix_of(split, recipe)
    assert_equal(found, matrix_of(without(split, leaks), plain))
    kept = np.flatnonzero(~leaks)
    drawn = sample_documents(split.train.labels[kept], n_kept, recipe.sample.sample_seed)
    assert found.rows.tolist() == kept[drawn].tolist()
    sealed = split.without_test_articles()
    assert draw_sample(sealed, recipe.sample, find_near_duplicates(sealed)).tolist() == found.rows.tolist()


def test_a_recipe_run_here_and_in_a_warm_worker_leaves_out_the_same_articles() -> None:
    recipe = LEAKY.change(leak_similarity=0.7, vocabulary_size=500)
    process_memo().clear()
    here, there = Experiments().matrix(recipe), process_experiments().answer(recipe).matrix
    process_memo().clear()
    assert here.rows.tolist() == there.rows.tolist()
    assert len(here.rows) < len(Experiments().matrix(recipe.change(drop_leaked=False)).rows)
    assert_equal(here, there)


def test_the_command_line_leaves_out_the_same_articles(tmp_path: Path, bowlab_home: Path) -> None:
    recipe = Recipe().change(drop_leaked=True, leak_similarity=0.7)
    switches = ["--set", "drop_leaked=true", "--set", "leak_similarity=0.7"]
    assert main.main(["vectorize", "bbc-news", *switches, "--out", str(tmp_path / "out"), "--json"]) == 0
    written = sparse.load_npz(tmp_path / "out" / "matrix.npz")
    assert written.shape == Experiments().matrix(recipe).counts.train.shape


def corpus_of(texts: list[str], labels: list[int], names: tuple[str, ...]) -> Corpus:
    rule, made = SplitRule(0.25, 0.25), Provenance("Home-made", "written for this test", "none")
    return make_corpus("small", texts, [""] * len(texts), labels, names, rule=rule, provenance=made)


@pytest.mark.parametrize("name", [name for name in SMALL_CORPORA if name != "one_document"])
@pytest.mark.parametrize("similarity", [1.0, 0.5])
def test_small_corpora_lose_the_articles_that_pandas_finds(name: str, similarity: float) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    # every article stands three times, with white space around it, so that some stand in several splits
    repeated = [(f" {text} ", label) for text, label in zip(texts, labels, strict=True) for _ in range(3)]
    split = split_corpus(corpus_of([t for t, _ in repeated], [label for _, label in repeated], names), Recipe().split)
    leaks = leaks_by_pandas(split, similarity)
    assert leaks.any()
    assert find_leaks(split, similarity).tolist() == leaks.tolist()
    turned = replace(split, train=split.validation, validation=split.train)
    twins = frame(split.validation)["text"].isin(frame(split.train)["text"])
    twins |= (similarity_by_sets(turned) >= similarity) & (similarity < 1)
    assert find_twins(split, similarity).tolist() == twins.tolist()


def test_a_corpus_of_one_document_has_no_leak() -> None:
    texts, labels, names = SMALL_CORPORA["one_document"]()
    table = pa.table({"title": pa.array(texts, pa.large_string()), "body": pa.array([""], pa.large_string())})
    train = Documents(np.array([0]), table, np.array(labels, dtype=np.int32))
    nothing = Documents(np.array([], dtype=np.int64), table[:0], np.array([], dtype=np.int32))
    split = Split(train, nothing, SealedTest(nothing, 1, train), names)
    assert find_leaks(split, 0.5).tolist() == [False]
    assert draw_sample(split, SampleSpec(drop_leaked=True, leak_similarity=0.5)).tolist() == [0]


def test_a_corpus_of_one_repeated_text_has_nothing_left_to_learn_from() -> None:
    split = split_corpus(corpus_of(["the same line"] * 24, [0, 1] * 12, ("a", "b")), Recipe().split)
    with pytest.raises(RecipeError, match="All 12 training articles repeat"):
        draw_sample(split, SampleSpec(drop_leaked=True))


def test_a_similarity_below_that_of_the_pairs_looked_for_is_refused() -> None:
    texts = [f"the same long headline about rain and wind today number {i}" for i in range(60)]
    split = split_corpus(corpus_of(texts, [0, 1] * 30, ("a", "b")), Recipe().split)
    near = find_near_duplicates(split, max_candidates=10)
    assert near.complete_from > 0.5
    with pytest.raises(RecipeError, match=r"raise leak_similarity from 0\.50"):
        find_leaks(split, 0.5, near)


def test_without_the_switch_no_article_is_left_out() -> None:
    split = split_corpus(load_corpus("bbc-news"), Recipe().split)
    assert find_leaks(split).sum() > 20
    assert draw_sample(split, SampleSpec(leak_similarity=0.5)).tolist() == list(range(split.train.n_documents))
