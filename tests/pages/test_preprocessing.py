"""The preprocessing page: an own sentence step by step, sizes before and after, what each step did."""

from __future__ import annotations

from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import assert_in_shell, by_label, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, articles, plain, terms_of_unit, tokens


def write(app: AppTest, sentence: str) -> AppTest:
    return by_label(app.text_area, "Your own sentence").set_value(sentence).run()


def test_every_word_of_an_own_sentence_is_followed_to_its_terms() -> None:
    sentence = "Chelsea's 39 goals DIDN'T please Zaphod in São-Paulo"
    app = write(open_page("preprocessing.py"), sentence)
    assert_in_shell(app)
    table = app.dataframe[0].value
    assert table["word"].tolist() == sentence.split()
    last = table.columns[-2]
    assert table[last].tolist() == [" ".join(terms_of_unit(word, RECOMMENDED.terms)) for word in sentence.split()]
    became = dict(zip(table["word"], table["what became of it"], strict=True))
    assert became["39"] == "dropped: digits"
    assert became["Chelsea's"].startswith("changed")
    assert became["Zaphod"] == "unknown: not in the vocabulary"
    assert became["goals"] == "kept"
    assert became["São-Paulo"].startswith("split")


@pytest.mark.parametrize(
    "sentence", ["", "   ", "🙂", "<script>alert(1)</script> $x$ **bold**", "x" * 6000, "word " * 2000]
)
def test_any_sentence_leaves_the_page_whole(sentence: str) -> None:
    app = write(open_page("preprocessing.py"), sentence)
    assert_in_shell(app)
    assert all("<script" not in element.value for element in app.get("html"))


def test_the_own_sentence_is_still_there_after_another_page() -> None:
    app = write(open_page("preprocessing.py"), "Ministers argued about pensions")
    visit(visit(app, "words.py"), "preprocessing.py")
    assert by_label(app.text_area, "Your own sentence").value == "Ministers argued about pensions"
    assert app.dataframe[0].value["word"].tolist() == ["Ministers", "argued", "about", "pensions"]


def test_word_groups_of_the_sentence_are_shown() -> None:
    app = write(open_page("preprocessing.py", RECOMMENDED.change(ngrams=2)), "Ministers argued about pensions")
    assert app.code[0].value == "ministers argued | argued about | about pensions"


def test_sizes_before_and_after_a_switch_stand_side_by_side() -> None:
    app = open_page("preprocessing.py")
    assert "before" not in app.dataframe[1].value
    by_label(app.sidebar.selectbox, "Stop words").set_value("scikit-learn").run()
    table = app.dataframe[1].value.set_index("training matrix")
    after = RECOMMENDED.change(stop_words="scikit-learn")
    for column, recipe in (("before", RECOMMENDED), ("now", after)):
        assert table.loc["Terms (columns)", column] == f"{len(plain(recipe).terms):,}"
        assert table.loc["Tokens", column] == f"{sum(map(len, tokens('train', recipe))):,}"
        assert table.loc["Articles (rows)", column] == "1,557"


def test_what_each_step_did_is_what_it_does_to_every_distinct_word() -> None:
    app = open_page("preprocessing.py")
    table = app.dataframe[2].value.set_index("step")
    words = Counter(
        word
        for part in ("train", "validation")
        for title, body, _ in articles(part)
        for word in f"{title} {body}".split()
    )
    lowered = Counter(word.lower() for word in words)
    first = table.loc["Lower case"]
    assert first["words before"] == len(words)
    assert first["changed"] == sum(word != word.lower() for word in words)
    assert first["words after"] == len(lowered)
    assert first["tokens before"] == first["tokens after"] == sum(words.values())
    assert table.index.tolist() == ["Lower case", "Possessives", "Punctuation", "Digits"]
    n_tokens = sum(len(article) for part in ("train", "validation") for article in tokens(part, RECOMMENDED))
    assert table.loc["Digits", "tokens after"] == n_tokens


def test_the_words_that_a_step_touched_most_are_those_of_a_counter() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(stop_words="own", own_stop_words=("said", "mr", "the")))
    steps = by_label(app.selectbox, "The words that a step touched most")
    steps.set_value(steps.options.index("Stop words")).run()
    kept = Counter(
        term for part in ("train", "validation") for article in tokens(part, RECOMMENDED) for term in article
    )
    table = app.dataframe[-1].value
    assert dict(zip(table["before"], table["occurrences"], strict=True)) == {w: kept[w] for w in ("said", "mr", "the")}


def test_a_recipe_without_steps_says_so() -> None:
    off = dict.fromkeys(("lower_case", "possessives", "punctuation", "digits"), False)
    app = open_page("preprocessing.py", RECOMMENDED.change(**off))
    assert_in_shell(app)
    assert "No step is switched on" in shown(app)


def test_the_chosen_step_does_not_outlive_the_steps() -> None:
    app = open_page("preprocessing.py")
    steps = by_label(app.selectbox, "The words that a step touched most")
    steps.set_value(len(steps.options) - 1).run()
    by_label(app.sidebar.get("pills"), "Clean").set_value(["lower_case"]).run()
    assert_in_shell(app)
    assert by_label(app.selectbox, "The words that a step touched most").options == ["Lower case"]
