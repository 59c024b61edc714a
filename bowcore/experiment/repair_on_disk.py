"""The effect of the repair of leftovers, stored on disk: following every word of 60,000 articles takes two seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bowcore.experiment import stages
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.on_disk import open_stored, worth_keeping
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.trace.lineage import Affected, Fate, StepEffect

N_EXAMPLES = 20
"""Of each outcome."""
_CODE = ("experiment/repair_on_disk.py", "trace/repair_effect.py", "trace/lineage.py")
_FILE = "effect.json"
_OUTCOMES = ("dropped", "split", "changed", "merged")


def open_repair_effect(experiments: Experiments, recipe: Recipe) -> StepEffect:
    """What the repair did to the words of the open articles, from disk if it is stored there.

    Args:
        experiments: Read the articles.
        recipe: A recipe with the repair, of words as they are written.
    """
    split, digest = experiments.split(recipe), experiments.corpus(recipe).digest

    def follow() -> StepEffect:
        raw, repaired = experiments.reading(recipe.change(repair=False)), experiments.reading(recipe)
        return stages.trace_repair(split, recipe.text, raw.units, repaired.units, N_EXAMPLES)

    def is_of_the_key(effect: StepEffect) -> bool:
        return experiments.corpus(recipe).digest == digest  # no file was exchanged while it was followed

    is_kept = worth_keeping(recipe, split.n_open)
    key = f"repair-{result_key(recipe, 'text', digest, _CODE)}" if is_kept else ""
    return open_stored(key, recipe, _read, follow, _write, is_of_the_key)


def _write(effect: StepEffect, folder: Path) -> None:
    (folder / _FILE).write_text(json.dumps(asdict(effect)), encoding="utf-8")


def _read(folder: Path) -> StepEffect:
    stored: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    outcomes = {name: _affected(stored[name]) for name in _OUTCOMES}
    signs = tuple((sign, n) for sign, n in stored["lost_signs"])
    return StepEffect(**(stored | outcomes | {"lost_signs": signs}))


def _affected(stored: Mapping[str, Any]) -> Affected:
    top = tuple(Fate(fate["before"], tuple(fate["after"]), fate["occurrences"]) for fate in stored["top"])
    return Affected(stored["n_strings"], stored["n_tokens"], top)
