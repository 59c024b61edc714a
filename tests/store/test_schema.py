import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bowcore.errors import DatabaseError
from bowcore.jobs import jobs
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import database, ledger, schema, tables
from bowcore.store.home import runs_url

JOBS = """
CREATE TABLE jobs (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(32) NOT NULL, kind VARCHAR NOT NULL, lane VARCHAR NOT NULL, "key" VARCHAR NOT NULL,
    runner VARCHAR NOT NULL, payload JSON NOT NULL, state VARCHAR NOT NULL, stop_requested BOOLEAN NOT NULL,
    progress FLOAT NOT NULL, message VARCHAR NOT NULL, error VARCHAR NOT NULL, created FLOAT NOT NULL,
    started FLOAT, finished FLOAT, result JSON, UNIQUE (id)
);
CREATE UNIQUE INDEX one_open_job_a_key ON jobs (kind, "key") WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_lane ON jobs (lane, state, number);
CREATE INDEX jobs_by_key ON jobs (kind, "key", number);
CREATE TABLE events (
    job_id VARCHAR(32) NOT NULL, number INTEGER NOT NULL, body JSON NOT NULL,
    PRIMARY KEY (job_id, number), FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO jobs (id, kind, lane, "key", runner, payload, state, stop_requested, progress, message, error, created,
    started, finished, result)
VALUES ('a1', 'train', 'long', 'k', '', '{"recipe": ""}', 'done', false, 1.0, 'Epoch 2 of 2', '', 1.0, 2.0, 3.0,
    '{"epochs": [], "artefact": "network-1"}');
INSERT INTO events VALUES
    ('a1', 1, '{"event": "Started", "epochs": 2}'),
    ('a1', 2, '{"event": "BatchDone", "epoch": 1, "batch": 1}'),
    ('a1', 3, '{"event": "TimeLeft", "seconds": 4.0, "ends": 6.0}'),
    ('a1', 4, '{"event": "EpochDone", "epoch": 1, "validation_loss": null}'),
    ('a1', 5, '{"event": "BatchDone", "epoch": 2, "batch": 1}'),
    ('a1', 6, '{"event": "EpochDone", "epoch": 2, "validation_loss": 0.5}');
"""
"""The first version, with one finished training."""

LEDGER = """
CREATE TABLE artefacts (
    "key" VARCHAR NOT NULL, folder VARCHAR NOT NULL, bytes BIGINT NOT NULL, created FLOAT NOT NULL,
    used FLOAT NOT NULL, PRIMARY KEY ("key")
);
CREATE TABLE openings (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, corpus VARCHAR NOT NULL, corpus_digest VARCHAR NOT NULL,
    recipe_key VARCHAR NOT NULL, seed BIGINT NOT NULL, weights_digest VARCHAR NOT NULL,
    n_validation_looks INTEGER NOT NULL, opened FLOAT NOT NULL, result JSON NOT NULL,
    UNIQUE (corpus_digest, recipe_key, seed, weights_digest)
);
CREATE TABLE looks (
    corpus_digest VARCHAR NOT NULL, recipe_key VARCHAR NOT NULL, seen FLOAT NOT NULL,
    PRIMARY KEY (corpus_digest, recipe_key)
);
INSERT INTO artefacts VALUES ('network-1', 'network-1', 12, 1.0, 2.0);
INSERT INTO openings (corpus, corpus_digest, recipe_key, seed, weights_digest, n_validation_looks, opened, result)
VALUES ('bbc', 'd', 'r', 1, 'w', 2, 3.0, '{"accuracy": 0.5}');
INSERT INTO looks VALUES ('d', 'r', 1.0), ('d', 's', 2.0);
"""
COLUMNS = """
ALTER TABLE jobs ADD COLUMN newest JSON;
ALTER TABLE jobs ADD COLUMN ends FLOAT;
"""

EARLIER = {"first": JOBS, "with a ledger": JOBS + LEDGER, "last without a version": JOBS + LEDGER + COLUMNS}


def make(statements: str) -> None:
    """Fill the runs database of this test without the code under test."""
    Path(os.environ["BOWLAB_HOME"]).mkdir(exist_ok=True)
    server = sa.create_engine(runs_url())
    with server.begin() as connection:
        for statement in statements.split(";\n"):
            if server.dialect.name == "postgresql":
                statement = statement.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY")
            if statement.strip():
                connection.execute(sa.text(statement.replace(":", r"\:")))
    server.dispose()


