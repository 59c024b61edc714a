"""What a guest finds on the pages, and what the teacher of a room has in addition."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bowcore import people
from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.people import TEACHER, Person, acting
from bowcore.store import database, ledger, locks
from bowcore.tasks.runner import work
from tests.pages.opening import by_label, facts, open_page, shown, visit
from tests.pages.plain import RECOMMENDED
from tests.pages.test_opened import RESULT
from ui.shell import prerequisites
from ui.state import visitor
from ui.state.faults import FOR_GUESTS

SMALL = RECOMMENDED.change(vocabulary_size=500, training_articles=200, hidden=8, epochs=2)
ANN, BOB = Person("ann"), Person("bob")


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody was here before, and whoever acts in a test sits at the page."""
    monkeypatch.setattr(people, "_find", people._find)
    monkeypatch.setattr(visitor, "_seen", {})
    monkeypatch.setattr(visitor, "_numbers", {})
    monkeypatch.setattr(visitor, "_arrivals", count(1))


@contextmanager
def at_the_page(monkeypatch: pytest.MonkeyPatch, who: Person) -> Iterator[None]:
    """Let this person look at every page inside the block."""
    with monkeypatch.context() as patched:
        patched.setattr(visitor, "visitor", lambda: who)
        yield


def newest(kind: str = "train") -> Job:
    return jobs.recent(kind, 1)[0]


def press(app: AppTest, label: str) -> AppTest:
    return by_label(app.button, label).click().run()


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def digest() -> str:
    return Experiments().corpus(RECOMMENDED).digest


def open_test_set(weights: str = "w1") -> int:
    return ledger.record_opening("bbc-news", digest(), "r1", 0, weights, RESULT).number


def test_somebody_alone_at_the_computer_notices_nothing_of_a_room() -> None:
    open_test_set()
    app = open_page("confusion.py")
    assert not [label for label in labels(app) if label.startswith("Room")]
    assert "Shown to the room" not in [box.label for box in app.selectbox]
    assert "in the room" not in shown(app) + facts(app)


def test_a_guests_stop_leaves_the_run_to_those_who_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_the_page(monkeypatch, ANN):
        of_ann = press(open_page("training.py", SMALL), "Start")
    with at_the_page(monkeypatch, BOB):
        of_bob = open_page("training.py", SMALL)
        assert by_label(of_bob.button, "Stop").disabled
        press(of_bob, "Join")
        assert len(jobs.recent("train")) == 1
        assert by_label(of_bob.button, "Stop").help == "It goes on for 1 other person."
        press(of_bob, "Stop")
        assert newest().state == "queued"
        assert by_label(of_bob.button, "Stop").disabled
    with at_the_page(monkeypatch, ANN):
        of_ann.run()
        assert not by_label(of_ann.button, "Stop").disabled
        press(of_ann, "Stop")
    assert newest().state == "stopped"


def test_the_teachers_stop_ends_a_run_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_the_page(monkeypatch, ANN):
        press(open_page("training.py", SMALL), "Start")
    app = open_page("training.py", SMALL)
    assert by_label(app.button, "Stop").help == "Ends it for 1 other person too."
    press(app, "Stop")
    assert newest().state == "stopped"


def test_a_guest_with_a_waiting_training_is_told_that_one_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_the_page(monkeypatch, ANN):
        press(open_page("training.py", SMALL), "Start")
        app = press(open_page("training.py", SMALL.change(hidden=9)), "Start")
    assert "One of your jobs waits already" in app.error[0].value
    assert len(jobs.recent("train")) == 1


def test_a_training_that_waits_says_its_place_and_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(BOB):
        jobs.submit("train", {}, "long", "of bob", seconds=100.0)
    with at_the_page(monkeypatch, ANN):
        app = press(open_page("training.py", SMALL), "Start")
    text = app.get("progress")[0].proto.text.replace("\N{NO-BREAK SPACE}", " ")
    assert text == "Waiting for its turn. 1 before it. It begins in about 1 min 40 s."
    assert newest().seconds is not None and newest().seconds > 1


def test_a_training_that_is_too_long_for_a_guest_is_refused_with_both_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "0.5")
    with at_the_page(monkeypatch, ANN):
        app = open_page("training.py", SMALL)
        assert "guests may use 0\\.5" in app.error[0].value.replace("\N{NO-BREAK SPACE}", " ")
        assert by_label(app.button, "Start").disabled
        assert by_label(app.button, "Step one epoch").disabled
        card = open_page("playground.py", SMALL)
        assert card.button(key="card_train").disabled
    assert not by_label(open_page("training.py", SMALL).button, "Start").disabled


