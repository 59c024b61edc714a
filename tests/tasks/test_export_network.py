"""An exported network gives the same predictions in a process without this project."""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy import sparse

from bowcore.errors import OutputError, RunError
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.learn.network.network import initial_weights, log_softmax, logits, save_weights
from bowcore.matrix.export import vocabulary_lines
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import network_artefact, result_key
from bowcore.tasks.export_network import (
    FILE,
    KEPT,
    KIND,
    archive_bytes,
    archive_key,
    export_network,
    find_archive,
    request_archive,
)
from bowcore.tasks.runner import work
from tests.learn.conftest import random_features


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Features, np.ndarray]:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    features = random_features()
    weights = initial_weights(features.n_terms, 7, features.n_classes, seed=3)
    probabilities = np.exp(log_softmax(logits(weights, features.validation)))

    def write(place: Path) -> None:
        save_weights(weights, place / "weights.safetensors")
        np.save(place / "validation_probabilities.npy", probabilities)
        (place / "recipe.toml").write_text(Recipe().to_toml(), encoding="utf-8")
        (place / "vocabulary.txt").write_bytes(vocabulary_lines(features.terms))

    artefacts.store("network-x", write)
    return features, probabilities


def test_the_script_gives_the_same_predictions_without_this_project(
    network: tuple[Features, np.ndarray], tmp_path: Path
) -> None:
    features, probabilities = network
    folder = tmp_path / "home alone"
    folder.mkdir()
    written = export_network("network-x", features, folder)
    assert {path.name for path in written} == {path.name for path in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "stock_pytorch.py")],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    right = (probabilities.argmax(axis=1) == features.validation_labels).mean()
    assert f"Right: {right:.2%} of {len(features.validation_labels):,} validation articles." in done.stdout
    same, moved = re.search(r"As in training: ([\d.]+)%; probabilities differ by (\S+) at most", done.stdout).groups()
    assert float(same) == 100
    assert float(moved) < 1e-5


def test_only_open_articles_are_exported(network: tuple[Features, np.ndarray], tmp_path: Path) -> None:
    features, _ = network
    export_network("network-x", features, tmp_path)
    cells = sparse.load_npz(tmp_path / "validation_cells.npz")
    np.testing.assert_array_equal(cells.toarray(), features.validation.toarray())
    np.testing.assert_array_equal(np.load(tmp_path / "validation_labels.npy"), features.validation_labels)
    assert load_file(tmp_path / "weights.safetensors")["0.weight"].shape == (7, features.n_terms)


SMALL = Recipe().change(corpus="bbc-news", vocabulary_size=200, training_articles=100, hidden=2)


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Name of a network's artefact, as a training of `SMALL` leaves it, and the digest of its corpus."""
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    digest = process_experiments().corpus(SMALL).digest
    name = network_artefact(result_key(SMALL, "network", digest), 2)

    def write(place: Path) -> None:
        for file in KEPT:
            (place / file).write_text(f"content of {file}")

    artefacts.store(name, write)
    return name, digest


def make_archive(artefact: str, digest: str) -> Job:
    request_archive(SMALL, digest, artefact, 2_000, 100)
    work("quick", until_idle=True)
    (job,) = jobs.recent(KIND, 1)
    return job


def test_the_job_stores_the_files_and_is_done_once(trained: tuple[str, str]) -> None:
    artefact, digest = trained
    key = archive_key(SMALL, digest, artefact)
    assert find_archive(key) is None and archive_bytes(key) is None
    job = make_archive(*trained)
    path = find_archive(key)
    assert (job.state, job.error, job.key) == ("done", "", key)
    assert path is not None and archive_bytes(key) == path.stat().st_size
    assert [item.name for item in path.parent.iterdir() if item.name != "manifest.json"] == [FILE]
    features = process_experiments().answer(SMALL).matrix.features
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("network/vocabulary.txt") == b"content of vocabulary.txt"
        assert archive.read("network/stock_pytorch.py").startswith(b'"""')
        labels = np.load(io.BytesIO(archive.read("network/validation_labels.npy")))
        cells = sparse.load_npz(io.BytesIO(archive.read("network/validation_cells.npz")))
        assert len(archive.namelist()) == 7
    np.testing.assert_array_equal(labels, features.validation_labels)
    np.testing.assert_array_equal(cells.toarray(), features.validation.toarray())
    written = path.stat().st_mtime_ns
    make_archive(*trained)
    assert path.stat().st_mtime_ns == written


def test_equal_networks_give_equal_archives(trained: tuple[str, str]) -> None:
    key = archive_key(SMALL, trained[1], trained[0])
    contents = []
    for _ in range(2):
        make_archive(*trained)
        path = find_archive(key)
        assert path is not None
        contents.append(path.read_bytes())
        artefacts.remove(f"{KIND}-{key}")
        process_memo().clear()
    assert contents[0] == contents[1]


def test_another_network_another_recipe_or_other_texts_have_another_key(trained: tuple[str, str]) -> None:
    artefact, digest = trained
    keys = [
        archive_key(SMALL, digest, artefact),
        archive_key(SMALL, digest, f"{artefact}1"),
        archive_key(SMALL.change(hidden=3), digest, artefact),
        archive_key(SMALL, "0" * len(digest), artefact),
    ]
    assert len(set(keys)) == 4
    assert all(re.fullmatch("[0-9a-f]{24}", key) for key in keys)


def test_a_network_that_was_deleted_or_is_of_another_recipe_is_refused(trained: tuple[str, str]) -> None:
    artefact, digest = trained
    wrong = make_archive(artefact.replace("network-", "network-0"), digest)
    artefacts.remove(artefact)
    gone = make_archive(artefact, digest)
    assert (wrong.state, gone.state) == ("failed", "failed")
    assert "another recipe" in wrong.error and "Train it again" in gone.error
    assert [item.key for item in artefacts.kept() if item.kind == KIND] == []


@pytest.mark.parametrize("key", ["", "..", "../../runs.sqlite", "0" * 23, "A" * 24, "0" * 24])
def test_what_is_no_key_of_an_archive_finds_none(key: str, trained: tuple[str, str]) -> None:
    assert find_archive(key) is None


def test_a_failed_export_raises_its_reason(network: tuple[Features, np.ndarray], tmp_path: Path) -> None:
    features, _ = network
    with pytest.raises(RunError, match="Train it again"):
        export_network("network-y", features, tmp_path)
    with pytest.raises(OutputError, match="choose another folder"):
        export_network("network-x", features, tmp_path / "missing")
