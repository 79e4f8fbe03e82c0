"""`POST /v1/batch`: the beacon endpoint, plain ASGI because it is the hot path.

Starlette's routing and request objects cost 18 µs a request, a sixth of the budget of ten events.
"""

from urllib.parse import parse_qs

import orjson
from starlette.types import Message, Receive, Scope, Send

from collector import telemetry
from collector.intake.steps import Intake, Sender
from collector.rejection import Reason, Rejected

log = telemetry.logger("intake")

_JSON = (b"content-type", b"application/json")
_VARY = (b"vary", b"Origin")
_EXPOSE = (b"access-control-expose-headers", b"retry-after")
_CRASHED = b'{"reason":"internal_error","message":"this is our fault; send it again later"}'


class BatchEndpoint:
    """An ASGI application for one path."""

    def __init__(self, intake: Intake, *, max_body: int, country_header: str = "") -> None:
        self._intake = intake
        self._max_body = max_body
        self._country_header = country_header.lower().encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sender, gzip = self._sender(scope)
        try:
            site = self._intake.admit(sender)
            encoded = gzip or _is_gzip(sender.content_encoding)
            body = await self._body(scope, receive)
            answer = await self._intake.accept(body, gzip=encoded, site=site, sender=sender)
        except Rejected as refused:
            telemetry.REJECTED.labels(refused.reason.value).inc()
            log.info("batch refused", reason=refused.reason.value, status=refused.status, problem=refused.message)
            await self._respond(send, sender, refused.status, orjson.dumps(refused.body()), refused.retry_after)
        except Exception:
            telemetry.REJECTED.labels("internal_error").inc()
            log.exception("batch failed")
            await self._respond(send, sender, 500, _CRASHED)
        else:
            await self._respond(send, sender, 202, answer)

    async def _respond(
        self, send: Send, sender: Sender, status: int, data: bytes, retry_after: int | None = None
    ) -> None:
        headers = [_JSON, (b"content-length", b"%d" % len(data))]
        if sender.origin:
            headers.append(_VARY)
            if self._intake.knows_origin(sender.origin):
                # readable for any site's page, so that a page with another site's key can read why
                headers.append((b"access-control-allow-origin", sender.origin.encode("latin-1")))
        if retry_after:
            headers.append((b"retry-after", b"%d" % retry_after))
            headers.append(_EXPOSE)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    def _sender(self, scope: Scope) -> tuple[Sender, bool]:
        query = scope["query_string"].decode("latin-1")
        key, gzip = query[2:], False
        if not query.startswith("k=") or "&" in query or "%" in query or "+" in query:
            parameters = parse_qs(query)
            key = parameters.get("k", [""])[-1]
            gzip = parameters.get("z", [""])[-1] == "gzip"
        client = scope.get("client")
        headers = dict(scope["headers"])
        sender = Sender(
            key,
            headers.get(b"origin", b"").decode("latin-1").lower(),
            client[0] if client else "",
            headers.get(b"user-agent", b"").decode("latin-1"),
        )
        if b"content-encoding" in headers:
            sender.content_encoding = headers[b"content-encoding"].decode("latin-1")
        if b"x-forwarded-for" in headers:
            hops = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            sender.forwarded_for = ",".join(hops)
        if self._country_header:
            sender.country = headers.get(self._country_header, b"").decode("latin-1")
        return sender, gzip

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the body, refusing it as soon as it is too large."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._max_body:
                raise self._too_large()
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            self._whole(message)
            if len(body) > self._max_body:
                raise self._too_large()
            return body
        parts = [body]
        size = len(body)
        while message.get("more_body"):
            message = await receive()
            self._whole(message)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body:
                raise self._too_large()
        return b"".join(parts)

    def _whole(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            raise Rejected(Reason.CLIENT_DISCONNECTED, "the connection closed before the body was whole")

    def _too_large(self) -> Rejected:
        return Rejected(Reason.BODY_TOO_LARGE, f"the body is larger than {self._max_body} bytes; send smaller batches")


def _is_gzip(encoding: str) -> bool:
    """Whether a Content-Encoding is gzip. Raises Rejected for any other."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return False
    if encoding in ("gzip", "x-gzip"):
        return True
    raise Rejected(Reason.UNSUPPORTED_ENCODING, f"Content-Encoding {encoding}: only gzip is understood")
