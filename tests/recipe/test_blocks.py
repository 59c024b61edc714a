"""Blocks and models as lines of text: one form each, refused with what is allowed."""

import pytest

from bowcore.errors import RecipeError
from bowcore.recipe.blocks import Block, Model
from bowcore.recipe.differences import differences
from bowcore.recipe.in_words import recipe_in_words
from bowcore.recipe.recipe import Recipe

BLOCKS = ("words 1-2 ratio-idf", "characters 2-5 case tfidf x0.5", "tags counts", "digits ratio")
MODELS = ("svm 1", "logistic 20 on 1+2", "bayes 0.1")


def test_a_block_is_the_line_that_describes_it() -> None:
    assert Block.parse(BLOCKS[1]) == Block("characters", 2, 5, True, "tfidf", 0.5)
    assert [Block.parse(line).text for line in BLOCKS] == list(BLOCKS)
    assert [Model.parse(line).text for line in MODELS] == list(MODELS)
    assert Model.parse("svm 0.50 on 2+1").text == "svm 0.5 on 1+2"


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("blocks", "letters 1-2 tfidf", "not a block"),
        ("blocks", "words 1-2", "not a block"),
        ("blocks", "words 1-2 log", "not a block"),
        ("blocks", "words 2-1 tfidf", "1 to 3 parts"),
        ("blocks", "words 0-1 tfidf", "1 to 3 parts"),
        ("blocks", "words 1-4 tfidf", "1 to 3 parts"),
        ("blocks", "characters 2-9 tfidf", "1 to 8 parts"),
        ("blocks", "tags 1-1 tfidf", "1 to 1 parts"),
        ("blocks", "words 1-1 case tfidf", "only characters"),
        ("blocks", "words 1-1 tfidf x0", "above 0"),
        ("models", "forest 1", "not a model"),
        ("models", "svm 0", "C is between 0.0001"),
        ("models", "bayes 0", "the number added is between 0.0001"),
        ("joining", "vote", "must be one of mean, stacking"),
        ("models", "svm 1 on 1", "there are 0"),
    ],
)
def test_a_line_that_is_no_block_or_model_is_refused_with_what_is_allowed(name: str, line: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        Recipe().change(**{name: line if name == "joining" else (line,)})
    assert caught.value.field == name


def test_lines_are_few_and_all_different() -> None:
    with pytest.raises(RecipeError, match="at most 8"):
        Recipe().change(blocks=tuple(f"words 1-1 tfidf x{n}" for n in range(1, 10)))
    with pytest.raises(RecipeError, match="twice"):
        Recipe().change(blocks=("words 1-1 tfidf", "words 1-1 tfidf x1.0"))


def test_blocks_survive_links_and_toml_and_change_no_key_of_the_words() -> None:
    recipe = Recipe().change(blocks=BLOCKS, models=MODELS)
    assert Recipe.from_link(recipe.to_link()) == recipe == Recipe.from_toml(recipe.to_toml())
    assert recipe.key("weighting") == Recipe().key("weighting")
    assert recipe.key("blocks") != Recipe().key("blocks")
    # the key that recipes had before there were blocks
    assert Recipe().key() == "99f6fe8aa7216e323bf37886"


def test_the_sentence_of_a_recipe_names_its_blocks_and_their_models() -> None:
    recipe = Recipe().change(blocks=BLOCKS[:2], models=MODELS)
    assert recipe_in_words(recipe).endswith(
        " · blocks: words 1–2 (log-count ratios × IDF) + characters 2–5, case kept (TF-IDF, weight 0.5); "
        "mean of linear SVM, C = 1 + logistic regression, C = 20 on block 1 and 2 + naive Bayes, 0.1 added"
    )
    assert "; stacking of linear SVM, C = 1 + " in recipe_in_words(recipe.change(joining="stacking"))
    assert not {"blocks", "mean"} & set(recipe_in_words(Recipe()).split())
    assert [model.text for model in Recipe().change(blocks=BLOCKS).blocks.voters] == ["svm 1"]


def test_the_mean_is_how_recipes_join_models_and_changes_no_key_or_link_of_theirs() -> None:
    several = Recipe().change(blocks=("words 1-2 tfidf", "characters 2-3 ratio"), models=("svm 1", "logistic 5 on 2"))
    # key and link of the recipe before there was another way
    assert several.key() == "b7768cba4ee05fe1303b8e91"
    assert several.to_link().endswith(
        "blocks=words%201-2%20tfidf,characters%202-3%20ratio;models=svm%201,logistic%205%20on%202"
    )
    stacked = several.change(joining="stacking")
    assert stacked.key("blocks") != several.key("blocks") and stacked.key("weighting") == several.key("weighting")
    assert Recipe.from_link(stacked.to_link()) == stacked == Recipe.from_toml(stacked.to_toml())
    (one,) = differences(several, stacked)
    assert one.arrow == "Models joined by: Mean of votes → Stacking"
    assert stacked.blocks.stacked and not several.change(models=("svm 1",), joining="stacking").blocks.stacked
