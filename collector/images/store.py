"""`Images`: what intake, reading and deletion call. Runs the disk and the decoder on threads of its own."""

import asyncio
import errno
import hashlib
import importlib.util
import re
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from collector import telemetry
from collector.images.folder import Folder
from collector.images.sniff import Kind, kind_of, look
from collector.images.thumbnails import Thumbnails, rounded
from collector.rejection import Reason, Rejected
from collector.settings import Settings

log = telemetry.logger("images")

ID_PATTERN = "[0-9a-f]{64}"
RETRY_SECONDS = 30
PROBE_SECONDS = 10.0
PROBE_PATIENCE = 3.0
MEASURE_SECONDS = 300.0
EXPIRE_FIRST_SECONDS = 600.0
_DAY = 24 * 3600
_ID = re.compile(ID_PATTERN)
_THREADS = 4
_FULL = {errno.ENOSPC, errno.EDQUOT}
T = TypeVar("T")


class ImagesError(Exception):
    """Images can't be kept where the settings say; the message says what to do."""


class Place(Protocol):
    """Where pictures are kept: a folder or a bucket. Methods block, and raise OSError."""

    def sweep(self) -> None: ...
    def measure(self) -> None: ...
    def put(self, image_id: str, data: bytes, site: str) -> bool: ...
    def get(self, image_id: str) -> bytes | None: ...
    def belongs(self, image_id: str, sites: Collection[str] | None) -> bool: ...
    def forget(self, image_id: str, site: str, before: float) -> bool: ...
    def old(self, before: float) -> list[tuple[str, str]]: ...
    def problem(self) -> str: ...


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture's bytes, as they came, and their kind."""

    data: bytes
    kind: Kind


def image_url(image_id: str) -> str:
    """What a row's `interacted_image_url` holds for a stored picture."""
    return f"/images/{image_id}"


def own_image(address: str, own_url: str) -> str:
    """Our own address of a picture, whole, as its sender was told, or without a host, as a row holds it; empty for any
    other. Who deletes a row, or asks whether a picture is still shown, knows only one form."""
    path = address.removeprefix(own_url).partition("?")[0]
    image_id = path.removeprefix("/images/")
    return path if image_id != path and _ID.fullmatch(image_id) else ""


