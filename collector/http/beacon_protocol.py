"""Beacons without ASGI: uvicorn's own HTTP protocol, with a shorter way for the hot path.

A request that is plainly a beacon - a POST to its path on a connection that is kept alive and has nothing else
under way - is checked, spooled and answered from the parser's callbacks: no scope, no task, one write. Everything
else, odd beacons too, goes uvicorn's way to the application. On ten events a batch this is a fifth of the loop's time.
"""

import asyncio
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

from collector.http.batch import BatchEndpoint, Headers, headers_of
from collector.http.connection import BoundedProtocol
from collector.http.gate import EXCHANGE_BYTES
from collector.intake.steps import Sender
from collector.rejection import Reason, Rejected

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class _Exchange:
    """One beacon and its answer. Stands where uvicorn keeps its request under way, so that a pipelined request
    waits for it and a shutdown lets it end."""

    __slots__ = (
        "body",
        "disconnected",
        "encoded",
        "keep_alive",
        "message_event",
        "response_complete",
        "sender",
        "site",
        "size",
        "submitted",
        "taken",
    )

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.site = ""
        self.encoded = False
        self.body: list[bytes] = []
        self.size = 0
        self.taken = 0
        self.submitted = False
        self.keep_alive = True
        self.response_complete = False
        self.disconnected = False
        self.message_event = _NOBODY_WAITS


_NOBODY_WAITS = asyncio.Event()


def _head(status: int, headers: Headers) -> bytes:
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([_STATUS_LINES[status], *lines])


@lru_cache(maxsize=1024)
def _accepted(origin: str, readable: bool) -> bytes:
    return _head(202, headers_of(origin, readable=readable))


def beacon_protocol(path: str, endpoint: BatchEndpoint) -> type[asyncio.Protocol]:
    """The protocol class for uvicorn's `http` option; beacons are POSTs to `path`."""
    made = {"target": path.encode() + b"?", "endpoint": endpoint, "gate": endpoint.gate}
    return type("BeaconProtocol", (_BeaconProtocol,), made)


class _BeaconProtocol(BoundedProtocol):
    target: bytes
    endpoint: BatchEndpoint

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.exchange: _Exchange | None = None

    # the parser's callbacks

    def on_message_begin(self) -> None:
        self.begin_head()
        self.exchange = None
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        self.in_head = False
        if self._is_plain_beacon():
            self._begin()
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the list stands in the scope already
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        exchange = self.exchange
        if exchange is None:
            super().on_body(body)
        elif not exchange.response_complete:
            exchange.body.append(body)
            exchange.size += len(body)
            self._take(exchange, len(body))
            try:
                if self.gate.full:
                    self.cut_slow_bodies()
                if self.gate.overfull:
                    self.gate.admit()
                self.endpoint.check_size(exchange.size)
            except Exception as refused:
                self._refuse(exchange, refused)

    def on_message_complete(self) -> None:
        self.receiving_since = 0.0
        exchange = self.exchange
        if exchange is None:
            super().on_message_complete()
        elif not exchange.response_complete:
            self._submit(exchange)

    # a beacon

    def _is_plain_beacon(self) -> bool:
        return (
            self.url.startswith(self.target)
            and self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.expect_100_continue
            and not self.flow.write_paused
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and self.parser.get_http_version() == "1.1"
        )

    def _begin(self) -> None:
        query = self.url[len(self.target) :]
        sender = self.endpoint.sender(query, self.headers, self.client[0] if self.client else "")
        exchange = self.exchange = _Exchange(sender)
        self._take(exchange, EXCHANGE_BYTES)
        self.cycle = cast(Any, exchange)
        try:
            if self.gate.full:
                self.cut_slow_bodies()
            self.gate.admit()
            exchange.site, exchange.encoded = self.endpoint.admit(sender, self.headers)
        except Exception as refused:
            self._refuse(exchange, refused)

    def _submit(self, exchange: _Exchange) -> None:
        body = exchange.body[0] if len(exchange.body) == 1 else b"".join(exchange.body)

        def done(answer: bytes | Exception) -> None:
            if isinstance(answer, Exception):
                self._refuse(exchange, answer)
            else:
                self._send(exchange, _accepted(exchange.sender.origin, self.endpoint.readable(exchange.sender)), answer)

        try:
            self.endpoint.gate.check()
            exchange.submitted = True
            self._take(
                exchange,
                self.endpoint.intake.submit(
                    body, gzip=exchange.encoded, site=exchange.site, sender=exchange.sender, done=done
                ),
            )
        except Exception as refused:
            self._refuse(exchange, refused)

    def _take(self, exchange: _Exchange, size: int) -> None:
        exchange.taken += size
        self.gate.bytes += size

    def _give_back(self, exchange: _Exchange) -> None:
        self.gate.bytes -= exchange.taken
        exchange.taken = 0

    def _refuse(self, exchange: _Exchange, error: Exception) -> None:
        status, headers, data = self.endpoint.refuse(exchange.sender, error)
        self._send(exchange, _head(status, headers), data)

    def _send(self, exchange: _Exchange, head: bytes, data: bytes) -> None:
        exchange.response_complete = True
        self._give_back(exchange)
        exchange.body.clear()
        if self.transport.is_closing():
            return
        last = b"" if exchange.keep_alive else b"connection: close\r\n"
        self.transport.write(b"%bcontent-length: %d\r\n%b\r\n%b" % (head, len(data), last, data))
        if exchange.keep_alive:
            self.on_response_complete()
        else:
            self.transport.close()

    def too_slow(self) -> None:
        exchange = self.exchange
        if exchange is None or self.in_head or exchange.response_complete:
            super().too_slow()
            return
        exchange.keep_alive = False
        self._refuse(exchange, Rejected(Reason.REQUEST_TIMEOUT, "the request took too long to arrive"))
        self.cut("slow")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.exchange is not None and not self.exchange.submitted:
            self._give_back(self.exchange)
