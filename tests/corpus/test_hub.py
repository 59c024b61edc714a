import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pyarrow as pa
import pytest
from huggingface_hub import errors as hub_errors

from bowcore.corpus import fetch
from bowcore.corpus.choose_columns import Options
from bowcore.corpus.fetch_errors import explain
from bowcore.corpus.hub import (
    Card,
    HubName,
    artefact_key,
    download_request,
    parse_hub_name,
    read_download,
    write_download,
)
from bowcore.corpus.sources import load_corpus
from bowcore.errors import CorpusError, CorpusMissingError, DownloadError, JobRequest, OutputError

WANTED = HubName("owner/name", "v1", Options())
SHA_256_OF_TEA = "a9f74d1ec36ebdeb2da3f6e5868090cd2a2d20b3dcca7b62f60304b1d3d9ef42"
GIT_BLOB_OF_TEA = "798baa07c28b83fd093e18266c8ab154d2227f7c"


def test_a_name_holds_repository_revision_and_options() -> None:
    assert parse_hub_name("hub:owner/na.me@v1?label=mood&config=en") == HubName(
        "owner/na.me", "v1", Options(label="mood", config="en")
    )
    assert parse_hub_name("hub:owner/name", "v1") == WANTED
    assert parse_hub_name("hub:owner/name@v1", "v1") == WANTED


@pytest.mark.parametrize(
    "name",
    ["hub:", "hub:name", "hub:a/b/c", "hub:../x", "hub:a/..", "hub:owner/na me", "hub:/etc/x", "hub:owner/name@../x y"],
)
def test_an_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(CorpusError, match=r"write hub:owner/name|is no revision"):
        parse_hub_name(name)


def test_two_revisions_are_one_too_many() -> None:
    with pytest.raises(CorpusError, match="at two revisions, v1 and v2"):
        parse_hub_name("hub:owner/name@v1", "v2")


def test_a_download_is_kept_by_name_revision_and_options() -> None:
    asked = [("hub:a/b", ""), ("hub:a/b", "v1"), ("hub:a/c", ""), ("hub:a/b?label=x", ""), ("ag-news", "")]
    assert len({artefact_key(*names) for names in asked}) == len(asked)
    assert artefact_key("hub:a/b", "v1") == artefact_key("hub:a/b@v1")


def test_a_data_set_that_is_not_here_names_its_download() -> None:
    with pytest.raises(CorpusMissingError, match="owner/name is not on this machine") as missing:
        load_corpus("hub:owner/name", "v1")
    assert missing.value.job == JobRequest(
        kind="download",
        payload={"name": "hub:owner/name", "revision": "v1"},
        lane="download",
        key=artefact_key("hub:owner/name", "v1"),
        label="Download owner/name",
    )


def test_a_pinned_ag_news_is_not_taken_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ag_news").mkdir()
    for name in ("train.parquet", "test.parquet"):
        (tmp_path / "ag_news" / name).write_bytes(b"never opened")
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    with pytest.raises(CorpusMissingError) as missing:
        load_corpus("ag-news", "0123abc")
    assert missing.value.job == download_request("ag-news", "0123abc")


def test_bbc_news_has_no_revisions() -> None:
    with pytest.raises(CorpusError, match="bbc-news has no revisions"):
        load_corpus("bbc-news", "v1")


def test_a_written_download_is_read_back(tmp_path: Path) -> None:
    articles = pa.table({"title": ["a", ""], "body": ["tea", "rain"], "label": pa.array([1, 0], pa.int32())})
    card = Card("owner/name", "c0ffee", ("no", "yes"), 1, "cc0-1.0", "A note.")
    write_download(tmp_path, articles, card)
    assert read_download(tmp_path) == (articles, card)


