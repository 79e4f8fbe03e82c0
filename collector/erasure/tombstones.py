"""Tombstones: what was deleted, on disk before anyone is told so, and found again in what still arrives.

`erasure/tombstones.jsonl` in the data folder is only ever appended to, under a lock, and synced. A line is one of

    {"id": "…", "at": <Unix ms>, "steady": "…", "kind": "user", "values": ["customer_001"],
     "sites": ["shop"] or null for all}      values of events: ids, or "<id>/<session>"
    {"reach": "<id>", "at": <Unix ms>, "ahead": <Unix ms>}   up to when it means what came, where a clock was ahead
    {"found": "<id>", "events": ["…"], "images": [["shop", "/images/…"]]}   what only the stored rows could tell
    {"settled": "<id>"}          nothing of it is left anywhere
    {"shared": "<id>"}           other collectors on the database can see it

A last line without its line feed was promised to nobody and is passed over.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import orjson

from collector import recordbatch, telemetry
from collector.erasure.meaning import Meaning
from collector.erasure.reach import Reach, by_this_clock, wall
from collector.intake.normalize import stamp
from collector.spool import Disk

log = telemetry.logger("erasure")
T = TypeVar("T")


class Kind(StrEnum):
    """What the values of a tombstone name."""

    EVENTS = "events"
    REQUESTS = "requests"
    SESSION = "session"
    USER = "user"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Tombstone:
    """`values` of a `kind` are deleted at the `sites` (None: all). `at` and `ahead` in Unix ms, and `steady`, are as
    in `reach.py`."""

    kind: Kind
    values: tuple[str, ...]
    sites: tuple[str, ...] | None
    at: int = field(default_factory=wall)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    ahead: int = 0
    steady: str = field(default="", compare=False)

    def line(self) -> bytes:
        told = {"id": self.id, "at": self.at, "kind": self.kind, "values": self.values, "sites": self.sites}
        return orjson.dumps({**told, "steady": self.steady}, option=orjson.OPT_APPEND_NEWLINE)

    def reaches(self, came: float) -> bool:
        """Whether it means what came then (Unix ms)."""
        return came <= self.at or wall() < came <= self.ahead


@dataclass(frozen=True)
class Found:
    """What the stored rows said of a tombstone before they were deleted: the events of requests and of people,
    and images as (site, address)."""

    events: tuple[str, ...] = ()
    images: tuple[tuple[str, str], ...] = ()

    def __or__(self, other: "Found") -> "Found":
        return Found(_union(self.events, other.events), _union(self.images, other.images))


class Tombstones:
    """The file, as one process sees it. Methods use the disk, so they belong on a thread; they raise OSError."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "erasure"
        self._path = self._folder / "tombstones.jsonl"
        self._read = 0
        self._refreshing = threading.Lock()  # two at once would count a line twice and miss the next
        self._known: dict[str, Tombstone] = {}
        self._settled: set[str] = set()
        self._shared: set[str] = set()
        self._found: dict[str, Found] = {}
        self._meaning = Meaning()
        self._reaches: dict[str, Reach] = {}
        self._latest = 0
        self.refresh()

    def refresh(self) -> None:
        """Take in what other processes have added, and see whether the clock was put back since a deletion."""
        with self._refreshing:
            self._look()
            if (now := wall()) < self._latest:
                self._put_back(now)

    def _put_back(self, now: int) -> None:
        """Move the deletions that are still to come by the clock as it is now."""
        moved = [stone for stone in list(self._known.values()) if stone.at > now]
        log.warning("the clock was put back since a deletion; what came before it is told by the new time")
        lines = b"".join(_reach(stone.id, by_this_clock(stone.steady, now), stone.at) for stone in moved)
        for line in lines.splitlines():
            self._take_in(line)
        try:
            self._append(lines)
        except OSError as error:  # no reason to hold up what waits
            log.error("a deletion's time could not be written down", problem=str(error))

    def _look(self) -> None:
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return
        if size <= self._read:
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take_in(line)

    def _take_in(self, line: bytes) -> None:
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            return  # a torn line that a later append ended
        if "settled" in told:
            self._settled.add(told["settled"])
            self._found.pop(told["settled"], None)
        elif "found" in told:
            images = tuple((site, image) for site, image in told["images"])
            self._found[told["found"]] = Found(tuple(told["events"]), images)
        elif "shared" in told:
            self._shared.add(told["shared"])
        elif "reach" in told:
            self._move(told["reach"], told["at"], told["ahead"])
        elif told["id"] not in self._known:
            stone = _read(told)
            self._known[stone.id] = stone
            self._reaches[stone.id] = Reach(stamp(stone.at))
            self._meaning.add(stone.kind, stone.values, stone.sites, self._reaches[stone.id])
            self._latest = max(self._latest, stone.at)

    def _move(self, name: str, at: int, ahead: int) -> None:
        stone = self._known[name]
        stone = self._known[name] = replace(stone, at=min(stone.at, at), ahead=max(stone.ahead, ahead))
        reach = self._reaches[name]
        reach.at, reach.ahead = stamp(stone.at), stamp(stone.ahead)
        self._latest = max((one.at for one in self._known.values()), default=0)

    def add(self, stones: Iterable[Tombstone]) -> None:
        """Write them down; they are durable when this returns."""
        self._append(b"".join(stone.line() for stone in stones))
        self.refresh()

    def learn(self, told: Iterable[tuple[Tombstone, Found]]) -> list[Tombstone]:
        """Write down what other collectors deleted; returns those that are new here."""
        new = [(stone, found) for stone, found in told if stone.id not in self._known]
        lines = [stone.line() + _found(stone.id, found) + _note("shared", stone.id) for stone, found in new]
        self._append(b"".join(lines))
        self.refresh()
        return [stone for stone, _ in new]

    def note(self, stone: Tombstone, found: Found) -> Found:
        """Write down what was found of it, with what was found before; returns both."""
        known = self.found(stone)
        whole = known | found
        if whole != known:
            self._append(_found(stone.id, whole))
            self.refresh()
        return whole

    def reach_ahead(self, stone: Tombstone, ahead: int) -> None:
        """Write down that what it means came up to then by a clock that was ahead."""
        self._append(_reach(stone.id, stone.at, ahead))
        self.refresh()

    def found(self, stone: Tombstone) -> Found:
        """What was found of it, until it is settled."""
        return self._found.get(stone.id, Found())

    def settled(self, stones: Iterable[Tombstone]) -> None:
        self._append(b"".join(_note("settled", stone.id) for stone in stones))
        self.refresh()

    def shared(self, stones: Iterable[Tombstone]) -> None:
        self._append(b"".join(_note("shared", stone.id) for stone in stones))
        self.refresh()

    def unsettled(self) -> list[Tombstone]:
        """Those of which something may be left, oldest first."""
        return [stone for name, stone in _now(self._known) if name not in self._settled]

    def is_shared(self, stone: Tombstone) -> bool:
        return stone.id in self._shared

    def unshared(self) -> list[Tombstone]:
        """Settled ones that other collectors on the database have not been told of: those of a time before sharing."""
        return [stone for name, stone in _now(self._known) if name in self._settled and name not in self._shared]

    def screen(self, batches: Sequence[bytes]) -> list[bytes]:
        """Record batches without what was deleted; those that keep nothing are left out."""
        self.refresh()
        if not self._known:
            return list(batches)
        return [kept for batch in batches if (kept := self.strip(batch))]

    def strip(self, batch: bytes) -> bytes:
        """A record batch without what was deleted; empty when nothing is left, the same bytes when all is."""
        if not self._meaning.may_touch(batch):
            return batch
        places = [place for place, row in enumerate(recordbatch.rows(batch)) if not self._meaning.names(row)]
        if not places:
            return b""
        return batch if len(places) == recordbatch.count(batch) else recordbatch.select(batch, places)

    def _append(self, lines: bytes) -> None:
        if not lines:
            return
        new = not self._path.exists()
        if new:
            Disk().make_folder(self._folder)
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
            left = memoryview(b"\n" + lines if torn else lines)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _now(known: dict[str, Tombstone]) -> list[tuple[str, Tombstone]]:
    """What is known at this moment, in one step, in which no collection of garbage lets another thread in that adds."""
    return list(known.copy().items())


def _union(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _found(name: str, found: Found) -> bytes:
    told = {"found": name, "events": found.events, "images": found.images}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _reach(name: str, at: int, ahead: int) -> bytes:
    return orjson.dumps({"reach": name, "at": at, "ahead": ahead}, option=orjson.OPT_APPEND_NEWLINE)


def _note(what: str, name: str) -> bytes:
    return orjson.dumps({what: name}, option=orjson.OPT_APPEND_NEWLINE)


def _read(told: dict[str, Any]) -> Tombstone:
    sites = told["sites"]
    return Tombstone(
        Kind(told["kind"]),
        tuple(told["values"]),
        None if sites is None else tuple(sites),
        told["at"],
        told["id"],
        steady=told.get("steady", ""),
    )
