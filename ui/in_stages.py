"""Values that take seconds the first time, made one after the other under a bar that names them and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from bowcore.jobs.progress import time_left

WORTH_A_BAR = 0.5  # seconds; what is done sooner needs none


@dataclass(frozen=True, slots=True)
class Stage:
    """One value: what it is called, the seconds that it usually takes, and the cached function that gives it."""

    name: str
    usual: float
    make: Callable[[], Any]


def in_stages(key: str, stages: Sequence[Stage]) -> None:
    """Make every value, so that whoever asks for them afterwards finds them made; `key` names these very values.

    Between two stages a run can be stopped.
    """
    made: set[str] = st.session_state.setdefault("made_in_stages", set())
    if key in made or sum(stage.usual for stage in stages) < WORTH_A_BAR:
        return
    place = st.empty()
    bar = place.container(key="in_stages").empty()
    began = time.perf_counter()
    try:
        for n_done, stage in enumerate(stages):
            bar.progress(*progress(stages, n_done, time.perf_counter() - began))
            stage.make()
    finally:
        place.empty()
    made.add(key)


def progress(stages: Sequence[Stage], n_done: int, elapsed: float) -> tuple[float, str]:
    """How far they are, 0 to 1, and the stage under way in words, `elapsed` seconds after the first one began.

    The time left is the usual one of what is left, at a pace that counts the stages done by their share of all.
    """
    usual = [stage.usual for stage in stages]
    total, left = sum(usual), sum(usual[n_done:])
    pace = (elapsed + left) / total
    text = f"{stages[n_done].name}, {n_done + 1} of {len(stages)}{time_left(pace * left)}"
    return 1 - left / total, text
