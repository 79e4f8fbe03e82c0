"""The store on a real folder: once, durable, by site, forgotten when nobody has it any more."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.images import Images, image_url, open_images
from collector.images.folder import Folder
from collector.rejection import Reason, Rejected
from collector.settings import Settings
from tests.support.picturing import claims, picture

pytestmark = pytest.mark.anyio
PNG = picture()
ID = hashlib.sha256(PNG).hexdigest()
FOREVER = 2.0**33


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def opened(data_dir: Path, **settings: str) -> AsyncIterator[Images]:
    images = open_images(Settings(data_dir=data_dir, **settings))
    yield images
    await images.close()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_what_was_stored_is_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        assert await images.store(PNG, "shop") == ID
        found = await images.read(ID)
        assert found and (PNG, "image/png") == (found.data, found.kind)
        assert image_url(ID) == f"/images/{ID}"


async def test_the_same_picture_is_stored_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        await asyncio.gather(*(images.store(PNG, site) for site in ("shop", "shop", "other.shop", "shop")))
    assert [f"{ID[:2]}/{ID}", f"{ID[:2]}/{ID}.other.shop", f"{ID[:2]}/{ID}.shop"] == files(tmp_path / "images")


async def test_a_picture_is_read_by_those_who_may_read_its_site(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        assert await images.read(ID, ["blog", "shop"])
        assert await images.read(ID, ["blog"]) is None
        assert await images.read(ID, []) is None
        assert await images.thumbnail(ID, 64, ["blog"]) is None


@pytest.mark.parametrize("image_id", ["", "..", "../sites.toml", "0" * 63, "0" * 64 + "/", ID.upper(), "0" * 64])
async def test_a_name_that_is_none_finds_nothing(tmp_path: Path, image_id: str) -> None:
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        assert await images.read(image_id) is None
        assert await images.thumbnail(image_id, 64) is None
        assert await images.forget(image_id, "shop", FOREVER)
        assert await images.read(ID)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<svg/>", Reason.NOT_AN_IMAGE), (b"", Reason.NOT_AN_IMAGE), (claims(99_999, 9_999), Reason.TOO_MANY_PIXELS)],
)
async def test_what_is_refused_leaves_nothing(tmp_path: Path, data: bytes, reason: Reason) -> None:
    async with opened(tmp_path) as images:
        with pytest.raises(Rejected) as refused:
            await images.store(data, "shop")
        assert refused.value.reason is reason
    assert [] == files(tmp_path)


async def test_the_last_site_takes_the_bytes_and_thumbnails_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        await images.store(PNG, "blog")
        await images.thumbnail(ID, 64)
        assert not await images.forget(ID, "shop", FOREVER)
        assert await images.read(ID, ["shop"]) is None
        assert await images.read(ID, ["blog"])
        assert await images.forget(ID, "blog", FOREVER)
        assert await images.forget(ID, "blog", FOREVER)
        assert await images.read(ID) is None
    assert [] == files(tmp_path)


async def test_a_picture_that_was_sent_again_after_the_deletion_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        asked = time.time() + 1
        os.utime(tmp_path / "images" / ID[:2] / f"{ID}.shop", (asked - 60, asked - 60))
        await images.store(PNG, "shop")
        os.utime(tmp_path / "images" / ID[:2] / f"{ID}.shop", (asked + 60, asked + 60))
        assert not await images.forget(ID, "shop", asked)
        assert await images.read(ID, ["shop"])
        assert await images.forget(ID, "shop", asked + 61)


async def test_what_nobody_sent_for_long_is_forgotten(tmp_path: Path) -> None:
    young = picture(33, 33)
    async with opened(tmp_path) as images:
        young_id = await images.store(young, "shop")
        for site in ("shop", "other.shop"):
            await images.store(PNG, site)
            os.utime(tmp_path / "images" / ID[:2] / f"{ID}.{site}", (1000, 1000))
        await images.thumbnail(young_id, 64)
        await images.thumbnail(ID, 64)
        assert await images.expire(999) == 0
        assert await images.read(ID)
        assert await images.expire(1001) == 2
        assert await images.read(ID) is None
        assert await images.read(young_id, ["shop"])
        assert [f"{young_id}-64.webp"] == [path.name for path in (tmp_path / "thumbnails").glob("*/*")]


async def test_thumbnails_of_a_picture_that_went_elsewhere_go_too(tmp_path: Path) -> None:
    """Another collector on the same bucket or folder has removed the picture."""
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        await images.thumbnail(ID, 64)
        (tmp_path / "images" / ID[:2] / ID).unlink()
        assert await images.thumbnail(ID, 64) is None
        await images.expire(0)
    assert [] == files(tmp_path / "thumbnails")


def test_a_picture_has_its_name_only_once_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the system calls, which a power cut would show: bytes, name, mark, folder."""
    calls: list[str] = []
    fsync, rename = os.fsync, os.rename

    def told_fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        size = os.fstat(descriptor).st_size
        calls.append(f"sync folder {path.name}" if path.is_dir() else f"sync {path.name[:5]} {size}")
        fsync(descriptor)

    def told_rename(old: str, new: Path) -> None:
        calls.append(f"rename {Path(old).name[:5]}")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", told_fsync)
    monkeypatch.setattr(os, "rename", told_rename)
    folder = Folder(tmp_path / "images")
    folder.put(ID, PNG, "shop")
    short = ID[:5]
    assert [
        f"sync folder {tmp_path.name}", "sync folder images", "sync folder images",
        f"sync .new- {len(PNG)}", "rename .new-", f"sync {short} 0", f"sync folder {ID[:2]}",
    ] == calls  # fmt: skip
    calls.clear()
    Folder(tmp_path / "images").put(ID, PNG, "shop")  # another process that can't know whether the first one got so far
    assert ["sync folder images", f"sync {short} 0", f"sync folder {ID[:2]}"] == calls


