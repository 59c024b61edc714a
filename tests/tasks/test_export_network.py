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
from bowcore.learn.network.network import initial_weights, log_softmax, logits, save_weights
from bowcore.matrix.export import vocabulary_lines
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks.export_network import export_network, export_zip
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


def test_the_archive_holds_the_same_files(network: tuple[Features, np.ndarray], tmp_path: Path) -> None:
    features, _ = network
    export_network("network-x", features, tmp_path)
    with zipfile.ZipFile(io.BytesIO(export_zip("network-x", features))) as archive:
        assert archive.testzip() is None
        for name in ("weights.safetensors", "vocabulary.txt", "recipe.toml", "stock_pytorch.py"):
            assert archive.read(f"network/{name}") == (tmp_path / name).read_bytes()


def test_a_failed_export_raises_its_reason(network: tuple[Features, np.ndarray], tmp_path: Path) -> None:
    features, _ = network
    with pytest.raises(RunError, match="Train it again"):
        export_network("network-y", features, tmp_path)
    with pytest.raises(OutputError, match="choose another folder"):
        export_network("network-x", features, tmp_path / "missing")
