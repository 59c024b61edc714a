import re
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from bowcore.errors import MemoryBudgetError
from bowcore.learn.network import cost
from bowcore.learn.network.cost import NetworkCost, NetworkSizes, check_fits, training_cost
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import warm_kernels
from bowcore.learn.network.training import Training
from bowcore.matrix.features import Features
from bowcore.recipe.specs import NetworkSpec

SIZES = {"n_terms": 50_000, "hidden": 5000, "n_classes": 4, "batch_size": 64, "n_nonzero": 10**6, "n_train": 50_000}


def estimate(*sizes: int | str, **named: int | str) -> NetworkCost:
    return cost.estimate(NetworkSizes(*sizes, **named))


def test_the_tutorials_network_has_297_745_004_parameters():
    estimated = estimate(59_544, 5000, 4, 1920, 3_300_000, 108_000)
    assert estimated.n_parameters == 297_745_004
    assert 2 * 4 * 297_745_004 < estimated.memory_bytes < 3 * 4 * 297_745_004


@pytest.mark.parametrize("name", OPTIMISERS)
def test_memory_counts_what_the_optimiser_remembers_of_each_weight(name):
    weights = initial_weights(500, 40, 3, seed=0)
    remembered = sum(values.nbytes for values in OPTIMISERS[name](weights, 0.1).state().values() if values.ndim == 2)
    base = estimate(500, 40, 3, 16, 1000, 200, "sgd").memory_bytes
    assert estimate(500, 40, 3, 16, 1000, 200, name).memory_bytes - base == pytest.approx(remembered, rel=0.01)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_suggested_size_fits_with_any_optimiser(name):
    with pytest.raises(MemoryBudgetError) as caught:
        check_fits(estimate(**SIZES, optimiser=name), 9 * 10**8)
    hidden = int(re.search(r"hidden units from 5,000 to ([\d,]+)", str(caught.value))[1].replace(",", ""))
    check_fits(estimate(**SIZES | {"hidden": hidden}, optimiser=name), 9 * 10**8)
    with pytest.raises(MemoryBudgetError):
        check_fits(estimate(**SIZES | {"hidden": hidden + 1}, optimiser=name), 9 * 10**8)


def test_parameters_are_counted_as_pytorch_counts_them():
    weights = initial_weights(31, 7, 3, seed=0)
    expected = sum(values.numel() for values in to_module(weights).parameters())
    assert weights.n_parameters == expected
    assert estimate(31, 7, 3, 4, 100, 20).n_parameters == expected


def test_a_network_that_would_not_fit_is_refused_with_a_change_that_fits():
    with pytest.raises(MemoryBudgetError) as caught:
        check_fits(estimate(**SIZES), 10**9)
    hidden, n_terms = (
        int(re.search(pattern, str(caught.value))[1].replace(",", ""))
        for pattern in (r"hidden units from 5,000 to ([\d,]+)", r"vocabulary from 50,000 to ([\d,]+)")
    )
    for change in ({"hidden": hidden}, {"n_terms": n_terms}):
        check_fits(estimate(**SIZES | change), 10**9)
    for change in ({"hidden": hidden + 1}, {"n_terms": n_terms + 1}):
        with pytest.raises(MemoryBudgetError):
            check_fits(estimate(**SIZES | change), 10**9)


def test_a_batch_that_is_too_large_is_the_first_thing_to_change():
    with pytest.raises(MemoryBudgetError, match=r"404\sMB, but only 12\.0\sMB.*batch size from 100,000 to 1,989\.$"):
        check_fits(estimate(100, 1000, 4, 100_000, 10**5, 10**6), 12 * 10**6)
    check_fits(estimate(100, 1000, 4, 1989, 10**5, 10**6), 12 * 10**6)


def test_no_size_is_suggested_if_the_articles_alone_are_too_many():
    with pytest.raises(MemoryBudgetError, match="use fewer training articles"):
        check_fits(estimate(1000, 10, 4, 64, 10**8, 10**6), 10**9)


def cells(n_documents, n_terms, in_each):
    columns = (np.arange(n_documents * in_each, dtype=np.int32) * 7) % n_terms
    starts = np.arange(0, len(columns) + 1, in_each)
    return sparse.csr_matrix((np.ones(len(columns), np.int32), columns, starts), shape=(n_documents, n_terms))


def peak_of(features, spec):
    """Most bytes that a training had at once beyond those that were there before."""
    warm_kernels()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in Training.start(features, spec):
        pass
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


@pytest.mark.slow
@pytest.mark.parametrize(("n_train", "n_validation"), [(1_000, 10_000), (5_000, 5_000), (10_000, 1_000)])
@pytest.mark.parametrize("n_classes", [2, 20])
def test_the_estimate_is_above_the_measured_peak_for_any_shares_of_training_and_validation(
    n_train, n_validation, n_classes
):
    labels = (np.arange(n, dtype=np.int32) % n_classes for n in (n_train, n_validation))
    terms = pa.array([f"t{number:04d}" for number in range(2000)])
    names = tuple(map(str, range(n_classes)))
    features = Features(cells(n_train, 2000, 60), cells(n_validation, 2000, 60), *labels, terms, names)
    spec = NetworkSpec(hidden=16, epochs=2, batch_size=512)
    peak = peak_of(features, spec)
    assert peak <= training_cost(features, spec).memory_bytes <= 2.5 * peak


@pytest.mark.slow
@pytest.mark.parametrize(("n_train", "batch_size"), [(400, 400), (2_000, 2_000), (2_000, 128)])
def test_the_estimate_is_above_the_measured_peak_of_wide_networks_too(n_train, batch_size):
    labels = (np.arange(n, dtype=np.int32) % 5 for n in (n_train, 100))
    terms, names = pa.array([f"t{number:04d}" for number in range(3000)]), tuple(map(str, range(5)))
    features = Features(cells(n_train, 3000, 300), cells(100, 3000, 60), *labels, terms, names)
    spec = NetworkSpec(hidden=1_024, epochs=1, batch_size=batch_size, optimiser="sgd")
    assert peak_of(features, spec) <= training_cost(features, spec).memory_bytes <= 2.5 * peak_of(features, spec)


def test_more_validation_articles_leave_less_for_the_network_and_the_remedy_still_fits():
    many = {"n_validation": 500_000, "n_validation_nonzero": 3 * 10**7}
    units = []
    for validation in ({}, many):
        with pytest.raises(MemoryBudgetError) as caught:
            check_fits(estimate(**SIZES, **validation), 10**9)
        units.append(int(re.search(r"hidden units from 5,000 to ([\d,]+)", str(caught.value))[1].replace(",", "")))
        check_fits(estimate(**SIZES | {"hidden": units[-1]}, **validation), 10**9)
        with pytest.raises(MemoryBudgetError):
            check_fits(estimate(**SIZES | {"hidden": units[-1] + 1}, **validation), 10**9)
    assert units[1] < units[0]
