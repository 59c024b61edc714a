import gzip
import io
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.cli.commands import fetch_corpus
from bowcore.corpus.corpus import Corpus
from bowcore.corpus.hub import artefact_key, download_request
from bowcore.corpus.sources import SOURCES, load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.errors import CorpusMissingError
from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SplitSpec
from bowcore.store import artefacts
from bowcore.tasks.runner import run_here
from tests.corpus.hub_server import Hub, Repository, commit_of, serve

Eventually = Callable[[Callable[[], bool]], None]
AG = "sh0416/ag_news"
CLASSES = ("World", "Sports", "Business", "Sci/Tech")
SUBJECTS = ("treaty", "goalkeeper", "dividend", "telescope")
CARD = b"---\nlicense: cc0-1.0\n---\nLines for tests.\n"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve() as hub:
        settings = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hub"),
            "HF_HUB_DOWNLOAD_TIMEOUT": "60",
            "HF_HUB_ETAG_TIMEOUT": "60",
            "NO_PROXY": "127.0.0.1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        for name in ("HF_TOKEN", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_HUB_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        yield hub


def news(n: int, word: str = "reported") -> list[dict[str, object]]:
    return [
        {"label": i % 4 + 1, "title": f"{SUBJECTS[i % 4]} {i}", "description": f"A {SUBJECTS[i % 4]} {word}, item {i}."}
        for i in range(n)
    ]


def lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def comma_separated(rows: list[dict[str, object]]) -> bytes:
    head = ",".join(rows[0])
    return "\n".join([head, *(",".join(f'"{value}"' for value in row.values()) for row in rows)]).encode()


def parquet(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def ag_news(n: int = 400, **behaviour: Any) -> Repository:
    files = {"README.md": CARD, "train.jsonl": lines(news(n)), "test.jsonl": lines(news(40, "held"))}
    return Repository({"main": files}, **behaviour)


def download(name: str, revision: str = "") -> Job:
    asked = download_request(name, revision)
    return run_here(asked.kind, asked.payload, asked.lane, asked.key)


def half_a_file(folder: Path) -> bool:
    return any(path.stat().st_size >= 500_000 for path in folder.rglob("*.resumable.incomplete"))


def test_missing_ag_news_names_the_job_that_downloads_it_as_the_tutorial_loads_it(hub: Hub, home: Path) -> None:
    hub.repositories[AG] = ag_news()
    assert not SOURCES["ag-news"].is_here()
    with pytest.raises(CorpusMissingError, match="not on this machine") as missing:
        load_corpus("ag-news")
    asked = missing.value.job
    assert asked is not None
    assert (asked.kind, asked.lane, asked.label) == ("download", "download", "Download AG News, about 35 MB")
    job = run_here(asked.kind, asked.payload, asked.lane, asked.key)
    assert (job.state, job.error) == ("done", "")
    assert list((home / "downloads").iterdir()) == []
    assert [path.name for path in (home / "artefacts").glob("[!.]*")] == [artefact_key("ag-news")]
    assert job.result is not None
    assert (job.result["n_documents"], job.result["n_own_test"]) == (440, 40)
    assert SOURCES["ag-news"].is_here()
    corpus = load_corpus("ag-news")
    assert (corpus.n_documents, corpus.n_own_test, corpus.class_names) == (440, 40, CLASSES)
    assert corpus.labels.tolist() == [i % 4 for i in range(400)] + [i % 4 for i in range(40)]
    assert corpus.articles["title"].to_pylist()[:2] == ["treaty 0", "goalkeeper 1"]
    assert corpus.articles["body"].to_pylist()[-1] == "A telescope held, item 39."
    assert commit_of("main")[:12] in corpus.provenance.note


def test_a_download_and_a_folder_of_the_same_rows_are_the_same_corpus(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories[AG] = ag_news()
    download("ag-news")
    downloaded = load_corpus("ag-news")
    folder = tmp_path / "data" / "ag_news"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(news(400)), folder / "train.parquet")
    pq.write_table(pa.Table.from_pylist(news(40, "held")), folder / "test.parquet")
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path / "data"))
    from_folder = load_corpus("ag-news")
    assert from_folder.provenance != downloaded.provenance
    assert from_folder.digest == downloaded.digest


def test_progress_is_reported_in_bytes_and_a_second_download_returns_the_stored_artefact(hub: Hub) -> None:
    hub.repositories[AG] = ag_news()
    messages: list[str] = []
    asked = download_request("ag-news")
    job = run_here(asked.kind, asked.payload, asked.lane, asked.key, on_message=messages.append)
    total = (len(lines(news(400))) + len(lines(news(40, "held")))) / 1e6
    sizes = [message for message in messages if message.startswith("Fetched")]
    assert sizes[-1].startswith(f"Fetched {total:,.1f} of {total:,.1f} MB")
    assert job.progress == 1.0
    assert jobs.events(job.id) == ()
    n_asked = len(hub.asked)
    assert download("ag-news").state == "done"
    assert len(hub.asked) == n_asked


