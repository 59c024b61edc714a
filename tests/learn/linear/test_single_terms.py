import numpy as np
import pytest
from scipy import sparse

from bowcore.learn.linear.single_terms import Folded

# Columns 1, 2 and 4 have one cell: two of them in row 0, one in row 2. Column 5 has none.
WORKED = sparse.csr_matrix(
    np.array([[1.0, 3.0, 4.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 5.0, 0.0]])
)


def test_terms_of_one_article_become_one_column_of_their_common_length():
    folded = Folded.of(WORKED)
    np.testing.assert_array_equal(folded.kept, [0, 3])
    np.testing.assert_array_equal(folded.matrix.toarray(), [[1, 0, 5, 0], [2, 1, 0, 0], [0, 1, 0, 5]])
    np.testing.assert_allclose(folded.unfold(np.array([[7.0], [8], [10], [2]], np.float32))[:, 0], [7, 6, 8, 8, 2, 0])


def random_matrix(seed, density=0.08):
    matrix = sparse.random(30, 200, density, "csr", rng=np.random.default_rng(seed))
    matrix.data -= 0.4
    return matrix


@pytest.mark.parametrize("seed", range(4))
def test_unfolded_weights_give_the_same_products_and_the_same_penalty(seed):
    matrix, draw = random_matrix(seed), np.random.default_rng(seed)
    folded = Folded.of(matrix)
    assert folded.matrix.shape[1] < matrix.shape[1]
    weights = draw.normal(size=(folded.matrix.shape[1], 3)).astype(np.float32)
    whole = folded.unfold(weights)
    np.testing.assert_allclose(matrix @ whole, folded.matrix @ weights, rtol=1e-5, atol=1e-6)
    assert (whole**2).sum() == pytest.approx((weights**2).sum(), rel=1e-5)
    np.testing.assert_allclose(folded.fold(whole), weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_folded_weights_give_the_same_products(seed):
    matrix = random_matrix(seed)
    weights = np.random.default_rng(seed).normal(size=(200, 3)).astype(np.float32)
    folded = Folded.of(matrix)
    np.testing.assert_allclose(folded.matrix @ folded.fold(weights), matrix @ weights, rtol=1e-4, atol=1e-5)


def test_a_matrix_without_such_terms_is_unchanged():
    matrix = sparse.csr_matrix(np.array([[1.0, 2.0], [3.0, 4.0]]))
    folded = Folded.of(matrix)
    np.testing.assert_array_equal(folded.matrix.toarray(), matrix.toarray())
    assert folded.single.size == 0


def test_a_term_of_one_article_with_a_cell_of_zero_gets_no_weight():
    matrix = sparse.csr_matrix((np.array([0.0, 0.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    folded = Folded.of(matrix)
    np.testing.assert_array_equal(folded.matrix.toarray(), [[0]])
    np.testing.assert_array_equal(folded.unfold(np.ones((1, 2), np.float32)), np.zeros((2, 2)))
