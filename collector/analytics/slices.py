"""How the newest of a large table is found: in slices that begin at the end of a window and grow towards its start, so
that the newest page of a hundred million rows costs as much as that of a thousand. A small table is one slice: there,
each further question costs more than it saves."""

from datetime import timedelta

from collector.analytics.sampling import count
from collector.clickhouse import Engine

FIRST_SLICE = timedelta(hours=1)
LEAST_SLICE = timedelta(seconds=1)
GROWTH = 6
FEW_ROWS = 1_000_000
"""A table of no more rows is read in one slice."""


async def first_slice(engine: Engine, whole: timedelta) -> timedelta:
    """How wide the first slice should be; `whole` is all there is to read. Raises ClickHouseError."""
    return whole if await count(engine) <= FEW_ROWS else FIRST_SLICE
