"""The panel of blocks: added from the preset, fitted by a job, with parts that add up to the score shown."""

import numpy as np
import pytest

from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import work
from tests.pages.opening import assert_in_shell, by_label, metric, open_page, shown
from ui.state import session

SMALL = PRESETS["recommended"].change(training_articles=150, text_used="headline", min_documents=2)


def test_the_blocks_of_the_preset_are_added_and_their_lines_changed() -> None:
    app = open_page("preprocessing.py", SMALL, preprocessing_view="Matrix", matrix_panel="Blocks")
    assert_in_shell(app)
    assert "has no blocks" in shown(app)
    app.button(key="blocks_add").click().run()
    assert_in_shell(app)
    recipe: Recipe = app.session_state["recipe"]
    assert recipe.blocks == PRESETS["best"].blocks
    assert "words 1–2" in shown(app) and "not the blocks" in shown(app)
    by_label(app.text_area, "Blocks").set_value("words 1-1 tfidf\nletters").run()
    assert "'letters' is not a block" in shown(app)
    assert app.session_state["recipe"].blocks == recipe.blocks
    assert session.DEFAULT.blocks.blocks == ()


@pytest.mark.parametrize("models", [("svm 1",), ("svm 1", "logistic 5 on 1")])
def test_a_job_fits_the_blocks_and_the_parts_add_up(models: tuple[str, ...]) -> None:
    recipe = SMALL.change(blocks=("words 1-1 tfidf", "characters 2-3 ratio"), models=models)
    app = open_page("preprocessing.py", recipe, preprocessing_view="Matrix", matrix_panel="Blocks")
    by_label(app.button, "Fit the blocks").click().run()
    work("long", until_idle=True)
    app.run()
    assert_in_shell(app)
    sizes, parts = (frame.value for frame in app.dataframe[:2])
    assert sizes["columns"].sum() == int(metric(app, "Columns").replace(",", ""))
    assert sizes["block"].tolist() == ["words (TF-IDF)", "characters 2–3 (log-count ratios)"]
    assert parts.index.tolist() == [*sizes["block"], "intercept", "score"]
    np.testing.assert_allclose(parts.iloc[:-1].sum(), parts.loc["score"], atol=1e-4)
    text = shown(app)
    assert "of 334 validation articles; always guessing" in text and "fitted on 150 training articles" in text
    assert ("Each alone" in text) == (len(models) > 1)