def test_a_pinned_revision_is_stored_next_to_the_newest_and_a_recipe_that_names_it_is_run_on_it(hub: Hub) -> None:
    files = {"train.csv": comma_separated(news(60, "revised")), "test.csv": comma_separated(news(20))}
    older = {"train.csv": comma_separated(news(60, "first")), "test.csv": comma_separated(news(20))}
    hub.repositories["press/wire"] = Repository({"main": files, "v1": older})
    download("hub:press/wire")
    download("hub:press/wire", "v1")
    newest, pinned = load_corpus("hub:press/wire"), load_corpus("hub:press/wire", "v1")
    assert newest.articles["body"][0].as_py() == "A treaty revised, item 0."
    assert pinned.articles["body"][0].as_py() == "A treaty first, item 0."
    assert commit_of("v1")[:12] in pinned.provenance.origin
    by_commit = f"hub:press/wire@{commit_of('v1')}"
    assert download(by_commit).state == "done"
    assert load_corpus(by_commit).digest == pinned.digest
    recipe = Recipe().change(corpus="hub:press/wire", revision="v1")
    assert "first" in Experiments().matrix(recipe).vocabulary.terms.to_pylist()


def reviews(n: int, n_good: int) -> pa.Table:
    labels = [int(i < n_good) for i in range(n)]
    texts = [f"{'lovely' if label else 'dreadful'} soup, visit {i}" for i, label in enumerate(labels)]
    return pa.table({"review": texts, "verdict": pa.array(labels, pa.int64()), "place": ["here"] * n})


def with_classes(table: pa.Table, column: str, names: list[str]) -> pa.Table:
    features = {
        name: {"names": names, "_type": "ClassLabel"}
        if name == column
        else {"dtype": "string" if pa.types.is_string(table.schema.field(name).type) else "int64", "_type": "Value"}
        for name in table.column_names
    }
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def test_parquet_with_named_classes_two_of_them_and_unbalanced(hub: Hub) -> None:
    named = [with_classes(table, "verdict", ["bad", "good"]) for table in (reviews(90, 80), reviews(20, 15))]
    hub.repositories["diner/notes"] = Repository(
        {"main": {"data/train-0.parquet": parquet(named[0]), "data/validation-0.parquet": parquet(named[1])}}
    )
    assert download("hub:diner/notes").error == ""
    corpus = load_corpus("hub:diner/notes")
    assert corpus.class_names == ("bad", "good")
    assert (corpus.n_documents, corpus.n_own_test) == (110, 0)
    assert corpus.labels.sum() == 95
    assert corpus.articles["body"][0].as_py() == "lovely soup, visit 0"
    assert set(corpus.articles["title"].to_pylist()) == {""}
    assert "train and validation are read as one" in corpus.provenance.note
    assert corpus.provenance.licence == "not stated on the data set's card"
    split = split_corpus(corpus, SplitSpec())
    assert split.test.n_documents == 17


def test_twenty_classes_of_text_and_a_test_split_without_labels(hub: Hub) -> None:
    rows = [{"text": f"note {i} on subject {i % 20}", "topic": f"subject {i % 20}"} for i in range(300)]
    held = [{"text": f"note {i}", "topic": None} for i in range(30)]
    hub.repositories["forum/notes"] = Repository(
        {"main": {"README.md": CARD, "train.jsonl": lines(rows), "test.jsonl": lines(held)}}
    )
    assert download("hub:forum/notes").error == ""
    corpus = load_corpus("hub:forum/notes")
    assert len(corpus.class_names) == 20
    assert (corpus.n_documents, corpus.n_own_test) == (300, 0)
    assert "30 test rows have no labels" in corpus.provenance.note
    assert corpus.provenance.licence == "cc0-1.0"


def test_ambiguous_columns_are_refused_until_they_are_named(hub: Hub) -> None:
    rows = [{"premise": f"rain {i}", "remark": f"wet {i}", "mood": ("glad", "sad")[i % 2]} for i in range(40)]
    hub.repositories["diary/lines"] = Repository({"main": {"train.jsonl": lines(rows)}})
    first = download("hub:diary/lines")
    assert first.state == "failed"
    assert first.error == (
        "The text column of hub:diary/lines could be premise, remark. "
        "Write 'hub:diary/lines?body=premise&label=mood', or other columns."
    )
    named = "hub:diary/lines?label=mood&body=premise&body=remark"
    assert download(named).error == ""
    corpus = load_corpus(named)
    assert corpus.articles["body"][3].as_py() == "rain 3 wet 3"
    assert corpus.class_names == ("glad", "sad")
    assert hub.fetched("train.jsonl") == [""]


