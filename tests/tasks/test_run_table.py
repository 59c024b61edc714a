"""The table of runs: who sees which, seeds folded over all of them, names, deletion and its undo."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bowcore.errors import RunError
from bowcore.jobs import jobs
from bowcore.people import TEACHER, Person, acting
from bowcore.recipe.differences import differences
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, database, keys
from bowcore.store.run_labels import delete_runs, run_labels
from bowcore.tasks import finished_runs
from bowcore.tasks.finished_runs import SeedGroup, newest_network, seeds_of
from bowcore.tasks.run_table import delete_row, find_run, label_row, restore, table_of_runs, table_record
from tests.tasks.test_trained import EPOCH, vars_of

ANN, BOB = Person("ann"), Person("bob")
PLAIN = Recipe().change(epochs=2)


def finish(
    recipe: Recipe,
    right: int,
    *,
    of: int = 200,
    texts: str = "d",
    epochs: int = 2,
    who: Person = TEACHER,
    key: str = "",
    **result: Any,
) -> str:
    """A training that has ended, without the training."""
    with acting(who):
        key = key or f"{recipe.key()}-{texts}-{epochs}"
        job = jobs.submit("train", {"recipe": recipe.to_toml()}, "long", key)
        assert (claimed := jobs.claim("long")) is not None and claimed.id == job.id
    result = {
        "artefact": f"network-{job.id}",
        "epochs": [vars_of(EPOCH) | {"epoch": n + 1, "epochs": 2, "n_validation": of} for n in range(epochs)],
        "validation_accuracy": right / of,
        "n_validation": of,
        "corpus_digest": texts,
        "seconds": 2.0,
        **result,
    }
    jobs.end(job.id, "done", result)
    return job.id


@pytest.fixture
def trained() -> Iterator[dict[str, str]]:
    """Three seeds of one recipe, two of them another person's, and a run of another recipe."""
    yield {
        "seed 0": finish(PLAIN, 180),
        "seed 1": finish(PLAIN.change(network_seed=1), 184, who=ANN),
        "seed 2": finish(PLAIN.change(network_seed=2), 170, who=BOB),
        "tfidf": finish(PLAIN.change(weighting="tfidf"), 190, who=ANN),
        "other texts": finish(PLAIN.change(corpus="own:AAAAAAAAAAAAAAAAAAAAAA/diary.csv"), 150, texts="e"),
    }


def test_runs_that_differ_by_their_seed_alone_are_one_row_over_all_of_them(trained: dict[str, str]) -> None:
    (folded,) = [row for row in table_of_runs("d") if row.n > 1]
    shares = [0.9, 0.92, 0.85]
    assert sorted(folded.shares) == sorted(shares)
    assert (folded.mean, folded.sd) == pytest.approx((statistics.mean(shares), statistics.stdev(shares)))
    assert folded.accuracy_in_words.replace("\N{NO-BREAK SPACE}", " ") == "89.0 ± 3.6 %, n = 3"
    assert folded.accuracy.n_right == 178 and folded.accuracy.n_documents == 200
    assert folded.against(SeedGroup(folded.runs[:1])) == ()


def test_a_run_that_was_trained_again_counts_once_and_one_cut_short_apart() -> None:
    finish(PLAIN, 100, epochs=1)
    finish(PLAIN, 180)
    finish(PLAIN, 182)
    rows = table_of_runs("d")
    assert [(row.n, row.mean, row.state) for row in rows] == [(1, 0.91, ""), (1, 0.5, "1 of 2 epochs")]
    assert len({row.key for row in rows}) == 2


def test_an_early_end_is_a_whole_training_and_a_stop_is_not() -> None:
    finish(PLAIN, 180, epochs=1, ended_early=True)
    finish(PLAIN.change(network_seed=1), 182)
    finish(PLAIN.change(network_seed=2), 100, epochs=1, stopped=True)
    finish(PLAIN.change(network_seed=3), 101, epochs=1)  # one step
    whole, cut_short = sorted(table_of_runs("d"), key=lambda row: row.state)
    assert (whole.n, whole.state, sorted(whole.shares)) == (2, "", [0.9, 0.91])
    assert (cut_short.n, cut_short.state, sorted(cut_short.shares)) == (2, "1 of 2 epochs", [0.5, 0.505])


