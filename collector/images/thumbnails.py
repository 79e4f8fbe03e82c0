"""Thumbnails: made on demand by another process, one at a time, and kept in a folder of their own.

The folder is a cache: it may be removed at any time, and its oldest files go when it is too large.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from collector import telemetry

log = telemetry.logger("images")

WIDTHS = (64, 128, 256, 512, 1024)
"""The widths there are, in pixels; others are rounded up, so that the cache stays small."""
SECONDS = 10.0
"""Longest time for one thumbnail."""
MOST_BYTES = 512 * 1024 * 1024
_LOOK_EVERY = 256
_MOST_FAILURES = 4096
HOPELESS = 3
"""A picture at which the decoder broke off so many times is not tried again, like one that it refused."""
_SCRIPT = Path(__file__).with_name("shrink.py")


def rounded(width: int) -> int:
    """The width a thumbnail is made for."""
    return next((one for one in WIDTHS if one >= width), WIDTHS[-1])


class Thumbnails:
    """Makes, keeps and finds thumbnails; the methods block, so they belong on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shrinker = Shrinker()
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._made = 0

    def find(self, image_id: str, width: int) -> bytes | None:
        """The WebP in the cache, if it is there; `width` is one of WIDTHS."""
        try:
            return self._path(image_id, width).read_bytes()
        except FileNotFoundError:
            return None

    def make(self, image_id: str, data: bytes, width: int) -> bytes | None:
        """Make and keep a thumbnail; None when the picture can't be decoded. Raises OSError when the process that
        decodes broke off: whether that is the picture's fault is not known until it happened a few times."""
        if self._failures.get(image_id, 0) >= HOPELESS:
            return None
        made = self._shrinker.shrink(data, width)
        telemetry.THUMBNAILS.labels("made" if made else "failed").inc()
        if not made:
            self._note_failure(image_id, HOPELESS if made is not None else 1)
            if made is None:
                raise OSError("the process that makes thumbnails broke off")
            return None
        try:
            self._keep(self._path(image_id, width), made)
        except OSError as error:
            log.warning("a thumbnail could not be kept", problem=str(error))
        return made

    def ids(self) -> set[str]:
        """The pictures that have thumbnails."""
        return {path.name.partition("-")[0] for path in self._folder.glob("*/*.webp")}

    def forget(self, image_id: str) -> None:
        """Remove the thumbnails of a picture. Raises OSError."""
        for width in WIDTHS:
            self._path(image_id, width).unlink(missing_ok=True)

    def close(self) -> None:
        self._shrinker.close()

    def prune(self, most_bytes: int = MOST_BYTES) -> None:
        """Remove the oldest thumbnails until a quarter of the room is free, if there are too many."""
        found = [(path.stat(), path) for path in self._folder.glob("*/*")]
        total = sum(stat.st_size for stat, _ in found)
        if total <= most_bytes:
            return
        for stat, path in sorted(found, key=lambda one: one[0].st_mtime):
            path.unlink(missing_ok=True)
            total -= stat.st_size
            if total <= most_bytes * 3 // 4:
                break

    def _note_failure(self, image_id: str, weight: int) -> None:
        self._failures[image_id] = self._failures.get(image_id, 0) + weight
        if len(self._failures) > _MOST_FAILURES:
            self._failures.popitem(last=False)

    def _path(self, image_id: str, width: int) -> Path:
        return self._folder / image_id[:2] / f"{image_id}-{width}.webp"

    def _keep(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)  # or a power cut leaves a short file under its name
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._made += 1
        if self._made % _LOOK_EVERY == 1:
            self.prune()


class Shrinker:
    """The process that decodes (`shrink.py`), started when it is first needed, and again when it died."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process else None

    def shrink(self, data: bytes, width: int) -> bytes | None:
        """The WebP, empty when the picture can't be decoded; None when the process died or took too long, be it of the
        picture, of a busy machine, or because someone ended it."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            too_long = threading.Timer(self._seconds, process.kill)
            too_long.start()
            try:
                process.stdin.write(width.to_bytes(2) + len(data).to_bytes(4) + data)
                process.stdin.flush()
                length = process.stdout.read(4)
                made = process.stdout.read(int.from_bytes(length))
                if len(length) == 4 and len(made) == int.from_bytes(length):
                    return made
            except OSError as error:
                log.warning("the process that makes thumbnails broke off", problem=str(error))
            finally:
                too_long.cancel()
            log.warning("the process that makes thumbnails died or took too long", bytes=len(data))
            self._end()
            return None

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - a file of ours
                [sys.executable, "-I", str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", "")},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:  # what it was too late to read
                    continue
