"""What is kept for all sessions is kept under everything that it was made from."""

import pkgutil
import threading
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

import ui
from bowcore.experiment.answer import Answer
from bowcore.experiment.memo import process_memo
from bowcore.findings.slices import Slice
from bowcore.recipe.recipe import STAGES, Recipe
from bowcore.recipe.specs import VocabularySpec
from ui import answers
from ui.answers import Kept, kept

CHANGES: dict[str, dict[str, Any]] = {
    "corpus": {"revision": "a1"},
    "split": {"split_seed": 5},
    "text": {"text_used": "headline"},
    "terms": {"lower_case": False},
    "sample": {"drop_leaked": True},
    "vocabulary": {"min_documents": 2},
    "weighting": {"weighting": "tfidf"},
    "blocks": {"blocks": ("words 1-2 tfidf",)},
    "network": {"hidden": 7},
}
"""A change of every stage."""

OTHER_ARGUMENTS: dict[str, tuple[Any, Any]] = {
    "str": ("rain", "snow"),
    "int": (1, 2),
    "bool": (False, True),
    "Mask": (np.array([True, False, False]), np.array([False, True, False])),
    "NDArray[np.bool_]": (np.array([True, False, False]), np.array([False, True, False])),
    "Slice": (Slice("mine", "oil"), Slice("mine", "gas")),
    "VocabularySpec": (VocabularySpec(min_documents=1), VocabularySpec(min_documents=2)),
    "tuple[str, ...]": (("a", "b"), ("ab",)),
    "Codes": ((1, 2), (12,)),
    "Model": ("naive-bayes", "network"),
}
"""Two different arguments of every type that a kept function takes beside answers and recipes."""


def every_kept() -> list[Kept[..., Any]]:
    names = [found.name for found in pkgutil.walk_packages(ui.__path__, "ui.") if found.name != "ui.shell.main"]
    members = {id(item): item for name in names for item in vars(import_module(name)).values()}
    return [item for item in members.values() if isinstance(item, Kept)]


KEPT = every_kept()
NAMES = [f"{each.__module__}.{each.__name__}" for each in KEPT]


@pytest.fixture(autouse=True)
def empty_memo() -> None:
    process_memo().clear()


@pytest.fixture(scope="module")
def answer() -> Answer:
    return answers.answer(Recipe())


def changed(value: Answer | Recipe, stage: str) -> Answer | Recipe:
    if isinstance(value, Recipe):
        return value.change(**CHANGES[stage])
    return replace(value, recipe=value.recipe.change(**CHANGES[stage]))


def test_pages_keep_values_by_functions_of_different_names() -> None:
    assert len(NAMES) == len(set(NAMES)) > 25


