"""Models of blocks from the texts to the opening: against scikit-learn on the same rows, once, and never before."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bowcore.cli import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.errors import RecipeError, SealedError
from bowcore.experiment.blocks import count_open
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.tasks import open_test_set
from bowcore.tasks.fitted_blocks import blocks_key, find_fit, read_parts
from bowcore.tasks.runner import run_here
from tests.tasks.conftest import ABOUT

LINES = ("words 1-2 tfidf", "characters 2-3 case ratio-idf x0.5")
RECIPE = Recipe().change(corpus="noisy", repair=True, blocks=LINES, models=("svm 1", "logistic 5 on 2"))
SEEDED = np.random.default_rng(11)
LABELS = SEEDED.integers(0, 2, 240).astype(np.int32)


def _line(label: int) -> str:
    common = SEEDED.integers(0, 60, 12)
    own = SEEDED.integers(40, 80, 2) + 10 * label  # the classes share most of these, so that models err
    return " ".join(f"word{number}" for number in (*common, *own))


BODIES = [_line(label) for label in LABELS]
BODIES[-1] = BODIES[0]  # a test row that repeats a training row, with the same headline


def _noisy() -> Corpus:
    titles = ["News of the day"] * 240
    return make_corpus(
        "noisy", titles, BODIES, LABELS, ("a", "b"), rule=SplitRule(0.2, 0.0), provenance=ABOUT, n_own_test=60
    )


@pytest.fixture(autouse=True)
def noisy(bowlab_home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sources.SOURCES, "noisy", Source("noisy", ABOUT, lambda _: _noisy(), lambda: True))
    process_memo().clear()
    yield
    process_memo().clear()


def job(kind: str, recipe: Recipe = RECIPE) -> dict[str, Any]:
    done = run_here(kind, {"recipe": recipe.to_toml()}, "long", recipe.key())
    assert done.result is not None, done.error
    return done.result


def test_one_block_and_one_svm_score_every_split_as_scikit_learn_does() -> None:
    recipe = RECIPE.change(
        blocks=("words 1-2 tfidf",), models=("svm 1",), possessives=False, punctuation=False, digits=False
    )
    found, opened = job("blocks", recipe), job("open-test-blocks", recipe)
    split = process_experiments().split(recipe)
    texts = np.array([f"News of the day {body}" for body in BODIES], dtype=object)
    test = np.arange(180, 240)

    def predicted(fitted_on: np.ndarray, others: np.ndarray) -> np.ndarray:
        vectorizer = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
        cells = vectorizer.fit_transform(texts[fitted_on])
        fit = LinearSVC(C=1.0, tol=0.02, random_state=0).fit(cells, LABELS[fitted_on])
        return fit.predict(vectorizer.transform(texts[others]))

    on_validation = predicted(split.train.rows, split.validation.rows)
    assert found["validation_accuracy"] == (on_validation == LABELS[split.validation.rows]).mean()
    assert found["n_train"] == split.train.n_documents == 144
    on_test = predicted(np.arange(180), test)
    assert opened["test_accuracy"] == (on_test == LABELS[test]).mean() < 1
    assert opened["n_fitted"] == 180 and opened["n_test"] == 60


def test_the_opening_compares_with_the_plain_recipe_and_leaves_out_near_repeats() -> None:
    job("blocks")
    first, second = job("open-test-blocks"), job("open-test-blocks")
    assert first == second
    (opening,) = ledger.openings()
    assert opening.recipe_key == RECIPE.key()
    fixed, broken = first["n_fixed"], first["n_broken"]
    assert first["difference"] == pytest.approx(100 * (fixed - broken) / 60)
    assert first["test_accuracy"] - first["plain_accuracy"] == pytest.approx((fixed - broken) / 60)
    assert first["p_value"] == pytest.approx(binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1)
    assert first["low"] < first["difference"] < first["high"]
    assert first["n_near"] == first["n_copies"] == 1
    confusion = np.array(first["test_confusion"])
    right = int(np.trace(confusion))
    assert first["test_accuracy_without_near"] in (pytest.approx(right / 59), pytest.approx((right - 1) / 59))


def test_the_test_set_stays_sealed_until_the_recipe_is_fitted() -> None:
    with pytest.raises(SealedError, match="not fitted yet"):
        open_test_set.open_blocks(RECIPE)
    with pytest.raises(RecipeError, match="has no blocks"):
        count_open(process_experiments().split(RECIPE), RECIPE.change(blocks=(), models=()))
    assert ledger.openings() == ()


def test_the_kept_parts_add_up_to_the_scores_of_every_model() -> None:
    result = job("blocks")
    kept = find_fit(RECIPE, result["corpus_digest"])
    parts = read_parts(result["artefact"])
    assert kept is not None and parts is not None
    assert parts.parts.shape == (2, 36, 2, 2)
    assert not parts.parts[1, :, 0].any()  # the second model reads the second block alone
    scores = parts.parts.sum(axis=2) + parts.intercepts[:, None]
    truth = process_experiments().split(RECIPE).validation.labels
    assert [model.accuracy for model in kept.models] == (scores.argmax(axis=2) == truth).mean(axis=1).tolist()
    assert [block.line for block in kept.blocks] == list(LINES)
    assert all(block.n_terms and block.n_cells for block in kept.blocks)
    assert ledger.n_looks(result["corpus_digest"]) == 1


def test_shuffled_labels_are_what_the_models_learn_from() -> None:
    shuffled = RECIPE.change(shuffled_labels=True)
    digest = process_experiments().corpus(RECIPE).digest
    assert blocks_key(shuffled, digest) != blocks_key(RECIPE, digest)
    assert job("blocks", shuffled)["confusion"] != job("blocks")["confusion"]


def test_what_is_fitted_does_not_depend_on_the_test_rows() -> None:
    result = job("blocks")
    unsealed = Experiments(sealed=False).split(RECIPE)
    sealed = process_experiments().split(RECIPE)
    for one, two in zip(count_open(unsealed, RECIPE), count_open(sealed, RECIPE), strict=True):
        assert one.terms.equals(two.terms) and (one.counts != two.counts).nnz == 0
    assert result["n_train"] + result["n_validation"] == 180


def test_the_command_prints_blocks_models_baseline_interval_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["train", "noisy", "--set", f"blocks={','.join(LINES)}", "--open-test"]) == 0
    printed = capsys.readouterr().out
    assert "words 1–2 (TF-IDF)" in printed and "linear SVM, C = 1" in printed
    assert "of 36 validation" in printed and "of 60 test" in printed and "always guessing" in printed
    assert "exact McNemar p" in printed and "opening 1 in the ledger" in printed
    assert main.main(["train", "noisy", "--set", f"blocks={','.join(LINES)}", "--out", "x"]) == 2
