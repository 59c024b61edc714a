"""Pages under a recipe of the tagger's lemmas: what a reader writes is lemmatised, and merges start from words."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment import lemmas as kept
from bowcore.jobs import jobs
from bowcore.tasks import lemmatise_words
from bowcore.tasks.runner import work
from bowcore.text.tagger.words import load_language
from bowcore.trace.tricky_strings import TRICKY_STRINGS
from tests.pages.opening import assert_in_shell, by_label, number, open_page, shown, write_own
from tests.pages.plain import RECOMMENDED
from tests.pages.test_preprocessing import lineage, panel, table_with, write
from tests.text import reference

LOOK_UP = """
from tests.pages.test_lemmas import LEMMAS
from ui import answers
from ui.reading.clickable_words import show_looked_up
show_looked_up(answers.answer(LEMMAS))
"""
LEMMAS = RECOMMENDED.change(units="lemmas", text_used="headline")


@pytest.fixture(autouse=True)
def lemmas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles are read as they stand, as if every word were its own lemma, and no model is fitted meanwhile."""
    monkeypatch.setattr(kept, "kept_lemmas", lambda fields, recipe: fields)
    monkeypatch.setattr("bowcore.tasks.handlers.HANDLERS", {
        kind: f"bowcore.tasks.lemmatise_words:{name}"
        for kind, name in (("line-lemmas", "lemmatise_lines"), ("tokens", "tokenise_words"))
    })  # fmt: skip


def answered(app: AppTest) -> AppTest:
    """The page after the quick worker has done all that was asked of it."""
    work("quick", until_idle=True)
    return app.run()


def read(app: AppTest) -> str:
    """The words of the page without the marks that keep Markdown away."""
    return shown(app).replace("\\", "").replace("\N{WORD JOINER}", "")


@cache
def plain_lemmas(text: str) -> list[str]:
    return [token.lemma_ for token in load_language()(text) if not token.is_space]


def as_listed(terms: list[str]) -> str:
    return " | ".join(terms) or "∅"


def plain_terms(text: str) -> list[str]:
    return [
        term
        for lemma in plain_lemmas(reference.straight(text))
        for term in reference.terms_of_unit(lemma, LEMMAS.terms)
    ]


def test_an_own_sentence_is_awaited_and_then_followed_by_its_lemmas() -> None:
    app = write(open_page("preprocessing.py", LEMMAS), "Planes weren't the PLANES' mice")
    assert_in_shell(app)
    assert "The tagger's lemmas of this sentence: its worker is starting." in read(app)
    assert not [element for element in app.get("html") if "<table" in element.value]
    app = answered(app)
    rows = lineage(app)
    assert rows["as written"] == ["Planes", "weren't", "the", "PLANES'", "mice"]
    assert list(rows)[1] == "Lemma tagger"
    assert rows["Lemma tagger"][:2] == ["plane", "be not"]
    assert rows["Lemma tagger"][4] == "mouse"
    assert rows["counted as"][:3] == ["plane", "be not", "the"]
    assert "lemmas of this sentence" not in read(app)
    app.session_state["lineage_text"] = True
    assert app.run().code[0].value.split("\n")[1].startswith("weren't → be not (lemma tagger)")


def test_an_own_sentence_whose_lemmas_failed_says_why_and_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bowcore.text.tagger.texts.PACKAGES", ("no_such_model",))
    load_language.cache_clear()
    app = answered(open_page("preprocessing.py", LEMMAS))
    load_language.cache_clear()
    assert_in_shell(app)
    assert "The tagger's lemmas of this sentence: Lemmas by the tagger need the English model" in read(app)
    assert len(jobs.recent("line-lemmas")) == 1


def test_the_bench_shows_what_the_tagger_makes_of_each_string() -> None:
    app = panel(open_page("preprocessing.py", LEMMAS), "Test bench")
    assert "The tagger's lemmas of these strings: its worker is starting." in read(app)
    assert "strings differ" not in read(app)
    app = answered(app)
    assert_in_shell(app)
    table = table_with(app, "recommended")
    assert table["now"].tolist() == [as_listed(plain_terms(case.text)) for case in TRICKY_STRINGS]
    by_string = dict(zip(table["string"], table["now"], strict=True))
    assert (by_string["don't"], by_string["workers' rights"]) == ("do | not", "worker | right")
    n_other = sum(tuple(plain_terms(case.text)) != case.recommended for case in TRICKY_STRINGS)
    assert n_other >= 5
    assert number(r"(\d+) of 30 strings differ from the recommended recipe", read(app)) == n_other


def test_the_bench_compares_lemmas_with_the_words_of_the_recipe_before() -> None:
    app = panel(open_page("preprocessing.py", LEMMAS), "Test bench")
    by_label(app.sidebar.selectbox, "Word forms").set_value("as-written").run()
    table = table_with(answered(app), "recommended")
    assert table["before"].tolist() == [as_listed(plain_terms(case.text)) for case in TRICKY_STRINGS]
    assert table["now"].tolist() == [as_listed(list(case.recommended)) for case in TRICKY_STRINGS]


def test_the_own_sentence_of_the_playground_is_counted_by_its_lemmas() -> None:
    app = open_page("playground.py", LEMMAS)
    write_own(app, "Was Zaphod in films")
    assert "Read as written until its lemmas are there: its worker is starting." in read(app)
    app = answered(app)
    assert_in_shell(app)
    assert set(table_with(app, "here")["term"]) == {"be", "in", "film"}
    assert "Read as written" not in read(app)


