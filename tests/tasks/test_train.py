import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import confusion_matrix, log_loss

from bowcore.errors import DatabaseError, RunError
from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.jobs.run import run_claimed
from bowcore.learn.linear.baselines import Baseline, models, run_baselines
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME, digest_features
from bowcore.matrix.features import Features
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger, locks
from bowcore.store.home import training_folder
from bowcore.store.keys import result_key
from bowcore.tasks.finished_runs import finished_runs
from bowcore.tasks.handlers import handler_for
from bowcore.tasks.runner import run_here
from bowcore.tasks.train import CHECKPOINT_LIMIT
from bowcore.tasks.trained import Trained

SMALL = Recipe().change(
    training_articles=120, min_documents=2, hidden=8, epochs=3, batch_size=16, learning_rate=0.01, weighting="tfidf"
)

Body = dict[str, Any]
BATCHES: dict[str, list[Body]] = {}
"""The batches that each run learned, by the id of its job."""


Hear = Callable[[Body], None]


@contextmanager
def hearing(on_event: Hear) -> Iterator[list[Body]]:
    """Call `on_event` with each event and each batch, of which a job's row keeps only the newest; yield the batches."""
    batches: list[Body] = []
    emit = JobContext.emit

    def heard(context: JobContext, event: Body | None = None, *others: Any, **named: Any) -> None:
        emit(context, event, *others, **named)
        _progress, _message, batch, *_ = (*others, None, None, None)
        if batch is not None:
            batches.append(batch)
        for body in filter(None, (event, batch)):
            on_event(body)

    with mock.patch.object(JobContext, "emit", heard):
        yield batches


def run(recipe: Recipe = SMALL, on_event: Hear = lambda body: None, **payload: Any) -> Job:
    with hearing(on_event) as batches:
        job = run_here("train", {"recipe": recipe.to_toml(), **payload}, "long", recipe.key())
    BATCHES[job.id] = batches
    return job


def result_of(job: Job) -> Body:
    assert (job.state, job.error) == ("done", "")
    assert job.result is not None
    return job.result


def events_of(job: Job, event: str = "EpochDone") -> list[Body]:
    if event == "BatchDone":
        return BATCHES[job.id]
    return [found.body for found in jobs.events(job.id) if found.body["event"] == event]


def numbers(epochs: list[Body]) -> list[Body]:
    """Epochs without their times."""
    return [{name: value for name, value in epoch.items() if "seconds" not in name} for epoch in epochs]


def kept(result: Body) -> Path:
    folder = artefacts.find(result["artefact"])
    assert folder is not None
    return folder


def from_the_start(recipe: Recipe, earlier: Body) -> Body:
    """The same training uninterrupted, without stored parts of the earlier one."""
    artefacts.remove(earlier["artefact"])
    return result_of(run(recipe, again=True))


def assert_same_training(one: Body, other: Body) -> None:
    assert numbers(one["epochs"]) == numbers(other["epochs"])
    for name in ("weights_digest", "kept_epoch", "best_epoch", "validation_accuracy", "confusion", "artefact"):
        assert one[name] == other[name]


