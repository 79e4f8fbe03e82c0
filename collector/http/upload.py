"""`POST /v1/images`: one picture, raw, by the rules of the beacon protocol.

The process that takes it keeps it; the engine has no part in it. Pages send bytes without a media type, or as
text/plain, and so without a preflight; what the bytes are, they say themselves.
"""

import asyncio

import orjson
from pydantic import TypeAdapter
from starlette.types import Message, Receive, Scope, Send

from collector import telemetry
from collector.http.batch import BatchEndpoint, Headers, Response
from collector.images import Images, image_url
from collector.intake.steps import Sender
from collector.rejection import Reason, Rejected
from collector.wire.images import UploadedImage

log = telemetry.logger("images")

SECONDS = 60.0
"""Longest time for one body."""
MOST_WAITING_BYTES = 128 * 1024 * 1024
"""Most bytes of bodies in memory; more are told to come again."""
_ANSWER: TypeAdapter[UploadedImage] = TypeAdapter(UploadedImage)


class ImageUpload:
    """An ASGI application for one path. Who sends, and how a refusal looks, it asks the batches' endpoint."""

    def __init__(self, batch: BatchEndpoint, images: Images, *, most_bytes: int, own_url: str) -> None:
        self._batch = batch
        self._images = images
        self._most_bytes = most_bytes
        self._own_url = own_url
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        sender = self._batch.sender(scope["query_string"], scope["headers"], client[0] if client else "")
        try:
            response = await self._take(sender, scope["headers"], receive)
        except Exception as error:
            response = self._refuse(sender, error)
        status, headers, data = response
        length = (b"content-length", b"%d" % len(data))
        await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": data})

    async def _take(self, sender: Sender, headers: Headers, receive: Receive) -> Response:
        site = self._batch.intake.admit(sender)
        if sender.gzip or sender.content_encoding.strip().lower() not in ("", "identity"):
            raise Rejected(Reason.UNSUPPORTED_ENCODING, "send an image as it is; it is compressed already")
        self._check_size(
            next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), 0)
        )
        reading = _Reading(self)
        try:
            async with asyncio.timeout(SECONDS):
                data = await reading.whole(receive)
            image_id = await self._images.store(data, site)
        except TimeoutError:
            raise Rejected(Reason.CLIENT_DISCONNECTED, f"the body took more than {SECONDS:.0f} seconds") from None
        finally:
            self._waiting -= reading.size
        answer = UploadedImage(image_id=image_id, url=self._own_url + image_url(image_id))
        return self._batch.response(sender, 201, orjson.dumps(answer))

    def _check_size(self, size: int) -> None:
        if size > self._most_bytes:
            raise Rejected(Reason.BODY_TOO_LARGE, f"the image is larger than {self._most_bytes} bytes")

    def grown(self, size: int, more: int) -> None:
        """A body is `size` bytes now, `more` of them new. Raises Rejected (`body_too_large`, `images_busy`)."""
        self._waiting += more
        self._check_size(size)
        if self._waiting > MOST_WAITING_BYTES:
            raise Rejected(Reason.IMAGES_BUSY, "too many images at once; try again", retry_after=2)

    def _refuse(self, sender: Sender, error: Exception) -> Response:
        if isinstance(error, Rejected):
            log.info("image refused", reason=error.reason.value, status=error.status, problem=error.message)
        return self._batch.refuse(sender, error)


class _Reading:
    """One body on its way into memory."""

    def __init__(self, upload: ImageUpload) -> None:
        self._upload = upload
        self.size = 0

    async def whole(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        while True:
            message: Message = await receive()
            if message["type"] == "http.disconnect":
                raise Rejected(Reason.CLIENT_DISCONNECTED, "the connection closed before the body was whole")
            parts.append(message.get("body", b""))
            self.size += len(parts[-1])
            self._upload.grown(self.size, len(parts[-1]))
            if not message.get("more_body"):
                return b"".join(parts)