def version() -> str:
    with database.reading() as connection:
        return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))


def start_again() -> None:
    database.engine().dispose()
    database._engines.clear()


def differences() -> list[Any]:
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


def file_only() -> Path:
    """The file of the database; skips on a server."""
    url = sa.make_url(runs_url())
    if url.get_backend_name() != "sqlite":
        pytest.skip("a server has no file to copy")
    return Path(str(url.database))


@pytest.mark.parametrize("earlier", EARLIER)
def test_a_migrated_database_has_the_tables_of_a_new_one(earlier: str) -> None:
    make(EARLIER[earlier])
    assert differences() == []
    assert version() == schema.revisions()[-1]


def test_a_new_database_has_the_tables_and_the_version_of_the_newest_revision() -> None:
    assert differences() == []
    assert version() == schema.revisions()[-1]


def test_a_file_is_named_as_its_revision_and_follows_the_file_before_it() -> None:
    chain = [*ScriptDirectory(str(schema.FOLDER)).walk_revisions()][::-1]
    assert [(script.revision, script.down_revision) for script in chain] == [
        *zip(schema.revisions(), [None, *schema.revisions()], strict=False)
    ]


@pytest.mark.parametrize("earlier", ["with a ledger", "last without a version"])
def test_migration_keeps_openings_looks_and_artefacts(earlier: str) -> None:
    make(EARLIER[earlier])
    assert (ledger.n_looks("d"), ledger.state_of_test_set("d")) == (2, "opened once")
    assert [(opening.corpus, opening.result) for opening in ledger.openings("d")] == [("bbc", {"accuracy": 0.5})]
    with database.reading() as connection:
        assert [tuple(row) for row in connection.execute(sa.select(tables.looks).order_by("seen"))] == [
            ("d", "r", "", 1.0),
            ("d", "s", "", 2.0),
        ]
        assert connection.scalar(sa.select(tables.artefacts.c.bytes)) == 12


def test_migration_gives_looks_and_openings_of_known_recipes_their_whole_keys() -> None:
    """A key of 12 digits is found by the recipe of a job or preset, also in a grid; any other stays and counts."""
    trained = Recipe().change(vocabulary_size=700)
    wider, unknown, base = trained.change(hidden=99), trained.change(vocabulary_size=701), trained.change(digits=False)
    corner = base.change(weighting="tfidf", network_seed=3)

    def short(recipe: Recipe, *, network: bool = True) -> str:
        words, weights = recipe.key("weighting")[:12], recipe.key("network")[:12]
        return f"{words}/{weights}" if network else words

    shown = preset("recommended")
    looks = [short(trained), short(trained, network=False), short(wider), short(corner), short(shown, network=False)]
    make(JOBS + LEDGER)
    server = sa.create_engine(runs_url())
    with server.begin() as connection:
        connection.execute(sa.text("DELETE FROM looks"))
        for key in (*looks, short(unknown)):
            connection.execute(sa.text("INSERT INTO looks VALUES ('d', :key, 1.0)"), {"key": key})
        opened = {"key": trained.key()[:12]}
        connection.execute(sa.text("UPDATE openings SET recipe_key = :key"), opened)
        for number, (kind, recipe) in enumerate({"train": trained, "open-test": wider, "ablate": base}.items()):
            connection.execute(
                sa.text(
                    "INSERT INTO jobs (id, kind, lane, key, runner, payload, state, stop_requested, progress, message, "
                    "error, created) VALUES (:id, :kind, 'long', :id, '', :payload, 'done', false, 1.0, '', '', 1.0)"
                ),
                {
                    "id": f"b{number}",
                    "kind": kind,
                    "payload": json.dumps({"recipe": recipe.to_toml(), "seeds": [3, 4]}),
                },
            )
    server.dispose()
    assert ledger.n_looks("d") == 5
    for recipe in (trained, wider, corner):
        ledger.record_look("d", recipe)
        ledger.record_look("d", recipe, network=True)
    ledger.record_look("d", shown)
    assert ledger.n_looks("d") == 5
    ledger.record_look("d", unknown, network=True)
    assert ledger.n_looks("d") == 6
    found = ledger.find_opening("d", trained.key(), 1, "w")
    assert found is not None
    assert ledger.record_opening("bbc", "d", trained.key(), 1, "w", {"accuracy": 0.1}) == found