@pytest.mark.parametrize("keep", ["best", "last"])
def test_figures_are_those_of_the_kept_weights_in_stock_pytorch(keep: str) -> None:
    recipe = SMALL.change(keep=keep)
    job = run(recipe)
    result, features = result_of(job), Experiments().matrix(recipe).features
    module = torch.nn.Sequential(torch.nn.Linear(features.n_terms, 8), torch.nn.ReLU(), torch.nn.Linear(8, 5))
    module.load_state_dict(load_file(kept(result) / "weights.safetensors"))
    with torch.no_grad():
        shares = torch.softmax(module(torch.from_numpy(features.validation.toarray()).float()).double(), dim=1).numpy()
    labels = features.validation_labels
    assert np.allclose(np.load(kept(result) / "validation_probabilities.npy"), shares, atol=1e-5)
    assert result["confusion"] == confusion_matrix(labels, shares.argmax(axis=1)).tolist()
    assert result["validation_accuracy"] == (shares.argmax(axis=1) == labels).mean()
    losses = [epoch["validation_loss"] for epoch in result["epochs"]]
    assert losses[result["kept_epoch"] - 1] == pytest.approx(log_loss(labels, shares), abs=1e-5)
    assert result["best_epoch"] == 1 + int(np.argmin(losses))
    assert result["kept_epoch"] == (3 if keep == "last" else result["best_epoch"])
    assert (result["n_train"], result["n_validation"], result["n_terms"]) == (120, 334, features.n_terms)
    assert result["class_names"] == ["business", "entertainment", "politics", "sports", "tech"]
    assert events_of(job) == [{"event": "EpochDone", **epoch} for epoch in result["epochs"]]
    assert json.loads(json.dumps(result)) == result


def test_the_artefact_contains_its_terms_and_its_recipe() -> None:
    folder, features = kept(result_of(run())), Experiments().matrix(SMALL).features
    assert (folder / "vocabulary.txt").read_text(encoding="utf-8").splitlines() == features.terms.to_pylist()
    assert Recipe.from_toml((folder / "recipe.toml").read_text(encoding="utf-8")) == SMALL
    assert (folder / "features.txt").read_text(encoding="utf-8") == digest_features(features)


def test_steps_of_one_epoch_equal_an_uninterrupted_training() -> None:
    steps = [run(step=1) for _ in range(3)]
    results = [result_of(job) for job in steps]
    assert [len(result["epochs"]) for result in results] == [1, 2, 3]
    assert [[epoch["epoch"] for epoch in events_of(job)] for job in steps] == [[1], [1, 2], [1, 2, 3]]
    assert [len(events_of(job, "Finished")) for job in steps] == [0, 0, 1]
    assert len({result["artefact"] for result in results}) == 3
    assert_same_training(results[-1], from_the_start(SMALL, results[-1]))


def test_an_early_end_is_complete_and_a_stop_after_as_many_epochs_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    patient = SMALL.change(epochs=40, learning_rate=0.1, patience=1)
    early = result_of(run(patient))
    n = len(early["epochs"])
    assert 1 < n < 40 and early["ended_early"] and not early["stopped"]

    def stop(body: Body) -> None:
        if body.get("event") == "EpochDone" and body["epoch"] == n:
            jobs.request_stop(jobs.recent("train", 1)[0].id)

    cut_short = run(patient.change(patience=0), stop)
    asked_too_late = run(patient, stop, again=True)
    found = {ended.job_id: ended for ended in finished_runs(early["corpus_digest"])}
    assert (cut_short.state, len(found[cut_short.id].result.epochs), found[cut_short.id].complete) == (
        "stopped",
        n,
        False,
    )
    assert found[asked_too_late.id].complete and found[asked_too_late.id].result.ended_early


def test_a_stopped_training_keeps_its_epochs_and_resumes_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)

    def stop(body: Body) -> None:
        if body["event"] == "EpochDone":
            jobs.request_stop(jobs.recent("train", 1)[0].id)

    stopped = run(on_event=stop)
    assert stopped.state == "stopped"
    assert stopped.result is not None
    assert stopped.result["stopped"] is True
    assert [epoch["epoch"] for epoch in stopped.result["epochs"]] == [1]
    rest = run()
    assert [epoch["epoch"] for epoch in events_of(rest)] == [1, 2, 3]
    assert events_of(rest)[0]["seconds"] == events_of(stopped)[0]["seconds"]  # reported again, not trained again
    assert_same_training(result_of(rest), from_the_start(SMALL, result_of(rest)))