def test_trainings_by_different_code_are_rows_of_their_own_that_say_so() -> None:
    for seed, right, code in ((0, 180, ""), (1, 184, ""), (1, 100, "0ther1"), (2, 102, "0ther1")):
        finish(PLAIN.change(network_seed=seed), right, code=code)
    before, now = sorted(table_of_runs("d"), key=lambda row: row.mean)
    assert (sorted(before.shares), sorted(now.shares)) == ([0.5, 0.51], [0.9, 0.92])
    assert [difference.now for difference in before.against(now)] == ["Version: 0ther1"]
    assert find_run(now.key) == now and find_run(before.key) == before and before.key == f"{now.key}-0ther1"
    assert {run["code"] for run in table_record((before, now))["runs"]} == {"0ther1", keys.code_key("network")}
    spread = seeds_of(PLAIN.change(network_seed=9), "d")
    assert spread is not None and sorted(spread.shares) == [0.9, 0.92], "a page shows what its own code trained"


def test_all_seeds_of_a_recipe_are_found_with_one_small_query_until_something_changes(trained: dict[str, str]) -> None:
    asked: list[str] = []
    sa.event.listen(database.engine(), "before_cursor_execute", lambda *args: asked.append(args[2]))

    def shares() -> list[float]:
        asked.clear()
        found = seeds_of(PLAIN, "d")
        return [] if found is None else sorted(found.shares)

    assert shares() == [0.85, 0.9, 0.92]
    assert shares() == [0.85, 0.9, 0.92]
    assert len(asked) == 1 and "result IS NOT NULL" in asked[0] and "payload" not in asked[0]
    finish(PLAIN.change(network_seed=3), 150)
    assert shares() == [0.75, 0.85, 0.9, 0.92]
    run_labels_of = [trained["seed 1"]]
    delete_runs(run_labels_of)
    assert shares() == [0.75, 0.85, 0.9]
    restore(run_labels_of)
    assert len(shares()) == 4
    finish(PLAIN.change(network_seed=4), 100, epochs=1)
    assert len(shares()) == 4, "one that was cut short is no seed of a finished training"
    assert seeds_of(PLAIN, "e") is None and seeds_of(PLAIN.change(hidden=7), "d") is None


def test_the_newest_network_of_a_recipe_is_that_of_its_key() -> None:
    key = keys.result_key(PLAIN, "network", "d")
    assert newest_network(PLAIN, "d") is None
    for right in (150, 160):
        job = jobs.submit("train", {"recipe": PLAIN.to_toml()}, "long", key)
        jobs.claim("long")
        epochs = [vars_of(EPOCH) | {"n_validation": 200}]
        result = {"artefact": "network-1", "epochs": epochs, "validation_accuracy": right / 200, "n_validation": 200}
        jobs.end(job.id, "done", {**result, "corpus_digest": "d"})
    found = newest_network(PLAIN, "d")
    assert found is not None and found.result.accuracy.n_right == 160
    assert newest_network(PLAIN.change(network_seed=1), "d") is None


def test_a_training_that_is_stopped_replaces_no_complete_network() -> None:
    key = keys.result_key(PLAIN, "network", "d")

    def in_use() -> tuple[bool, int]:
        found = newest_network(PLAIN, "d")
        assert found is not None
        return found.complete, found.result.accuracy.n_right

    def train(right: int, epochs: int) -> str:
        name = f"network-{key}-{epochs}-{right}"
        artefacts.store(name, lambda place: (place / "weights").touch())
        finish(PLAIN, right, epochs=epochs, key=key, artefact=name)
        return name

    train(150, 1)
    assert in_use() == (False, 150), "the only one there is"
    train(160, 2)
    train(170, 1)
    assert in_use() == (True, 160)
    complete = train(180, 2)
    assert in_use() == (True, 180)
    train(190, 1)
    artefacts.remove(complete)
    assert in_use() == (False, 190), "the complete one was deleted"


def test_own_runs_come_first_and_a_guest_sees_the_rooms_on_the_texts_that_are_open_alone(
    trained: dict[str, str],
) -> None:
    with acting(ANN):
        assert [row.whose for row in table_of_runs("d")] == ["own", "own"]
        assert {run.job_id for row in table_of_runs() for run in row.runs} == {trained["seed 1"], trained["tfidf"]}
    with acting(BOB):
        assert [(row.n, row.whose) for row in table_of_runs("d")] == [(3, "own"), (1, "the room's")]
    with acting(Person("cid")):
        assert [row.whose for row in table_of_runs("d")] == ["the room's", "the room's"]
        assert table_of_runs() == ()
    assert sum(row.n for row in table_of_runs()) == 5


