"""Sharing: collectors with data folders of their own on one database tell each other what was deleted.

Each writes a row into the table `tombstones` before it deletes, and looks for rows it does not know before each segment
it stores and every few seconds. So what waits in one's spool does not come back after another deleted it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from collector.clickhouse import Engine
from collector.erasure.tombstones import Found, Kind, Tombstone
from collector.query.window import FIRST, sql_time

_COLUMNS = ("id", "at_ms", "kind", "names", "all_sites", "sites", "events", "image_sites", "images")
_NEWS = f"""
SELECT {", ".join(_COLUMNS)}, toUnixTimestamp64Milli(stored_at) AS stored FROM tombstones
WHERE stored_at >= {{since:DateTime64(3, 'UTC')}} ORDER BY stored_at
"""
OVERLAP = timedelta(minutes=5)
"""Rows may become visible later than their time says."""


class Sharing:
    """This process's view of the table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = FIRST

    async def tell(self, stone: Tombstone, found: Found) -> None:
        """Let others know; may be repeated. Raises ClickHouseError, OSError."""
        row = (
            stone.id, stone.at, stone.kind.value, stone.values, stone.sites is None, stone.sites or (),
            found.events, [site for site, _ in found.images], [image for _, image in found.images],
        )  # fmt: skip
        line = orjson.dumps(dict(zip(_COLUMNS, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
        await self._engine.insert("tombstones", _COLUMNS, line, f"tombstone/{stone.id}")

    async def news(self) -> list[tuple[Tombstone, Found]]:
        """What was told lately, some of it not for the first time. Raises ClickHouseError, OSError."""
        rows = await self._engine.look(_NEWS, {"since": sql_time(max(FIRST, self._since - OVERLAP))})
        if rows:
            self._since = datetime.fromtimestamp(rows[-1]["stored"] / 1000, UTC)
        return [_told(row) for row in rows]


def _told(row: dict[str, Any]) -> tuple[Tombstone, Found]:
    sites = None if row["all_sites"] else tuple(row["sites"])
    stone = Tombstone(Kind(row["kind"]), tuple(row["names"]), sites, row["at_ms"], row["id"])
    return stone, Found(tuple(row["events"]), tuple(zip(row["image_sites"], row["images"], strict=True)))
