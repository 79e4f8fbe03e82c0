"""A small real HTTP server for the snippet's tests: serves pages and the built script, keeps the raw bytes it is sent."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from collector.wire.beacon import BATCH

DIST = Path(__file__).parents[3] / "js-snippet" / "dist"
SCRIPT = DIST / "v1.js"
CHUNKS = {
    chunk["hashed"]: DIST / chunk["file"]
    for chunk in json.loads((DIST / "manifest.json").read_bytes())["chunks"].values()
}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
STUB = "window.ix=window.ix||function(){(ix.q=ix.q||[]).push(arguments)};"
PATIENCE = 30.0
ACCEPTED = json.dumps({"accepted": 1, "rejected": [], "duplicate": False, "server_time": 0}).encode()

Json = dict[str, Any]

_SCHEMA = BATCH.json_schema()
BATCH_FIELDS = set(_SCHEMA["properties"])
EVENT_FIELDS, TARGET_FIELDS, CONTEXT_FIELDS = (
    set(_SCHEMA["$defs"][name]["properties"]) for name in ("Event", "Target", "Context")
)


@dataclass(frozen=True)
class Answer:
    """What the collector says to one batch. Status 0: a network error. (Not silence: Chromium would ask again by itself.)"""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    body: Json | None = None


@dataclass(frozen=True)
class Received:
    """One request to the collector's path, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int

    def batch(self) -> Json:
        """The batch, valid by the collector's own types and without a field that they do not know."""
        BATCH.validate_json(self.body)
        raw: Json = json.loads(self.body)
        assert set(raw) <= BATCH_FIELDS, set(raw) - BATCH_FIELDS
        assert set(raw["context"]) <= CONTEXT_FIELDS
        assert UUID7.fullmatch(raw["batch_id"]) and UUID7.fullmatch(raw["session_id"])
        for event in raw["events"]:
            assert set(event) <= EVENT_FIELDS, set(event) - EVENT_FIELDS
            assert set(event.get("target", ())) <= TARGET_FIELDS
            assert UUID7.fullmatch(event["event_id"])
        return raw