def test_a_missing_column_of_ag_news_is_reported_with_the_existing_ones(hub: Hub) -> None:
    rows = [{"label": 1 + i % 4, "headline": f"line {i}"} for i in range(40)]
    hub.repositories[AG] = Repository({"main": {"train.jsonl": lines(rows)}})
    assert "has no column 'title'; its columns are label, headline" in download("ag-news").error


def test_an_unknown_data_set_suggests_to_check_the_spelling(hub: Hub) -> None:
    job = download("hub:nobody/nothing")
    assert job.state == "failed"
    assert "no data set 'nobody/nothing'" in job.error
    assert "Check the spelling" in job.error


def test_an_unknown_revision_is_named(hub: Hub) -> None:
    hub.repositories[AG] = ag_news()
    assert f"{AG} has no revision 'v9'" in download("ag-news", "v9").error


def test_a_gated_data_set_says_where_to_accept_and_how_to_log_in(hub: Hub) -> None:
    hub.repositories["press/closed"] = ag_news(gated=True)
    job = download("hub:press/closed")
    assert f"Accept them at {hub.url}/datasets/press/closed, then: hf auth login" in job.error


def test_a_token_serves_the_command_line_and_no_page(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub.repositories["press/closed"] = ag_news(private=True)
    monkeypatch.setenv("HF_TOKEN", "hf_teacher")
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "token").write_text("hf_teacher")
    refused = download("hub:press/closed?title=title&body=description")
    assert "python -m bowcore fetch hub:press/closed" in refused.error
    assert set(hub.tokens) == {""}
    assert fetch_corpus("hub:press/closed?title=title&body=description")["n_documents"] == 440
    assert set(hub.tokens) == {"", "Bearer hf_teacher"}


