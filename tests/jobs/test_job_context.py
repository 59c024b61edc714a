"""Records: frozen, written as JSON and read again."""

import json
from dataclasses import FrozenInstanceError, dataclass

import pytest

from bowcore.jobs.job_context import KeptResult, Record


@dataclass(frozen=True, slots=True)
class Baked(Record):
    loaves: int
    oven: str = "stone"


def test_a_record_reads_what_it_wrote() -> None:
    assert Baked.from_json(json.loads(json.dumps(Baked(3, "iron").to_json()))) == Baked(3, "iron")


def test_a_field_of_a_later_version_has_its_default_and_one_of_an_earlier_version_is_left_out() -> None:
    assert Baked.from_json({"loaves": 3, "salt": True}) == Baked(3)


def test_a_record_without_a_field_that_it_needs_is_refused() -> None:
    with pytest.raises(TypeError, match="loaves"):
        Baked.from_json({"oven": "iron"})


def test_a_record_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        KeptResult("a").artefact = "b"
