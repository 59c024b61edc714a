"""Named slices: saved where articles are read, kept in the address, used where mistakes are looked at."""

from __future__ import annotations

import re

import numpy as np
from sklearn.metrics import confusion_matrix
from streamlit.testing.v1 import AppTest

from bowcore.corpus.slices import Slice, to_link
from tests.pages.opening import ROOT, assert_in_shell, by_label, number, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, articles, class_names, plain


def articles_view(app: AppTest | None = None) -> AppTest:
    app = app or open_page("data.py")
    return app.segmented_control(key="data_view").set_value("Articles").run()


def with_slices(file: str, *slices: Slice, link: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60)
    app.query_params["slices"] = to_link(slices) if link is None else link
    return visit(app, file)


def address(app: AppTest) -> str:
    value = app.query_params["slices"]
    return value[0] if isinstance(value, list) else str(value)


def holding(part: str, word: str) -> np.ndarray:
    return np.array([word in f"{title} {body}".lower() for title, body, _ in articles(part)])


def test_a_search_is_saved_under_a_name_with_its_sizes_and_reaches_the_address() -> None:
    app = articles_view()
    by_label(app.text_input, "Search").set_value("oil").run()
    app.session_state["slices_box"] = True
    app.run()
    n = holding("train", "oil").sum(), holding("validation", "oil").sum()
    assert f"{n[0]:,} training and {n[1]:,} validation articles" in shown(app)
    app.text_input(key="slice_name").set_value("oily").run()
    app.button(key="slice_save").click().run()
    assert_in_shell(app)
    assert address(app) == "1;n=oily,q=oil"
    app.session_state["slices_box"] = True
    app.run()
    assert "**oily** · holds “oil”" in shown(app)
    app.button(key="slice_drop_oily").click().run()
    assert "slices" not in app.query_params
    assert "oily" not in shown(app)


def test_a_length_is_part_of_what_is_saved() -> None:
    app = articles_view()
    app.session_state["slices_box"] = True
    app.run()
    app.number_input(key="slice_high_0").set_value(150).run()
    lengths = [len(f"{title} {body}".split()) for title, body, _ in articles("validation")]
    assert f"{sum(n <= 150 for n in lengths)} validation articles" in shown(app)


def test_a_regular_expression_is_searched_for_and_a_broken_one_is_explained() -> None:
    app = articles_view()
    app.checkbox(key="browse_regex").set_value(True).run()
    by_label(app.text_input, "Search").set_value(r"\bolympic (gold|silver)\b").run()
    assert_in_shell(app)

    pattern = re.compile(r"\bolympic (gold|silver)\b", re.IGNORECASE)
    expected = sum(
        bool(pattern.search(f"{title} {body}")) for part in ("train", "validation") for title, body, _ in articles(part)
    )
    assert number(r"([\d,]+) articles\. Choose", shown(app)) == expected > 1
    by_label(app.text_input, "Search").set_value("(oil").run()
    assert_in_shell(app)
    assert "no regular expression" in app.error[0].value and "Mend it" in app.error[0].value


def test_the_confusion_matrix_of_a_slice_is_scikit_learns_on_its_articles() -> None:
    app = with_slices("confusion.py", Slice("oily", "oil"))
    app.selectbox(key="confusion_slice").set_value("oily").run()
    assert_in_shell(app)
    expected, inside = plain(RECOMMENDED), holding("validation", "oil")
    counts = confusion_matrix(expected.labels[inside], expected.predictions[inside], labels=range(5))
    cells = app.selectbox(key="confusion_cell")
    names = class_names()
    wanted = {f"true {names[i]}, predicted {names[j]}: {counts[i, j]:,}" for i in range(5) for j in range(5)}
    assert set(cells.options) == wanted
    told = shown(app)
    assert f"right of {inside.sum():,} validation articles of the slice" in told
    guess = np.bincount([label for *_, label in articles("train")]).argmax()
    baseline = (expected.labels[inside] == guess).mean()
    assert f"always guessing {names[guess]} {100 * baseline:.1f} % of them" in told
    i, j = np.unravel_index(counts.argmax(), counts.shape)
    cells.set_value((int(i), int(j))).run()
    assert number(r"([\d,]+) articles\. Choose", shown(app)) == counts.max()


def test_without_a_slice_nothing_is_offered() -> None:
    app = open_page("confusion.py")
    assert "confusion_slice" not in [box.key for box in app.selectbox]


def test_a_slice_without_validation_articles_says_so() -> None:
    app = with_slices("confusion.py", Slice("odd", "zqzqzq"))
    app.selectbox(key="confusion_slice").set_value("odd").run()
    assert_in_shell(app)
    assert "No validation article is in this slice" in app.info[0].value


def test_slices_of_a_link_stay_when_another_page_opens() -> None:
    app = with_slices("words.py", Slice("oily", "oil"), Slice("short", longest=90))
    visit(app, "confusion.py")
    assert app.selectbox(key="confusion_slice").options == ["All articles", "oily", "short"]
    assert address(app) == "1;n=oily,q=oil;n=short,b=90"


def test_a_link_with_broken_slices_is_told_and_the_page_stands() -> None:
    app = with_slices("confusion.py", link="1;n=x,z=3")
    assert_in_shell(app)
    assert "No slice is taken from the link" in app.error[0].value
    assert "slices" not in app.query_params


def test_a_slice_of_a_class_that_the_texts_lack_is_told() -> None:
    app = with_slices("confusion.py", Slice("world", class_name="World"))
    app.selectbox(key="confusion_slice").set_value("world").run()
    assert_in_shell(app)
    assert "which these texts do not have" in app.warning[0].value


def test_choosing_a_cell_in_the_list_makes_a_new_chart_that_can_be_clicked_again() -> None:
    app = open_page("confusion.py")
    cells = app.selectbox(key="confusion_cell")
    cells.set_value((0, 0)).run()
    assert app.session_state["confusion_generation"] == 1
    app.selectbox(key="confusion_cell").set_value((1, 1)).run()
    assert app.session_state["confusion_generation"] == 2
