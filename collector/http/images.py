"""Reading pictures back: `GET /images/{id}`, its thumbnails, and what is known of it.

The bytes came from strangers, so nothing may run from them: they have the media type that we sniffed, are not
sniffed again, and stand in a sandbox of their own. A picture of a site that the key may not read is not found.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector import telemetry
from collector.http.asking import parse_query
from collector.http.auth import SIGNED_SECONDS, Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.errors import ProblemError
from collector.images import Images, look
from collector.images.thumbnails import rounded
from collector.rejection import Rejected
from collector.sites import Scope
from collector.wire.images import ImageAbout, ThumbnailQuery
from collector.wire.reading import Problem

log = telemetry.logger("http")

_PROBLEM = "application/problem+json"
_DAY = 24 * 3600


class ImageReading:
    """The handlers, with what they need."""

    def __init__(self, images: Images, auth: Auth) -> None:
        self._images = images
        self._auth = auth

    async def image(self, request: Request) -> Response:
        image_id, sites = self._asked(request)
        etag = f'"{image_id}"'
        try:
            if _has(request, etag) and await self._images.exists(image_id, sites):
                return Response(status_code=304, headers=_headers(request, etag))
            found = await self._images.read(image_id, sites)
        except OSError as error:
            raise _away(error) from error
        if found is None:
            raise _not_found()
        headers = _headers(request, etag, f"{image_id}.{found.kind.suffix}")
        return Response(found.data, headers=headers, media_type=found.kind.value)

    async def thumbnail(self, request: Request) -> Response:
        image_id, sites = self._asked(request)
        width = rounded(parse_query(request, ThumbnailQuery, beside=("signature",)).width)
        etag = f'"{image_id}-{width}"'
        try:
            if _has(request, etag) and await self._images.exists(image_id, sites):
                return Response(status_code=304, headers=_headers(request, etag))
            found = await self._images.thumbnail(image_id, width, sites)
        except OSError as error:
            raise _away(error) from error
        except Rejected as refused:
            raise ProblemError(422, refused.reason.value, refused.message) from None
        if found is None:
            raise _not_found()
        return Response(found, headers=_headers(request, etag, f"{image_id}-{width}.webp"), media_type="image/webp")

    async def about(self, request: Request) -> Response:
        image_id = request.path_params["image_id"]
        caller = self._auth.require(request, Scope.READ)
        try:
            found = await self._images.read(image_id, caller.sites)
        except OSError as error:
            raise _away(error) from error
        if found is None:
            raise _not_found()
        picture = look(found.data)
        until = datetime.now(UTC) + timedelta(seconds=SIGNED_SECONDS)
        about = ImageAbout(
            image_id=image_id,
            media_type=found.kind.value,
            bytes=len(found.data),
            width=picture.width,
            height=picture.height,
            signed_url=self._auth.signed_image_url(image_id),
            signed_until=until.isoformat(timespec="seconds"),
        )
        return JSONResponse(about.model_dump())

    def _asked(self, request: Request) -> tuple[str, Collection[str] | None]:
        """The image, and the sites whose images may be shown. Raises ProblemError 401, 403."""
        image_id = request.path_params["image_id"]
        signature = request.query_params.get("signature")
        if signature is None:
            return image_id, self._auth.require(request, Scope.READ).sites
        if not self._auth.image_is_signed(image_id, signature):
            raise ProblemError(403, "signature_expired", "this link to the image is wrong, or older than five minutes")
        return image_id, None


def _has(request: Request, etag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    return etag in known


def _headers(request: Request, etag: str, name: str = "") -> dict[str, str]:
    """A signed address may be shown by any page; a key or a cookie serves our own."""
    shown_by = "cross-origin" if "signature" in request.query_params else "same-origin"
    headers = {
        "etag": etag,
        "cache-control": f"private, max-age={_DAY}, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": shown_by,
        "referrer-policy": "no-referrer",
    }
    if name:
        headers["content-disposition"] = f'inline; filename="{name}"'
    return headers


def _not_found() -> ProblemError:
    return ProblemError(404, "image_not_found", "there is no such image, or this key may not see it")


def _away(error: OSError) -> ProblemError:
    log.error("an image could not be read", problem=str(error))
    return ProblemError(
        503, "images_unavailable", "images can't be read at present; try again", headers={"Retry-After": "5"}
    )


def image_endpoints(reading: ImageReading) -> list[Endpoint]:
    """The table's part about reading images."""
    refused = {
        401: Answer("No key, or an unknown one", Problem, _PROBLEM),
        403: Answer("The key lacks the scope, or the link has expired", Problem, _PROBLEM),
        404: Answer("No such image for this key", Problem, _PROBLEM),
        503: Answer("Images can't be read at present", Problem, _PROBLEM),
    }
    return [
        Endpoint("GET", "/v1/images/{image_id}", reading.about, "Describe an image",
                 "Its kind and size, and an address that shows it to anyone for five minutes.", tag="Images",
                 scope=Scope.READ, answers={200: Answer("The image", ImageAbout), **refused}),
        Endpoint("GET", "/images/{image_id}", reading.image, "Read an image",
                 "The bytes as they were sent; by key, by sign-in cookie, or by a signed address.", tag="Images",
                 scope=Scope.READ, answers={200: Answer("The image", None, "image/*"), **refused}),
        Endpoint("GET", "/images/{image_id}/thumbnail", reading.thumbnail, "Read a small copy of an image",
                 "A WebP of its first frame, never larger than the image.", tag="Images",
                 scope=Scope.READ, query=ThumbnailQuery,
                 answers={200: Answer("The thumbnail", None, "image/webp"), **refused,
                          422: Answer("A parameter breaks a rule, or the image can't be decoded", Problem, _PROBLEM)}),
    ]  # fmt: skip
