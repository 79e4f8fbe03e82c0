"""The syncing process: what it answers, and that a spool does without it when it dies."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collector.spool import Spool, Syncer
from tests.unit.spooling import limits, put, take


def with_syncer(work: Callable[[Syncer], Awaitable[None]]) -> None:
    async def run() -> None:
        syncer = Syncer()
        try:
            await work(syncer)
        finally:
            await syncer.close()

    asyncio.run(run())


def test_a_file_is_synced_and_its_descriptor_stays_ours(tmp_path: Path) -> None:
    async def work(syncer: Syncer) -> None:
        for _ in range(3):
            file.write(b"x")
            await syncer.sync(file.fileno())

    with open(tmp_path / "file", "wb", buffering=0) as file:
        with_syncer(work)
    assert b"xxx" == (tmp_path / "file").read_bytes()


def test_an_error_of_the_sync_is_raised_as_it_is() -> None:
    """A pipe can't be synced: EINVAL, as from the system call."""

    async def work(syncer: Syncer) -> None:
        reading, writing = os.pipe()
        try:
            with pytest.raises(OSError, match="Invalid argument"):
                await syncer.sync(writing)
        finally:
            os.close(reading)
            os.close(writing)

    with_syncer(work)


def test_a_killed_syncing_process_loses_nothing_and_is_started_again(tmp_path: Path) -> None:
    async def work(syncer: Syncer) -> None:
        spool = Spool(tmp_path, limits(), syncer=syncer)
        await put(spool, b"one")
        first = syncer.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await put(spool, b"two")
        await put(spool, b"three")
        assert syncer.pid not in (None, first)
        await spool.seal()
        assert [[b"one", b"two", b"three"]] == await take(spool)
        await spool.close()

    with_syncer(work)


def test_sigterm_to_the_whole_group_does_not_end_it(tmp_path: Path) -> None:
    """A terminal's or a supervisor's signal reaches it too, and there is still something to sync."""

    async def work(syncer: Syncer) -> None:
        await syncer.sync(file.fileno())
        pid = syncer.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
        await syncer.sync(file.fileno())
        assert pid == syncer.pid

    with open(tmp_path / "file", "wb", buffering=0) as file:
        with_syncer(work)