def test_migration_keeps_jobs_and_deletes_their_batch_events() -> None:
    make(JOBS)
    (job,) = jobs.recent()
    assert (job.state, job.result) == ("done", {"epochs": [], "artefact": "network-1"})
    assert (job.newest, job.ends, job.owner, job.attempt, job.lease_until) == (None, None, "", 0, None)
    assert [(event.number, event.body["event"]) for event in jobs.events("a1")] == [
        (1, "Started"),
        (4, "EpochDone"),
        (6, "EpochDone"),
    ]


def test_after_migration_event_numbers_continue() -> None:
    make(JOBS)
    job = jobs.submit("train", {}, "long", "k")
    claimed = jobs.claim("long")
    assert claimed is not None and claimed.id == job.id
    jobs.report(job.id, events=[{"event": "EpochDone"}], newest={"event": "BatchDone", "batch": 7}, ends=9.0)
    jobs.report("a1", events=[{"event": "Late"}])
    assert (jobs.get(job.id).newest, jobs.get(job.id).ends) == ({"event": "BatchDone", "batch": 7}, 9.0)
    assert [event.number for event in jobs.events("a1", after=4)] == [6, 7]


def test_a_database_is_migrated_once() -> None:
    make(JOBS)
    for _ in range(2):
        start_again()
        jobs.report("a1", events=[{"event": "BatchDone"}])
    assert [event.body["event"] for event in jobs.events("a1")][3:] == ["BatchDone", "BatchDone"]


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is() -> None:
    jobs.submit("count", {}, "long", "k")
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9000'"))
    start_again()
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"newer version .*r9000.*: start that version, or set BOWLAB_HOME"):
            jobs.recent()
    server = sa.create_engine(runs_url())
    with server.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "r9000"
    server.dispose()


def test_a_copy_of_the_file_as_it_was_stays_next_to_it() -> None:
    path = file_only()
    make(EARLIER["with a ledger"])
    jobs.recent()
    start_again()
    jobs.submit("count", {}, "long", "k")
    copies = list(path.parent.glob("runs.sqlite.*"))
    assert [copy.name for copy in copies] == ["runs.sqlite.r0000"]
    with closing(sqlite3.connect(copies[0])) as copy:
        names = {row[1] for row in copy.execute("PRAGMA table_info(jobs)")}
        assert "ends" not in names and "owner" not in names
        assert copy.execute("SELECT count(*) FROM events").fetchone() == (6,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_that_fails_changes_nothing_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    make(JOBS + LEDGER + "CREATE TABLE job_followers (job_id VARCHAR);\n")  # stands in the way of the last revision
    with pytest.raises(DatabaseError, match="job_followers"):
        jobs.recent()
    server = sa.create_engine(runs_url())
    with server.begin() as connection:
        assert "ends" not in {column["name"] for column in sa.inspect(connection).get_columns("jobs")}
        assert not sa.inspect(connection).has_table("alembic_version")
        connection.execute(sa.text("DROP TABLE job_followers"))
    server.dispose()
    assert [job.id for job in jobs.recent()] == ["a1"]


def test_without_room_for_the_copy_nothing_is_migrated() -> None:
    path = file_only()
    make(JOBS + "UPDATE jobs SET message = hex(zeroblob(200000));\n")
    code = """
import resource, signal
from bowcore.jobs import jobs
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))  # less than the copy needs
try:
    jobs.recent()
except Exception as error:
    print(type(error).__name__, error)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert re.match(r"OutputError .*no copy of it can be written first .*Free some space", ended.stdout), ended
    assert [file.name for file in path.parent.glob("runs.sqlite.*")] == []
    with closing(sqlite3.connect(path)) as file:
        assert "ends" not in {row[1] for row in file.execute("PRAGMA table_info(jobs)")}


def test_a_start_imports_alembic_only_to_migrate() -> None:
    code = "import sys; from bowcore.jobs import jobs; jobs.recent(); print('alembic' in sys.modules)"
    answers = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
        for _ in range(2)
    ]
    assert [(answer.stdout, answer.stderr) for answer in answers] == [("False\n", "")] * 2


def test_a_migration_prints_nothing() -> None:
    make(JOBS)
    code = "import sys; from bowcore.jobs import jobs; print(len(jobs.recent()), 'alembic' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert (ended.stdout, ended.stderr) == ("1 True\n", "")