@pytest.mark.parametrize(
    ("page", "state", "button"),
    [
        ("training.py", {}, "training_start"),
        ("training.py", {"training_view": "Seeds"}, "seeds_start"),
        ("training.py", {"training_view": "Learning curve"}, "curve_start"),
        ("compare.py", {"compare_view": "Switches"}, "ablation_start"),
    ],
)
def test_what_takes_too_long_for_a_guest_is_submitted_by_no_click(
    page: str, state: dict[str, str], button: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_the_page(monkeypatch, ANN):
        monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "100000")
        app = open_page(page, SMALL, **state)
        assert not app.button(key=button).disabled
        monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "0.5")
        people.find_by(lambda: ANN)  # who acts in the callback of a button that was drawn before
        app.button(key=button).click().run()
        assert app.button(key=button).disabled
        assert "long" not in {job.lane for job in jobs.recent()}
        assert "guests may use 0\\.5" in app.error[0].value.replace("\N{NO-BREAK SPACE}", " ")


def test_a_guest_may_download_what_is_freed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = RECOMMENDED.change(corpus="ag-news")
    with at_the_page(monkeypatch, ANN):
        app = open_page("playground.py", recipe)
        assert app.button(key="offer_start").disabled
        assert "The teacher starts downloads here" in shown(app)
        monkeypatch.setenv("BOWLAB_GUEST_DOWNLOADS", "ag-news")
        app = open_page("playground.py", recipe)
        assert not app.button(key="offer_start").disabled
    monkeypatch.delenv("BOWLAB_GUEST_DOWNLOADS")
    assert not open_page("playground.py", recipe).button(key="offer_start").disabled


def test_of_what_one_session_asks_for_three_are_on_the_teachers_list(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"hub:owner/name{number}" for number in range(prerequisites.MOST_WISHED + 1)]
    wished: list[str] = []
    monkeypatch.setattr(prerequisites, "wish", wished.append)
    with at_the_page(monkeypatch, ANN):
        for name in names:
            app = open_page("playground.py", RECOMMENDED.change(corpus=name), wished=list(wished))
            assert ("data sets already" in shown(app)) is (name == names[-1])
    assert wished == names[:-1]


def test_the_teacher_frees_a_download_in_the_room_and_the_guest_who_waits_for_it_may_start_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    polls: list[float | None] = []
    poll = prerequisites.poll
    monkeypatch.setattr(prerequisites, "poll", lambda look, every: polls.append(every) or poll(look, every))
    recipe = RECOMMENDED.change(corpus="hub:owner/name?body=text")
    with at_the_page(monkeypatch, ANN):
        guest = open_page("playground.py", recipe)
        assert guest.button(key="offer_start").disabled and polls == [prerequisites.LOOK_EVERY]
    teacher = press(open_page("playground.py"), "Room: 1 guest")
    choice = by_label(teacher.multiselect, "Guests may download")
    assert choice.options == ["hub:owner/name", "AG News"] and choice.value == []
    choice.set_value(["hub:owner/name"]).run()
    with at_the_page(monkeypatch, ANN):
        assert not guest.run().button(key="offer_start").disabled
        assert "The teacher starts downloads here" not in shown(guest)
        assert len(polls) == 1, "only who waits asks again"
        guest.button(key="offer_start").click().run()
        assert newest("download").owner == ANN.id
        jobs.request_stop(newest("download").id)
        guest.run()
    choice = by_label(press(teacher, "Room: 1 guest").multiselect, "Guests may download")
    assert choice.value == ["hub:owner/name"]
    choice.set_value([]).run()
    with at_the_page(monkeypatch, ANN):
        people.find_by(lambda: ANN)  # who acts in the callback of a button that was drawn before
        guest.button(key="offer_start").click().run()
        assert newest("download").state == "stopped"
        assert guest.button(key="offer_start").disabled


def test_recipes_tried_are_each_persons_own_and_the_rooms_sum_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    other = RECOMMENDED.change(digits=False)
    for who, recipe in ((ANN, RECOMMENDED), (BOB, RECOMMENDED), (BOB, other)):
        with at_the_page(monkeypatch, who):
            open_page("playground.py", recipe)
    with at_the_page(monkeypatch, ANN):
        assert "**Recipes tried:** 1 by you, 2 in the room: " in facts(open_page("playground.py"))
    with at_the_page(monkeypatch, BOB):
        assert "**Recipes tried:** 2: " in facts(open_page("playground.py"))


def test_who_sees_a_network_that_another_has_trained_has_tried_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_the_page(monkeypatch, ANN):
        press(open_page("training.py", SMALL), "Start")
        work("long", until_idle=True)
    key = digest()
    two = SMALL.change(hidden=16)
    with acting(BOB):
        ledger.record_look(key, two, network=True)
        assert ledger.n_looks(key) == 1
    with at_the_page(monkeypatch, BOB):
        open_page("training.py", SMALL)
    with acting(BOB):
        assert ledger.n_looks(key) == 2
    with acting(ANN):
        assert ledger.n_looks(key) == 1


