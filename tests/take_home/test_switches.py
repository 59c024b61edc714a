"""The code of Compare's switches fits every combination, and gives their effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bowcore.experiment.experiments import process_experiments
from bowcore.judge.comparison import matrix_change, who_changed
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


def test_more_texts_than_fit_are_left_out(tmp_path: Path) -> None:
    recipe = RECOMMENDED.change(corpus=write_texts(tmp_path), min_documents=1)
    facts = find_facts(recipe)
    for names, fits in (
        (("stop_words", "case", "punctuation", "digits", "stems"), False),
        (("stop_words", "top_n", "weighting", "ngrams"), True),
    ):
        settings = {"switches": find_switches(names, recipe)}
        found = page_code("Compare", recipe, facts, view="switches", settings=settings)
        assert ("product(" in found.text) == fits
        effects_of = page_code("Compare", recipe, facts, view="switches", settings=settings, part="Effects")
        assert ("holm" in effects_of.text) == fits


def test_which_texts_were_fixed_and_broken(tmp_path: Path) -> None:
    recipe = RECOMMENDED.change(corpus=write_texts(tmp_path), min_documents=1)
    before = recipe.change(weighting="count", min_documents=60)
    sides = [process_experiments().answer(side) for side in (before, recipe)]
    settings = {"before": before, "now": recipe}
    found, _ = run("Compare", recipe, sides[1], tmp_path, view="runs", settings=settings, part="Fixed and broken")
    labels, predictions = sides[0].labels, [side.predictions for side in sides]
    expected = who_changed(labels, *predictions)
    who = {kind: np.flatnonzero(mask).tolist() for kind, mask in found["who"]["naive Bayes"].items()}
    assert who == {name: getattr(expected, name).tolist() for name in ("fixed", "broken", "moved")}
    assert all(map(len, who.values()))
    change = matrix_change(labels, *predictions, 3)
    assert found["changes"]["naive Bayes"].to_numpy().tolist() == change.tolist()
