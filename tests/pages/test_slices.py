"""Named slices: saved where articles are read, kept in the address, used where mistakes are looked at."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from bowcore.corpus.sources import load_corpus
from bowcore.findings.slices import Slice, to_link
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import PAGES, assert_in_shell, by_label, new_session, number, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, articles, class_names, plain, terms_of_unit, tokens
from tests.pages.test_confusion import CELL
from ui.reading.tables import unguarded

HEADLINES = RECOMMENDED.change(text_used="headline")


def articles_view(app: AppTest | None = None) -> AppTest:
    app = app or open_page("data.py")
    return app.segmented_control(key="data_view").set_value("Articles").run()


def with_slices(file: str, *slices: Slice, link: str | None = None, chosen: str = "") -> AppTest:
    app = new_session()
    app.query_params["slices"] = to_link(slices) if link is None else link
    if chosen:
        app.query_params["slice"] = chosen
    return visit(app, file)


def address(app: AppTest, name: str = "slices") -> str:
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else str(value)


def copied(app: AppTest) -> dict[str, list[str]]:
    """The parameters of the address that the Share box offers."""
    app.session_state["share"] = True
    app.run()
    (code,) = [each.value for each in app.code if "recipe=" in each.value]
    return parse_qs(urlsplit(code).query, strict_parsing=True)


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
    assert "**oily** · contains “oil”" in shown(app)
    app.button(key="slice_drop_oily").click().run()
    assert "slices" not in app.query_params
    assert "oily" not in shown(app)


def test_the_selection_is_saved_as_a_column_of_all_open_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    keep = MediaFileManager.add_deferred

    def deferred(manager: MediaFileManager, make: Callable[[], bytes], *rest: Any, **named: Any) -> str:
        made.append(make())
        return keep(manager, make, *rest, **named)

    monkeypatch.setattr(MediaFileManager, "add_deferred", deferred)
    app = articles_view(with_slices("data.py", Slice("=oily", query="oil")))
    by_label(app.text_input, "Search").set_value("bank").run()
    app.session_state["slices_box"] = True
    app.run()
    assert_in_shell(app)
    assert made[-1].startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(made[-1]), encoding="utf-8-sig")
    assert list(table) == ["row", "split", "number", "class", "in this selection", "in =oily"]
    titles = load_corpus("bbc-news").articles
    for name, word in (("in this selection", "bank"), ("in =oily", "oil")):
        for part, split in (("train", "training"), ("validation", "validation")):
            assert table.loc[table["split"] == split, name].tolist() == holding(part, word).astype(int).tolist()
        row = int(table.loc[table[name] == 1, "row"].iloc[-1])
        assert word in f"{titles['title'][row]} {titles['body'][row]}".lower()


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
    assert number(r"([\d,]+) articles\. Click", shown(app)) == expected > 1
    by_label(app.text_input, "Search").set_value("(oil").run()
    assert_in_shell(app)
    assert "cannot be searched for" in app.error[0].value and "Correct it" in app.error[0].value


def test_the_confusion_matrix_of_a_slice_is_scikit_learns_on_its_articles() -> None:
    app = with_slices("confusion.py", Slice("oily", "oil"))
    app.selectbox(key="slice_list").set_value("oily").run()
    assert_in_shell(app)
    expected, inside = plain(RECOMMENDED), holding("validation", "oil")
    counts = confusion_matrix(expected.labels[inside], expected.predictions[inside], labels=range(5))
    cells = by_label(app.selectbox, CELL)
    names = class_names()
    wanted = {f"true {names[i]}, predicted {names[j]}: {counts[i, j]:,}" for i, j in np.argwhere(counts)}
    assert set(cells.options) == wanted
    text = shown(app)
    assert f"right of {inside.sum():,} validation articles of the slice" in text
    guess = np.bincount([label for *_, label in articles("train")]).argmax()
    baseline = (expected.labels[inside] == guess).mean()
    assert f"always guessing {names[guess]} {100 * baseline:.1f} % of them" in text
    i, j = np.unravel_index(counts.argmax(), counts.shape)
    cells.set_value((int(i), int(j))).run()
    assert number(r"([\d,]+) articles\. Click", shown(app)) == counts.max()


@pytest.mark.parametrize("file", PAGES)
def test_a_saved_slice_is_offered_once_on_every_page_and_without_one_nothing_is(file: str) -> None:
    app = with_slices(file, Slice("oily", "oil"), Slice("short", longest=90))
    assert_in_shell(app)
    offered = [box for box in app.selectbox if "oily" in box.options]
    assert [(box.key, box.options) for box in offered] == [("slice_list", ["All articles", "oily", "short"])]
    assert "slice_list" not in [box.key for box in open_page(file).selectbox]


@pytest.mark.parametrize(
    ("file", "control", "views"),
    [
        ("data.py", "data_view", ("Overview", "Duplicates", "Leftovers", "Source words")),
        ("words.py", "words_view", ("Sizes", "Zipf's law", "Rare words", "Growth")),
        ("preprocessing.py", "preprocessing_panel", ("What each step did", "Merges", "Stop lists")),
        ("training.py", "", ("Training",)),
    ],
)
def test_a_view_of_all_articles_says_so_while_a_slice_is_chosen(file: str, control: str, views: tuple[str]) -> None:
    app = with_slices(file, Slice("oily", "oil"), chosen="oily")
    for view in views:
        if control:
            app.segmented_control(key=control).set_value(view).run()
        assert_in_shell(app)
        assert f"{view}: all articles, not those of *oily* alone." in shown(app)
    app.selectbox(key="slice_list").set_value("").run()
    assert "all articles, not those" not in shown(app)


def test_a_panel_of_the_matrix_says_that_it_is_of_all_articles_and_the_small_one_by_hand_says_nothing() -> None:
    app = with_slices("preprocessing.py", Slice("oily", "oil"), chosen="oily")
    app.segmented_control(key="preprocessing_view").set_value("Matrix").run()
    assert "all articles, not those" not in shown(app)
    app.segmented_control(key="matrix_panel").set_value("Limits").run()
    assert "Limits: all articles, not those of *oily* alone." in shown(app)


def test_the_playgrounds_confusion_is_told_to_be_of_all_articles_while_a_slice_is_chosen() -> None:
    app = with_slices("playground.py", Slice("oily", "oil"))
    assert "334 wrong, all articles" not in shown(app) and " of 334 wrong" in shown(app)
    app.selectbox(key="slice_list").set_value("oily").run()
    assert "334 wrong, all articles" in shown(app)


def test_a_slice_without_validation_articles_says_so() -> None:
    app = with_slices("confusion.py", Slice("odd", "zqzqzq"))
    app.selectbox(key="slice_list").set_value("odd").run()
    assert_in_shell(app)
    assert "No validation article is in this slice" in app.info[0].value


def test_slices_of_a_link_stay_when_another_page_opens() -> None:
    app = with_slices("words.py", Slice("oily", "oil"), Slice("short", longest=90))
    visit(app, "confusion.py")
    assert app.selectbox(key="slice_list").options == ["All articles", "oily", "short"]
    assert address(app) == "1;n=oily,q=oil;n=short,b=90"


def test_a_copied_link_and_a_reload_bring_back_the_chosen_slice_with_the_saved_ones() -> None:
    odd = Slice("R&D = 1 %; naïve", "oil")
    app = with_slices("words.py", Slice("short", longest=90), odd)
    assert "slice" not in app.query_params and "slice" not in copied(app)
    app.selectbox(key="slice_list").set_value(odd.name).run()
    link = copied(app)
    assert Recipe.from_link(link["recipe"][0]) == RECOMMENDED
    assert link["slices"] == [address(app)] and link["slice"] == [address(app, "slice")] == [odd.name]
    assert "This address opens what you see" in shown(app)

    again = with_slices("confusion.py", link=link["slices"][0], chosen=link["slice"][0])
    assert_in_shell(again)
    assert again.selectbox(key="slice_list").value == odd.name
    n = holding("validation", "oil")
    assert f"{n.sum():,} of {len(n):,} validation articles" in shown(again)
    assert address(again, "slice") == odd.name

    again.selectbox(key="slice_list").set_value("").run()
    assert "slice" not in again.query_params and address(again) == link["slices"][0]


def test_without_slices_a_copied_link_carries_the_recipe_alone() -> None:
    app = open_page("words.py")
    assert list(copied(app)) == ["recipe"]
    assert copied(app)["recipe"] == ["2;recommended"], "the address names its version, though this one has no query"


def test_a_link_that_looks_at_a_slice_which_it_does_not_hold_is_told_and_shows_all_articles() -> None:
    app = with_slices("confusion.py", Slice("oily", "oil"), chosen="gone")
    assert_in_shell(app)
    assert "slice 'gone' that it does not contain" in app.error[0].value.replace("\\", "")
    assert app.selectbox(key="slice_list").value == ""
    assert "slice" not in app.query_params and address(app) == "1;n=oily,q=oil"


def test_a_chosen_slice_among_broken_ones_hides_not_what_is_broken() -> None:
    app = with_slices("confusion.py", link="1;n=x,z=3", chosen="x")
    assert "No slice is taken from the link" in app.error[0].value
    assert "slice" not in app.query_params


def test_a_deleted_slice_is_looked_at_no_more_and_leaves_the_address() -> None:
    app = articles_view(with_slices("data.py", Slice("oily", "oil"), Slice("short", longest=90), chosen="oily"))
    assert "In *oily*" in shown(app)
    app.session_state["slices_box"] = True
    app.run()
    app.button(key="slice_drop_oily").click().run()
    assert "In *oily*" not in shown(app)
    assert "slice" not in app.query_params and address(app) == "1;n=short,b=90"


def test_a_link_with_broken_slices_is_told_and_the_page_stands() -> None:
    app = with_slices("confusion.py", link="1;n=x,z=3")
    assert_in_shell(app)
    assert "No slice is taken from the link" in app.error[0].value
    assert "slices" not in app.query_params


def test_a_slice_of_a_class_that_the_texts_lack_is_told() -> None:
    app = with_slices("confusion.py", Slice("world", class_name="World"))
    app.selectbox(key="slice_list").set_value("world").run()
    assert_in_shell(app)
    assert "which this corpus does not have" in app.warning[0].value


def test_choosing_a_cell_in_the_list_makes_a_new_chart_that_can_be_clicked_again() -> None:
    app = open_page("confusion.py")
    by_label(app.selectbox, CELL).select_index(3).run()
    assert app.session_state["widget_numbers"]["confusion"] == 1
    by_label(app.selectbox, CELL).select_index(4).run()
    assert app.session_state["widget_numbers"]["confusion"] == 2


def counted(word: str, recipe: Recipe = RECOMMENDED) -> pd.DataFrame:
    """Every occurrence in the training articles that hold a word: its term, the article and its class."""
    inside = holding("train", word)
    labels = [label for *_, label in articles("train")]
    rows = [(term, at, labels[at]) for at, terms in enumerate(tokens("train", recipe)) if inside[at] for term in terms]
    return pd.DataFrame(rows, columns=["term", "article", "label"])


def words_in(view: str, *slices: Slice, recipe: Recipe = RECOMMENDED) -> AppTest:
    app = open_page("words.py", recipe)
    app.session_state["slices"] = slices
    app.session_state["slice_chosen"] = slices[0].name
    app.run()
    return app.segmented_control(key="words_view").set_value(view).run()


@pytest.mark.parametrize("recipe", [RECOMMENDED, RECOMMENDED.change(word_forms="stem", weighting="count")])
def test_words_of_a_slice_are_counted_as_pandas_counts_them_in_its_training_articles(recipe: Recipe) -> None:
    app = words_in("Word list", Slice("oily", "oil"), recipe=recipe)
    assert_in_shell(app)
    occurrences = counted("oil", recipe)
    n = holding("train", "oil").sum()
    assert f"In *oily*: {n:,} of {len(articles('train')):,} training articles" in shown(app)
    assert f"of {occurrences['term'].nunique():,} terms of {n:,} training articles" in shown(app)
    table = app.dataframe[0].value.set_index("term")
    expected = occurrences.groupby("term").agg(
        count=("term", "size"), articles=("article", "nunique"), first=("article", "min")
    )
    expected = expected.sort_values("count", ascending=False, kind="stable").head(100)
    assert table["count"].tolist() == expected["count"].tolist()
    assert table["count"].to_dict() == expected["count"].to_dict()
    assert table["articles"].to_dict() == expected["articles"].to_dict()
    by_class = occurrences.groupby("label").size()
    for label, name in enumerate(class_names()):
        of_class = occurrences[occurrences["label"] == label]["term"].value_counts()
        wanted = 1000 * of_class.reindex(table.index, fill_value=0) / by_class[label]
        np.testing.assert_allclose(table[f"{name} ‰"], wanted)
    for term, example in table["first example"].items():
        title, body, _ = articles("train")[expected["first"][term]]
        words = example.removeprefix("… ").removesuffix(" …")
        assert words in " ".join(f"{title} {body}".split())
        assert any(term in terms_of_unit(unit, recipe.terms) for unit in words.split())


def test_typical_words_of_a_slice_have_the_counts_of_its_training_articles() -> None:
    occurrences = counted("oil")
    script = (
        "from bowcore.findings.slices import Slice\n"
        "from bowcore.recipe.presets import preset\n"
        "from ui import answers\n"
        "from ui.shell import slices\n"
        "from ui.words import word_counts\n"
        "import streamlit as st\n"
        "now = answers.answer(preset('recommended'))\n"
        "st.dataframe(word_counts.typical(now, 1000, 5, slices.mask_of(now, Slice('oily', 'oil'))))\n"
    )
    app = AppTest.from_string(script, default_timeout=600).run()
    assert [error.message for error in app.exception] == []
    table = app.dataframe[0].value
    totals, names = occurrences["term"].value_counts(), class_names()
    for row in table.itertuples():
        mine = occurrences[occurrences["label"] == names.index(row[1])]
        held, of_term = mine[mine["term"] == row.term], occurrences[occurrences["term"] == row.term]
        assert (row[table.columns.get_loc("count") + 1], row.documents) == (len(held), held["article"].nunique())
        assert (row.other_count, row.other_documents) == (
            len(of_term) - len(held),
            of_term["article"].nunique() - held["article"].nunique(),
        )
        prior, n_prior = 1000 * totals[row.term] / len(occurrences), 1000
        a, b = len(held) + prior, len(of_term) - len(held) + prior
        n_a, n_b = len(mine) + n_prior, len(occurrences) - len(mine) + n_prior
        ratio = np.log(a / (n_a - a)) - np.log(b / (n_b - b))
        assert row.log_odds == pytest.approx(ratio)
        assert row.z == pytest.approx(ratio / np.sqrt(1 / a + 1 / b))


@pytest.mark.parametrize("view", ["Rank curve", "Typical words", "Word list"])
def test_a_slice_without_training_articles_has_no_words_and_says_so(view: str) -> None:
    app = words_in(view, Slice("judged", "oil", split="validation"))
    assert_in_shell(app)
    n_train = len(articles("train"))
    assert f"In *judged*: 0 of {n_train:,} training articles, and no word to count" in app.info[0].value
    assert not app.get("vega_lite_chart") and not app.dataframe


def test_typical_words_of_one_class_alone_cannot_be_and_a_curve_of_all_articles_says_so() -> None:
    alone = Slice("business alone", class_name="business")
    assert "need 2 classes" in shown(words_in("Typical words", alone))
    app = words_in("Growth", alone)
    assert_in_shell(app)
    assert "Growth: all articles, not those of *business alone* alone." in shown(app)
    assert f"terms of {len(articles('train')):,} training articles" in shown(app)


def test_a_slice_that_is_chosen_once_is_chosen_on_every_page_until_all_articles_are() -> None:
    app = with_slices("words.py", Slice("oily", "oil"), Slice("short", longest=90))
    app.selectbox(key="slice_list").set_value("oily").run()
    n, n_right = holding("validation", "oil"), plain(RECOMMENDED)
    whole = len(n)
    visit(app, "confusion.py")
    assert_in_shell(app)
    assert app.selectbox(key="slice_list").value == "oily"
    assert f"In *oily*: {n.sum():,} of {whole:,} validation articles" in shown(app)
    visit(app, "playground.py")
    right = (n_right.predictions == n_right.labels)[n].mean()
    assert f"In *oily*: {n.sum():,} of {whole:,} validation articles; Naive Bayes: **{100 * right:.1f} %" in shown(app)
    visit(app, "data.py")
    articles_view(app)
    n_open = holding("train", "oil").sum() + n.sum()
    assert f"In *oily*: {n_open:,} of {len(articles('train')) + whole:,} training and validation" in shown(app)
    assert number(r"([\d,]+) articles\. Click", shown(app)) == n_open
    app.selectbox(key="slice_list").set_value("").run()
    assert "In *oily*" not in shown(app)
    visit(app, "confusion.py")
    assert app.selectbox(key="slice_list").value == ""
    assert "In *oily*" not in shown(app)


def test_a_chosen_slice_of_a_class_that_the_texts_lack_is_never_named_beside_all_articles() -> None:
    app = with_slices("confusion.py", Slice("world", class_name="World"))
    app.selectbox(key="slice_list").set_value("world").run()
    assert (
        "which this corpus does not have" in app.warning[0].value and "All articles are shown" in app.warning[0].value
    )
    assert "of the slice" not in shown(app) and "In *world*" not in shown(app)


def change_in(part: Slice) -> AppTest:
    """The accuracy panel after stop words were dropped; naive Bayes alone, as no worker answers."""
    app = open_page("preprocessing.py", HEADLINES)
    app.session_state["slices"] = (part,)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    app.segmented_control(key="preprocessing_panel").set_value("Accuracy").run()
    return app.selectbox(key="slice_list").set_value(part.name).run()


def test_the_difference_in_a_slice_is_that_of_its_validation_articles() -> None:
    app = change_in(Slice("politics alone", class_name="politics"))
    assert_in_shell(app)
    before, after = plain(HEADLINES), plain(HEADLINES.change(stop_words="spacy"))
    table = pd.DataFrame({"label": before.labels, "before": before.predictions, "after": after.predictions})
    inside = table[table["label"] == class_names().index("politics")]
    right = inside[["before", "after"]].eq(inside["label"], axis=0)
    n_fixed, n_broken = (~right["before"] & right["after"]).sum(), (right["before"] & ~right["after"]).sum()
    assert f"In *politics alone*: {len(inside):,} of {len(table):,} validation articles" in shown(app)
    (line,) = [each.value for each in app.dataframe if "McNemar p" in each.value]
    row = line.set_index("model").loc["Naive Bayes"]
    assert (row["fixed"], row["broken"]) == (n_fixed, n_broken) != (0, 0)
    difference = 100 * (right["after"].mean() - right["before"].mean())
    assert str(unguarded(row["points"])).replace("−", "-") == f"{difference:+.1f}"
    # Bonett and Price: an article added on either side
    n, fixed, broken = len(inside) + 2, n_fixed + 1, n_broken + 1
    half = 1.959964 * np.sqrt(fixed + broken - (fixed - broken) ** 2 / n) / n
    ends = [f"{100 * ((fixed - broken) / n + sign * half):+.1f}" for sign in (-1, 1)]
    assert row["95 % interval"].replace("−", "-") == " to ".join(ends)
    listed = [each.value for each in app.dataframe if "now" in each.value and "article" in each.value]
    assert set(listed[0]["class"]) == {"politics"}


def test_a_slice_of_few_validation_articles_is_too_few_to_compare() -> None:
    headlines = sum("oil" in title.lower() for title, *_ in articles("validation"))
    assert 0 < headlines < 30
    app = change_in(Slice("oily", "oil"))
    assert_in_shell(app)
    assert f"In *oily*: {headlines} of {len(articles('validation'))} validation articles: too few" in app.info[0].value
    assert not [each for each in app.dataframe if "McNemar p" in each.value]
