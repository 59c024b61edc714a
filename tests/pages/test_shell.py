"""What every page shares: sidebar, status header, link, undo, messages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from bowcore.experiment.memo import process_memo
from bowcore.lessons.moments import MOMENTS
from bowcore.recipe.links import LINK_LIMIT, link_length
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import (
    PAGES,
    assert_in_shell,
    by_label,
    facts,
    first_line,
    metric,
    n_terms,
    number,
    open_page,
    shown,
    status,
    visit,
    what_changed,
)
from tests.pages.plain import RECOMMENDED, articles, plain
from ui.texts import LABELS, option

STOPPED = RECOMMENDED.change(stop_words="spacy")
SAID = f"Stop words: {option('stop_words', 'keep')} → {option('stop_words', 'spacy')}"


def open_words(recipe: Recipe | None = None, *, link: str | None = None) -> AppTest:
    """The words page with its list, which is drawn faster than any chart, for what does not hang on the page."""
    return open_page("words.py", recipe, link=link, words_view="Word list")


def flip_stop_words(app: AppTest) -> AppTest:
    return by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()


def button(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


@pytest.mark.parametrize("file", PAGES)
def test_every_page_opens_inside_the_shell_with_the_same_numbers_above_it(file: str) -> None:
    app = open_page(file)
    assert_in_shell(app)
    expected = plain(RECOMMENDED)
    assert n_terms(app) == len(expected.terms)
    assert f"{100 * expected.empty_share:.2f} % of its cells empty" in status(app)
    assert f"{100 * expected.n_right / 334:.1f} %" in status(app)
    assert len(by_label(app.sidebar.get("pills"), "Clean").value) == 4


@pytest.mark.parametrize("file", PAGES)
def test_a_switch_says_what_it_did_on_every_page(file: str) -> None:
    app = flip_stop_words(open_page(file))
    assert_in_shell(app)
    before, after = plain(RECOMMENDED), plain(STOPPED)
    assert n_terms(app) == len(after.terms)
    line = what_changed(app)
    assert SAID in line
    assert number(r"([\d,]+) terms? gone", line) == len(before.terms - after.terms)
    assert not after.terms - before.terms
    changed = int((before.predictions != after.predictions).sum())
    assert number(r"(\d+) of 334 articles changed label", line) == changed
    fixed = int(((before.predictions != before.labels) & (after.predictions == after.labels)).sum())
    broken = int(((before.predictions == before.labels) & (after.predictions != after.labels)).sum())
    assert f"{fixed} fixed, {broken} broken" in line


def test_nothing_changed_is_said_before_the_first_switch() -> None:
    assert "Nothing changed yet" in what_changed(open_words())


def test_a_recipe_set_on_one_page_holds_on_the_others() -> None:
    app = flip_stop_words(open_words())
    for file in PAGES:
        visit(app, file)
        assert_in_shell(app)
        assert by_label(app.sidebar.selectbox, "Stop words").value == "spacy"
        assert n_terms(app) == len(plain(STOPPED).terms)


def test_undo_and_redo_walk_through_the_recipes_and_reset_goes_to_the_recommended_one() -> None:
    app = open_words()
    assert app.button(key="undo").disabled and app.button(key="redo").disabled
    flip_stop_words(app)
    by_label(app.sidebar.get("pills"), "Clean").set_value(["lower_case"]).run()
    both = STOPPED.change(possessives=False, punctuation=False, digits=False)
    assert n_terms(app) == len(plain(both).terms)
    assert n_terms(button(app, "undo")) == len(plain(STOPPED).terms)
    assert n_terms(button(app, "undo")) == len(plain(RECOMMENDED).terms)
    assert app.button(key="undo").disabled
    assert n_terms(button(app, "redo")) == len(plain(STOPPED).terms)
    button(app, "redo")
    assert app.button(key="redo").disabled
    assert n_terms(button(app, "reset")) == len(plain(RECOMMENDED).terms)
    assert n_terms(button(app, "undo")) == len(plain(both).terms)


def test_a_new_switch_forgets_what_could_be_redone() -> None:
    app = button(flip_stop_words(open_words()), "undo")
    assert not app.button(key="redo").disabled
    by_label(app.sidebar.selectbox, "Text used").set_value("headline").run()
    assert app.button(key="redo").disabled


def test_the_address_of_a_session_opens_the_same_recipe_in_another_one() -> None:
    app = flip_stop_words(open_words())
    link = app.query_params["recipe"]
    (link,) = link if isinstance(link, list) else [link]
    other = open_page("training.py", link=link)
    assert_in_shell(other)
    assert other.session_state["recipe"] == STOPPED
    assert n_terms(other) == len(plain(STOPPED).terms)
    assert by_label(other.sidebar.selectbox, "Stop words").value == "spacy"
    assert other.query_params["recipe"] in (link, [link])


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("9;stop_words=spacy", "recipe version '9'"),
        ("1;stop_words=nltk", "nltk"),
        ("1;colour=blue", "colour"),
        ("1;epochs=many", "many"),
        ("<script>", "version"),
    ],
)
def test_a_link_that_cannot_be_read_is_told_and_the_recommended_recipe_shown(link: str, expected: str) -> None:
    app = open_words(link=link)
    assert_in_shell(app)
    (message,) = app.error
    assert expected in message.value
    assert "recommended recipe is shown instead" in message.value
    assert metric(app, "Terms (columns)") == f"{len(plain(RECOMMENDED).terms):,}"


def test_a_link_to_a_recipe_without_terms_is_told_and_the_recommended_one_shown() -> None:
    app = open_words(RECOMMENDED.change(min_documents=10**9))
    assert_in_shell(app)
    assert "1,000,000,000" in app.error[0].value.replace("\\", "")
    assert metric(app, "Terms (columns)") == f"{len(plain(RECOMMENDED).terms):,}"


def test_a_stop_list_too_long_for_a_link_is_kept_here_and_the_file_holds_it(bowlab_home: Path) -> None:
    app = flip_stop_words(open_words())
    by_label(app.sidebar.selectbox, "Stop words").set_value("own").run()
    words = tuple(f"word{'x' * (i % 9)}{i}" for i in range(1_400))
    app.session_state["more_settings"] = True
    app.run()
    by_label(app.text_area, "My stop list").set_value(" ".join(words)).run()
    recipe = app.session_state["recipe"]
    assert set(recipe.terms.own_stop_words) == set(words)
    assert link_length(recipe.to_link()) > LINK_LIMIT
    assert app.query_params["recipe"] == f"kept;{recipe.key()}"
    assert open_words(link=app.query_params["recipe"]).session_state["recipe"] == recipe
    assert "too long" in shown(open_share(app))
    assert [found.label for found in app.get("download_button")] == ["Recipe as TOML", "Notebook"]


def open_share(app: AppTest) -> AppTest:
    app.session_state["share"] = True
    return app.run()


def upload(app: AppTest, content: bytes) -> AppTest:
    open_share(app)
    by_label(app.file_uploader, "Open a recipe").upload("mine.toml", content, "application/toml").run()
    by_label(app.button, "Use this recipe").click().run()
    return app


def test_an_uploaded_recipe_becomes_the_recipe() -> None:
    app = upload(open_words(), STOPPED.to_toml().encode())
    assert_in_shell(app)
    assert n_terms(app) == len(plain(STOPPED).terms)
    assert SAID in what_changed(app)
    assert n_terms(button(app, "undo")) == len(plain(RECOMMENDED).terms)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"this is no recipe", "not valid TOML"),
        (b"\xff\xfe\x00", "not valid TOML"),
        (b"[terms]\nstop_words = 'nltk'", "stop_words = 'nltk' must be one of"),
        (b"[terms]\ncolour = 1", "'colour' is not a field of 'terms'"),
        (b"[vocabulary]\nmin_documents = 1000000", "lower the minimum document frequency"),
    ],
)
def test_an_uploaded_file_that_is_no_usable_recipe_is_told_and_the_recipe_stays(content: bytes, expected: str) -> None:
    app = upload(open_words(), content)
    assert_in_shell(app)
    assert expected in app.error[0].value.replace("\\", "")
    assert app.session_state["recipe"] == RECOMMENDED
    assert n_terms(app) == len(plain(RECOMMENDED).terms)


def test_a_switch_that_leaves_no_terms_is_told_and_the_last_good_recipe_stays() -> None:
    app = flip_stop_words(open_words())
    app.session_state["more_settings"] = True
    app.run()
    by_label(app.number_input, "In at least … articles").set_value(10**9).run()
    assert_in_shell(app)
    assert "1,000,000,000" in app.error[0].value.replace(
        "\\", ""
    ) and "lower the minimum document frequency" in app.error[0].value.replace("\\", "")
    assert by_label(app.number_input, "In at least … articles").value == 1
    assert n_terms(app) == len(plain(STOPPED).terms)
    assert metric(app, "Terms (columns)") == f"{len(plain(STOPPED).terms):,}"
    assert not visit(app, "data.py").error, "a problem is told once"
    assert n_terms(button(app, "undo")) == len(plain(RECOMMENDED).terms)


def test_texts_that_are_not_on_this_machine_are_told_and_bbc_news_stays() -> None:
    app = open_words()
    by_label(app.sidebar.selectbox, "Texts").set_value("ag-news").run()
    assert_in_shell(app)
    assert "AG News is not on this machine" in shown(app)
    assert by_label(app.sidebar.selectbox, "Texts").value == "bbc-news"
    assert n_terms(app) == len(plain(RECOMMENDED).terms)


def test_the_number_of_recipes_tried_counts_each_recipe_once() -> None:
    app = flip_stop_words(open_words())
    assert number(r"Recipes tried:\*\* (\d+): ", facts(app)) == 2
    button(app, "undo")
    visit(app, "data.py")
    assert number(r"Recipes tried:\*\* (\d+): ", facts(app)) == 2


def test_fewer_training_articles_leave_the_validation_articles_alone() -> None:
    app = open_words(RECOMMENDED.change(training_articles=20))
    assert "20 of 1,557 articles to learn from, 334 to check." in status(app)
    assert "20 of 1,557 for training, 334 for validation, 334 for the test, sealed" in facts(app)


@pytest.mark.parametrize("file", PAGES)
def test_every_page_tells_how_many_articles_there_are_in_each_part_and_the_seed_of_another_split(file: str) -> None:
    n_train, n = (len(articles(part)) for part in ("train", "validation"))
    app = open_page(file)
    assert f"**BBC News:** {n_train:,} articles to learn from, {n:,} to check." in status(app)
    assert f"{n_train:,} for training, {n:,} for validation, 334 for the test" in facts(app)
    other = open_page(file, RECOMMENDED.change(split_seed=7))
    assert f"{n:,} for validation, drawn with seed 7, 334 for the test" in facts(other)


def test_the_score_is_in_plain_words_with_interval_number_and_constant_guess() -> None:
    expected = plain(RECOMMENDED)
    found = binomtest(expected.n_right, 334)
    ends = found.proportion_ci(method="wilson")
    guess = binomtest(77, 334).statistic
    assert np.bincount(expected.labels).max() == 77
    assert (
        f"Naive Bayes has **{expected.n_right} right, {100 * found.statistic:.1f} %** ({100 * ends.low:.1f}–"
        f"{100 * ends.high:.1f}); always guessing *business*: {100 * guess:.1f} %."
    ) in status(open_words())


def test_where_to_begin_is_said_until_it_is_closed_or_something_differs() -> None:
    app = open_words()
    assert first_line(app).startswith("**New here?** Models learn topics from word counts.")
    app.button(key="new_here_close").click().run()
    assert first_line(app) == "The recommended recipe."
    app = flip_stop_words(open_words())
    assert "New here?" not in shown(app)
    assert "New here?" not in shown(button(app, "undo"))


def test_after_undo_the_header_speaks_of_the_change_before_and_no_more_of_the_one_undone() -> None:
    app = flip_stop_words(open_words())
    first = what_changed(app)
    by_label(app.sidebar.get("pills"), "Clean").set_value(["lower_case"]).run()
    assert "Stop words" not in what_changed(app)
    assert what_changed(button(app, "undo")) == first
    assert "Undone: this is the recipe you began with." in what_changed(button(app, "undo"))
    assert "→" not in what_changed(app)
    assert what_changed(button(app, "redo")) == first


def test_undo_of_a_moment_leaves_nothing_of_it_in_the_header() -> None:
    app = flip_stop_words(open_words())
    first = what_changed(app)
    app.session_state["show_me"] = True
    app.run()
    moment = next(moment for moment in MOMENTS if moment.change(STOPPED) != STOPPED and not moment.needs_ag_news)
    app.button(key=f"moment_{moment.key}").click().run()
    app.button(key="moment_go").click().run()
    assert what_changed(app) != first
    app.button(key="moment_undo").click().run()
    assert what_changed(app) == first


def test_changes_that_a_line_has_no_room_for_are_among_all_facts() -> None:
    app = flip_stop_words(open_words())
    app.session_state["recipe"] = many = STOPPED.change(
        word_forms="stem", min_documents=2, text_used="headline", weighting="count", training_articles=200
    )
    app.session_state["past"] = [RECOMMENDED]
    app.run()
    assert "and 4 more" in what_changed(app) or "and 5 more" in what_changed(app)
    for name in ("stop_words", "word_forms", "min_documents", "text_used", "weighting", "training_articles"):
        assert f"{LABELS[name].partition(' (')[0]}: " in facts(app), many.value(name)


def test_a_preset_is_taken_from_the_list_and_kept_on_the_same_texts() -> None:
    app = open_page("training.py")
    app.session_state["more_settings"] = True
    app.run()
    assert by_label(app.selectbox, "Start from").value == "recommended"
    by_label(app.selectbox, "Start from").set_value("tutorial-baseline").run()
    assert app.session_state["recipe"].terms.token_pattern == "scikit-learn"
    assert by_label(app.number_input, "Epochs").value == 2
    flip_stop_words(app)
    assert by_label(app.selectbox, "Start from").value is None


def test_the_help_of_presets_gives_the_size_of_the_network_that_they_set() -> None:
    app = open_page("training.py")
    app.session_state["more_settings"] = True
    app.run()
    written = re.findall(r"([\w-]+) is [^.:]*: ([\d,]+) hidden units", by_label(app.selectbox, "Start from").help)
    assert [name for name, _ in written] == ["tutorial-baseline"]
    for name, units in written:
        by_label(app.selectbox, "Start from").set_value(name).run()
        assert int(units.replace(",", "")) == app.session_state["recipe"].network.hidden
        assert f"{by_label(app.number_input, 'Hidden units').value:,}" == units


def test_articles_that_other_sessions_pushed_out_of_memory_are_still_the_same_articles() -> None:
    app = open_words()
    process_memo().clear()
    assert "of 334 articles changed label" in what_changed(flip_stop_words(app))


def test_two_sessions_do_not_see_each_others_recipe() -> None:
    one, other = open_words(), open_words()
    flip_stop_words(one)
    assert n_terms(other.run()) == len(plain(RECOMMENDED).terms)


def test_the_reference_tells_recipes_apart() -> None:
    # What the other tests compare with would prove little if the two recipes predicted the same.
    assert np.any(plain(RECOMMENDED).predictions != plain(STOPPED).predictions)
    assert len(plain(RECOMMENDED).terms) > len(plain(STOPPED).terms)


def test_the_recipe_before_comes_back_after_one_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    process_memo().clear()  # another test may have shown the recipe that is refused here
    app = open_words()

    def refuse(*_: object) -> None:
        raise pa.ArrowInvalid("offset overflow while concatenating arrays")

    monkeypatch.setattr("bowcore.experiment.stages.apply_chain", refuse)
    # a recipe that no other test has computed
    by_label(app.sidebar.selectbox, "Contractions").set_value("cut").run()
    assert_in_shell(app)
    assert app.session_state["recipe"] == RECOMMENDED
    assert "offset overflow while concatenating arrays" in app.error[0].value
    assert n_terms(app) == len(plain(RECOMMENDED).terms)


def test_a_view_that_does_not_fit_says_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ui.words.views.metrics", refuse)
    app = open_words()
    assert "too large for the memory" in app.error[0].value
