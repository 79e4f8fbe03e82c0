"""Tombstones: what was deleted, on disk before anyone is told so, and found again in what still arrives.

`erasure/tombstones.jsonl` in the data folder is only ever appended to, under a lock, and synced. A line is one of

    {"id": "…", "at": <Unix ms>, "kind": "user", "values": ["customer_001"], "sites": ["shop"] or null for all}
    {"found": "<id>", "events": ["…"], "images": [["shop", "/images/…"]]}   what only the stored rows could tell
    {"settled": "<id>"}          nothing of it is left anywhere
    {"shared": "<id>"}           other collectors on the database can see it

A last line without its line feed was promised to nobody and is passed over.
"""

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import orjson

from collector import recordbatch
from collector.erasure.meaning import Meaning
from collector.spool import Disk

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
    """`values` of a `kind` are deleted at the `sites` (None: all); `at` in Unix ms."""

    kind: Kind
    values: tuple[str, ...]
    sites: tuple[str, ...] | None
    at: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    def line(self) -> bytes:
        told = {"id": self.id, "at": self.at, "kind": self.kind, "values": self.values, "sites": self.sites}
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


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
        self.refresh()

    def refresh(self) -> None:
        """Take in what other processes have added."""
        with self._refreshing:
            self._look()

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
        elif told["id"] not in self._known:
            stone = _read(told)
            self._known[stone.id] = stone
            self._meaning.add(stone.kind, stone.values, stone.sites, stone.at)

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
        return [stone for name, stone in self._known.items() if name not in self._settled]

    def is_shared(self, stone: Tombstone) -> bool:
        return stone.id in self._shared

    def unshared(self) -> list[Tombstone]:
        """Settled ones that other collectors on the database have not been told of: those of a time before sharing."""
        return [stone for name, stone in self._known.items() if name in self._settled and name not in self._shared]

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


def _union(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _found(name: str, found: Found) -> bytes:
    told = {"found": name, "events": found.events, "images": found.images}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _note(what: str, name: str) -> bytes:
    return orjson.dumps({what: name}, option=orjson.OPT_APPEND_NEWLINE)


def _read(told: dict[str, Any]) -> Tombstone:
    sites = told["sites"]
    return Tombstone(
        Kind(told["kind"]), tuple(told["values"]), None if sites is None else tuple(sites), told["at"], told["id"]
    )
