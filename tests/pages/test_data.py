"""The data page: counts, duplicates, search, paging, one article."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from operator import eq, ne

import pandas as pd
import pytest
from sklearn.naive_bayes import MultinomialNB
from streamlit.testing.v1 import AppTest

from bowcore.corpus.sources import load_corpus
from bowcore.errors import MemoryBudgetError
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.findings.near_duplicate_tables import list_near_duplicates
from bowcore.findings.near_duplicates import find_near_duplicates
from bowcore.jobs import jobs
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import find_duplicates
from tests.pages.opening import answered, assert_in_shell, by_label, metric, number, open_page, shown, status, visit
from tests.pages.plain import RECOMMENDED, articles, class_names
from ui.data.duplicates import PAGE

LEAKS = "Training articles that repeat one of another split"


@pytest.fixture
def own_comparison() -> Iterator[None]:
    """Compare articles for one test alone, which may do it by other rules than the next."""
    process_memo().clear()
    yield
    process_memo().clear()


def texts(part: str) -> list[str]:
    return [f"{title} {body}" for title, body, _ in articles(part)]


def view(name: str, recipe: Recipe | None = None) -> AppTest:
    """A new session that looks at one view of the page."""
    app = open_page("data.py", recipe, data_view=name)
    return answered(app) if name == "Duplicates" else app


def search(app: AppTest, words: str) -> AppTest:
    return by_label(app.text_input, "Search").set_value(words).run()


def plain_words(app: AppTest) -> str:
    """What stands on the page, without the marks that keep Markdown away."""
    return shown(app).replace("\\", "")


def listed(app: AppTest) -> int:
    """How many articles the list says it found."""
    return number(r"([\d,]+) articles\. Click", shown(app))


def test_the_three_splits_are_counted() -> None:
    app = open_page("data.py")
    assert_in_shell(app)
    assert metric(app, "Training") == f"{len(articles('train')):,}" == "1,557"
    assert metric(app, "Validation") == f"{len(articles('validation'))}" == "334"
    assert metric(app, "Test, sealed") == "334"


def test_a_list_that_became_shorter_is_read_from_its_first_page() -> None:
    app = view("Articles")
    app.pagination(key="browse_page").set_value(100).run()
    search(app, "government")
    (pages,) = (pages for pages in app.pagination if pages.key.startswith("browse_page"))
    assert pages.value in (None, 1)
    first = next(text for text in texts("train") if "government" in text.lower())
    assert app.dataframe[0].value["article"][0].removesuffix(" …") in first


@pytest.mark.usefixtures("own_comparison")
def test_a_similarity_from_another_corpus_is_raised_to_what_this_one_is_complete_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = find_duplicates.read_near
    monkeypatch.setattr(
        find_duplicates, "read_near", lambda key: (found := read(key)) and replace(found, complete_from=0.95)
    )
    app = open_page("data.py")
    app.session_state["near_similarity_wanted"] = 0.5
    app = answered(app.segmented_control(key="data_view").set_value("Duplicates").run())
    assert_in_shell(app)
    assert by_label(app.slider, "Similar from").value == 0.95


def test_only_the_chosen_view_is_asked_for() -> None:
    app = view("Articles")
    assert_in_shell(app)
    assert all(jobs.recent(kind) == () for kind in ("leftovers", "source-words"))
    visit(app, "words.py")
    assert visit(app, "data.py").segmented_control(key="data_view").value == "Articles", "the view is kept"


def test_the_columns_are_summarised_as_pandas_does() -> None:
    app = open_page("data.py")
    (table,) = [frame.value for frame in app.dataframe if "spread" in frame.value]
    rows = table.set_index(["column", "split"])
    for part in ("training", "validation"):
        for place, column in enumerate(("headline", "body")):
            values = pd.Series([row[place] for row in articles("train" if part == "training" else part)])
            words = values.str.split().map(len)
            figures = rows.loc[(column, part)]
            assert figures["articles"] == len(values)
            assert figures["distinct"] == f"{values.nunique():,}"
            lengths = [figures[f"words: {what}"] for what in ("mean", "median", "longest")]
            assert lengths == pytest.approx([words.mean(), words.median(), words.max()], abs=0.05)
            assert sum(figures["spread"]) == len(values)
    sealed = rows.loc[("body", "test")].drop("spread")
    assert (
        sealed.tolist()[:3] == [334, "", ""]
        and sealed.iloc[3:].isna().all()
        and len(rows.loc[("body", "test"), "spread"]) == 0
    )


def test_another_article_is_shown_on_request() -> None:
    app = open_page("data.py")
    first = app.text[0].value
    app.button(key="another_article").click().run()
    assert app.text[0].value != first


def test_the_card_tells_origin_licence_split_and_digest() -> None:
    app = open_page("data.py")
    app.session_state["dataset_card"] = True
    text = plain_words(app.run())
    corpus = load_corpus("bbc-news")
    repeats = Counter(texts("train") + texts("validation"))
    assert corpus.provenance.licence in text and corpus.digest in text
    assert "1,557 training (70.0 %), 334 validation (15.0 %), 334 test (15.0 %) of 2,225 articles" in text
    assert f"{sum(n - 1 for n in repeats.values())} of the open articles repeat another exactly" in text
    assert "21 test articles repeat a training article" in text


@pytest.mark.usefixtures("own_comparison")
def test_exact_duplicates_are_counted_like_a_counter_of_whole_texts() -> None:
    table = view("Duplicates").dataframe[0].value.set_index("repeats")
    assert table.index.is_unique
    train, validation = Counter(texts("train")), Counter(texts("validation"))
    leaks = train.keys() & validation.keys()
    n_texts = [sum(n > 1 for n in train.values()), sum(n > 1 for n in validation.values()), len(leaks)]
    n_articles = [sum(n for n in part.values() if n > 1) for part in (train, validation)]
    assert table.loc["exact: groups"].tolist() == n_texts and leaks
    assert table.loc["exact: articles"].tolist() == [
        *n_articles, sum(train[text] + validation[text] for text in leaks)
    ]  # fmt: skip


@pytest.mark.usefixtures("own_comparison")
def test_a_lower_similarity_finds_more_pairs_and_shows_two_articles_side_by_side() -> None:
    app = view("Duplicates")
    before = app.dataframe[0].value.set_index("repeats").loc["near: pairs"]
    app.slider(key="near_similarity").set_value(0.5).run()
    after = app.dataframe[0].value.set_index("repeats").loc["near: pairs"]
    assert after["both"] > before["both"] > 0
    headings = [text.value for text in app.markdown if " article " in text.value and text.value.startswith("**")]
    assert [heading.split()[0] for heading in headings] == ["**Training", "**Validation"]
    app.checkbox(key="near_disagree").check().run()
    assert "No such pair" in app.info[0].value


def same_words(app: AppTest) -> list[str]:
    """What is said of two texts side by side that have the same words, or begin with the same."""
    return [caption.value for caption in app.caption if re.match("No word .*differ", caption.value)]


@pytest.mark.usefixtures("own_comparison")
def test_two_articles_of_the_same_words_are_said_to_differ_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    view("Duplicates")
    split, words = Experiments().split(RECOMMENDED), [text.split() for text in texts("train") + texts("validation")]
    table = list_near_duplicates(find_near_duplicates(split), split, 0.8, "across")
    pairs = list(zip(table["first"].astype(int), table["second"].astype(int), strict=True))
    equal, other = (next(pair for pair in pairs if same(*(words[at] for at in pair))) for same in (eq, ne))

    def opened(pair: tuple[int, int]) -> AppTest:
        page, pair_in_link = str(pairs.index(pair) // PAGE + 1), f"{pair[0]}.{pair[1]}"
        return open_page("data.py", data_view="Duplicates", near_page=page, near_pair=pair_in_link)

    assert same_words(opened(equal)) == [f"No word differs: both texts have the same {len(words[equal[0]]):,} words."]
    app = opened(other)
    assert same_words(app) == []
    n_alike = next(at for at, (one, two) in enumerate(zip(*(words[at] for at in other), strict=False)) if one != two)
    monkeypatch.setattr("ui.reading.articles.LONGEST_SHOWN", n_alike)
    assert same_words(app.run()) == [
        "No word shown here differs; the texts differ further on. Show the whole articles to see where."
    ]


@pytest.mark.usefixtures("own_comparison")
def test_the_switch_takes_leaked_articles_out_and_the_slider_goes_with_it() -> None:
    app = view("Duplicates")
    options = by_label(app.segmented_control, LEAKS).options
    by_label(app.segmented_control, LEAKS).set_value(options[1]).run()
    recipe = app.session_state["recipe"]
    assert (recipe.sample.drop_leaked, recipe.sample.leak_similarity) == (True, 1.0)
    n_left = len(Experiments().matrix(recipe).rows)
    assert number(r"([\d,]+) of [\d,]+ articles to learn", status(app)) == n_left < 1557
    by_label(app.segmented_control, LEAKS).set_value("Similar from 0.80 out").run()
    by_label(app.slider, "Similar from").set_value(0.6).run()
    assert app.session_state["recipe"].sample.leak_similarity == 0.6
    assert by_label(app.segmented_control, LEAKS).value == "Similar from 0.60 out"
    by_label(app.segmented_control, LEAKS).set_value("Keep all").run()
    assert app.session_state["recipe"] == RECOMMENDED
    assert not app.exception


@pytest.mark.usefixtures("own_comparison")
def test_the_effect_of_leaks_is_that_of_naive_bayes_with_and_without_them() -> None:
    app = view("Duplicates")
    (line,) = [text.value for text in app.markdown if text.value.startswith("**Similar from 0.80 out**")]
    kept, left = (
        Experiments().matrix(RECOMMENDED.change(drop_leaked=drop, leak_similarity=0.8 if drop else 1.0)).features
        for drop in (False, True)
    )
    predictions = [MultinomialNB().fit(part.train, part.train_labels).predict(part.validation) for part in (kept, left)]
    change = paired_change(kept.validation_labels, *predictions)
    assert describe_change(change) in line
    assert f"{kept.train.shape[0] - left.train.shape[0]} training articles removed" in line


@pytest.mark.usefixtures("own_comparison")
def test_where_too_many_articles_are_alike_only_equal_words_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(find_near_duplicates, max_candidates=0)
    monkeypatch.setattr(on_disk, "find_near_duplicates", few)
    app = view("Duplicates")
    process_memo().clear()
    assert_in_shell(app)
    assert "only those with the same words were searched for" in shown(app)
    assert app.segmented_control(key="leaks_out").options == ["Keep all", "Exact repeats out"]


@pytest.mark.usefixtures("own_comparison")
def test_near_repeats_that_do_not_fit_in_memory_leave_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise MemoryBudgetError("Comparing 9 GB of text would take about 250 GB, but only 8 GB may be used.")

    monkeypatch.setattr(on_disk, "find_near_duplicates", refuse)
    app = view("Duplicates")
    assert_in_shell(app)
    assert "would take about 250 GB" in app.error[0].value
    assert len(app.dataframe[0].value) == 3


@pytest.mark.usefixtures("own_comparison")
def test_a_link_with_a_similarity_of_its_own_sets_the_slider() -> None:
    app = view("Duplicates", RECOMMENDED.change(drop_leaked=True, leak_similarity=0.73))
    assert app.slider(key="near_similarity").value == 0.73
    assert app.segmented_control(key="leaks_out").value == "Similar from 0.73 out"


@pytest.mark.parametrize("query", ["Chelsea", "ring", "don't", "(", "£5m", "<b>"])
def test_a_search_finds_what_python_finds(query: str) -> None:
    app = search(view("Articles"), query)
    expected = [text for part in ("train", "validation") for text in texts(part) if query.lower() in text.lower()]
    if expected:
        assert listed(app) == len(expected)
        edge = r"[^\W_]"
        word = re.compile(rf"(?<!{edge}){re.escape(query)}(?!{edge})", re.IGNORECASE)
        n_words = sum(word.search(text) is not None for text in expected)
        assert f"is in {len(expected):,} article" in plain_words(app)
        assert f"in {n_words:,} of them as a word of its own" in shown(app)
    else:
        assert "No article contains these letters" in shown(app)


def test_a_search_without_a_hit_says_so_and_the_page_goes_on() -> None:
    app = search(view("Articles"), "zzz no such words zzz")
    assert_in_shell(app)
    assert "No article contains these letters" in app.info[0].value
    assert listed(search(app, "")) == len(articles("train")) + len(articles("validation"))


def test_a_switch_opens_the_whole_of_the_longest_article_raw_and_word_by_word() -> None:
    longest = max(
        (text for part in ("train", "validation") for text in texts(part)), key=lambda text: len(text.split())
    )
    app = search(view("Articles"), " ".join(longest.split()[:8]))
    n_words = len(longest.split())
    raw = next(element.value for element in app.text)
    assert raw.endswith(f" … and {n_words - 400:,} words more") and len(raw.split()) < 410
    by_label(app.toggle, "Show the whole article").set_value(True).run()
    assert_in_shell(app)
    assert next(element.value for element in app.text) == longest
    marked = max((element.proto.body for element in app.get("html")), key=len)
    assert re.sub(r"<[^>]+>", "", html.unescape(marked)).split() == longest.split()
    assert len(marked.encode()) < 1_000_000


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
