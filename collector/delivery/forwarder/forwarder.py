"""The forwarder itself: notes from the writer, plans, attempts."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import recordbatch, telemetry
from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.delivery.forwarder.book import Request, Waiting
from collector.delivery.forwarder.client import MOST_REASON, Again, Client, Delivered, Refused
from collector.delivery.forwarder.journal import Journal
from collector.delivery.forwarder.pictures import ReadImage, drop_images, with_images
from collector.delivery.forwarder.plan import plan
from collector.delivery.forwarder.telling import Telling, backoff
from collector.interaction import is_conversational
from collector.query.window import sql_time
from collector.sites import Forward, SitesFile

log = telemetry.logger("forwarder")

GATHER_SECONDS = 1.0
"""How long a note waits for others of its session."""
LOOK_SECONDS = 0.5
PLAN_AHEAD = 100
MOST_ROWS = 20_000
"""So much of a session is read at once."""
PRUNE_SECONDS = 3600
REPLICA_SECONDS = 900.0
"""The address of a server may lead to several replicas, and one that is asked be behind the one that has the row."""


class Forwarder:
    """One for each data folder. `note` is for the writer, on a thread; `run` belongs in a supervised task."""

    def __init__(
        self,
        journal: Journal,
        client: Client,
        engine: Engine,
        sites: SitesFile,
        read_image: ReadImage,
        *,
        requests_per_minute: int,
    ) -> None:
        self.journal = journal
        self._client = client
        self._engine = engine
        self._sites = sites
        self._read_image = read_image
        self._pause = 60 / requests_per_minute
        self._not_before = 0.0  # monotonic
        self._failures = 0
        self._telling = Telling(journal, client)
        self._erased_last = False
        self._pruned = time.monotonic()

    def note(self, batches: Sequence[bytes]) -> None:
        """Note what is to be forwarded of a segment's record batches. Raises OSError."""
        rows = [row for line in filter(recordbatch.may_have_texts, batches) for row in recordbatch.rows(line)]
        wanted = [row for row in rows if is_conversational(row) and self._is_wanted(row)]
        if wanted:
            refused = self.journal.note(wanted)
            if refused:
                telemetry.FORWARD_REFUSED.labels("queue_full").inc(refused)
                log.error(
                    "too many interactions wait to be forwarded; these are kept aside: collector forwarding retry --all",
                    refused=refused,
                )

    def _is_wanted(self, row: recordbatch.Row) -> bool:
        rules = self._rules(row["site"])
        return rules.takes(row["event_name"]) and not row.get("is_bot")

    def _rules(self, site: str) -> Forward:
        found = self._sites.registry.sites.get(site)
        return found.forward if found else Forward()

    async def run(self) -> None:
        """Forward for ever. What the disk or the engine refuses is tried again."""
        while True:
            try:
                busy = await self._step()
            except (OSError, ClickHouseError) as error:
                log.error("forwarding has to wait", problem=str(error)[:300])
                busy = False
            if not busy:
                await asyncio.sleep(LOOK_SECONDS)

    async def _step(self) -> bool:
        """Do one thing; False when there is nothing to do now."""
        planned = await self._plan()
        if time.monotonic() < self._not_before:
            return planned
        turns = (self._send_next, self._erase_next)  # by turns: neither waits for all of the other
        for turn in turns if self._erased_last else reversed(turns):
            if await turn():
                return True
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            await asyncio.to_thread(self.journal.prune)
        return planned

    # planning

    async def _plan(self) -> bool:
        """Make the requests of one session; False when none waits, or enough are made."""
        unplanned, queued = await asyncio.to_thread(self.journal.load)
        telemetry.FORWARD_WAITING.set(unplanned + queued)
        if not unplanned or await asyncio.to_thread(self.journal.ahead, time.time()) >= PLAN_AHEAD:
            return False  # those that have to wait are not counted: they hold nobody up
        waiting = await asyncio.to_thread(self.journal.waiting, time.time() - GATHER_SECONDS)
        if waiting is None:
            return False
        rules = self._rules(waiting.site)
        if not await self._plan_of(waiting, rules, rules.context_minutes):
            # more was done before the first text than is read at once: it goes alone
            await self._plan_of(waiting.first(), rules, 0, last_try=True)
        return True

    async def _plan_of(self, waiting: Waiting, rules: Forward, context_minutes: int, *, last_try: bool = False) -> bool:
        """Make requests of these notes, or of the first of them where there is much to read; False when of none."""
        rows = await self._rows(waiting, context_minutes)
        used = await asyncio.to_thread(self.journal.used, [row["event_id"] for row in rows])
        drafts = plan(rows, waiting.event_ids, used, rules)
        whole = len(rows) < MOST_ROWS or (last_try and not drafts)  # one moment of a session must not stop the rest
        patience = 0.0 if self._engine.embedded else REPLICA_SECONDS
        gone = await asyncio.to_thread(
            partial(self.journal.plan, waiting, drafts, whole=whole, patience_seconds=patience)
        )
        if gone > 0:
            log.warning(
                "interactions to forward were not found and are not forwarded", session=waiting.session_id, gone=gone
            )
        return whole or bool(drafts)

    async def _rows(self, waiting: Waiting, context_minutes: int) -> list[dict[str, Any]]:
        """What the session did, up to the last thing said, in order of time; the first of it where it is much."""
        first = datetime.fromtimestamp(waiting.first_ms / 1000, UTC) - timedelta(minutes=context_minutes)
        last = datetime.fromtimestamp(waiting.last_ms / 1000, UTC) + timedelta(milliseconds=1)
        window = {"from": sql_time(first), "to": sql_time(last), "most": MOST_ROWS}
        return await self._engine.rows(
            sql("forward"), {"site": waiting.site, "session_id": waiting.session_id, **window}
        )

    # sending

    async def _send_next(self) -> bool:
        self._erased_last = False
        request = await asyncio.to_thread(self.journal.due, time.time())
        if request:
            await self._attempt(request)
        return request is not None

    async def _erase_next(self) -> bool:
        self._erased_last = True
        told = await self._telling.next()
        if told:
            self._not_before = time.monotonic() + self._pause
        return told

    async def _attempt(self, request: Request) -> None:
        # first: what is forgotten from here on is followed by an erasure, however long the images take
        if not await asyncio.to_thread(self.journal.attempt, request):
            return
        try:
            body = await with_images(request.body or b"{}", request.site, self._read_image)
        except OSError as error:  # the place of the images; other requests go on
            await self._again(request, Again(f"its images can't be read: {error}"[:MOST_REASON]))
            return
        started = time.monotonic()
        outcome = await self._client.publish(body)
        telemetry.FORWARD_SECONDS.observe(time.monotonic() - started)
        self._not_before = started + self._pause
        match outcome:
            case Delivered():
                self._failures = 0
                await asyncio.to_thread(self.journal.settle, request, "forwarded")
                telemetry.FORWARDED.labels("forwarded").inc()
                log.info("forwarded", request=request.request_id, session=request.session_id, items=request.items)
            case Refused():
                await self._refused(request, outcome)
            case Again():
                await self._again(request, outcome)

    async def _again(self, request: Request, outcome: Again) -> None:
        wait = self._wait(outcome, request.attempts)
        await asyncio.to_thread(self.journal.postpone, request, outcome.reason, wait)
        telemetry.FORWARDED.labels("tried_again").inc()
        log.warning("not forwarded yet", request=request.request_id, problem=outcome.reason, again_s=round(wait, 1))

    async def _refused(self, request: Request, outcome: Refused) -> None:
        """A request that is refused whole, for one of its images or its size, is sent without images; else it is kept
        aside."""
        body = orjson.loads(request.body or b"{}")
        if outcome.status in (413, 422) and drop_images(body):
            reason = f"sent without images: {outcome.reason}"
            await asyncio.to_thread(self.journal.replace_body, request, orjson.dumps(body), reason)
            log.warning("a request is sent without its images", request=request.request_id, problem=outcome.reason)
            return
        await asyncio.to_thread(self.journal.settle, request, "refused", outcome.reason)
        telemetry.FORWARDED.labels("refused").inc()
        log.error(
            "the server refused a request for good; look at it: collector forwarding show",
            request=request.request_id,
            problem=outcome.reason,
        )

    def _wait(self, outcome: Again, attempts: int) -> float:
        """Seconds until the next attempt, at least what the server asked for."""
        if not outcome.everyone:
            return max(backoff(attempts), outcome.after)
        self._failures += 1
        wait = max(backoff(self._failures - 1), outcome.after)
        self._not_before = time.monotonic() + wait
        return wait

    async def close(self) -> None:
        """Stop for good: what waits is forwarded after the next start."""
        with suppress(OSError):
            await self._client.close()
        await asyncio.to_thread(self.journal.close)
