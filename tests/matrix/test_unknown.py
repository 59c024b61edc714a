"""One column for all other terms, against pandas and scikit-learn's vectorizer with the column added by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from bowcore.cli.main import main
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.stages import transform_texts
from bowcore.judge.explanation import explain
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.change import vocabulary_change
from bowcore.matrix.export import vocabulary_lines
from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import trace
from tests.experiment.test_stages import matrix_of, split_of
from tests.laws import examples

UNK = Recipe().change(unknown="unk")
PLAIN = dict.fromkeys(("lower_case", "possessives", "punctuation", "digits"), False)
TRAIN = [("soup bread soup", ""), ("bread tea", ""), ("bread pie pie pie", "")]
VALIDATION = [("soup cake", ""), ("pie cake cake tea", ""), ("bread", "")]

words = st.lists(st.sampled_from(["soup", "bread", "tea", "pie", "cake", "jam", "nut", "fig"]), min_size=1, max_size=8)
texts = st.lists(words.map(lambda chosen: (" ".join(chosen), "")), min_size=1, max_size=8)


def by_hand(train: list[tuple[str, str]], validation: list[tuple[str, str]], kept: list[str], groups: int = 1):
    """Counts over the kept terms, and behind them those of all others, as pandas and scikit-learn count them."""
    vectorizer = CountVectorizer(token_pattern=r"\S+", ngram_range=(1, groups))
    whole = vectorizer.fit([title for title, _ in train + validation])
    tables = []
    for rows in (train, validation):
        counts = whole.transform([title for title, _ in rows])
        table = pd.DataFrame(counts.toarray(), columns=vectorizer.get_feature_names_out())
        known = table[kept]
        tables.append(known.assign(**{"<UNK>": table.sum(axis=1) - known.sum(axis=1)}))
    return tables


def test_words_that_are_cut_share_one_column_as_by_hand() -> None:
    matrix = matrix_of(split_of(TRAIN, VALIDATION), UNK.change(min_documents=2))
    assert matrix.vocabulary.terms.to_pylist() == ["bread", "<UNK>"]
    assert matrix.features.train.toarray().tolist() == [[1, 2], [1, 1], [1, 3]]
    assert matrix.features.validation.toarray().tolist() == [[0, 2], [0, 4], [1, 0]]
    assert matrix.vocabulary.term_frequency.tolist() == [3, 6]
    assert matrix.vocabulary.document_frequency.tolist() == [3, 3]
    assert vocabulary_lines(matrix.features.terms) == b"bread\n<UNK>\n"


@examples(60)
@given(texts, texts, st.integers(1, 6), st.integers(1, 2))
def test_the_column_is_the_one_that_pandas_adds(
    train: list[tuple[str, str]], validation: list[tuple[str, str]], size: int, groups: int
) -> None:
    matrix = matrix_of(split_of(train, validation), UNK.change(vocabulary_size=size, ngrams=groups))
    expected = by_hand(train, validation, matrix.vocabulary.known_terms.to_pylist(), groups)
    for found, table in zip((matrix.features.train, matrix.features.validation), expected, strict=True):
        assert found.toarray().tolist() == table.to_numpy().tolist()
        assert found.has_canonical_format and found.dtype == np.int32
    assert matrix.vocabulary.document_frequency.tolist() == (expected[0] > 0).sum().tolist()


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("norm", ["l2", "l1", "none"])
def test_its_tfidf_is_scikit_learns(smooth: bool, norm: str) -> None:
    recipe = UNK.change(vocabulary_size=2, weighting="tfidf", smooth_idf=smooth, norm=norm)
    matrix = matrix_of(split_of(TRAIN, VALIDATION), recipe)
    train, validation = by_hand(TRAIN, VALIDATION, matrix.vocabulary.known_terms.to_pylist())
    reference = TfidfTransformer(smooth_idf=smooth, norm=None if norm == "none" else norm).fit(train)
    for found, table in ((matrix.features.train, train), (matrix.features.validation, validation)):
        np.testing.assert_allclose(found.toarray(), reference.transform(table).toarray(), rtol=1e-12)


def test_new_texts_get_the_same_rows_as_articles() -> None:
    for weighting in ("count", "tfidf", "binary"):
        recipe = UNK.change(vocabulary_size=2, weighting=weighting)
        matrix = matrix_of(split_of(TRAIN, VALIDATION), recipe)
        found = transform_texts(pa.array([title for title, _ in VALIDATION]), matrix, recipe)
        assert found.toarray().tolist() == matrix.features.validation.toarray().tolist()


def test_without_cut_words_the_column_is_empty_in_training_and_finite_in_validation() -> None:
    for smooth in (True, False):
        recipe = UNK.change(weighting="tfidf", smooth_idf=smooth)
        matrix = matrix_of(split_of(TRAIN, VALIDATION), recipe)
        assert matrix.features.train[:, -1].nnz == 0
        assert matrix.features.validation[:, -1].toarray().ravel().astype(bool).tolist() == [True, True, False]
        assert np.isfinite(matrix.features.validation.data).all()


def test_naive_bayes_gives_an_unseen_column_what_smoothing_gives() -> None:
    matrix = matrix_of(split_of(TRAIN, VALIDATION, [0, 1, 1]), UNK)
    model = fit_naive_bayes(matrix.features.train, matrix.features.train_labels, 2)
    # 3 tokens of the first class, 6 of the second, one added for each of 5 columns
    assert np.exp(model.term_log_probability[:, -1]).tolist() == pytest.approx([1 / (3 + 5), 1 / (6 + 5)])


def test_a_word_of_that_name_keeps_its_own_column() -> None:
    train = [("<UNK> soup", ""), ("<UNK> bread", "")]
    recipe = UNK.change(**PLAIN, min_documents=2)
    matrix = matrix_of(split_of(train, [("<UNK> tea <<UNK>>", "")]), recipe)
    assert matrix.vocabulary.terms.to_pylist() == ["<UNK>", "<<UNK>>"]
    assert matrix.features.train.toarray().tolist() == [[1, 1], [1, 1]]
    assert matrix.features.validation.toarray().tolist() == [[1, 2]]


def test_a_text_cannot_spell_its_way_into_the_column() -> None:
    recipe = UNK.change(**PLAIN, vocabulary_size=1)
    matrix = matrix_of(split_of(TRAIN, []), recipe)
    row = transform_texts(pa.array(["<UNK> bread"]), matrix, recipe)
    assert row.toarray().tolist() == [[1, 1]]
    traced = trace("<UNK> bread", recipe, matrix.vocabulary)
    assert [(unit.status, unit.terms[0].column) for unit in traced.units] == [("unknown", "<UNK>"), ("kept", "bread")]


def test_the_vocabulary_change_names_the_column_once() -> None:
    split = split_of(TRAIN, VALIDATION)
    before, after = (matrix_of(split, UNK.change(vocabulary_size=2, unknown=name)) for name in ("leave-out", "unk"))
    change = vocabulary_change(before.vocabulary, after.vocabulary)
    assert change.come["term"].tolist() == ["<UNK>"]
    assert len(change.gone) == 0
    assert change.table.to_dict("records") == [{"term": "<UNK>", "before": 0, "after": 3, "change": 3}]


def test_a_word_written_like_the_column_does_not_shift_other_terms() -> None:
    split = split_of([("<UNK> <UNK> bread", ""), ("tea <UNK> bread jam", "")], [])
    recipe = UNK.change(**PLAIN)
    before, after = matrix_of(split, recipe.change(unknown="leave-out")), matrix_of(split, recipe.change(ngrams=2))
    table = vocabulary_change(before.vocabulary, after.vocabulary).table.set_index("term")
    assert not {"bread", "jam", "tea", "<UNK>"} & set(table.index)
    cut = matrix_of(split, recipe.change(vocabulary_size=1, select_by="document-frequency"))
    assert cut.vocabulary.terms.to_pylist() == ["<UNK>", "<<UNK>>"]
    less = matrix_of(split, recipe.change(vocabulary_size=3, max_document_share=0.5))
    assert less.vocabulary.terms.to_pylist() == ["jam", "tea", "<UNK>"]
    changed = vocabulary_change(before.vocabulary, less.vocabulary).table.set_index("term")
    assert changed["change"].to_dict() == {"bread": -2, "<UNK>": 2}


def test_unknown_words_of_a_sentence_add_their_exact_contribution() -> None:
    recipe = UNK.change(vocabulary_size=2)
    matrix = matrix_of(split_of(TRAIN, VALIDATION, [0, 1, 1]), recipe)
    model = fit_naive_bayes(matrix.features.train, matrix.features.train_labels, 2)
    row = transform_texts(pa.array(["gravy custard bread"]), matrix, recipe)
    table = explain(model, row).table(matrix.vocabulary.terms, ("a", "b")).set_index("term")
    weights = model.term_log_probability[:, -1]
    assert table.loc["<UNK>", "value"] == 2
    assert abs(table.loc["<UNK>", "contribution"]) == pytest.approx(2 * abs(weights[0] - weights[1]))


def test_bbc_news_with_all_rare_words_in_one_column() -> None:
    found, plain = (
        Experiments().answer(Recipe().change(vocabulary_size=500, unknown=name)) for name in ("unk", "leave-out")
    )
    matrix, alone = found.matrix, plain.matrix
    assert matrix.vocabulary.n_terms == 501
    for part, whole in (("train", found.counts.train), ("validation", found.counts.validation)):
        with_column, without = getattr(matrix.features, part), getattr(alone.features, part)
        assert (with_column[:, :-1] != without).nnz == 0
        assert (with_column.sum(axis=1) == whole.sum(axis=1)).all()


def test_the_command_line_writes_the_column_and_its_name(tmp_path: Path, bowlab_home: Path) -> None:
    settings = ["--set", "vocabulary_size=50", "--set", "unknown=unk", "--set", "weighting=count"]
    assert main(["vectorize", "bbc-news", *settings, "--out", str(tmp_path), "--json"]) == 0
    names = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert len(names) == 51 and names[-1] == "<UNK>" and names[:-1] == sorted(names[:-1])
    counts = sparse.load_npz(tmp_path / "matrix.npz")
    whole = Experiments().counts(Recipe()).train
    assert counts.sum() == whole.sum()


def test_workers_make_the_same_matrix() -> None:
    recipe = Recipe().change(vocabulary_size=200, unknown="unk", text_used="headline", weighting="tfidf")
    process_memo().clear()
    found, expected = process_experiments().answer(recipe).matrix, Experiments().matrix(recipe)
    process_memo().clear()
    assert found.vocabulary.terms.equals(expected.vocabulary.terms)
    assert (found.features.train != expected.features.train).nnz == 0
    assert (found.features.validation != expected.features.validation).nnz == 0
