"""The learning curve's estimate of its time."""

from __future__ import annotations

import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.recipe.recipe import Recipe
from ui.compare import curve


@pytest.mark.parametrize("model", ["logistic", "network"])
def test_a_recipe_of_few_articles_is_told_the_time_of_all_since_the_curve_learns_from_all(
    model: curve.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiments = Experiments()
    whole = Recipe().change(hidden=16, epochs=2)
    few = whole.change(training_articles=200)
    found = []
    for recipe in (whole, few):
        monkeypatch.setattr(curve.session, "recipe", lambda recipe=recipe: recipe)
        found.append(curve._seconds(experiments.answer(recipe), model) - 2)
    assert len(experiments.answer(few).matrix.rows) == 200
    assert found[1] == pytest.approx(found[0], rel=0.25), "less, if only the recipe's articles were counted"