def refusal(kind: type[hub_errors.HfHubHTTPError], status: int) -> hub_errors.HfHubHTTPError:
    request = httpx2.Request("GET", "http://127.0.0.1:9/datasets/owner/name")
    return kind("what the library says", response=httpx2.Response(status, request=request))


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (refusal(hub_errors.RevisionNotFoundError, 404), DownloadError, "owner/name has no revision 'v1'"),
        (refusal(hub_errors.GatedRepoError, 403), DownloadError, "to users who accept its terms.*hf auth login"),
        (refusal(hub_errors.RepositoryNotFoundError, 401), DownloadError, "no data set 'owner/name', or it is private"),
        (refusal(hub_errors.HfHubHTTPError, 401), DownloadError, r"refuses owner/name \(status 401\)"),
        (refusal(hub_errors.HfHubHTTPError, 429), DownloadError, "status 429 .* Too many requests"),
        (refusal(hub_errors.HfHubHTTPError, 503), DownloadError, "status 503 .* The Hub has trouble"),
        (hub_errors.OfflineModeIsEnabled("offline"), DownloadError, "HF_HUB_OFFLINE is set"),
        (httpx2.ReadTimeout("slow"), DownloadError, r"did not answer for \d+ s"),
        (httpx2.ConnectError("no"), DownloadError, "No connection to .* BBC News works without"),
        (httpx2.RemoteProtocolError("cut"), DownloadError, "broke off in the middle"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), OutputError, "No space left on device at /x"),
        (PermissionError(errno.EACCES, "Permission denied"), OutputError, "Permission denied.*HF_HOME"),
        (ValueError("Config name is missing. Pick one of ['de', 'en']"), CorpusError, r"has several parts.*'de', 'en'"),
        (
            RuntimeError("Dataset scripts are no longer supported, but found x.py"),
            CorpusError,
            "generated by its own program",
        ),
        (pa.ArrowInvalid("odd bytes"), CorpusError, "cannot be read as one table: odd bytes"),
    ],
)
def test_each_error_of_the_libraries_is_explained(error: Exception, kind: type[CorpusError], message: str) -> None:
    explained = explain(error, WANTED)
    assert type(explained) is kind
    with pytest.raises(kind, match=message):
        raise explained


def test_an_error_is_explained_by_its_cause() -> None:
    def wrapped() -> Exception:
        try:
            raise ConnectionError("Couldn't reach it") from httpx2.ConnectTimeout("slow")
        except ConnectionError as error:
            return error

    assert "did not answer" in str(explain(wrapped(), WANTED))


def test_a_programming_error_is_not_explained() -> None:
    assert explain(KeyError("x"), WANTED) is None
    assert explain(ZeroDivisionError("x"), WANTED) is None


@pytest.mark.parametrize(
    ("size", "free", "kind"), [(5_000_000_000, 1e12, DownloadError), (1_000_000, 2e6, OutputError)]
)
def test_a_too_large_download_is_refused_before_the_first_byte(
    size: int, free: float, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = SimpleNamespace(etag="e", location="http://127.0.0.1:9/x", size=size)
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda url: metadata)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    reports: list[Any] = []
    with pytest.raises(
        kind, match=r"5\.0\sGB in 1 files; 4\.0\sGB are the most|needs 3\.0\sMB of disk .* has 2\.0\sMB free"
    ):
        fetch._fetch_files(
            "owner/name", "c0ffee", {"train": ["hf://datasets/owner/name@c0ffee/a.csv"]}, tmp_path, reports.append
        )
    assert reports == []


def test_a_file_is_whole_when_its_digest_is_the_hubs(tmp_path: Path) -> None:
    # echo -n tea | sha256sum; echo -n tea | git hash-object --stdin
    path = tmp_path / "file"
    path.write_bytes(b"tea")
    for etag in (SHA_256_OF_TEA, GIT_BLOB_OF_TEA):
        assert fetch._is_whole(path, etag)
    path.write_bytes(b"tee")
    for etag in (SHA_256_OF_TEA, GIT_BLOB_OF_TEA):
        assert not fetch._is_whole(path, etag)
    assert fetch._is_whole(path, "an entity tag of another kind")
