"""The few file operations the spool makes, in one place, so that a test can play a power cut below it."""

import os
from pathlib import Path

from collector.spool.sync_process import sync


class Disk:
    """Real files. Every method raises OSError as the system call does."""

    def make_folder(self, folder: Path) -> None:
        """Create a folder and those above it that are missing, each with a durable name."""
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for one in reversed(missing):
            self.sync_folder(one.parent)

    def create(self, path: Path, head: bytes) -> int:
        """Create a file that must not exist, write its head, sync it and its folder; returns a descriptor."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            self.write(descriptor, head)
            self.sync(descriptor)
            self.sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        """Append bytes; durable only after a sync."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Make a file's bytes and length durable."""
        sync(descriptor)

    def free(self, folder: Path) -> int:
        """Bytes that this user may still write to the folder's file system."""
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to `size` bytes and make that durable."""
        os.ftruncate(descriptor, size)
        self.sync(descriptor)

    def length(self, descriptor: int) -> int:
        """The bytes of an open file."""
        return os.fstat(descriptor).st_size

    def write_again(self, descriptor: int, path: Path) -> None:
        """Give the bytes of an open file whose name is gone a new one, durably."""
        data = os.pread(descriptor, self.length(descriptor), 0)
        self.close(self.create(path, data))

    def truncate_path(self, path: Path, size: int) -> None:
        descriptor = os.open(path, os.O_WRONLY)
        try:
            self.truncate(descriptor, size)
        finally:
            os.close(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Rename within one folder, durably."""
        os.rename(old, new)
        self.sync_folder(new.parent)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def names(self, folder: Path) -> list[str]:
        return sorted(os.listdir(folder))

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def read(self, path: Path) -> bytes:
        return path.read_bytes()