class Images:
    """Stores and reads pictures. An image id is the SHA-256 of the bytes, 64 hexadecimal digits."""

    def __init__(self, place: Place, thumbnails: Thumbnails) -> None:
        self._place = place
        self._thumbnails = thumbnails
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="images")
        self._probe: Future[str] | None = None
        self._probed = 0.0
        self._measure_at = 0.0
        self._decoding = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")

    async def store(self, data: bytes, site: str) -> str:
        """Keep a picture for a site; it is durable when this returns its id.

        Raises Rejected: `not_an_image`, `too_many_pixels`, `images_full`, `images_failed`.
        """

        self._measure_sometimes()

        def work() -> tuple[str, bool]:
            look(data)
            image_id = hashlib.sha256(data).hexdigest()
            return image_id, self._place.put(image_id, data, site)

        try:
            image_id, new = await self._run(work)
        except OSError as error:
            log.error("an image could not be kept", problem=str(error), bytes=len(data))
            if error.errno in _FULL:
                raise Rejected(
                    Reason.IMAGES_FULL, "no room to keep more images; try again later", retry_after=RETRY_SECONDS
                ) from error
            raise Rejected(
                Reason.IMAGES_FAILED, "the image could not be kept; try again later", retry_after=RETRY_SECONDS
            ) from error
        telemetry.IMAGES.labels(site, "yes" if new else "no").inc()
        if new:
            telemetry.IMAGE_BYTES.inc(len(data))
        return image_id

    async def read(self, image_id: str, sites: Collection[str] | None = None) -> StoredImage | None:
        """A picture that one of the sites (None: any) has sent, or None. Raises OSError."""
        if not _ID.fullmatch(image_id):
            return None

        def work() -> StoredImage | None:
            data = self._place.get(image_id) if self._place.belongs(image_id, sites) else None
            kind = kind_of(data[:12]) if data else None
            return StoredImage(data, kind) if data and kind else None

        return await self._run(work)

    async def exists(self, image_id: str, sites: Collection[str] | None = None) -> bool:
        """Whether `read` would find it. Raises OSError."""
        if not _ID.fullmatch(image_id):
            return False
        return await self._run(lambda: self._place.belongs(image_id, sites))

    async def thumbnail(self, image_id: str, width: int, sites: Collection[str] | None = None) -> bytes | None:
        """A WebP of the picture at the next of the widths there are, or None when there is no such picture.

        Raises OSError, also where the decoder broke off; Rejected (`not_an_image`) when it can't be decoded.
        """
        width = rounded(width)
        if not await self.exists(image_id, sites):
            return None
        if found := await self._run(lambda: self._thumbnails.find(image_id, width)):
            telemetry.THUMBNAILS.labels("cache").inc()
            return found
        image = await self.read(image_id, sites)
        if image is None:
            return None

        def work() -> bytes | None:  # one after the other: whoever waited may find what the one before has made
            return self._thumbnails.find(image_id, width) or self._thumbnails.make(image_id, image.data, width)

        made = await asyncio.get_running_loop().run_in_executor(self._decoding, work)
        if made is None:
            raise Rejected(Reason.NOT_AN_IMAGE, "this image can't be decoded; it may be damaged or cut off")
        return made

    async def forget(self, image_id: str, site: str, before: float) -> bool:
        """Take a picture from a site, unless the site sent it again after `before` (Unix seconds); bytes and thumbnails
        go with the last site that has it. Returns whether they are gone, durably. May be repeated. Raises OSError."""
        if not _ID.fullmatch(image_id):
            return True
        gone = await self._run(lambda: self._place.forget(image_id, site, before))
        if gone:
            await self._run(lambda: self._thumbnails.forget(image_id))
        return gone

    async def expire(self, before: float) -> int:
        """Forget what was sent for the last time before `before` (Unix seconds), thumbnails of what is gone, and what
        crashes left half written; returns how many pictures lost a site. Raises OSError."""
        await self._run(self._place.sweep)
        old = await self._run(lambda: self._place.old(before))
        for image_id, site in old:
            await self.forget(image_id, site, before)
        for image_id in await self._run(self._thumbnails.ids):
            if not await self.exists(image_id):
                await self._run(partial(self._thumbnails.forget, image_id))
        return len(old)

    async def expire_daily(self, days: int) -> None:
        """For ever: forget what is older than so many days, as the rows that named it are."""
        while True:
            await asyncio.sleep(EXPIRE_FIRST_SECONDS)
            try:
                count = await self.expire(time.time() - days * _DAY)
                log.info("old images forgotten", images=count)
            except OSError as error:
                log.error("old images could not be forgotten; tried again tomorrow", problem=str(error))
            await asyncio.sleep(_DAY - EXPIRE_FIRST_SECONDS)

    async def problem(self) -> str:
        """Why no image can be kept at present, or an empty text; looks at most every few seconds."""
        now = time.monotonic()
        if self._probe is None or (self._probe.done() and now - self._probed > PROBE_SECONDS):
            self._probe, self._probed = self._threads.submit(self._place.problem), now
        done, _ = await asyncio.wait([asyncio.wrap_future(self._probe)], timeout=PROBE_PATIENCE)
        return done.pop().result() if done else f"no answer for {PROBE_PATIENCE} seconds"

    async def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown()
        self._thumbnails.close()
        self._decoding.shutdown(cancel_futures=True)

    def _measure_sometimes(self) -> None:
        """Have the folder measured by a thread, every few minutes while images arrive."""
        now = time.monotonic()
        if now >= self._measure_at:
            self._measure_at = now + MEASURE_SECONDS
            self._threads.submit(self._measure)

    def _measure(self) -> None:
        try:
            self._place.measure()
        except OSError as error:  # a file that went meanwhile: the next time will do
            log.warning("the images could not be measured", problem=str(error))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def open_images(settings: Settings) -> Images:
    """Images where the settings want them. Raises ImagesError."""
    url = settings.images_url
    try:
        place = _bucket(url) if url.startswith("s3://") else Folder(_folder(settings), settings.images_max_bytes)
    except OSError as error:
        raise ImagesError(f"COLLECTOR_IMAGES_URL: images can't be kept there: {error}") from error
    return Images(place, Thumbnails(settings.data_dir / "thumbnails"))


def _folder(settings: Settings) -> Path:
    url = settings.images_url.removeprefix("file://")
    return Path(url) if url else settings.data_dir / "images"


def _bucket(url: str) -> Place:
    if importlib.util.find_spec("obstore") is None:
        raise ImagesError("COLLECTOR_IMAGES_URL names a bucket; that needs: pip install 'interaction-collector[s3]'")
    from collector.images.bucket import Bucket  # noqa: PLC0415 - brought by an extra

    return Bucket(url)
