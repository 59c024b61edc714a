"""Every block against scikit-learn's vectorizers on dense arrays, log-count ratios by hand."""

import re
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from bowcore.errors import EmptyVocabularyError, MemoryBudgetError
from bowcore.matrix.blocks import count_block, fit_block, fit_blocks, log_count_ratios, read_block_texts
from bowcore.memory import VARIABLE
from bowcore.recipe.blocks import Block
from bowcore.recipe.recipe import Recipe

TITLES = ("Oil prices RISE", "Striker scores", "", "Wall Street rises again", "日本 wins", "Oil")
BODIES = (
    "Crude oil rose to $4.50 a barrel (Reuters) a record",
    "The striker (AP) scored on 21-Jul in a 3-2 win",
    "Stocks fell 5% as oil, oil and more oil rose (Reuters)",
    "A strong profit and 1,000 jobs",
    "Die Straße naïve",
    "",
)
TEXTS = [f"{title} {body}" for title, body in zip(TITLES, BODIES, strict=True)]
LABELS = np.array([0, 1, 0, 0, 1, 0], np.int32)
TRAIN, OTHER = np.arange(4), np.arange(4, 6)
FIELDS = (pa.array(TITLES, pa.large_string()), pa.array(BODIES, pa.large_string()))
AS_WRITTEN = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)


def cells(line: str, recipe: Recipe = AS_WRITTEN) -> tuple[list[str], NDArray[np.float32]]:
    """Columns of a block fitted on the first four texts, and the cells of all."""
    block = Block.parse(line)
    counted = count_block(read_block_texts(FIELDS), block, recipe.terms)
    fitted = fit_block(block, counted, TRAIN, LABELS[TRAIN], recipe.vocabulary)
    return fitted.terms.to_pylist(), fitted.cells(counted).toarray()


@pytest.mark.parametrize(
    ("line", "texts", "options"),
    [
        ("words 1-2 tfidf", TEXTS, {"token_pattern": r"\S+", "ngram_range": (1, 2)}),
        ("words 2-3 tfidf x2.5", TEXTS, {"token_pattern": r"\S+", "ngram_range": (2, 3)}),
        ("headline 1-2 tfidf", TITLES, {"token_pattern": r"\S+", "ngram_range": (1, 2)}),
        ("characters 2-5 case tfidf x0.5", TEXTS, {"analyzer": "char_wb", "ngram_range": (2, 5)}),
        ("characters 1-3 case tfidf", TEXTS, {"analyzer": "char_wb", "ngram_range": (1, 3)}),
        ("characters 3-4 tfidf", TEXTS, {"analyzer": "char_wb", "ngram_range": (3, 4), "lowercase": True}),
    ],
)
def test_a_tfidf_block_is_the_one_of_scikit_learn(line: str, texts: list[str], options: dict[str, object]) -> None:
    vectorizer = TfidfVectorizer(**{"lowercase": False, "sublinear_tf": True, **options})
    vectorizer.fit([texts[row] for row in TRAIN])
    columns, found = cells(line)
    assert columns == vectorizer.get_feature_names_out().tolist()
    weight = Block.parse(line).weight
    np.testing.assert_allclose(found, weight * vectorizer.transform(texts).toarray(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("tags counts", lambda word: re.findall(r"^[(\[].{2,30}[)\]]", word)),
        (
            "digits counts",
            lambda word: [re.sub(r"\d+", "0", word.strip(".,;:!?()[]\"'")).lower()] if re.search(r"\d", word) else [],
        ),
    ],
)
def test_blocks_of_tags_and_digits_are_those_of_dictionaries(line: str, pieces: object) -> None:
    assert callable(pieces)
    bags = [{piece: 0 for word in text.split() for piece in pieces(word)} for text in TEXTS]
    for text, bag in zip(TEXTS, bags, strict=True):
        for word in text.split():
            for piece in pieces(word):
                bag[piece] += 1
    vectorizer = DictVectorizer(sparse=False).fit([bags[row] for row in TRAIN])
    counts = vectorizer.transform(bags)
    logs = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
    columns, found = cells(line)
    assert columns == vectorizer.get_feature_names_out().tolist()
    np.testing.assert_allclose(found, normalize(logs), rtol=1e-6)


def test_a_log_count_ratio_is_the_one_computed_by_hand() -> None:
    counts = CountVectorizer().fit_transform(["oil oil rose", "oil fell", "win win", "win rose"])
    ratios = log_count_ratios(counts.astype(np.int32), np.array([0, 0, 1, 1], np.int32))
    # fell, oil, rose, win: texts of class 0 that have them 1, 2, 1, 0; of class 1 0, 0, 1, 2; one is added to each
    p, q = np.array([2, 3, 2, 1]) / 8, np.array([1, 1, 2, 3]) / 7
    np.testing.assert_allclose(ratios, [np.log(p / q), np.log(q / p)])


