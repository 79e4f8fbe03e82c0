"""Every reason to refuse: its name, HTTP status, and what the sender should do.

One table. The name is what the sender reads in `reason`, the label of the metric
`collector_rejected_total`, and the word in the log. Statuses follow RFC 9110, the
names the beacon protocol.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a request or one of its events was refused."""

    # whole request
    MALFORMED_REQUEST = "malformed_request"
    HEAD_TOO_LARGE = "head_too_large"
    MALFORMED_JSON = "malformed_json"
    UNKNOWN_WRITE_KEY = "unknown_write_key"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    TOO_MANY_EVENTS = "too_many_events"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    INVALID_BATCH = "invalid_batch"
    RATE_LIMITED = "rate_limited"
    SPOOL_FULL = "spool_full"
    SPOOL_FAILED = "spool_failed"
    CLIENT_DISCONNECTED = "client_disconnected"
    REQUEST_TIMEOUT = "request_timeout"
    OVERLOADED = "overloaded"
    # a picture
    NOT_AN_IMAGE = "not_an_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    IMAGES_FULL = "images_full"
    IMAGES_FAILED = "images_failed"
    # one event
    INVALID_EVENT = "invalid_event"
    UNKNOWN_EVENT_TYPE = "unknown_event_type"
    RESERVED_NAME = "reserved_name"
    TIMESTAMP_OUT_OF_RANGE = "timestamp_out_of_range"
    DUPLICATE_EVENT = "duplicate_event"


STATUS: dict[Reason, int] = {
    Reason.MALFORMED_REQUEST: 400,
    Reason.MALFORMED_JSON: 400,
    Reason.UNKNOWN_WRITE_KEY: 401,
    Reason.ORIGIN_NOT_ALLOWED: 403,
    Reason.CLIENT_DISCONNECTED: 408,
    Reason.REQUEST_TIMEOUT: 408,
    Reason.BODY_TOO_LARGE: 413,
    Reason.TOO_MANY_EVENTS: 413,
    Reason.UNSUPPORTED_ENCODING: 415,
    Reason.INVALID_BATCH: 422,
    Reason.RATE_LIMITED: 429,
    Reason.HEAD_TOO_LARGE: 431,
    Reason.SPOOL_FULL: 503,
    Reason.SPOOL_FAILED: 503,
    Reason.OVERLOADED: 503,
    Reason.NOT_AN_IMAGE: 415,
    Reason.TOO_MANY_PIXELS: 413,
    Reason.IMAGES_FULL: 503,
    Reason.IMAGES_FAILED: 503,
}
"""HTTP status of each reason that refuses a whole request; the others refuse one event of a 202."""


@dataclass(slots=True)
class Rejected(Exception):
    """A whole request is refused. `retry_after` is in seconds and becomes the header of that name."""

    reason: Reason
    message: str
    field: str | None = None
    retry_after: int | None = None

    @property
    def status(self) -> int:
        return STATUS[self.reason]

    def body(self) -> dict[str, str]:
        """The answer's JSON object: `reason`, `message` and, where one is to blame, `field`."""
        answer = {"reason": self.reason.value, "message": self.message}
        if self.field:
            answer["field"] = self.field
        return answer
