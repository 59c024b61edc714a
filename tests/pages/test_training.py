"""The training page in every state that a run can be in; a worker is started only where the test says so."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from bowcore.findings.slices import Slice
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME
from bowcore.numbers import size
from bowcore.store import artefacts, locks
from bowcore.store.home import training_folder
from bowcore.tasks.runner import work
from tests.pages.opening import assert_in_shell, by_label, facts, number, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, class_names, plain

SMALL = RECOMMENDED.change(vocabulary_size=500, training_articles=200, hidden=8, epochs=2)


def press(app: AppTest, label: str) -> AppTest:
    return by_label(app.button, label).click().run()


def press_in_haste(app: AppTest, label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press a button, and let the run of the page end above it, as a second click makes it do."""
    with monkeypatch.context() as patched:
        patched.setattr("ui.shell.header.header", lambda *_: st.stop())
        press(app, label)
    app.run()


def off(app: AppTest) -> dict[str, bool]:
    """Whether each of the buttons of a run is switched off, by label."""
    labels = ("Start", "Pause", "Resume", "Go on", "Start again", "Train again", "Step one epoch", "Stop")
    return {button.label: button.disabled for button in app.main.button if button.label in labels}


def train_what_waits() -> None:
    """Do every waiting job of the long lane, as its worker does."""
    work("long", until_idle=True)


def newest() -> Job:
    return jobs.recent("train", 1)[0]


def claim() -> Job:
    """Mark the waiting training as running, as a worker does."""
    with locks.slot_lock("long"):
        job = jobs.claim("long")
    assert job is not None
    return job


def save(job: Job) -> None:
    """Leave a checkpoint of this training, as a worker does."""
    folder = training_folder(job.key)
    folder.mkdir(parents=True)
    (folder / CHECKPOINT_NAME).touch()


def epoch(number: int, **values: float) -> dict[str, object]:
    """What a worker reports when an epoch is done."""
    return {
        "event": "EpochDone",
        "epoch": number,
        "epochs": 2,
        "running_train_loss": 1.5,
        "running_train_loss_batch_mean": 1.5,
        "running_train_accuracy": 0.5,
        "train_loss": 1.25,
        "train_accuracy": 0.625,
        "n_train_evaluated": 200,
        "validation_loss": 1.375,
        "validation_accuracy": 0.5,
        "seconds": 0.25,
        "evaluation_seconds": 0.125,
        **values,
    }


def epochs_shown(app: AppTest) -> list[int]:
    """The epochs in the table behind the curves; none where there is no table."""
    app.session_state["epochs"] = True
    app.run()
    tables = [frame.value for frame in app.dataframe if "validation_loss" in frame.value.columns]
    return tables[0]["epoch"].tolist() if tables else []


def test_the_costs_are_those_of_the_recipes_matrix() -> None:
    app = open_page("training.py", SMALL.change(training_articles=0))
    assert_in_shell(app)
    assert f"{500 * 8 + 8 + 8 * 5 + 5:,} weights and biases" in shown(app)
    assert f"stored densely: {8 * 1557 * 500 / 1e6:.1f} MB" in shown(app).replace("\N{NO-BREAK SPACE}", " ")


def test_a_network_that_was_never_trained_is_invited_and_can_be_started_or_stepped() -> None:
    app = open_page("training.py", SMALL)
    assert_in_shell(app)
    assert "No network for this recipe yet" in app.info[0].value
    assert off(app) == {"Start": False, "Step one epoch": False, "Stop": True}


def test_one_button_of_the_page_is_primary() -> None:
    app = open_page("training.py", SMALL)
    assert [button.label for button in app.main.button if button.proto.type == "primary"] == ["Start"]


def test_a_start_waits_in_the_queue_and_says_that_no_worker_runs() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    assert_in_shell(app)
    assert newest().state == "queued"
    assert "Waiting for its turn. It is next." in app.get("progress")[0].proto.text
    assert "Its worker is not running yet. It starts with the server: streamlit run app.py" in shown(app)
    assert off(app) == {"Start": True, "Step one epoch": True, "Stop": False}


