"""Linear models of blocks against scikit-learn, their vote by hand, contributions that add up."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

from bowcore.errors import RecipeError
from bowcore.learn.linear.blocks import contributions, fit_models, vote
from bowcore.matrix.blocks import FittedBlock, FittedBlocks
from bowcore.recipe.blocks import Block, Model

RNG = np.random.default_rng(3)
CELLS = sparse.random(300, 40, 0.2, format="csr", dtype=np.float32, random_state=RNG)
CENTRES = RNG.normal(size=(40, 3))
LABELS = (CELLS @ CENTRES + RNG.normal(scale=0.5, size=(300, 3))).argmax(axis=1).astype(np.int32)
FITTED = FittedBlocks(
    tuple(
        FittedBlock(
            Block(source),
            pa.array([f"{number:02d}" for number in range(size)]),
            np.ones(size, np.float32),
            np.ones(size, np.int32),
        )
        for source, size in (("words", 25), ("characters", 15))
    )
)


def test_an_svm_is_the_one_of_scikit_learn() -> None:
    (found,) = fit_models((Model("svm", 0.5),), FITTED, CELLS, LABELS, 3)
    reference = LinearSVC(C=0.5, tol=1e-6, max_iter=100_000).fit(CELLS, LABELS)
    np.testing.assert_allclose(found.scores(CELLS), reference.decision_function(CELLS), atol=0.05)


def test_logistic_regression_is_the_one_of_scikit_learn() -> None:
    (found,) = fit_models((Model("logistic", 20),), FITTED, CELLS, LABELS, 3)
    reference = LogisticRegression(C=20, tol=1e-8, max_iter=10_000).fit(CELLS, LABELS)
    np.testing.assert_allclose(found.probabilities(CELLS), reference.predict_proba(CELLS), atol=0.02)


def test_naive_bayes_is_the_one_of_scikit_learn() -> None:
    (found,) = fit_models((Model("bayes", 0.1),), FITTED, CELLS, LABELS, 3)
    reference = MultinomialNB(alpha=0.1).fit(CELLS, LABELS)
    np.testing.assert_allclose(found.probabilities(CELLS), reference.predict_proba(CELLS), atol=1e-5)


def test_the_vote_is_the_mean_of_probabilities() -> None:
    models = fit_models((Model("svm", 1), Model("logistic", 5)), FITTED, CELLS, LABELS, 3)
    margins = 3 * models[0].scores(CELLS).astype(float)
    of_svm = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    of_logistic = models[1].probabilities(CELLS)
    np.testing.assert_allclose(vote(models, CELLS), (of_svm + of_logistic) / 2, rtol=1e-6)


@pytest.mark.parametrize("kind", ["svm", "logistic", "bayes"])
def test_what_the_blocks_add_is_the_score(kind: str) -> None:
    (found,) = fit_models((Model(kind, 1),), FITTED, CELLS, LABELS, 3)
    parts = contributions(found, FITTED, CELLS)
    assert parts.shape == (300, 2, 3)
    np.testing.assert_allclose(parts.sum(axis=1) + found.intercepts, found.scores(CELLS), atol=1e-4)
    first = CELLS[:, :25].toarray() @ found.weights[:25]
    np.testing.assert_allclose(parts[:, 0], first, atol=1e-4)


def test_a_model_reads_its_own_blocks_alone() -> None:
    (found,) = fit_models((Model("svm", 1, (2,)),), FITTED, CELLS, LABELS, 3)
    assert not found.weights[:25].any()
    (alone,) = fit_models(
        (Model("svm", 1),), FittedBlocks(FITTED.blocks[1:]), sparse.csr_matrix(CELLS[:, 25:]), LABELS, 3
    )
    np.testing.assert_array_equal(found.weights[25:], alone.weights)


@pytest.mark.parametrize("kind", ["svm", "logistic", "bayes"])
def test_two_classes_one_class_and_classes_without_articles(kind: str) -> None:
    two = np.where(LABELS == 2, 2, 0).astype(np.int32)
    (found,) = fit_models((Model(kind, 1),), FITTED, CELLS, two, 3)
    votes = found.probabilities(CELLS)
    assert not votes[:, 1].any()
    assert (votes.argmax(axis=1) == two).mean() > 0.85
    (single,) = fit_models((Model(kind, 1),), FITTED, CELLS, np.full(300, 1, np.int32), 3)
    np.testing.assert_array_equal(single.probabilities(CELLS), np.tile([0, 1, 0], (300, 1)))
    with pytest.raises(RecipeError, match="0 training"):
        fit_models((Model(kind, 1),), FITTED, CELLS[:0], LABELS[:0], 3)


def test_a_stop_keeps_the_models_that_are_fitted() -> None:
    asked: list[str] = []

    def announce(model: Model) -> bool:
        asked.append(model.kind)
        return len(asked) < 2

    found = fit_models((Model("svm", 1), Model("logistic", 1)), FITTED, CELLS, LABELS, 3, announce=announce)
    assert [model.model.kind for model in found] == ["svm"]
    assert asked == ["svm", "logistic"]
