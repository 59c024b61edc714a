from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import confusion_matrix

from bowcore.corpus.split import Documents
from bowcore.errors import SealedError
from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.store.ledger import Opening
from bowcore.tasks import open_test_set
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import Trained

# The steps that are left make what scikit-learn's TfidfVectorizer makes by default.
PLAIN = {"possessives": False, "punctuation": False, "digits": False, "token_pattern": "scikit-learn"}
RECIPE = Recipe().change(
    **PLAIN, weighting="tfidf", sublinear_tf=True, training_articles=300, hidden=8, epochs=2, learning_rate=0.01
)

Run = dict[str, Any]


def open_test(recipe: Recipe, run: dict[str, Any]) -> Opening:
    """Open the test set for the result of a training job."""
    return open_test_set.open_test(recipe, Trained.from_json(run))


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def train(recipe: Recipe = RECIPE, **payload: Any) -> Run:
    job = run_here("train", {"recipe": recipe.to_toml(), **payload}, "long", recipe.key())
    assert job.result is not None, job.error
    return job.result


def texts(part: Documents) -> list[str]:
    titles, bodies = part.articles["title"].to_pylist(), part.articles["body"].to_pylist()
    return [f"{title} {body}" for title, body in zip(titles, bodies, strict=True)]


def test_the_test_rows_are_scored_as_scikit_learn_and_stock_pytorch_score_them() -> None:
    run = train()
    opening = open_test(RECIPE, run)
    experiment = Experiments(sealed=False).answer(RECIPE)
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    train_texts = texts(experiment.split.train)
    vectorizer.fit([train_texts[row] for row in experiment.matrix.rows])
    test = experiment.split.test.unseal()
    folder = artefacts.find(run["artefact"])
    assert folder is not None
    module = torch.nn.Sequential(
        torch.nn.Linear(len(vectorizer.vocabulary_), 8), torch.nn.ReLU(), torch.nn.Linear(8, 5)
    )
    module.load_state_dict(load_file(folder / "weights.safetensors"))
    with torch.no_grad():
        predictions = module(torch.from_numpy(vectorizer.transform(texts(test)).toarray()).float()).argmax(1).numpy()
    assert opening.result["n_test"] == test.n_documents == 334
    assert opening.result["test_accuracy"] == (predictions == test.labels).mean()
    assert opening.result["test_confusion"] == confusion_matrix(test.labels, predictions).tolist()
    assert opening.result["validation_accuracy"] == run["validation_accuracy"]
    assert opening.result["n_validation"] == 334
    learned = {train_texts[row].strip() for row in experiment.matrix.rows}
    others = [position for position, text in enumerate(texts(test)) if text.strip() not in learned]
    assert opening.result["n_copies"] == 334 - len(others) > 0
    assert opening.result["test_accuracy_without_copies"] == (predictions == test.labels)[others].mean()


def test_no_article_is_both_read_before_the_opening_and_scored_at_it() -> None:
    split = Experiments(sealed=False).split(RECIPE)
    rows = [set(part.rows.tolist()) for part in (split.train, split.validation, split.test.unseal())]
    assert sum(map(len, rows)) == len(rows[0] | rows[1] | rows[2]) == 2225


def test_the_ledger_records_the_opening_and_the_looks_before_it() -> None:
    run = train()
    train(RECIPE.change(hidden=4))
    opening = open_test(RECIPE, run)
    assert ledger.openings() == (opening,)
    assert (opening.number, opening.corpus, opening.corpus_digest) == (1, "bbc-news", run["corpus_digest"])
    assert (opening.recipe_key, opening.weights_digest) == (RECIPE.key(), run["weights_digest"])
    assert opening.n_validation_looks == 2


def test_a_second_request_shows_the_recorded_opening_and_adds_none() -> None:
    run = train()
    first = open_test(RECIPE, run)
    artefacts.remove(run["artefact"])  # nothing can be scored any more: what comes back is the record
    assert open_test(RECIPE, run) == first
    assert len(ledger.openings()) == 1


def test_another_network_is_another_opening() -> None:
    other = RECIPE.change(network_seed=1)
    openings = [open_test(RECIPE, train()), open_test(other, train(other))]
    assert [opening.number for opening in openings] == [1, 2]
    assert openings[0].weights_digest != openings[1].weights_digest


def test_a_run_that_is_not_finished_opens_nothing() -> None:
    stepped = train(step=1)
    for run in (stepped, train() | {"stopped": True}, {"epochs": [], "stopped": True}):
        with pytest.raises(SealedError, match=r"stopped before its last epoch. Finish the training"):
            open_test(RECIPE, run)
    assert ledger.openings() == ()


def test_a_run_whose_weights_are_gone_opens_nothing() -> None:
    run = train()
    artefacts.remove(run["artefact"])
    with pytest.raises(SealedError, match=r"weights of this run are gone. Train it again"):
        open_test(RECIPE, run)
    assert ledger.openings() == ()


def test_weights_learned_from_other_features_open_nothing() -> None:
    run, other = train(), train(RECIPE.change(min_documents=2))
    with pytest.raises(SealedError, match=r"learned from other texts, or with an earlier version"):
        open_test(RECIPE, run | {"artefact": other["artefact"], "weights_digest": other["weights_digest"]})
    assert ledger.openings() == ()


def test_a_page_asks_for_the_opening_as_a_job() -> None:
    run = train()
    payload = {"recipe": RECIPE.to_toml(), "run": run}
    asked = [run_here("open-test", payload, "long", "opening").result for _ in range(2)]
    (opening,) = ledger.openings()
    assert asked[0] == asked[1] == {"opening": 1, **opening.result}
    refused = run_here("open-test", payload | {"run": run | {"stopped": True}}, "long", "other")
    assert (refused.state, refused.result) == ("failed", None)
    assert "Finish the training" in refused.error
    assert len(jobs.recent("open-test")) == 3
