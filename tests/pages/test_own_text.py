"""A reader's own text: one for all pages, of any length, never cut in silence, and never in the address."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.stages import transform_texts
from bowcore.numbers import probability
from bowcore.recipe.presets import preset
from tests.pages.opening import assert_in_shell, by_label, open_page, shown, visit, write_own
from tests.pages.plain import articles
from ui import answers
from ui.state import own_text

SENTENCE = "The minister's club won 39 matches and the market wasn't pleased. "
ESSAY = SENTENCE * 137
"""1,507 words."""


def terms_shown(app: AppTest) -> str:
    (title,) = (text.value for text in app.markdown if text.value.startswith("**2 Terms**"))
    return title


def test_an_essay_of_1500_words_is_followed_to_its_last_word() -> None:
    app = write_own(open_page("playground.py"), ESSAY + "Zaphod votes")
    assert_in_shell(app)
    n_words = len(ESSAY.split()) + 2
    assert n_words > 1500
    assert f"your own text, {n_words:,} words" in shown(app)
    assert ">Zaphod</span>" in next(html.value for html in app.get("html") if "minister" in html.value)
    table = next(element.value for element in app.dataframe if "here" in element.value).set_index("term")
    assert table.loc["minister", "here"] == 137 and table.loc["the", "here"] == 2 * 137

    whole = sureness(ESSAY + "Zaphod votes")
    assert f"probability {whole}" in shown(app)
    write_own(app, ESSAY + "film album " * 40)
    longer = sureness(ESSAY + "film album " * 40)
    assert f"probability {longer}" in shown(app)
    assert longer != whole, "the last words count"


def sureness(text: str) -> str:
    """How sure naive Bayes is of its class for the whole text."""
    answer = answers.answer(preset("recommended"))
    values = transform_texts(pa.array([text], answer.reading.texts.type), answer.matrix, answer.recipe)
    return probability(answer.bayes.probabilities(values)[0].max()).replace("\N{NO-BREAK SPACE}", " ")


def test_the_text_is_the_same_on_every_page_and_no_address_carries_it() -> None:
    app = write_own(open_page("playground.py"), "Zaphod's market fell")
    visit(app, "preprocessing.py")
    assert by_label(app.text_area, "Sentence to follow").value == "Zaphod's market fell"
    app = by_label(app.text_area, "Sentence to follow").set_value("Trillian bought shares").run()
    visit(app, "playground.py")
    assert "your own text, 3 words" in shown(app)
    assert "Trillian" not in str(dict(app.query_params)) and "Zaphod" not in str(dict(app.query_params))


def test_a_text_that_is_too_long_is_refused_whole() -> None:
    app = open_page("preprocessing.py")
    before = by_label(app.text_area, "Sentence to follow").value
    too_long = "word " * (own_text.LONGEST // 5 + 1)
    app = by_label(app.text_area, "Sentence to follow").set_value(too_long).run()
    assert "has 50,005 characters, and at most 50,000 can be followed" in app.error[0].value.replace("\\", "")
    assert by_label(app.text_area, "Sentence to follow").value == before


def test_until_then_the_sentence_comes_from_the_corpus_and_stays_under_another_recipe() -> None:
    app = open_page("preprocessing.py")
    sentence = by_label(app.text_area, "Sentence to follow").value
    assert any(sentence in " ".join(f"{title} {body}".split()) for title, body, _ in articles("train"))
    by_label(app.sidebar.selectbox, "Text used").set_value("headline").run()
    assert by_label(app.text_area, "Sentence to follow").value == sentence


def dialog() -> None:
    """The dialog's contents, without a dialog around them."""
    from ui.reading.own_text_dialog import _write

    _write()


def test_the_dialog_takes_a_text_refuses_a_longer_one_and_drops_it() -> None:
    app = AppTest.from_function(dialog, default_timeout=600).run()
    for text, kept in (("  An essay.\n\nOf two paragraphs. ", "An essay.\n\nOf two paragraphs."), ("x" * 50_001, None)):
        by_label(app.text_area, "Your own text").set_value(text)
        app.button(key="own_text_use").click().run()
        if kept is None:
            assert "50,001 characters, and at most 50,000" in app.error[0].value.replace("\\", "")
        else:
            assert app.session_state["own_text"] == kept and not app.error
    assert app.session_state["own_text"] == "An essay.\n\nOf two paragraphs."
    app.button(key="own_text_drop").click().run()
    assert app.session_state["own_text"] == ""


@pytest.mark.parametrize("n_words", [2_000, 2_001])
def test_more_words_than_a_card_marks_are_counted_and_said(n_words: int) -> None:
    app = write_own(open_page("playground.py"), "market " * n_words)
    marked = next(html.value for html in app.get("html") if "market" in html.value)
    assert len(re.findall("market", re.sub("<[^>]*>", "", marked))) == 2_000
    assert ("and 1 more word, counted like these" in marked) == (n_words == 2_001)


def test_the_confusion_page_predicts_the_same_text_with_its_words() -> None:
    app = open_page("confusion.py")
    assert any(button.key == "confusion_text" for button in app.button)
    write_own(app, ESSAY)
    assert_in_shell(app)
    answer = answers.answer(preset("recommended"))
    values = transform_texts(pa.array([ESSAY], answer.reading.texts.type), answer.matrix, answer.recipe)
    likely = answer.bayes.probabilities(values)[0]
    expected = (
        f"**Your own text, 1,507 words** · {answer.split.class_names[likely.argmax()]}, probability {sureness(ESSAY)}"
    )
    assert expected in shown(app)
    assert any(html.value.count("minister&#x27;s</span>") == 137 for html in app.get("html"))


def test_the_model_that_judges_is_in_the_address_unless_it_is_naive_bayes() -> None:
    app = open_page("confusion.py", judge="logistic")
    visit(app, "words.py")
    visit(app, "confusion.py")
    assert by_label(app.get("button_group"), "Judged by").value == "logistic"
    assert app.query_params["judge"] in ("logistic", ["logistic"])
    by_label(app.get("button_group"), "Judged by").set_value("naive-bayes").run()
    assert "judge" not in app.query_params
    app = open_page("confusion.py", judge="oracle")
    assert by_label(app.get("button_group"), "Judged by").value == "naive-bayes"
    assert "judge" not in app.query_params
