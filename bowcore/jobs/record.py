"""What a job leaves in its row: a frozen record, written as JSON and read again under the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Record:
    """Root of the results of jobs. A field that an earlier version did not write has its default."""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON's own kinds of values."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written; names that it does not know are left out.

        Raises:
            TypeError: A field without a default is missing.
        """
        return cls(**{field.name: body[field.name] for field in fields(cls) if field.name in body})


@dataclass(frozen=True, slots=True)
class KeptResult(Record):
    """A result that is an artefact and nothing else."""

    artefact: str
