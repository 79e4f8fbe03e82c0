"""A connection of uvicorn's, with bounds: how long a request may take to arrive, how large its head may be, how many
connections there are.

One timer a connection, not one after each answer: when it fires it looks back, and goes on for the time that is left.
"""

import asyncio
from http import HTTPStatus
from typing import Any, cast

import orjson
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collector import telemetry
from collector.http.gate import EXCHANGE_BYTES, MOST_QUESTIONS, RETRY_SECONDS, Gate
from collector.rejection import Reason, Rejected

log = telemetry.logger("http")

MOST_HEAD_BYTES = 65_536
MOST_PIPELINED = 64
"""Requests that wait for the one before them on their connection; browsers and proxies send none ahead."""
LAST_LOOK_SECONDS = 0.05
SLOW_BODY_SECONDS = 1.0
"""Where memory is short, a body that has been coming for longer may have to go."""
_BODY = b'{"reason":"overloaded","message":"too much at once; try again later"}'
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"retry-after", b"%d" % RETRY_SECONDS),
    (b"content-length", b"%d" % len(_BODY)),
    (b"connection", b"close"),
]
_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n\r\n%b" % (b"\r\n".join(b"%b: %b" % h for h in _HEADERS), _BODY)


def _last_answer(refusal: Rejected) -> bytes:
    """An answer after which the connection ends; counted and logged."""
    telemetry.REJECTED.labels(refusal.reason.value).inc()
    log.info("request refused", reason=refusal.reason.value, status=refusal.status, problem=refusal.message)
    body = orjson.dumps(refusal.body())
    status = HTTPStatus(refusal.status)
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return b"%bcontent-length: %d\r\n\r\n%b" % (head.encode(), len(body), body)


async def _overloaded(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the bounds of `gate`."""

    gate: Gate

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.idle_since = 0.0
        self.receiving_since = 0.0
        self.overdue = False
        self.in_head = False
        self.head_bytes = 0
        self.question_bytes = 0

    # connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self.idle_since = self.loop.time()
        if len(self.connections) > self.gate.most_connections and not self._make_room():
            telemetry.CONNECTIONS_CUT.labels("too_many").inc()
            self.transport.write(_REFUSED)
            self._leave()
            return
        self._watch(min(self.timeout_keep_alive, self.gate.head_seconds))

    def _make_room(self) -> bool:
        """Close those that have been waiting for a request longest, a sixteenth at a time; whether there were any."""
        waiting = [
            one for one in self.connections if isinstance(one, BoundedProtocol) and one is not self and one.waits
        ]
        waiting.sort(key=lambda one: one.receiving_since or one.idle_since)
        closed = waiting[: max(1, len(waiting) // 16)]
        for one in closed:
            one.cut("displaced")
        return bool(closed)

    @property
    def waits(self) -> bool:
        """Whether there is no whole request under way."""
        return self.receiving_since > 0 or self.cycle is None or self.cycle.response_complete

    def cut_slow_bodies(self) -> None:
        """Memory is full: of the bodies that have been coming for long, those that did longest go, a sixteenth at a
        time. Else who sends all but the last byte would keep everybody else out."""
        if not self.gate.may_make_room():
            return
        before = self.loop.time() - SLOW_BODY_SECONDS
        slow = [
            one
            for one in self.connections
            if isinstance(one, BoundedProtocol)
            and one is not self
            and 0 < one.receiving_since < before
            and not one.in_head
        ]
        slow.sort(key=lambda one: one.receiving_since)
        for one in slow[: max(1, len(slow) // 16)]:
            one.cut("memory")

    def cut(self, why: str) -> None:
        """Close, and count why."""
        telemetry.CONNECTIONS_CUT.labels(why).inc()
        self._leave()

    def _leave(self) -> None:
        self.connections.discard(self)  # at once: the transport says so a turn later
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._release_question()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def shutdown(self) -> None:
        """uvicorn calls this at the end: a request that is not whole is nothing that was accepted."""
        if self.waits:
            self._leave()
        else:
            super().shutdown()

    # what arrives

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.in_head:
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                most = f"the request's line and headers are larger than {MOST_HEAD_BYTES} bytes"
                self.transport.write(_last_answer(Rejected(Reason.HEAD_TOO_LARGE, most)))
                self.cut("head_too_large")

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls this for what is no HTTP."""
        if not self.transport.is_closing():
            self.transport.write(_last_answer(Rejected(Reason.MALFORMED_REQUEST, "this is no HTTP/1.1 request")))
        self.transport.close()

    def begin_head(self) -> None:
        """A request begins."""
        self.receiving_since = self.loop.time()
        self.in_head = True
        self.head_bytes = 0
        self.overdue = False

    def on_headers_complete(self) -> None:
        """Of a request that is no beacon."""
        self._hold(EXCHANGE_BYTES)
        if self.transport.is_closing():  # the parser goes on with what it has
            return
        if len(self.pipeline) >= MOST_PIPELINED or (self.pipeline and self.gate.overfull):
            self.cut("memory")
            return
        refused = len(self.tasks) >= MOST_QUESTIONS or (self.gate.full and self.parser.get_method() not in _BODYLESS)
        self.app = _overloaded if refused else self.config.loaded_app
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Of a request that is no beacon."""
        if self.transport.is_closing():
            return
        self._hold(len(body))
        if self.gate.overfull:
            self.cut("memory")
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.transport.is_closing():
            super().on_message_complete()

    def _hold(self, size: int) -> None:
        self.question_bytes += size
        self.gate.bytes += size

    def _release_question(self) -> None:
        self.gate.bytes -= self.question_bytes
        self.question_bytes = 0

    # time

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        self.overdue = False
        if self.pipeline:
            super().on_response_complete()
            return
        self._release_question()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.timeout_keep_alive_task is None:
            self._watch(self.timeout_keep_alive)

    def _watch(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        """uvicorn calls this whenever data arrives: the timer goes on, and looks back when it fires."""

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self.transport.is_closing() or not self.waits:
            return  # the end of the answer watches again
        if self.receiving_since:
            allowed = self.gate.head_seconds if self.in_head else self.gate.request_seconds
            left = self.receiving_since + allowed - self.loop.time()
        else:
            left = self.idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.overdue = False
            self._watch(left)
        elif not self.overdue:
            self.overdue = True  # a loop that was busy for long has not read yet what came meanwhile
            self._watch(LAST_LOOK_SECONDS)
        elif self.receiving_since:
            self.too_slow()
        else:
            self.transport.close()

    def too_slow(self) -> None:
        """The request did not arrive in time."""
        self.cut("slow")


_BODYLESS = (b"GET", b"HEAD", b"OPTIONS")
