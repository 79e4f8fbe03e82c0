"""A folder of pictures. `Folder`'s methods read and write the disk: they belong on a thread.

A picture is written under another name, synced, renamed, and its folder synced, all before `put` returns: a file
that was torn by a crash or a power cut never has a picture's name. The folder it stands in is locked meanwhile
(flock, so between processes too): whoever removes the last mark of a picture can't meet one who adds a mark.
"""

import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)
_TEMPORARY = ".new-"
_STALE_SECONDS = 3600


def reserve(total: int) -> int:
    """Bytes of a disk of `total` bytes that pictures leave free for the spool."""
    return min(64 * MIB, total // 4)


class DiskFullError(OSError):
    """There is no room that pictures may use."""


class Folder:
    """Pictures by id; each method raises OSError as the disk does."""

    def __init__(self, folder: Path, most_bytes: int = 1 << 60) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: set[Path] = set()

    def sweep(self) -> None:
        """Remove what a crash left half written."""
        limit = time.time() - _STALE_SECONDS
        for path in self.folder.glob(f"[0-9a-f][0-9a-f]/{_TEMPORARY}*"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def measure(self) -> None:
        """Count the bytes there are. Until the first time, and for what other processes add since, the budget is not
        spent; it bounds strangers, not to the byte."""
        self._bytes = sum(
            path.stat().st_size for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if "." not in path.name
        )

    def put(self, image_id: str, data: bytes, site: str) -> bool:
        """Keep a picture for a site, durably; returns whether it was new. Raises DiskFullError."""
        path = self._path(image_id)
        self._make(path.parent)
        with _locked(path.parent) as descriptor:
            new = not _has(path, len(data))
            if new:
                self._check_room(len(data))
                self._write(path, data)
                self._bytes += len(data)
            mark = os.open(f"{path}.{site}", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.utime(mark)
                _sync(mark)
            finally:
                os.close(mark)
            os.fsync(descriptor)
        return new

    def get(self, image_id: str) -> bytes | None:
        try:
            return self._path(image_id).read_bytes()
        except FileNotFoundError:
            return None

    def belongs(self, image_id: str, sites: Collection[str] | None) -> bool:
        """Whether it is there and one of the sites (None: any) has sent it."""
        path = self._path(image_id)
        return path.exists() and (sites is None or any(Path(f"{path}.{site}").exists() for site in sites))

    def forget(self, image_id: str, site: str, before: float) -> bool:
        """Take a picture from a site that has not sent it since `before` (Unix seconds), and remove the bytes when no
        other site has it; returns whether they are gone. Durable."""
        path = self._path(image_id)
        mark = Path(f"{path}.{site}")
        if not path.parent.is_dir():
            return True
        with _locked(path.parent) as descriptor:
            if mark.exists() and mark.stat().st_mtime <= before:
                mark.unlink()
            if not self._sites(path):
                path.unlink(missing_ok=True)
            os.fsync(descriptor)
            return not path.exists()

    def old(self, before: float) -> list[tuple[str, str]]:
        """Picture and site of each mark that is older than `before` (Unix seconds)."""
        found = []
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*.*"):
            if not path.name.startswith(_TEMPORARY) and path.stat().st_mtime <= before:
                image_id, _, site = path.name.partition(".")
                found.append((image_id, site))
        return found

    def problem(self) -> str:
        """Why nothing can be written, or an empty text."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_room(0)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            return f"{self.folder}: {error.strerror or error}"
        return ""

    def _path(self, image_id: str) -> Path:
        return self.folder / image_id[:2] / image_id

    def _sites(self, path: Path) -> list[str]:
        start = f"{path.name}."
        return [name.removeprefix(start) for name in os.listdir(path.parent) if name.startswith(start)]

    def _make(self, folder: Path) -> None:
        """Create a folder with a durable name; once in a process, as a crash may have come between the two."""
        if folder in self._known:
            return
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for one in (*reversed(missing), folder):
            with _opened(one.parent) as descriptor:
                os.fsync(descriptor)
        self._known.add(folder)

    def _check_room(self, size: int) -> None:
        if self._bytes + size > self._most_bytes:
            raise DiskFullError(errno.ENOSPC, "the budget (COLLECTOR_IMAGES_MAX_BYTES) is spent")
        disk = os.statvfs(self.folder)
        if disk.f_bavail * disk.f_frsize - size < reserve(disk.f_blocks * disk.f_frsize):
            raise DiskFullError(errno.ENOSPC, "the disk is full")

    def _write(self, path: Path, data: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                _sync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _sync(descriptor: int) -> None:
    """Make a file durable; where fsync stops at the drive's cache (macOS), beyond it."""
    if _FULL_SYNC is not None:
        fcntl.fcntl(descriptor, _FULL_SYNC)
    else:
        os.fsync(descriptor)


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    with _opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
