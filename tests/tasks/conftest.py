"""Every test here has its own home and runs database, and processes that end with it."""

import pytest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.memo import process_memo
from tests.disks import small_disk  # noqa: F401 - a fixture
from tests.own_home import eventually, handlers, home, start, start_worker  # noqa: F401 - fixtures

ABOUT = Provenance("Home-made", "written for this test", "none")


def lines():
    rows = range(200)
    titles = [f"News {row} of bread" for row in rows]
    endings = ("the oven #39;s hot", "a &quot;crust&quot; of dough", "see www.bread.example now", "plain dough")
    bodies = [f"OSLO ({'OVENPRESS' if row % 2 else 'TIDEWIRE'}) - {endings[row % 4]}, day {row}" for row in rows]
    labels = [row % 2 for row in rows]
    return make_corpus("lines", titles, bodies, labels, ("a", "b"), rule=SplitRule(0.2, 0.2), provenance=ABOUT)


@pytest.fixture
def corpus(monkeypatch):
    """Articles of two agencies with leftovers of the web, as the corpus `lines`."""
    monkeypatch.setitem(sources.SOURCES, "lines", Source("lines", ABOUT, lambda _: lines(), lambda: True))
    process_memo().clear()
    return lines()
