"""The eraser: carries a deletion out, step by step as the package's docstring tells."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import Engine
from collector.delivery.forwarder import Journal
from collector.erasure import deleting, waiting
from collector.erasure.meaning import event_id
from collector.erasure.reach import EVER, steady, wall
from collector.erasure.sharing import Sharing
from collector.erasure.tombstones import Found, Kind, Tombstone, Tombstones
from collector.erasure.waiting import Picture
from collector.images import Images
from collector.spool.folder import SEALED

log = telemetry.logger("erasure")

DELIVERY_SECONDS = 3.0
"""How long a deletion waits for what was accepted just before; the tombstone holds for it anyway."""
LOOK_SECONDS = 0.02
MOST_VALUES = 10_000
"""Of one tombstone, and so of one question."""
MOST_LEARNT = 1000
"""So many deletions of other collectors are followed at once; the settling carries out all of them."""
_IMAGE = "/images/"


@dataclass(frozen=True)
class Erased:
    """How many there were, as far as the engine could say; `done`: nothing of it is found any more."""

    interactions: int = 0
    requests: int = 0
    done: bool = True


class Eraser:
    """One for each process that answers. `journal`: the forwarder's, where there is one."""

    def __init__(
        self, engine: Engine, tombstones: Tombstones, data_dir: Path, images: Images, journal: Journal | None
    ) -> None:
        self.engine = engine
        self.tombstones = tombstones
        self.spools = data_dir / "spool"
        self._data_dir = data_dir
        self._images = images
        self._journal = journal
        self._sharing = None if engine.embedded else Sharing(engine)
        self._learnt: deque[Tombstone] = deque(maxlen=MOST_LEARNT)
        self.wake = asyncio.Event()

    async def interaction(self, user_id: str, interaction_id: int, sites: Sequence[str] | None) -> Erased:
        """Delete a user's interaction. Raises ClickHouseError where the engine can't say which event it is."""
        await self._delivered(_segments(self.spools))
        found = await deleting.find_event(self.engine, user_id, interaction_id, sites)
        if not found:
            return Erased()
        return await self.erase(Kind.EVENTS, [value for value, _ in found], sorted({site for _, site in found}))

    async def erase(self, kind: Kind, values: Sequence[str], sites: Sequence[str] | None) -> Erased:
        """Delete what `values` of a kind name at `sites` (None: all). It is certain when this returns, and where
        `done` nothing of it is found. Raises OSError when the disk refuses the tombstone."""
        await self._delivered(_segments(self.spools))
        allowed = None if sites is None else tuple(sites)
        parts = [tuple(values[start : start + MOST_VALUES]) for start in range(0, len(values), MOST_VALUES)] or [()]
        stones = [Tombstone(kind, part, allowed, steady=steady()) for part in parts]
        await asyncio.to_thread(self.tombstones.add, stones)
        self.wake.set()
        await self._delivered(_first_segments(self.spools))
        try:
            meant = [await self._first(stone) for stone in stones]
        except (ClickHouseError, OSError) as error:
            log.error("a deletion is written down and will be carried out later", problem=str(error)[:300])
            return Erased(done=False)
        telemetry.ERASURES.labels(kind.value).inc()
        return Erased(sum(one.interactions for one in meant), sum(one.requests for one in meant))

    async def _first(self, stone: Tombstone) -> deleting.Meant:
        """Carry it out just after it was asked for: what is stored with a time that is still to come was received
        before, by a clock that was ahead. Raises ClickHouseError, OSError."""
        meant = await self._carry_out(replace(stone, ahead=EVER))
        if meant.last > wall():
            await asyncio.to_thread(self.tombstones.reach_ahead, stone, meant.last)
        return meant

    async def _carry_out(self, stone: Tombstone) -> deleting.Meant:
        """Count, and delete everywhere; may be repeated. Raises ClickHouseError, OSError."""
        meant = await deleting.meant(self.engine, stone)
        found = await self._found(stone, meant)
        if self._sharing and not self.tombstones.is_shared(stone):
            await self._sharing.tell(stone, found)
            await asyncio.to_thread(self.tombstones.shared, [stone])
        forget = await asyncio.to_thread(self._forwarded, stone, found) if self._journal else []
        for work in forget:
            await asyncio.to_thread(work)
        await deleting.delete(self.engine, stone)
        for work in forget:  # a request planned meanwhile may have taken rows along that are gone now
            await asyncio.to_thread(work)
        await self._forget_images(found.images, meant.images, stone.at)
        log.info("deleted", kind=stone.kind.value, interactions=meant.interactions, tombstone=stone.id)
        return meant

    async def again(self, stone: Tombstone) -> None:
        """Carry a tombstone out once more. Raises ClickHouseError, OSError."""
        await self._carry_out(stone)

    async def _found(self, stone: Tombstone, meant: deleting.Meant) -> Found:
        """What nobody can look up once the rows are gone, written down for a repetition and for other collectors."""
        named = stone.kind is Kind.REQUESTS or (stone.kind is Kind.USER and (self._journal or self._sharing))
        ids = await deleting.event_ids(self.engine, stone) if named else []
        return await asyncio.to_thread(self.tombstones.note, stone, Found(tuple(ids), tuple(meant.images)))

    async def learn(self) -> None:
        """Take in what other collectors on the database deleted. Raises ClickHouseError, OSError."""
        if self._sharing:
            new = await asyncio.to_thread(self.tombstones.learn, await self._sharing.news())
            if new:
                self._learnt += new
                self.wake.set()

    async def share(self) -> None:
        """Tell other collectors what they were not told when it was carried out. Raises ClickHouseError, OSError."""
        if not self._sharing:
            return
        for stone in self.tombstones.unshared():
            await self._sharing.tell(stone, self.tombstones.found(stone))
            await asyncio.to_thread(self.tombstones.shared, [stone])

    async def follow(self) -> None:
        """Carry out what others told us; what fails is left to the settling. Raises ClickHouseError, OSError."""
        while self._learnt:
            await self._carry_out(self._learnt.popleft())

    async def _forget_images(self, images: Sequence[Picture], last: Mapping[Picture, int], at: int) -> None:
        """Forget what nothing shows, neither stored nor waiting. What was sent again after the last that showed it
        (`last`, Unix ms) may be shown by something that is still to come: it is left to the settling."""
        if not images:
            return
        used = await asyncio.to_thread(waiting.shown, self._data_dir, images, self.tombstones)
        used |= await deleting.still_used(self.engine, images)
        for site, address in images:
            if (site, address) not in used:
                before = min(at, last.get((site, address), at) + 1)  # the engine's times end with whole milliseconds
                await self._images.forget(address.removeprefix(_IMAGE), site, before / 1000)

    def _forwarded(self, stone: Tombstone, found: Found) -> list[Callable[[], None]]:
        """What the forwarder's journal is to forget. By time as in the table: this is repeated when it settles."""
        journal = self._journal
        assert journal
        if stone.kind is Kind.EVENTS:
            return [partial(journal.forget_events, [event_id(value) for value in stone.values])]
        if stone.kind is Kind.REQUESTS:
            return [partial(journal.forget_events, found.events)]
        sites = stone.sites if stone.sites is not None else journal.sites()
        if stone.kind is Kind.EVERYTHING:
            return [partial(journal.forget_site, site, stone.at, stone.ahead) for site in sites]
        forget = journal.forget_session if stone.kind is Kind.SESSION else journal.forget_user
        # what someone did may have gone along with what another said in the same session, as before and after a sign-in
        along = partial(journal.forget_events, found.events)
        return [
            along,
            *(partial(forget, site, value, stone.at, stone.ahead) for site in sites for value in stone.values),
        ]

    async def _delivered(self, files: Iterable[Path]) -> None:
        """Wait until these segments are gone, a moment at most."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        left = list(files)
        while left and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            left = await asyncio.to_thread(_still_there, left)


def _still_there(files: Iterable[Path]) -> list[Path]:
    return [path for path in files if path.with_suffix(".open").exists() or path.exists()]  # it may be sealed meanwhile


def _segments(spools: Path) -> list[Path]:
    """Segments that hold something accepted before now, as they are or will be called once sealed."""
    return [path.with_suffix(SEALED) for kind in ("*/*.open", f"*/*{SEALED}") for path in spools.glob(kind)]


def _first_segments(spools: Path) -> list[Path]:
    """The oldest sealed segment of each spool, which may be on its way into the engine."""
    first: dict[Path, Path] = {}
    for path in sorted(spools.glob(f"*/*{SEALED}")):
        first.setdefault(path.parent, path)
    return list(first.values())
