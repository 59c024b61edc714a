"""The notebook reproduces the experiment: it is executed, and compared with what this program computes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from bowcore.cli import main
from bowcore.corpus.sources import load_corpus
from bowcore.experiment.experiments import Experiments
from bowcore.judge.confusion import confusion_matrix
from bowcore.learn.linear.baselines import run_baselines
from bowcore.learn.network.training import Training
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from bowcore.take_home.notebook import exactness, notebook, spaced
from bowcore.tasks.from_command_line import run_recipe_here
from tests.take_home.executed import NotebookError, execute, run_here, run_notebooks

SMALL = {"hidden": 16, "epochs": 3, "batch_size": 32, "learning_rate": 0.01}
RECIPES: dict[str, dict[str, Any]] = {
    "stop words and stems": {"stop_words": "spacy", "word_forms": "stem", "contractions": "split"},
    "word groups with TF-IDF": {"ngrams": 2, "weighting": "tfidf", "sublinear_tf": True, "min_documents": 2},
    "lemmas": {"units": "lemmas", "repair": True, "stop_words": "scikit-learn"},
    "chi-squared": {"vocabulary_size": 500, "select_by": "chi-squared", "weighting": "binary", "optimiser": "adam"},
    "stop words": {"stop_words_only": True, "vocabulary_size": 100},
    "unknown words": {
        "vocabulary_size": 400,
        "unknown": "unk",
        "word_forms": "lemma-lookup",
        "keep": "last",
        "shuffled_labels": True,
    },
}


@pytest.fixture
def sample(tmp_path: Path) -> str:
    return write_sample(tmp_path)


def write_sample(folder: Path) -> str:
    """Every twentieth story of BBC News in a file with semicolons, whose labels are written in two ways."""
    corpus = load_corpus("bbc-news")
    path = folder / "stories.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["kind", "headline", "story"])
        for row in range(0, corpus.n_documents, 20):
            article = corpus.articles.slice(row, 1).to_pylist()[0]
            writer.writerow([corpus.class_names[corpus.labels[row]], article["title"], article["body"]])
        writer.writerow(["", "No label", "This row is left out"])
    return f"{path}?title=headline&body=story&label=kind"


def compare(recipe: Recipe, found: dict[str, Any], folder: Path) -> None:
    """Compare rows, terms, cells, models and epochs that a notebook has found with this program's."""
    answer = run_recipe_here(recipe)
    features, split = answer.matrix.features, answer.split
    n_validation = split.validation.n_documents
    assert found["train_rows"].tolist() == split.train.rows[answer.matrix.rows].tolist()
    assert found["validation_rows"].tolist() == split.validation.rows.tolist()
    assert found["terms"].tolist() == features.terms.to_pylist()
    for name, ours in (("train", features.train), ("validation", features.validation)):
        theirs = found[name]
        assert theirs.shape == ours.shape
        assert abs(theirs - ours).max() <= (1e-12 if recipe.weighting.option.real else 0)
    assert (found["counts"] != answer.matrix.counts.train).nnz == 0
    assert float(found["guess"]) == answer.baseline.value
    assert found["bayes"].tolist() == answer.predictions.tolist()
    logistic = {item.name: item for item in run_baselines(features)}["logistic regression"]
    assert (found["logistic"] != logistic.validation_predictions).sum() <= max(1, 0.01 * n_validation)
    training = Training.start(features, recipe.network, folder / "ours")
    for _ in training:
        pass
    ours = [
        [epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy]
        for epoch in training.epochs
    ]
    theirs = found["epochs"]
    assert theirs.shape == (training.epochs_done, 4)
    np.testing.assert_allclose(theirs[:, [0, 2]], np.array(ours)[:, [0, 2]], rtol=0.01)
    np.testing.assert_allclose(theirs[:, [1, 3]], np.array(ours)[:, [1, 3]], atol=max(0.01, 1.01 / n_validation))
    predicted = training.result().validation_predictions
    confusion = confusion_matrix(features.validation_labels, predicted, features.n_classes)
    assert abs(found["confusion"] - confusion).sum() <= 2 * max(1, 0.01 * n_validation)


@pytest.mark.slow
def test_executed_notebooks_give_the_numbers_of_their_recipes(tmp_path_factory: pytest.TempPathFactory) -> None:
    sample = write_sample(tmp_path_factory.mktemp("sample"))
    recipes = {
        tmp_path_factory.mktemp("recipe"): Recipe().change(corpus=sample, **SMALL, **steps)
        for steps in RECIPES.values()
    }
    found = run_notebooks({folder: notebook(recipe) for folder, recipe in recipes.items()})
    for folder, recipe in recipes.items():
        compare(recipe, found[folder], folder)


