"""The language of texts that were brought: guessed when they are chosen, said, and changed."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.corpus.files import inspect_file
from bowcore.corpus.options import Options
from bowcore.recipe.presets import in_language
from bowcore.recipe.recipe import Recipe
from bowcore.store.own_files import keep_file, path_of
from bowcore.text.language import guess_language
from tests.pages.opening import by_label, open_page

GERMAN = {
    "gut": ["Das Essen war heiß und sehr gut.", "Die Straße ist ruhig, der Kellner freundlich."],
    "schlecht": ["Das Essen war kalt und der Kellner unfreundlich.", "Die Suppe schmeckte leider nach nichts."],
}
CHINESE = {
    "好": ["菜很好吃，服务员态度也很好。", "我喜欢这家餐厅的音乐。"],
    "坏": ["菜是凉的，服务员态度不好。", "等了一个小时，非常失望。"],
}


def own(texts: dict[str, list[str]]) -> str:
    rows = [f"{text}\t{label}" for label, lines in texts.items() for text in lines * 5]
    return keep_file("own.tsv", "\n".join(["text\tlabel", *rows]).encode())


def chosen(texts: dict[str, list[str]], **values: object) -> AppTest:
    """A session in which these texts were just chosen."""
    name = own(texts)
    return open_page("playground.py", Recipe().change(corpus=name, **values), unguessed=name)


@pytest.mark.parametrize(("texts", "code"), [(GERMAN, "de"), (CHINESE, "zh")], ids=["german", "chinese"])
def test_texts_that_were_chosen_get_their_language(texts: dict[str, list[str]], code: str) -> None:
    app = chosen(texts, stop_words="spacy")
    assert [error.message for error in app.exception] == []
    recipe: Recipe = app.session_state["recipe"]
    assert (recipe.terms.language, recipe.terms.possessives, recipe.terms.stop_words) == (code, False, "spacy")
    clean = by_label(app.sidebar.button_group, "Clean")
    assert "Possessives" not in str(clean.options)
    assert by_label(app.selectbox, "Contractions").disabled
    assert by_label(app.selectbox, "Stop words").options == ["Kept", "spaCy's list", "My list"]


def test_a_link_keeps_its_language_and_the_setting_says_what_the_texts_look_like() -> None:
    app = open_page("playground.py", Recipe().change(corpus=own(GERMAN)), more_settings=True)
    assert app.session_state["recipe"].terms.language == ""
    assert [one.value for one in app.caption if "Guessed" in one.value] == ["Guessed: German, 100\u00a0% of the text."]
    by_label(app.selectbox, "Language").set_value("de").run()
    assert app.session_state["recipe"] == in_language(
        Recipe().change(corpus=app.session_state["recipe"].corpus.corpus), "de"
    )
    said = [one.value for one in app.caption if "Guessed" in one.value]
    assert said == [
        "Guessed: German, 100\u00a0% of the text. Possessives, contractions, scikit-learn's list and lemmas are made "
        "for English, and are off for German."
    ]


def test_the_built_in_texts_are_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.text.language._load_identifier", lambda: pytest.fail("loaded"))
    app = open_page("playground.py", Recipe(), unguessed="bbc-news")
    assert app.session_state["recipe"] == Recipe()


def brought() -> None:
    """The language's place in the dialog, above what the reader chose there."""
    import streamlit as st

    from ui.own_texts import language

    language.show(st.session_state["sample"])
    st.text(f"chosen: {language.chosen()}")


def test_the_dialog_names_the_language_and_lets_it_be_corrected() -> None:
    app = AppTest.from_function(brought, default_timeout=600)
    app.session_state["sample"] = tuple(GERMAN["gut"] + GERMAN["schlecht"])
    app.run()
    box = by_label(app.selectbox, "Language")
    assert (box.value, app.text[0].value) == ("de", "chosen: None")
    assert [one.value for one in app.caption] == ["Guessed: German, 100\u00a0% of the text."]
    box.set_value("af").run()
    assert app.text[0].value == "chosen: af"
    assert by_label(app.selectbox, "Language").value == "af"


def test_the_language_of_a_file_is_guessed_once_for_the_dialog_and_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = {name: [f"{line} {name} {len(name)}." for line in lines] for name, lines in GERMAN.items()}
    name = own(texts)
    seen = inspect_file(name, path_of(name), Options())
    assert len(seen.sample) == sum(seen.sizes[:2]) and guess_language(seen.sample).sure == "de"
    monkeypatch.setattr("bowcore.text.language._load_identifier", lambda: pytest.fail("loaded again"))
    app = open_page("playground.py", Recipe().change(corpus=name), unguessed=name)
    assert app.session_state["recipe"].terms.language == "de"


def test_texts_are_chosen_in_the_language_that_the_reader_named() -> None:
    def choose() -> None:
        import streamlit as st

        from ui.state import session

        session.open_address()
        session.choose_texts(st.session_state["name"], "fi")
        st.text(f"{session.recipe().terms.language} {session.awaits_guess()}")

    app = AppTest.from_function(choose, default_timeout=600)
    app.session_state["name"] = own(GERMAN)
    assert app.run().text[0].value == "fi False"
