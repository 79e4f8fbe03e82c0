"""Images a second that are durable, by size, beside bare files written and synced by as many threads in the same
folder; and what a thumbnail costs the first and the next time."""

import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.table import Table

from tests.support.collector import ORIGIN, WRITE_KEY, Collector
from tests.support.picturing import picture

SENDERS = 4
SIZES = (20_000, 200_000, 2_000_000)
BYTES = 40_000_000
HEAD = picture(1280, 800)


def images(console: Console) -> None:
    table = Table("bytes each", "images/s", "p50 ms", "p95 ms", "bare files/s", "ratio")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collector = Collector(folder / "data")
        with collector:
            for size in SIZES:
                count = max(20, min(400, BYTES // size))
                rate, seconds = _run(count, size, lambda data, _: _upload(collector, data))
                bare, _ = _run(count, size, lambda data, number: _write(folder / f"bare-{number}", data))
                p50, p95 = (statistics.quantiles(seconds, n=20)[place] * 1000 for place in (9, 18))
                table.add_row(
                    f"{size:,}", f"{rate:.0f}", f"{p50:.1f}", f"{p95:.1f}", f"{bare:.0f}", f"{rate / bare:.2f}"
                )
            console.print(table)
            _thumbnails(console, collector)


def _thumbnails(console: Console, collector: Collector) -> None:
    table = Table("thumbnail of", "first ms", "again ms")
    for width, height in ((640, 400), (1280, 800), (3840, 2160)):
        image_id = collector.upload(_noise(width, height)).json()["image_id"]
        collector.get(f"/images/{collector.upload(HEAD).json()['image_id']}/thumbnail")  # the decoder has started
        times = []
        for _ in range(2):
            began = time.perf_counter()
            assert collector.get(f"/images/{image_id}/thumbnail", width="256").status_code == 200
            times.append((time.perf_counter() - began) * 1000)
        table.add_row(f"{width} × {height}", f"{times[0]:.0f}", f"{times[1]:.1f}")
    console.print(table)


def _run(count: int, size: int, work: Callable[[bytes, int], None]) -> tuple[float, list[float]]:
    """Images a second, and the seconds of each."""
    made = [HEAD + random.randbytes(size - len(HEAD)) for _ in range(count)]

    def one(number: int) -> float:
        began = time.perf_counter()
        work(made[number], number)
        return time.perf_counter() - began

    with ThreadPoolExecutor(SENDERS) as threads:
        began = time.perf_counter()
        seconds = list(threads.map(one, range(count)))
        return count / (time.perf_counter() - began), seconds


def _upload(collector: Collector, data: bytes) -> None:
    answer = collector.http.post(f"/v1/images?k={WRITE_KEY}", content=data, headers={"origin": ORIGIN})
    assert answer.status_code == 201, answer.text


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _noise(width: int, height: int) -> bytes:
    """A JPEG that is no easier to decode than a photograph."""
    image = Image.effect_noise((width, height), 40).convert("RGB")
    made = io.BytesIO()
    image.save(made, "JPEG", quality=85)
    return made.getvalue()