def test_the_code_of_a_notebook_of_many_steps_gives_the_numbers_of_its_recipe(sample: str, tmp_path: Path) -> None:
    steps = {"stop_words": "own", "own_stop_words": ("the", "it’s", "Of"), "masked_words": ("said",), "repair": True}
    sampled = {"training_articles": 100, "drop_leaked": True, "unknown": "unk", "vocabulary_size": 300}
    network = {"word_dropout": 0.2, "hidden_dropout": 0.5, "patience": 1}
    recipe = Recipe().change(corpus=sample, **SMALL, **steps, **sampled, **network, weighting="tfidf", ngrams=2)
    compare(recipe, run_here(notebook(recipe), tmp_path), tmp_path)


def test_a_notebook_of_other_articles_stops_at_their_digest(sample: str) -> None:
    cells = nbformat.reads(notebook(Recipe().change(corpus=sample, **SMALL)), as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    namespace: dict[str, Any] = {}
    for lines in code[:4]:
        exec(lines, namespace)
    assert len(namespace["articles"]) == 112
    path = Path(sample.partition("?")[0])
    path.write_text(path.read_text(encoding="utf-8").replace("the", "thee", 1), encoding="utf-8")
    exec(code[2], namespace)
    with pytest.raises(AssertionError, match="These are other texts"):
        exec(code[3], namespace)


def test_a_notebook_of_a_file_of_the_reader_does_not_give_access_to_it(sample: str) -> None:
    path = Path(sample.partition("?")[0])
    name = own_files.keep_file("stories.csv", path.read_bytes())
    text = notebook(Recipe().change(corpus=f"{name}?{sample.partition('?')[2]}"))
    assert name.partition("/")[0].removeprefix("own:") not in text
    assert "pd.read_csv('stories.csv', sep=';'" in text


def test_a_notebook_under_other_versions_stops_before_it_loads_anything(sample: str) -> None:
    cells = nbformat.reads(notebook(Recipe().change(corpus=sample)), as_version=4).cells
    first = next(cell for cell in cells if cell.cell_type == "code").source
    exec(first, {})
    with pytest.raises(AssertionError, match="Other versions are installed"):
        exec(first.replace('"numpy": "', '"numpy": "0'), {})


def test_equal_recipes_give_equal_files_and_other_recipes_others(sample: str) -> None:
    recipe = Recipe().change(corpus=sample)
    first, second, other = notebook(recipe), notebook(recipe.change()), notebook(recipe.change(ngrams=2))
    assert first == second != other
    ids = [cell.id for cell in nbformat.reads(first, as_version=4).cells]
    assert len(ids) == len(set(ids))


def test_a_notebook_holds_no_text_and_does_not_open_the_test_set(sample: str) -> None:
    text = notebook(Recipe().change(corpus=sample))
    split = Experiments().split(Recipe().change(corpus=sample))
    assert not any(title in text for title in split.train.articles["title"].to_pylist())
    last = nbformat.reads(text, as_version=4).cells[-1].source
    assert last.startswith("OPEN = False\nif OPEN:\n    ")
    assert "bowcore" not in text.replace("python -m bowcore", "")


def test_the_command_writes_the_notebook_and_says_what_is_exact(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.ipynb"
    assert main.main(["notebook", sample, "--set", "ngrams=2", "--preset", "tutorial-baseline", "--out", str(out)]) == 0
    assert "Reproduced exactly: the split" in capsys.readouterr().out
    assert "ngram_range=(1, 2)" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "A cell failed: ZeroDivisionError"),
        ("import time\ntime.sleep(60)", "A cell took more than 1 s"),
        ("import os\nos._exit(1)", "The kernel died"),
    ],
)
def test_a_notebook_that_does_not_end_well_is_found_out(code: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=said):
        execute(new_notebook(cells=[new_code_cell(code)]), tmp_path, seconds=1)


def test_functions_stand_apart_from_other_lines() -> None:
    code = "a = 1\n@cache\ndef f():\n    return 1\nb = 2\ndef g():\n    pass\ndef h():\n    pass"
    assert spaced(code) == (
        "a = 1\n\n@cache\ndef f():\n    return 1\n\nb = 2\n\ndef g():\n    pass\n\ndef h():\n    pass"
    )


def test_a_notebook_says_that_it_leaves_the_blocks_out():
    plain = Recipe().change(**SMALL)
    assert "Left out" not in notebook(plain) + exactness(plain)
    with_blocks = plain.change(blocks=("words 1-2 tfidf",))
    assert all("Left out: the blocks" in said for said in (notebook(with_blocks), exactness(with_blocks)))
