"""SIGKILL while images are sent: what was acknowledged is there, whole, and nothing torn has an image's name."""

import hashlib
import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.faults.ledger import note
from tests.support.clickhouse_front import Front
from tests.support.collector import WRITE_KEY, Collector, batch, event
from tests.support.picturing import picture

SENDERS = 6
PNG = picture(200, 200)


@pytest.mark.parametrize(
    ("workers", "rounds"),
    [("1", 1), pytest.param("1", 6, marks=pytest.mark.long), pytest.param("2", 3, marks=pytest.mark.long)],
)
def test_kill_loses_no_image_that_was_acknowledged(tmp_path: Path, workers: str, rounds: int) -> None:
    chance = random.Random(11)
    acknowledged: set[str] = set()
    collector = Collector(tmp_path / "data", workers=workers)
    with closing(collector.http):
        for _ in range(rounds):
            collector.start()
            _send_and_kill(collector, acknowledged, least=len(acknowledged) + chance.randint(30, 90))
        collector.start()
        torn = [path for path in (collector.data_dir / "images").rglob("*") if len(path.name) == 64 and _torn(path)]
        assert [] == torn
        missing = [image_id for image_id in acknowledged if not _readable(collector, image_id)]
        assert [] == missing
        kept = len(acknowledged)
        note(f"kill -9 while images come, {workers} worker(s)", rounds, acknowledged=kept, once=kept)
        assert 0 == collector.stop()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_images_that_fill_the_disk_leave_room_for_beacons(tmp_path: Path, disk: Path) -> None:
    with Front(tmp_path / "clickhouse") as front:
        collector = Collector(disk / "data", clickhouse_url=front.url)
        collector.log = tmp_path / "log"
        with collector:
            answers = [collector.upload(PNG + str(number).encode() * 50_000) for number in range(200)]
            refused = [answer for answer in answers if answer.status_code != 201]
            assert 20 < len(refused) < 180
            assert {(503, "images_full")} == {(answer.status_code, answer.json()["reason"]) for answer in refused}
            assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
            sent = [batch(event("click")) for _ in range(50)]
            assert {202} == {collector.send(one).status_code for one in sent}
            collector.rows_when(50)
            ready = collector.get("/health/ready").json()
            assert "full" in ready["images"]["problem"]
            kept = [answer.json()["image_id"] for answer in answers if answer.status_code == 201]
            assert [] == [image_id for image_id in kept if not _readable(collector, image_id)]
            total = collector.get("/v1/summary").json()["current"]["interactions"]
            assert 50 == total
            refusals = [answer.status_code for answer in refused]
            note("disk full: by images, beside beacons", 1, acknowledged=50, once=total, refused=refusals)


def _send_and_kill(collector: Collector, acknowledged: set[str], *, least: int) -> None:
    """Send pictures, each another one, from several connections, and kill once there are `least` acknowledged."""
    enough = threading.Event()

    def send(number: int) -> None:
        with httpx.Client(base_url=collector.url, timeout=30) as client:
            while True:
                data = PNG + f"{number} {random.random()}".encode() * 2000
                try:
                    answer = client.post(f"/v1/images?k={WRITE_KEY}", content=data)
                except httpx.TransportError:
                    return
                assert answer.status_code == 201, answer.text
                acknowledged.add(hashlib.sha256(data).hexdigest())
                if len(acknowledged) >= least:
                    enough.set()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    assert enough.wait(60)
    collector.kill()
    for sender in senders:
        sender.join()


def _torn(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() != path.name


def _readable(collector: Collector, image_id: str) -> bool:
    found = collector.get(f"/images/{image_id}")
    return found.status_code == 200 and hashlib.sha256(found.content).hexdigest() == image_id
