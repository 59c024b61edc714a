import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.corpus.sources import load_corpus
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from bowcore.tasks.export_matrix import matrix_zip

PLAIN = dict.fromkeys(("lower_case", "possessives", "punctuation", "digits", "repair"), False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of a recipe that leaves articles out of training, unpacked."""
    folder = tmp_path_factory.mktemp("archive")
    recipe = preset("recommended", "bbc-news").change(training_articles=200, weighting="count", vocabulary_size=300)
    with zipfile.ZipFile(io.BytesIO(matrix_zip(recipe.change(**PLAIN, contractions="keep")))) as archive:
        archive.extractall(folder)
    return folder / "matrix"


def test_every_row_of_both_matrices_counts_the_words_of_the_article_that_its_position_names(files: Path) -> None:
    rows, corpus = np.load(files / "rows.npz"), load_corpus("bbc-news")
    terms = (files / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]
    count = CountVectorizer(vocabulary=terms, lowercase=False, tokenizer=str.split, token_pattern=None)
    classes = json.loads((files / "classes.json").read_text(encoding="utf-8"))
    assert classes == list(corpus.class_names)
    for name, matrix in (("train", "matrix"), ("validation", "validation")):
        found, chosen = sparse.load_npz(files / f"{matrix}.npz"), corpus.articles.take(rows[f"{name}_rows"])
        texts = [f"{article['title']} {article['body']}" for article in chosen.to_pylist()]
        assert found.shape == (len(rows[f"{name}_rows"]), 300)
        assert (found != count.transform(texts)).nnz == 0
        assert np.array_equal(rows[f"{name}_labels"], corpus.labels[rows[f"{name}_rows"]])
    assert len(rows["train_rows"]) == 200 and len(rows["validation_rows"]) == 334
    assert not set(rows["train_rows"]) & set(rows["validation_rows"])


def test_the_recipe_in_the_archive_makes_the_same_files(files: Path) -> None:
    recipe = Recipe.from_toml((files / "recipe.toml").read_text(encoding="utf-8"))
    with zipfile.ZipFile(io.BytesIO(matrix_zip(recipe))) as again:
        for path in files.iterdir():
            if path.suffix != ".npz":  # a ZIP archive with the time of its files
                assert again.read(f"matrix/{path.name}") == path.read_bytes(), path.name


def test_the_archive_of_a_file_that_a_reader_brought_gives_nobody_access_to_it() -> None:
    lines = "".join(f"{('rain on the roof', 'bread and soup')[row % 2]} {row},{'ab'[row % 2]}\n" for row in range(60))
    name = own_files.keep_file("notes.csv", f"text,label\n{lines}".encode())
    recipe = preset("recommended", f"{name}?body=text&label=label&noun=note")
    token = name.removeprefix(own_files.PREFIX).partition("/")[0]
    with zipfile.ZipFile(io.BytesIO(matrix_zip(recipe))) as archive:
        written = {path: archive.read(path) for path in archive.namelist()}
    assert not any(token.encode() in content for content in written.values())
    assert (
        Recipe.from_toml(written["matrix/recipe.toml"].decode()).corpus.corpus
        == "notes.csv?body=text&label=label&noun=note"
    )
    summary = json.loads(written["matrix/summary.json"])
    assert summary["corpus"].startswith("notes.csv") and summary["recipe_key"] == recipe.key("weighting")
    assert own_files.without_token(preset("recommended", "bbc-news")) == preset("recommended", "bbc-news")