def test_only_the_teacher_opens_the_test_set(monkeypatch: pytest.MonkeyPatch) -> None:
    press(open_page("training.py", SMALL), "Start")
    work("long", until_idle=True)
    assert "Open the test set (once)" in labels(open_page("confusion.py", SMALL))
    with at_the_page(monkeypatch, ANN):
        app = open_page("confusion.py", SMALL)
        assert "Open the test set (once)" not in labels(app)
        assert "The teacher opens the test set, once for the room" in shown(app)


def test_the_room_sees_an_opened_result_when_the_teacher_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = open_test_set(), open_test_set("w2")
    with at_the_page(monkeypatch, ANN):
        app = open_page("confusion.py")
        assert "opened 2 times" in shown(app)
        assert "The room's result" not in shown(app) and "Test accuracy" not in {one.label for one in app.metric}
        assert "never opened" not in shown(app)
    app = open_page("confusion.py")  # a guest was here, so this is the teacher of a room
    by_label(app.selectbox, "Shown to the room").set_value(second).run()
    assert [one.shown for one in ledger.openings(digest())] == [False, True]
    with at_the_page(monkeypatch, ANN):
        guest = open_page("confusion.py", SMALL)
        assert "The room's result" in shown(guest) and "seed 0" in shown(guest)
        assert by_label(guest.metric, "Test accuracy").value == "50.0\N{NO-BREAK SPACE}%"
        guest.session_state["ledger"] = True
        guest.run()
        (rows,) = [frame.value for frame in guest.dataframe if "recipes tried before" in frame.value]
        assert len(rows) == 1, "the other opening stays the teacher's"
    by_label(app.selectbox, "Shown to the room").set_value(first).run()
    assert [one.shown for one in ledger.openings(digest())] == [True, False]
    ledger.show_opening(digest(), None)
    with at_the_page(monkeypatch, ANN):
        assert "The room's result" not in shown(open_page("confusion.py", SMALL))


def test_a_strangers_run_is_called_the_rooms_and_ones_own_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for who, recipe in ((BOB, SMALL.change(hidden=9)), (ANN, SMALL.change(hidden=10))):
        with at_the_page(monkeypatch, who):
            press(open_page("training.py", recipe), "Start")
            work("long", until_idle=True)
    for who, expected in ((ANN, "Trained with an earlier recipe"), (BOB, "Trained with an earlier recipe")):
        with at_the_page(monkeypatch, who):
            assert expected in shown(open_page("training.py", SMALL))
    with at_the_page(monkeypatch, Person("cid")):
        assert "Trained in the room, with another recipe" in shown(open_page("training.py", SMALL))


def test_the_teacher_sees_every_job_and_ends_any_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_the_page(monkeypatch, ANN):
        press(open_page("training.py", SMALL), "Start")
    with acting(BOB):
        jobs.submit("train", newest().payload, "long", newest().key)
    with locks.slot_lock("long"):
        assert jobs.claim("long") is not None
    app = open_page("playground.py")
    press(app, "Room: 1 guest")
    assert "**Training**, BBC News, for guest 1 and 1 other: 0 %" in shown(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "used by this program" in shown(app)
    app.button(key=f"room_end_{newest().id}").click().run()
    assert newest().stop_requested


def test_training_again_keeps_the_finished_network_on_every_page_until_the_new_one_is_done(home: Path) -> None:
    app = press(open_page("training.py", SMALL), "Start")
    work("long", until_idle=True)
    first = newest()
    press(app.run(), "Train again")
    assert newest().id != first.id and newest().open
    visit(app, "confusion.py")
    by_label(app.get("segmented_control"), "Judged by").set_value("network").run()
    assert "Network has" in shown(app) and "not trained with this recipe" not in shown(app)
    jobs.request_stop(newest().id)
    app.run()
    assert "Network has" in shown(app)


def test_the_command_line_and_all_browsers_at_the_computer_are_one_person() -> None:
    ledger.record_look(digest(), RECOMMENDED)
    with acting(TEACHER):
        assert ledger.n_looks(digest()) == 1


def test_a_guest_reads_of_a_fault_without_the_folders_of_the_teacher_s_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path))
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 100)
    with at_the_page(monkeypatch, ANN):
        app = open_page("playground.py", SMALL)
        with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            app.session_state["recipe"] = SMALL.change(training_articles=100)
            app.run()
            assert [error.value for error in app.error] == [FOR_GUESTS]
            assert str(tmp_path) not in shown(app)
        app.run()
        assert [error.value for error in app.error] == []
