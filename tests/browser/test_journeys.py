"""Ways through the application as a class takes them: flip, train, look for mistakes, come back by a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bowcore.experiment.experiments import Experiments
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from tests.browser.reader import SOON, choose, expect_fact, go, link, settle
from ui.shell.sidebar import CLEAN
from ui.shell.style import FILLING_CARDS, GROWING, RULES, SMALL_WINDOW
from ui.texts import LABELS, option

pytestmark = pytest.mark.browser

RECOMMENDED = preset("recommended")
SLOWER = 4  # times, than this machine: a student's laptop
CLEANED = [name for name in CLEAN if RECOMMENDED.value(name)]


@cache
def n_terms(recipe: Recipe) -> str:
    """The pipeline's vocabulary size as the page writes it."""
    return f"{Experiments().matrix(recipe).features.n_terms:,}"


def expect_terms(page: Page, recipe: Recipe, timeout: float = SOON) -> None:
    expect_fact(page, f" × {n_terms(recipe)} terms, ", timeout)


def chosen(page: Page) -> Locator:
    """The cleaning steps that are on in the sidebar."""
    return page.locator("[class*=st-key-recipe_clean] button[data-selected]")


def slow_down(page: Page) -> None:
    """Let the browser be as slow as a student's laptop."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def test_no_click_is_lost_while_the_page_is_being_drawn(page: Page) -> None:
    page.goto("/")
    expect_terms(page, RECOMMENDED)
    flipped = ("digits", "punctuation", "lower_case", "possessives", "digits", "lower_case", "punctuation", "digits")
    pills, places = page.locator(".st-key-recipe_clean button"), {}
    for name in set(flipped):
        place = pills.filter(has_text=LABELS[name]).bounding_box()
        assert place is not None
        places[name] = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    recipe = RECOMMENDED
    for _ in range(2):
        for name in flipped:
            page.mouse.click(*places[name])
            page.wait_for_timeout(120)
            recipe = recipe.change(**{name: not recipe.value(name)})
        expect_terms(page, recipe)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SOON)
        assert set(chosen(page).all_inner_texts()) == {LABELS[name] for name in set(flipped) if recipe.value(name)}


def test_two_switches_change_the_header_and_undo_brings_both_back(page: Page) -> None:
    page.goto("/")
    expect_terms(page, RECOMMENDED)
    choose(page, "stop_words", "spaCy's list")
    stopped = RECOMMENDED.change(stop_words="spacy")
    expect_terms(page, stopped)
    page.locator(".st-key-recipe_clean").get_by_role("button", name="Lower case").click()
    both = stopped.change(lower_case=False)
    expect_terms(page, both)
    assert n_terms(both) != n_terms(stopped) != n_terms(RECOMMENDED)
    page.locator(".st-key-undo").get_by_role("button").click()
    expect_terms(page, stopped)
    page.locator(".st-key-undo").get_by_role("button").click()
    expect_terms(page, RECOMMENDED)
    expect(page.locator(".st-key-undo").get_by_role("button")).to_be_disabled()


@pytest.mark.parametrize("n_steps", [3, pytest.param(len(CLEANED), marks=pytest.mark.slow)])
def test_undo_after_undo_takes_every_step_back_in_a_slow_browser(page: Page, n_steps: int) -> None:
    # for a while it reports widgets that others have replaced
    slow_down(page)
    page.goto(link("/training", RECOMMENDED))
    expect_terms(page, RECOMMENDED)
    recipe = RECOMMENDED
    for name in CLEANED[:n_steps]:
        page.locator("[class*=st-key-recipe_clean] button").filter(has_text=LABELS[name]).click()
        recipe = recipe.change(**{name: False})
        expect_terms(page, recipe)
    undo = page.locator(".st-key-undo").get_by_role("button")
    place = undo.bounding_box()
    assert place is not None
    for _ in range(n_steps):
        address = page.url
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        # the address changes long before the page is drawn; two clicks before the server begins a run are one to it
        page.wait_for_function("address => location.href !== address", arg=address, timeout=SOON)
    expect_terms(page, RECOMMENDED)
    expect(undo).to_be_disabled(timeout=SOON)
    assert set(chosen(page).all_inner_texts()) == {LABELS[name] for name in CLEANED}


def test_a_reload_keeps_the_recipe(page: Page) -> None:
    page.goto("/words")
    expect_terms(page, RECOMMENDED)
    choose(page, "word_forms", "stem")
    stemmed = RECOMMENDED.change(word_forms="stem")
    expect_terms(page, stemmed)
    page.reload()
    expect_terms(page, stemmed)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(n_terms(stemmed))


@pytest.mark.slow
@pytest.mark.parametrize("n_articles", [300, 301])
def test_a_slow_browser_shows_the_recipe_of_its_link_and_a_click_changes_nothing_else(
    page: Page, n_articles: int
) -> None:
    # Logistic regression's answer reruns the page before a slow browser has shown it.
    slow_down(page)
    recipe = RECOMMENDED.change(
        weighting="count", training_articles=n_articles, vocabulary_size=2_000, text_used="headline"
    )
    page.goto(link("/preprocessing", recipe))
    expect_terms(page, recipe)
    expect(page.get_by_text(re.compile(r"Logistic regression: \d.* of \d+ validation"))).to_be_visible(timeout=SOON)
    expect(chosen(page)).to_have_text([LABELS[name] for name in CLEANED], timeout=SOON)
    page.locator(".st-key-preprocessing_view").get_by_text("Matrix", exact=True).click()
    expect(page.locator(".st-key-matrix_panel")).to_be_visible(timeout=SOON)
    expect_terms(page, recipe)
    expect(page.locator(".st-key-undo").get_by_role("button")).to_be_disabled()


def test_a_dialog_stays_open_when_logistic_regression_answers_and_the_page_says_so_when_it_is_closed(
    page: Page, server: Any
) -> None:
    recipe = RECOMMENDED.change(text_used="headline", sample_seed=11)
    page.goto(link("/preprocessing", recipe))
    answer = page.get_by_text(re.compile(r"Logistic regression: \d.* of \d+ validation"))
    expect(answer).to_be_visible(timeout=SOON)
    # the answer to the switch comes when the dialog is open, and not before
    (worker,) = [child for child in server.process.children() if child.cmdline()[-2:] == ["--lane", "quick"]]
    worker.suspend()
    try:
        page.locator(".st-key-recipe_clean").get_by_role("button", name="Digits").click()
        expect_terms(page, recipe.change(digits=False))
        page.locator(".st-key-look_up").get_by_role("button").click()
        expect(page.get_by_role("dialog")).to_be_visible(timeout=SOON)
        settle(page)
    finally:
        worker.resume()
    changed = page.get_by_text(re.compile(r"Last change: .* points"))
    page.wait_for_timeout(4000)  # the answer, for which nothing is drawn behind a dialog
    settle(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(changed).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(changed).to_be_visible(timeout=SOON)
    expect(answer).to_be_visible(timeout=SOON)


def test_a_link_is_the_very_first_request_of_a_server_and_opens_its_recipe_in_the_shell(
    page: Page, start_server: Callable[..., Any]
) -> None:
    stemmed = RECOMMENDED.change(word_forms="stem", text_used="headline")
    page.goto(start_server().url + link("/words", stemmed))
    expect_terms(page, stemmed)
    box = page.locator(".st-key-recipe_text_used").get_by_role("combobox")
    expect(box).to_have_value(option("text_used", "headline"))
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(n_terms(stemmed))


def test_a_training_continues_on_other_pages_and_in_a_new_tab_until_it_is_stopped(
    page: Page, take_picture: Callable[[str], None]
) -> None:
    long = RECOMMENDED.change(hidden=64, epochs=200, batch_size=16)
    page.goto(link("/training", long))
    page.get_by_role("button", name="Start", exact=True).click(timeout=SOON)
    expect(page.get_by_text(re.compile(r"After epoch \d+: training"))).to_be_visible(timeout=SOON)
    first = epoch_reached(page)

    # the page stays clickable: another page is read while epochs arrive
    go(page, "Words")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(n_terms(long), timeout=SOON)
    go(page, "Training")
    expect(page.locator(".st-key-train_stop button")).to_be_enabled(timeout=SOON)
    expect_later_epoch(page, first)
    second = epoch_reached(page)
    take_picture("training")

    # a new tab, as after a closed laptop, finds the same run
    other = page.context.new_page()
    other.goto(link("/training", long))
    expect_later_epoch(other, second)
    other.close()

    page.locator(".st-key-train_stop button").click()
    expect(page.get_by_text(re.compile(r"Stopped after \d+ of 200 epochs"))).to_be_visible(timeout=SOON)
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_enabled()


EPOCH = re.compile(r"After epoch (\d+): training")


def epoch_reached(page: Page) -> int:
    """The newest epoch on the page."""
    found = EPOCH.search(page.get_by_text(EPOCH).inner_text(timeout=SOON))
    assert found is not None
    return int(found[1])


def expect_later_epoch(page: Page, than: int) -> None:
    """Wait until the page shows a later epoch than this one."""
    page.wait_for_function(
        "than => Number((/After epoch (\\d+): training/.exec(document.body.innerText) || [0, 0])[1]) > than",
        arg=than,
        timeout=SOON,
    )


def test_with_many_classes_a_click_on_a_bar_opens_that_confusion(
    page: Page, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(server.home))
    # classes 2n and 2n + 1 share all their words
    lines = [f"pair{i % 50 // 2} word{i % 50 // 2} and more,kind {i % 50}" for i in range(1500)]
    name = own_files.keep_file("kinds.csv", "\n".join(["text,label", *lines]).encode())
    page.goto(link("/confusion", Recipe().change(corpus=f"{name}?body=text&label=label")))
    bars = page.locator("[class*=st-key-confusion_bars]").get_by_test_id("stVegaLiteChart")
    expect(bars).to_be_visible(timeout=SOON)
    settle(page)
    bar = bars.locator(".mark-rect path").nth(3)
    told = bar.get_attribute("aria-label") or ""
    actual, predicted = (re.search(rf"{side}: (kind \d+)", told) for side in ("true class", "predicted"))
    assert actual is not None and predicted is not None, told
    bar.click(force=True)
    expected = f"true {actual[1]} · predicted {predicted[1]}"
    expect(page.get_by_text(re.compile(expected)).first).to_be_visible(timeout=SOON)


def test_a_cell_is_opened_by_a_second_click_after_the_list_chose_another(page: Page) -> None:
    page.goto("/confusion")
    cell = page.locator("path[aria-label*='predicted class: politics; true class: business;']").first
    opened = page.get_by_text(re.compile("true business · predicted politics"))
    cell.click(force=True, timeout=SOON)
    expect(opened).to_be_visible(timeout=SOON)
    choice = page.locator("[class*=st-key-confusion_cell] input")
    expect(choice).to_have_count(1, timeout=SOON)  # the previous list is gone
    choice.click()
    choice.fill("true tech, predicted tech")
    choice.press("Enter")
    expect(page.get_by_text(re.compile("true tech · predicted tech"))).to_be_visible(timeout=SOON)
    # a click on the chart that this one replaces would be lost
    expect(page.locator(".st-key-confusion-1").get_by_test_id("stVegaLiteChart")).to_be_visible(timeout=SOON)
    cell.click(force=True)
    expect(opened).to_be_visible(timeout=SOON)


def test_markup_in_a_sentence_is_shown_as_text(page: Page) -> None:
    page.goto("/preprocessing")
    box = page.get_by_role("textbox", name="Sentence to follow")
    box.fill("<img src=x onerror=alert(1)> <style>body{display:none}</style> $x^2$ Chelsea won", timeout=SOON)
    box.press("Control+Enter")
    expect(page.get_by_test_id("stHtml").first).to_contain_text("onerror=alert(1)>", timeout=SOON)
    assert page.get_by_test_id("stHtml").locator("img").count() == 0
    own = " ".join((*RULES, *GROWING, *FILLING_CARDS, *SMALL_WINDOW))
    assert page.get_by_test_id("stHtml").locator("style").all_text_contents() == [own]
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
