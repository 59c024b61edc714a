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
    view = {
        "Data": "overview",
        "Words": "rank-curve",
        "Preprocessing": "what-each-step-did",
        "Compare": "runs",
        "Training": "curves",
    }.get(title, "")
    settings = {"step": "possessives"} if title == "Preprocessing" else {}
    expected = page_code(title, recipe, find_facts(recipe), view=view, settings=settings)
    assert expected.text in [block.value for block in app.code]


def test_the_code_is_that_of_the_view_that_is_open() -> None:
    app = open_page("words.py", RECOMMENDED, words_view="Typical words")
    app.select_slider(key="words_prior").set_value(1_000)
    app.button(key="show_code").click().run()
    settings = {"prior": 1_000}
    expected = page_code("Words", RECOMMENDED, find_facts(RECOMMENDED), view="typical-words", settings=settings)
    assert "prior = 1000 *" in expected.text
    assert expected.text in [block.value for block in app.code]


@pytest.mark.parametrize(
    ("file", "choices", "part"),
    [
        ("data.py", {"data_view": "Articles"}, '"texts found"'),
        ("preprocessing.py", {"preprocessing_panel": "Order"}, "lineage = "),
        ("preprocessing.py", {"preprocessing_view": "Matrix"}, "ways['TF-IDF'] = "),
        ("confusion.py", {"confusion_view": "Calibration"}, "ece = "),
        ("confusion.py", {"cell_view": "Words"}, "margins = "),
        ("preprocessing.py", {"preprocessing_view": "Matrix", "matrix_panel": "Cells"}, "columns = columns[0:20]"),
    ],
)
def test_the_code_is_that_of_the_open_panel(file: str, choices: dict[str, str], part: str) -> None:
    app = open_page(file, RECOMMENDED, **choices)
    app.button(key="show_code").click().run()
    assert any(part in block.value for block in app.code)