def test_any_word_is_looked_up_by_its_lemma() -> None:
    app = AppTest.from_string(LOOK_UP, default_timeout=600).run()
    by_label(app.text_input, "Any word, or words side by side").set_value("films were").run()
    assert "The tagger's lemmas of it: its worker is starting." in read(app)
    app = answered(app)
    assert [error.message for error in app.exception] == []
    (choice,) = [group for group in app.get("button_group") if group.key.startswith("context_word")]
    assert choice.options == ["film be", "film", "be"]


def test_a_matrix_by_hand_is_of_the_lemmas_of_its_lines() -> None:
    recipe = LEMMAS.change(weighting="count")
    app = open_page("preprocessing.py", recipe, preprocessing_view="Matrix", matrix_panel="By hand")
    by_label(app.text_area, "Short articles, one a line").set_value("Planes flew\nA plane flies, flew").run()
    assert "The tagger's lemmas of these articles: its worker is starting." in read(app)
    app = answered(app)
    assert_in_shell(app)
    assert set(by_label(app.selectbox, "Term").options) == {"a", "fly", "plane"}
    assert "Read as written" not in read(app)


def halves(words: list[str]) -> tuple[tuple[str, ...], ...]:
    """Tokens of words, as if the tagger cut every `the` in two; its lemmas are then too few."""
    return tuple((word[0], word[1:]) if word == "the" else (word,) for word in words)


def lowered(fields: Any, recipe: Any) -> Any:
    return tuple(field.__class__.from_pandas(field.to_pandas().str.lower()) for field in fields)


def test_merges_of_the_tagger_are_of_the_words_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    # as if lower case were what the tagger does: its merges are then those of the step
    monkeypatch.setattr(kept, "kept_lemmas", lowered)
    monkeypatch.setattr(lemmatise_words, "tokens_of_words", lambda words: tuple((word,) for word in words))
    recipe = LEMMAS.change(split_seed=79)
    app = panel(open_page("preprocessing.py", recipe), "Merges")
    assert by_label(app.selectbox, "Step").value == "lemmas"
    assert "The written words of every lemma: its worker is starting." in read(app)
    app = answered(app)
    assert_in_shell(app)
    found = table_with(app, "alone in")
    step = panel(open_page("preprocessing.py", recipe.change(units="white-space")), "Merges")
    by_label(step.selectbox, "Step").set_value("lower_case").run()
    expected = table_with(step, "alone in")
    columns = ["form", "tokens", "articles", "alone in", "classes", "largest difference", "adjusted p"]
    assert len(found) == 100
    assert found[columns].equals(expected[columns])
    assert "articles are left out: their tokens" not in read(app)


def touched(app: AppTest) -> list[pd.DataFrame]:
    """The tables of the words that a step changed and merged."""
    return [table.value for table in app.dataframe if {"before", "after"} <= set(table.value)]


def test_the_tagger_has_a_row_among_the_steps_and_so_has_the_repair_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # as if lower case were what the tagger does: its row is then that of the step
    monkeypatch.setattr(kept, "kept_lemmas", lowered)
    monkeypatch.setattr(lemmatise_words, "tokens_of_words", lambda words: tuple((word,) for word in words))
    recipe = LEMMAS.change(split_seed=81, repair=True)
    app = open_page("preprocessing.py", recipe)
    assert_in_shell(app)
    assert "What the tagger did to each word: its worker is starting." in read(app)
    assert table_with(app, "tokens lost")["step"].tolist()[:2] == ["Leftovers", "Lower case"]
    app = answered(app)
    assert_in_shell(app)
    text = read(app)
    assert "What the tagger did to each word" not in text
    assert "counts after the repair of leftovers and the lemma tagger" in text
    assert "are left out" not in text
    table = table_with(app, "tokens lost").set_index("step")
    assert table.index[:3].tolist() == ["Leftovers", "Tagger", "Lower case"]
    assert table.loc["Tagger", "time"] == "not measured", "nobody made these lemmas"
    written = open_page("preprocessing.py", recipe.change(units="white-space"))
    expected = table_with(written, "tokens lost").set_index("step")
    columns = [name for name in table if name != "time"]
    assert table.loc["Leftovers", columns].equals(expected.loc["Leftovers", columns])
    assert table.loc["Tagger", columns].tolist() == expected.loc["Lower case", columns].tolist()
    assert table.loc["Tagger", "changed"] > table.loc["Tagger", "merged"] > 0
    assert table.loc["Lower case", "changed"] == 0

    chosen = by_label(app.selectbox, "The words that a step changed most")
    at = chosen.options.index("Lemma tagger")
    chosen.set_value(at).run()
    assert_in_shell(app)
    step = by_label(written.selectbox, "The words that a step changed most")
    step.set_value(step.options.index("Lower case")).run()
    for mine, theirs in zip(touched(app), touched(written), strict=True):
        assert len(mine) == 20
        assert mine["tokens"].tolist() == theirs["tokens"].tolist()
        assert set(mine["after"]) == set(mine["before"].str.lower())


def test_the_row_says_how_many_articles_have_other_tokens_than_lemmas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lemmatise_words, "tokens_of_words", halves)
    app = answered(open_page("preprocessing.py", LEMMAS.change(split_seed=82)))
    assert number(r"([\d,]+) articles are left out: not as many lemmas as tokens", read(app)) > 0


def test_merges_say_how_many_articles_have_other_tokens_than_lemmas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lemmatise_words, "tokens_of_words", halves)
    app = answered(panel(open_page("preprocessing.py", LEMMAS.change(split_seed=80)), "Merges"))
    assert number(r"([\d,]+) articles are left out: they have different numbers of tokens", read(app)) > 0
