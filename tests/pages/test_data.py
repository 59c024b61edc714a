"""The data page: counts, duplicates, search, paging, one article."""

from __future__ import annotations

from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.recipe import Recipe
from tests.pages.opening import assert_in_shell, by_label, metric, number, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, articles, class_names


def texts(part: str) -> list[str]:
    return [f"{title} {body}" for title, body, _ in articles(part)]


def view(name: str, recipe: Recipe | None = None) -> AppTest:
    """A new session that looks at one view of the page."""
    app = open_page("data.py", recipe)
    return app.segmented_control(key="data_view").set_value(name).run()


def search(app: AppTest, words: str) -> AppTest:
    return by_label(app.text_input, "Search").set_value(words).run()


def listed(app: AppTest) -> int:
    """How many articles the list says it found."""
    return number(r"([\d,]+) articles\. Choose", shown(app))


def test_the_three_splits_are_counted() -> None:
    app = open_page("data.py")
    assert_in_shell(app)
    assert metric(app, "Training") == f"{len(articles('train')):,}" == "1,557"
    assert metric(app, "Validation") == f"{len(articles('validation'))}" == "334"
    assert metric(app, "Test, sealed") == "334"


def test_exact_duplicates_are_counted_like_a_counter_of_whole_texts() -> None:
    app = view("Duplicates")
    table = app.dataframe[0].value.set_index("where")
    train, validation = Counter(texts("train")), Counter(texts("validation"))
    assert table.loc["within training", "texts"] == sum(n > 1 for n in train.values())
    assert table.loc["within training", "articles"] == sum(n for n in train.values() if n > 1)
    assert table.loc["within validation", "texts"] == sum(n > 1 for n in validation.values())
    leaks = train.keys() & validation.keys()
    assert table.loc["both (leak)", "texts"] == len(leaks) > 0
    assert table.loc["both (leak)", "articles"] == sum(train[text] + validation[text] for text in leaks)


@pytest.mark.parametrize("query", ["Chelsea", "don't", "(", "£5m", "<b>"])
def test_a_search_finds_what_python_finds(query: str) -> None:
    app = search(view("Articles"), query)
    expected = [text for part in ("train", "validation") for text in texts(part) if query.lower() in text.lower()]
    if expected:
        assert listed(app) == len(expected)
    else:
        assert "No article holds these words" in shown(app)


def test_a_search_without_a_hit_says_so_and_the_page_goes_on() -> None:
    app = search(view("Articles"), "zzz no such words zzz")
    assert_in_shell(app)
    assert "No article holds these words" in app.info[0].value
    assert listed(search(app, "")) == len(articles("train")) + len(articles("validation"))


def test_class_and_split_narrow_the_search() -> None:
    app = search(view("Articles"), "Chelsea")
    by_label(app.selectbox, "Class").set_value(1 + class_names().index("sports")).run()
    by_label(app.selectbox, "Split").set_value("validation").run()
    sports = class_names().index("sports")
    rows = articles("validation")
    assert listed(app) == sum("chelsea" in f"{t} {b}".lower() and label == sports for t, b, label in rows)
    assert set(app.dataframe[0].value["class"]) == {"sports"}


def test_the_list_turns_its_pages_and_the_article_follows() -> None:
    app = view("Articles")
    first = app.dataframe[0].value["article"].tolist()
    assert len(first) == 10
    assert "Training article 1" in shown(app)
    app.pagination(key="browse_page").set_value(3).run()
    third = app.dataframe[0].value["article"].tolist()
    assert not set(first) & set(third)
    assert third[0].removesuffix(" …") in texts("train")[20]
    assert "Training article 21" in shown(app)


def test_a_page_number_beyond_a_shorter_result_shows_its_last_page() -> None:
    app = view("Articles")
    app.pagination(key="browse_page").set_value(100).run()
    search(app, "Chelsea")
    assert_in_shell(app)
    assert len(app.dataframe[0].value) == (listed(app) - 1) % 10 + 1


def test_an_article_is_shown_raw_as_text_and_never_as_markup() -> None:
    app = view("Articles")
    raw = app.text[0].value
    assert texts("train")[0].split()[:400] == raw.split(" … and ")[0].split()[:400]


def test_the_headline_alone_is_read_when_the_recipe_says_so() -> None:
    app = view("Articles", RECOMMENDED.change(text_used="headline"))
    assert app.text[0].value == articles("train")[0][0]


def test_what_was_searched_is_still_a_good_page_after_another_page_was_open() -> None:
    app = search(view("Articles"), "Chelsea")
    visit(visit(app, "words.py"), "data.py")
    assert_in_shell(app)
    assert listed(app) > 0
