"""A small server that keeps publishes as Reflexio does (tests/contract has what the real one answers), and that can
fail in the ways a real one does. It runs on a thread; what it holds outlives `stop`, as a database would."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Fault = Callable[["Handler", dict[str, Any]], bool]
"""Takes a request about to be handled; True when it has dealt with it."""


class ReflexioServer:
    """`with ReflexioServer() as server:` - `requests` holds what was kept, by request id."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, Any]] = {}
        self.attempts: Counter[str] = Counter()
        self.deleted: list[str] = []
        self.fault: Fault | None = None
        self.lock = threading.Lock()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._http: ThreadingHTTPServer | None = None

    def start(self) -> None:
        handler = type("Bound", (Handler,), {"server_state": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.requests.clear()
            self.attempts.clear()
            self.deleted.clear()
            self.fault = None

    def __enter__(self) -> "ReflexioServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def items(self) -> list[dict[str, Any]]:
        """All items kept, in the order they came."""
        with self.lock:
            return [item for body in self.requests.values() for item in body["interaction_data_list"]]

    def contents(self) -> list[str]:
        return [item["content"] for item in self.items() if item.get("role") != "Event"]

    def keep(self, body: dict[str, Any]) -> dict[str, Any]:
        """Publish as the real one does; the answer."""
        with self.lock:
            self.attempts[body["request_id"]] += 1
            if body["request_id"] in self.requests:
                return {"success": False, "message": f"request_id {body['request_id']!r} already exists"}
            self.requests[body["request_id"]] = body
        return {"success": True, "message": "", "warnings": [], "request_id": body["request_id"]}

    def forget(self, request_id: str) -> dict[str, Any]:
        with self.lock:
            self.requests.pop(request_id, None)
            self.deleted.append(request_id)
        return {"success": True, "message": ""}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server_state: ReflexioServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        state = self.server_state
        if state.fault and state.fault(self, body):
            return
        if self.headers["authorization"] != "Bearer test-key":
            self.answer(401, {"detail": "Authentication required"})
        elif self.path == "/api/publish_interaction":
            self.answer(200, state.keep(body))
        elif self.path == "/api/delete_request":
            self.answer(200, state.forget(body["request_id"]))
        else:
            self.answer(404, {"detail": "Not Found"})

    def answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self) -> None:
        """Close without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Tests have their own output."""
