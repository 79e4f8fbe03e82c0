"""`POST /v1/batch`: what is told about a beacon's request, and its endpoint as plain ASGI.

Most beacons never get here: `beacon_protocol.py` answers them before there is an ASGI request. Both ask
`BatchEndpoint` who sends, and how an answer or a refusal looks.
"""

from collections.abc import Iterable
from urllib.parse import parse_qs

import orjson
from starlette.types import Message, Receive, Scope, Send

from collector import telemetry
from collector.http.gate import Gate
from collector.intake.steps import Intake, Sender
from collector.rejection import Reason, Rejected

log = telemetry.logger("intake")

_JSON = (b"content-type", b"application/json")
_VARY = (b"vary", b"Origin")
_EXPOSE = (b"access-control-expose-headers", b"retry-after")
_CRASHED = b'{"reason":"internal_error","message":"this is our fault; send it again later"}'


Headers = list[tuple[bytes, bytes]]
Response = tuple[int, Headers, bytes]
"""Status, headers, body."""


def headers_of(origin: str, retry_after: int | None = None, *, readable: bool) -> Headers:
    """The headers of an answer to a page of `origin` (empty: no page), but its length."""
    headers = [_JSON]
    if origin:
        headers.append(_VARY)
    if readable:
        headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
    if retry_after:
        headers += [(b"retry-after", b"%d" % retry_after), _EXPOSE]
    return headers


class BatchEndpoint:
    """An ASGI application for one path."""

    def __init__(self, intake: Intake, gate: Gate, *, max_body: int, country_header: str = "") -> None:
        self.intake = intake
        self.gate = gate
        self._max_body = max_body
        self._country_header = country_header.lower().encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        sender = self.sender(scope["query_string"], scope["headers"], client[0] if client else "")
        try:
            site, encoded = self.admit(sender, scope["headers"])
            body = await self._body(receive)
            self.gate.check()
            answer = await self.intake.accept(body, gzip=encoded, site=site, sender=sender)
        except Exception as error:
            response = self.refuse(sender, error)
        else:
            response = self.response(sender, 202, answer)
        status, headers, data = response
        length = (b"content-length", b"%d" % len(data))
        await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": data})

    def admit(self, sender: Sender, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bool]:
        """Before the body is read: the site's name, and whether the body is gzip. Raises Rejected."""
        site = self.intake.admit(sender)
        encoded = _is_gzip(sender.content_encoding) or sender.gzip
        for name, value in headers:
            if name == b"content-length" and value.isdigit():
                self.check_size(int(value))
        return site, encoded

    def check_size(self, size: int) -> None:
        """Raises Rejected (`body_too_large`)."""
        if size > self._max_body:
            raise Rejected(
                Reason.BODY_TOO_LARGE, f"the body is larger than {self._max_body} bytes; send smaller batches"
            )

    def refuse(self, sender: Sender, error: Exception, what: str = "batch") -> Response:
        """The answer to a refusal of `what` was sent, or to a crash of ours; counted and logged."""
        if isinstance(error, Rejected):
            telemetry.REJECTED.labels(error.reason.value).inc()
            if error.reason is not Reason.OVERLOADED:  # the gate tells of these
                log.info(f"{what} refused", reason=error.reason.value, status=error.status, problem=error.message)
            return self.response(sender, error.status, orjson.dumps(error.body()), error.retry_after)
        telemetry.REJECTED.labels("internal_error").inc()
        log.error(f"{what} failed", exc_info=error)
        return self.response(sender, 500, _CRASHED)

    def response(self, sender: Sender, status: int, data: bytes, retry_after: int | None = None) -> Response:
        """An answer with the headers its sender's page needs to read it."""
        return status, headers_of(sender.origin, retry_after, readable=self.readable(sender)), data

    def readable(self, sender: Sender) -> bool:
        """Whether the sender's page may read the answer: that of any site, so that a page with another site's key
        can read why."""
        return bool(sender.origin) and self.intake.knows_origin(sender.origin)

    def sender(self, query_string: bytes, given: Iterable[tuple[bytes, bytes]], peer: str) -> Sender:
        """Who sends, from the request's query and headers (names in lower case)."""
        query = query_string.decode("latin-1")
        key, gzip, encoding = query[2:], False, ""
        if not query.startswith("k=") or "&" in query or "%" in query or "+" in query:
            parameters = parse_qs(query)
            key = parameters.get("k", [""])[-1]
            encoding = parameters.get("z", [""])[-1]
            gzip = encoding == "gzip"
        headers = dict(given)
        sender = Sender(
            key,
            headers.get(b"origin", b"").decode("latin-1").lower(),
            peer,
            headers.get(b"user-agent", b"").decode("latin-1"),
            gzip=gzip,
        )
        if encoding:
            sender.content_encoding = encoding
        if b"content-encoding" in headers:
            sender.content_encoding = headers[b"content-encoding"].decode("latin-1")
        if b"x-forwarded-for" in headers:
            hops = [value.decode("latin-1") for name, value in given if name == b"x-forwarded-for"]
            sender.forwarded_for = ",".join(hops)
        if self._country_header:
            sender.country = headers.get(self._country_header, b"").decode("latin-1")
        return sender

    async def _body(self, receive: Receive) -> bytes:
        """Read the body, refusing it as soon as it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            self._whole(message)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self.check_size(size)
            if not message.get("more_body"):
                return b"".join(parts)

    def _whole(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            raise Rejected(Reason.CLIENT_DISCONNECTED, "the connection closed before the body was whole")


def _is_gzip(encoding: str) -> bool:
    """Whether a Content-Encoding is gzip. Raises Rejected for any other."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return False
    if encoding in ("gzip", "x-gzip"):
        return True
    raise Rejected(Reason.UNSUPPORTED_ENCODING, f"Content-Encoding {encoding}: only gzip is understood")
