"""The HTTP server: a thread for each connection, ClickHouse's headers and statuses, faults."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import sys
import uuid
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.support.clickhouse_front import coding
from tests.support.clickhouse_front.engine import Answer, Engine
from tests.support.clickhouse_front.errors import AUTHENTICATION_FAILED, ClickHouseError
from tests.support.clickhouse_front.faults import Fault, FaultBook
from tests.support.clickhouse_front.request import Request


class FrontServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], engine: Engine, faults: FaultBook, users: dict[str, str]) -> None:
        super().__init__(address, Handler)
        self.engine, self.faults = engine, faults
        self.users = users

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is no error of ours; anything else is reported."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    server: FrontServer
    protocol_version = "HTTP/1.1"
    server_version = "ClickHouse"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/__"):
            self._control(path)
            return
        request = Request(self.command, self.path, self.headers, self.rfile)
        fault = self.server.faults.take(request.kind())
        if fault is None:
            self._serve(request)
        else:
            self._misbehave(fault, request)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests look at /__stats."""

    def _misbehave(self, fault: Fault, request: Request) -> None:
        if (error := fault.error()) is not None:
            request.body.read_all()
            self._answer_error(error)
            return
        if fault.kind == "hang":
            self.server.faults.hang(fault)
            if fault.then == "apply":
                self._serve(request)
                return
        elif fault.kind == "reset_mid_insert":
            request.body.read_half()
        elif fault.kind == "apply_then_drop":
            with contextlib.suppress(ClickHouseError), self.server.engine.run(request.call()) as answer:
                for _ in answer.chunks:
                    pass
        self._reset()

    def _serve(self, request: Request) -> None:
        if request.path == "/ping":
            request.body.read_all()
            self._send(200, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
            return
        if request.path != "/":
            request.body.read_all()
            self._send(404, f"There is no handle {request.path}\n".encode(), {})
            return
        try:
            self._authenticate(request)
            call = request.call()
            call.query_id = call.query_id or str(uuid.uuid4())
            with self.server.engine.run(call) as answer:
                self._answer(answer, request.accepts, call.query_id)
        except ClickHouseError as error:
            request.body.read_all()
            self._answer_error(error)

    def _authenticate(self, request: Request) -> None:
        user, password = request.credentials()
        if self.server.users.get(user) != password:
            text = "Authentication failed: password is incorrect, or there is no user with such name."
            raise ClickHouseError(AUTHENTICATION_FAILED, f"{user}: {text}")

    def _answer(self, answer: Answer, accepted: str, query_id: str) -> None:
        headers = {"X-ClickHouse-Query-Id": query_id, "X-ClickHouse-Timezone": self.server.engine.timezone}
        headers["X-ClickHouse-Summary"] = json.dumps(answer.summary)
        if answer.format:
            headers["X-ClickHouse-Format"] = answer.format
        if accepted:
            headers["Content-Encoding"] = accepted
        if answer.streamed:
            self._stream(answer, accepted, headers)
        else:
            self._send(200, b"".join(coding.encode(accepted, answer.chunks)), headers)

    def _stream(self, answer: Answer, accepted: str, headers: dict[str, str]) -> None:
        """In chunks. An error half-way comes behind the data, marked with the tag of the header."""
        tag = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=16))
        headers["X-ClickHouse-Exception-Tag"] = tag
        headers["Transfer-Encoding"] = "chunked"
        failed = False

        def parts() -> Iterable[bytes]:
            nonlocal failed
            try:
                yield from answer.chunks
            except ClickHouseError as error:
                failed = True
                text = error.body(self.server.engine.version)
                mark = b"__exception__\r\n"
                yield b"\r\n%s%s\r\n%s%d %s\r\n%s" % (mark, tag.encode(), text, len(text), tag.encode(), mark)

        self._head(200, headers)
        for part in coding.encode(accepted, parts()):
            if part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
        if failed:
            self.close_connection = True  # without the last chunk, as a server leaves it
            return
        self.wfile.write(b"0\r\n\r\n")

    def _answer_error(self, error: ClickHouseError) -> None:
        headers = {"X-ClickHouse-Exception-Code": str(error.code)}
        self._send(error.status, error.body(self.server.engine.version), headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, {**headers, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.server.faults.answered(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-ClickHouse-Server-Display-Name", "front")
        self.end_headers()

    def _reset(self) -> None:
        """Closes the connection so that the client sees it reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _control(self, path: str) -> None:
        """POST /__fault with a fault or {"kind": "clear"}; GET /__stats.

        With ?group=&name=&at_least=&timeout= the stats wait for that count; 408 when it does not get there.
        """
        faults = self.server.faults
        data = Request(self.command, self.path, self.headers, self.rfile).body.read_all()
        status, answer = 200, {}
        if path == "/__fault":
            try:
                asked = json.loads(data)
                if asked.get("kind") == "clear":
                    faults.clear()
                else:
                    faults.add(Fault(**asked))
            except (ValueError, TypeError) as error:
                status, answer = 400, {"error": str(error)}
        elif path == "/__stats":
            wanted = dict(parse_qsl(urlsplit(self.path).query))
            if wanted:
                reached = faults.wait_for(
                    wanted["group"], wanted["name"], int(wanted["at_least"]), float(wanted["timeout"])
                )
                status = 200 if reached else 408
            answer = faults.stats()
        else:
            status = 404
        body = json.dumps(answer).encode()
        self._send(status, body, {"Content-Type": "application/json"})
