"""The matrix view of the preprocessing page: every panel's numbers against plain Python, pandas and scikit-learn."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from streamlit.testing.v1 import AppTest

from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import work
from tests.pages.opening import assert_in_shell, by_label, metric, n_terms, open_page, shown, write_own
from tests.pages.plain import RECOMMENDED, plain, tokens

SMALL = RECOMMENDED.change(training_articles=200, text_used="headline")


def open_panel(panel: str, recipe: Recipe | None = None) -> AppTest:
    app = open_page("preprocessing.py", recipe, preprocessing_view="Matrix", matrix_panel=panel)
    assert_in_shell(app)
    return app


def table_with(app: AppTest, column: str):
    """The first table on the page that has this column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


@pytest.mark.parametrize(
    "panel", ["By hand", "Cells", "Selection", "Limits", "Word groups", "Unknown words", "LSA and PCA", "Blocks"]
)
@pytest.mark.parametrize("unknown", ["leave-out", "unk"])
def test_every_panel_stands_under_a_small_recipe(panel: str, unknown: str) -> None:
    app = open_panel(panel, SMALL.change(unknown=unknown, vocabulary_size=500))
    assert n_terms(app) == 500 + (unknown == "unk")


@pytest.mark.parametrize("lower_case", [True, False])
def test_the_first_small_texts_have_few_enough_terms_to_be_seen_at_once(lower_case: bool) -> None:
    app = open_panel("By hand", Recipe().change(lower_case=lower_case))
    lines = by_label(app.text_area, "Short articles, one a line").value.split("\n")
    assert len(lines) == 4
    words = {word for line in lines for word in line.replace(",", "").split()}
    terms = {word.lower() for word in words}
    assert all(frame.value.shape == (4, len(terms if lower_case else words)) for frame in app.dataframe)
    assert len(terms) <= 7


def test_the_small_matrix_and_its_arithmetic_are_scikit_learns() -> None:
    app = open_panel("By hand", Recipe().change(weighting="tfidf"))
    lines = ["soup and soup", "bread and tea"]
    by_label(app.text_area, "Short articles, one a line").set_value("\n".join(lines)).run()
    vectorizer = TfidfVectorizer(token_pattern=r"\S+")
    expected = vectorizer.fit_transform(lines).toarray()
    terms = vectorizer.get_feature_names_out().tolist()
    tables = [frame.value for frame in app.dataframe]
    assert len(tables) == 6
    assert all(table.columns.tolist() == terms for table in tables)
    counts = CountVectorizer(token_pattern=r"\S+").fit_transform(lines).toarray()
    assert tables[0].replace("", "0").astype(int).to_numpy().tolist() == counts.tolist()
    assert tables[1].replace("", "0").astype(int).to_numpy().tolist() == (counts > 0).astype(int).tolist()
    np.testing.assert_allclose(tables[5].replace("", "0").astype(float).to_numpy(), expected, atol=0.0005)
    by_label(app.selectbox, "Term").set_value("soup").run()
    steps = app.code[0].value
    idf = math.log(3 / 2) + 1
    assert f"ln((1 + 2) / (1 + 1)) + 1 = {idf:.4f}" in steps
    assert steps.endswith(f"= {expected[0, terms.index('soup')]:.4f}")
    assert "occurs in 1 of 2 articles" in shown(app)


@pytest.mark.parametrize("text", ["", "   ", "🙂\n\n<b>x</b> $y$", "word " * 3000, "\n".join("abcdefghijkl")])
def test_any_lines_leave_the_small_matrix_whole(text: str) -> None:
    app = open_panel("By hand")
    by_label(app.text_area, "Short articles, one a line").set_value(text).run()
    assert_in_shell(app)


def test_the_block_of_cells_is_the_matrix_in_the_order_asked_for() -> None:
    recipe = RECOMMENDED.change(weighting="count")
    app = open_panel("Cells", recipe)
    by_label(app.selectbox, "Articles (rows)").set_value("longest first").run()
    articles = tokens("train", recipe)
    longest = sorted(range(len(articles)), key=lambda row: (-len(articles[row]), row))[:20]
    frequency = Counter(term for article in articles for term in article)
    frequent = sorted(frequency, key=lambda term: (-frequency[term], term))[:20]
    table = app.dataframe[0].value
    assert table.columns.tolist() == frequent
    assert [int(name.split()[0].replace(",", "")) - 1 for name in table.index] == longest
    expected = [[Counter(articles[row])[term] for term in frequent] for row in longest]
    assert table.replace("", "0").astype(int).to_numpy().tolist() == expected
    whole = plain(recipe)
    assert metric(app, "Empty cells").replace("\N{NO-BREAK SPACE}", " ") == f"{whole.empty_share * 100:.2f} %"
    assert "51.4 GB" in shown(app)


