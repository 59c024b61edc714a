"""The words page: how many terms, how often, and a search among them."""

from __future__ import annotations

from collections import Counter

import pytest

from bowcore.recipe import Recipe
from tests.pages.opening import assert_in_shell, by_label, metric, n_terms, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, tokens

UNTOUCHED = RECOMMENDED.change(lower_case=False, possessives=False, punctuation=False, digits=False, weighting="count")


def counts(recipe: Recipe) -> Counter[str]:
    return Counter(term for article in tokens("train", recipe) for term in article)


@pytest.mark.parametrize("recipe", [RECOMMENDED, UNTOUCHED, RECOMMENDED.change(word_forms="stem")])
def test_the_numbers_on_top_are_those_of_a_plain_counter(recipe: Recipe) -> None:
    app = open_page("words.py", recipe)
    assert_in_shell(app)
    expected = counts(recipe)
    total = sum(expected.values())
    assert metric(app, "Terms (columns)") == f"{len(expected):,}"
    assert n_terms(app) == len(expected)
    assert metric(app, "Tokens in training articles") == f"{total:,}"
    once = sum(n == 1 for n in expected.values())
    assert metric(app, "Terms seen once") == f"{100 * once / len(expected):.1f}\N{NO-BREAK SPACE}%"
    covered = needed = 0
    for _, n in expected.most_common():
        covered, needed = covered + n, needed + 1
        if covered >= 0.9 * total:
            break
    assert metric(app, "Terms that make 90 % of the text") == f"{needed:,}"


def test_the_most_frequent_terms_are_listed_with_both_of_their_counts() -> None:
    app = open_page("words.py")
    table = app.dataframe[0].value
    expected = counts(RECOMMENDED)
    assert table["count"].tolist() == [n for _, n in expected.most_common(100)]
    assert all(expected[term] == n for term, n in zip(table["term"], table["count"], strict=True))
    holding = Counter(term for article in tokens("train", RECOMMENDED) for term in set(article))
    assert table["articles"].tolist() == [holding[term] for term in table["term"]]


def test_a_term_is_found_by_a_part_of_it_and_signs_stand_for_themselves() -> None:
    app = open_page("words.py", UNTOUCHED)
    expected = [term for term in counts(UNTOUCHED) if "(" in term]
    by_label(app.text_input, "Find a term").set_value("(").run()
    assert f"of {len(expected):,} terms" in shown(app)
    assert all("(" in term for term in app.dataframe[0].value["term"])


def test_a_term_that_is_not_there_is_told() -> None:
    app = open_page("words.py")
    by_label(app.text_input, "Find a term").set_value("Quidditch-und-so").run()
    assert_in_shell(app)
    assert "No term holds these letters" in app.info[0].value


@pytest.mark.parametrize("chart", ["Log–log", "Linear bars (tutorial)", "How often", "Coverage"])
def test_every_chart_states_its_finding_and_the_choice_outlives_a_change_of_page(chart: str) -> None:
    app = open_page("words.py")
    by_label(app.get("segmented_control"), "Chart").set_value(chart).run()
    visit(visit(app, "data.py"), "words.py")
    assert_in_shell(app)
    assert by_label(app.get("segmented_control"), "Chart").value == chart
    assert len(app.get("vega_lite_chart")) == 1


def test_a_recipe_with_one_term_still_draws_its_page() -> None:
    app = open_page("words.py", RECOMMENDED.change(vocabulary_size=1))
    assert_in_shell(app)
    assert metric(app, "Terms (columns)") == "1"
    assert app.dataframe[0].value["term"].tolist() == ["the"]
