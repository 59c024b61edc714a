import re

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from bowcore.errors import MemoryBudgetError, OutputError, RunError
from bowcore.learn import network
from bowcore.learn.network import (
    check_fits,
    estimate,
    initial_weights,
    load_weights,
    logits,
    predict,
    probabilities,
    save_weights,
    to_module,
)
from bowcore.learn.optimisers import OPTIMISERS


@pytest.fixture(params=[64 * 2**20, 500], ids=["one block", "many blocks"])
def block_bytes(request, monkeypatch):
    monkeypatch.setattr(network, "BLOCK_BYTES", request.param)


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_the_exported_module_answers_the_same(features, dtype, rtol):
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


def test_files_that_are_no_weights_are_refused(tmp_path):
    with pytest.raises(RunError, match=r"missing\.safetensors cannot be read"):
        load_weights(tmp_path / "missing.safetensors")
    (tmp_path / "text").write_text("not tensors at all")
    with pytest.raises(RunError, match="cannot be read"):
        load_weights(tmp_path / "text")
    safetensors.numpy.save_file({"other": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(RunError, match="holds other"):
        load_weights(tmp_path / "other")
    with pytest.raises(OutputError, match="cannot be written"):
        save_weights(initial_weights(3, 2, 2, seed=0), tmp_path / "no folder" / "weights")


def test_the_tutorials_network_has_297_745_004_parameters():
    cost = estimate(59_544, 5000, 4, 1920, 3_300_000, 108_000)
    assert cost.n_parameters == 297_745_004
    assert 2 * 4 * 297_745_004 < cost.memory_bytes < 3 * 4 * 297_745_004


@pytest.mark.parametrize("name", OPTIMISERS)
def test_memory_counts_what_the_optimiser_remembers_of_each_weight(name):
    weights = initial_weights(500, 40, 3, seed=0)
    remembered = sum(values.nbytes for values in OPTIMISERS[name](weights, 0.1).state().values() if values.ndim == 2)
    base = estimate(500, 40, 3, 16, 1000, 200, "sgd").memory_bytes
    assert estimate(500, 40, 3, 16, 1000, 200, name).memory_bytes - base == pytest.approx(remembered, rel=0.01)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_remedy_fits_whatever_the_optimiser(name):
    sizes = {"n_terms": 50_000, "hidden": 5000, "n_classes": 4, "batch_size": 64, "n_nonzero": 10**6, "n_train": 50_000}
    with pytest.raises(MemoryBudgetError) as caught:
        check_fits(estimate(**sizes, optimiser=name), 9 * 10**8)
    hidden = int(re.search(r"hidden units from 5,000 to ([\d,]+)", str(caught.value))[1].replace(",", ""))
    check_fits(estimate(**sizes | {"hidden": hidden}, optimiser=name), 9 * 10**8)
    with pytest.raises(MemoryBudgetError):
        check_fits(estimate(**sizes | {"hidden": hidden + 1}, optimiser=name), 9 * 10**8)


def test_parameters_are_counted_as_pytorch_counts_them():
    weights = initial_weights(31, 7, 3, seed=0)
    expected = sum(values.numel() for values in to_module(weights).parameters())
    assert weights.n_parameters == expected
    assert estimate(31, 7, 3, 4, 100, 20).n_parameters == expected


def test_a_network_that_would_not_fit_is_refused_with_a_change_that_fits():
    sizes = {"n_terms": 50_000, "hidden": 5000, "n_classes": 4, "batch_size": 64, "n_nonzero": 10**6, "n_train": 50_000}
    with pytest.raises(MemoryBudgetError) as caught:
        check_fits(estimate(**sizes), 10**9)
    hidden, n_terms = (
        int(re.search(pattern, str(caught.value))[1].replace(",", ""))
        for pattern in (r"hidden units from 5,000 to ([\d,]+)", r"vocabulary from 50,000 to ([\d,]+)")
    )
    for change in ({"hidden": hidden}, {"n_terms": n_terms}):
        check_fits(estimate(**sizes | change), 10**9)
    for change in ({"hidden": hidden + 1}, {"n_terms": n_terms + 1}):
        with pytest.raises(MemoryBudgetError):
            check_fits(estimate(**sizes | change), 10**9)


def test_a_batch_that_is_too_large_is_the_first_thing_to_change():
    with pytest.raises(MemoryBudgetError, match=r"404 MB, 12 MB.*batch size from 100,000 to 1,989\.$"):
        check_fits(estimate(100, 1000, 4, 100_000, 10**5, 10**6), 12 * 10**6)
    check_fits(estimate(100, 1000, 4, 1989, 10**5, 10**6), 12 * 10**6)


def test_no_remedy_is_invented_where_the_articles_alone_are_too_many():
    with pytest.raises(MemoryBudgetError, match="use fewer training articles"):
        check_fits(estimate(1000, 10, 4, 64, 10**8, 10**6), 10**9)