def test_the_same_articles_in_another_order_are_another_table_which_inherits_no_selection() -> None:
    app = open_panel("Cells", SMALL.change(training_articles=20))  # one page: every order shows the same rows
    tables, orders = [], []
    for order in ("as in the corpus", "longest first", "shortest first", "as in the corpus"):
        by_label(app.selectbox, "Articles (rows)").set_value(order).run()
        tables.append(app.dataframe[0].proto.id)
        orders.append(tuple(app.dataframe[0].value.index))
    assert len(set(orders)) == 3 and len({frozenset(order) for order in orders}) == 1
    assert [tables.index(table) for table in tables] == [orders.index(order) for order in orders] == [0, 1, 2, 0]


def test_a_term_is_gone_to_and_a_missing_one_is_told() -> None:
    app = open_panel("Cells")
    by_label(app.text_input, "Go to term").set_value("mourinho").run()
    assert app.dataframe[0].value.columns[0] == "mourinho"
    by_label(app.text_input, "Go to term").set_value("xyzzy").run()
    assert "There is no column of that name" in shown(app)


def test_pages_of_cells_follow_one_another() -> None:
    app = open_panel("Cells")
    by_label(app.selectbox, "Terms (columns)").set_value("alphabet").run()
    first = app.dataframe[0].value
    pages = {"cells_column_page": "2", "cells_row_page": "3"}
    app.session_state["choices"] = {**app.session_state["choices"], **pages}
    app.run()
    assert {name: app.query_params[name] for name in pages} in (pages, {name: [page] for name, page in pages.items()})
    second = app.dataframe[0].value
    terms = sorted(plain(RECOMMENDED).terms)
    assert [*first.columns, *second.columns] == terms[:40]
    assert second.index[0].startswith("41 ")


def test_the_list_by_term_frequency_is_scikit_learns_max_features() -> None:
    app = open_panel("Selection")
    articles = tokens("train", RECOMMENDED)
    frequency = Counter(term for article in articles for term in article)
    best = sorted(frequency, key=lambda term: (-frequency[term], term))
    table = table_with(app, "score")
    assert table["term"].tolist() == best[:100]
    assert table["count"].tolist() == [frequency[term] for term in best[:100]]
    summary = table_with(app, "equals").set_index("list by")
    cut = frequency[best[999]]
    row = summary.loc["term frequency"]
    assert row["score at cut"] == cut
    assert row["equals"] == sum(n == cut for n in frequency.values())
    assert row["kept"] == sum(frequency[term] == cut for term in best[:1000])
    weighed = TfidfVectorizer(analyzer=lambda words: words).fit(articles)
    sums = np.asarray(weighed.transform(articles).sum(axis=0)).ravel()
    names = weighed.get_feature_names_out()
    by_weight = set(names[np.argsort(-sums, kind="stable")[:1000]])
    assert f"differ in {len(by_weight - set(best[:1000])):,} of 1,000 terms" in shown(app)


def test_keeping_a_list_makes_it_the_recipes_vocabulary() -> None:
    app = open_panel("Selection")
    by_label(app.selectbox, "Show the list by").set_value("chi-squared").run()
    by_label(app.button, "Keep these 1,000 terms").click().run()
    assert_in_shell(app)
    assert n_terms(app) == 1000
    assert by_label(app.button, "This is the recipe's vocabulary").disabled


def test_limits_show_what_goes_and_then_take_it() -> None:
    app = open_panel("Limits")
    articles = tokens("train", RECOMMENDED)
    frequency = Counter(term for article in articles for term in article)
    documents = Counter(term for article in articles for term in set(article))
    rare = {term for term, n in documents.items() if n < 2}
    common = {term for term, n in documents.items() if n > 0.5 * len(articles)}
    assert metric(app, "Rare terms gone") == f"{len(rare):,}"
    assert metric(app, "Common terms gone") == f"{len(common):,}"
    assert metric(app, "Terms left") == f"{len(documents) - len(rare | common):,} of {len(documents):,}"
    tables = [frame.value for frame in app.dataframe if "articles" in frame.value.columns]
    assert tables[0]["term"].tolist() == sorted(rare, key=lambda term: (-frequency[term], term))[:100]
    assert tables[1]["term"].tolist() == sorted(common, key=lambda term: (-frequency[term], term))[:100]
    assert n_terms(app) == len(documents)
    by_label(app.button, "Set these limits").click().run()
    assert n_terms(app) == len(documents) - len(rare | common)
    assert by_label(app.button, "In force").disabled


def test_word_groups_grow_as_a_vectorizer_counts_them() -> None:
    recipe = SMALL.change(weighting="count", training_articles=0)
    app = open_panel("Word groups", recipe)
    articles = tokens("train", recipe)
    table = table_with(app, "terms (columns)").set_index("word groups")
    for name, longest in (("1", 1), ("1–2", 2), ("1–3", 3)):
        groups = Counter(
            " ".join(article[at : at + length])
            for article in articles
            for length in range(1, longest + 1)
            for at in range(len(article) - length + 1)
        )
        assert table.loc[name, "terms (columns)"] == len(groups)
        assert table.loc[name, "tokens"] == sum(groups.values())
        if longest == 2:
            new = sorted((group for group in groups if " " in group), key=lambda group: (-groups[group], group))
            assert table_with(app, "business")["term"].tolist() == new[:100]
    n_right = plain(recipe).n_right
    assert f"1: **{100 * n_right / 334:.1f} %" in shown(app)


