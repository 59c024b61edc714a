"""The parts of a report: sections of sentences, figures and tables, in plain text that nothing has escaped yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from charts.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows; cells are text as it is read."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the table behind it."""

    drawing: Drawing
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section: sentences, then facts as pairs of name and value, figures, tables, and text in the code font."""

    title: str
    sentences: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    code: str = ""
    link: str = field(default="", kw_only=True)

    @property
    def anchor(self) -> str:
        """Its identifier in the page."""
        return self.title.lower().replace(" ", "-")
