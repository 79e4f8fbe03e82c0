"""Errors of the reading API: RFC 9457 problem details. No traceback reaches a client."""

from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from collector import telemetry

log = telemetry.logger("http")

TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    422: "Wrong parameters",
    429: "Too many requests",
    499: "Client closed request",
    500: "Internal error",
    503: "Not available",
    504: "Took too long",
}


class ProblemError(Exception):
    """A request can't be answered. Becomes problem details; `errors` are `{"field", "message"}`."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail = status, reason, detail
        self.errors, self.headers = errors or [], headers or {}

    def response(self) -> Response:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
        }
        if self.errors:
            body["errors"] = self.errors
        return JSONResponse(body, self.status, self.headers, media_type="application/problem+json")


def wrong_parameters(error: ValidationError) -> ProblemError:
    """The problem for parameters that broke a rule; each wrong one is named."""
    errors = []
    for item in error.errors(include_url=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ")
        field = ".".join(map(str, item["loc"]))
        if not field and ": " in message:
            field, _, message = message.partition(": ")
        errors.append({"field": field, "message": message})
    detail = "; ".join(
        f"{entry['field']}: {entry['message']}" if entry["field"] else entry["message"] for entry in errors
    )
    return ProblemError(422, "invalid_parameters", detail, errors=errors)


async def short_body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is longer than `most` bytes. Raises ProblemError."""
    length = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = int(length) if length.isdecimal() and len(length) < 20 else 0
    try:
        if size <= most:
            size = 0
            async for chunk in request.stream():
                chunks.append(chunk)
                size += len(chunk)
                if size > most:
                    break
    except ClientDisconnect:
        raise ProblemError(400, "client_disconnected", "the connection closed before the body was whole") from None
    if size > most:
        raise ProblemError(413, "body_too_large", f"the body is larger than {most} bytes")
    return b"".join(chunks)


async def on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    telemetry.REJECTED.labels(error.reason).inc()
    log.info("request refused", reason=error.reason, status=error.status, problem=error.detail)
    return error.response()


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/api/"):  # answers as Reflexio does
        return JSONResponse({"detail": error.detail}, error.status_code, dict(error.headers or {}))
    reason = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    detail = f"there is no {request.url.path} here; see /docs" if error.status_code == 404 else error.detail
    return ProblemError(error.status_code, reason, detail, headers=dict(error.headers or {})).response()


async def on_crash(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": "Internal Server Error"}, 500)
    return ProblemError(500, "internal_error", "this is our fault; the log says more").response()
