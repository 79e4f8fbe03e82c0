"""Telling the server of erasures, on their own time: neither publishes nor other erasures wait for one that is stuck."""

import asyncio
import random
import time

from collector import telemetry
from collector.delivery.forwarder.client import Again, Client, Delivered, Refused
from collector.delivery.forwarder.erasing import Erasure
from collector.delivery.forwarder.journal import Journal

log = telemetry.logger("forwarder")

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0


def backoff(attempts: int) -> float:
    """Seconds to wait after so many earlier attempts: doubled each time, with jitter."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts, 20)) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter


class Telling:
    """The forwarder's part for erasures. Where the server refuses them as a whole, all of them wait."""

    def __init__(self, journal: Journal, client: Client) -> None:
        self._journal = journal
        self._client = client
        self._not_before = 0.0  # monotonic
        self._failures = 0

    async def next(self) -> bool:
        """Tell of one erasure; False when none is due."""
        if time.monotonic() < self._not_before:
            return False
        erasure = await asyncio.to_thread(self._journal.erasure, time.time())
        if erasure is None:
            return False
        outcome = await self._client.delete(erasure.path, erasure.body)
        if isinstance(outcome, Delivered):
            self._failures = 0
            await asyncio.to_thread(self._journal.erased, erasure.number)
        else:
            await self._again(erasure, outcome)
        return True

    async def _again(self, erasure: Erasure, outcome: Again | Refused) -> None:
        """Whatever the server answered, it may still hold what was deleted here: only a yes ends an erasure."""
        wait = backoff(erasure.attempts)
        if isinstance(outcome, Again):
            wait = max(wait, outcome.after)
            if outcome.everyone:
                wait = max(wait, backoff(self._failures))
                self._failures += 1
                self._not_before = time.monotonic() + wait
        await asyncio.to_thread(self._journal.erase_again, erasure.number, outcome.reason, wait)
        telemetry.ERASURES_TRIED_AGAIN.inc()
        log.error(
            "the server could not be told of an erasure yet",
            path=erasure.path,
            body=erasure.body,
            problem=outcome.reason,
            again_s=round(wait, 1),
        )