def test_a_second_session_joins_the_run_that_waits() -> None:
    press(open_page("training.py", SMALL), "Start")
    other = open_page("training.py", SMALL)
    assert off(other)["Start"]
    assert len(jobs.recent("train")) == 1


def test_the_place_in_the_queue_counts_the_runs_before_it() -> None:
    press(open_page("training.py", SMALL.change(network_seed=7)), "Start")
    app = press(open_page("training.py", SMALL), "Start")
    assert "1 before it." in app.get("progress")[0].proto.text


def test_a_stop_in_the_queue_ends_the_run_before_it_began() -> None:
    app = press(press(open_page("training.py", SMALL), "Start"), "Stop")
    assert_in_shell(app)
    assert newest().state == "stopped"
    assert "Stopped after 0 of 2 epochs" in shown(app)
    assert off(app) == {"Start": False, "Step one epoch": False, "Stop": True}


def test_a_running_network_shows_its_progress_and_its_finished_epochs() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    job = claim()
    jobs.report(job.id, 0.5, "Epoch 2 of 2, batch 1 of 4", [epoch(1)])
    batch = {"event": "BatchDone", "epoch": 2, "batch": 1, "batches": 4, "running_loss": 1.125, "seconds": 0.1}
    jobs.report(job.id, newest={**batch, "running_accuracy": 0.75}, ends=time.time() + 90.5)
    app.run()
    assert_in_shell(app)
    bar = app.get("progress")[0].proto
    assert bar.value == 50
    assert re.fullmatch(r"Epoch 2 of 2, batch 1 of 4 · about 1.min.(29|30|31).s left", bar.text)
    assert "loss 1.125, accuracy 75.0 %" in shown(app)
    assert epochs_shown(app) == [1]
    assert off(app) == {"Pause": False, "Step one epoch": True, "Stop": False}


def test_a_look_at_a_run_asks_for_the_events_that_the_session_has_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(open_page("training.py", SMALL), "Start")
    job = claim()
    jobs.report(job.id, events=[epoch(1)])
    app.run()
    read, asked = jobs.events, []
    monkeypatch.setattr(jobs, "events", lambda job_id, after=0: asked.append(after) or read(job_id, after))
    jobs.report(job.id, events=[epoch(2)])
    app.run()
    assert set(asked) == {1, 2}
    assert epochs_shown(app) == [1, 2]


def test_a_stop_reaches_a_run_that_goes_on() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    job = claim()
    press(app, "Stop")
    assert jobs.get(job.id).stop_requested


def test_a_run_is_still_there_after_other_pages_and_in_a_new_session() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    jobs.report(claim().id, 0.5, "", [epoch(1)])
    visit(visit(app, "words.py"), "training.py")
    assert epochs_shown(app) == [1]
    assert epochs_shown(open_page("training.py", SMALL)) == [1]


def test_a_run_that_failed_says_why_and_can_be_started_again() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    jobs.end(claim().id, "failed", error="The network would take 9 GB; lower the hidden units.")
    app.run()
    assert_in_shell(app)
    assert app.error[0].value == r"The network would take 9 GB; lower the hidden units\."  # quoted in Markdown
    assert off(app) == {"Start": False, "Step one epoch": False, "Stop": True}


@pytest.mark.parametrize(
    ("saved", "button", "expected"),
    [
        (True, "Go on", "Press Go on to resume from where it was last saved"),
        (False, "Start again", "was not saved: press Start again"),
    ],
)
@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_a_run_whose_worker_went_away_goes_on_only_from_what_was_saved(
    epochs: int, saved: bool, button: str, expected: str
) -> None:
    app = press(open_page("training.py", SMALL), "Start")
    jobs.report(claim().id, 0.5, "", [epoch(number + 1) for number in range(epochs)])
    jobs.interrupt_running("long")
    if saved:
        save(newest())
    app.run()
    assert_in_shell(app)
    assert f"exited after {epochs} of 2 epochs" in app.warning[0].value
    assert expected in app.warning[0].value
    assert off(app) == {button: False, "Step one epoch": False, "Stop": True}
    assert epochs_shown(app) == [1, 2][:epochs]