class Site:
    """Shop and collector in one: `pages` to serve, `answers` to give (the last one for ever), `received` so far."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.files: dict[str, bytes] = {}  # scripts of others
        self.page_headers: dict[str, str] = {}
        self.answers: list[Answer] = [Answer()]
        self.answers_to: dict[str, list[Answer]] = {}  # by write key, before the others
        self.cors: dict[str, str] = {}
        self.passes_on: tuple[str, str] | None = None  # what starts with this path, to this collector, as a proxy does
        self.proxy_says = 0  # instead of passing a POST on: this status
        self.proxy_loses_answers = False  # it is passed on, and the connection breaks
        self.received: list[Received] = []
        self.images: list[tuple[dict[str, str], bytes]] = []  # headers and bytes of uploaded pictures
        self.refuse_images = 0  # a status
        self._news = threading.Condition()
        site = self

        class Handler(_Handler):
            owner = site

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_page(self, path: str, body: str, head: str = "", title: str = "Laptops", **attributes: str) -> str:
        """A page with the tag in it, as a shop would embed it. Attributes: `flush="50"` is `data-flush="50"`."""
        settings = {"key": "pk_test", "flush": "30", **attributes}
        tag = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in settings.items())
        self.pages[path] = (
            f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title><link rel=icon href=data:,>{head}"
            f"<script>{STUB}</script><script async src=/s/v1.js {tag}></script></head><body>{body}</body></html>"
        )
        return self.url + path

    def next_answer(self, path: str) -> Answer:
        with self._news:
            if own := self.answers_to.get(path.rpartition("=")[2]):
                return own.pop(0)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def note(self, received: Received) -> None:
        with self._news:
            self.received.append(received)
            self._news.notify_all()

    def wait(self, condition: Callable[[], Any], what: str = "", timeout: float = PATIENCE) -> Any:
        """Until `condition` holds; it is looked at again after each request."""
        with self._news:
            if not self._news.wait_for(condition, timeout):
                raise AssertionError(f"not within {timeout} s: {what}; received {[e['type'] for e in self.events()]}")
            return condition()

    def batches(self, accepted: bool = True) -> list[Json]:
        """Each batch once, in the order of arrival; those that were answered with 2xx, or all."""
        found: dict[str, Json] = {}
        for request in list(self.received):
            if request.method == "POST" and (request.status < 300 or not accepted) and request.status:
                batch = request.batch()
                known = found.setdefault(batch["batch_id"], batch)
                assert known["events"] == batch["events"], "a batch changed between two attempts"
        return list(found.values())

    def events(self, kind: str | None = None, accepted: bool = True) -> list[Json]:
        """In the order in which they happened, whatever the order in which their batches arrived."""
        return sorted(self._events(kind, accepted), key=lambda event: event["event_id"])

    def _events(self, kind: str | None, accepted: bool) -> Iterator[Json]:
        seen: set[str] = set()
        for batch in self.batches(accepted):
            for event in batch["events"]:
                assert event["event_id"] not in seen, "an event stood in two batches"
                seen.add(event["event_id"])
                if kind in (None, event["type"]):
                    yield event

    def wait_events(self, kind: str, count: int = 1) -> list[Json]:
        """At least `count` events of this kind, as soon as they are here."""
        self.wait(lambda: len(self.events(kind)) >= count, f"{count} × {kind}")
        return self.events(kind)

    def wait_event(self, kind: str) -> Json:
        return self.wait_events(kind)[-1]

    def raw(self) -> bytes:
        """Everything that ever arrived, to look for what must not be in it."""
        return b"\n".join(request.path.encode() + request.body for request in self.received)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Pages that are closed break their connections; that is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    owner: Site
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self._passed_on():
            return
        if path == "/s/v1.js":
            self._send(200, SCRIPT.read_bytes(), {"content-type": "text/javascript", "cache-control": "max-age=60"})
        elif chunk := CHUNKS.get(path.removeprefix("/s/")):
            headers = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
            self._send(200, chunk.read_bytes(), headers)
        elif size := re.search(r"(\d+)x(\d+)\.svg$", path):
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[1]}" height="{size[2]}"/>'
            self._send(200, svg.encode(), {"content-type": "image/svg+xml"})
        elif path in self.owner.files:
            self._send(200, self.owner.files[path], {"content-type": "text/javascript"})
        elif path in self.owner.pages:
            headers = {"content-type": "text/html; charset=utf-8", **self.owner.page_headers}
            self._send(200, self.owner.pages[path].encode(), headers)
        else:
            self._send(404, b"", {"content-type": "text/plain"})

    def do_OPTIONS(self) -> None:
        self.owner.note(Received("OPTIONS", self.path, dict(self.headers), b"", time.monotonic(), 204))
        self._send(204, b"", self.owner.cors)

    def do_POST(self) -> None:
        if self._passed_on():
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.startswith("/v1/images?"):
            self._keep_image(body)
            return
        answer = self.owner.next_answer(self.path)
        at = time.monotonic()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.owner.note(Received("POST", self.path, headers, body, at, answer.status))
        if answer.wait:
            answer.wait.wait(PATIENCE)
        if answer.status == 0:
            self._break_off()
            return
        said = ACCEPTED if answer.body is None else json.dumps(answer.body).encode()
        self._send(answer.status, said, {"content-type": "application/json", **self.owner.cors, **answer.headers})

    def _break_off(self) -> None:
        """A network error for the page. (Not silence: Chromium would ask again by itself.)"""
        self.wfile.write(b"HTTP/1.1 202 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n")
        self.close_connection = True

    def _passed_on(self) -> bool:
        prefix, target = self.owner.passes_on or ("", "")
        if not prefix or not self.path.startswith(prefix):
            return False
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        if self.command == "POST" and self.owner.proxy_says:
            self._send(self.owner.proxy_says, b"", {})
            return True
        with httpx.stream(self.command, target + self.path, content=body, headers=headers) as answer:
            packed = b"".join(answer.iter_raw())
        if self.command == "POST" and self.owner.proxy_loses_answers:
            self._break_off()
            return True
        dropped = ("content-length", "transfer-encoding", "connection")
        self._send(answer.status_code, packed, {k: v for k, v in answer.headers.items() if k not in dropped})
        return True

    def _keep_image(self, body: bytes) -> None:
        self.owner.images.append(({name.lower(): value for name, value in self.headers.items()}, body))
        said = json.dumps({"image_id": hashlib.sha256(body).hexdigest(), "url": ""}).encode()
        self._send(self.owner.refuse_images or 201, said, {"content-type": "application/json", **self.owner.cors})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
