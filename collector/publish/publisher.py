"""Publisher: takes a checked publish, makes it durable, and says so; waits until it can be read back where asked to."""

import asyncio
import uuid
from typing import NamedTuple

import orjson

from collector import telemetry
from collector.images import Images, NoImage, decode, image_url, own_image
from collector.intake.commit import Commit, Entry
from collector.intake.seen import request_identity
from collector.publish.items import Pictures, record_batch
from collector.settings import Settings
from collector.spool import Spool, SpoolFailed
from collector.wire.publish import PublishAnswer, PublishRequest

log = telemetry.logger("publish")

WAIT_SECONDS = 30.0
MOST_NAMED = 10
_OFF_LOOP_ITEMS = 100
"""Above this many items the record batch is made on a thread: a thousand take some milliseconds."""


class Storage(NamedTuple):
    """Where interactions end, as answers name it; never an address or a password."""

    kind: str
    label: str


def storage_of(settings: Settings) -> Storage:
    return Storage("chdb", "embedded chDB") if settings.embedded else Storage("clickhouse", "ClickHouse server")


class Publisher:
    """The last steps of a publish."""

    def __init__(self, commit: Commit, spool: Spool, images: Images, storage: Storage, own_url: str) -> None:
        self._commit = commit
        self._spool = spool
        self._images = images
        self._storage = storage
        self._own_url = own_url

    async def publish(self, site: str, request: PublishRequest, *, wait: bool) -> PublishAnswer:
        """Store a publish and answer once it is durable, or once it can be read back. Raises Rejected."""
        request_id = request.request_id or str(uuid.uuid4())
        count = len(request.items)
        pictures = await self._pictures(request, site)
        record = await self._record(request, site, request_id, pictures)
        entry = Entry(request_identity(site, request_id), record, orjson.dumps({"published": count}))
        _, known = await self._commit.add(entry)
        if known:
            return PublishAnswer(success=False, message=f"request_id {request_id!r} already exists")
        telemetry.EVENTS.labels(site).inc(count)
        done = wait and await self._delivered()
        return PublishAnswer(
            success=True,
            message="Interaction published successfully",
            warnings=[*request.warnings, *_no_images(pictures)],
            request_id=request_id,
            storage_type=self._storage.kind,
            storage_label=self._storage.label,
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

    async def _pictures(self, request: PublishRequest, site: str) -> Pictures:
        """What the image of each item is, by its place: where it is kept and durable, or why it is no image."""

        async def picture(encoded: str) -> str | NoImage:
            data = await asyncio.to_thread(decode, encoded)
            return data if isinstance(data, NoImage) else image_url(await self._images.store(data, site))

        encoded = {place: item.image_encoding for place, item in request.items if item.image_encoding}
        shown = {
            place: own_image(item.interacted_image_url, self._own_url) or item.interacted_image_url
            for place, item in request.items
            if item.interacted_image_url
        }
        return shown | dict(zip(encoded, await asyncio.gather(*map(picture, encoded.values())), strict=True))

    async def _record(self, request: PublishRequest, site: str, request_id: str, pictures: Pictures) -> bytes:
        def make() -> bytes:
            return record_batch(request, site=site, request_id=request_id, pictures=pictures)

        return await asyncio.to_thread(make) if len(request.items) > _OFF_LOOP_ITEMS else make()


def _no_images(pictures: Pictures) -> list[str]:
    places = [place for place, found in pictures.items() if isinstance(found, NoImage)]
    if not places:
        return []
    shown = ", ".join(f"{place} ({pictures[place]})" for place in places[:MOST_NAMED])
    more = f", +{len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    return [f"image_encoding is no image, at index(es) {shown}{more}; the interaction is kept without it"]
