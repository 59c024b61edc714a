"""The code of Compare's switches fits every combination, and gives their effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bowcore.experiment.experiments import process_experiments
from bowcore.judge.factorial import against_none, effects
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code
from bowcore.tasks.switches import Switch, find_switches, switched
from tests.take_home.test_judged import write_texts
from tests.take_home.test_page_code import RECOMMENDED, run

SHORT = Switch("fewer", "fewer terms", {"vocabulary_size": 12}, {"vocabulary_size": 0})


def test_every_combination_of_switches_and_their_effects(tmp_path: Path) -> None:
    recipe = RECOMMENDED.change(corpus=write_texts(tmp_path), min_documents=1)
    switches = (*find_switches(("weighting", "ngrams", "punctuation"), recipe), SHORT)
    answer = process_experiments().answer(recipe)
    settings = {"switches": switches}
    found, _ = run("Compare", recipe, answer, tmp_path, view="switches", settings=settings, part="Effects")
    right = found["right"]
    assert len(right) == 16
    for on in ((False, False, False, False), (True, True, False, True), (True, False, True, False)):
        fit = process_experiments().fit(switched(recipe, switches, on), lambda: False)
        assert ((fit.predictions == answer.labels) != right[on]).sum() <= 1, on
    by_seed = {on: of[None, :] for on, of in right.items()}
    columns = ["points", "low", "high", "p", "holm"]
    for ours, table in (
        (effects(by_seed, [one.name for one in switches]), found["effects"]),
        (against_none(by_seed), found["against"]),
    ):
        expected = [[one.difference, one.low, one.high, one.p_value, one.p_holm] for one in ours]
        np.testing.assert_allclose(table[columns], expected, atol=1e-6)


def test_more_texts_than_fit_are_left_out() -> None:
    names = ("stop_words", "case", "punctuation", "digits", "stems", "headline")
    settings = {"switches": find_switches(names, RECOMMENDED)}
    found = page_code("Compare", RECOMMENDED, find_facts(RECOMMENDED), view="switches", settings=settings)
    assert "product(" not in found.text
    few = {"switches": find_switches(("stop_words", "top_n", "weighting", "ngrams"), RECOMMENDED)}
    assert "product(" in page_code("Compare", RECOMMENDED, find_facts(RECOMMENDED), view="switches", settings=few).text
