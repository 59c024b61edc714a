import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from bowcore.errors import OutputError, RunError
from bowcore.learn.network import network
from bowcore.learn.network.network import (
    initial_weights,
    load_weights,
    logits,
    predict,
    probabilities,
    save_weights,
    to_module,
)


@pytest.fixture(params=[64 * 2**20, 500], ids=["one block", "many blocks"])
def block_bytes(request, monkeypatch):
    monkeypatch.setattr(network, "BLOCK_BYTES", request.param)


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_the_exported_module_gives_the_same_logits(features, dtype, rtol):
    weights = initial_weights(features.n_terms, 50, features.n_classes, seed=4, dtype=dtype)
    with torch.no_grad():
        expected = to_module(weights)(torch.from_numpy(features.validation.toarray().astype(dtype)))
    np.testing.assert_allclose(logits(weights, features.validation), expected.numpy(), rtol=rtol, atol=rtol)
    np.testing.assert_array_equal(predict(weights, features.validation), expected.argmax(1).numpy())
    np.testing.assert_allclose(
        probabilities(weights, features.validation), expected.double().softmax(1).numpy(), rtol=10 * rtol
    )


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stored_weights_come_back_bit_for_bit_and_load_into_pytorch(tmp_path, dtype):
    weights = initial_weights(33, 17, 4, seed=1, dtype=dtype)
    save_weights(weights, tmp_path / "weights.safetensors")
    again = load_weights(tmp_path / "weights.safetensors")
    for name in ("hidden_weights", "hidden_bias", "output_weights", "output_bias"):
        np.testing.assert_array_equal(getattr(again, name), getattr(weights, name))
        assert getattr(again, name).dtype == dtype
    module, other = to_module(weights), to_module(initial_weights(33, 17, 4, seed=2, dtype=dtype))
    other.load_state_dict(safetensors.torch.load_file(tmp_path / "weights.safetensors"))
    for mine, theirs in zip(module.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_initial_weights_are_drawn_as_pytorch_draws_them():
    weights = initial_weights(400, 300, 5, seed=8)
    module = torch.nn.Sequential(torch.nn.Linear(400, 300), torch.nn.ReLU(), torch.nn.Linear(300, 5))
    for mine, theirs in (
        (weights.hidden_weights, module[0].weight),
        (weights.hidden_bias, module[0].bias),
        (weights.output_weights, module[2].weight),
        (weights.output_bias, module[2].bias),
    ):
        bound = 1 / np.sqrt(400 if mine.shape[-1] == 300 and mine is not weights.output_weights else 300)
        assert np.abs(mine).max() <= bound
        assert theirs.detach().abs().max().item() <= bound * (1 + 1e-6)
        if mine.size >= 300:
            assert mine.std() == pytest.approx(theirs.detach().std().item(), rel=0.1)


def test_a_seed_gives_the_same_weights_and_leaves_the_global_generators_alone():
    before = torch.get_rng_state()
    first, second = (initial_weights(20, 6, 3, seed=11) for _ in range(2))
    to_module(first)
    np.testing.assert_array_equal(first.hidden_weights, second.hidden_weights)
    assert torch.equal(torch.get_rng_state(), before)
    assert not np.array_equal(first.hidden_weights, initial_weights(20, 6, 3, seed=12).hidden_weights)


def test_files_without_weights_are_refused(tmp_path):
    with pytest.raises(RunError, match=r"missing\.safetensors cannot be read"):
        load_weights(tmp_path / "missing.safetensors")
    (tmp_path / "text").write_text("not tensors at all")
    with pytest.raises(RunError, match="cannot be read"):
        load_weights(tmp_path / "text")
    safetensors.numpy.save_file({"other": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(RunError, match="contains other"):
        load_weights(tmp_path / "other")
    with pytest.raises(OutputError, match="cannot be written"):
        save_weights(initial_weights(3, 2, 2, seed=0), tmp_path / "no folder" / "weights")
