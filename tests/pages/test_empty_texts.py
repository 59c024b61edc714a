"""Articles without a term are reported on every page where there are many, and opened on request."""

from __future__ import annotations

import pytest

from bowcore.experiment.experiments import Experiments
from tests.pages.opening import assert_in_shell, by_label, open_page, shown
from tests.pages.plain import RECOMMENDED, tokens

MANY = RECOMMENDED.change(text_used="headline", vocabulary_size=20)
FEW = RECOMMENDED.change(text_used="headline", vocabulary_size=2_000)


def n_empty(recipe, vocabulary):
    return [sum(not vocabulary & set(terms) for terms in tokens(part, recipe)) for part in ("train", "validation")]


@pytest.mark.parametrize("page", ["playground.py", "words.py"])
def test_many_articles_without_a_term_are_a_warning_on_every_page(page):
    app = open_page(page, MANY)
    assert_in_shell(app)
    (warning,) = [each.value for each in app.warning if "have no term" in each.value]
    vocabulary = set(Experiments().matrix(MANY).vocabulary.terms.to_pylist())
    train, validation = n_empty(MANY, vocabulary)
    assert f"{train:,} of 1,557 training articles and {validation:,} of 334 validation articles have no term" in warning
    assert "Raise the vocabulary size" in warning


def test_few_are_reported_on_the_pages_that_inspect_texts_alone():
    assert "have no term" in shown(open_page("data.py", FEW))
    assert "have no term" not in shown(open_page("playground.py", FEW))


def test_none_are_not_reported():
    assert "have no term" not in shown(open_page("data.py", RECOMMENDED))


def test_the_articles_are_read_in_a_dialog():
    app = open_page("data.py", FEW)
    by_label(app.button, "Read them").click().run()
    assert_in_shell(app)
    assert "Word by word under this recipe" in shown(app)
