"""LSA and PCA of sparse matrices, against NumPy's dense SVD and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import PCA, TruncatedSVD

from bowcore.errors import RecipeError
from bowcore.matrix.reduction import most_components, reduce_terms, strongest_terms
from bowcore.recipe.recipe import Recipe
from tests.matrix.small import small_answer
from tests.small_corpora import SMALL_CORPORA

TFIDF = Recipe().change(weighting="tfidf")


def random_matrix(n_rows: int, n_columns: int, seed: int) -> sparse.csr_matrix:
    generator = np.random.default_rng(seed)
    cells = generator.random((n_rows, n_columns)) * (generator.random((n_rows, n_columns)) < 0.2)
    return sparse.csr_matrix(cells)


@pytest.mark.parametrize("shape", [(40, 25), (25, 40)])
@pytest.mark.parametrize("method", ["lsa", "pca"])
def test_directions_are_those_of_numpys_dense_svd(method: str, shape: tuple[int, int]) -> None:
    train = random_matrix(*shape, seed=3)
    dense = train.toarray()
    centred = dense - dense.mean(axis=0) if method == "pca" else dense
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    found = reduce_terms(train, method, 5)
    np.testing.assert_allclose(found.singular_values, lengths[:5], rtol=1e-9)
    np.testing.assert_allclose(np.abs((found.components * directions[:5]).sum(axis=1)), 1.0, rtol=1e-8)
    total = dense.var(axis=0).sum()
    np.testing.assert_allclose(found.explained, (dense @ directions[:5].T).var(axis=0) / total, rtol=1e-8)


@pytest.mark.parametrize("method", ["lsa", "pca"])
@pytest.mark.parametrize("name", [name for name in SMALL_CORPORA if name != "one_document"])
def test_small_corpora_agree_with_scikit_learn(name: str, method: str) -> None:
    matrix = small_answer(name, TFIDF)[2]
    train, validation = matrix.features.train, matrix.features.validation
    distinct = np.linalg.matrix_rank(train.toarray() - train.toarray().mean(axis=0))
    k = min(2, most_components(train), int(distinct))
    found = reduce_terms(train, method, k)
    if method == "lsa":
        fitted = TruncatedSVD(k, algorithm="arpack", random_state=0).fit(train)
    else:
        fitted = PCA(k, svd_solver="full").fit(train.toarray())
    np.testing.assert_allclose(found.singular_values, fitted.singular_values_, rtol=1e-8)
    np.testing.assert_allclose(found.explained, fitted.explained_variance_ratio_, rtol=1e-6, atol=1e-12)
    given = validation if method == "lsa" else validation.toarray()
    dense = train.toarray()
    lengths = np.linalg.svd(dense - dense.mean(axis=0) if method == "pca" else dense, compute_uv=False)
    if (-np.diff(lengths[: k + 1]) > 1e-6).all():  # equal lengths leave the directions open
        np.testing.assert_allclose(
            np.abs(found.project(validation)), np.abs(fitted.transform(given)), rtol=1e-6, atol=1e-8
        )


def test_the_largest_loading_of_each_component_is_positive() -> None:
    components = reduce_terms(random_matrix(30, 20, 5), "pca", 6).components
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    assert (largest > 0).all()
    columns, loadings = strongest_terms(components, 3)
    assert (np.abs(loadings[:, :-1]) >= np.abs(loadings[:, 1:])).all()
    np.testing.assert_array_equal(np.take_along_axis(components, columns, axis=1), loadings)


def test_the_mean_row_is_what_centring_takes_away() -> None:
    train = random_matrix(50, 12, 1)
    dense = train.toarray()
    left = ((dense - dense.mean(axis=0)) ** 2).sum()
    for method in ("lsa", "pca"):
        found = reduce_terms(train, method, 2)
        assert found.mean_share == pytest.approx(1 - left / (dense**2).sum())
        mean = dense.mean(axis=0)
        assert found.toward_mean == pytest.approx(abs(found.components[0] @ mean) / np.linalg.norm(mean))
    assert reduce_terms(train, "lsa", 1).toward_mean > 0.9


def test_validation_rows_change_nothing_of_the_fit() -> None:
    train = small_answer("twenty_classes", TFIDF)[2].features.train
    one, two = (reduce_terms(train, "pca", 3) for _ in range(2))
    np.testing.assert_array_equal(one.components, two.components)


@pytest.mark.parametrize("method", ["lsa", "pca"])
def test_one_article_or_equal_articles_cannot_be_reduced(method: str) -> None:
    with pytest.raises(RecipeError, match="Ask for at most 0"):
        reduce_terms(random_matrix(1, 9, 0), method, 1)
    same = sparse.csr_matrix(np.tile([1.0, 0.0, 2.0], (5, 1)))
    with pytest.raises(RecipeError, match="same cells"):
        reduce_terms(same, method, 1)


def test_a_caller_is_told_of_every_product_and_may_end_it() -> None:
    seen: list[int] = []
    reduce_terms(random_matrix(40, 25, 3), "pca", 3, on_product=seen.append)
    assert seen == list(range(1, len(seen) + 1))

    def refuse(n_products: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reduce_terms(random_matrix(40, 25, 3), "lsa", 3, on_product=refuse)
