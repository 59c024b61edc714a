"""Several finished seeds of one recipe: every page that shows the network's number shows their mean ± sd and n."""

from __future__ import annotations

import numpy as np
import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.store.keys import result_key
from bowcore.tasks.finished_runs import seeds_of
from bowcore.tasks.report import payload
from bowcore.tasks.runner import work
from bowcore.tasks.seed_runs import request
from report.facts import gather
from report.sections import headline, sections
from tests.pages.opening import assert_in_shell, by_label, facts, open_page, shown, status, visit
from tests.pages.plain import RECOMMENDED

SMALL = RECOMMENDED.change(vocabulary_size=500, training_articles=200, hidden=8, epochs=2, network_seed=1)


def test_the_networks_number_is_the_mean_of_its_seeds_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = Experiments().corpus(SMALL).digest
    before = payload(SMALL, digest, "network")
    jobs.submit("train", {"recipe": SMALL.to_toml()}, "long", result_key(SMALL, "network", digest))
    work("long", until_idle=True)
    app = open_page("playground.py", SMALL)
    by_label(app.get("segmented_control"), "Judged by").set_value("network").run()
    assert "±" not in status(app) and "right, " in status(app)
    alone = payload(SMALL, digest, "network")
    request(SMALL, digest)
    work("long", until_idle=True)
    group = seeds_of(SMALL, digest)
    assert group is not None and group.n == 5
    mean, sd = 100 * np.mean(group.shares), 100 * np.std(group.shares, ddof=1)
    words = f"{mean:.1f} ± {sd:.1f} %"
    assert_in_shell(app.run())
    assert f"Network has **{words}, n = 5 seeds** right" in status(app).replace("\N{NO-BREAK SPACE}", " ")
    assert f"{words}, n = 5" in facts(app).replace("\N{NO-BREAK SPACE}", " ")
    card = shown(app).replace("\N{NO-BREAK SPACE}", " ")
    assert words in card and "n = 5 seeds, of 334" in card and "Each seed's accuracy: " in card.replace("&#x27;", "'")
    visit(app, "confusion.py")
    page = shown(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "This is the network of seed 1." in page and f"**{words}, n = 5** of all 334" in page
    visit(app, "playground.py")
    app.session_state["judge"] = "naive-bayes"
    by_label(app.get("segmented_control"), "Judged by").set_value("naive-bayes").run()
    assert "Network, 5 seeds" in shown(app) and words in shown(app).replace("\N{NO-BREAK SPACE}", " ")

    visit(app, "training.py")
    by_label(app.get("segmented_control"), "View").set_value("Seeds").run()
    start = app.button(key="seeds_start")
    assert (start.disabled, start.help) == (True, "The seeds 0, 1, 2, 3, 4 are trained.")

    assert len({wanted["name"] for wanted in (before, alone, payload(SMALL, digest, "network"))}) == 3
    monkeypatch.setattr("report.facts._copies", lambda answer: None)
    found = gather(SMALL, "network", "", lambda: False)
    assert found is not None
    assert headline(found).replace("\N{NO-BREAK SPACE}", " ").startswith(f"Network: {words}, n = 5 (mean ±")
    (training,) = [section for section in sections(found) if section.title == "Training"]
    seeds = training.figures[-1].table
    assert seeds is not None and [row[0] for row in seeds.rows] == ["0", "1", "2", "3", "4"]