@pytest.mark.parametrize(("limit", "n_batches"), [(1, 1), (1, 8), (1, 11), (CHECKPOINT_LIMIT, 11)])
def test_a_network_of_any_size_stopped_at_any_batch_is_resumed_there(
    limit: int, n_batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 batches an epoch."""
    monkeypatch.setattr("bowcore.tasks.train.CHECKPOINT_LIMIT", limit)
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    counted = []

    def stop(body: Body) -> None:
        if body["event"] == "BatchDone":
            counted.append(body["batch"])
            if len(counted) == n_batches:
                jobs.request_stop(jobs.recent("train", 1)[0].id)

    assert run(on_event=stop).state == "stopped"
    assert len(counted) in (n_batches, n_batches + 1)  # asked before a batch, and perhaps after the epoch's last
    rest = run()
    assert len(counted) + len(events_of(rest, "BatchDone")) == 3 * 8
    assert_same_training(result_of(rest), from_the_start(SMALL, result_of(rest)))


def test_a_large_network_is_saved_when_its_process_is_asked_to_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.tasks.train.CHECKPOINT_LIMIT", 1)
    job = jobs.submit("train", {"recipe": SMALL.to_toml()}, "long", "k")
    leaving, counted = threading.Event(), []

    def leave(body: Body) -> None:
        counted.append(body["event"])
        if counted.count("BatchDone") == 11:
            leaving.set()

    with locks.slot_lock("long"), locks.worker_lock("long"):
        claimed = jobs.claim("long")
        assert claimed is not None and claimed.id == job.id
        with hearing(leave):
            left = run_claimed(claimed, handler_for, leaving)
    assert left.state == "interrupted"
    rest = run()
    assert len(events_of(rest, "BatchDone")) == 3 * 8 - 11
    assert_same_training(result_of(rest), from_the_start(SMALL, result_of(rest)))


def test_the_keyboard_stops_a_large_network_between_two_batches_and_it_is_saved(
    monkeypatch: pytest.MonkeyPatch, keyboard: None
) -> None:
    monkeypatch.setattr("bowcore.tasks.train.CHECKPOINT_LIMIT", 1)
    counted = []

    def press(body: Body) -> None:
        counted.append(body["event"])
        if counted.count("BatchDone") == 11 and counted[-1] == "BatchDone":
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(on_event=press)
    assert jobs.recent("train", 1)[0].state == "stopped"
    rest = run()
    assert len(events_of(rest, "BatchDone")) == 3 * 8 - 11
    assert_same_training(result_of(rest), from_the_start(SMALL, result_of(rest)))


def test_a_training_stopped_before_its_first_batch_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)

    def stop(body: Body) -> None:
        jobs.request_stop(jobs.recent("train", 1)[0].id)

    stopped = run(on_event=stop)
    assert stopped.result is not None
    assert (stopped.state, Trained.from_json(stopped.result)) == ("stopped", Trained(stopped=True))
    assert artefacts.kept() == ()
    assert len(events_of(run(), "Started")) == 1


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_training_keeps_one_checkpoint_file_and_none_when_it_is_done(
    keep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = SMALL.change(epochs=9, keep=keep, learning_rate=0.1)
    folder = training_folder(result_key(recipe, "network", Experiments().corpus(recipe).digest))
    counted = []

    def look(body: Body) -> None:
        if body["event"] == "BatchDone":
            counted.append(len(list(folder.glob("kept-*"))))

    result = result_of(run(recipe, look))
    assert counted[8:] == [1] * 8 * 8
    assert not folder.exists()
    assert kept(result)


def test_a_run_cut_short_after_its_last_epoch_trains_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*_: object) -> tuple[Baseline, ...]:
        raise RunError("The power fails.")

    with monkeypatch.context() as patch:
        patch.setattr("bowcore.tasks.train.run_baselines", fit)
        assert run().state == "failed"
    rest = run()
    assert (events_of(rest, "Started"), events_of(rest, "BatchDone"), len(events_of(rest))) == ([], [], 3)
    assert set(result_of(rest)["baselines"]) == set(models(on_counts=True))
    assert_same_training(result_of(rest), from_the_start(SMALL, result_of(rest)))


def test_a_finished_training_requested_again_starts_from_the_beginning() -> None:
    first, second = run(), run()
    assert len(events_of(second, "Started")) == 1
    assert_same_training(result_of(first), result_of(second))


def test_an_unreadable_checkpoint_is_discarded() -> None:
    result = result_of(run(step=1))
    folder = training_folder(result_key(SMALL, "network", result["corpus_digest"]))
    (folder / "checkpoint.npz").write_bytes(b"nothing of the kind")
    rest = run()
    assert len(events_of(rest, "Started")) == 1
    assert len(result_of(rest)["epochs"]) == 3


@pytest.mark.parametrize(("limit", "saved"), [(1, False), (CHECKPOINT_LIMIT, True)], ids=["large", "small"])
def test_only_a_small_network_is_saved_after_every_epoch(
    limit: int, saved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bowcore.tasks.train.CHECKPOINT_LIMIT", limit)
    checkpoint = training_folder(result_key(SMALL, "network", Experiments().corpus(SMALL).digest)) / CHECKPOINT_NAME
    found = []

    def look(body: Body) -> None:
        if body["event"] == "BatchDone" and body["epoch"] == 2:
            found.append(checkpoint.is_file())

    result_of(run(on_event=look))
    assert found == [saved] * 8


def test_baselines_are_fitted_once_for_all_networks_on_the_same_features() -> None:
    first = result_of(run())
    assert set(first["baselines"]) == {
        "majority",
        "nearest centroid",
        "multinomial naive Bayes",
        "logistic regression",
        "naive Bayes on counts",
    }
    (artefact,) = [item for item in artefacts.kept() if item.key.startswith("baselines-")]
    table = json.loads((artefact.path / "baselines.json").read_text(encoding="utf-8"))
    table["majority"]["validation_accuracy"] = 0.125
    artefacts.remove(artefact.key)
    artefacts.store(artefact.key, lambda place: (place / "baselines.json").write_text(json.dumps(table)))
    assert result_of(run(SMALL.change(hidden=4)))["baselines"] == first["baselines"] | {"majority": 0.125}
    other = result_of(run(SMALL.change(min_documents=3)))
    assert other["baselines"]["majority"] == first["baselines"]["majority"] != 0.125


def stop_at(epoch: int) -> Callable[[Body], None]:
    def stop(body: Body) -> None:
        if body["event"] == "EpochDone" and body["epoch"] == epoch:
            jobs.request_stop(jobs.recent("train", 1)[0].id)

    return stop


def test_a_stopped_training_waits_for_no_baselines_but_shows_those_that_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    fitted, fit = [], run_baselines
    monkeypatch.setattr("bowcore.tasks.train.run_baselines", lambda *given: fitted.append(1) or fit(*given))
    stopped = run(on_event=stop_at(1))
    assert (stopped.state, fitted) == ("stopped", [])
    assert stopped.result is not None
    assert (stopped.result["baselines"], len(stopped.result["epochs"])) == ({}, 1)
    assert kept(stopped.result)
    whole = result_of(run())
    assert set(whole["baselines"]) == set(models(on_counts=True))
    other = run(SMALL.change(hidden=4), on_event=stop_at(1))
    assert other.result is not None
    assert (other.result["baselines"], fitted) == (whole["baselines"], [1])


def test_a_stop_while_baselines_are_fitted_ends_the_run_with_all_its_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    fit = run_baselines

    def fit_and_stop(
        features: Features, should_stop: Callable[[], bool], counts: Features | None
    ) -> tuple[Baseline, ...]:
        def stop_within_the_last_model() -> bool:
            asked.append(1)
            if len(asked) == len(models(on_counts=True)) + 1:
                jobs.request_stop(jobs.recent("train", 1)[0].id)
            return should_stop()

        asked: list[int] = []
        return fit(features, stop_within_the_last_model, counts)

    monkeypatch.setattr("bowcore.tasks.train.run_baselines", fit_and_stop)
    stopped = run()
    assert stopped.state == "stopped"
    assert stopped.result is not None
    assert (len(stopped.result["epochs"]), stopped.result["baselines"]) == (3, {})
    assert kept(stopped.result)


def test_an_error_in_the_baselines_fails_the_run_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*_: object) -> tuple[Baseline, ...]:
        raise RunError("The baselines need 3 apples.")

    monkeypatch.setattr("bowcore.tasks.train.run_baselines", fit)
    failed = run()
    assert (failed.state, failed.error) == ("failed", "The baselines need 3 apples.")


def test_each_network_whose_validation_score_is_shown_counts_as_one_look() -> None:
    digest = result_of(run())["corpus_digest"]
    assert ledger.n_looks(digest) == 1
    run(again=True)
    assert ledger.n_looks(digest) == 1
    run(SMALL.change(hidden=4))
    assert ledger.n_looks(digest) == 2


def test_a_look_that_the_database_does_not_take_is_counted_after_the_next_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record, refusals = ledger.record_look, []

    def full_at_first(*arguments: Any, **options: Any) -> None:
        if not refusals:
            refusals.append(DatabaseError("The disk is full."))
            raise refusals[0]
        record(*arguments, **options)

    monkeypatch.setattr(ledger, "record_look", full_at_first)
    result = result_of(run(SMALL.change(epochs=2)))
    assert len(result["epochs"]) == 2
    assert refusals
    assert ledger.n_looks(result["corpus_digest"]) == 1


def test_batches_are_no_events_and_the_row_of_a_running_training_has_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.WRITE_EVERY", 0.0)
    found: list[Job] = []

    def look(body: Body) -> None:
        if body["event"] == "BatchDone" and body["epoch"] == 3:
            found.append(jobs.recent("train", 1)[0])

    job = run(on_event=look)
    assert len(BATCHES[job.id]) == 3 * 8
    kinds = [event.body["event"] for event in jobs.events(job.id)]
    assert kinds == ["Started", *["BatchPoints", "EpochDone"] * 3, "Finished"]
    assert found[-1].newest in BATCHES[job.id] and found[-1].ends is not None
    assert (job.newest, job.ends) == (None, None)


def test_time_left_is_that_of_the_training_or_of_the_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bowcore.tasks.train.baseline_seconds", lambda n_cells: 0.0)
    report, estimates = jobs.report, []

    def note(job_id: str, *others: Any, ends: float | None = None, **named: Any) -> bool:
        estimates.append(ends is not None)
        return report(job_id, *others, ends=ends, **named)

    monkeypatch.setattr(jobs, "report", note)
    left: list[list[float | None]] = []
    done = Progress.done

    def heard(progress: Progress, *others: Any, **named: Any) -> None:
        done(progress, *others, **named)
        left[-1].append(progress.left())

    monkeypatch.setattr(Progress, "done", heard)
    for step in (1, 0):
        left.append([])
        run(step=step)
    one, rest = left
    assert (len(one), len(rest)) == (8 + 1, 2 * (8 + 1))
    assert one[-1] == rest[-1] == 0.0
    assert None not in one + rest
    assert any(estimates)


def test_a_recipe_without_terms_fails_with_the_remedy() -> None:
    job = run(SMALL.change(min_documents=1000))
    assert job.state == "failed"
    assert job.error.endswith("occur in fewer than 1,000 articles; lower the minimum document frequency.")


def test_a_network_that_does_not_fit_fails_before_anything_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.4")
    job = run(SMALL.change(hidden=20_000))
    assert job.state == "failed"
    assert "parameters would take about" in job.error
    assert events_of(job) == []