@pytest.mark.parametrize("function", KEPT, ids=NAMES)
def test_a_value_is_kept_under_everything_that_it_was_made_from(
    function: Kept[..., Any], answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    for name, parameter in function.signature.parameters.items():
        made = {"Answer": answer, "Recipe": answer.recipe}
        given[name] = made.get(parameter.annotation) or OTHER_ARGUMENTS[parameter.annotation][0]
    key = function.key(**given)
    hash(key)
    seen: set[Hashable] = {key}
    for name, parameter in function.signature.parameters.items():
        if parameter.annotation not in ("Answer", "Recipe"):
            seen.add(function.key(**given | {name: OTHER_ARGUMENTS[parameter.annotation][1]}))
            continue
        last = STAGES.index(function.through)
        for stage in STAGES[: last + 1]:
            if (stage, parameter.annotation) != ("corpus", "Recipe"):  # another corpus has another digest
                seen.add(function.key(**given | {name: changed(given[name], stage)}))
        for stage in STAGES[last + 1 :]:
            assert function.key(**given | {name: changed(given[name], stage)}) == key, stage
        if parameter.annotation == "Answer":
            seen.add(function.key(**given | {name: replace(answer, corpus=replace(answer.corpus, digest="other"))}))
        else:
            with monkeypatch.context() as patch:
                patch.setattr(answers, "corpus_digest", lambda _: "other")
                seen.add(function.key(**given))
    n_others = sum(
        1
        if parameter.annotation not in ("Answer", "Recipe")
        else STAGES.index(function.through) + 1 + (parameter.annotation == "Answer")
        for parameter in function.signature.parameters.values()
    )
    assert len(seen) == 1 + n_others


def test_an_argument_that_begins_with_an_underscore_is_part_of_the_key() -> None:
    @kept()
    def twice(_number: int) -> int:
        return 2 * _number

    assert (twice(1), twice(2)) == (2, 4)


@dataclass
class Loose:
    number: int


@pytest.mark.parametrize(
    "argument",
    [
        [1],
        {"a": 1},
        {1},
        sparse.csr_matrix((2, 2)),
        pa.array([1]),
        pd.DataFrame({"a": [1]}),
        np.array([1.0]),
        np.ones((2, 2), dtype=bool),
        Loose(1),
        (1, [2]),
        object(),
        len,
        Slice,
    ],
    ids=lambda argument: type(argument).__name__,
)
def test_an_argument_that_no_key_can_be_made_of_is_refused(argument: object) -> None:
    @kept("weighting")
    def of(_: object) -> int:
        return 1

    with pytest.raises(TypeError, match="No key can be made of a"):
        of(argument)


def test_an_answer_without_a_last_stage_is_refused(answer: Answer) -> None:
    @kept()
    def of(_: object) -> int:
        return 1

    for argument in (answer, answer.recipe):
        with pytest.raises(TypeError, match="No key can be made of a"):
            of(argument)


def test_arguments_that_are_equal_but_of_different_types_have_different_values() -> None:
    @kept()
    def name_of(value: object) -> str:
        return type(value).__name__

    names = ["int", "bool", "float", "str", "tuple", "NoneType"]
    assert [name_of(value) for value in (1, True, 1.0, "1", (1,), None)] == names


def test_arguments_by_name_by_place_and_by_default_are_the_same() -> None:
    @kept()
    def of(one: int, other: str = "a") -> object:
        return object()

    assert of(1) is of(one=1) is of(1, "a") is of(other="a", one=1)


def test_a_mask_is_known_by_its_articles_and_its_length() -> None:
    @kept()
    def count(mask: Any) -> int:
        return int(mask.sum()) * 100 + len(mask)

    masks = [np.array(bits, dtype=bool) for bits in ([1, 0], [0, 1], [1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0])]
    assert len({count.key(mask) for mask in masks}) == 4
    assert count.key(masks[0]) == count.key(masks[0].copy())
    assert [count(mask) for mask in masks] == [102, 102, 103, 109]


def test_functions_of_one_name_in_different_places_keep_apart() -> None:
    def make(value: int) -> Kept[[], int]:
        @kept()
        def of() -> int:
            return value

        return of

    one, other = make(1), make(2)
    other.__module__ = "elsewhere"
    assert (one(), other()) == (1, 2)


def test_none_is_not_kept_so_that_the_next_call_looks_again() -> None:
    found: list[str | None] = [None, "made by a job"]

    @kept()
    def look() -> str | None:
        return found.pop(0)

    assert [look(), look(), look()] == [None, "made by a job", "made by a job"]


def test_thirty_that_ask_at_once_share_one_computation() -> None:
    calls: list[int] = []
    all_here = threading.Barrier(30)

    @kept(spinner="")
    def slow(number: int) -> object:
        calls.append(number)
        return object()

    def ask(_: int) -> object:
        all_here.wait(timeout=120)
        return slow(7)

    with ThreadPoolExecutor(30) as pool:
        values = list(pool.map(ask, range(30)))
    assert calls == [7]
    assert len({id(value) for value in values}) == 1


@dataclass(frozen=True)
class Pair:
    first: np.ndarray
    others: tuple[dict[str, np.ndarray], int]


def test_nobody_can_change_the_arrays_of_a_kept_value() -> None:
    @kept()
    def make() -> Pair:
        return Pair(np.arange(3), ({"a": np.arange(4)}, 5))

    value = make()
    for array in (value.first, value.others[0]["a"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9