def test_the_owner_can_let_pages_use_the_token(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.repositories[AG] = ag_news(gated=True)
    monkeypatch.setenv("HF_TOKEN", "hf_teacher")
    monkeypatch.setenv("BOWLAB_HUB_TOKEN", "pages")
    assert download("ag-news").error == ""


def test_a_data_set_without_data_files_is_refused(hub: Hub) -> None:
    hub.repositories["press/empty"] = Repository({"main": {"README.md": CARD, "notes.odd": b"?"}})
    assert "has no files in a supported format" in download("hub:press/empty").error


def test_a_data_file_with_a_wrong_suffix_is_reported(hub: Hub) -> None:
    hub.repositories["press/odd"] = Repository({"main": {"train.jsonl": b"neither this\nnor that\n" * 30}})
    job = download("hub:press/odd")
    assert "The files of press/odd cannot be read as one table" in job.error


def test_a_silent_hub_is_a_time_out(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT"):
        monkeypatch.setenv(name, "1")
    hub.repositories[AG] = ag_news(mute=True)
    job = download("ag-news")
    assert f"{hub.url} did not answer for 1 s" in job.error


def test_without_a_network_the_error_names_the_address_and_an_alternative(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    job = download("ag-news")
    assert "No connection to http://127.0.0.1:9" in job.error
    assert "BBC News works without" in job.error


def test_a_truncated_file_is_reported_and_the_next_attempt_resumes_it(hub: Hub) -> None:
    hub.repositories[AG] = ag_news(9000, cut_after=600_000)
    job = download("ag-news")
    assert job.state == "failed"
    assert "What arrived is kept" in job.error
    assert artefacts.find(artefact_key("ag-news")) is None
    hub.repositories[AG].cut_after = None
    hub.asked.clear()
    assert download("ag-news").state == "done"
    assert hub.fetched("test.jsonl") == []
    (resumed,) = hub.fetched("train.jsonl")
    assert resumed == "bytes=600000-"
    assert load_corpus("ag-news").n_documents == 9040


def test_a_lost_connection_is_resumed_within_one_download(hub: Hub) -> None:
    hub.repositories[AG] = ag_news(9000, cut_each=300_000)
    assert download("ag-news").error == ""
    total = len(lines(news(9000)))
    assert hub.fetched("train.jsonl") == ["", *(f"bytes={start}-" for start in range(300_000, total, 300_000))]
    assert load_corpus("ag-news").n_documents == 9040


def test_a_damaged_file_is_deleted_and_fetched_again(hub: Hub) -> None:
    hub.repositories[AG] = ag_news(damaged=True)
    assert "arrived damaged: its checksum is not the Hub's" in download("ag-news").error
    hub.repositories[AG].damaged = False
    hub.asked.clear()
    assert download("ag-news").state == "done"
    assert hub.fetched("train.jsonl") == [""]


def test_a_cancelled_download_ends_at_once_a_killed_one_has_failed_and_the_next_resumes_it(
    hub: Hub, eventually: Eventually, tmp_path: Path
) -> None:
    hub.repositories[AG] = ag_news(9000, silent_after=600_000)
    ended: list[Job] = []
    thread = threading.Thread(target=lambda: ended.append(download("ag-news")))
    thread.start()
    eventually(lambda: half_a_file(tmp_path))
    asked = download_request("ag-news")
    running = jobs.submit(asked.kind, asked.payload, asked.lane, asked.key)
    jobs.request_stop(running.id)
    thread.join(5)
    assert [job.state for job in ended] == ["stopped"]
    with pytest.raises(CorpusMissingError):
        load_corpus("ag-news")

    hub.asked.clear()
    thread = threading.Thread(target=lambda: ended.append(download("ag-news")))
    thread.start()
    eventually(lambda: bool(hub.fetched("train.jsonl")))
    (fetching,) = [
        child for child in psutil.Process().children() if "bowcore.corpus.fetch" in " ".join(child.cmdline())
    ]
    fetching.kill()
    thread.join(5)
    assert [job.state for job in ended] == ["stopped", "failed"]
    assert "ended with status -9" in ended[1].error

    hub.repositories[AG].silent_after = None
    assert download("ag-news").state == "done"
    for resumed in hub.fetched("train.jsonl"):  # by the one that was killed, and by the last
        assert resumed.startswith("bytes=") and resumed != "bytes=0-"
    assert load_corpus("ag-news").n_documents == 9040


def test_a_killed_worker_ends_its_download_process(
    hub: Hub, start_worker: Callable[..., "subprocess.Popen[str]"], eventually: Eventually, tmp_path: Path
) -> None:
    hub.repositories[AG] = ag_news(9000, silent_after=600_000)
    asked = download_request("ag-news")
    jobs.submit(asked.kind, asked.payload, asked.lane, asked.key)
    worker = start_worker("download")
    eventually(lambda: half_a_file(tmp_path))
    fetching = psutil.Process(worker.pid).children(recursive=True)
    assert any("bowcore.corpus.fetch" in " ".join(child.cmdline()) for child in fetching)
    worker.kill()
    assert psutil.wait_procs(fetching, timeout=120)[1] == []


def test_an_unwritable_cache_is_reported_with_its_variable(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories[AG] = ag_news()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file" / "hub"))
    job = download("ag-news")
    assert "cannot be created (Not a directory). Set HF_HOME to a folder you can write" in job.error


def test_a_corpus_of_the_hub_knows_its_test_rows_and_is_downloaded_again_when_it_is_damaged(hub: Hub) -> None:
    hub.repositories["press/wire"] = ag_news()
    download("hub:press/wire")
    corpus: Corpus = load_corpus("hub:press/wire")
    assert corpus.class_names == ("1", "2", "3", "4")
    split = split_corpus(corpus, SplitSpec())
    assert (split.train.n_documents, split.validation.n_documents, split.test.n_documents) == (360, 40, 40)
    folder = artefacts.find(artefact_key("hub:press/wire"))
    assert folder is not None
    (folder / "articles.parquet").write_bytes(b"no parquet")
    with pytest.raises(CorpusMissingError, match=r"is not on this machine\. Download it"):
        load_corpus("hub:press/wire")
    download("hub:press/wire")
    assert load_corpus("hub:press/wire").digest == corpus.digest


@pytest.mark.fuzz
def test_a_packed_file_that_unpacks_to_too_much_is_stopped_and_nothing_is_left(
    hub: Hub, home: Path, tried: Callable[[str], None]
) -> None:
    tried("csv.gz bomb on the Hub")
    member = gzip.compress((b"a" * 1_000 + b",x\n") * 1_000)
    packed = gzip.compress(b"text,label\n") + member * 250  # a file of gzip may have several
    assert len(packed) < 1_500_000
    hub.repositories["lab/bomb"] = Repository({"main": {"README.md": CARD, "train.csv.gz": packed}})
    job = download("hub:lab/bomb")
    assert job.state == "failed"
    assert re.search(r"lab/bomb have .* and unpack to more than .*, the most that is prepared", job.error or "")
    assert list((home / "downloads").iterdir()) == []
    assert artefacts.find(artefact_key("hub:lab/bomb", "")) is None
