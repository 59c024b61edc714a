import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.naive_bayes import MultinomialNB

from bowcore.errors import RecipeError
from bowcore.learn.linear.naive_bayes import fit_naive_bayes

WEIGHTINGS = {
    "count": lambda matrix: matrix,
    "binary": lambda matrix: (matrix > 0).astype(np.int32),
    "tfidf": lambda matrix: TfidfTransformer().fit_transform(matrix),
}


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("alpha", [1.0, 0.1])
def test_the_model_equals_scikit_learns(features, weighting, alpha):
    train, validation = (WEIGHTINGS[weighting](matrix) for matrix in (features.train, features.validation))
    expected = MultinomialNB(alpha=alpha).fit(train, features.train_labels)
    model = fit_naive_bayes(train, features.train_labels, features.n_classes, alpha)
    np.testing.assert_allclose(model.class_log_prior, expected.class_log_prior_, rtol=1e-12)
    np.testing.assert_allclose(model.term_log_probability, expected.feature_log_prob_, rtol=1e-12)
    np.testing.assert_allclose(
        model.joint_log_likelihood(validation), expected.predict_joint_log_proba(validation), rtol=1e-10
    )
    np.testing.assert_allclose(model.probabilities(validation), expected.predict_proba(validation), rtol=1e-9)
    np.testing.assert_array_equal(model.predict(validation), expected.predict(validation))


def test_probabilities_are_those_counted_by_hand():
    # Class 0 saw "soup soup bread", class 1 saw "tea": 3 + 3 and 1 + 3 occurrences after adding one to each term.
    train = sparse.csr_matrix(np.array([[2, 0, 0], [0, 1, 0], [0, 0, 1]]))
    model = fit_naive_bayes(train, np.array([0, 0, 1]), n_classes=2)
    np.testing.assert_allclose(np.exp(model.class_log_prior), [2 / 3, 1 / 3])
    np.testing.assert_allclose(np.exp(model.term_log_probability), [[3 / 6, 2 / 6, 1 / 6], [1 / 4, 1 / 4, 2 / 4]])


def test_a_class_without_training_articles_is_never_predicted(features):
    model = fit_naive_bayes(features.train, features.train_labels, n_classes=features.n_classes + 1)
    assert model.class_log_prior[-1] == -np.inf
    assert (model.probabilities(features.validation)[:, -1] == 0).all()
    assert model.predict(features.validation).max() < features.n_classes


def test_a_very_long_document_still_has_probabilities_that_sum_to_one(features):
    model = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    long = features.validation[:3] * 10_000
    np.testing.assert_allclose(model.probabilities(long).sum(axis=1), 1)


def test_arrays_cannot_be_changed(features):
    model = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    for values in (model.class_log_prior, model.term_log_probability):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_no_training_articles_and_no_smoothing_are_refused(features):
    with pytest.raises(RecipeError, match="0 training articles"):
        fit_naive_bayes(features.train[:0], features.train_labels[:0], 3)
    with pytest.raises(RecipeError, match="alpha = 0"):
        fit_naive_bayes(features.train, features.train_labels, 3, alpha=0)


def test_modules_that_a_page_imports_import_no_heavy_library():
    program = (
        "import sys, bowcore.learn.linear.naive_bayes, bowcore.learn.linear.baselines;"
        "import bowcore.learn.network.network, bowcore.learn.network.events;"
        "print([name for name in ('torch', 'numba', 'sklearn', 'spacy', 'datasets') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
