import numpy as np
import pytest
from scipy import sparse

from bowcore.learn.kernels.batch import N_CHUNKS, SparseRows, TouchedTerms


def as_matrix(rows, n_terms):
    return sparse.csr_matrix((rows.data, rows.indices, rows.indptr), shape=(rows.n_rows, n_terms)).toarray()


def test_rows_taken_in_another_order_are_those_scipy_gives(features):
    order = np.random.default_rng(1).permutation(features.train.shape[0])
    rows = SparseRows.of(features.train, np.float32).take(order)
    expected = features.train[order].toarray()
    np.testing.assert_array_equal(as_matrix(rows, features.n_terms), expected)
    np.testing.assert_array_equal(as_matrix(rows.between(7, 19), features.n_terms), expected[7:19])


def test_entries_grouped_by_term_are_the_columns_of_the_matrix(features):
    batch = features.train[:5]
    touched = TouchedTerms.of(SparseRows.of(batch, np.float64), features.n_terms)
    np.testing.assert_array_equal(touched.terms, np.unique(batch.indices))
    dense = np.zeros(batch.shape)
    for number, term in enumerate(touched.terms):
        span = slice(touched.starts[number], touched.starts[number + 1])
        dense[touched.documents[span], term] = touched.values[span]
    np.testing.assert_array_equal(dense, batch.toarray())


@pytest.mark.parametrize("n_documents", [0, 1, 40])
def test_shares_of_work_cover_every_touched_term_once(features, n_documents):
    touched = TouchedTerms.of(SparseRows.of(features.train[:n_documents], np.float32), features.n_terms)
    assert touched.chunks.size == N_CHUNKS + 1
    assert touched.chunks[0] == 0
    assert touched.chunks[-1] == touched.terms.size
    assert (np.diff(touched.chunks) >= 0).all()
