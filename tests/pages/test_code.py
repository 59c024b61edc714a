"""The code of each page, opened by one button in the same place, and the notebook in *Share*."""

from __future__ import annotations

import pytest

from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code
from tests.pages.opening import PAGES, assert_in_shell, open_page
from tests.pages.plain import RECOMMENDED

TITLES = {"confusion.py": "Confusion matrix"}


@pytest.mark.parametrize("file", PAGES)
def test_the_button_opens_the_code_of_the_page_for_its_recipe(file: str) -> None:
    recipe = RECOMMENDED.change(lower_case=False)
    app = open_page(file, recipe)
    app.button(key="show_code").click().run()
    assert_in_shell(app)
    title = TITLES.get(file, file.removesuffix(".py").capitalize())
    assert page_code(title, recipe, find_facts(recipe)).text in [block.value for block in app.code]


def test_the_code_is_that_of_the_view_that_is_open() -> None:
    app = open_page("words.py", RECOMMENDED, words_view="Typical words")
    app.button(key="show_code").click().run()
    expected = page_code("Words", RECOMMENDED, find_facts(RECOMMENDED), view="typical-words")
    assert "prior = " in expected.text
    assert expected.text in [block.value for block in app.code]