@pytest.mark.parametrize("saved", [True, False])
def test_a_stopped_run_goes_on_only_from_what_was_saved(saved: bool) -> None:
    app = press(open_page("training.py", SMALL), "Start")
    jobs.report(claim().id, 0.5, "", [epoch(1)])
    jobs.end(newest().id, "stopped", {"epochs": [], "stopped": True})
    if saved:
        save(newest())
    app.run()
    assert_in_shell(app)
    assert "Stopped after 1 of 2 epochs" in app.info[0].value
    assert ("Press Go on" in app.info[0].value, "press Start again" in app.info[0].value) == (saved, not saved)
    assert off(app) == {"Go on" if saved else "Start again": False, "Step one epoch": False, "Stop": True}


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose small network a worker has trained, to be copied."""
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BOWLAB_HOME", str(home))
        press(open_page("training.py", SMALL), "Start")
        train_what_waits()
    return home


@pytest.fixture
def trained(trained_home: Path, home: Path) -> AppTest:
    """A session that opens the page of a small network that was trained in its home."""
    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    return open_page("training.py", SMALL)


def test_a_trained_network_shows_every_epoch_its_baselines_and_its_predictions(trained: AppTest) -> None:
    assert_in_shell(trained)
    job = newest()
    assert job.state == "done" and job.result is not None, job.error
    assert epochs_shown(trained) == [1, 2]
    assert off(trained) == {"Train again": False, "Step one epoch": True, "Stop": True}
    assert number(r"Recipes tried:\*\* (\d+): ", facts(trained)) == 1, "seen on the page and trained, it counts once"
    assert f"Kept: epoch {job.result['kept_epoch']}." in shown(trained)
    trained.session_state["models_table"] = True
    trained.run()
    (models,) = [
        frame.value for frame in trained.dataframe if "accuracy" in frame.value.columns and "name" in frame.value
    ]
    accuracy = models.set_index("name")["accuracy"]
    assert accuracy["network"] == pytest.approx(job.result["validation_accuracy"])

    # the confusion page reads the same network: its cells are scikit-learn's over the kept probabilities
    visit(trained, "confusion.py")
    by_label(trained.get("segmented_control"), "Judged by").set_value("network").run()
    assert_in_shell(trained)
    from sklearn.metrics import confusion_matrix

    folder = artefacts.find(job.result["artefact"])
    assert folder is not None
    predictions = np.load(folder / "validation_probabilities.npy").argmax(axis=1)
    counts = confusion_matrix(plain(RECOMMENDED).labels, predictions, labels=range(5))
    names = class_names()
    options = by_label(trained.selectbox, "Cell: click it in the matrix, or choose it here").options
    assert set(options) == {f"true {names[i]}, predicted {names[j]}: {counts[i, j]:,}" for i, j in np.argwhere(counts)}
    assert "approximate: gradient times input" in shown(trained)


def test_a_training_that_is_repeated_and_stopped_takes_its_network_from_no_other_page(trained: AppTest) -> None:
    before = newest()
    assert before.result is not None
    press(trained, "Train again")
    jobs.report(claim().id, 0.5, "", [epoch(1)])
    cut_short = {**before.result, "epochs": before.result["epochs"][:1], "kept_epoch": 1, "stopped": True}
    jobs.end(newest().id, "stopped", cut_short)
    trained.run()
    assert_in_shell(trained)
    assert "Stopped after 1 of 2 epochs" in trained.info[0].value
    assert "All other pages keep the complete network of before" in trained.info[0].value
    visit(trained, "confusion.py")
    by_label(trained.get("segmented_control"), "Judged by").set_value("network").run()
    assert_in_shell(trained)
    assert f"epoch {before.result['kept_epoch']} of 2" in shown(trained)
    assert trained.button(key="open_test").label == "Open the test set (once)"


def test_a_trained_network_is_packed_by_a_job_and_then_linked_and_never_part_of_the_page(trained: AppTest) -> None:
    press(trained, "Make network.zip")
    (job,) = jobs.recent("network-zip")
    assert job.state == "queued" and "Waiting for its turn" in trained.get("progress")[0].proto.text
    assert not trained.button(key="network-zip_stop").disabled
    assert trained.get("link_button") == []
    work("quick", until_idle=True)
    trained.run()
    assert_in_shell(trained)
    (link,) = trained.get("link_button")
    assert link.proto.url == f"network/{job.key}"
    folder = artefacts.find(f"network-zip-{job.key}")
    assert folder is not None
    bytes_shown = size((folder / "network.zip").stat().st_size)
    assert link.proto.label.endswith(f"Network for PyTorch, {bytes_shown}")
    assert trained.get("download_button") == []
    artefacts.remove(f"network-zip-{job.key}")
    assert "Make network.zip" in [button.label for button in trained.run().button]


def test_a_flipped_switch_calls_the_result_one_of_an_earlier_recipe_and_undo_brings_it_back(trained: AppTest) -> None:
    by_label(trained.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert_in_shell(trained)
    assert "Trained with an earlier recipe" in shown(trained)
    found = binomtest(round(newest().result["validation_accuracy"] * 334), 334)
    ends = found.proportion_ci(method="wilson")
    assert (
        f"{100 * found.statistic:.1f} % ({100 * ends.low:.1f}–{100 * ends.high:.1f}) of 334 validation articles; "
        "always guessing the largest class: 23.1 %"
    ) in shown(trained)
    assert off(trained) == {"Start": False, "Step one epoch": False, "Stop": True}
    trained.button(key="undo").click().run()
    assert off(trained)["Train again"] is False
    assert "Trained with an earlier recipe" not in shown(trained)


def test_one_step_learns_one_epoch_and_going_on_learns_the_rest() -> None:
    app = press(open_page("training.py", SMALL), "Step one epoch")
    train_what_waits()
    app.run()
    assert_in_shell(app)
    assert epochs_shown(app) == [1]
    assert off(app) == {"Go on": False, "Step one epoch": False, "Stop": True}
    press(app, "Go on")
    train_what_waits()
    app.run()
    assert epochs_shown(app) == [1, 2]
    assert off(app)["Train again"] is False


def test_a_network_beyond_the_memory_is_refused_with_the_numbers_before_it_starts() -> None:
    app = open_page("training.py", RECOMMENDED.change(hidden=20_000, ngrams=3))
    assert_in_shell(app)
    assert "GB" in app.error[0].value
    assert off(app) == {"Start": True, "Step one epoch": True, "Stop": True}


@pytest.mark.parametrize(
    ("label", "value", "field"),
    [("Hidden units", 64, "hidden"), ("Epochs", 9, "epochs"), ("Batch size", 32, "batch_size")],
)
def test_the_networks_settings_are_part_of_the_recipe_and_of_undo(label: str, value: int, field: str) -> None:
    app = open_page("training.py", SMALL)
    by_label(app.number_input, label).set_value(value).run()
    assert app.session_state["recipe"].value(field) == value
    app.button(key="undo").click().run()
    assert by_label(app.number_input, label).value == SMALL.value(field)


def test_the_tutorials_way_is_measured_on_request_and_shown_beside_ours() -> None:
    app = press(open_page("training.py", SMALL), "Measure the tutorial's way")
    assert_in_shell(app)
    assert "Waiting for its turn. It is next." in app.get("progress")[0].proto.text
    assert not app.button(key="tutorial-way_stop").disabled
    train_what_waits()
    app.run()
    job = jobs.recent("tutorial-way", 1)[0]
    assert job.state == "done" and job.result is not None, job.error
    assert off(app)["Start"] is False
    table = app.table[0].value
    assert table["Step"].tolist() == [*(row["step"] for row in job.result["rows"]), "Training matrix in memory"]
    assert table["The tutorial's way"].iloc[-1] == f"{8 * 200 * 500 / 1e3:.0f}\N{NO-BREAK SPACE}kB"
    ratios = [row["tutorial_seconds"] / row["here_seconds"] for row in job.result["rows"]]
    shown_ratios = [float(text.split("\N{NO-BREAK SPACE}")[0].replace(",", "")) for text in table["Ratio"][:3]]
    assert shown_ratios == pytest.approx(ratios, rel=0.06, abs=0.06)
    assert "200 training articles × 500 terms, 8 hidden units" in shown(app)
    assert not by_label(app.button, "Measure again").disabled
    # another network is another measurement
    assert not open_page("training.py", SMALL.change(hidden=9)).table


def test_a_click_counts_though_a_second_one_ends_the_drawing_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("training.py", SMALL)
    press_in_haste(app, "Start", monkeypatch)
    assert newest().state == "queued"
    assert off(app) == {"Start": True, "Step one epoch": True, "Stop": False}
    press_in_haste(app, "Stop", monkeypatch)
    assert newest().state == "stopped"
    press_in_haste(app, "Step one epoch", monkeypatch)
    assert newest().state == "queued" and newest().payload["step"] == 1
    press_in_haste(app, "Measure the tutorial's way", monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr("ui.shell.header.header", lambda *_: st.stop())
        app.button(key="tutorial-way_stop").click().run()
    app.run()
    assert jobs.recent("tutorial-way", 1)[0].state == "stopped"
    app = open_page("playground.py", SMALL.change(network_seed=3))
    (label,) = [button.label for button in app.button if button.key == "card_train"]
    press_in_haste(app, label, monkeypatch)
    assert "network_seed = 3" in newest().payload["recipe"]


def test_a_click_on_start_trains_the_recipe_in_force_and_none_of_other_texts() -> None:
    app = open_page("training.py", SMALL)
    app.session_state["recipe"] = SMALL.change(network_seed=5)
    press(app, "Start")
    assert "network_seed = 5" in newest().payload["recipe"]
    app = open_page("training.py", SMALL.change(network_seed=6))
    app.session_state["recipe"] = SMALL.change(network_seed=6, corpus="ag-news")
    press(app, "Start")
    assert "network_seed = 5" in newest().payload["recipe"]


def test_a_measurement_can_be_stopped_and_keeps_nothing() -> None:
    app = press(open_page("training.py", SMALL), "Measure the tutorial's way")
    app.button(key="tutorial-way_stop").click().run()
    assert_in_shell(app)
    assert jobs.recent("tutorial-way", 1)[0].state == "stopped"
    assert "It was stopped before it finished." in shown(app)
    assert not app.table


def test_a_network_beyond_the_memory_has_no_button_to_measure_it() -> None:
    app = open_page("training.py", RECOMMENDED.change(hidden=20_000, ngrams=3))
    assert by_label(app.button, "Measure the tutorial's way").disabled


def test_lazy_adam_is_called_another_optimiser_than_adam() -> None:
    assert "Lazy Adam is not Adam" in shown(open_page("training.py", SMALL.change(optimiser="adam-lazy")))
    assert "Lazy Adam" not in shown(open_page("training.py", SMALL.change(optimiser="adam")))


def test_a_trained_network_is_also_judged_on_the_chosen_slice(trained: AppTest) -> None:
    trained.session_state["slices"] = (Slice("tech alone", class_name="tech"),)
    trained.session_state["slice_chosen"] = "tech alone"
    trained.run()
    assert_in_shell(trained)
    folder = artefacts.find(newest().result["artefact"])
    assert folder is not None
    predictions = np.load(folder / "validation_probabilities.npy").argmax(axis=1)
    labels = plain(RECOMMENDED).labels
    mine = labels == class_names().index("tech")
    expected = f"In *tech alone*: {mine.sum()} of {len(mine)} validation articles; Network: **"
    assert f"{expected}{100 * (predictions == labels)[mine].mean():.1f} %" in shown(trained)


def ordered(job: Job) -> dict[str, object]:
    """The newest order to a training."""
    found: dict[str, object] = jobs.get(job.id).payload["steering"]
    return found


def test_a_running_training_is_paused_stepped_slowed_and_rewound_by_orders_to_its_worker() -> None:
    app = press(open_page("training.py", SMALL), "Start")
    job = claim()
    press(app.run(), "Pause")
    assert ordered(job)["what"] == "pause"
    assert "Pause" in off(app), "the worker has not said yet that it waits"
    jobs.report(job.id, newest={"epoch": 1, "batch": 2, "batches": 4, "paused": True}, message="Paused in epoch 1")
    app.run()
    assert off(app) == {"Resume": False, "Step one epoch": False, "Stop": False}
    assert "Paused in epoch 1" in app.get("progress")[0].proto.text
    press(press(app, "Step one batch"), "Step one batch")
    assert (ordered(job)["what"], ordered(job)["times"]) == ("batch", 2)
    app.select_slider(key="training_pace").set_value(8.0).run()
    assert (ordered(job)["what"], ordered(job)["pace"]) == ("batch", 8.0)
    press(app, "Rewind")
    assert ordered(job)["what"] == "rewind"
    press(app, "Resume")
    assert (ordered(job)["what"], ordered(job)["pace"]) == ("play", 8.0)


def test_a_rewind_to_new_weights_is_a_training_with_another_seed_that_waits() -> None:
    app = press(open_page("training.py", SMALL), "Step one batch")
    assert ordered(newest())["what"] == "batch"
    first = claim()
    by_label(app.get("button_group"), "Rewind to").set_value("New").run()
    press(app, "Rewind")
    assert jobs.get(first.id).stop_requested
    assert "network_seed = 1" in newest().payload["recipe"]
    assert (ordered(newest())["what"], newest().payload["again"]) == ("pause", True)


def test_a_setting_that_goes_wrong_is_trained_and_taken_back() -> None:
    app = open_page("training.py", SMALL)
    by_label(app.get("button_group"), "Make it go wrong").set_value("Labels shuffled").run()
    assert "labels would reach the texts in another way: a leak." in shown(app)
    press(app, "Try it")
    assert "shuffled_labels = true" in newest().payload["recipe"]
    train_what_waits()
    app.run()
    assert "With shuffled training labels the network is right for" in shown(app)
    assert "as it must be" in shown(app)
    app.button(key="go_wrong_undo").click().run()
    assert app.session_state["recipe"] == SMALL


def go_wrong(app: AppTest, name: str) -> AppTest:
    by_label(app.get("button_group"), "Make it go wrong").set_value(name).run()
    return press(app, "Try it")


def test_the_undo_of_a_bad_setting_leaves_what_was_changed_since() -> None:
    app = go_wrong(open_page("training.py", SMALL), "20 words kept")
    by_label(app.number_input, "Epochs").set_value(4).run()
    app.button(key="go_wrong_undo").click().run()
    assert app.session_state["recipe"] == SMALL.change(epochs=4)
    assert app.button(key="go_wrong_undo").disabled


def test_another_bad_setting_begins_with_the_recipe_as_it_is_now() -> None:
    app = go_wrong(open_page("training.py", SMALL), "Rate too high")
    app.button(key="undo").click().run()
    assert app.button(key="go_wrong_undo").disabled, "nothing is left to take back"
    by_label(app.number_input, "Epochs").set_value(4).run()
    go_wrong(app, "20 words kept")
    assert app.session_state["recipe"] == SMALL.change(epochs=4, vocabulary_size=20)
    go_wrong(app, "Labels shuffled")
    assert app.session_state["recipe"] == SMALL.change(epochs=4, shuffled_labels=True), "one bad setting at a time"


@pytest.mark.parametrize("field", ["shuffled_labels", "stop_words_only"])
def test_a_bad_setting_from_a_link_can_be_taken_back(field: str) -> None:
    app = open_page("training.py", SMALL.change(vocabulary_size=50, **{field: True}))
    app.button(key="go_wrong_undo").click().run()
    assert app.session_state["recipe"] == SMALL.change(vocabulary_size=50)


def test_the_learning_curve_is_a_view_of_this_page_too() -> None:
    app = open_page("training.py", SMALL)
    app.segmented_control(key="training_view").set_value("Learning curve").run()
    assert_in_shell(app)
    assert not by_label(app.main.button, "Draw the curve").disabled
    assert [button.label for button in app.main.button if button.proto.type == "primary"] == ["Start"]
