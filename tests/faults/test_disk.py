"""The disk is full, not ours, or read-only. A small file system in memory plays it: Linux, as root."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.ledger import account, note
from tests.faults.test_engine_away import send_for
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, batch, event, eventually
from tests.support.load import Ledger

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="file systems are mounted and users changed: Linux, as root"
)
NOBODY = 65534


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def strange_folder() -> Iterator[Path]:
    """A folder that every user reaches."""
    folder = Path(tempfile.mkdtemp(prefix="collector-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_user(user: int | None) -> list[str]:
    """Run as this user, who may still read everything: the interpreter may lie in root's home."""
    ids = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"] if user else []


def refusal(folder: Path, user: int | None = None) -> str:
    """What a start on this folder says before it ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    environment |= {"COLLECTOR_DATA_DIR": str(folder), "COLLECTOR_PORT": "0", "HOME": "/nonexistent"}
    command = [*as_user(user), sys.executable, "-m", "collector", "serve"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert 1 == ended.returncode, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def collector_on(disk: Path, front: Front) -> Collector:
    """Its data on the small disk, its log elsewhere."""
    made = Collector(disk / "data", clickhouse_url=front.url)
    made.log = disk.parent / "collector.log"
    return made


def fill(collector: Collector) -> None:
    """Send large batches until one is refused; every answer before was 202."""
    text = "x" * 4000
    answer = eventually(
        lambda: collector.send(batch(*[event("feedback", text=text) for _ in range(40)])),
        lambda a: a.status_code != 202,
    )
    assert (503, True) == (answer.status_code, answer.headers["retry-after"].isdigit())
    assert answer.json()["reason"] in ("spool_full", "spool_failed")


async def refused_for(collector: Collector, ledger: Ledger) -> None:
    """Load on a full disk: after what still fits, each batch is answered 503."""
    before = len(ledger.refused)
    await send_for(collector, 0.3, ledger)
    assert {503} == set(ledger.refused[before:])


def test_disk_filled_by_the_spool_is_503_and_mends_itself_when_the_engine_is_back(
    tmp_path: Path, small_disk: Path
) -> None:
    ledger = Ledger()
    with (
        Front(tmp_path / "db", database="collector") as front,
        collector_on(small_disk, front) as collector,
        front.connect() as client,
    ):
        with front.fault("refuse", match="insert"):
            asyncio.run(send_for(collector, 0.3, ledger))
            fill(collector)
            asyncio.run(refused_for(collector, ledger))
        ended = time.monotonic()
        eventually(lambda: collector.send(batch()).status_code, lambda status: status == 202)
        asyncio.run(send_for(collector, 0.2, ledger))
        account(collector, ledger, "disk full: by the spool", 1, ended=ended, client=client)


def test_disk_filled_by_someone_else_is_503_until_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    ledger = Ledger()
    with (
        Front(tmp_path / "db", database="collector") as front,
        collector_on(small_disk, front) as collector,
        front.connect() as client,
    ):
        for _ in range(2):
            asyncio.run(send_for(collector, 0.2, ledger))
            hog = small_disk / "hog"
            with hog.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(bytes(65536))
            fill(collector)
            asyncio.run(refused_for(collector, ledger))
            hog.unlink()
            ended = time.monotonic()
            eventually(lambda: collector.send(batch()).status_code, lambda status: status == 202)
        account(collector, ledger, "disk full: by another program", 2, ended=ended, client=client)


def test_read_only_disk_stops_the_start_and_says_so(small_disk: Path) -> None:
    (small_disk / "data").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert f"COLLECTOR_DATA_DIR: {small_disk / 'data'} can't be written (Read-only file system)" in refusal(
        small_disk / "data"
    )
    note("disk read-only", 1, refused=["the start"])


def test_folder_of_another_user_stops_the_start_and_says_whose_it_is(strange_folder: Path) -> None:
    assert f"COLLECTOR_DATA_DIR: {strange_folder} can't be written (Permission denied)" in refusal(
        strange_folder, user=NOBODY
    )
    note("folder of another user", 1, refused=["the start"])


@pytest.mark.parametrize(
    "inside",
    [
        "spool/0/lock",
        "clickhouse",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("spool/0", "seen.db", "sites.toml")),
    ],
)
def test_file_of_another_user_inside_the_folder_stops_the_start_with_its_name(
    strange_folder: Path, inside: str
) -> None:
    """As after one start as root."""
    data = strange_folder / "data"
    path = data / inside
    path.parent.mkdir(parents=True)
    if "." in path.name or path.name == "lock":
        path.touch(0o600)
    else:
        path.mkdir(0o700)
    for folder in (data, data / "spool", data / "spool" / "0"):
        if folder.exists() and folder != path:
            os.chown(folder, NOBODY, NOBODY)
    said = refusal(data, user=NOBODY)
    assert f"{path} belongs to root" in said
    assert "nobody" in said
    note(f"{inside} of another user", 1, refused=["the start"])
