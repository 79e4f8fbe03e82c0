"""Images in an S3-compatible bucket, over a socket: kept, read back, forgotten; away and back."""

import asyncio
import hashlib
import io
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store
from PIL import Image

from collector.images import Images, open_images
from collector.images.bucket import Bucket
from collector.rejection import Reason, Rejected
from collector.settings import Settings, SettingsError, load
from tests.support.collector import Collector, batch, eventually
from tests.support.picturing import picture
from tests.support.s3 import BUCKET, S3, running_s3

PNG = picture(640, 400)
ID = hashlib.sha256(PNG).hexdigest()
URL = f"s3://{BUCKET}/of/the/shop"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


def with_images(folder: Path, work: Callable[[Images], Coroutine[Any, Any, None]], url: str = URL) -> None:
    async def main() -> None:
        images = open_images(Settings(data_dir=folder, images_url=url))
        try:
            await work(images)
        finally:
            await images.close()

    asyncio.run(main())


def test_a_collector_keeps_its_images_in_the_bucket(s3: S3, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Collector(data, images_url=URL) as collector:
        assert {"ok": True} == collector.get("/health/ready").json()["images"]
        for _ in range(2):
            assert collector.upload(PNG).json()["image_id"] == ID
        kept = {name.partition("@")[0] for name in s3.objects() if ID in name}
        assert {f"of/the/shop/{ID}/image", f"of/the/shop/{ID}/sites/shop"} == kept
        assert not (data / "images").exists()
        assert collector.get(f"/images/{ID}").content == PNG
        found = collector.get(f"/images/{ID}/thumbnail", width=64)
        assert Image.open(io.BytesIO(found.content)).size == (64, 40)
        assert collector.get(f"/images/{'0' * 64}").status_code == 404

        s3.hang()
        silent = eventually(lambda: collector.get("/health/ready").json(), lambda ready: not ready["images"]["ok"], 60)
        assert ("degraded", "no answer") == (silent["status"], silent["images"]["problem"][:9])
        assert collector.send(batch()).status_code == 202
        s3.wake()
        s3.stop()
        refused = collector.upload(picture(30, 30))
        assert (503, "images_failed") == (refused.status_code, refused.json()["reason"])
        assert int(refused.headers["retry-after"]) > 0
        away = collector.get(f"/images/{ID}")
        assert (503, "images_unavailable") == (away.status_code, away.json()["reason"])
        assert collector.send(batch()).status_code == 202
        eventually(lambda: collector.get("/health/ready").json(), lambda ready: not ready["images"]["ok"])

        s3.start()
        assert collector.upload(PNG).status_code == 201
        assert collector.get(f"/images/{ID}").content == PNG


def test_the_last_site_takes_the_bytes_with_it(s3: S3, tmp_path: Path) -> None:
    async def work(images: Images) -> None:
        before = time.time() - 60
        await images.store(PNG, "shop")
        await images.store(PNG, "blog")
        assert await images.read(ID, ["blog"])
        assert not await images.forget(ID, "shop", before)
        assert await images.read(ID, ["shop"])
        assert not await images.forget(ID, "shop", time.time() + 60)
        assert await images.read(ID, ["shop"]) is None
        assert await images.forget(ID, "blog", time.time() + 60)
        assert await images.read(ID) is None
        assert await images.forget(ID, "blog", time.time() + 60)
        assert [] == [name for name in s3.objects() if ID in name]

    with_images(tmp_path, work)


def test_a_picture_that_is_sent_while_it_is_forgotten_stays(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same site: whoever forgets it has looked at the mark already."""
    bucket, delete = Bucket(f"s3://{BUCKET}/of/one"), obstore.delete

    def send_first(store: S3Store, path: str) -> None:
        monkeypatch.setattr(obstore, "delete", delete)
        assert not bucket.put(ID, PNG, "shop")
        delete(store, path)

    bucket.put(ID, PNG, "shop")
    monkeypatch.setattr(obstore, "delete", send_first)
    assert not bucket.forget(ID, "shop", time.time() + 60)
    assert PNG == bucket.get(ID)
    assert bucket.belongs(ID, ["shop"])
    assert bucket.forget(ID, "shop", time.time() + 60)


def test_marks_are_replaced_by_later_ones_and_those_of_an_earlier_version_count(s3: S3) -> None:
    prefix = "of/many"
    bucket = Bucket(f"s3://{BUCKET}/{prefix}")
    httpx.put(f"{s3.url}/{BUCKET}/{prefix}/{ID}/sites/blog").raise_for_status()
    bucket.put(ID, PNG, "shop")
    assert bucket.belongs(ID, ["blog"])
    assert {(ID, "shop"), (ID, "blog")} == set(bucket.old(time.time() + 60))

    def marks() -> list[str]:
        return [name for name in s3.objects() if f"{prefix}/{ID}/sites/shop" in name]

    first = marks()

    def replaced() -> bool:
        bucket.put(ID, PNG, "shop")
        return not set(first) & set(marks())

    eventually(replaced)
    assert not bucket.forget(ID, "shop", time.time() + 60)
    assert bucket.forget(ID, "blog", time.time() + 60)


def test_what_nobody_sent_for_long_is_forgotten(s3: S3, tmp_path: Path) -> None:
    async def work(images: Images) -> None:
        await images.store(PNG, "shop")
        await images.thumbnail(ID, 64)
        assert await images.expire(time.time() - 60) == 0
        assert await images.expire(time.time() + 60) == 1
        assert [] == [name for name in s3.objects() if ID in name]
        assert [] == [*(tmp_path / "thumbnails").glob("*/*")]

    with_images(tmp_path, work, f"s3://{BUCKET}/of/another")


def test_a_bucket_that_is_not_there_is_named(s3: S3, tmp_path: Path) -> None:
    assert s3

    async def work(images: Images) -> None:
        assert "s3://missing" in await images.problem()
        with pytest.raises(Rejected) as refused:
            await images.store(PNG, "shop")
        assert refused.value.reason is Reason.IMAGES_FAILED

    with_images(tmp_path, work, "s3://missing")


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "gs://bucket", "http://bucket"])
def test_a_place_that_is_none_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="COLLECTOR_IMAGES_URL: must be a folder or s3://bucket/prefix"):
        load(data_dir=tmp_path, images_url=url)