def test_columns_are_weighted_by_the_root_mean_square_of_their_ratios() -> None:
    block = Block.parse("words 1-1 ratio")
    counted = count_block(read_block_texts(FIELDS), block, AS_WRITTEN.terms)
    labels = np.array([0, 1, 2, 0], np.int32)
    fitted = fit_block(block, counted, TRAIN, labels, AS_WRITTEN.vocabulary)
    once = CountVectorizer(token_pattern=r"\S+", lowercase=False, binary=True).fit_transform(TEXTS[:4]).toarray()
    squares = np.zeros(once.shape[1])
    for label in range(3):
        inside, outside = once[labels == label].sum(axis=0) + 1, once[labels != label].sum(axis=0) + 1
        squares += np.log((inside / inside.sum()) / (outside / outside.sum())) ** 2
    np.testing.assert_allclose(fitted.scale, np.sqrt(squares / 3), rtol=1e-5)


def test_nothing_is_fitted_on_other_texts_than_the_training_ones() -> None:
    other = (
        pa.array([*TITLES[:4], "x y", "(ZZZ) 7"], pa.large_string()),
        pa.array([*BODIES[:4], "oil " * 50, "new words"], pa.large_string()),
    )
    recipe = AS_WRITTEN.change(blocks=("words 1-2 ratio-idf", "characters 2-4 tfidf", "tags counts"))
    found = []
    for fields in (FIELDS, other):
        counted = tuple(count_block(read_block_texts(fields), block, recipe.terms) for block in recipe.blocks.parsed)
        fitted = fit_blocks(recipe, counted, TRAIN, LABELS[TRAIN])
        found.append((fitted.join(counted, TRAIN), [one.terms.to_pylist() for one in fitted.blocks]))
    assert found[0][1] == found[1][1]
    assert (found[0][0] != found[1][0]).nnz == 0


def test_blocks_are_joined_side_by_side_and_limits_of_frequency_hold_in_each() -> None:
    recipe = AS_WRITTEN.change(blocks=("words 1-1 tfidf", "characters 2-2 tfidf x3"), min_documents=2)
    counted = tuple(count_block(read_block_texts(FIELDS), block, recipe.terms) for block in recipe.blocks.parsed)
    fitted = fit_blocks(recipe, counted, TRAIN, LABELS[TRAIN])
    joined = fitted.join(counted)
    left, right = (one.cells(whole) for one, whole in zip(fitted.blocks, counted, strict=True))
    np.testing.assert_array_equal(joined.toarray(), np.hstack([left.toarray(), right.toarray()]))
    assert fitted.starts.tolist() == [0, left.shape[1], joined.shape[1]]
    assert fitted.columns_of((2,)).tolist() == list(range(left.shape[1], joined.shape[1]))
    assert ((joined[TRAIN] > 0).sum(axis=0) >= 2).all()


def test_a_block_without_a_term_adds_nothing_and_a_model_without_one_says_so() -> None:
    recipe = AS_WRITTEN.change(blocks=("words 1-1 tfidf", "tags ratio-idf"), models=("svm 1",))
    texts = read_block_texts(FIELDS)
    counted = tuple(count_block(texts, block, recipe.terms) for block in recipe.blocks.parsed)
    untagged = np.flatnonzero(counted[1].counts.sum(axis=1).A1 == 0)
    fitted = fit_blocks(recipe, counted, untagged, LABELS[untagged])
    words = fit_blocks(recipe.change(blocks=recipe.blocks.blocks[:1]), counted[:1], untagged, LABELS[untagged])
    assert np.diff(fitted.starts).tolist() == [len(words.blocks[0].terms), 0]
    np.testing.assert_array_equal(fitted.join(counted).toarray(), words.join(counted[:1]).toarray())
    with pytest.raises(EmptyVocabularyError, match="No term of 'tags ratio-idf' is within the limits, so linear SVM"):
        fit_blocks(recipe.change(models=("svm 1 on 2",)), counted, untagged, LABELS[untagged])
    stacked = recipe.change(models=("logistic 1", "svm 1 on 2"), joining="stacking")
    with pytest.raises(EmptyVocabularyError, match="No term of 'tags ratio-idf' is within the limits, so linear SVM"):
        fit_blocks(stacked, counted, untagged, LABELS[untagged])


@pytest.mark.parametrize("line", ["words 1-2 tfidf", "characters 2-5 tfidf"])
def test_a_block_that_would_not_fit_is_refused_before_it_is_counted(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.000001")
    with pytest.raises(MemoryBudgetError, match=f"Counting the block '{line}'"):
        cells(line)


def test_no_stage_makes_a_block_dense() -> None:
    rng = np.random.default_rng(0)
    words = [" ".join(f"w{number}" for number in row) for row in rng.integers(0, 20_000, (2_000, 12))]
    fields = (pa.array(words, pa.large_string()),)
    block = Block.parse("words 1-2 ratio-idf")
    tracemalloc.start()
    counted = count_block(read_block_texts(fields), block, AS_WRITTEN.terms)
    fitted = fit_block(
        block, counted, np.arange(2_000), rng.integers(0, 4, 2_000).astype(np.int32), Recipe().vocabulary
    )
    found = fitted.cells(counted)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.shape[1] > 30_000
    assert peak < found.shape[0] * found.shape[1]  # a byte a cell, where a dense array takes four


def test_a_text_without_a_known_term_has_an_empty_row() -> None:
    found = cells("words 1-1 tfidf")[1]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 1, 0, 1], rtol=1e-6)
