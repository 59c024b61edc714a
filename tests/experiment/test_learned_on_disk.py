"""Learned values stored on disk: an answer read from them equals a computed one, and damaged ones are replaced."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import safetensors
import safetensors.numpy
from scipy import sparse

from bowcore.errors import OutputError
from bowcore.experiment import experiments, learned_on_disk
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.stored_arrays import CSR_ARRAYS
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import TermsSpec
from bowcore.store import artefacts, own_files
from bowcore.text.terms import Chain

RECIPES = {
    "counts": {},
    "TF-IDF of word groups": {"weighting": "tfidf", "ngrams": 2},
    "one column for other words": {"weighting": "binary", "vocabulary_size": 200, "unknown": "unk"},
    "a sample with shuffled labels": {"training_articles": 500, "shuffled_labels": True},
    "all words small": {"lower_case": True, "punctuation": True, "digits": True},
}


@pytest.fixture(autouse=True)
def store_small_corpora(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("BOWLAB_ARTEFACTS", raising=False)
    monkeypatch.setattr(learned_on_disk, "WORTH_STORING", 10)
    yield
    learned_on_disk.wait_until_stored()


def recipe_of(changes: dict[str, object]) -> Recipe:
    return replace(Recipe(), terms=TermsSpec()).change(corpus="bbc-news", **changes)


def stored() -> list[artefacts.Artefact]:
    learned_on_disk.wait_until_stored()
    return [artefact for artefact in artefacts.kept() if artefact.kind == "learned"]


def learned_never(*_: object) -> None:
    pytest.fail("learned a second time")


def assert_same(one: object, other: object, name: str) -> None:
    """Equal to the last bit, and as read-only."""
    assert type(one) is type(other), name
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), name
        assert one.flags.writeable or not other.flags.writeable, name
    elif isinstance(one, sparse.csr_matrix):
        for part in CSR_ARRAYS:
            assert getattr(one, part).tolist() == getattr(other, part).tolist(), f"{name}.{part}"
        assert other.shape == one.shape and other.has_sorted_indices
    elif isinstance(one, pa.Array):
        assert one.equals(other), name
    elif isinstance(one, Chain):
        assert isinstance(other, Chain)
        assert_same(one.result, other.result, f"{name}.result")
        for step, again in zip(one.steps, other.steps, strict=True):
            assert_same(step, again, f"{name}.{step.name}")
        assert [(cost.name, cost.n_strings) for cost in one.costs] == [
            (cost.name, cost.n_strings) for cost in other.costs
        ]
    elif isinstance(one, tuple):
        assert isinstance(other, tuple)
        for place, (item, again) in enumerate(zip(one, other, strict=True)):
            assert_same(item, again, f"{name}[{place}]")
    elif is_dataclass(one) and name != "answer.reading":
        for field in fields(one):
            if field.name not in ("load", "load_counts", "parents"):
                assert_same(getattr(one, field.name), getattr(other, field.name), f"{name}.{field.name}")
    elif name != "answer.reading":
        assert one == other, name


@pytest.mark.parametrize("name", RECIPES)
def test_an_answer_from_disk_is_the_computed_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_of(RECIPES[name])
    computed = Experiments().answer(recipe)
    assert len(stored()) == 1 and stored()[0].of == "bbc-news"
    monkeypatch.setattr(experiments, "learn", learned_never)
    read = Experiments().answer(recipe)
    same(computed, read)
    assert read.chain.costs == tuple(replace(cost, from_cache=True) for cost in computed.chain.costs)
    for kind in ("features", "counts"):  # of the cells, which are computed again
        one, other = (getattr(answer.matrix, kind) for answer in (computed, read))
        assert (one.train != other.train).nnz == 0 and (one.validation != other.validation).nnz == 0
    assert_same(computed.empty_texts(), read.empty_texts(), "empty texts")


def same(one: Answer, other: Answer) -> None:
    names = {field.name for field in fields(Answer)} - {"reading", "split", "load_counts", "load_learned"}
    for name in (*names, "chain", "matrix", "bayes", "log_likelihood"):
        assert_same(getattr(one, name), getattr(other, name), f"answer.{name}")


def test_what_was_read_is_used_for_chain_and_matrix_too(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_of({})
    Experiments().answer(recipe)
    stored()
    monkeypatch.setattr("bowcore.experiment.stages.map_terms", learned_never)
    monkeypatch.setattr("bowcore.experiment.stages.build_matrix", learned_never)
    again = Experiments()
    answer = again.answer(recipe)
    assert again.chain(recipe) is answer.chain and again.matrix(recipe) is answer.matrix


@pytest.mark.parametrize("file", ["learned.safetensors", "learned.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "half", "a bit"])
def test_a_damaged_file_is_learned_and_stored_again(file: str, damage: str) -> None:
    recipe = recipe_of({})
    first = Experiments().answer(recipe)
    (kept,) = stored()
    path = kept.path / file
    content = path.read_bytes()
    path.unlink()
    middle = len(content) // 2
    damaged = {"empty": b"", "half": content[:middle], "a bit": content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]}
    if damage != "gone":
        path.write_bytes(damaged[damage])
    artefacts.compare_again()
    same(first, Experiments().answer(recipe))
    assert len(stored()) == 1
    if file.endswith("safetensors"):
        assert path.read_bytes() == content


def test_a_file_damaged_after_its_digest_was_compared_is_learned_again() -> None:
    recipe = recipe_of({})
    first = Experiments().answer(recipe)
    (kept,) = stored()
    path = kept.path / "learned.safetensors"
    content = path.read_bytes()
    path.write_bytes(b"\xff" * 8 + content[8:])  # a header of another length
    same(first, Experiments().answer(recipe))
    assert len(stored()) == 1 and path.read_bytes() == content


def test_terms_of_other_types_are_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = recipe_of({}), recipe_of({"text_used": "headline"})
    Experiments().answer(one)
    (kept,) = stored()
    monkeypatch.setattr(experiments, "learned_key", lambda *_: kept.key)
    expected = Experiments().answer(other)
    assert expected.chain.result.n_types == len(expected.reading.units.types)


def test_what_a_reader_brought_is_not_stored_after_it_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"soup {n},{'ab'[n % 2]}" for n in range(60)]
    name = own_files.keep_file("meals.csv", "\n".join(["text,label", *rows]).encode())
    store = artefacts.store

    def forgotten_meanwhile(*arguments: object) -> Path:
        own_files.forget_file(name)
        return store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(artefacts, "store", forgotten_meanwhile)
    Experiments().answer(Recipe().change(corpus=name))
    assert stored() == []


def test_while_the_database_fails_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OutputError("The database is locked.")

    monkeypatch.setattr(artefacts, "reading", refused)
    monkeypatch.setattr(artefacts, "store", learned_never)
    Experiments().answer(recipe_of({}))
    learned_on_disk.wait_until_stored()


def test_an_answer_of_a_small_corpus_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_on_disk, "WORTH_STORING", 3_000)
    Experiments().answer(recipe_of({}))
    assert stored() == []


def test_one_that_is_too_large_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_on_disk, "MOST_BYTES", 100_000)
    Experiments().answer(recipe_of({}))
    assert stored() == []


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ((artefacts, "store"), OutputError("The disk is full.")),
        ((safetensors.numpy, "save"), safetensors.SafetensorError("No space left on device")),
        ((Path, "write_bytes"), OSError(errno.ENOSPC, "No space left on device")),
        ((Path, "write_bytes"), MemoryError()),
    ],
    ids=lambda item: getattr(type(item), "__name__", ""),
)
def test_a_disk_that_takes_nothing_costs_no_answer_and_a_later_one_is_stored(
    place: tuple[object, str], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise error

    with monkeypatch.context() as full:
        full.setattr(*place, refused)
        first = Experiments().answer(recipe_of({}))
        assert stored() == []
    same(first, Experiments().answer(recipe_of({})))
    assert len(stored()) == 1


def test_no_more_wait_to_be_stored_than_memory_is_kept_for(monkeypatch: pytest.MonkeyPatch) -> None:
    store, may_write, writes = artefacts.store, threading.Event(), threading.Event()

    def slow(*arguments: object) -> Path:
        writes.set()
        may_write.wait()
        return store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(artefacts, "store", slow)
    computed = Experiments()
    computed.answer(recipe_of({}))
    writes.wait()
    for n in range(learned_on_disk.MOST_WAITING + 3):
        computed.answer(recipe_of({"vocabulary_size": 1_000 + n}))
    may_write.set()
    assert len(stored()) == 1 + learned_on_disk.MOST_WAITING


@pytest.mark.parametrize(
    "module",
    [
        "experiment/learned_on_disk.py",
        "experiment/stored_arrays.py",
        "experiment/answer.py",
        "experiment/stages.py",
        "learn/linear/naive_bayes.py",
        "matrix/weighting.py",
        "text/steps.py",
        "recipe/languages.py",
        "recipe/steps.py",
    ],
)
def test_what_other_code_learned_is_not_read(module: str, change_code: Callable[[str], None]) -> None:
    recipe = recipe_of({})
    before = learned_on_disk.learned_key(recipe, "digest", 2_000)
    change_code(module)
    assert learned_on_disk.learned_key(recipe, "digest", 2_000) != before
