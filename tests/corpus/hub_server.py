"""A small Hugging Face Hub on loopback: the few calls that `datasets` makes to list and fetch a data set.

It answers, for the repositories that it was given:

    GET  /api/datasets/REPO[/revision/REV]     commit, card, files
    GET  /api/datasets/REPO/auth-check         whether its files may be read
    GET  /api/datasets/REPO/tree/REV[/FOLDER]  files with sizes
    POST /api/datasets/REPO/paths-info/REV     the same for named paths
    HEAD and GET /datasets/REPO/resolve/REV/PATH, with Range

and can misbehave: refuse, stay silent, break off, or send other bytes than it promised.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LONGEST_SILENCE = 60  # seconds; no test waits as long


def commit_of(revision: str) -> str:
    return hashlib.sha1(revision.encode()).hexdigest()


@dataclass
class Repository:
    """Files by revision name; `main` is the newest. Revisions are also known by their commit."""

    files: dict[str, dict[str, bytes]]
    gated: bool = False  # readable with any token
    private: bool = False  # likewise
    cut_after: int | None = None  # bytes of a data file after which the connection ends
    cut_each: int | None = None  # bytes of every answer with a data file after which the connection ends
    silent_after: int | None = None  # bytes of a data file after which nothing more comes
    damaged: bool = False  # data files have the promised length and other bytes
    mute: bool = False  # no answer at all

    def revision(self, name: str) -> str | None:
        return next((known for known in self.files if name in (known, commit_of(known))), None)


@dataclass
class Hub:
    """A running server: its address, its repositories, and its requests as (method, path, Range)."""

    url: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """The `Authorization` of every request, '' for none."""
    closing: threading.Event = field(default_factory=threading.Event)
    silent: threading.Event = field(default_factory=threading.Event)
    """Set while a client waits for bytes that don't come."""

    def fetched(self, name: str) -> list[str]:
        """The Range of every GET of a file, '' for the whole."""
        return [part for method, path, part in self.asked if method == "GET" and path.endswith(f"/{name}")]


def git_blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(path: str, content: bytes) -> dict[str, Any]:
    if path.endswith(".parquet"):  # kept as a large file, so named by its SHA-256
        digest = hashlib.sha256(content).hexdigest()
        large = {"oid": digest, "size": len(content), "pointerSize": 130}
        return {"type": "file", "path": path, "oid": git_blob_id(digest.encode()), "size": len(content), "lfs": large}
    return {"type": "file", "path": path, "oid": git_blob_id(content), "size": len(content)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        self.hub.tokens.append(self.headers.get("Authorization", ""))
        listing = re.fullmatch(
            r"/api/datasets/([^/]+/[^/]+)(?:/(revision|tree|paths-info|auth-check)(?:/([^/]+)(?:/(.*))?)?)?", path
        )
        resolve = re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        found = listing or resolve
        if found is None:
            return self.refuse(404, "")
        repository = self.hub.repositories.get(found[1])
        if repository is None or (repository.private and not self.hub.tokens[-1]):
            return self.refuse(401, "RepoNotFound")  # as the Hub does: it doesn't tell whether there is a private one
        if repository.mute:
            return self.wait()
        revision = repository.revision((listing[3] if listing else resolve[2]) or "main")
        if revision is None:
            return self.refuse(404, "RevisionNotFound")
        if listing:
            return self.list_files(found[1], repository, revision, listing[2], body)
        return self.send_file(repository, revision, found[3])

    def list_files(self, name: str, repository: Repository, revision: str, what: str | None, body: bytes) -> None:
        files = repository.files[revision]
        entries = [entry(path, content) for path, content in files.items()]
        if what == "auth-check":
            closed = repository.gated and not self.hub.tokens[-1]
            return self.refuse(401, "GatedRepo") if closed else self.send_json({})
        if what == "tree":
            address = urlsplit(self.path)
            folder = unquote(address.path).partition(f"/tree/{commit_of(revision)}")[2].strip("/")
            below = f"{folder}/" if folder else ""
            inside = [item for item in entries if item["path"].startswith(below)]
            if folder and not inside:
                return self.refuse(404, "EntryNotFound", commit_of(revision))
            if parse_qs(address.query).get("recursive", ["false"])[0].lower() != "true":
                names = {below + item["path"].removeprefix(below).partition("/")[0] for item in inside}
                inside = [item for item in inside if item["path"] in names]
                folders = sorted(names - {item["path"] for item in inside})
                inside += [{"type": "directory", "path": name, "oid": git_blob_id(b""), "size": 0} for name in folders]
            return self.send_json(inside)
        if what == "paths-info":
            asked = json.loads(body) if body.startswith(b"{") else parse_qs(body.decode())
            return self.send_json([item for item in entries if item["path"] in asked["paths"]])
        licence = re.search(rb"^license: (.+)$", files.get("README.md", b""), re.MULTILINE)
        return self.send_json(
            {
                "id": name,
                "sha": commit_of(revision),
                "private": False,
                "gated": "auto" if repository.gated else False,
                "disabled": False,
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "siblings": [{"rfilename": path} for path in files],
                "cardData": {"license": licence[1].decode()} if licence else {},
            }
        )

    def send_file(self, repository: Repository, revision: str, path: str) -> None:
        content = repository.files[revision].get(path)
        if content is None:
            return self.refuse(404, "EntryNotFound", commit_of(revision))
        if repository.gated and not self.hub.tokens[-1]:
            return self.refuse(401, "GatedRepo")
        item = entry(path, content)
        start = int((re.search(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        data_file = path != "README.md"
        sent = content[start:]
        if repository.damaged and data_file:
            sent = sent[::-1]
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{item.get("lfs", item)["oid"]}"')
        self.send_header("X-Repo-Commit", commit_of(revision))
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if self.command == "HEAD":
            return None
        limits = [limit - start for limit in (repository.cut_after, repository.silent_after) if limit is not None]
        limits += [repository.cut_each] if repository.cut_each is not None else []
        if not data_file or not limits or min(limits) >= len(sent):
            self.wfile.write(sent)
            return None
        self.wfile.write(sent[: max(min(limits), 0)])
        self.wfile.flush()
        if repository.silent_after is not None:
            self.wait()
        self.close_connection = True
        return None

    def wait(self) -> None:
        self.hub.silent.set()
        self.hub.closing.wait(LONGEST_SILENCE)
        self.close_connection = True

    def refuse(self, status: int, code: str, commit: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        if commit:
            self.send_header("X-Repo-Commit", commit)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_json(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect, as some tests do on purpose."""


@contextmanager
def serve() -> Iterator[Hub]:
    server = Server(("127.0.0.1", 0), Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    Handler.hub = hub
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