def test_unknown_words_are_those_of_validation_articles_alone() -> None:
    app = open_panel("Unknown words")
    train, validation = (tokens(part, RECOMMENDED) for part in ("train", "validation"))
    known = {term for article in train for term in article}
    unknown = Counter(term for article in validation for term in article if term not in known)
    table = table_with(app, "reason")
    order = sorted(unknown, key=lambda term: (-unknown[term], term))[:100]
    assert table["term"].tolist() == order
    assert table["validation"].tolist() == [unknown[term] for term in order]
    assert set(table["reason"]) == {"never seen"}
    assert metric(app, "In validation") == f"{sum(unknown.values()):,}"
    assert metric(app, r"\<UNK\> in training") == "0"
    assert "learns nothing" in shown(app)
    n_tokens = sum(map(len, validation))
    assert (
        f"Of {n_tokens:,} tokens of validation articles {sum(unknown.values()):,} are no column: they occur in no "
        "training article. Nothing is cut in training."
    ) in shown(app)
    weights = table_with(app, "P(<UNK> | class), in a million")["P(<UNK> | class), in a million"]
    assert (weights > 1).all() and (weights < 1000).all()


def test_the_column_for_unknown_words_is_put_in_and_taken_out() -> None:
    app = open_panel("Unknown words", RECOMMENDED.change(vocabulary_size=1000))
    by_label(app.button, "Use the column").click().run()
    assert_in_shell(app)
    assert n_terms(app) == 1001
    train = tokens("train", RECOMMENDED)
    frequency = Counter(term for article in train for term in article)
    best = set(sorted(frequency, key=lambda term: (-frequency[term], term))[:1000])
    assert metric(app, r"\<UNK\> in training") == f"{sum(n for term, n in frequency.items() if term not in best):,}"
    by_label(app.button, "Leave unknown words out").click().run()
    assert n_terms(app) == 1000


def test_components_come_from_a_job_and_stay() -> None:
    process_memo().clear()
    recipe = SMALL.change(training_articles=150)
    app = open_panel("LSA and PCA", recipe)
    by_label(app.button, "Compute 20 components").click().run()
    assert by_label(app.button, "Stop") is not None
    work("long", until_idle=True)
    app.run()
    assert "The mean article makes up" in shown(app)
    assert "150 training articles" in shown(app)
    tables = [frame.value for frame in app.dataframe if "loading" in frame.value.columns]
    assert [len(table) for table in tables] == [12, 12]
    loadings = tables[0]["loading"].abs()
    assert loadings.is_monotonic_decreasing and tables[0]["loading"].iloc[0] > 0
    process_memo().clear()


def test_too_few_articles_for_components_are_told() -> None:
    app = open_panel("LSA and PCA", SMALL.change(vocabulary_size=2))
    assert "200 articles and 2 terms are too few" in shown(app)


def test_an_own_sentence_counts_its_unknown_words_together() -> None:
    recipe = RECOMMENDED.change(vocabulary_size=500, unknown="unk", weighting="count")
    app = open_page("playground.py", recipe)
    write_own(app, "zaphod and trillian said")
    assert_in_shell(app)
    table = table_with(app, "here").set_index("term")
    assert table.loc["<UNK>", "here"] == 2
    articles = tokens("train", recipe)
    frequency = Counter(term for article in articles for term in article)
    best = set(sorted(frequency, key=lambda term: (-frequency[term], term))[:500])
    assert table.loc["<UNK>", "articles"] == sum(bool(set(article) - best) for article in articles)
    assert r"Dotted: \<UNK\>, together" in shown(app)
    assert "all words of &lt;UNK&gt; together" in shown(app)


@pytest.mark.parametrize("page", ["words.py", "confusion.py", "training.py", "data.py"])
def test_every_other_page_stands_with_the_column_for_unknown_words(page: str) -> None:
    app = open_page(page, RECOMMENDED.change(vocabulary_size=500, unknown="unk"))
    assert_in_shell(app)
    assert n_terms(app) == 501


def test_closed_boxes_open_on_their_numbers() -> None:
    app = open_panel("Selection")
    app.session_state["selection_rules"] = True
    app.run()
    assert "Of the 100 best terms by values, " in shown(app)
    assert len(table_with(app, "by values of TF-IDF")) == 10
    app = open_panel("Unknown words")
    app.session_state["untrained"] = True
    app.run()
    moves = table_with(app, "largest change of its 4").set_index("term")["largest change of its 4"]
    assert moves["<UNK>"] == 0.0
    assert (moves.drop("<UNK>") > 0).all()
