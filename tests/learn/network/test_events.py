import json
from dataclasses import asdict

import pytest

from bowcore.learn.network.events import BatchDone, EpochDone, Finished, Started

EXAMPLES = [
    Started(105, 60, 30, 20, 4, 2, 6, 12_000),
    BatchDone(1, 3, 6, 0.123456789012345678, 2 / 3, 0.25),
    EpochDone(1, 2, 0.7, 0.71, 0.8, 0.6, 0.85, 60, 0.9, 0.75, 0.5, 0.125),
    Finished(1, 2, False, 1.5),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_of_json_with_every_digit(event):
    line = event.to_json()
    assert "\n" not in line
    assert json.loads(line) == {"event": type(event).__name__, **asdict(event)}


def test_an_event_with_nan_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        BatchDone(1, 3, 6, float("nan"), 0.5, 0.25).to_json()