async def test_a_file_that_is_too_short_is_written_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as images:
        await images.store(PNG, "shop")
        path = tmp_path / "images" / ID[:2] / ID
        path.write_bytes(PNG[:20])
        await images.store(PNG, "shop")
        assert path.read_bytes() == PNG


def test_a_mark_set_while_the_last_one_goes_keeps_the_bytes(tmp_path: Path) -> None:
    """Two processes would have a `Folder` each, as the two threads have here."""
    storing, forgetting = Folder(tmp_path), Folder(tmp_path)
    with ThreadPoolExecutor(2) as threads:
        for _ in range(200):
            storing.put(ID, PNG, "blog")
            stored = threads.submit(storing.put, ID, PNG, "shop")
            gone = threads.submit(forgetting.forget, ID, "blog", FOREVER)
            stored.result(), gone.result()
            assert forgetting.belongs(ID, ["shop"])
            assert forgetting.get(ID) == PNG
            assert forgetting.forget(ID, "shop", FOREVER)


def test_what_a_crash_left_half_written_is_removed_later(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put(ID, PNG, "shop")
    old, young = (tmp_path / ID[:2] / f".new-{name}" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    folder.sweep()
    assert (False, True) == (old.exists(), young.exists())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB; needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=4m tmpfs {disk} 2>/dev/null"):
        pytest.skip("this user may not mount a small disk")
    yield disk
    os.system(f"umount {disk}")


async def test_a_full_disk_refuses_and_recovers(tmp_path: Path, small_disk: Path) -> None:
    async with opened(tmp_path, images_url=str(small_disk / "images")) as images:
        await images.store(PNG, "shop")
        filler = small_disk / "filler"
        filler.write_bytes(bytes(3_300_000))
        with pytest.raises(Rejected) as refused:
            await images.store(picture(30, 30), "shop")
        assert refused.value.reason is Reason.IMAGES_FULL
        assert refused.value.retry_after
        assert "full" in await images.problem()
        assert [ID, f"{ID}.shop"] == sorted(path.name for path in (small_disk / "images").glob("*/*"))
        filler.unlink()
        assert await images.store(picture(30, 30), "shop")


def test_a_budget_that_is_spent_refuses_and_recovers(tmp_path: Path) -> None:
    folder = Folder(tmp_path, most_bytes=len(PNG) + 10)
    assert folder.put(ID, PNG, "shop")
    with pytest.raises(OSError, match="COLLECTOR_IMAGES_MAX_BYTES"):
        folder.put("0" * 64, PNG, "shop")
    assert not folder.put(ID, PNG, "shop"), "what is there needs no room"
    assert folder.put("1" * 64, b"10 bytes..", "shop")
    another = Folder(tmp_path, most_bytes=5)
    another.measure()
    assert "COLLECTOR_IMAGES_MAX_BYTES" in another.problem()
    folder.forget(ID, "shop", FOREVER)
    folder.measure()
    assert folder.put("0" * 64, PNG, "shop")


async def test_a_folder_that_is_no_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with opened(tmp_path, images_url=str(tmp_path / "file")) as images:
        with pytest.raises(Rejected) as refused:
            await images.store(PNG, "shop")
        assert refused.value.reason is Reason.IMAGES_FAILED
        assert str(tmp_path / "file") in await images.problem()
