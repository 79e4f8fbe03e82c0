"""Reading without FINAL where no event stands twice, which is nearly everywhere: FINAL reads and merges the whole
sorting key, and costs 3 to 10 times the question itself.

A question is asked of the plain table, with FINAL only for hours that hold copies, and of these only for what was
created while the copies were: most rows are told apart by `created_at` alone, which a question reads anyway. When it
is answered, what was inserted meanwhile is looked at; where that brought a copy of something, or was merged meanwhile
and lost rows by that, the question is asked again. So the answer is right whatever came in between, and copies may be
found late, but never too late.

What was looked at is known by the number of each partition's newest block. The embedded engine gives a block its number
as it becomes visible, and a part is made of neighbouring blocks; so a part whose last block is known has only rows that
are known. Merges, deletions and expiry only take rows away. With a server none of that can be relied on (replicas,
blocks that commit out of order), so FINAL stays there.

Copies share `at`, thus an hour of it; the same event id in one hour is taken for a copy.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import copies_known
from collector.clickhouse.copies_known import Copies, Known, Part
from collector.clickhouse.copies_merged import ALL_PARTS, Span, left_rows_out
from collector.clickhouse.copyfree_sql import COPIES, HOURS, OF_PARTS, PARTS, SIZES, SUSPECTS, UUID, hour_set, source

log = telemetry.logger("copyfree")
Ask = Callable[[str, Mapping[str, object] | None], Awaitable[list[dict[str, Any]]]]

MOST_HOURS = 500
TRIES = 3
KEEP_SECONDS = 60.0
"""What is known is kept no more often."""
UNDO_SECONDS = 900.0
"""A power cut may undo a merge (the engine syncs inserts only), and copies are there again: these are kept so long."""


@dataclass(frozen=True)
class Limits:
    """How many rows are looked at how. Of at most `few` new ones the ids are looked up; of more, the hours they fall
    into are looked through, a `piece` at a time. A question waits for at most `wait`, or for some seconds, else it is
    asked with FINAL meanwhile."""

    few: int = 300_000
    piece: int = 2_000_000
    wait: int = 4_000_000
    seconds: float = 5.0
    again_seconds: float = 5.0
    """Hours that held copies are looked at again no sooner."""


class CopyFree:
    """Knows where copies stand in a table; `ask` is the engine's. What it knows is kept in a file of `folder`."""

    def __init__(
        self, ask: Ask, table: str = "interactions", limits: Limits = Limits(), folder: Path | None = None
    ) -> None:
        self.final = f"{table} FINAL"
        """What a statement says where it wants each event once."""
        self._ask = ask
        self._table = table
        self._limits = limits
        self._path = folder / f"copies-{table}.json" if folder else None
        self._kept = Known()
        self._merged: dict[int, tuple[tuple[int, int], float]] = {}
        """Hours whose copies were merged, with the moment that was seen."""
        self._kept_at = -math.inf
        self._known = Known()
        self._merged_new = 0
        """When the last part was made that was merged before it was looked at, Unix s."""
        self._looking = asyncio.Lock()
        self._names: frozenset[str] = frozenset()
        self._looked_again = 0.0
        self._behind: asyncio.Task[None] | None = None
        self._give_up = 0.0
        """When questions no longer wait for it."""

    async def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None,
        since: datetime,
        until: datetime,
        ask: Ask | None = None,
    ) -> list[dict[str, Any]]:
        """The answer to `sql`, whose `final` is about interactions created in this time only. `ask`: of whom, such as
        of the one that knows another table. Raises ClickHouseError."""
        ask = ask or self._ask
        window = (math.floor(since.timestamp() * 1000) - 1, math.ceil(until.timestamp() * 1000) + 1)
        known = bool(self._known.blocks) or await self.look()
        for _ in range(TRIES):
            copies = self._copies_in(window)
            if not known or len(copies) > MOST_HOURS:
                break
            began = int(time.time())
            found = await ask(sql.replace(self.final, source(self._table, copies)), parameters)
            known = await self.look()
            if known and _all_within(self._copies_in(window), copies) and not await self._hid_copies(began):
                return found
        return await ask(sql, parameters)

    async def _hid_copies(self, began: int) -> bool:
        """Whether what was merged since then (Unix s), and not looked at before, lost rows by that."""
        if self._merged_new < began:
            return False
        return left_rows_out([Span(**row) for row in await self._query(ALL_PARTS)], began)

    def _copies_in(self, window: tuple[int, int]) -> Copies:
        """What is known of copies in a window."""
        start, end = window
        return {
            hour: (first, last) for hour, (first, last) in self._known.copies.items() if first < end and last >= start
        }

    async def look(self) -> bool:
        """Look at what is new. False when that is more than is waited for; it goes on behind the questions' back.
        Raises ClickHouseError."""
        for _ in range(TRIES):
            if not await self._waited():
                return False
            async with self._looking:
                if self._is_behind:  # begun by another question
                    continue
                parts = await self._parts()
                fresh = [part for part in parts if part.last_block > self._known.blocks.get(part.partition_id, -1)]
                self._merged_new = max([self._merged_new, *(part.modified for part in fresh if part.level)])
                if not fresh or await self._look_at(fresh):
                    self._known.note(parts)
                    await self._look_again(parts)
                    if time.monotonic() - self._kept_at > KEEP_SECONDS:
                        await self._keep()
                    return True
        return False

    async def catch_up(self) -> None:
        """Look at all that is new, however long it takes. Raises ClickHouseError."""
        while not await self.look():
            if self._behind:
                await asyncio.wait([self._behind])

    @property
    def _is_behind(self) -> bool:
        return self._behind is not None and not self._behind.done()

    async def _waited(self) -> bool:
        """Whether nothing is looked for behind the questions. All that wait for it give up at the same moment."""
        if self._behind and self._is_behind:
            await asyncio.wait([self._behind], timeout=max(0.0, self._give_up - time.monotonic()))
        return not self._is_behind

    def restore(self, query: Callable[[str], Iterable[Mapping[str, Any]]]) -> None:
        """Begin with what was known at the end of the last start; before anything is inserted. Raises ClickHouseError."""
        if self._path:
            uuid, parts = (query(text.replace("$table", self._table)) for text in (UUID, PARTS))
            whose = "".join([row["uuid"] for row in uuid])
            self._known = copies_known.load(self._path, whose, [Part(**row) for row in parts])

    async def close(self) -> None:
        """Stop looking, and keep what is known."""
        if self._behind:
            self._behind.cancel()
            await asyncio.wait([self._behind])
        await self._keep()

    async def _keep(self) -> None:
        """Keep what is known, if there is more. Where that fails the next start looks for copies itself."""
        known = Known(dict(self._known.blocks), dict(self._known.copies))
        self._merged = {
            hour: merged for hour, merged in self._merged.items() if time.monotonic() - merged[1] < UNDO_SECONDS
        }
        known.add({hour: span for hour, (span, _) in self._merged.items()})
        self._kept_at = time.monotonic()
        if self._path is None or known == self._kept or not known.blocks:
            return
        try:
            await asyncio.to_thread(copies_known.save, self._path, await self._uuid(), known)
        except (ClickHouseError, OSError) as error:
            log.warning("what is known of copies could not be kept", path=str(self._path), problem=str(error)[:300])
        else:
            self._kept = known

    async def _uuid(self) -> str:
        """Which table it is: one that is made anew has another."""
        return "".join([row["uuid"] for row in await self._query(UUID)])

    async def _look_at(self, fresh: Sequence[Part]) -> bool:
        """Find the copies that new parts brought. False when it has to be done again: some were merged meanwhile, or
        they are too large to be waited for."""
        names = [part.name for part in fresh]
        hours = [row["hour"] for row in await self._query(HOURS, {"parts": names})]
        if sum(part.rows for part in fresh) <= self._limits.few:
            copies = await self._copies(hours, OF_PARTS, {"parts": names})
            if not await self._still(names):
                return False
            self._known.add(copies)
            return True
        if not await self._still(names):
            return False
        sizes = {row["hour"]: row["size"] for row in await self._query(SIZES, hours=hours)}
        if sum(sizes.values()) > self._limits.wait:
            self._give_up = time.monotonic() + self._limits.seconds
            self._behind = asyncio.create_task(self._look_behind(fresh, sizes))
            return False
        self._known.add(await self._look_through(sizes))
        return True

    async def _look_behind(self, fresh: Sequence[Part], sizes: Mapping[int, int]) -> None:
        try:
            copies = await self._look_through(sizes)
        except (ClickHouseError, OSError) as error:
            log.warning("copies could not be looked for; tried again later", problem=str(error)[:300])
            return
        self._known.add(copies)
        self._known.note(fresh)

    async def _look_through(self, sizes: Mapping[int, int]) -> dict[int, tuple[int, int]]:
        """The copies in whole hours, of which the sizes are given."""
        found: dict[int, tuple[int, int]] = {}
        piece: list[int] = []
        for hour, size in [*sizes.items(), (-1, self._limits.piece)]:
            if piece and sum(sizes[one] for one in piece) + size > self._limits.piece:
                suspects = [row["hour"] for row in await self._query(SUSPECTS, hours=piece)]
                found |= await self._copies(suspects, "true", {})
                piece = []
            piece.append(hour)
        return found

    async def _look_again(self, parts: Sequence[Part]) -> None:
        """Whether hours that held copies still do, when parts were merged."""
        names = frozenset(part.name for part in parts)
        due = time.monotonic() - self._looked_again > self._limits.again_seconds
        if not self._known.copies or names == self._names or not due:
            return
        before = dict(self._known.copies)
        left = await self._copies(before, "true", {})
        self._known.copies = {hour: copies for hour, copies in self._known.copies.items() if hour not in before} | left
        self._merged |= {hour: (span, time.monotonic()) for hour, span in before.items() if hour not in left}
        self._names, self._looked_again = names, time.monotonic()

    async def _copies(
        self, hours: Collection[int], among: str, parameters: Mapping[str, object]
    ) -> dict[int, tuple[int, int]]:
        if not hours:
            return {}
        rows = await self._query(COPIES.replace("$among", among), parameters, hours)
        return {row["hour"]: (row["since"], row["until"]) for row in rows}

    async def _parts(self) -> list[Part]:
        return [Part(**row) for row in await self._query(PARTS)]

    async def _still(self, names: Collection[str]) -> bool:
        """Whether parts were there all the time: the name of one that was merged never comes back."""
        return {part.name for part in await self._parts()} >= set(names)

    async def _query(
        self, text: str, parameters: Mapping[str, object] | None = None, hours: Collection[int] = ()
    ) -> list[dict[str, Any]]:
        return await self._ask(text.replace("$table", self._table).replace("$hours", hour_set(hours)), parameters)


def _all_within(found: Copies, known: Copies) -> bool:
    """Whether all that was found is where it was known to be."""
    return all(
        hour in known and known[hour][0] <= first and last <= known[hour][1] for hour, (first, last) in found.items()
    )
