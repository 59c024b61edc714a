"""The panel of blocks: added from the preset, fitted by a job, with parts that add up to the score shown."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from scipy.stats import binomtest

from bowcore.experiment.experiments import process_experiments
from bowcore.numbers import p_value
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import find_fit, read_parts, read_votes
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


LINES = ("words 1-1 tfidf", "characters 2-3 ratio")


@pytest.mark.parametrize(
    ("models", "joining"),
    [(("svm 1",), "mean"), (("svm 1", "logistic 5 on 1"), "mean"), (("svm 1", "bayes 0.1"), "stacking")],
)
def test_a_job_fits_the_blocks_and_the_parts_add_up(models: tuple[str, ...], joining: str) -> None:
    recipe = SMALL.change(blocks=LINES, models=models, joining=joining)
    app = open_page("preprocessing.py", recipe, preprocessing_view="Matrix", matrix_panel="Blocks")
    by_label(app.button, "Fit the blocks").click().run()
    work("long", until_idle=True)
    app.run()
    assert_in_shell(app)
    tables = [frame.value for frame in app.dataframe]
    sizes = tables[0]
    parts = next(table for table in tables if "intercept" in table.index)
    assert sizes["columns"].sum() == int(metric(app, "Columns").replace(",", ""))
    assert sizes["block"].tolist() == ["words (TF-IDF)", "characters 2–3 (log-count ratios)"]
    assert parts.index.tolist() == [*sizes["block"], "intercept", "score"]
    np.testing.assert_allclose(parts.iloc[:-1].sum(), parts.loc["score"], atol=1e-4)
    text = shown(app)
    assert "of 334 validation articles; always guessing" in text and "fitted on 150 training articles" in text
    rivals = [table for table in tables if "McNemar p" in table]
    assert len(rivals) == (len(models) > 1)
    if joining == "stacking":
        check_stacked(recipe, rivals[0], text)
        weights = next(table for table in tables if any("margin for" in str(name) for name in table.index))
        assert weights.shape == (2 * 5, 5)


def check_stacked(recipe: Recipe, rivals: pd.DataFrame, text: str) -> None:
    """The table against the votes and parts that the artefact holds."""
    experiments = process_experiments()
    found = find_fit(recipe, experiments.corpus(recipe).digest)
    assert found is not None and found.stack is not None
    truth = experiments.split(recipe).validation.labels
    votes, parts = read_votes(found.artefact), read_parts(found.artefact)
    assert votes is not None and parts is not None
    now = votes.argmax(axis=1) == truth
    scores = parts.parts.sum(axis=2) + parts.intercepts[:, None]
    alone = scores[:2].argmax(axis=2) == truth
    np.testing.assert_array_equal(scores[2].argmax(axis=1) == truth, now)
    of_svm, of_bayes = 3 * scores[0], scores[1]
    mean = (softmax(of_svm, axis=1) + softmax(of_bayes, axis=1)).argmax(axis=1) == truth
    assert rivals["answer"].tolist()[1:] == ["mean of their votes", *(model.words for model in found.models)]
    assert rivals["accuracy (95 %)"][0].startswith(f"{100 * now.mean():.1f}")
    for row, before in enumerate((mean, *alone), 1):
        n_fixed, n_broken = int((now & ~before).sum()), int((before & ~now).sum())
        assert (rivals["fixed"][row], rivals["broken"][row]) == (f"{n_fixed:,}", f"{n_broken:,}")
        p = binomtest(n_fixed, n_fixed + n_broken).pvalue if n_fixed + n_broken else 1.0
        assert rivals["McNemar p"][row] == p_value(p)
    assert rivals["weight"].tolist()[2:] == [f"{weight:.2f}" for weight in found.stack.of_models]
    assert "Stacking of 2 models" in text and "Stacking in place of the mean: " in text


def test_models_of_other_kinds_are_added_and_stacked_and_undone() -> None:
    recipe = SMALL.change(blocks=LINES, models=("svm 0.5",))
    app = open_page("preprocessing.py", recipe, preprocessing_view="Matrix", matrix_panel="Blocks")
    choice = by_label(app.segmented_control, "Models joined by")
    assert choice.disabled and choice.help
    app.button(key="blocks_models_add").click().run()
    assert app.session_state["recipe"].blocks.models == ("svm 0.5", "logistic 10", "bayes 0.1")
    choice = by_label(app.segmented_control, "Models joined by")
    assert not choice.disabled
    choice.set_value("stacking").run()
    assert_in_shell(app)
    assert app.session_state["recipe"].blocks.stacked
    by_label(app.button, "Undo").click().run()
    assert not app.session_state["recipe"].blocks.stacked
