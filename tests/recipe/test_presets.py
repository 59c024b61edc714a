import pytest

from bowcore.errors import RecipeError
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_survives_its_toml_and_its_link(name: str) -> None:
    recipe = preset(name)
    assert Recipe.from_toml(recipe.to_toml()) == recipe == Recipe.from_link(recipe.to_link())


def test_a_preset_may_be_asked_for_another_corpus() -> None:
    recipe = preset("recommended", corpus="ag-news")
    assert recipe.corpus.corpus == "ag-news"
    assert recipe.change(corpus="bbc-news") == preset("recommended")


def test_an_unknown_preset_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(RecipeError, match=r"no preset 'better'; presets are .*tutorial-baseline") as caught:
        preset("better")
    assert caught.value.field == "preset"


def test_the_tutorial_trains_two_epochs_in_batches_of_1920_and_keeps_the_last() -> None:
    network = preset("tutorial-baseline").network
    assert (network.epochs, network.batch_size, network.learning_rate) == (2, 1920, 0.001)
    assert (network.optimiser, network.keep) == ("rmsprop", "last")


def test_no_preset_limits_the_vocabulary_of_the_tutorials_counts() -> None:
    recipe = preset("tutorial-baseline")
    assert recipe.vocabulary == Recipe().vocabulary
    assert recipe.weighting.weighting == "count"
