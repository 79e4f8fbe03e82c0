"""Steady load for long: memory, open files, parts and the spool stay flat, a row costs the disk no more at the end.

SOAK_SECONDS says how long the long version runs (half an hour). It prints its figures and draws them: build/soak.png.
"""

import asyncio
import os
import re
import statistics
import time
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil
import pytest

from tests.faults.ledger import account
from tests.support.collector import Collector, batch, event
from tests.support.load import Connection, Ledger, send

SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
PICTURE = Path(__file__).parents[2] / "build" / "soak.png"
BATCHES_A_SECOND = 40
SAMPLES = 240
MIB = 1 << 20
PART = re.compile(r"\w+_\d+_\d+_\d+(_\d+)?")


@dataclass
class Sample:
    """One look at the collector and its children, and its data folder."""

    minutes: float
    memory_mib: float
    open_files: int
    threads: int
    spool_kib: float
    part_folders: int
    disk_bytes_an_event: float
    answer_ms: float


class UnderLoad:
    """Time in which there was load: a gap in it, as when the machine slept, is one second at most."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        self.seconds += min(now - self._last, 1.0)
        self._last = now


def look(collector: Collector, ledger: Ledger, seconds: float) -> Sample:
    assert collector.process is not None
    own = psutil.Process(collector.process.pid)
    family = [own, *own.children(recursive=True)]
    data = collector.data_dir
    store = data / "clickhouse" / "store"
    return Sample(
        seconds / 60,
        sum(one.memory_info().rss for one in family) / MIB,
        sum(one.num_fds() for one in family),
        sum(one.num_threads() for one in family),
        _size(data / "spool") / 1024,
        _parts(store),
        _size(data / "clickhouse") / max(1, len(ledger.acknowledged)),
        statistics.median(ledger.seconds[-100:] or [0]) * 1000,
    )


def _size(folder: Path) -> int:
    """Bytes below; what is merged or delivered meanwhile does not count."""
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += (Path(where) / name).stat().st_size
    return total


def _parts(store: Path) -> int:
    """Parts of tables, those included that were merged and are kept for eight minutes."""
    return sum(bool(PART.fullmatch(name)) for _, folders, _ in os.walk(store) for name in folders)


async def soak(collector: Collector, ledger: Ledger, seconds: float) -> list[Sample]:
    clock = UnderLoad()
    samples: list[Sample] = []

    async def visitors() -> None:
        connection = Connection(collector.port)
        following = time.monotonic()
        while clock.seconds < seconds:
            clock.tick()
            made = batch(event("page_view"), event(), event("scroll", depth=50))
            while not await send(connection, made, ledger):  # a connection that was idle for long was closed
                ledger.open.clear()
                await connection.close()
            following = max(following + 4 / BATCHES_A_SECOND, time.monotonic())  # what was missed is not made up for
            await asyncio.sleep(following - time.monotonic())
        await connection.close()

    async def shop_people() -> None:
        while clock.seconds < seconds:
            for path in ("/v1/summary", "/v1/interactions?limit=100", "/metrics", "/health/ready"):
                answer = await asyncio.to_thread(collector.get, path)
                assert 200 == answer.status_code, answer.text
            await asyncio.sleep(2)

    async def watch() -> None:
        while clock.seconds < seconds:
            samples.append(await asyncio.to_thread(look, collector, ledger, clock.seconds))
            await asyncio.sleep(seconds / SAMPLES)

    await asyncio.gather(*[visitors() for _ in range(4)], shop_people(), watch())
    return samples


def run(folder: Path, seconds: float) -> list[Sample]:
    ledger = Ledger()
    collector = Collector(folder / "data", segment_max_age_ms="500", log_level="warning", copies_seconds="60")
    with collector:
        samples = asyncio.run(soak(collector, ledger, seconds))
        account(collector, ledger, f"soak of {seconds / 60:.1f} minutes", 1, ended=time.monotonic(), seconds=60)
    assert not ledger.refused
    print("\n" + "\n".join(figures(samples)))
    return samples


def figures(samples: list[Sample]) -> list[str]:
    """Of each quantity: its median in each quarter of the time."""
    lines = [f"{'soak':24}" + "".join(f"{f'quarter {n}':>12}" for n in (1, 2, 3, 4))]
    for place, field in enumerate(fields(Sample)):
        lines.append(f"{field.name:24}" + "".join(f"{quarter(samples, place, n):12.1f}" for n in (1, 2, 3, 4)))
    return lines


def quarter(samples: list[Sample], place: int, number: int) -> float:
    part = samples[len(samples) * (number - 1) // 4 : len(samples) * number // 4]
    return statistics.median(astuple(sample)[place] for sample in part)


def draw(samples: list[Sample]) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    names = [field.name for field in fields(Sample)][1:]
    figure, axes = pyplot.subplots(len(names), 1, sharex=True, figsize=(8, 12), layout="constrained")
    columns = list(zip(*map(astuple, samples), strict=True))
    for axis, name, values in zip(axes, names, columns[1:], strict=True):
        axis.plot(columns[0], values, linewidth=1)
        axis.set_title(name.replace("_", " "), loc="left", fontsize=9)
        axis.set_ylim(bottom=0)
    axes[-1].set_xlabel("minutes")
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE)
    print(f"drawn: {PICTURE}")


def test_soak_of_seconds_leaves_nothing_behind(tmp_path: Path) -> None:
    samples = run(tmp_path, 2)
    first, last = samples[len(samples) // 4], samples[-1]
    assert last.open_files < first.open_files + 100
    assert last.spool_kib < 1024


@pytest.mark.long
@pytest.mark.timeout(SECONDS * 2 + 600)
def test_long_soak_is_flat(tmp_path: Path) -> None:
    samples = run(tmp_path, SECONDS)
    draw(samples)
    for name, slack in (
        ("memory_mib", 50),
        ("open_files", 50),
        ("threads", 20),
        ("spool_kib", 500),
        ("part_folders", 200),
    ):
        place = [field.name for field in fields(Sample)].index(name)
        third, last = quarter(samples, place, 3), quarter(samples, place, 4)
        assert last <= third * 1.1 + slack, (name, third, last)
    if SECONDS >= 1200:  # merged parts are kept for eight minutes
        place = [field.name for field in fields(Sample)].index("disk_bytes_an_event")
        assert quarter(samples, place, 4) <= quarter(samples, place, 3) * 1.1
