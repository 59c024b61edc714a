"""Fixtures for tests of charts."""

from collections.abc import Callable
from typing import Any

import pytest

from charts.drawing import Drawing

Layer = tuple[dict[str, Any], list[dict[str, Any]]]


@pytest.fixture
def layers() -> Callable[[Drawing], list[Layer]]:
    """Each layer of a drawing, from back to front, with the rows that it draws."""

    def flat(view: dict[str, Any], name: str, datasets: dict[str, Any]) -> list[Layer]:
        name = view.get("data", {}).get("name", name)
        if "layer" in view:
            return [found for inner in view["layer"] for found in flat(inner, name, datasets)]
        return [(view, datasets[name])]

    def layers_of(drawing: Drawing) -> list[Layer]:
        specification = drawing.specification()
        return flat(specification, "", specification["datasets"])

    return layers_of
