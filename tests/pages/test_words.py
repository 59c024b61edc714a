"""The words page: how many terms, how often, their laws, their classes, and where they stand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.experiments import Experiments
from bowcore.findings.slices import Slice
from bowcore.matrix.frequencies.goodness_of_fit import goodness_of_fit
from bowcore.matrix.frequencies.power_law import best_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import resample_power_law
from bowcore.tasks.runner import work
from tests.pages.opening import assert_in_shell, by_label, metric, n_terms, open_page, read_only, shown, visit
from tests.pages.plain import RECOMMENDED, articles, class_names, terms_of_unit, tokens
from tests.small_corpora import SMALL_CORPORA
from ui.words import word_counts
from ui.words.views import OF_A_SLICE, VIEWS

UNTOUCHED = RECOMMENDED.change(lower_case=False, possessives=False, punctuation=False, digits=False, weighting="count")


def counts(recipe: Recipe) -> Counter[str]:
    return Counter(term for article in tokens("train", recipe) for term in article)


def counts_of(label: int, recipe: Recipe) -> Counter[str]:
    labels = [each for *_, each in articles("train")]
    return Counter(
        term for article, each in zip(tokens("train", recipe), labels, strict=True) if each == label for term in article
    )


def look(view: str, recipe: Recipe | None = None) -> AppTest:
    """The page with one of its views."""
    return open_page("words.py", recipe, words_view=view)


@cache
def seen(view: str = next(iter(VIEWS)), recipe: Recipe = RECOMMENDED) -> AppTest:
    """The same, for tests that only read it."""
    return read_only(look(view, recipe))


@pytest.mark.parametrize("recipe", [RECOMMENDED, UNTOUCHED, RECOMMENDED.change(word_forms="stem")])
def test_the_numbers_on_top_are_those_of_a_plain_counter(recipe: Recipe) -> None:
    app = seen(recipe=recipe)
    assert_in_shell(app)
    expected = counts(recipe)
    total = sum(expected.values())
    assert metric(app, "Terms (columns)") == f"{len(expected):,}"
    assert n_terms(app) == len(expected)
    assert metric(app, "Training tokens") == f"{total:,}"
    once = sum(n == 1 for n in expected.values())
    assert metric(app, "Terms seen once") == f"{100 * once / len(expected):.1f}\N{NO-BREAK SPACE}%"
    covered = needed = 0
    for _, n in expected.most_common():
        covered, needed = covered + n, needed + 1
        if covered >= 0.9 * total:
            break
    assert metric(app, "Terms for 90 % of the text") == f"{needed:,}"


def test_the_most_frequent_terms_are_listed_with_both_of_their_counts() -> None:
    table = seen().dataframe[0].value
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


@pytest.mark.parametrize("view", ["Rank curve", "Word list"])
def test_a_term_that_is_not_there_is_told(view: str) -> None:
    app = look(view)
    by_label(app.text_input, "Find a term").set_value("Quidditch-und-so").run()
    assert_in_shell(app)
    assert "No term contains these letters" in app.info[0].value


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_and_the_choice_outlives_a_change_of_page(view: str) -> None:
    app = visit(visit(look(view), "data.py"), "words.py")
    assert_in_shell(app)
    assert by_label(app.get("segmented_control"), "View").value == view
    n_charts = {"Zipf's law": 3, "Rare words": 2, "Typical words": 5, "Word list": 0}
    assert len(app.get("vega_lite_chart")) == n_charts.get(view, 1)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands_for_a_recipe_of_few_terms_after_a_flip(view: str) -> None:
    app = by_label(open_page("words.py").get("segmented_control"), "View").set_value(view).run()
    app.sidebar.select_slider[0].set_value(500).run()
    assert_in_shell(app)
    assert metric_or_none(app, "Terms (columns)") in ("500", None)
    for size in (1, 500):
        assert_in_shell(seen(view, RECOMMENDED.change(vocabulary_size=size)))


def metric_or_none(app: AppTest, label: str) -> str | None:
    return next((str(found.value) for found in app.metric if found.label == label), None)


def test_linear_axes_are_a_choice_of_the_rank_curve() -> None:
    app = open_page("words.py")
    by_label(app.get("segmented_control"), "Axes").set_value("Linear (tutorial)").run()
    assert_in_shell(app)
    assert len(app.get("vega_lite_chart")) == 1


def test_a_recipe_with_one_term_still_draws_its_page() -> None:
    app = seen(recipe=RECOMMENDED.change(vocabulary_size=1))
    assert_in_shell(app)
    assert metric(app, "Terms (columns)") == "1"
    assert app.dataframe[0].value["term"].tolist() == ["the"]


def test_one_term_has_no_tail_and_no_typical_words_and_says_so() -> None:
    one = RECOMMENDED.change(vocabulary_size=1)
    assert "a line needs 2" in shown(seen("Zipf's law", one))
    assert "need 2 classes and 2 terms" in shown(seen("Typical words", one))


def test_the_tail_is_fitted_as_the_powerlaw_search_would_and_its_doubt_stands_beside_it() -> None:
    app = seen("Zipf's law")
    exponent, interval = metric(app, "Exponent of the sizes").split(" ", 1)
    low, high = interval.strip("()").split("–")
    assert float(low) < float(exponent) < float(high)
    least = int(metric(app, "Least count of the tail").split(" ")[0].replace(",", ""))
    tail = [n for n in counts(RECOMMENDED).values() if n >= least]
    # equation 3.7 of Clauset, Shalizi and Newman: close where the least count is large
    close = 1 + len(tail) / sum(math.log(n / (least - 0.5)) for n in tail)
    assert float(exponent) == pytest.approx(close, abs=0.01)
    assert float(metric(app, "Rank slope it implies").split(" ")[0]) == pytest.approx(1 / (close - 1), abs=0.02)
    assert app.dataframe[0].value["power law against"].tolist() == ["lognormal", "exponential", "truncated power law"]


def test_the_fit_of_the_power_law_is_tested_on_request_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample_power_law, "N_SAMPLES", 4)
    app = look("Zipf's law")
    assert "Goodness of fit" not in shown(app)
    by_label(app.button, "Test the fit").click().run()
    work("download", until_idle=True)
    app = look("Zipf's law")
    sizes = count_sizes(np.array(list(counts(RECOMMENDED).values())))
    expected = goodness_of_fit(sizes, best_power_law(sizes), 4)
    assert f"{expected.n_farther} of 4 samples drawn from this power law" in shown(app)


def test_the_naive_lines_are_told_as_a_lesson() -> None:
    text = shown(seen("Zipf's law"))
    assert f"all {len(counts(RECOMMENDED)):,} ranks" in text
    assert "ranks 1–1,000" in text
    assert "α = 1 + 1/s" in text


def test_the_column_of_all_other_words_has_no_rank_and_no_part_in_the_naive_lines() -> None:
    recipe = RECOMMENDED.change(vocabulary_size=500)
    without = lesson(shown(seen("Zipf's law", recipe)))
    assert "all 500 ranks" in without
    assert lesson(shown(seen("Zipf's law", recipe.change(unknown="unk")))) == without


def lesson(text: str) -> str:
    (found_line,) = [line for line in text.splitlines() if "The lesson:" in line]
    return found_line


def test_a_tail_without_an_exponent_is_told_and_the_naive_lines_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    steep = count_sizes(np.repeat([100, 101], [50, 1]))
    monkeypatch.setattr(word_counts, "sizes", lambda now: steep)
    app = look("Zipf's law", RECOMMENDED.change(vocabulary_size=321))
    assert_in_shell(app)
    assert "fall too steeply for a power law" in app.info[0].value
    assert "The lesson:" in shown(app)


def test_rates_by_class_are_those_of_a_plain_counter() -> None:
    table = seen("Word list").dataframe[0].value
    for label, name in enumerate(class_names()):
        expected = counts_of(label, RECOMMENDED)
        total = sum(expected.values())
        rates = [1000 * expected[term] / total for term in table["term"]]
        assert table[f"{name} ‰"].tolist() == pytest.approx(rates)


def test_words_are_ordered_by_a_class_and_shares_of_its_articles() -> None:
    app = look("Word list")
    by_label(app.get("segmented_control"), "In each class").set_value("share of articles").run()
    by_label(app.selectbox, "Most frequent in").set_value(3).run()
    table = app.dataframe[0].value
    labels = [each for *_, each in articles("train")]
    held = [set(article) for article, each in zip(tokens("train", RECOMMENDED), labels, strict=True) if each == 3]
    expected = [100 * sum(term in article for article in held) / len(held) for term in table["term"]]
    assert table[f"{class_names()[3]} %"].tolist() == pytest.approx(expected)
    assert expected == sorted(expected, reverse=True)


def test_the_first_example_is_the_term_s_first_occurrence_with_its_neighbours() -> None:
    app = look("Word list")
    by_label(app.text_input, "Find a term").set_value("goalkeep").run()
    table = app.dataframe[0].value
    assert len(table)
    for term, example in zip(table["term"], table["first example"], strict=True):
        first = next(at for at, article in enumerate(tokens("train", RECOMMENDED)) if term in article)
        title, body, _ = articles("train")[first]
        written = f"{title} {body}".split()
        words = example.removeprefix("… ").removesuffix(" …").split()
        at = next(n for n, unit in enumerate(written) if term in terms_of_unit(unit, RECOMMENDED.terms))
        assert words == written[max(at - 5, 0) : at + 6]
        assert example.startswith("… ") == (at > 5)
    assert table["first example"].nunique() == len(table)


def test_a_larger_prior_shrinks_the_log_odds_more() -> None:
    app = look("Typical words")

    def lost() -> float:
        words = shown(app)
        return float(words.split("shrinks the log-odds of these words by ")[1].split(" %")[0])

    few = lost()
    slider = by_label(app.main.select_slider, "Size of the prior (tokens)")
    slider.set_value(1_000_000).run()
    assert_in_shell(app)
    assert lost() > few


CONTEXT = """
from bowcore.recipe.presets import preset
from ui import answers
from ui.state import session
from ui.reading.clickable_words import {name}
now = answers.answer(preset("recommended").change(**{changes!r}))
{call}
"""


def context(term: str, **changes: object) -> AppTest:
    script = CONTEXT.format(name="open_context", changes=changes, call=f"open_context(now, {term!r})")
    return AppTest.from_string(script, default_timeout=600).run()


def holding(term: str) -> Iterator[tuple[int, int]]:
    """Class and occurrences of the open articles that hold a term, by plain search."""
    for part in ("train", "validation"):
        labels = [label for *_, label in articles(part)]
        for found, label in zip(tokens(part, RECOMMENDED), labels, strict=True):
            if term in found:
                yield label, found.count(term)


def test_the_context_counts_by_class_as_a_plain_search_does() -> None:
    app = context("bank")
    assert [error.message for error in app.exception] == []
    found = list(holding("bank"))
    table = app.dataframe[0].value
    assert table["class"].tolist() == list(class_names())
    for label in range(len(class_names())):
        mine = [times for each, times in found if each == label]
        assert (table["times"][label], table["articles"][label]) == (sum(mine), len(mine))
    assert f"{sum(times for _, times in found):,} times in {len(found):,} of" in shown(app)
    assert "<b " in app.get("html")[0].value


def test_one_class_of_a_context_is_read_alone() -> None:
    app = context("bank")
    app.get("segmented_control")[0].set_value(0).run()
    lines = app.get("html")[0].value
    assert f">{class_names()[0]}</span>" in lines
    assert all(f">{name}</span>" not in lines for name in class_names()[1:])


def test_a_term_that_no_article_holds_says_so() -> None:
    assert "None of these articles" in context("<b>quidditch</b>").info[0].value


def test_a_word_that_a_step_drops_is_read_as_it_is_written() -> None:
    app = context("the", stop_words="spacy")
    assert "it is not a term" in shown(app)
    raw = [
        f"{title} {body}".split().count("the") for part in ("train", "validation") for title, body, _ in articles(part)
    ]
    assert f"{sum(raw):,} times in {sum(n > 0 for n in raw):,} of" in shown(app)


def test_the_column_of_all_other_words_has_no_places() -> None:
    app = context("<UNK>", vocabulary_size=500, unknown="unk")
    assert "no column of its own" in app.info[0].value


def test_a_share_of_the_training_articles_is_all_that_a_context_counts() -> None:
    few = RECOMMENDED.change(training_articles=100)
    app = context("the", training_articles=100)
    training = app.dataframe[0].value["in training"].sum()
    page = seen(recipe=few)
    assert page.dataframe[0].value.set_index("term").loc["the", "articles"] == training


def test_a_slice_narrows_the_places_of_a_word() -> None:
    call = "import numpy as np\nonly = np.zeros(now.reading.units.n_documents, dtype=bool)\nonly[:200] = True\n"
    call += "open_context(now, 'the', only)"
    app = AppTest.from_string(CONTEXT.format(name="open_context", changes={}, call=call), default_timeout=600).run()
    held = sum("the" in found for found in tokens("train", RECOMMENDED)[:200])
    assert f"in {held:,} of 200 training and validation articles of the slice" in shown(app)


def test_hostile_words_are_escaped_in_their_context() -> None:
    from bowcore.trace.contexts import Context
    from ui.reading.contexts_dialog import keyword_lines

    evil = "<img src=x onerror=alert(1)>"
    html = keyword_lines([Context(0, 0, "training", 1, 0, evil, evil, evil)], ["<style>*{display:none}</style>"])
    assert "<img" not in html and "<style>" not in html
    assert html.count("&lt;img src=x") == 3


def test_the_places_of_a_word_number_articles_within_their_split() -> None:
    from bowcore.trace.contexts import Context
    from ui.reading.contexts_dialog import keyword_lines

    contexts = [Context(6, 0, "training", 7, 0, "a", "b", "c"), Context(9, 0, "validation", 3, 0, "a", "b", "c")]
    html = keyword_lines(contexts, ["tea"])
    assert "training article 7, word 1" in html and "validation article 3, word 1" in html


def test_what_is_read_before_a_word_from_right_to_left_is_at_its_right() -> None:
    from bowcore.trace.contexts import Context
    from ui.reading.contexts_dialog import keyword_lines

    def order(word: str) -> list[int]:
        html = keyword_lines([Context(0, 0, "training", 1, 0, "before", word, "after")], ["tea"])
        return sorted(range(3), key=lambda place: html.index((">before<", f">{word}<", ">after<")[place]))

    assert order("the") == [0, 1, 2]
    assert order("הבית") == order("«الكتاب»") == [2, 1, 0]


def test_a_table_of_words_stands_on_any_page_and_opens_nothing_by_itself() -> None:
    call = "import pandas as pd\nword_table(pd.DataFrame({'word': ['bank', 'film']}), now, 'mine', column='word')"
    app = AppTest.from_string(CONTEXT.format(name="word_table", changes={}, call=call), default_timeout=600).run()
    assert [error.message for error in app.exception] == []
    assert app.dataframe[0].value["word"].tolist() == ["bank", "film"]
    assert len(app.dataframe) == 1
    app.session_state["context_clicked"] = ("mine", "film")
    assert len(app.run().dataframe) == 2  # a click asked for it
    assert len(app.run().dataframe) == 1  # and no later run asks again


VIEW = """
from bowcore.recipe.recipe import Recipe
from ui import answers
from ui.words import views
now = answers.answer(Recipe().change(corpus={path!r}))
before = answers.answer(Recipe().change(corpus={path!r}, lower_case=False))
views.metrics(now)
views.VIEWS[{view!r}](now, before, None)
"""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", [name for name in SMALL_CORPORA if name != "one_document"])
def test_every_view_stands_for_other_scripts_and_for_twenty_or_unbalanced_classes(
    view: str, name: str, tmp_path: Path
) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    path = tmp_path / "articles.csv"
    # each class needs articles in every split
    rows = [(f"{text} {copy}", names[label]) for copy in range(12) for text, label in zip(texts, labels, strict=True)]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    app = AppTest.from_string(VIEW.format(path=str(path), view=view), default_timeout=600).run()
    assert [error.message for error in app.exception] == []
    words = {word for text in texts for word in text.split()}
    assert int(metric(app, "Terms (columns)").replace(",", "")) <= 2 * len(words)
    if view == "Typical words":
        many = len(names) > 5
        assert len(app.get("vega_lite_chart")) == (1 if many else len(names))
        if many:
            app.selectbox[0].set_value(names[7]).run()
            assert [error.message for error in app.exception] == []
    if view == "Word list":
        table = app.dataframe[0].value
        assert [f"{name} ‰" in table for name in names] == [True] * len(names)


def test_a_saved_slice_can_be_chosen_and_narrows_what_a_click_reads() -> None:
    app = open_page("words.py")
    app.session_state["slices"] = (Slice("long ones", shortest=500),)
    app.run()
    assert_in_shell(app)
    app.selectbox(key="slice_list").set_value("long ones").run()
    app.session_state["context_clicked"] = ("words_table", "the")
    app.run()
    assert_in_shell(app)
    long = sum(
        len(f"{title} {body}".split()) >= 500 for part in ("train", "validation") for title, body, _ in articles(part)
    )
    assert f"of {long:,} training and validation articles of the slice" in shown(app)


def test_the_column_for_other_words_is_no_word_of_the_curves_and_limits_are_told() -> None:
    recipe = RECOMMENDED.change(unknown="unk", min_documents=2, text_used="headline")
    app = open_page("words.py", recipe)
    vocabulary = Experiments().matrix(recipe).vocabulary
    counts = np.sort(vocabulary.term_frequency[: vocabulary.n_known])[::-1]
    needed = int(np.searchsorted(np.cumsum(counts), 0.9 * counts.sum())) + 1
    assert metric(app, "Terms for 90 % of the kept text") == f"{needed:,}"
    assert metric(app, "Training tokens kept") == f"{counts.sum():,}"
    (terms,) = [found.value for found in app.metric if found.label.startswith("Terms (without")]
    assert terms == f"{len(counts):,}"
    app.segmented_control(key="words_view").set_value("Rare words").run()
    assert_in_shell(app)
    assert "Its limits leave terms out" in shown(app)
    assert "Its limits" not in shown(seen())


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_on_how_many_training_articles_its_numbers_rest(view: str) -> None:
    app = seen(view, RECOMMENDED.change(training_articles=500))
    assert_in_shell(app)
    assert "500 training articles" in shown(app)


SLICE_OF_UNKNOWN_WORDS = """
import numpy as np
from bowcore.recipe.presets import preset
from ui import answers
from ui.words import views
now = answers.answer(preset("recommended").change(text_used="headline", vocabulary_size=1, unknown="unk"))
row = int(np.flatnonzero(now.matrix.counts.train[:, [0]].toarray().ravel() == 0)[0])
only = np.arange(now.split.n_open) == now.matrix.rows[row]
views.draw({view!r}, now, None, only)
"""


@pytest.mark.parametrize("view", OF_A_SLICE)
def test_a_slice_whose_words_are_all_outside_the_vocabulary_has_nothing_to_count(view: str) -> None:
    app = AppTest.from_string(SLICE_OF_UNKNOWN_WORDS.format(view=view), default_timeout=600).run()
    assert not app.exception
    assert "no word to count" in app.info[0].value
