"""`POST /v1/images`: one picture, raw, by the rules of the beacon protocol.

The process that takes it keeps it; the engine has no part in it. Pages send bytes without a media type, or as
text/plain, and so without a preflight; what the bytes are, they say themselves.
"""

import orjson
from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send

from collector.http.batch import BatchEndpoint, Headers, Response
from collector.images import Images, image_url
from collector.intake.steps import Sender
from collector.rejection import Reason, Rejected
from collector.wire.images import UploadedImage

_ANSWER: TypeAdapter[UploadedImage] = TypeAdapter(UploadedImage)


class ImageUpload:
    """An ASGI application for one path. Who sends, and how a refusal looks, it asks the batches' endpoint."""

    def __init__(self, batch: BatchEndpoint, images: Images, *, most_bytes: int, own_url: str) -> None:
        self._batch = batch
        self._images = images
        self._most_bytes = most_bytes
        self._own_url = own_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        sender = self._batch.sender(scope["query_string"], scope["headers"], client[0] if client else "")
        try:
            response = await self._take(sender, scope["headers"], receive)
        except Exception as error:
            response = self._batch.refuse(sender, error, "image")
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
        data = await self._body(receive)
        self._batch.gate.check()
        image_id = await self._images.store(data, site)
        answer = UploadedImage(image_id=image_id, url=self._own_url + image_url(image_id))
        return self._batch.response(sender, 201, orjson.dumps(answer))

    def _check_size(self, size: int) -> None:
        if size > self._most_bytes:
            raise Rejected(Reason.BODY_TOO_LARGE, f"the image is larger than {self._most_bytes} bytes")

    async def _body(self, receive: Receive) -> bytes:
        """The body, refused as soon as it is too large; the gate bounds how long it may take, and all together."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Rejected(Reason.CLIENT_DISCONNECTED, "the connection closed before the body was whole")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self._check_size(size)
            if not message.get("more_body"):
                return b"".join(parts)