@pytest.mark.parametrize("words", [{"own_stop_words": ("gran",)}, {"masked_words": ("gran",)}])
def test_a_run_with_words_that_somebody_wrote_is_theirs_and_the_teachers_alone(words: dict[str, tuple[str]]) -> None:
    finish(PLAIN.change(**words), 180, who=ANN)
    finish(PLAIN, 150, who=ANN)
    for who, n in ((ANN, 2), (TEACHER, 2), (BOB, 1)):
        with acting(who):
            assert len(table_of_runs("d")) == n
            assert ("gran" in json.dumps(table_record(table_of_runs("d")))) == (n == 2)


def test_a_name_a_note_and_a_deletion_with_its_undo(trained: dict[str, str]) -> None:
    rows = {row.n: row for row in table_of_runs("d")}
    label_row(rows[3], "  Counts,\n three seeds ", "try\nmore")
    named = find_run(rows[3].key)
    assert (named.name, named.note) == ("Counts, three seeds", "try\nmore")
    gone = delete_row(rows[3])
    assert [row.n for row in table_of_runs("d")] == [1] and len(gone) == 3
    restore(gone)
    assert find_run(rows[3].key).name == "Counts, three seeds"
    assert sorted(row.n for row in table_of_runs("d")) == [1, 3]


def test_a_guest_changes_own_runs_alone(trained: dict[str, str]) -> None:
    with acting(BOB):
        rows = {row.n: row for row in table_of_runs("d")}
        delete_row(rows[3])
        assert list(run_labels()) == [trained["seed 2"]]
        for change in (delete_row, lambda row: label_row(row, "mine", "")):
            with pytest.raises(RunError, match="Only the teacher and whoever trained it"):
                change(rows[1])
    assert [row.n for row in sorted(table_of_runs("d"), key=lambda row: row.n)] == [1, 2]


def test_a_run_is_found_by_the_beginning_of_its_key_or_of_its_job(trained: dict[str, str]) -> None:
    (row,) = [row for row in table_of_runs("d") if row.n == 1]
    assert find_run(row.key[:6]) == find_run(trained["tfidf"]) == row
    with pytest.raises(RunError, match="No run begins with 'zzz'"):
        find_run("zzz")
    with pytest.raises(RunError, match="lists all runs"):
        find_run("")


def test_json_has_what_the_table_shows_and_no_secret_of_a_file(trained: dict[str, str]) -> None:
    body: dict[str, Any] = json.loads(json.dumps(table_record(table_of_runs(), table_of_runs()[0]), allow_nan=False))
    by_seeds = {(run["n_seeds"], run["corpus"]): run for run in body["runs"]}
    folded = by_seeds[3, "bbc-news"]
    assert (sorted(folded["seeds"]), folded["n_validation"]) == ([0, 1, 2], 200)
    assert folded["low"] < folded["validation_accuracy"] < folded["high"]
    assert folded["finished"][-6] in "+-"
    assert by_seeds[1, "diary.csv"]["recipe"]["corpus"] == "diary.csv"
    assert "AAAAAAAA" not in json.dumps(body)


def test_what_differs_names_the_file_of_a_reader_and_not_where_it_is() -> None:
    here, there = (Recipe().change(corpus=f"own:{letter * 22}/essays.csv?noun=essay") for letter in "AB")
    (difference,) = differences(here, there)
    assert "essays.csv" in difference.now
    assert not re.search("A{22}|B{22}", difference.arrow)


def test_what_differs_is_said_field_by_field() -> None:
    old = Recipe()
    new = old.change(weighting="tfidf", stop_words="spacy", ngrams=2, masked_words=("a", "b"), mask_name="x")
    assert [difference.now for difference in differences(old, new)] == [
        "Stop words: spaCy's list",
        "Masked words: 2 words",
        "Word groups: 1–2",
        "Cell values: TF-IDF",
    ]
    assert differences(old, new)[0].arrow == "Stop words: Kept → spaCy's list"
    order = old.terms.order
    moved = old.change(order=(order[1], order[0], *order[2:]))
    (difference,) = differences(old, moved)
    assert difference.before.endswith("position 1") or difference.after.endswith("position 1")
    assert differences(old, old.change(network_seed=3), seed=False) == ()
    assert finished_runs.KEY_LENGTH >= 8
