"""What of a publish waits: it is durable, is not stored yet, and was not deleted."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from collector.erasure.tombstones import Tombstones
from collector.intake.seen import known_publishes
from collector.spool.waiting import waiting


class Pending:
    """The spools of a data folder, of all its processes."""

    def __init__(self, data_dir: Path, tombstones: Tombstones) -> None:
        self._memory = data_dir / "seen.db"
        self._spools = data_dir / "spool"
        self._tombstones = tombstones

    async def holds(self, request_id: str, sites: Iterable[str]) -> bool:
        """Whether something of a publish to one of the sites is on its way to where questions find it. The memory of
        batches, which knows it for a day, spares the looking for others. Raises sqlite3.Error, OSError."""
        known = await known_publishes(self._memory, request_id, sites)
        return bool(known) and await asyncio.to_thread(self._look, known)

    def _look(self, known: list[bytes]) -> bool:
        return any(self._tombstones.screen([body]) for item in known for body in waiting(self._spools, item))
