"""The cursor of a listing: where the page before ended. Opaque to callers, stable under new rows."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from collector.query.window import sql_time


class Cursor(NamedTuple):
    """The last row of a page: its time (Unix ms) and its id; between rows of one time, when it was received (Unix ms)
    and its place in its batch decide, where the listing has these."""

    created_at: int
    interaction_id: int
    received_at: int = 0
    batch_place: int = 0

    def encode(self) -> str:
        return base64.urlsafe_b64encode(".".join(map(str, self)).encode()).decode().rstrip("=")

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.created_at / 1000, UTC)

    @property
    def sql_received(self) -> str:
        return sql_time(datetime.fromtimestamp(self.received_at / 1000, UTC))

    @property
    def sql_time(self) -> str:
        return sql_time(self.moment)


def decode(text: str) -> Cursor:
    """Read a cursor. Raises ValueError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        cursor = Cursor(*map(int, raw.split(".")))
        if not (0 <= cursor.interaction_id < 2**53 and abs(cursor.created_at) < 2**43):
            raise ValueError(raw)
        if not (0 <= cursor.received_at < 2**43 and 0 <= cursor.batch_place < 2**16):
            raise ValueError(raw)
        return cursor
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError):
        raise ValueError("must be the next_cursor of an earlier answer") from None


def _checked(text: str) -> str:
    decode(text)
    return text


CursorText = Annotated[
    Annotated[str, AfterValidator(_checked)] | None, Field(description="next_cursor of the answer before")
]
