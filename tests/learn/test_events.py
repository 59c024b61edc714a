import json

import pytest

from bowcore.errors import RunError
from bowcore.learn.events import BatchDone, EpochDone, Event, Finished, Started

EXAMPLES = [
    Started(105, 60, 30, 20, 4, 2, 6, 12_000),
    BatchDone(1, 3, 6, 0.123456789012345678, 2 / 3, 0.25),
    EpochDone(1, 2, 0.7, 0.71, 0.8, 0.6, 0.85, 60, 0.9, 0.75, 0.5, 0.125),
    Finished(1, 2, False, 1.5),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_json_exactly(event):
    line = event.to_json()
    assert "\n" not in line
    assert json.loads(line)["event"] == type(event).__name__
    assert Event.from_json(line) == event


@pytest.mark.parametrize("line", ["", "[]", "3", "{}", '{"event": "Danced"}', '{"event": "Finished", "epoch": 1}'])
def test_a_line_that_is_no_event_is_refused(line):
    with pytest.raises(RunError, match="not a training event"):
        Event.from_json(line)
