"""The cursor of a listing: where the page before ended. Opaque to callers, stable under new rows."""

import base64
import binascii
from datetime import UTC, datetime
from typing import NamedTuple

from collector.query.window import sql_time


class Cursor(NamedTuple):
    """The last row of a page: its time (Unix ms) and its id; the next page is older."""

    created_at: int
    interaction_id: int

    def encode(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created_at}.{self.interaction_id}".encode()).decode().rstrip("=")

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.created_at / 1000, UTC)

    @property
    def sql_time(self) -> str:
        return sql_time(self.moment)


def decode(text: str) -> Cursor:
    """Read a cursor. Raises ValueError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        created_at, _, interaction_id = raw.partition(".")
        cursor = Cursor(int(created_at), int(interaction_id))
        if not (0 <= cursor.interaction_id < 2**53 and abs(cursor.created_at) < 2**43):
            raise ValueError(raw)
        return cursor
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ValueError("must be the next_cursor of an earlier answer") from None
