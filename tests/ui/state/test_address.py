"""What the address carries, and when the program writes it."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.state.query_params import QueryParams

from ui.state import address, widgets


class Browser:
    """A browser's address: reports every write, and moves through its history."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, object] = {}
        self.params = QueryParams()
        self.writes: list[dict[str, str]] = []
        self.moved = False
        monkeypatch.setattr("streamlit.session_state", self.state)
        monkeypatch.setattr("streamlit.query_params", self)
        monkeypatch.setattr(
            "ui.state.address.get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=self.moved)
        )

    def to_dict(self) -> dict[str, str]:
        return self.params.to_dict()

    def get(self, name: str, default: str = "") -> str:
        return self.to_dict().get(name, default)

    def from_dict(self, query: dict[str, str]) -> None:
        self.writes.append(query)
        self.params.from_dict(query)

    def run(self, parts: dict[str, str], *, moved_to: dict[str, str] | None = None) -> bool:
        """One run of the page that shows these parts."""
        self.moved = moved_to is not None
        if moved_to is not None:
            self.params.from_dict(moved_to)
        arrived = address.arrived()
        if arrived:
            address.understood(parts)
        address.keep()
        address.write(parts)
        return arrived


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(monkeypatch)


DEFAULT = {"recipe": "2;recommended"}
STOPPED = {"recipe": "2;recommended;stop_words=spacy"}


def test_an_address_that_means_what_is_shown_is_never_written_again(browser: Browser) -> None:
    assert browser.run(DEFAULT)
    assert not browser.run(DEFAULT)
    assert browser.writes == [], "a bare address, or a link of an older version, costs no press of Back"
    browser.run(STOPPED)
    browser.run(STOPPED)
    assert browser.writes == [STOPPED]


def test_a_query_that_a_change_of_page_dropped_is_restored_before_the_page_is_chosen(browser: Browser) -> None:
    browser.run(DEFAULT)
    browser.run(STOPPED)
    browser.params.from_dict({})
    assert not browser.run(STOPPED), "the reader has moved to another page, not to another address"
    assert browser.writes == [STOPPED, STOPPED]


def test_a_click_that_reports_an_older_address_takes_nothing_back(browser: Browser) -> None:
    browser.run(DEFAULT)
    browser.run(STOPPED)
    browser.params.from_dict(DEFAULT)
    assert not browser.run(STOPPED)
    assert browser.to_dict() == STOPPED


def test_back_takes_the_choices_of_the_address_once(browser: Browser) -> None:
    browser.run(DEFAULT)
    address.choose("words_find_list", "mo")
    browser.run(DEFAULT)
    assert browser.to_dict() == DEFAULT | {"words_find_list": "mo"}
    assert browser.run(DEFAULT, moved_to=DEFAULT)
    assert address.choice("words_find_list") == ""
    assert not browser.run(DEFAULT, moved_to=DEFAULT), "a rerun of the same step is no second step"
    assert browser.run(DEFAULT, moved_to=DEFAULT | {"words_find_list": "mo"})
    assert address.choice("words_find_list") == "mo"


def test_only_known_choices_of_bounded_length_are_taken_and_written(browser: Browser) -> None:
    browser.params.from_dict({"own_sentence": "private", "words_find": "x" * 201, "words_view": "sizes"})
    browser.run(DEFAULT)
    assert address.carried() == {"words_view": "sizes"}
    address.choose("small_term", "not of the address")
    address.choose("browse_query", "y" * 201)
    assert address.carried() == {"words_view": "sizes"}


@pytest.mark.parametrize("name", ["", "-", "²", "-1", "1" * 10, "1.5", "x"])
def test_what_is_no_number_is_the_default(browser: Browser, name: str) -> None:
    address.choose("overview_article", name)
    assert address.number("overview_article", 7) == 7


def test_a_default_is_not_written_unless_it_follows_the_recipe(browser: Browser) -> None:
    for follows, expected in ((False, ""), (True, "word-list")):
        _, bound = widgets.carried("words_view", ("Rank curve", "Word list"), "Word list", follows_recipe=follows)
        take = bound["args"][2]
        take("Rank curve")
        assert address.choice("words_view") == "rank-curve"
        take("Word list")
        assert address.choice("words_view") == expected


def test_every_option_has_a_text_of_its_own() -> None:
    assert [widgets.as_text(value) for value in ("Word list", (0, 3), -1, None, "% of true class (recall)")] == [
        "word-list",
        "0.3",
        "-1",
        "None",
        "of-true-class-recall",
    ]
