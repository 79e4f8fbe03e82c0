"""A small server with OpenAI's `POST /v1/embeddings`, on a thread. Its model knows three topics, by their words."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

from tests.support.ports import free_port

KEY, MODEL = "sk-test", "topics-1"
TOPICS = (("refund", "money", "paid"), ("parcel", "delivery", "arrive"), ("lamp", "light", "bulb"))


def vector(text: str) -> list[float]:
    """How much of each topic a text has."""
    return [0.1 + 3 * sum(word in text.lower() for word in words) for words in TOPICS]


def answer(body: dict[str, Any]) -> tuple[int, Any]:
    """Status and JSON, last text first: only `index` says which is which."""
    if body["model"] != MODEL:
        return 404, {"error": {"message": "no such model"}}
    data = [{"object": "embedding", "index": n, "embedding": vector(text)} for n, text in enumerate(body["input"])]
    return 200, {"object": "list", "model": MODEL, "data": data[::-1], "usage": {"total_tokens": 1}}


class EmbeddingServer:
    """`with EmbeddingServer() as server:`; `answer` may be replaced."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.answer: Callable[[dict[str, Any]], tuple[int, Any]] = answer
        self._http: ThreadingHTTPServer | None = None

    def start(self) -> None:
        handler = type("Bound", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "EmbeddingServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: EmbeddingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, told = 401, {"error": {"message": "wrong key"}}
        if self.headers["authorization"] == f"Bearer {KEY}" and self.path == "/v1/embeddings":
            status, told = self.owner.answer(body)
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Tests have their own output."""
