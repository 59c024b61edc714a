"""One logistic regression: every page and the command line have the accuracy of the minimum of its loss."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bowcore.cli.main import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.presets import preset
from tests.learn.linear.test_optimum import minimise
from tests.pages.opening import answered, open_page, shown, status

SETTINGS = {"norm": "none", "sublinear_tf": False, "min_documents": 1, "hidden": 2, "epochs": 1}
RECIPE = preset("recommended").change(corpus="drawn", **SETTINGS)
ABOUT = Provenance("Drawn words", "drawn for this test", "none")
N_RIGHT = 120
"""At the minimum. The solvers of scikit-learn end at 119 with their own tolerance."""


def drawn() -> Corpus:
    """Four hundred texts of words that are drawn, a few of them by class: a loose fit gets others right."""
    draws, labels = np.random.default_rng(5), np.arange(400) % 3
    texts = []
    for label in labels:
        words = [*draws.zipf(1.4, 40) % 150, *(draws.integers(0, 50, 3) * 3 + label)]
        texts.append(" ".join(f"word{chr(97 + word % 26)}{chr(97 + word // 26)}" for word in words))
    return make_corpus("drawn", [""] * 400, texts, labels, ("a", "b", "c"), rule=SplitRule(0.5, 0.1), provenance=ABOUT)


@pytest.fixture(autouse=True)
def corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "drawn", Source("drawn", ABOUT, lambda _: drawn(), lambda: True))
    process_memo().clear()


def test_pages_and_command_line_have_the_accuracy_of_the_optimum(capsys: pytest.CaptureFixture[str]) -> None:
    features = Experiments().matrix(RECIPE).features
    assert int((minimise(features) == features.validation_labels).sum()) == N_RIGHT

    playground = answered(open_page("playground.py", RECIPE, judge="logistic"))
    assert f"Logistic regression has **{N_RIGHT} right, 60.0 %" in status(playground)
    confusion = open_page("confusion.py", RECIPE, judge="logistic")
    assert "Logistic regression: 60.0 % (" in shown(confusion)

    chosen = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    assert main(["train", "drawn", *chosen]) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"^logistic regression +{N_RIGHT} +60.00 % ", printed, re.MULTILINE)

    training = open_page("training.py", RECIPE, models_table=True)
    (models,) = [frame.value for frame in training.dataframe if "name" in frame.value]
    assert models.set_index("name")["accuracy"]["logistic regression"] == N_RIGHT / 200
