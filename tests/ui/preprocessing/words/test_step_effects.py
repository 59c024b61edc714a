"""The table of steps, and the repair of leftovers among them."""

from __future__ import annotations

import pyarrow as pa

from bowcore.text.repair import repair
from bowcore.text.step_cache import StepCost
from bowcore.text.units import number_units
from bowcore.trace.repair_effect import repair_effect
from ui.preprocessing.words.step_effects import OUTCOMES, affected_table, effects_table, step_name

LINES = ["soup #39;s hot", "hot soup", "hot\\\\pan of soup", "see lt;b/gt; soup"]


def test_the_repair_has_a_number_in_every_column_like_a_step() -> None:
    texts = pa.array(LINES, pa.large_string())
    effect = repair_effect([texts], number_units(texts), number_units(repair(texts)))
    (row,) = effects_table((effect,), (StepCost("repair", 0.25, 0, 0, from_cache=False),)).to_dict("records")
    assert row == {
        "step": "Leftovers",
        "time": "250.0 ms, computed",
        "words before": 7,  # soup #39;s hot hot\\pan of see lt;b/gt;
        "dropped": 1,
        "changed": 2,  # soup and #39;s, where they join
        "split": 1,
        "merged": 2,
        "words after": 6,  # soup's hot soup pan of see
        "tokens before": 11,
        "tokens lost": 1,
        "tokens after": 10,  # one dropped, one joined, one more by splitting
    }
    assert set(OUTCOMES) < set(row)
    assert affected_table(effect.changed).to_dict("records") == [
        {"before": "soup #39;s", "tokens": 1, "after": "soup's"}
    ]


def test_every_step_has_its_name_on_screen() -> None:
    assert [step_name(name) for name in ("repair", "lower_case", "unheard of")] == [
        "Leftovers",
        "Lower case",
        "unheard of",
    ]
