"""Publisher: takes a checked publish, makes it durable, and says so; waits until it can be read back where asked to."""

import asyncio
import uuid

import orjson

from collector import telemetry
from collector.intake.commit import Commit, Entry
from collector.intake.seen import identity
from collector.publish.items import record_batch
from collector.spool import Spool, SpoolFailed
from collector.wire.publish import PublishAnswer, PublishRequest

log = telemetry.logger("publish")

WAIT_SECONDS = 30.0
_OFF_LOOP_ITEMS = 100
"""Above this many items the record batch is made on a thread: a thousand take some milliseconds."""


class Publisher:
    """The last steps of a publish. `storage`: the kind of the engine and a label for it, as the answer names them."""

    def __init__(self, commit: Commit, spool: Spool, storage: tuple[str, str]) -> None:
        self._commit = commit
        self._spool = spool
        self._storage = storage

    async def publish(self, site: str, request: PublishRequest, *, wait: bool) -> PublishAnswer:
        """Store a publish and answer once it is durable, or once it can be read back. Raises Rejected."""
        request_id = request.request_id or str(uuid.uuid4())
        count = len(request.items)
        record = await self._record(request, site, request_id)
        entry = Entry(identity(site, request_id), record, orjson.dumps({"published": count}))
        _, known = await self._commit.add(entry)
        if known:
            return PublishAnswer(success=False, message=f"request_id {request_id!r} already exists")
        telemetry.EVENTS.labels(site).inc(count)
        done = wait and await self._delivered()
        return PublishAnswer(
            success=True,
            message="Interaction published successfully",
            warnings=request.warnings,
            request_id=request_id,
            storage_type=self._storage[0],
            storage_label=self._storage[1],
            profiles_added=0,
            playbooks_added=0,
            learning_status="done" if done else "deferred",
            learning_reason="stored" if done else "wait_timeout" if wait else "durable",
        )

    async def _delivered(self) -> bool:
        try:
            return await self._spool.delivered(WAIT_SECONDS)
        except SpoolFailed as error:  # it is durable all the same; the spool's own part stops the process
            log.error("a publish can't be waited for", problem=str(error))
            return False

    async def _record(self, request: PublishRequest, site: str, request_id: str) -> bytes:
        def make() -> bytes:
            return record_batch(request, site=site, request_id=request_id, images={})

        return await asyncio.to_thread(make) if len(request.items) > _OFF_LOOP_ITEMS else make()
